# SPDX-License-Identifier: BSD-3-Clause
"""Packets too long for the session that must not be cut: who is told, by whom, in which octets, and who is not."""
from __future__ import annotations

from collections import Counter
from ipaddress import IPv6Address
from pathlib import Path
from typing import Any

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import (
    ICMPv6EchoReply, ICMPv6EchoRequest, ICMPv6PacketTooBig, ICMPv6TimeExceeded, ICMPv6Unknown, IPv6, IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, in6_chksum,
)  # fmt: skip
from scapy.layers.ipsec import AH, ESP
from scapy.layers.l2 import Dot1Q, Ether
from scapy.packet import Packet, Raw

from support import crafted
from support.crafted import lan_frame, udp, vlan
from support.narrows import Replayed, check_replay, session, terminate

GATEWAY = "203.0.113.1"
LAN = {"peer_mac": crafted.LAN_HOST_MAC, "gateway": GATEWAY}
CONFIG = terminate(session(lan=LAN))
LINK_LOCAL = "fe80::ff:fe00:1"  # of the LAN port's 02:00:00:00:00:01
LONG = 1500


def filled(packet: Packet, octets: int = LONG) -> bytes:
    return bytes(packet / Raw(bytes(number & 0xFF for number in range(octets - len(packet)))))


def messages(replayed: Replayed) -> list[Packet]:
    """To the LAN: the message's IP header and what it holds."""
    return [(IPv6 if frame.type == 0x86DD else IP)(bytes(frame.payload)) for frame in map(Ether, replayed.lan_out)]


# --- the message itself, without the model ---


def test_fragmentation_needed(tmp_path: Path) -> None:
    packet = udp("ipv4", LONG)
    [frame] = check_replay(tmp_path, CONFIG, lan=[lan_frame(packet, "ipv4")]).lan_out
    assert frame[:14].hex() == "020000001001" + "020000000001" + "0800"
    ip = IP(frame[14:])
    assert (ip.src, ip.dst, ip.proto, ip.len, len(frame)) == (GATEWAY, crafted.LAN_HOST["ipv4"], 1, 576, 14 + 576)
    assert (ip[ICMP].type, ip[ICMP].code, ip[ICMP].nexthopmtu) == (3, 4, 1492)
    assert frame[14 + 20 + 4 : 14 + 20 + 6] == b"\0\0", "unused"
    assert frame[14 + 28 :] == packet[: 576 - 28]
    assert (ip.chksum, ip[ICMP].chksum) == recomputed(ip)


def recomputed(ip: IP) -> tuple[int, int]:
    """Header and ICMP checksum as Scapy computes them."""
    copy = IP(bytes(ip))
    quote = bytes(copy[ICMP].payload)
    copy[ICMP].remove_payload()
    del copy.chksum, copy[ICMP].chksum
    whole = IP(bytes(copy / Raw(quote)))
    return whole.chksum, whole[ICMP].chksum


def test_packet_too_big(tmp_path: Path) -> None:
    packet = udp("ipv6", LONG, hlim=64)
    [frame] = check_replay(tmp_path, CONFIG, lan=[lan_frame(packet, "ipv6")]).lan_out
    assert frame[:14].hex() == "020000001001" + "020000000001" + "86dd"
    ip = IPv6(frame[14:])
    assert (ip.src, ip.dst, ip.nh, ip.plen) == (LINK_LOCAL, crafted.LAN_HOST["ipv6"], 58, 1240)
    assert (ip[ICMPv6PacketTooBig].code, ip[ICMPv6PacketTooBig].mtu) == (0, 1492)
    assert frame[14 + 48 :] == packet[: 1280 - 48]
    assert in6_chksum(58, IPv6(frame[14:54]), frame[54:]) == 0


# --- when ---


