# SPDX-License-Identifier: BSD-3-Clause
"""What a port can do to Narrows: its peer reads no more, or all buffers are in use."""
from __future__ import annotations

import contextlib
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any, Iterator

from support import crafted, stress_rig
from support import traffic_mix as mix
from support.daemon import Daemon, cpu
from support.namespaces import command, namespaces, stop, wait_for
from support.narrows import Config, check_conservation, terminate
from support.stopped_thread import paused
from support.stress_scenarios import goes_through

SOURCE = Path(__file__).resolve().parent / "small_pool.c"
BUFFERS = 127  # fewer than what waits for a control thread that stands still
QUEUE = 1024
EXHAUSTION_PATIENCE = 10.0  # in 15 s Narrows' guard would end it


def exhausted_pool(directory: Path, seconds: float) -> str:
    """Everything waits for a control thread that stands still; while there is no buffer nothing is received."""
    library = directory / "small_pool.so"
    command("cc", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl")
    wrapper = ("env", f"LD_PRELOAD={library}", f"SMALL_POOL={BUFFERS}")
    with stress_rig.running(directory, "af_packet", wrapper=wrapper) as rig:
        sizes = {pool["size"] for pool in rig.narrows.stats()["mempools"]}
        assert sizes == {BUFFERS}
        waits = [crafted.arp_request("198.51.100.1"), crafted.lan_frame(crafted.udp("ipv4", 1500), "ipv4")]
        with rig.traffic(waits + mix.good("lan"), mix.good("wan")):
            with paused(rig.narrows.process.pid):
                wait_for("all buffers to be in use", lambda: rig.available("mbufs_lan") == 0, EXHAUSTION_PATIENCE)
                time.sleep(seconds)
            goes_through(rig)
        rig.check()
        goes_through(rig)
    return f"{BUFFERS} buffers, all of them in use for {seconds:.1f} s"


class Peer:
    """A testpmd at the other end of a vhost port: sends the same frame without pause, or counts what comes."""

    def __init__(self, directory: Path, side: str, mode: str, destination: str) -> None:
        self._log = directory / f"peer-{side}.log"
        self._prefix = f"stress-{os.getpid()}-{side}"
        self.cpu = cpu(1)
        vdev = f"net_virtio_user0,path={directory}/{side}.sock,queue_size={QUEUE}"
        self._words = [
            "stdbuf", "-o0", "dpdk-testpmd", "--lcores", f"0@{self.cpu},1@{self.cpu}", "--no-huge", "-m", "128", "--no-pci",
            "--single-file-segments", "--file-prefix", self._prefix, "--no-telemetry", "--vdev", vdev, "--",
            "--interactive", "--total-num-mbufs=8192", f"--forward-mode={mode}", f"--eth-peer=0,{destination}",
            f"--txd={QUEUE}", f"--rxd={QUEUE}", "--no-lsc-interrupt", "--no-flush-rx",
        ]  # fmt: skip

    def __enter__(self) -> Peer:
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                self._words, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, text=True
            )
        wait_for("testpmd", lambda: "testpmd> " in self.output())
        return self

    def __exit__(self, *_: Any) -> None:
        with contextlib.suppress(OSError):
            self.say("quit")
        stop(self._process)

    def say(self, word: str) -> None:
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()

    def output(self) -> str:
        return self._log.read_text()

    def total(self, way: str) -> int:
        """RX or TX of all times that it was started and stopped; each ends with a summary over all ports."""
        summaries = self.output().split("Accumulated forward statistics for all ports")[1:]
        return sum(int(re.search(rf"{way}-packets: (\d+)", summary)[1]) for summary in summaries)

    def stop_forwarding(self) -> None:
        before = self.output().count("Done.")
        self.say("stop")
        wait_for("testpmd to stop", lambda: self.output().count("Done.") > before)


def vhost_config(directory: Path) -> Config:
    ports = {
        side: {"device": f"net_vhost{number},iface={directory}/{side}.sock", "mac": mac}
        for number, (side, mac) in enumerate((("lan", crafted.LAN_MAC), ("wan", crafted.WAN_MAC)))
    }
    return {"workers": {"lcores": [cpu()]}, "ports": ports} | terminate()


@contextlib.contextmanager
def vhost(directory: Path) -> Iterator[tuple[Daemon, Peer, Peer]]:
    with namespaces("vhost-box") as (box,):
        with Daemon(directory, box, vhost_config(directory)) as narrows:
            with Peer(directory, "lan", "txonly", crafted.LAN_MAC) as lan:
                with Peer(directory, "wan", "rxonly", crafted.WAN_MAC) as wan:
                    yield narrows, lan, wan
        assert "did not come back" not in narrows.output()


def peer_stops_reading(directory: Path, seconds: float) -> str:
    """The line's other end takes nothing for a while: what its ring does not hold is dropped and counted."""
    with vhost(directory) as (narrows, lan, wan):
        in_use = narrows.stats()["mempools"]

        def way() -> dict[str, Any]:
            return narrows.stats()["directions"]["lan_to_wan"]

        lan.say("start")
        wait_for("the ring to fill", lambda: way()["dropped"]["tx_full"] > QUEUE)
        full = way()
        time.sleep(seconds)
        assert way()["forwarded"] == full["forwarded"] > 0
        wan.say("start")
        wait_for("frames to go through", lambda: way()["forwarded"] > 2 * full["forwarded"] + QUEUE)
        lan.stop_forwarding()
        sent = lan.total("TX")
        wait_for("what was sent", lambda: way()["received"] == sent)
        counts = way()
        check_conservation(counts)
        assert {reason for reason, count in counts["dropped"].items() if count} == {"tx_full"}
        wan.stop_forwarding()
        assert wan.total("RX") == counts["forwarded"]
        assert narrows.stats()["mempools"] == in_use
    return f"{counts['received']} frames, of which {counts['dropped']['tx_full']} found the ring full"
