# SPDX-License-Identifier: BSD-3-Clause
"""Random frames for the contract's judge: sound ones, and such as lie in any field, at rates that meet every check.

Made octet by octet with `struct`, some ten thousand a second. The same seed gives the same frames.
"""
from __future__ import annotations

import random
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Sequence

from support import crafted
from support.clamp_model import pseudo_header, right_checksum, with_checksum
from support.fragment_model import with_header_checksum
from support.frame_model import BROADCAST, be16, mac_bytes, ones_complement_sum
from support.tunnel_model import FAMILY_OF_PROTOCOL, GRE, IPV4_INSIDE, IPV6_INSIDE

TCP, UDP, ICMP, ICMPV6 = 6, 17, 1, 58
LENGTHS_AROUND_LIMITS = (*range(1392, 1402), *range(1446, 1462), *range(1484, 1512))
LYING_LENGTHS = (0, 1, 2, 19, 20, 39, 40, 1492, 1500, 65535)
TCP_FLAGS = {0x02: 35, 0x12: 30, 0x10: 12, 0x18: 8, 0xC2: 4, 0x06: 2, 0x16: 2, 0x03: 2, 0x04: 2, 0x00: 1, 0xFF: 1}
EXTENSIONS = {0: 4, 43: 4, 44: 4, 60: 8}
WALK_ENDS = (50, 51, 59, 135, 139, 140)
OTHER_PROTOCOLS = (2, 50, 51, 89, 103, 132, 255)
# No operation, end, record route, router alert, loose source route, and two whose length lies.
IPV4_OPTIONS = tuple(map(bytes.fromhex, ("01", "00", "07070400000000", "94040000", "830304", "8801", "822c")))
ICMP_KINDS = {"ipv4": (0, 3, 4, 5, 8, 11, 12, 13, 200), "ipv6": (1, 2, 3, 4, 127, 128, 129, 133, 134, 135, 136, 137)}
LINK_GROUPS = ("ff02::1", "ff02::2", "ff02::1:2", "ff02::16", "ff02::1:ff00:9")
WIDER_GROUPS = ("ff05::2", "ff0e::1234", "ff01::1")
ODD_IPV4_ADDRESSES = ("0.0.0.0", "127.0.0.1", "224.0.0.251", "239.129.2.3", "255.255.255.255", "240.0.0.1")
STRANGER = mac_bytes("02:00:00:00:00:03")
HOSTS = tuple(map(mac_bytes, (crafted.LAN_HOST_MAC, "02:00:00:00:10:02", "02:00:00:00:10:03")))
GROUP = b"\x03" + HOSTS[0][1:]
LAN_MAC, WAN_MAC = mac_bytes(crafted.LAN_MAC), mac_bytes(crafted.WAN_MAC)
PPP_PROTOCOLS = (0xC021, 0xC023, 0xC223, 0x8021, 0x8057, 0x80FD, 0x0281, 0x002B, 0x4025)
DISCOVERY_CODES = (0x09, 0x07, 0x19, 0x65, 0xA7, 0x00, 0xFF)
OTHER_ETHERTYPES = (0x88CC, 0x8864, 0x8863, 0x0805, 0x9100, 0x05DC, 0x0027, 0xFFFF)