@pytest.mark.parametrize("family", crafted.FAMILIES)
@pytest.mark.parametrize("mtu", (1280, 1454, 1480, 1492))
def test_every_length(tmp_path: Path, family: str, mtu: int) -> None:
    """Up to the MTU it passes, one octet more is answered with the MTU, more than the port carries is not answered."""
    sizes = [*range(mtu - 2, min(mtu + 20, 1500)), 1500, 1501, 1514]
    config = terminate(session(lan=LAN, mtu=mtu))
    replayed = check_replay(tmp_path, config, lan=[lan_frame(udp(family, size), family) for size in sizes])
    counted = replayed.stats["directions"]["lan_to_wan"]
    too_big = sum(mtu < size <= 1500 for size in sizes)
    assert counted["dropped"] == dict.fromkeys(counted["dropped"], 0) | {"too_big": too_big, "super_frame": 2}
    assert len(replayed.lan_out) == replayed.stats["control"]["too_big_sent"] == too_big


def test_a_session_of_1500_octets(tmp_path: Path) -> None:
    """RFC 4638: nothing that fits the LAN is too long."""
    config = terminate(session(lan=LAN, mtu=1500), ports={"wan": {"mtu": 1508}})
    lan = [lan_frame(udp(family, 1500), family) for family in crafted.FAMILIES]
    replayed = check_replay(tmp_path, config, lan=lan)
    assert (len(replayed.wan_out), replayed.lan_out) == (2, [])


def test_a_jumbo_lan(tmp_path: Path) -> None:
    """However long the packet, the quote stays as it is."""
    config = terminate(session(lan=LAN), ports={"lan": {"mtu": 9000}})
    sizes = (1501, 2100, 4000, 8999, 9000, 9001)
    lan = [lan_frame(udp(family, size), family) for family in crafted.FAMILIES for size in sizes]
    replayed = check_replay(tmp_path, config, lan=lan)
    assert sorted(Counter(map(len, replayed.lan_out)).items()) == [(14 + 576, 5), (14 + 1280, 5)]


def test_ordinary_traffic_goes_on(tmp_path: Path) -> None:
    """Every other packet is too long: the others keep their order, each family its messages."""
    lan = []
    for number in range(100):
        for family in crafted.FAMILIES:
            lan += [lan_frame(udp(family, 1492 - number), family), lan_frame(udp(family, 1493 + number % 8), family)]
    replayed = check_replay(tmp_path, CONFIG, lan=lan)
    assert replayed.stats["control"]["too_big_sent"] == 200
    assert len(replayed.wan_out) == 200


# --- who says it ---


SOURCES: dict[str, tuple[dict[str, Any], str]] = {
    "configured": ({"gateway": "203.0.113.1"}, "203.0.113.1"),
    "handed_out": ({"address": "203.0.113.9", "hand_out": "dhcp"}, "203.0.113.10"),
    "handed_out_below": ({"address": "203.0.113.10", "hand_out": "dhcp"}, "203.0.113.9"),
    "handed_out_first_of_its_subnet": ({"address": "203.0.113.11", "hand_out": "dhcp"}, "203.0.113.9"),
    "both": ({"address": "203.0.113.9", "gateway": "203.0.113.1", "hand_out": "dhcp"}, "203.0.113.1"),
    "none": ({}, "192.0.0.8"),
}


@pytest.mark.parametrize("name", SOURCES)
def test_ipv4_sources(tmp_path: Path, name: str) -> None:
    lan, source = SOURCES[name]
    config = terminate(session(lan={"peer_mac": crafted.LAN_HOST_MAC} | lan))
    replayed = check_replay(tmp_path, config, lan=[lan_frame(udp("ipv4", LONG), "ipv4")])
    assert [message.src for message in messages(replayed)] == [source]


@pytest.mark.parametrize("hop_limit", (32, 64, 128, 255))
def test_ipv6_source_for_a_neighbour(tmp_path: Path, hop_limit: int) -> None:
    replayed = check_replay(tmp_path, CONFIG, lan=[lan_frame(udp("ipv6", LONG, hlim=hop_limit), "ipv6")])
    assert [message.src for message in messages(replayed)] == [LINK_LOCAL]


