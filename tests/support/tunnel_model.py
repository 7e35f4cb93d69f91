# SPDX-License-Identifier: BSD-3-Clause
"""Where the packet inside a tunnel begins: IPIP (RFC 2003), 6in4 (RFC 4213), 4in6 and 6in6 (RFC 2473), GRE
(RFC 2784, RFC 2890). A part of the contract's second implementation, written from these alone."""
from __future__ import annotations

from dataclasses import dataclass

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
