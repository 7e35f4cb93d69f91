# SPDX-License-Identifier: BSD-3-Clause
"""What can be measured, and how the generator is wired to it."""
from __future__ import annotations

import contextlib
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Sequence

from lab.generator import Generator
from lab.processes import Process
from lab.workload import AC_MAC, FIRST_SESSION_ID, FIRST_VLAN, LAN_HOST_MAC, LAN_MAC, MAX_MSS, WAN_MAC

QUEUE = 1024
RING = "packed_vq=1,mrg_rxbuf=0,in_order=0"  # what measures best: the generator must not be the slower one
SCALAR = ("--force-max-simd-bitwidth=64",)


@dataclass(frozen=True)
class Place:
    """Where everything runs. `prefix` names DPDK's run-time files, `memory` are EAL's words on memory, `outside` is the
    namespace of the generator before Linux ("" without)."""

    directory: Path
    narrows: Path
    generator: Path
    generator_cpu: int
    device_cpu: int
    prefix: str
    memory: tuple[str, ...]
    outside: str = ""

    def socket(self, side: str) -> Path:
        return self.directory / f"{side}.sock"

    def log(self, name: str) -> Path:
        return self.directory / f"{name}.log"


@dataclass(frozen=True)
class Device:
    """`max_mss`: what SYNs must come back with, 0 when it does not clamp. `known_faults`: what it does wrong, and is
    measured nevertheless."""

    name: str
    title: str
    max_mss: int = MAX_MSS
    many_sessions: bool = True
    known_faults: frozenset[str] = frozenset()


NARROWS = Device("narrows", "Narrows")
SCALAR_NARROWS = Device("scalar", "Narrows, scalar")
TESTPMD = Device("testpmd", "testpmd io", max_mss=0)
# nft breaks the checksum where the MSS is at an odd offset, and clamps one of several MSS options.
LINUX = Device("linux", "Linux, nft", many_sessions=False, known_faults=frozenset(("wrong_checksum", "wrong_mss")))
DEVICES = {device.name: device for device in (NARROWS, SCALAR_NARROWS, TESTPMD, LINUX)}


@contextlib.contextmanager
def wired(device: Device, place: Place, sessions: int) -> Iterator[Generator]:
    """The device runs, and the generator is connected to it."""
    if device is LINUX:
        with Generator(_before_linux(place), place.log("generator-linux")) as generator:
            yield generator
        return
    words, stdin = _command(device, place, sessions)
    for side in ("lan", "wan"):
        place.socket(side).unlink(missing_ok=True)
    process = Process(words, place.log(device.name), stdin=stdin)
    try:
        process.wait_until("the device's sockets", lambda: all(place.socket(side).exists() for side in ("lan", "wan")))
        with Generator(_on_sockets(place), place.log(f"generator-{device.name}")) as generator:
            yield generator
    finally:
        process.stop()


def _command(device: Device, place: Place, sessions: int) -> tuple[Sequence[Any], int]:
    if device is TESTPMD:
        # It ends when its standard input does.
        return testpmd_words(place), subprocess.PIPE
    extra = (*place.memory, *(SCALAR if device is SCALAR_NARROWS else ()))
    config = place.directory / f"{place.prefix}-{device.name}.yaml"
    config.write_text(json.dumps(narrows_config(place, sessions), indent=1) + "\n")
    return [place.narrows, "run", "-c", config, "--", *extra], subprocess.DEVNULL


def vhost(place: Place, side: str) -> str:
    number = ("lan", "wan").index(side)
    return f"net_vhost{number},iface={place.socket(side)}"


def narrows_config(place: Place, sessions: int) -> dict[str, Any]:
    """Session i has a LAN VLAN of its own where there are several."""

    def session(number: int) -> dict[str, Any]:
        lan: dict[str, Any] = {"peer_mac": LAN_HOST_MAC}
        if sessions > 1:
            lan["vlan"] = FIRST_VLAN + number
        return {
            "name": f"session{number}",
            "static": {"id": FIRST_SESSION_ID + number, "ac_mac": AC_MAC},
            "lan": lan,
        }

    return {
        "mode": "terminate",
        "workers": {"lcores": [place.device_cpu], "idle": "spin"},  # as testpmd does
        "ports": {
            "lan": {"device": vhost(place, "lan"), "mac": LAN_MAC},
            "wan": {"device": vhost(place, "wan"), "mac": WAN_MAC},
        },
        "sessions": [session(number) for number in range(sessions)],
        "statistics": {"listen": "off"},
    }


def testpmd_words(place: Place) -> list[Any]:
    eal = ["--lcores", f"0@{place.generator_cpu},1@{place.device_cpu}", "--no-pci", *place.memory]
    eal += ["--file-prefix", f"{place.prefix}-testpmd", "--no-telemetry"]
    eal += [word for side in ("lan", "wan") for word in ("--vdev", vhost(place, side))]
    own = ["--forward-mode=io", "--nb-cores=1", "--auto-start", "--burst=32", "--total-num-mbufs=16384"]
    return ["dpdk-testpmd", *eal, "--", *own, f"--rxd={QUEUE}", f"--txd={QUEUE}"]


def _generator_words(place: Place, ports: Sequence[str], *own: Any) -> list[Any]:
    eal = ["--lcores", f"0@{place.generator_cpu}", "--no-pci", *place.memory, "--no-telemetry"]
    eal += ["--file-prefix", f"{place.prefix}-generator", "--single-file-segments"]
    eal += [word for port in ports for word in ("--vdev", port)]
    macs = ["--lan-mac", LAN_MAC, "--wan-mac", WAN_MAC]
    return [place.generator, *eal, "--", *macs, "--device-cpu", place.device_cpu, *own]


def _on_sockets(place: Place) -> list[Any]:
    """The generator's is the virtio side, whose frames the device copies: the generator must not be the slower one."""
    ports = [
        f"net_virtio_user{number},path={place.socket(side)},queue_size={QUEUE},{RING}" for number, side in enumerate(("lan", "wan"))
    ]
    return _generator_words(place, ports)


def _before_linux(place: Place) -> list[Any]:
    """Plain IP on both sides, as the machine's kernel may have no PPPoE."""
    ports = [f"net_af_packet{number},iface={side}1" for number, side in enumerate(("lan", "wan"))]
    words = _generator_words(place, ports, "--wan-headers", "ip")
    return ["ip", "netns", "exec", place.outside, *words]