@pytest.mark.parametrize("hop_limit", (1, 31, 33, 63, 65, 127, 129, 254))
def test_ipv6_source_behind_a_router(tmp_path: Path, hop_limit: int) -> None:
    """It would not forward a link-local source: whom the packet was for speaks."""
    replayed = check_replay(tmp_path, CONFIG, lan=[lan_frame(udp("ipv6", LONG, hlim=hop_limit), "ipv6")])
    assert [message.src for message in messages(replayed)] == [crafted.FAR_HOST["ipv6"]]


@pytest.mark.parametrize("hop_limit", (63, 64))
def test_ipv6_source_configured(tmp_path: Path, hop_limit: int) -> None:
    config = CONFIG | {"icmp": {"ipv6_source": "2001:db8:1::1"}}
    replayed = check_replay(tmp_path, config, lan=[lan_frame(udp("ipv6", LONG, hlim=hop_limit), "ipv6")])
    assert [message.src for message in messages(replayed)] == ["2001:db8:1::1"]


def test_link_local_follows_the_ports_mac(tmp_path: Path) -> None:
    config = CONFIG | {"ports": {"lan": {"mac": "02:1b:21:a0:b1:c2"}}}
    frame = lan_frame(udp("ipv6", LONG), "ipv6", dst="02:1b:21:a0:b1:c2")
    replayed = check_replay(tmp_path, config, lan=[frame])
    assert [message.src for message in messages(replayed)] == [str(IPv6Address("fe80::1b:21ff:fea0:b1c2"))]


# --- to whom ---


def test_to_the_station_that_sent_it(tmp_path: Path) -> None:
    """Also where another one is the session's peer."""
    frame = lan_frame(udp("ipv4", LONG), "ipv4", src="02:00:00:00:10:77")
    replayed = check_replay(tmp_path, CONFIG, lan=[frame])
    assert [answer[:6].hex() for answer in replayed.lan_out] == ["020000001077"]


@pytest.mark.parametrize("family", crafted.FAMILIES)
@pytest.mark.parametrize("tags", ([], [vlan(0, pcp=5)]), ids=("untagged", "priority"))
def test_a_priority_tag_is_untagged(tmp_path: Path, family: str, tags: list) -> None:
    replayed = check_replay(tmp_path, CONFIG, lan=[lan_frame(udp(family, LONG), family, tags=tags)])
    assert [frame[12:14].hex() for frame in replayed.lan_out] == [f"{crafted.ETHERTYPE[family]:04x}"]


@pytest.mark.parametrize("family", crafted.FAMILIES)
def test_on_the_vlan_of_the_session(tmp_path: Path, family: str) -> None:
    """Each with the MTU and the gateway of its own session."""
    sessions = [
        session(f"s{n}", lan=LAN | {"vlan": n, "gateway": f"10.0.{n}.1"}, wan={"vlans": [n]}, mtu=1400 + n)
        for n in (10, 20, 30)
    ]
    lan = [lan_frame(udp(family, LONG), family, tags=[vlan(number, pcp=3)]) for number in (30, 10, 99, 20)]
    replayed = check_replay(tmp_path, terminate(*sessions), lan=lan)
    assert [Ether(frame)[Dot1Q].vlan for frame in replayed.lan_out] == [30, 10, 20]
    at = 18 + (26 if family == "ipv4" else 46)
    assert [int.from_bytes(frame[at : at + 2], "big") for frame in replayed.lan_out] == [1430, 1410, 1420]


# --- who is not told, and who is although it looks like that ---


def ipv4(**fields: Any) -> Packet:
    return crafted.ip_header("ipv4", **({"flags": "DF"} | fields))


def ipv6(*extensions: Packet, **fields: Any) -> Packet:
    header = crafted.ip_header("ipv6", **fields)
    for extension in extensions:
        header = header / extension
    return header


QUOTED = bytes(udp("ipv4", 600))
FIRST, SECOND = IPv6ExtHdrFragment(id=7, m=1), IPv6ExtHdrFragment(id=7, m=1, offset=180)
ALL_EXTENSIONS = (IPv6ExtHdrHopByHop(), IPv6ExtHdrDestOpt(), IPv6ExtHdrRouting(), FIRST, IPv6ExtHdrDestOpt())

