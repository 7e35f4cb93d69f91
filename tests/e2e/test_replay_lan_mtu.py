# SPDX-License-Identifier: BSD-3-Clause
"""A LAN that carries less than the line: the same answers, to the other side, and the smaller limit for the MSS."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import ICMPv6PacketTooBig, ICMPv6TimeExceeded, IPv6
from scapy.packet import Raw

from support import crafted
from support.crafted import lan_frame, mss, tcp, udp, vlan, wan_frame
from support.narrows import Config, check_replay, session, terminate

LAN_MTU = 1400
LAN = {"peer_mac": crafted.LAN_HOST_MAC, "gateway": "203.0.113.1"}
PORTS = {"lan": {"mtu": LAN_MTU}}
FROM_FAR = (1400, 1401, 1492, 1501)
QINQ = [crafted.service_vlan(100), vlan(7)]


def config(**fields: Any) -> Config:
    return terminate(session(lan=LAN, **fields), ports=PORTS)


def from_far(family: str, octets: int, **fields: Any) -> bytes:
    addresses = {"src": crafted.FAR_HOST[family], "dst": crafted.LAN_HOST[family]}
    return udp(family, octets, **addresses | fields)


@pytest.mark.parametrize("family", crafted.FAMILIES)
def test_every_length(tmp_path: Path, family: str) -> None:
    """Up to the LAN's MTU it passes; beyond it the far host is told; beyond the port's it is a super-frame."""
    sizes = [*range(LAN_MTU - 3, LAN_MTU + 20), 1491, 1492, 1501, 1514]
    replayed = check_replay(tmp_path, config(), wan=[wan_frame(from_far(family, size), family) for size in sizes])
    dropped = replayed.stats["directions"]["wan_to_lan"]["dropped"]
    assert (dropped["too_big"], dropped["super_frame"]) == (21, 2)
    assert (len(replayed.lan_out), len(replayed.wan_out)) == (4, 21)


def test_fragmentation_needed(tmp_path: Path) -> None:
    """Without the model: in the session, from whom the packet was for, with the LAN's MTU."""
    packet = from_far("ipv4", 1450)
    [frame] = check_replay(tmp_path, config(), wan=[wan_frame(packet, "ipv4")]).wan_out
    assert frame[:22].hex() == "0200000000ac" + "020000000002" + "8864" + "1100" + "1234" + "0242" + "0021"
    ip = IP(frame[22:])
    assert (ip.src, ip.dst, ip.len) == (crafted.LAN_HOST["ipv4"], crafted.FAR_HOST["ipv4"], 576)
    assert (ip[ICMP].type, ip[ICMP].code, ip[ICMP].nexthopmtu) == (3, 4, LAN_MTU)
    assert frame[22 + 28 :] == packet[:548]


def test_packet_too_big(tmp_path: Path) -> None:
    packet = from_far("ipv6", 1450, hlim=57)
    [frame] = check_replay(tmp_path, config(), wan=[wan_frame(packet, "ipv6")]).wan_out
    assert frame[:22].hex() == "0200000000ac" + "020000000002" + "8864" + "1100" + "1234" + "0502" + "0057"
    ip = IPv6(frame[22:])
    assert (ip.src, ip.dst) == (crafted.LAN_HOST["ipv6"], crafted.FAR_HOST["ipv6"])
    assert (ip[ICMPv6PacketTooBig].mtu, len(frame)) == (LAN_MTU, 22 + 1280)
    assert frame[22 + 48 :] == packet[:1232]


@pytest.mark.parametrize("family", crafted.FAMILIES)
def test_with_the_tags_of_the_session(tmp_path: Path, family: str) -> None:
    wan = [wan_frame(from_far(family, 1450), family, tags=QINQ)]
    settings = config(wan={"vlans": [100, 7], "pcp": 5})
    replayed = check_replay(tmp_path, settings, wan=wan)
    assert [frame[12:20].hex() for frame in replayed.wan_out] == ["88a8a064" + "8100a007"]


def test_the_configured_source_is_the_lans(tmp_path: Path) -> None:
    """Nobody on the line's side has a way to it."""
    settings = config() | {"icmp": {"ipv6_source": "2001:db8:1::1"}}
    replayed = check_replay(tmp_path, settings, wan=[wan_frame(from_far("ipv6", 1450), "ipv6")])
    assert [IPv6(frame[22:]).src for frame in replayed.wan_out] == [crafted.LAN_HOST["ipv6"]]


