# SPDX-License-Identifier: BSD-3-Clause
"""Clamping the MSS of one packet (section 2 of the contract); part of contract_model."""
from __future__ import annotations

from dataclasses import dataclass, field

from support.frame_model import be16, ones_complement_sum, u16

def pseudo_header(packet: bytes, family: str, tcp_length: int) -> bytes:
    if family == "ipv4":
        return packet[12:20] + b"\x00\x06" + be16(tcp_length)
    return packet[8:40] + tcp_length.to_bytes(4, "big") + b"\x00\x00\x00\x06"


def with_checksum(segment: bytes, checksum: int) -> bytes:
    return segment[:16] + be16(checksum) + segment[18:]


def right_checksum(pseudo: bytes, segment: bytes) -> int:
    return 0xFFFF - ones_complement_sum(pseudo + with_checksum(segment, 0))


def adjusted_checksum(pseudo: bytes, old: bytes, new: bytes) -> int:
    """The checksum of the rewritten segment: right if it was right, wrong by the same amount if not."""
    was, right = u16(old, 16), right_checksum(pseudo, new)
    error = (was - right_checksum(pseudo, old)) % 0xFFFF
    return right if error == 0 else (right + error) % 0xFFFF


# --- clamping (section 2) ---


STEPPED_OVER = (0, 43, 44, 60)  # hop-by-hop, routing, fragment, destination options
WALK_ENDS = (50, 51, 59, 135, 139, 140)  # ESP, AH, nothing, Mobility, HIP, Shim6


@dataclass(frozen=True)
class Upper:
    """What an IP packet carries, if it is to be looked at, and the odd cases met on the way there."""

    protocol: int | None = None
    start: int = 0
    is_fragment: bool = False  # the first
    odd: set[str] = field(default_factory=set)


def ipv4_upper(packet: bytes) -> Upper:
    flags_and_offset = u16(packet, 6)
    if flags_and_offset & 0x1FFF:
        return Upper()
    return Upper(packet[9], (packet[0] & 0x0F) * 4, bool(flags_and_offset & 0x2000))


def ipv6_upper(packet: bytes) -> Upper:
    following, offset = packet[6], 40
    is_fragment = False
    for _ in range(8):
        if following not in STEPPED_OVER:
            break
        if len(packet) < offset + 8:
            return Upper()
        if following == 44:
            if u16(packet, offset + 2) >> 3:
                return Upper()
            is_fragment |= bool(packet[offset + 3] & 1)
            length = 8
        else:
            length = (packet[offset + 1] + 1) * 8
        following, offset = packet[offset], offset + length
        if offset > len(packet):
            return Upper()
    if following in WALK_ENDS + STEPPED_OVER:
        return Upper(odd={"extension_header_end"})
    return Upper(following, offset, is_fragment)


UPPER = {"ipv4": ipv4_upper, "ipv6": ipv6_upper}


def mss_positions(options: bytes) -> tuple[list[int], bool]:
    """Offsets of the 16-bit values of all MSS options, and whether a malformed option ended the walk."""
    found: list[int] = []
    at = 0
    while at < len(options) and options[at] != 0:
        if options[at] == 1:
            at += 1
            continue
        length = options[at + 1] if at + 1 < len(options) else 0
        if length < 2 or at + length > len(options):
            return found, True
        if (options[at], length) == (2, 4):
            found.append(at + 2)
        at += length
    return found, False


@dataclass(frozen=True)
class Clamped:
    packet: bytes
    family: str  # of the packet that holds the segment
    is_syn: bool = False
    was_lowered: bool = False
    odd: set[str] = field(default_factory=set)


def clamp(packet: bytes, family: str, limit: int) -> Clamped:
    """`packet` is exactly as long as its IP header says."""
    upper = UPPER[family](packet)
    if upper.protocol != 6:
        return Clamped(packet, family, odd=upper.odd)
    start = upper.start
    segment = packet[start:]
    if len(segment) < 20:
        return Clamped(packet, family, odd={"truncated_tcp"})
    if segment[13] & 0x06 != 0x02:
        return Clamped(packet, family)
    new, odd = with_lowered_mss(segment, limit)
    if new == segment:
        return Clamped(packet, family, is_syn=True, odd=odd)
    checksum = adjusted_checksum(pseudo_header(packet, family, len(segment)), segment, new)
    return Clamped(packet[:start] + with_checksum(new, checksum), family, True, True, odd)


def with_lowered_mss(segment: bytes, limit: int) -> tuple[bytes, set[str]]:
    claimed = (segment[12] >> 4) * 4
    positions, is_malformed = mss_positions(segment[20 : min(claimed, len(segment))])
    new = bytearray(segment)
    lowered = [20 + position for position in positions if u16(segment, 20 + position) > limit]
    for value in lowered:
        new[value : value + 2] = be16(limit)
    cases = {
        "bad_data_offset": not 20 <= claimed <= len(segment),
        "malformed_options": is_malformed,
        "syn_without_mss": not positions,
        "several_mss": len(positions) > 1,
        "odd_offset_mss": any(value % 2 for value in lowered),
    }
    return bytes(new), {name for name, is_met in cases.items() if is_met}
