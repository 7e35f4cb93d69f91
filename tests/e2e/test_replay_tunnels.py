# SPDX-License-Identifier: BSD-3-Clause
"""TCP inside tunnels: `mss.tunnels`, over frames made by Scapy, against the second implementation."""
from __future__ import annotations

import random
from pathlib import Path
from typing import Any, Callable

import pytest
from scapy.layers.inet import IP, IPOption
from scapy.layers.inet6 import IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, PadN
from scapy.layers.l2 import GRE
from scapy.packet import Packet, Raw

from support import crafted
from support.narrows import Config, check_replay, session, terminate, transparent

PEER = {"peer_mac": crafted.LAN_HOST_MAC}
PROTOCOL = {"ipv4": 4, "ipv6": 41}
SYN_OPTIONS = [
    crafted.mss(value) if even else crafted.NOP + crafted.mss(value) + crafted.NOP * 3
    for value in (536, 1220, 1300, 1374, 1375, 1412, 1413, 1420, 1432, 1436, 1437, 1440, 1452, 1460, 8960)
    for even in (True, False)
]


def gre(**fields: Any) -> Callable[[str], Packet]:
    return lambda family: GRE(proto=crafted.ETHERTYPE[family], **fields)


def headers(outer: str, middle: Callable[[str], Packet | None], family: str, **fields: Any) -> Packet:
    """All in front of an inner packet of `family`."""
    between = middle(family)
    protocol = {"ipv4": "proto", "ipv6": "nh"}[outer]
    number = 47 if between is not None else PROTOCOL[family]
    extensions = fields.pop("extensions", ())
    packet = crafted.ip_header(outer, **fields)
    for extension in extensions:
        packet = packet / extension.copy()
    setattr(packet.lastlayer(), "nh" if extensions else protocol, number)
    return packet / between if between is not None else packet


