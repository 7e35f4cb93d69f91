# SPDX-License-Identifier: BSD-3-Clause
"""TCP checksums of what comes out, computed again by Scapy: right stays right, wrong stays wrong."""
from __future__ import annotations

from pathlib import Path

import pytest
from scapy.layers.inet import IP, in4_chksum
from scapy.layers.inet6 import IPv6, in6_chksum

from support import crafted
from support.narrows import Config, replay, terminate, transparent

MODES = {"terminate": terminate(), "transparent": transparent()}


@pytest.mark.parametrize("family", crafted.FAMILIES)
@pytest.mark.parametrize("config", MODES.values(), ids=MODES.keys())
def test_right_checksums_stay_right(tmp_path: Path, config: Config, family: str) -> None:
    packets = [
        crafted.tcp(family, options, payload=bytes(range(size)))
        for options in crafted.option_lists().values()
        for size in (0, 1, 2, 33)
    ]
    assert all(is_right(packet, family) for packet in packets)
    assert all(is_right(packet, family) for packet in through(tmp_path, config, packets, family))


@pytest.mark.parametrize("family", crafted.FAMILIES)
@pytest.mark.parametrize("config", MODES.values(), ids=MODES.keys())
def test_wrong_checksums_stay_wrong(tmp_path: Path, config: Config, family: str) -> None:
    at = crafted.tcp_start(family) + 16
    packets = [corrupted(crafted.tcp(family, options), at) for options in crafted.option_lists().values()]
    assert not any(is_right(packet, family) for packet in packets)
    assert not any(is_right(packet, family) for packet in through(tmp_path, config, packets, family))


def through(directory: Path, config: Config, packets: list[bytes], family: str) -> list[bytes]:
    """The packets as they come out in both directions; the lengths do not change."""
    lan = [crafted.lan_frame(packet, family) for packet in packets]
    wan = [crafted.wan_frame(packet, family) for packet in packets]
    replayed = replay(directory, config, lan, wan)
    to_wan, to_lan = (14, 22) if config["mode"] == "transparent" else (22, 14)
    assert len(replayed.wan_out) == len(replayed.lan_out) == len(packets)
    out = [frame[to_wan:][: len(packet)] for frame, packet in zip(replayed.wan_out, packets)]
    return out + [frame[to_lan:][: len(packet)] for frame, packet in zip(replayed.lan_out, packets)]


def is_right(packet: bytes, family: str) -> bool:
    start = crafted.tcp_start(family)
    if family == "ipv4":
        return in4_chksum(6, IP(packet[:start]), packet[start:]) == 0
    return in6_chksum(6, IPv6(packet[:start]), packet[start:]) == 0


def corrupted(packet: bytes, at: int) -> bytes:
    checksum = int.from_bytes(packet[at : at + 2], "big")
    return crafted.patched(packet, at, ((checksum + 0x0101) % 0xFFFF).to_bytes(2, "big"))
