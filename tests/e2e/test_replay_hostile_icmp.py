# SPDX-License-Identifier: BSD-3-Clause
"""Forged ICMP, truncated quotes, fragments that overlap, from both sides: no harm, and nothing learned from them."""
from __future__ import annotations

import random
from pathlib import Path
from typing import Callable

import pytest
from scapy.layers.inet import ICMP
from scapy.layers.inet6 import ICMPv6PacketTooBig
from scapy.packet import Raw

from support import crafted
from support.crafted import lan_frame, udp, wan_frame
from support.fragment_model import header_length, with_header_checksum
from support.narrows import Config, check_replay, session, terminate

LAN = {"peer_mac": crafted.LAN_HOST_MAC, "gateway": "203.0.113.1"}
CONFIG = terminate(session(lan=LAN))
FRAMES: dict[str, Callable[..., bytes]] = {"lan": lan_frame, "wan": wan_frame}
MTUS = (0, 1, 67, 68, 576, 1279, 1280, 1492, 65535)


def check(directory: Path, packets: list[tuple[bytes, str]], config: Config = CONFIG) -> None:
    """From both sides, and then what an ordinary host sends: it passes as if nothing had been."""
    ordinary = [(udp(family, size), family) for family in crafted.FAMILIES for size in (1492, 100)]
    given = {side: [make(*packet) for packet in [*packets, *ordinary]] for side, make in FRAMES.items()}
    replayed = check_replay(directory, config, **given)
    assert [frame[22:] for frame in replayed.wan_out[-4:]] == [packet for packet, _ in ordinary]
    assert {pool["name"]: pool["in_use"] for pool in replayed.stats["mempools"] if pool["in_use"]} == {}


def forged(mtu: int, family: str, quote: bytes) -> tuple[bytes, str]:
    """A message that lowers the path MTU, about a packet that nobody sent."""
    if family == "ipv4":
        return bytes(crafted.ip_header("ipv4") / ICMP(type=3, code=4, nexthopmtu=mtu) / Raw(quote)), family
    return bytes(crafted.ip_header("ipv6") / ICMPv6PacketTooBig(mtu=mtu) / Raw(quote)), family


@pytest.mark.parametrize("family", crafted.FAMILIES)
def test_forged_messages_are_only_packets(tmp_path: Path, family: str) -> None:
    """They are for a host, and pass to it; the MTU of the session stays what it is."""
    check(tmp_path, [forged(mtu, family, udp(family, 600)) for mtu in MTUS])


@pytest.mark.parametrize("family", crafted.FAMILIES)
def test_quotes_of_every_length(tmp_path: Path, family: str) -> None:
    quote = udp(family, 1400)
    sizes = (*range(64), 575, 576, 577, 1231, 1232, 1233, 1400)
    check(tmp_path, [forged(1280, family, quote[:octets]) for octets in sizes])


@pytest.mark.parametrize("family", crafted.FAMILIES)
def test_too_long_and_cut_anywhere(tmp_path: Path, family: str) -> None:
    """A packet that would be told of, if its headers did not end before it did, or lie."""
    whole = udp(family, 1500)
    values = (0x00, 0x01, 0x2C, 0x3A, 0xFF)
    headers = [crafted.patched(whole, at, bytes([value])) for at in range(20) for value in values]
    if family == "ipv4":
        headers += [with_header_checksum(packet[:20]) + packet[20:] for packet in headers]
    check(tmp_path, [(packet, family) for packet in headers] + [(whole[:octets], family) for octets in range(1, 80)])


def pieces(*parts: tuple[int, int, bool]) -> list[tuple[bytes, str]]:
    """Fragments of one datagram, each (offset in units, octets of data, more): as an attacker likes them."""
    headers = [
        crafted.ip_header("ipv4", id=77, frag=offset, flags="MF" if more else "", proto=17) for offset, _, more in parts
    ]
    return [(bytes(header / Raw(bytes(octets))), "ipv4") for header, (_, octets, _) in zip(headers, parts)]


OVERLAPS = {
    "teardrop": pieces((0, 36, True), (3, 4, False)),
    "the_same_twice": pieces((0, 1480, True), (0, 1480, True), (185, 100, False), (185, 100, False)),
    "one_inside_another": pieces((0, 1480, True), (10, 80, True), (100, 16, False)),
    "backwards": pieces((185, 1480, False), (92, 1480, True), (0, 1480, True)),
    "ends_that_disagree": pieces((0, 800, True), (100, 800, False), (50, 800, False)),
    "tiny_first": pieces((0, 8, True), (1, 1400, False)),
    "nothing_inside": pieces((0, 0, True), (5, 0, True), (9, 0, False)),
    "no_multiple_of_eight": pieces((0, 1475, True), (184, 1479, True), (369, 1, True)),
    "ping_of_death": pieces((0, 1480, True), (8189, 1400, False), (8191, 8, False), (8190, 1480, True)),
}


@pytest.mark.parametrize("name", OVERLAPS)
def test_fragments_are_not_put_together(tmp_path: Path, name: str) -> None:
    """Each passes, or is cut for itself: to make sense of them is the hosts' affair."""
    small_lan = CONFIG | {"ports": {"lan": {"mtu": 1496}}}
    (tmp_path / "small").mkdir()
    check(tmp_path, OVERLAPS[name])
    check(tmp_path / "small", OVERLAPS[name], small_lan)


@pytest.mark.parametrize("seed", range(2))
def test_random_headers_of_long_packets(tmp_path: Path, seed: int) -> None:
    """Any octets behind a version and a length that are right: told of or not, cut or dropped, always by the rules."""
    generator = random.Random(seed)
    check(tmp_path, [random_packet(generator) for _ in range(1500)])


def random_packet(generator: random.Random) -> tuple[bytes, str]:
    octets, family = generator.choice((1400, 1492, 1493, 1500, 1501)), generator.choice(crafted.FAMILIES)
    packet = bytearray(generator.randbytes(octets))
    if family == "ipv4":
        packet[0], packet[2:4] = 0x40 | generator.randrange(5, 16), octets.to_bytes(2, "big")
        packet[9] = generator.choice((1, 6, 17, packet[9]))
        if generator.random() < 0.7:
            packet[6:8] = generator.choice((b"\x00\x00", b"\x40\x00", b"\x20\x00"))
        if generator.random() < 0.9:
            header = header_length(packet)
            packet[:header] = with_header_checksum(bytes(packet[:header]))
    else:
        packet[0], packet[4:6] = 0x60, (octets - 40).to_bytes(2, "big")
        for at in (6, 40, 48, 56):
            packet[at] = generator.choice((0, 6, 17, 43, 44, 58, 60, 60, packet[at]))
            packet[at + 1] = generator.choice((0, 0, 1, packet[at + 1]))
    return bytes(packet), family