class RandomPackets:
    """IP packets of both families and what they carry."""

    def __init__(self, seed: int, largest: int, layouts: Sequence[bytes]) -> None:
        self.random = random.Random(seed)
        self._largest = largest  # payload of a super-frame
        self._layouts = layouts  # option lists of real hosts
        self._named = list(crafted.option_lists().values())

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def weighted(self, weights: dict[int, int]) -> int:
        return self.random.choices(tuple(weights), tuple(weights.values()))[0]

    def ip(self, family: str, depth: int = 0) -> bytes:
        """`depth`: of how many packets it is inside."""
        return (self._ipv4 if family == "ipv4" else self._ipv6)(depth)

    def _size(self) -> int:
        """Octets of payload that is only there to be carried."""
        kind = self.random.random()
        if kind < 0.75:
            return self.random.choice((0, 0, 1, 2, 3, 7, 20, 26, 100))
        if kind < 0.97:
            return self.random.choice(LENGTHS_AROUND_LIMITS) - self.random.choice((20, 28, 40, 48, 60, 68, 80))
        return self.random.randrange(1400, self._largest)

    def _address(self, family: str, far: bool) -> bytes:
        kind = self.random.random()
        if kind < 0.93:
            text = (crafted.FAR_HOST if far else crafted.LAN_HOST)[family]
        elif family == "ipv4":
            text = self.random.choice(ODD_IPV4_ADDRESSES)
        else:
            text = self.random.choice(("::", "::1", "fe80::9", *LINK_GROUPS, *WIDER_GROUPS))
        return (IPv4Address if family == "ipv4" else IPv6Address)(text).packed

    def _ipv4(self, depth: int) -> bytes:
        options = b""
        if self.chance(0.12):
            options = b"".join(self.random.choices(IPV4_OPTIONS, k=self.random.randrange(1, 12)))
            options = crafted.in_words(options[: self.random.randrange(1, 11) * 4])
        fragment = self.random.choices(
            (0, 0x4000, 0x2000, self.random.randrange(1, 0x2000), self.random.randrange(0x10000)), (40, 45, 4, 4, 2)
        )[0]
        protocol = self._protocol("ipv4", depth)
        source, destination = self._address("ipv4", far=False), self._address("ipv4", far=True)
        payload = self._payload("ipv4", protocol, source + destination, depth)
        words, length = 5 + len(options) // 4, 20 + len(options) + len(payload)
        version = 4
        if self.chance(0.06):
            lie = self.random.randrange(3)
            version = self.random.randrange(16) if lie == 0 else version
            words = self.random.randrange(16) if lie == 1 else words
            length = self._lie(length) if lie == 2 else length
        header = struct.pack(
            "!BBHHHBBH4s4s",
            version << 4 | words, self.random.choice((0, 0xB8, 1)), length & 0xFFFF, self.random.randrange(0x10000),
            fragment, self.random.choice((0, 1, 63, 64, 255)), protocol, 0, source, destination,
        )  # fmt: skip
        header = with_header_checksum(header + options)
        if self.chance(0.05):
            header = header[:10] + self.random.randbytes(2) + header[12:]
        return header + payload

    def _ipv6(self, depth: int) -> bytes:
        chain: list[int] = []
        if self.chance(0.4):
            most = self.random.choice((1, 2, 3, 8, 10))
            chain = [self.weighted(EXTENSIONS) for _ in range(self.random.randrange(1, most + 1))]
        protocol = self._protocol("ipv6", depth)
        source, destination = self._address("ipv6", far=False), self._address("ipv6", far=True)
        payload = self._payload("ipv6", protocol, source + destination, depth)
        for kind in reversed(chain):
            payload = self._extension(kind, protocol) + payload
            protocol = kind
        length, version = len(payload), 6
        if self.chance(0.05):
            version, length = (self.random.randrange(16), length) if self.chance(0.3) else (6, self._lie(length))
        hops = self.random.choice((0, 1, 63, 64, 254))  # 255: neighbour discovery by Narrows itself would be alike
        first = version << 28 | self.random.choice((0, 0x0B812345, 1))
        return struct.pack("!IHBB16s16s", first, length & 0xFFFF, protocol, hops, source, destination) + payload

    def _extension(self, kind: int, following: int) -> bytes:
        if kind == 44:
            offset = self.random.choices((0, 1, self.random.randrange(0x10000)), (8, 4, 1))[0]
            return struct.pack("!BBHI", following, self.random.randrange(2), offset, self.random.randrange(1 << 32))
        units = self.random.choices((0, 1, 2, 7), (6, 3, 2, 1))[0]
        claimed = self.random.choice((units + 1, 255)) if self.chance(0.04) else units
        return bytes((following, claimed)) + self.random.randbytes(units * 8 + 6)

    def _lie(self, length: int) -> int:
        near = length + self.random.choice((-8, -2, -1, 1, 2, 40))
        if self.chance(0.6):
            return max(near, 0)
        return self.random.choice((*LYING_LENGTHS, self.random.randrange(0x10000)))

    def _protocol(self, family: str, depth: int) -> int:
        if depth == 0 and self.chance(0.14):
            return self.random.choice((IPV4_INSIDE, IPV6_INSIDE, GRE))
        icmp = ICMP if family == "ipv4" else ICMPV6
        other = self.random.choice(OTHER_PROTOCOLS if family == "ipv4" else WALK_ENDS)
        return self.random.choices((TCP, UDP, icmp, other), (75, 12, 6, 3))[0]

    def _payload(self, family: str, protocol: int, addresses: bytes, depth: int) -> bytes:
        if protocol == TCP:
            return self._segment(family, addresses)
        if protocol in FAMILY_OF_PROTOCOL and depth == 0:
            inner = FAMILY_OF_PROTOCOL[protocol] if self.chance(0.97) else self.random.choice(crafted.FAMILIES)
            return self.ip(inner, depth + 1)
        if protocol == GRE and depth == 0:
            return self._gre()
        payload = self.random.randbytes(self._size())
        if protocol == UDP:
            return struct.pack("!HHHH", 4000, 4001, 8 + len(payload) & 0xFFFF, 0) + payload
        if protocol in (ICMP, ICMPV6):
            kind = bytes((self.random.choice(ICMP_KINDS[family]), 0))
            return (kind + self.random.randbytes(6) + payload)[: self.random.choice((0, 1, 8, 9999, 9999, 9999, 9999))]
        return payload

    def _gre(self) -> bytes:
        family = self.random.choice(crafted.FAMILIES)
        bits = self.random.choice((0, 0, 0, 0x8000, 0x2000, 0x1000, 0xB000))
        if self.chance(0.1):
            bits ^= 1 << self.random.randrange(16)
        kind = {"ipv4": 0x0800, "ipv6": 0x86DD}[family] if self.chance(0.95) else 0x6558
        header = be16(bits) + be16(kind) + bytes(4 * sum(bool(bits & bit) for bit in (0x8000, 0x2000, 0x1000)))
        packet = header + self.ip(family, depth=1)
        if bits & 0x8000:
            right = 0xFFFF - ones_complement_sum(packet)
            packet = packet[:4] + be16(right if self.chance(0.8) else self.random.randrange(0x10000)) + packet[6:]
        return packet[: self.random.randrange(24)] if self.chance(0.02) else packet

    def _tcp_options(self) -> bytes:
        kind = self.random.random()
        if kind < 0.3 and self._layouts:
            return self.random.choice(self._layouts)
        return self.random.choice(self._named) if kind < 0.4 else crafted.random_options(self.random)

    def _segment(self, family: str, addresses: bytes) -> bytes:
        options = crafted.in_words(self._tcp_options())
        words = 5 + len(options) // 4
        claimed = self.random.randrange(16) if self.chance(0.04) else words
        fields = claimed << 4 | self.random.choice((0, 0, 1)), self.weighted(TCP_FLAGS), 65535, 0, 0
        header = struct.pack("!HHIIBBHHH", 40000, 80, self.random.randrange(1 << 32), 0, *fields)
        segment = header + options + self.random.randbytes(self._size() if self.chance(0.4) else 0)
        if self.chance(0.03):
            return segment[: self.random.randrange(44)]
        before = bytes(12 if family == "ipv4" else 8) + addresses
        pseudo = pseudo_header(before, family, len(segment))
        kind = self.random.random()
        if kind < 0.85:
            return with_checksum(segment, right_checksum(pseudo, segment))
        if kind < 0.9:  # the right one is then 0
            return segment[:18] + be16(right_checksum(pseudo, segment)) + segment[20:]
        wrong = self.random.choice((0, 0xFFFF, 1, 0xFFFE)) if self.chance(0.6) else self.random.randrange(0x10000)
        return with_checksum(segment, wrong)