NOT_TOLD = {
    **{f"ipv4_icmp_error_{kind}": ("ipv4", ipv4() / ICMP(type=kind, code=1) / QUOTED) for kind in (3, 4, 5, 11, 12)},
    "ipv4_icmp_error_of_our_own_kind": ("ipv4", ipv4() / ICMP(type=3, code=4, nexthopmtu=68) / QUOTED),
    "ipv4_icmp_error_cut": ("ipv4", ipv4() / ICMP(type=11) / b""),
    "ipv4_second_fragment": ("ipv4", ipv4(frag=1) / UDP()),
    "ipv4_last_fragment": ("ipv4", ipv4(frag=8191) / UDP()),
    "ipv4_source_unspecified": ("ipv4", ipv4(src="0.0.0.0") / UDP()),
    "ipv4_source_this_network": ("ipv4", ipv4(src="0.1.2.3") / UDP()),
    "ipv4_source_loopback": ("ipv4", ipv4(src="127.0.0.1") / UDP()),
    "ipv4_source_multicast": ("ipv4", ipv4(src="224.0.0.1") / UDP()),
    "ipv4_source_reserved": ("ipv4", ipv4(src="240.0.0.1") / UDP()),
    "ipv4_source_broadcast": ("ipv4", ipv4(src="255.255.255.255") / UDP()),
    "ipv4_to_multicast": ("ipv4", ipv4(dst="239.1.2.3") / UDP()),
    "ipv4_to_broadcast": ("ipv4", ipv4(dst="255.255.255.255") / UDP()),
    "ipv6_too_big": ("ipv6", ipv6() / ICMPv6PacketTooBig(mtu=1280)),
    "ipv6_time_exceeded": ("ipv6", ipv6() / ICMPv6TimeExceeded()),
    "ipv6_unknown_error": ("ipv6", ipv6() / ICMPv6Unknown(type=127)),
    "ipv6_redirect": ("ipv6", ipv6() / ICMPv6Unknown(type=137)),
    "ipv6_error_behind_hop_by_hop": ("ipv6", ipv6(IPv6ExtHdrHopByHop()) / ICMPv6TimeExceeded()),
    "ipv6_error_behind_all": ("ipv6", ipv6(*ALL_EXTENSIONS) / ICMPv6TimeExceeded()),
    "ipv6_source_unspecified": ("ipv6", ipv6(src="::") / UDP()),
    "ipv6_source_multicast": ("ipv6", ipv6(src="ff02::1") / UDP()),
}  # fmt: skip

TOLD = {
    **{f"ipv4_icmp_query_{kind}": ("ipv4", ipv4() / ICMP(type=kind)) for kind in (0, 8, 13, 14)},
    "ipv4_tcp": ("ipv4", ipv4() / TCP(flags="A")),
    "ipv4_first_fragment": ("ipv4", ipv4(flags="DF+MF") / UDP()),
    "ipv4_protocol_of_nobody": ("ipv4", ipv4(proto=253)),
    "ipv4_esp": ("ipv4", ipv4() / ESP(spi=1, seq=1)),
    "ipv4_icmpv6_is_not_icmp": ("ipv4", ipv4(proto=58) / b"\x03\x00"),
    "ipv4_hop_limit_zero": ("ipv4", ipv4(ttl=0) / UDP()),
    "ipv4_source_private": ("ipv4", ipv4(src="10.1.2.3") / UDP()),
    "ipv6_tcp": ("ipv6", ipv6() / TCP(flags="A")),
    "ipv6_echo_request": ("ipv6", ipv6() / ICMPv6EchoRequest()),
    "ipv6_echo_reply": ("ipv6", ipv6() / ICMPv6EchoReply()),
    "ipv6_first_fragment": ("ipv6", ipv6(FIRST) / UDP()),
    "ipv6_esp": ("ipv6", ipv6() / ESP(spi=1, seq=1)),
    "ipv6_icmp_is_not_icmpv6": ("ipv6", ipv6(nh=1) / b"\x03\x00"),
    "ipv6_hop_limit_zero": ("ipv6", ipv6(hlim=0) / UDP()),
    "ipv6_source_link_local": ("ipv6", ipv6(src="fe80::9") / UDP()),
    "ipv6_echo_behind_all": ("ipv6", ipv6(*ALL_EXTENSIONS) / ICMPv6EchoRequest()),
}  # fmt: skip

