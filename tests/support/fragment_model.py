# SPDX-License-Identifier: BSD-3-Clause
"""IPv4 fragments by RFC 791 (sections 2.3, 3.1 and 3.2), cut and put together again; part of contract_model."""
from __future__ import annotations

from typing import Iterable, Sequence

from support.frame_model import Dropped, be16, ones_complement_sum, u16

IPV4_HEADER = 20
DONT_FRAGMENT, MORE_FRAGMENTS = 0x4000, 0x2000
FLAGS, OFFSET = 0xE000, 0x1FFF
UNIT = 8  # octets, of which the fragment offset counts
LONGEST = 0xFFFF  # octets of a datagram, which a total length can say
END_OF_LIST, NO_OPERATION = 0, 1
COPIED = 0x80


def header_length(packet: bytes) -> int:
    return (packet[0] & 0x0F) * 4


def fragment_offset(packet: bytes) -> int:
    """In octets."""
    return (u16(packet, 6) & OFFSET) * UNIT


def may_be_cut(packet: bytes, family: str) -> bool:
    return family == "ipv4" and not u16(packet, 6) & DONT_FRAGMENT


def starts_of_pieces(packet: bytes, mtu: int) -> range:
    """Where in its data a packet is cut, in octets.

    RFC 791 leaves that open. All pieces but the last carry the same here: what fits behind the header of the original,
    in whole units.
    """
    step = (mtu - header_length(packet)) // UNIT * UNIT
    starts = range(0, len(packet) - header_length(packet), step)
    if fragment_offset(packet) + len(packet) > LONGEST:
        raise Dropped("too_big")  # of a datagram that cannot be; its last piece may have no offset
    return starts


def fragments(packet: bytes, mtu: int) -> list[bytes]:
    """The packet in pieces of at most `mtu` octets; it may be a fragment itself."""
    header, data = packet[: header_length(packet)], packet[header_length(packet) :]
    starts = starts_of_pieces(packet, mtu)
    later = with_copied_options(header)
    return [
        piece(later if start else header, packet, data[start : start + starts.step], start, is_last=start == starts[-1])
        for start in starts
    ]


def piece(header: bytes, packet: bytes, data: bytes, start: int, is_last: bool) -> bytes:
    was = u16(packet, 6)
    flags = was & FLAGS if is_last else was & FLAGS | MORE_FRAGMENTS
    new = bytearray(header)
    new[2:4] = be16(len(header) + len(data))
    new[6:8] = be16(flags | (fragment_offset(packet) + start) // UNIT)
    return with_header_checksum(bytes(new)) + data


def with_header_checksum(header: bytes) -> bytes:
    blank = header[:10] + b"\x00\x00" + header[12:]
    return header[:10] + be16(0xFFFF - ones_complement_sum(blank)) + header[12:]


def with_copied_options(header: bytes) -> bytes:
    """The header of all pieces but the first: only options that say so in their first bit."""
    options = b"".join(option for option in well_formed_options(header[IPV4_HEADER:]) if option[0] & COPIED)
    options += bytes(-len(options) % 4)
    return bytes([0x40 | (IPV4_HEADER + len(options)) // 4]) + header[1:IPV4_HEADER] + options


def well_formed_options(octets: bytes) -> Iterable[bytes]:
    """Those before the end of the list, and before the first one that is none."""
    at = 0
    while at < len(octets) and octets[at] != END_OF_LIST:
        if octets[at] == NO_OPERATION:
            at += 1
            continue
        length = octets[at + 1] if at + 1 < len(octets) else 0
        if length < 2 or at + length > len(octets):
            return
        yield octets[at : at + length]
        at += length


def reassembled(pieces: Sequence[bytes]) -> bytes:
    """The datagram, or the larger fragment, of which `pieces` were cut; in any order. RFC 791, section 3.2."""
    ordered = sorted(pieces, key=fragment_offset)
    first, last = ordered[0], ordered[-1]
    data = b""
    for part in ordered:
        assert fragment_offset(part) == fragment_offset(first) + len(data), "a gap, or two pieces overlap"
        assert part is last or u16(part, 6) & MORE_FRAGMENTS
        data += part[header_length(part) :]
    header = bytearray(first[: header_length(first)])
    header[2:4] = be16(len(header) + len(data))
    header[6:8] = be16(u16(last, 6) & FLAGS | u16(first, 6) & OFFSET)
    return with_header_checksum(bytes(header)) + data
