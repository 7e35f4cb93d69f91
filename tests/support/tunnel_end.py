# SPDX-License-Identifier: BSD-3-Clause
"""One end of a tunnel in user space, for kernels that have no tunnels of their own: a TUN interface, whose packets
go over a raw socket and back. The TCP inside is the kernel's.

    python3 tunnel_end.py INTERFACE KIND LOCAL REMOTE     prints "ready", then every packet that was no good

Like tunnels in the field it sets DF and does not heed what comes back about it.
"""
from __future__ import annotations

import contextlib
import fcntl
import os
import select
import socket
import struct
import sys
from dataclasses import dataclass

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
IP_MTU_DISCOVER, IPV6_MTU_DISCOVER, PMTUDISC_PROBE = 10, 23, 3  # linux/in.h, linux/in6.h
MOST_OCTETS = 65536
GRE_FLAGS, GRE_KEY = 0xA000, b"\x00\x00\x00\x2a"  # checksum and key
ETHERTYPE = {4: b"\x08\x00", 6: b"\x86\xdd"}


@dataclass(frozen=True)
class Kind:
    outer: str
    protocol: int
    header_octets: int = 0  # between the IP headers

    @property
    def outer_octets(self) -> int:
        return {"ipv4": 20, "ipv6": 40}[self.outer] + self.header_octets


KINDS = {
    "ipip": Kind("ipv4", 4),
    "6in4": Kind("ipv4", 41),
    "4in6": Kind("ipv6", 4),
    "gre": Kind("ipv4", 47, 12),
    "gre6": Kind("ipv6", 47, 12),
}


def checksum(octets: bytes) -> int:
    """RFC 1071."""
    octets += bytes(len(octets) % 2)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total > 0xFFFF:
        total = (total >> 16) + (total & 0xFFFF)
    return 0xFFFF - total


def gre(packet: bytes) -> bytes:
    start = struct.pack("!H", GRE_FLAGS) + ETHERTYPE[packet[0] >> 4]
    rest = GRE_KEY + packet
    return start + struct.pack("!HH", checksum(start + bytes(4) + rest), 0) + rest


def without_gre(payload: bytes) -> bytes:
    if checksum(payload) != 0:
        print("wrong GRE checksum", flush=True)
        return b""
    if payload[:2] != struct.pack("!H", GRE_FLAGS) or payload[8:12] != GRE_KEY:
        print("not our GRE", flush=True)
        return b""
    return payload[12:]


def open_tun(name: str) -> int:
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return tun


def open_raw(kind: Kind, local: str, remote: str) -> socket.socket:
    is_ipv4 = kind.outer == "ipv4"
    raw = socket.socket(socket.AF_INET if is_ipv4 else socket.AF_INET6, socket.SOCK_RAW, kind.protocol)
    if is_ipv4:
        raw.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_PROBE)
    else:
        raw.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, PMTUDISC_PROBE)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
    raw.bind((local, 0))
    raw.connect((remote, 0))
    return raw


def main() -> None:
    name, kind, (local, remote) = sys.argv[1], KINDS[sys.argv[2]], sys.argv[3:5]
    tun, raw = open_tun(name), open_raw(kind, local, remote)
    print("ready", flush=True)
    while True:
        readable, _, _ = select.select([tun, raw], [], [])
        # What ICMP says of a socket comes back as an error of the next call.
        with contextlib.suppress(OSError):
            if tun in readable:
                packet = os.read(tun, MOST_OCTETS)
                raw.send(gre(packet) if kind.protocol == 47 else packet)
        with contextlib.suppress(OSError):
            if raw in readable:
                payload = raw.recv(MOST_OCTETS)
                payload = payload[(payload[0] & 0x0F) * 4 :] if kind.outer == "ipv4" else payload
                packet = without_gre(payload) if kind.protocol == 47 else payload
                if packet:
                    os.write(tun, packet)


if __name__ == "__main__":
    main()