def test_before_the_lan_host_is_known(tmp_path: Path) -> None:
    """It is not needed for that."""
    wan = [wan_frame(from_far(family, 1450), family) for family in crafted.FAMILIES]
    replayed = check_replay(tmp_path, terminate(session(), ports=PORTS), wan=wan)
    assert len(replayed.wan_out) == 2


def filled(packet: Any) -> bytes:
    return bytes(packet / Raw(bytes(1450 - len(packet))))


SILENT = {
    "ipv4_error": lambda: ("ipv4", IP(dst=crafted.LAN_HOST["ipv4"], flags="DF") / ICMP(type=3, code=4)),
    "ipv4_second_fragment": lambda: ("ipv4", IP(dst=crafted.LAN_HOST["ipv4"], flags="DF", frag=9) / UDP()),
    "ipv4_multicast": lambda: ("ipv4", IP(dst="239.1.2.3", flags="DF") / UDP()),
    "ipv4_from_nobody": lambda: ("ipv4", IP(src="0.0.0.0", dst=crafted.LAN_HOST["ipv4"], flags="DF") / UDP()),
    "ipv6_error": lambda: ("ipv6", IPv6(dst=crafted.LAN_HOST["ipv6"]) / ICMPv6TimeExceeded()),
    "ipv6_multicast": lambda: ("ipv6", IPv6(src=crafted.FAR_HOST["ipv6"], dst="ff0e::1") / UDP()),
    "ipv6_from_a_group": lambda: ("ipv6", IPv6(src="ff02::1", dst=crafted.LAN_HOST["ipv6"]) / UDP()),
}


@pytest.mark.parametrize("name", SILENT)
def test_not_told(tmp_path: Path, name: str) -> None:
    """Multicast too: the only source there could be is a group's address."""
    family, packet = SILENT[name]()
    replayed = check_replay(tmp_path, config(), wan=[wan_frame(filled(packet), family)])
    assert (replayed.wan_out, replayed.lan_out) == ([], [])
    assert replayed.stats["control"]["icmp_withheld"] == 1


def test_the_smaller_link_limits_the_mss(tmp_path: Path) -> None:
    """Both ways, whichever of the two it is."""
    syns = [(tcp(family, mss(1460)), family) for family in crafted.FAMILIES]
    for number, (lan_mtu, session_mtu, limits) in enumerate(((1400, 1492, [1360, 1340]), (1500, 1454, [1414, 1394]))):
        directory = tmp_path / str(number)
        directory.mkdir()
        settings = terminate(session(lan=LAN, mtu=session_mtu), ports={"lan": {"mtu": lan_mtu}})
        lan, wan = [lan_frame(*syn) for syn in syns], [wan_frame(*syn) for syn in syns]
        replayed = check_replay(directory, settings, lan, wan)
        for frames, before in ((replayed.wan_out, 22), (replayed.lan_out, 14)):
            found = [frame[before + start :][:4] for frame, start in zip(frames, (40, 60))]
            assert found == [mss(limit) for limit in limits]


def test_both_ways_at_once(tmp_path: Path) -> None:
    """A small LAN and a small session: each direction is told its own MTU."""
    settings = terminate(session(lan=LAN, mtu=1300), ports=PORTS)
    lan = [lan_frame(udp(family, size), family) for family in crafted.FAMILIES for size in (1300, 1301, 1400, 1401)]
    wan = [wan_frame(from_far(family, size), family) for family in crafted.FAMILIES for size in FROM_FAR]
    replayed = check_replay(tmp_path, settings, lan, wan)
    assert replayed.stats["control"]["too_big_sent"] == 8


def test_what_fits_the_session_passes(tmp_path: Path) -> None:
    """Longer than the LAN should have it, but it is here and the line carries it."""
    lan = [lan_frame(udp(family, 1450), family) for family in crafted.FAMILIES]
    replayed = check_replay(tmp_path, config(), lan=lan)
    assert (replayed.lan_out, len(replayed.wan_out)) == ([], 2)
