# SPDX-License-Identifier: BSD-3-Clause
"""What a frame holds, in the contract's words: VLAN tags, IP lengths, checksums; part of contract_model."""
from __future__ import annotations

from dataclasses import dataclass

ETHERTYPE_IPV4 = 0x0800
ETHERTYPE_ARP = 0x0806
ETHERTYPE_VLAN = 0x8100
ETHERTYPE_IPV6 = 0x86DD
ETHERTYPE_DISCOVERY = 0x8863
ETHERTYPE_SESSION = 0x8864
ETHERTYPE_QINQ = 0x88A8
TAG_TYPES = (ETHERTYPE_VLAN, ETHERTYPE_QINQ)
PPP_IPV4 = 0x0021
PPP_IPV6 = 0x0057

ETHERNET_HEADER = 14
MAC_PAIR = 12  # both addresses
TAG = 4
MOST_TAGS = 2
PPPOE_HEADER = 6
PPP_PROTOCOL = 2
SHORTEST_FRAME = 60
BROADCAST = b"\xff" * 6
IPV6_MULTICAST_MAC = b"\x33\x33"
LINK_MULTICAST = b"\xff\x02"  # ff02::/16

FAMILY_OF_ETHERTYPE = {ETHERTYPE_IPV4: "ipv4", ETHERTYPE_IPV6: "ipv6"}
ETHERTYPE_OF_FAMILY = {family: number for number, family in FAMILY_OF_ETHERTYPE.items()}
FAMILY_OF_PPP = {PPP_IPV4: "ipv4", PPP_IPV6: "ipv6"}
PPP_OF_FAMILY = {family: number for number, family in FAMILY_OF_PPP.items()}


class Dropped(Exception):
    """The frame ends here, counted under one reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Punted(Exception):
    """The frame goes to the control thread."""


def mac_bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def is_one_station(mac: bytes) -> bool:
    """Neither a group's address nor nobody's."""
    return not mac[0] & 1 and any(mac)


def u16(octets: bytes, offset: int) -> int:
    return int.from_bytes(octets[offset : offset + 2], "big")


def be16(value: int) -> bytes:
    return value.to_bytes(2, "big")


# --- checksums (RFC 1071), written as arithmetic modulo 65535 ---


def ones_complement_sum(octets: bytes) -> int:
    """Folded to 16 bits; 0 only for octets that are all zero."""
    if len(octets) % 2:
        octets += b"\x00"
    total = sum(int.from_bytes(octets[i : i + 2], "big") for i in range(0, len(octets), 2))
    while total > 0xFFFF:
        total = (total >> 16) + (total & 0xFFFF)
    return total


# --- the IP packet in a frame ---


def ip_length(octets: bytes, family: str) -> int | None:
    """The packet's length by its own header; None when that disagrees with the octets present."""
    if family == "ipv4":
        if len(octets) < 20 or octets[0] >> 4 != 4:
            return None
        header, total = (octets[0] & 0x0F) * 4, u16(octets, 2)
        return total if 20 <= header <= total <= len(octets) else None
    if len(octets) < 40 or octets[0] >> 4 != 6:
        return None
    total = 40 + u16(octets, 4)
    return total if total <= len(octets) else None


def checked_ip(octets: bytes, family: str, port_mtu: int) -> bytes:
    """What does not hold together, in a frame longer than the port carries, is a super-frame that was cut short."""
    length = ip_length(octets, family)
    if length is None:
        raise Dropped("super_frame" if len(octets) > port_mtu else "bad_ip")
    return octets[:length]


def checked_pppoe(octets: bytes, port_mtu: int) -> bytes:
    """What LENGTH covers: PPP protocol and payload."""
    if len(octets) < PPPOE_HEADER:
        raise Dropped("bad_length")
    if octets[0] != 0x11:
        raise Dropped("bad_version")
    if octets[1] != 0:
        raise Dropped("bad_code")
    length, present = u16(octets, 4), len(octets) - PPPOE_HEADER
    if not PPP_PROTOCOL <= length <= present:
        raise Dropped("super_frame" if present > port_mtu + PPP_PROTOCOL else "bad_length")
    return octets[PPPOE_HEADER : PPPOE_HEADER + length]


def is_neighbour_solicitation(packet: bytes, family: str) -> bool:
    return family == "ipv6" and packet[6] == 58 and len(packet) > 40 and packet[40] == 135


def multicast_mac(packet: bytes, family: str) -> bytes | None:
    """RFC 1112 section 6.4 and RFC 2464 section 7."""
    if family == "ipv4" and packet[16] >> 4 == 0xE:
        return b"\x01\x00\x5e" + bytes([packet[17] & 0x7F]) + packet[18:20]
    if family == "ipv6" and packet[24] == 0xFF:
        return b"\x33\x33" + packet[36:40]
    return None


def padded(frame: bytes) -> bytes:
    return frame.ljust(SHORTEST_FRAME, b"\x00")


# --- VLAN tags ---


@dataclass(frozen=True)
class Tags:
    types: tuple[int, ...]
    vids: tuple[int, ...]
    ethertype: int
    payload: bytes


def read_tags(frame: bytes) -> Tags:
    """Up to two tags; the ethertype behind them may then be one more tag's."""
    if len(frame) < ETHERNET_HEADER:
        raise Dropped("runt")
    types: list[int] = []
    vids: list[int] = []
    at = MAC_PAIR
    while len(types) < MOST_TAGS and u16(frame, at) in TAG_TYPES:
        if len(frame) < at + TAG + 2:
            raise Dropped("runt")
        types.append(u16(frame, at))
        vids.append(u16(frame, at + 2) & 0x0FFF)
        at += TAG
    return Tags(tuple(types), tuple(vids), u16(frame, at), frame[at + 2 :])


def tag_stack(vids: tuple[int, ...], pcp: int = 0) -> bytes:
    types = {0: (), 1: (ETHERTYPE_VLAN,), 2: (ETHERTYPE_QINQ, ETHERTYPE_VLAN)}[len(vids)]
    return b"".join(be16(kind) + be16(pcp << 13 | vid) for kind, vid in zip(types, vids))