KINDS: dict[str, Callable[[str], Packet | None]] = {
    "plain": lambda family: None,
    "gre": gre(),
    "gre_key": gre(key_present=1, key=0xC0FFEE),
    "gre_checksum": gre(chksum_present=1),
    "gre_everything": gre(chksum_present=1, key_present=1, key=1, seqnum_present=1, sequence_number=7),
}
OUTER: dict[str, tuple[str, dict[str, Any]]] = {
    "ipv4": ("ipv4", {}),
    "ipv4_options": ("ipv4", {"options": [IPOption(b"\x01" * 10 + b"\x00\x00")]}),
    "ipv6": ("ipv6", {}),
    "ipv6_encapsulation_limit": ("ipv6", {"extensions": [IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\x04")])]}),
    "ipv6_two_headers": ("ipv6", {"extensions": [IPv6ExtHdrHopByHop(), IPv6ExtHdrDestOpt()]}),
}
CONFIGS: dict[str, Config] = {
    "terminate": terminate(session(lan=PEER), mss={"tunnels": "on"}),
    "flets": terminate(session(lan=PEER), mtu=1454, mss={"tunnels": "on"}),
    "rfc4638": terminate(session(lan=PEER), mtu=1500, mss={"tunnels": "on"}, ports={"wan": {"mtu": 1508}}),
    "small_lan": terminate(session(lan=PEER), mss={"tunnels": "on"}, ports={"lan": {"mtu": 1450}}),
    "figures": terminate(session(lan=PEER), mss={"tunnels": "on", "ipv4": 1300, "ipv6": 1420}),
    "a_family_off": terminate(session(lan=PEER), mss={"tunnels": "on", "ipv4": "off"}),
    "a_direction_off": terminate(session(lan=PEER), mss={"tunnels": "on", "wan_to_lan": False}),
    "a_direction_s_figure": terminate(session(lan=PEER), mss={"tunnels": "on", "lan_to_wan": {"ipv6": 1390}}),
    "off": terminate(session(lan=PEER), mss={"tunnels": "off"}),
    "default": terminate(session(lan=PEER)),
    "session_on": terminate(session(lan=PEER, mss={"tunnels": "on"})),
    "session_off": terminate(session(lan=PEER, mss={"tunnels": "off"}), mss={"tunnels": "on"}),
    "transparent": transparent(mss={"tunnels": "on"}),
    "transparent_gre_link": transparent(mtu=1476, mss={"tunnels": "on"}),
    "transparent_off": transparent(),
}


def wrapped(name: str, kind: str, packet: bytes, family: str) -> tuple[bytes, str]:
    outer, fields = OUTER[name]
    return bytes(headers(outer, KINDS[kind], family, **fields) / Raw(packet)), outer


def every_tunnel(packet: bytes, family: str) -> list[tuple[bytes, str]]:
    return [wrapped(name, kind, packet, family) for name in OUTER for kind in KINDS]


def check(directory: Path, config: Config, packets: list[tuple[bytes, str]]) -> Any:
    lan = [crafted.lan_frame(*packet) for packet in packets]
    wan = [crafted.wan_frame(*packet) for packet in packets]
    return check_replay(directory, config, lan, wan)


@pytest.mark.parametrize("name", CONFIGS)
def test_every_tunnel(tmp_path: Path, name: str) -> None:
    inner = [
        (crafted.tcp(family, options, flags=flags), family)
        for family in crafted.FAMILIES
        for flags, options in zip(("S", "SA") * len(SYN_OPTIONS), SYN_OPTIONS)
    ]
    packets = [outer for number, packet in enumerate(inner) for outer in every_tunnel(*packet)[number % 2 :: 2]]
    replayed = check(tmp_path, CONFIGS[name], packets)
    is_on = name not in ("off", "default", "session_off", "transparent_off")
    for direction in ("lan_to_wan", "wan_to_lan"):
        assert bool(replayed.stats["directions"][direction]["odd"]["tunnelled_syn"]) == is_on


@pytest.mark.parametrize("name", ("terminate", "transparent"))
@pytest.mark.parametrize("family", crafted.FAMILIES)
@pytest.mark.parametrize("kind", ("plain", "gre_everything"))
def test_odd_packets_inside(tmp_path: Path, name: str, family: str, kind: str) -> None:
    """All that crafted.packets() has, where it fits; each behind an outer header of the other family too."""
    packets = [
        wrapped(outer, kind, packet, family)
        for packet in crafted.packets(family).values()
        for outer in ("ipv4", "ipv6_encapsulation_limit")
    ]
    check(tmp_path, CONFIGS[name], [(packet, outer) for packet, outer in packets if len(packet) <= 1492])


@pytest.mark.parametrize("name", ("terminate", "transparent"))
def test_gre_that_is_not_looked_into(tmp_path: Path, name: str) -> None:
    inner = crafted.tcp("ipv4", crafted.mss(1460))
    packets = []
    for flags in [1 << bit for bit in range(16)] + [0x3001, 0x2001, 0xB000, 0xF000, 0xB008]:
        for protocol_type in (0x0800, 0x86DD, 0x6558, 0x880B, 0x0806):
            payload = flags.to_bytes(2, "big") + protocol_type.to_bytes(2, "big") + inner
            packets.append((bytes(IP(src="203.0.113.9", dst="198.51.100.10", proto=47) / Raw(payload)), "ipv4"))
            payload = flags.to_bytes(2, "big") + protocol_type.to_bytes(2, "big") + bytes(12) + inner
            packets.append((bytes(IPv6(src="2001:db8:1::9", dst="2001:db8:2::10", nh=47) / Raw(payload)), "ipv6"))
    packets += [(bytes(IP(src="203.0.113.9", dst="198.51.100.10", proto=47) / Raw(payload[:octets])), "ipv4")
                for payload in (bytes(12), b"\xb0\x00\x08\x00" + bytes(20)) for octets in range(len(payload))]
    check(tmp_path, CONFIGS[name], packets)


@pytest.mark.parametrize("name", ("terminate", "transparent"))
def test_fragments_and_nesting(tmp_path: Path, name: str) -> None:
    packets: list[tuple[bytes, str]] = []
    for family in crafted.FAMILIES:
        inner = Raw(crafted.tcp(family, crafted.mss(1460), payload=bytes(64)))
        for flags, offset in (("MF", 0), ("MF", 1), (0, 9), (0, 8191), ("DF", 0)):
            header = crafted.ip_header("ipv4", proto=PROTOCOL[family], flags=flags, frag=offset)
            packets += [(bytes(header / inner), "ipv4"), (bytes(header / Raw(bytes(inner)[:56])), "ipv4")]
        for more, offset in ((0, 0), (1, 0), (1, 1), (0, 9)):
            header = crafted.ip_header("ipv6") / IPv6ExtHdrFragment(nh=PROTOCOL[family], m=more, offset=offset, id=1)
            packets += [(bytes(header / inner), "ipv6"), (bytes(header / Raw(bytes(inner)[:64])), "ipv6")]
        for level in every_tunnel(bytes(inner), family):
            packets += every_tunnel(*level)[::3]
    check(tmp_path, CONFIGS[name], packets)


def test_sessions_with_other_settings_in_one_burst(tmp_path: Path) -> None:
    config = terminate(
        session("off", lan=PEER | {"vlan": 10}, mss={"tunnels": "off"}, wan={"vlans": [10]}),
        session("on", lan=PEER | {"vlan": 11}, wan={"vlans": [11]}),
        session("flets", lan=PEER | {"vlan": 12}, wan={"vlans": [12]}, mtu=1454, mss={"ipv6": 1350}),
        mss={"tunnels": "on"},
    )
    lan, wan = [], []
    for family in crafted.FAMILIES:
        for packet in every_tunnel(crafted.tcp(family, crafted.mss(1460)), family):
            for vid in (10, 11, 12):
                lan.append(crafted.lan_frame(*packet, tags=[crafted.vlan(vid)]))
                wan.append(crafted.wan_frame(*packet, tags=[crafted.vlan(vid)]))
            lan.append(crafted.lan_frame(crafted.udp(family, 700), family, tags=[crafted.vlan(11)]))
            wan.append(crafted.wan_frame(crafted.tcp(family, crafted.mss(1460)), family, tags=[crafted.vlan(12)]))
    check_replay(tmp_path, config, lan, wan)


@pytest.mark.parametrize("name", ("terminate", "transparent"))
@pytest.mark.parametrize("seed", (1, 2))
def test_random(tmp_path: Path, name: str, seed: int) -> None:
    """Random segments in tunnels, half of them with an accident or two in the first 100 octets."""
    generator = random.Random(seed)

    def frame(make: Callable[..., bytes]) -> bytes:
        family = generator.choice(crafted.FAMILIES)
        packet = crafted.tcp(family, crafted.random_options(generator), flags=generator.choice(("S", "SA", "A")))
        if generator.random() < 0.2:  # a wrong checksum must stay wrong
            packet = crafted.patched(packet, crafted.tcp_start(family) + 16, generator.randbytes(2))
        outer = wrapped(generator.choice(list(OUTER)), generator.choice(list(KINDS)), packet, family)
        made = make(*outer)
        return crafted.mutated(generator, made) if generator.random() < 0.5 else made

    lan = [frame(crafted.lan_frame) for _ in range(1500)]
    wan = [frame(crafted.wan_frame) for _ in range(1500)]
    check_replay(tmp_path, CONFIGS[name], lan, wan)


def test_known_figures(tmp_path: Path) -> None:
    """Without the model: what DS-Lite, 6in4 and GRE leave on known links (docs/configuration.md)."""
    rows = [
        (1454, "ipv6", "plain", "ipv4", 1374),
        (1492, "ipv6", "plain", "ipv4", 1412),
        (1492, "ipv4", "plain", "ipv6", 1412),
        (1500, "ipv4", "gre", "ipv4", 1436),
        (1500, "ipv4", "gre", "ipv6", 1416),
        (1500, "ipv4", "plain", "ipv6", 1420),
    ]
    for mtu, outer, kind, family, expected in rows:
        config = terminate(session(lan=PEER), mtu=mtu, mss={"tunnels": "on"}, ports={"wan": {"mtu": 1508}})
        packet = wrapped(outer, kind, crafted.tcp(family, crafted.mss(1460)), family)
        replayed = check_replay(tmp_path, config, [crafted.lan_frame(*packet)])
        [frame] = replayed.wan_out
        assert frame[-4:] == crafted.mss(expected), (mtu, outer, kind, family)
