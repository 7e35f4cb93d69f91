# SPDX-License-Identifier: BSD-3-Clause
"""While nothing comes, Narrows costs next to nothing, and forwards what comes then."""
from __future__ import annotations

import time
from pathlib import Path

import pytest

from support import crafted
from support.cpu_time import cpu_seconds
from support.daemon import Daemon, cpu, on_veth
from support.namespaces import Namespace, PacketSocket, namespaces, veth, wait_for
from support.narrows import Config, transparent

pytestmark = pytest.mark.alone

WINDOW_SECONDS = 1.0
LARGEST_SHARE = 0.3  # of one CPU: a tenth is usual, all of it is what polling takes
FRAMES = 20


def check_forwards(box: Namespace, narrows: Daemon, sender: str, receiver: str) -> None:
    """Frames with silence between them, each of which meets a worker that sleeps."""
    with box.entered():
        lan, wan = PacketSocket(sender), PacketSocket(receiver)
    frames = [crafted.lan_frame(crafted.udp("ipv4", 100 + number), "ipv4") for number in range(FRAMES)]
    for frame in frames:
        before = idle_of(narrows)["sleeps"]
        wait_for("the worker to sleep", lambda: idle_of(narrows)["sleeps"] > before)
        lan.send(frame)
    assert [frame for frame in wan.receive(FRAMES) if frame in frames] == frames
    lan.close()
    wan.close()


def idle_of(narrows: Daemon) -> dict[str, object]:
    return narrows.stats()["workers"][0]["idle"]


def check_costs_little(narrows: Daemon) -> None:
    before, begun = cpu_seconds(narrows.process.pid), time.monotonic()
    time.sleep(WINDOW_SECONDS)
    share = (cpu_seconds(narrows.process.pid) - before) / (time.monotonic() - begun)
    assert share < LARGEST_SHARE, f"{share:.0%} of a CPU while nothing comes"


def test_by_itself_it_sleeps(root: None, tmp_path: Path) -> None:
    with namespaces("box") as [box]:
        veth(box, "lan0", box, "lan1")
        veth(box, "wan0", box, "wan1")
        with Daemon(tmp_path, box, on_veth(transparent())) as narrows:
            assert idle_of(narrows)["method"] == "sleep"
            check_costs_little(narrows)
            check_forwards(box, narrows, "lan1", "wan1")


def test_without_interrupts_it_says_so_and_sleeps(root: None, tmp_path: Path) -> None:
    with namespaces("box") as [box]:
        veth(box, "lan0", box, "lan1")
        veth(box, "wan0", box, "wan1")
        config = on_veth(transparent())
        config["workers"] = config["workers"] | {"idle": "interrupt"}
        with Daemon(tmp_path, box, config) as narrows:
            line = "workers.idle: interrupt: ports.lan (net_af_packet) has no receive interrupts; workers sleep instead"
            assert narrows.output().count(line) == 1
            assert "Intr handle" not in narrows.output(), "DPDK's grumbling about it is noise"
            assert idle_of(narrows)["method"] == "sleep"


def test_interrupts_of_tap_ports(root: None, tmp_path: Path) -> None:
    """DPDK's net_tap has receive interrupts; its kernel ends are called dtap0 and dtap1. It carries 1522 octets."""
    if not Path("/dev/net/tun").exists():
        pytest.skip("needs /dev/net/tun: the kernel makes no tap interfaces")
    ports: Config = {"lan": {"device": "net_tap0", "mtu": 1492}, "wan": {"device": "net_tap1", "mtu": 1492}}
    config = transparent(ports=ports, workers={"lcores": [cpu()], "idle": "interrupt"})
    with namespaces("box") as [box], Daemon(tmp_path, box, config) as narrows:
        assert idle_of(narrows)["method"] == "interrupt"
        check_costs_little(narrows)
        check_forwards(box, narrows, "dtap0", "dtap1")
