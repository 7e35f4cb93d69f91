# SPDX-License-Identifier: BSD-3-Clause
"""VLAN tags on both sides: who matches which session, and with what tags it leaves."""
from __future__ import annotations

from pathlib import Path

import pytest

from support import crafted
from support.crafted import mss, service_vlan, tcp, vlan
from support.narrows import check_replay, session, terminate

PEER = {"peer_mac": crafted.LAN_HOST_MAC}
WAN_STACKS = {
    "none": [],
    "customer": [vlan(835)],
    "customer_with_priority": [vlan(835, pcp=7, dei=1)],
    "service": [service_vlan(835)],
    "qinq": [service_vlan(100), vlan(7)],
    "qinq_with_priorities": [service_vlan(100, pcp=1), vlan(7, pcp=6)],
    "customer_twice": [vlan(100), vlan(7)],
    "qinq_swapped": [service_vlan(7), vlan(100)],
    "outer_alone": [service_vlan(100)],
    "inner_alone": [vlan(7)],
    "priority": [vlan(0, pcp=5)],
    "stranger": [vlan(836)],
    "three": [service_vlan(100), vlan(7), vlan(8)],
}
LAN_STACKS = {
    "none": [],
    "ten": [vlan(10)],
    "ten_with_priority": [vlan(10, pcp=7, dei=1)],
    "priority": [vlan(0, pcp=5)],
    "stranger": [vlan(11)],
    "service": [service_vlan(10)],
    "twice": [vlan(10), vlan(10)],
}
SESSIONS = {
    "untagged": session(lan=PEER),
    "tagged": session(lan=PEER | {"vlan": 10}, wan={"vlans": [835]}),
    "tagged_with_priority": session(lan=PEER | {"vlan": 10}, wan={"vlans": [835], "pcp": 5}),
    "double_tagged": session(lan=PEER | {"vlan": 4094}, wan={"vlans": [100, 7], "pcp": 3}),
    "largest_tags": session(lan=PEER | {"vlan": 10}, wan={"vlans": [4094, 4094], "pcp": 7}),
}


@pytest.mark.parametrize("name", SESSIONS)
def test_matching_and_tagging(tmp_path: Path, name: str) -> None:
    lan = [
        crafted.lan_frame(tcp(family, mss(1460)), family, tags=tags)
        for family in crafted.FAMILIES
        for tags in [*LAN_STACKS.values(), [vlan(4094)]]
    ]
    wan = [
        crafted.wan_frame(tcp(family, mss(1460)), family, tags=tags)
        for family in crafted.FAMILIES
        for tags in [*WAN_STACKS.values(), [service_vlan(4094), vlan(4094)]]
    ]
    check_replay(tmp_path, terminate(SESSIONS[name]), lan, wan)


def test_priority_tag_is_untagged(tmp_path: Path) -> None:
    frame = crafted.lan_frame(tcp("ipv4", mss(1460)), "ipv4", tags=[vlan(0, pcp=5)])
    replayed = check_replay(tmp_path, terminate(), lan=[frame])
    assert replayed.wan_out[0][12:16] == bytes.fromhex("88641100")


def test_double_tag_bytes(tmp_path: Path) -> None:
    """802.1ad outside, 802.1Q inside, the priority in both."""
    config = terminate(session(wan={"vlans": [100, 7], "pcp": 5}))
    replayed = check_replay(tmp_path, config, lan=[crafted.lan_frame(tcp("ipv4", mss(1460)), "ipv4")])
    assert replayed.wan_out[0][12:24] == bytes.fromhex("88a8a064" "8100a007" "88641100")