EITHER_WAY = {
    "ipv6_second_fragment": ("ipv6", ipv6(SECOND) / UDP()),
    "ipv6_to_multicast": ("ipv6", ipv6(dst="ff0e::1") / UDP()),
    "ipv6_authenticated": ("ipv6", ipv6(AH(nh=17, icv=bytes(12))) / UDP()),
    "ipv6_no_next_header": ("ipv6", ipv6(nh=59)),
    "ipv6_nine_headers": ("ipv6", ipv6(*[IPv6ExtHdrDestOpt() for _ in range(9)]) / UDP()),
    "ipv6_extension_beyond_the_packet": ("ipv6", ipv6(nh=0) / b"\x11\xff"),
    "ipv4_unknown_icmp": ("ipv4", ipv4() / ICMP(type=200)),
    "ipv4_to_reserved": ("ipv4", ipv4(dst="250.1.2.3") / UDP()),
}


@pytest.mark.parametrize("name", NOT_TOLD)
def test_not_told(tmp_path: Path, name: str) -> None:
    """RFC 1122 section 3.2.2, RFC 4443 section 2.4 (e)."""
    family, packet = NOT_TOLD[name]
    replayed = check_replay(tmp_path, CONFIG, lan=[lan_frame(filled(packet), family)])
    assert (replayed.lan_out, replayed.wan_out) == ([], [])
    assert replayed.stats["control"]["icmp_withheld"] == 1


@pytest.mark.parametrize("name", TOLD)
def test_told(tmp_path: Path, name: str) -> None:
    family, packet = TOLD[name]
    replayed = check_replay(tmp_path, CONFIG, lan=[lan_frame(filled(packet), family)])
    assert (len(replayed.lan_out), replayed.wan_out) == (1, [])
    assert replayed.stats["ports"]["lan"]["originated"] == 1


@pytest.mark.parametrize("name", EITHER_WAY)
def test_either_way(tmp_path: Path, name: str) -> None:
    """The RFCs allow both: dropped and counted all the same, and what is said is right."""
    family, packet = EITHER_WAY[name]
    check_replay(tmp_path, CONFIG, lan=[lan_frame(filled(packet), family)])


def test_not_for_a_group_address_of_the_link(tmp_path: Path) -> None:
    """RFC 1122: sent as a link-layer broadcast or multicast; PPP carries none of it."""
    lan = [
        lan_frame(filled(ipv4() / UDP()), "ipv4", dst="ff:ff:ff:ff:ff:ff"),
        lan_frame(filled(ipv4() / UDP()), "ipv4", dst="01:00:5e:00:00:05"),
        lan_frame(filled(ipv6() / UDP()), "ipv6", dst="33:33:00:00:00:05"),
        lan_frame(filled(ipv6() / UDP()), "ipv6", dst="ff:ff:ff:ff:ff:ff"),
    ]
    replayed = check_replay(tmp_path, CONFIG, lan=lan)
    assert replayed.lan_out == []


def test_nobody_is_told_of_a_corrupt_packet(tmp_path: Path) -> None:
    """RFC 1812 section 5.2.2: its source may be the part that is wrong."""
    packet = crafted.patched(udp("ipv4", LONG), 12, b"\xcb\x00\x71\x08")
    replayed = check_replay(tmp_path, CONFIG, lan=[lan_frame(packet, "ipv4")])
    assert replayed.lan_out == []
    assert replayed.stats["directions"]["lan_to_wan"]["dropped"]["bad_ip"] == 1


def test_a_hosts_own_size_decides(tmp_path: Path) -> None:
    """Not the frame's: padding and trailers are no part of the packet."""
    lan = [lan_frame(udp(family, 1492), family) + bytes(8) for family in crafted.FAMILIES]
    assert check_replay(tmp_path, CONFIG, lan=lan).lan_out == []
