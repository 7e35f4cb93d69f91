# SPDX-License-Identifier: BSD-3-Clause
"""ARP and neighbour solicitation on the LAN side: Narrows answers for the gateway and for all that is far."""
from __future__ import annotations

from pathlib import Path

import pytest
from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6NDOptDstLLAddr, IPv6, in6_chksum
from scapy.layers.l2 import ARP, Dot1Q, Ether

from support import crafted
from support.narrows import check_conservation, replay, session, terminate

GATEWAY = "203.0.113.1"
WITH_ADDRESSES = {"address": crafted.LAN_HOST["ipv4"], "gateway": GATEWAY}


def answers(directory: Path, frames: list[bytes], **lan: object) -> list[Ether]:
    """What Narrows says to the LAN; every frame given must be punted."""
    replayed = replay(directory, terminate(session(lan=lan)), lan=frames)
    counted = replayed.stats["directions"]["lan_to_wan"]
    check_conservation(counted)
    assert counted["punted"] == len(frames)
    assert replayed.wan_out == []
    assert replayed.stats["ports"]["lan"]["originated"] == len(replayed.lan_out)
    return [Ether(frame) for frame in replayed.lan_out]


@pytest.mark.parametrize("target", (GATEWAY, "203.0.113.77", "192.0.2.1"))
def test_arp_is_answered(tmp_path: Path, target: str) -> None:
    [answer] = answers(tmp_path, [crafted.arp_request(target)], **WITH_ADDRESSES)
    assert (answer.dst, answer.src, len(answer)) == (crafted.LAN_HOST_MAC, crafted.LAN_MAC, 60)
    arp = answer[ARP]
    assert (arp.op, arp.hwtype, arp.ptype, arp.hwlen, arp.plen) == (2, 1, 0x0800, 6, 4)
    assert (arp.hwsrc, arp.psrc) == (crafted.LAN_MAC, target)
    assert (arp.hwdst, arp.pdst) == (crafted.LAN_HOST_MAC, crafted.LAN_HOST["ipv4"])
    assert bytes(answer)[42:] == bytes(18)


def test_arp_is_answered_without_configured_addresses(tmp_path: Path) -> None:
    [answer] = answers(tmp_path, [crafted.arp_request("198.51.100.7")])
    assert answer[ARP].psrc == "198.51.100.7"


def test_unicast_arp_is_answered(tmp_path: Path) -> None:
    """Linux asks a neighbour it knows this way before it forgets it."""
    [answer] = answers(tmp_path, [crafted.arp_request(GATEWAY, dst=crafted.LAN_MAC)])
    assert answer[ARP].psrc == GATEWAY


def test_arp_on_a_vlan_is_answered_there(tmp_path: Path) -> None:
    [answer] = answers(tmp_path, [crafted.arp_request(GATEWAY, tags=[crafted.vlan(10)])], vlan=10)
    assert answer[Dot1Q].vlan == 10 and answer[ARP].psrc == GATEWAY


OWN = crafted.LAN_HOST["ipv4"]
QUIET_ARP = {
    "own_address": (OWN, OWN),
    "announcement": (OWN, OWN),
    "probe": (OWN, "0.0.0.0"),
    "own_address_asked_by_another": (OWN, "203.0.113.50"),
}


@pytest.mark.parametrize("name", QUIET_ARP)
def test_the_hosts_own_address_is_its_own(tmp_path: Path, name: str) -> None:
    target, sender = QUIET_ARP[name]
    assert answers(tmp_path, [crafted.arp_request(target, sender)], **WITH_ADDRESSES) == []


def test_address_probes_are_not_answered(tmp_path: Path) -> None:
    """RFC 5227: an answer would say that the address is taken."""
    assert answers(tmp_path, [crafted.arp_request("203.0.113.50", "0.0.0.0"), crafted.arp_request(OWN, OWN)]) == []


def test_arp_teaches_the_peer(tmp_path: Path) -> None:
    """Asking for the gateway is the first thing a host does: the answer to its first packet must find it."""
    lan = [crafted.arp_request(GATEWAY)]
    wan = [crafted.wan_frame(crafted.tcp("ipv4", crafted.mss(1460)), "ipv4")] * 200
    replayed = replay(tmp_path, terminate(session(lan=WITH_ADDRESSES)), lan, wan)
    assert replayed.stats["sessions"]["isp"]["lan_peer"] == crafted.LAN_HOST_MAC
    assert replayed.lan_out[-1][:6].hex(":") == crafted.LAN_HOST_MAC


@pytest.mark.parametrize("target", ("2001:db8:1::1", "fe80::1", "2001:db8:2::10"))
def test_neighbour_solicitation_is_answered(tmp_path: Path, target: str) -> None:
    [answer] = answers(tmp_path, [crafted.neighbour_solicitation(target)])
    assert (answer.dst, answer.src) == (crafted.LAN_HOST_MAC, crafted.LAN_MAC)
    ip, advertisement = answer[IPv6], answer[ICMPv6ND_NA]
    assert (ip.src, ip.dst, ip.hlim) == (target, crafted.LAN_HOST["ipv6"], 255)
    assert (advertisement.tgt, advertisement.S) == (target, 1)
    assert answer[ICMPv6NDOptDstLLAddr].lladdr == crafted.LAN_MAC
    payload = bytes(answer)[54 : 54 + ip.plen]
    assert in6_chksum(58, IPv6(bytes(answer)[14:54]), payload) == 0


def test_unicast_neighbour_solicitation_is_answered(tmp_path: Path) -> None:
    [answer] = answers(tmp_path, [crafted.neighbour_solicitation("2001:db8:1::1", dst=crafted.LAN_MAC)])
    assert answer[ICMPv6ND_NA].tgt == "2001:db8:1::1"


def test_address_detection_is_not_answered(tmp_path: Path) -> None:
    """RFC 4862 section 5.4: an answer would keep the host from using its own address."""
    assert answers(tmp_path, [crafted.neighbour_solicitation("2001:db8:1::9", sender="::")]) == []


def test_missing_peer_is_asked_for(tmp_path: Path) -> None:
    """With an address configured, a frame for a peer not yet known makes Narrows ask for it by ARP."""
    wan = [crafted.wan_frame(crafted.tcp("ipv4", crafted.mss(1460)), "ipv4")] * 40
    replayed = replay(tmp_path, terminate(session(lan=WITH_ADDRESSES)), wan=wan)
    asked = [Ether(frame) for frame in replayed.lan_out]
    assert asked and len(asked) < 5, "asks, but not for every frame"
    assert (asked[0].dst, asked[0][ARP].op, asked[0][ARP].pdst) == ("ff:ff:ff:ff:ff:ff", 1, OWN)
    assert asked[0][ARP].psrc == GATEWAY
    assert replayed.stats["directions"]["wan_to_lan"]["dropped"]["no_lan_peer"] == 40
