# SPDX-License-Identifier: BSD-3-Clause
"""TCP checksums left to a device that computes them from l2_len: an e1000 in a virtual machine."""
from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest

from support import crafted
from support.checksum_probe import FRAMES, has_right_checksum
from support.guest_box import LAN_DEVICE, WAN_DEVICE, GuestBox
from support.narrows import check_conservation, session, terminate

SYN_OPTIONS = {
    "even": crafted.mss(1460) + crafted.SACK_PERMITTED,
    "odd": crafted.NOP + crafted.mss(1460) + crafted.SACK_PERMITTED,
}
LIMIT = {"ipv4": 1452, "ipv6": 1432}
# LAN VLAN, WAN VLANs, session id: headers of 22, 26 and 30 octets on the WAN
LINKS = [(None, [], 0x1234), (10, [835], 0x1235), (20, [100, 7], 0x1236)]


@pytest.fixture(scope="module")
def box(root: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuestBox]:
    with GuestBox(tmp_path_factory.mktemp("guest")) as guest:
        yield guest


def packets(family: str, limited: bool) -> list[bytes]:
    """As they arrive, or as they have to leave; Scapy computes the checksums."""
    found = [crafted.tcp(family, b"", bytes(range(size)), flags="PA") for size in (33, 200)]
    for options in SYN_OPTIONS.values():
        wanted = options.replace(crafted.mss(1460), crafted.mss(LIMIT[family])) if limited else options
        found.append(crafted.tcp(family, wanted))
    return found


def test_narrows_leaves_checksums_to_the_device(box: GuestBox) -> None:
    sessions = [
        session(
            f"isp{number:x}",
            static={"id": number, "ac_mac": crafted.AC_MAC},
            lan={"peer_mac": crafted.LAN_HOST_MAC} | ({"vlan": lan} if lan else {}),
            wan={"vlans": wan},
        )
        for lan, wan, number in LINKS
    ]
    ports = {"lan": {"device": LAN_DEVICE}, "wan": {"device": WAN_DEVICE}}
    box.start(terminate(*sessions, ports=ports))
    expected = []
    for lan, wan, number in LINKS:
        outer = [crafted.service_vlan(wan[0])] if len(wan) == 2 else [crafted.vlan(vid) for vid in wan]
        wan_tags = [*outer, *(crafted.vlan(vid) for vid in wan[1:])]
        for family in crafted.FAMILIES:
            for packet in packets(family, limited=True):
                expected.append(to_the_concentrator(packet, family, wan_tags, number))
            for packet in packets(family, limited=False):
                frame = crafted.lan_frame(packet, family, [crafted.vlan(lan)] if lan else [])
                ip_at = 18 if lan else 14
                box.send_unfinished(frame, ip_at, ip_at + crafted.tcp_start(family))
    received = box.wan.receive(len(expected))
    counts = box.stats()
    log = box.stop()
    assert counts["ports"]["wan"]["checksum"] == {
        "computed_by": "port", "reason": "net_e1000_em goes by the offsets it is given",
    }, log  # fmt: skip
    assert [frame.hex() for frame in received] == [frame.hex() for frame in expected]
    outward = counts["directions"]["lan_to_wan"]
    check_conservation(outward)
    assert outward["odd"]["partial_checksum"] == len(expected)
    assert sum(outward["clamped"].values()) == len(LINKS) * len(crafted.FAMILIES) * len(SYN_OPTIONS)


def to_the_concentrator(packet: bytes, family: str, tags: list[object], number: int) -> bytes:
    addresses = {"src": crafted.WAN_MAC, "dst": crafted.AC_MAC}
    return crafted.wan_frame(packet, family, tags, number, **addresses).ljust(60, b"\0")


def test_the_device_goes_by_l2_len(box: GuestBox) -> None:
    """Every header length, tags and PPPoE; with a wrong length none is right, or this would prove nothing."""
    box.probe(0)
    frames = box.wan.receive(FRAMES)
    assert len(frames) == FRAMES and all(has_right_checksum(frame) for frame in frames)
    for error in (2, 4):
        box.probe(error)
        frames = box.wan.receive(FRAMES)
        assert len(frames) == FRAMES and not any(has_right_checksum(frame) for frame in frames), error