@dataclass(frozen=True)
class Line:
    """What frames of one session look like on both sides."""

    id: int
    ac_mac: bytes
    lan_tags: bytes = b""
    wan_tags: bytes = b""


class RandomFrames(RandomPackets):
    """The same in frames, for the LAN and for the WAN port of sessions as contract_judge configures them."""

    def __init__(self, seed: int, lines: Sequence[Line], largest: int, layouts: Sequence[bytes] = ()) -> None:
        super().__init__(seed, largest, layouts)
        self._lines = lines

    def lan(self) -> bytes:
        line = self.random.choice(self._lines)
        family = self.random.choice(crafted.FAMILIES)
        packet = self.ip(family)
        destination = LAN_MAC
        if self.chance(0.12):
            destination, packet = self._odd_destination(family, packet)
        ethertype = crafted.ETHERTYPE[family]
        if self.chance(0.05):
            ethertype, packet = self._not_ip(packet)
        source = self.random.choice(HOSTS) if self.chance(0.97) else self.random.choice((GROUP, bytes(6)))
        tags = self._odd_tags() if self.chance(0.08) else line.lan_tags
        return self._spoilt(destination + source + tags + be16(ethertype) + packet)

    def wan(self) -> bytes:
        line = self.random.choice(self._lines)
        family = self.random.choice(crafted.FAMILIES)
        payload = self._ppp_payload(family)
        version, code, number, length = 0x11, 0, line.id, len(payload)
        ethertype, source, destination, tags = 0x8864, line.ac_mac, WAN_MAC, line.wan_tags
        if self.chance(0.25):
            lie = self.random.randrange(9)
            if lie == 0:
                version = self.random.choice((0x01, 0x10, 0x12, 0x21, self.random.randrange(256)))
            elif lie == 1:
                code = self.random.choice((*DISCOVERY_CODES, self.random.randrange(256)))
            elif lie == 2:
                number = self.random.choice((0, 0xFFFF, number ^ 1, self.random.randrange(0x10000)))
            elif lie == 3:
                length = self._lie(length)
            elif lie == 4:
                ethertype = self.random.choice((0x0800, 0x86DD, 0x0806, *OTHER_ETHERTYPES))
            elif lie == 5:
                source = STRANGER
            elif lie == 6:
                destination = self.random.choice((STRANGER, BROADCAST, LAN_MAC, b"\x33\x33\x00\x00\x00\x01"))
            elif lie == 7:
                tags = self._odd_tags()
            else:
                ethertype, code = 0x8863, self.random.choice(DISCOVERY_CODES)
                payload = self.random.randbytes(self.random.randrange(30))
                length = len(payload)
        pppoe = struct.pack("!BBHH", version, code, number, length & 0xFFFF)
        return self._spoilt(destination + source + tags + be16(ethertype) + pppoe + payload)

    def any(self) -> bytes:
        """What a transparent port may see: anything."""
        return self.lan() if self.chance(0.5) else self.wan()

    def _ppp_payload(self, family: str) -> bytes:
        kind = self.random.random()
        if kind < 0.02:  # protocol field compression
            return bytes((crafted.PPP_PROTOCOL[family],)) + self.ip(family)
        if kind < 0.05:
            protocol = self.random.choice((*PPP_PROTOCOLS, self.random.randrange(0x10000)))
            return be16(protocol) + self.random.randbytes(self.random.randrange(40))
        packet = self.ip(family)
        if kind < 0.1:  # inside LENGTH, behind the IP packet
            packet += self.random.randbytes(self.random.randrange(1, 30))
        said = family if kind < 0.98 else self.random.choice(crafted.FAMILIES)
        return be16(crafted.PPP_PROTOCOL[said]) + packet

    def _odd_destination(self, family: str, packet: bytes) -> tuple[bytes, bytes]:
        if family == "ipv4" or self.chance(0.3):
            group = self.random.choice((BROADCAST, b"\x01\x00\x5e\x00\x00\xfb", STRANGER, b"\x33\x33\x00\x00\x00\x02"))
            return group, packet
        address = IPv6Address(self.random.choice((*LINK_GROUPS, *LINK_GROUPS, *WIDER_GROUPS))).packed
        return b"\x33\x33" + address[12:], packet[:24] + address + packet[40:]

    def _not_ip(self, packet: bytes) -> tuple[int, bytes]:
        if self.chance(0.3):
            target = IPv4Address(self.random.choice(("203.0.113.1", "203.0.113.9"))).packed
            sender = self.random.choice(HOSTS) + IPv4Address(crafted.LAN_HOST["ipv4"]).packed
            return 0x0806, b"\x00\x01\x08\x00\x06\x04\x00\x01" + sender + bytes(6) + target
        return self.random.choice((0x0800, 0x86DD, 0x0806, *OTHER_ETHERTYPES)), packet

    def _odd_tags(self) -> bytes:
        """A priority tag, VLANs of nobody, one or more tags too many, tags cut from another session."""
        def tag(kind: int, vid: int) -> bytes:
            return be16(kind) + be16(self.random.randrange(16) << 12 | vid)

        count = self.random.choices((0, 1, 2, 3), (1, 5, 2, 1))[0]
        kinds, vids = (0x8100, 0x8100, 0x88A8), (0, 0, 0, 7, 10, 20, 99, 100, 835, 4095)
        return b"".join(tag(self.random.choice(kinds), self.random.choice(vids)) for _ in range(count))

    def _spoilt(self, frame: bytes) -> bytes:
        """Padded, with a trailer, cut, or with octets changed; most are left as they are."""
        kind = self.random.random()
        if kind < 0.72:
            return frame
        if kind < 0.82:
            return frame + self.random.randbytes(max(60 - len(frame), 0))
        if kind < 0.88:
            return frame + self.random.randbytes(self.random.randrange(1, 50))
        if kind < 0.91:
            return frame[: self.random.randrange(1, len(frame))]
        if kind < 0.93:
            return frame[: self.random.randrange(1, min(len(frame), 70))]
        return crafted.mutated(self.random, frame)
