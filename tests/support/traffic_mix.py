# SPDX-License-Identifier: BSD-3-Clause
"""What soaks and floods are made of: good frames of one session, and each kind of those that are none."""
from __future__ import annotations

import random
from typing import Any

from support import crafted
from support.crafted import lan_frame, tcp, udp, wan_frame

OTHER_MAC = "02:00:00:00:66:66"
BROADCAST = "ff:ff:ff:ff:ff:ff"
DISCOVERY = b"\x88\x63"
PADI, PADO, PADR, PADS, PADT = 0x09, 0x07, 0x19, 0x65, 0xA7
LCP, CHAP = b"\xc0\x21", b"\xc2\x23"
SIZES = (46, 100, 576, 1280, 1492)


def octets(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))


def many_macs(count: int, seed: int = 1) -> list[bytes]:
    generator = random.Random(seed)
    return [b"\x02" + generator.randbytes(5) for _ in range(count)]


def good(side: str, **ethernet: Any) -> list[bytes]:
    """Data of the session, from small to as long as the line carries, with some SYNs between."""
    frame = lan_frame if side == "lan" else wan_frame
    packets = [(udp(family, octets), family) for family in crafted.FAMILIES for octets in SIZES if octets >= 60]
    packets += [(tcp(family, crafted.mss(1460)), family) for family in crafted.FAMILIES]
    packets += [(tcp(family, crafted.NOP + crafted.mss(1460), flags="SA"), family) for family in crafted.FAMILIES]
    return [frame(packet, family, **ethernet) for packet, family in packets]


def discovery(destination: str, source: bytes, code: int, session: int = 0, tags: bytes = b"") -> bytes:
    header = b"\x11" + bytes([code]) + session.to_bytes(2, "big") + len(tags).to_bytes(2, "big")
    return octets(destination) + source + DISCOVERY + header + tags


def control(protocol: bytes, code: int, identifier: int, data: bytes, session: int, source: bytes,
            destination: str = crafted.WAN_MAC) -> bytes:  # fmt: skip
    """A PPP control packet in a session frame (RFC 1661 §5)."""
    packet = bytes([code, identifier]) + (4 + len(data)).to_bytes(2, "big") + data
    pppoe = b"\x11\x00" + session.to_bytes(2, "big") + (2 + len(packet)).to_bytes(2, "big")
    return octets(destination) + source + b"\x88\x64" + pppoe + protocol + packet


def mixed(side: str) -> list[bytes]:
    """Good ones, too long ones, broken ones, and such as the control thread answers."""
    frames = good(side) * 4
    if side == "lan":
        frames += [crafted.arp_request("198.51.100.1"), crafted.neighbour_solicitation("2001:db8:2::1")]
        frames += [lan_frame(udp("ipv4", 1500), "ipv4"), lan_frame(udp("ipv6", 1500), "ipv6")]
        frames += [lan_frame(udp("ipv4", 1500, flags=0), "ipv4")]  # leaves in two fragments
        return frames + list(crafted.lan_strays().values())
    source = octets(crafted.AC_MAC)
    frames += [control(LCP, 9, 1, bytes(4), crafted.SESSION_ID, source)]
    frames += [control(b"\xc0\x99", 1, 1, b"", crafted.SESSION_ID, source)]  # to be rejected
    frames += [discovery(crafted.WAN_MAC, source, code) for code in (PADO, PADS, PADT)]
    return frames + list(crafted.broken_pppoe().values())
