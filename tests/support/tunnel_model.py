# SPDX-License-Identifier: BSD-3-Clause
"""Clamping inside tunnels (`mss.tunnels`): IPIP (RFC 2003), 6in4 (RFC 4213), 4in6 and 6in6 (RFC 2473), GRE
(RFC 2784, RFC 2890), one level; part of contract_model."""
from __future__ import annotations

from dataclasses import dataclass

from support.clamp_model import UPPER, Clamped, clamp
from support.frame_model import be16, ip_length, ones_complement_sum, u16
from support.session_model import FIXED_HEADERS, NO_LIMIT

IPV4_INSIDE, IPV6_INSIDE, GRE = 4, 41, 47  # protocol numbers
FAMILY_OF_PROTOCOL = {IPV4_INSIDE: "ipv4", IPV6_INSIDE: "ipv6"}
FAMILY_OF_PROTOCOL_TYPE = {b"\x08\x00": "ipv4", b"\x86\xdd": "ipv6"}


@dataclass(frozen=True)
class Inside:
    """What the payload of an outer packet holds."""

    family: str
    start: int  # in that payload
    has_gre_checksum: bool = False


def inside(protocol: int, payload: bytes) -> Inside | None:
    if protocol in FAMILY_OF_PROTOCOL:
        return Inside(FAMILY_OF_PROTOCOL[protocol], 0)
    return inside_gre(payload) if protocol == GRE else None


def inside_gre(payload: bytes) -> Inside | None:
    """Bit 0 of the header stands for a checksum, bit 2 for a key, bit 3 for a sequence number."""
    family = FAMILY_OF_PROTOCOL_TYPE.get(payload[2:4])
    if len(payload) < 4 or family is None:
        return None
    bits = f"{int.from_bytes(payload[:2], 'big'):016b}"
    if "1" in bits[1] + bits[4:]:
        return None  # source routing, or something that is not known here, a version other than 0 included
    start = 4 + 4 * (bits[0] + bits[2] + bits[3]).count("1")
    return Inside(family, start, bits[0] == "1") if len(payload) >= start else None


def clamp_deep(packet: bytes, family: str, limits: dict[str, int], tunnel_mtu: int) -> Clamped:
    """As clamp(), and, where `tunnel_mtu` is not 0, what the packet carries if it is a tunnel's."""
    upper = UPPER[family](packet)
    found = inside(upper.protocol, packet[upper.start :]) if tunnel_mtu and upper.protocol is not None else None
    if found is None:
        return clamp(packet, family, limits[family])
    start = upper.start + found.start
    length = ip_length(packet[start:], found.family)
    if length is None:
        return Clamped(packet, family, odd=set() if upper.is_fragment else {"inconsistent_ip"})
    room = tunnel_mtu - start - FIXED_HEADERS[found.family]
    limit = limits[found.family]
    if limit != NO_LIMIT:
        limit = min(limit, room) if room > 0 else NO_LIMIT
    clamped = clamp(packet[start : start + length], found.family, limit)
    whole = packet[:start] + clamped.packet + packet[start + length :]
    whole = whole[: upper.start] + with_gre_checksum(packet[upper.start :], whole[upper.start :], found)
    odd = clamped.odd | ({"tunnelled_syn"} if clamped.is_syn else set())
    return Clamped(whole, found.family, clamped.is_syn, clamped.was_lowered, odd)


def with_gre_checksum(old: bytes, new: bytes, found: Inside) -> bytes:
    """Right if it was right, wrong by the same amount if not."""
    if not found.has_gre_checksum:
        return new
    right_then, right_now = (
        0xFFFF - ones_complement_sum(packet[:4] + bytes(2) + packet[6:]) for packet in (old, new)
    )
    was, change = u16(old, 4), (right_now - right_then) % 0xFFFF
    return new[:4] + be16(was if change == 0 else (was + change) % 0xFFFF) + new[6:]
