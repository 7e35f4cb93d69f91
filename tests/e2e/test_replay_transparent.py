# SPDX-License-Identifier: BSD-3-Clause
"""Transparent mode: only MSS options change, in plain IP and inside PPPoE, behind VLAN tags too."""
from __future__ import annotations

from pathlib import Path

import pytest

from support import crafted
from support.narrows import check_replay, transparent

TAGS = {
    "untagged": [],
    "tagged": [crafted.vlan(835, pcp=3)],
    "service_tagged": [crafted.service_vlan(100)],
    "two_tags": [crafted.service_vlan(100, pcp=5), crafted.vlan(7)],
    "two_customer_tags": [crafted.vlan(100), crafted.vlan(7)],
    "priority_tagged": [crafted.vlan(0, pcp=6)],
    "three_tags": [crafted.service_vlan(100), crafted.vlan(7), crafted.vlan(8)],
}


@pytest.mark.parametrize("family", crafted.FAMILIES)
def test_plain_and_in_pppoe(tmp_path: Path, family: str) -> None:
    packets = crafted.packets(family).values()
    plain = [crafted.lan_frame(packet, family) for packet in packets]
    in_session = [crafted.wan_frame(packet, family) for packet in packets]
    check_replay(tmp_path, transparent(), lan=plain + in_session, wan=in_session + plain)


@pytest.mark.parametrize("tags", TAGS.values(), ids=TAGS.keys())
def test_behind_tags(tmp_path: Path, tags: list) -> None:
    frames = [
        make(crafted.tcp(family, options), family, tags=tags)
        for make in (crafted.lan_frame, crafted.wan_frame)
        for family in crafted.FAMILIES
        for options in crafted.option_lists().values()
    ]
    check_replay(tmp_path, transparent(), lan=frames, wan=frames)


def test_everything_else_unchanged(tmp_path: Path) -> None:
    """Broken PPPoE, ARP, spanning tree, padding: as they came, in order."""
    padded_ack = crafted.lan_frame(crafted.tcp("ipv4", flags="A"), "ipv4") + b"\xee" * 6
    frames = [
        *crafted.broken_pppoe().values(),
        *crafted.lan_strays().values(),
        crafted.arp_request("203.0.113.1"),
        crafted.neighbour_solicitation("2001:db8:1::1"),
        padded_ack,
    ]
    check_replay(tmp_path, transparent(), lan=frames, wan=frames)


def test_padding_is_kept_and_not_read(tmp_path: Path) -> None:
    """An MSS option behind the end of the packet is none."""
    short = crafted.tcp("ipv4", dataofs=6)  # the options would begin where the packet ends
    frame = crafted.lan_frame(short, "ipv4") + crafted.mss(1460) + bytes(2)
    replayed = check_replay(tmp_path, transparent(), lan=[frame])
    assert replayed.wan_out == [frame]


def test_only_what_the_other_port_can_carry(tmp_path: Path) -> None:
    """1500 octets behind up to two tags; a longer frame is counted, not sent."""
    frames = [crafted.lan_frame(crafted.udp("ipv4", size), "ipv4") for size in (1500, 1507, 1508, 1509, 1900)]
    replayed = check_replay(tmp_path, transparent(), lan=frames, wan=frames)
    assert len(replayed.wan_out) == len(replayed.lan_out) == 3
