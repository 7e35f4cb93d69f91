# SPDX-License-Identifier: BSD-3-Clause
"""Who is told that a packet was too long, by whom, and in which octets; part of contract_model.

From RFC 792, RFC 1122 (section 3.2.2), RFC 1191 (section 4), RFC 1812 (section 4.3.2) and RFC 4443 (sections 2 and
3.2). Checksums of what came are computed by Scapy.
"""
from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from scapy.layers.inet6 import IPv6, in6_chksum
from scapy.utils import checksum as internet_checksum

from support.fragment_model import fragment_offset, header_length
from support.frame_model import be16

LARGEST_MESSAGE = {"ipv4": 576, "ipv6": 1280}  # octets of IP
HEADERS = {"ipv4": 20 + 8, "ipv6": 40 + 8}  # IP and ICMP
ICMP, ICMPV6 = 1, 58
IPV4_ERRORS = (3, 4, 5, 11, 12)  # unreachable, source quench, redirect, time exceeded, parameter problem
IPV4_QUERIES = (0, 8, 9, 10, 13, 14, 15, 16, 17, 18)
IPV6_INFORMATIONAL, IPV6_REDIRECT = 128, 137
SKIPPED = (0, 43, 60)  # hop-by-hop, routing, destination options
FRAGMENT, AUTHENTICATION, MOBILITY, HIP, SHIM6, NOTHING = 44, 51, 135, 139, 140, 59
MOST_EXTENSIONS = 8
FRESH_HOP_LIMITS = (32, 64, 128, 255)  # what hosts begin with
MOST_TELLING_TTL = 32  # at least so many hops an answer must be able to go
INTERNETWORK_CONTROL = 0xC0


class Duty(Enum):
    MUST = 1
    MAY = 2
    MUST_NOT = 3
    NOBODY = 4  # its frame came from no station that one could be sent to


@dataclass(frozen=True)
class Answer:
    """One ICMP message, in its frame; what the RFCs leave open in it is zero here."""

    side: str  # port by which it leaves
    duty: Duty
    family: str
    link: bytes  # all headers before IP
    packet: bytes


def duty_to_tell(packet: bytes, family: str) -> Duty:
    return ipv4_duty(packet) if family == "ipv4" else ipv6_duty(packet)


def ipv4_duty(packet: bytes) -> Duty:
    source, destination = packet[12:16], packet[16:20]
    if fragment_offset(packet) or not is_one_ipv4_host(source) or destination[0] & 0xF0 == 0xE0:
        return Duty.MUST_NOT
    start = header_length(packet)
    kind = packet[start] if packet[9] == ICMP and start < len(packet) else None
    if destination == b"\xff" * 4 or kind in IPV4_ERRORS:
        return Duty.MUST_NOT
    is_clear = packet[9] != ICMP or kind in IPV4_QUERIES
    return Duty.MUST if is_clear and is_one_ipv4_host(destination) else Duty.MAY


def is_one_ipv4_host(address: bytes) -> bool:
    """Neither "this network", nor loopback, multicast, reserved or broadcast."""
    return address[0] not in (0, 127) and address[0] < 0xE0


def ipv6_duty(packet: bytes) -> Duty:
    source, destination = packet[8:24], packet[24:40]
    if source[0] == 0xFF or not any(source):
        return Duty.MUST_NOT
    duty = ipv6_payload_duty(packet)
    is_clear = destination[0] != 0xFF and any(destination[:15]) and any(source[:15])
    return duty if duty == Duty.MUST_NOT or is_clear else Duty.MAY


def ipv6_payload_duty(packet: bytes) -> Duty:
    """What follows the extension headers; where they cannot be followed nothing is known."""
    following, at = packet[6], 40
    for _ in range(MOST_EXTENSIONS):
        if following not in (*SKIPPED, FRAGMENT):
            break
        if at + 8 > len(packet):
            return Duty.MAY
        if following == FRAGMENT and int.from_bytes(packet[at + 2 : at + 4], "big") >> 3:
            return Duty.MAY
        length = 8 if following == FRAGMENT else (packet[at + 1] + 1) * 8
        following, at = packet[at], at + length
    if following in (*SKIPPED, FRAGMENT, AUTHENTICATION, MOBILITY, HIP, SHIM6, NOTHING) or at > len(packet):
        return Duty.MAY
    if following != ICMPV6:
        return Duty.MUST
    if at >= len(packet):
        return Duty.MAY
    return Duty.MUST_NOT if packet[at] < IPV6_INFORMATIONAL or packet[at] == IPV6_REDIRECT else Duty.MUST


# --- the message ---


def too_big_message(packet: bytes, family: str, mtu: int, source: bytes) -> bytes:
    """ICMP type 3 code 4, or ICMPv6 type 2 code 0, that quotes as much of the packet as it may."""
    quote = packet[: LARGEST_MESSAGE[family] - HEADERS[family]]
    if family == "ipv4":
        header = b"\x45\x00" + be16(28 + len(quote)) + bytes(4) + b"\x00\x01" + bytes(2) + source + packet[12:16]
        return header + b"\x03\x04" + bytes(2) + bytes(2) + be16(mtu) + quote
    header = b"\x60" + bytes(3) + be16(8 + len(quote)) + b"\x3a\x00" + source + packet[8:24]
    return header + b"\x02\x00" + bytes(2) + mtu.to_bytes(4, "big") + quote


FREE = {
    "ipv4": {1, *range(4, 9), 10, 11, 22, 23},  # type of service, identification, flags, TTL, checksums
    "ipv6": {1, 2, 3, 7, 42, 43},  # flow label, hop limit, checksum
}


def matches(answer: Answer, frame: bytes) -> bool:
    """Whether `frame` is this message, whatever it has in its free fields."""
    expected, got = answer.link + answer.packet, frame
    free = {len(answer.link) + at for at in FREE[answer.family]}
    return len(expected) == len(got) and all(
        a == b for at, (a, b) in enumerate(zip(expected, got)) if at not in free
    )


def check_free_fields(answer: Answer, frame: bytes) -> None:
    """That checksums are right, and the other fields fit for the way back."""
    packet = frame[len(answer.link) :]
    if answer.family == "ipv4":
        assert internet_checksum(packet[:20]) == 0, "IPv4 header checksum"
        assert internet_checksum(packet[20:]) == 0, "ICMP checksum"
        assert packet[1] in (0, INTERNETWORK_CONTROL), "precedence 6, or none"
        assert packet[6:8] in (b"\x00\x00", b"\x40\x00"), "whole"
        assert packet[8] >= MOST_TELLING_TTL
    else:
        assert in6_chksum(ICMPV6, IPv6(packet[:40]), packet[40:]) == 0, "ICMPv6 checksum"
        assert packet[7] >= MOST_TELLING_TTL


# --- who says it ---


def link_local_of(mac: bytes) -> bytes:
    """RFC 4291, appendix A: modified EUI-64."""
    return b"\xfe\x80" + bytes(6) + bytes([mac[0] ^ 0x02]) + mac[1:3] + b"\xff\xfe" + mac[3:6]


def ipv6_source_to_lan(packet: bytes, lan_mac: bytes, configured: bytes | None) -> bytes:
    """A router between would not forward a link-local source: then it is whom the packet was for."""
    if configured is not None:
        return configured
    is_from_next_door = packet[7] in FRESH_HOP_LIMITS or packet[24] == 0xFF
    return link_local_of(lan_mac) if is_from_next_door else packet[24:40]
