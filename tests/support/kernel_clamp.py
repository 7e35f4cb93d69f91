# SPDX-License-Identifier: BSD-3-Clause
"""The Linux kernel as a judge of clamping: a router with the rules that people use.

    lan1 -- (lan0) router (wan0) -- wan1

Frames are sent and received whole; what the router makes of a packet is compared with what `narrows replay` does.
"""
from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Iterator

from scapy.layers.inet import UDP
from scapy.packet import Raw

from support import crafted
from support.fragment_model import header_length, with_header_checksum
from support.frame_model import be16, mac_bytes, u16
from support.namespaces import Namespace, namespaces, veth
from support.narrows import replay, transparent

LIMIT = {"ipv4": 1452, "ipv6": 1432}  # of a link MTU of 1492, as `auto` and as the kernel reckon it
MTU = 1492
ROUTER = {
    "lan0": ("203.0.113.1/24", "2001:db8:1::1/64"),
    "wan0": ("198.51.100.1/24", "2001:db8:2::1/64"),
}
MAC = {"lan0": "02:00:00:00:0c:01", "wan0": "02:00:00:00:0c:02"}
SYN = "tcp flags & (syn|rst) == syn"
NFT_RULES = {
    "nft size": [f"meta nfproto {family} {SYN} tcp option maxseg size set {limit}" for family, limit in LIMIT.items()],
    "nft route": [f"{SYN} tcp option maxseg size set rt mtu"],
}
IPTABLES_RULE = "-t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu".split()
RULES = (*NFT_RULES, "iptables")
CHUNK = 40  # frames that a socket's buffer holds in any case
LAST_OF_CHUNK = b"the last of its chunk"
HOP_LIMIT = {"ipv4": 8, "ipv6": 7}  # offsets, as the next two
MARK = {"ipv4": 4, "ipv6": 2}  # identification, flow label
IPV4_CHECKSUM = 10


class Router:
    """Forwards from `lan0` to `wan0` and clamps by one of RULES."""

    def __init__(self, kernel: Namespace, peer: Namespace, rules: str) -> None:
        for interface, addresses in ROUTER.items():
            kernel.run("ip", "link", "set", interface, "address", MAC[interface])
            kernel.give_addresses(interface, *addresses)
        kernel.run("sysctl", "-q", "-w", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        for address in crafted.FAR_HOST.values():
            kernel.run("ip", "neigh", "add", address, "lladdr", crafted.AC_MAC, "nud", "permanent", "dev", "wan0")
            kernel.run("ip", "route", "add", address, "dev", "wan0", "mtu", MTU)
        if rules == "iptables":
            for command in ("iptables", "ip6tables"):
                kernel.run(command, *IPTABLES_RULE)
        else:
            chain = "\n".join(["type filter hook forward priority filter", *NFT_RULES[rules]])
            kernel.run("nft", f"table inet clamp {{\nchain forward {{\n{chain}\n}}\n}}")
        self._lan, self._wan = peer.packet_socket("lan1"), peer.packet_socket("wan1")

    def forward(self, packets: list[bytes], family: str) -> list[bytes | None]:
        """What came of each; None: it was dropped."""
        forwarded: list[bytes | None] = []
        with on_one_cpu():  # so that the kernel keeps their order
            for start in range(0, len(packets), CHUNK):
                forwarded += self._forward_chunk(packets[start : start + CHUNK], family)
        return forwarded

    def _forward_chunk(self, packets: list[bytes], family: str) -> list[bytes | None]:
        last = bytes(crafted.ip_header(family) / UDP(sport=1, dport=1) / Raw(LAST_OF_CHUNK))
        for packet in [*packets, last]:
            self._lan.send(crafted.lan_frame(packet, family, dst=MAC["lan0"]))
        came: dict[int, bytes] = {}
        while not (packet := self._next(family)).endswith(LAST_OF_CHUNK):
            came[u16(packet, MARK[family])] = comparable(packet, family)
        return [came.get(u16(packet, MARK[family])) for packet in packets]

    def _next(self, family: str) -> bytes:
        """The next packet of the family that was forwarded, with the hop limit as it came."""
        while True:
            [frame] = self._wan.receive(1)
            if frame[:6] == mac_bytes(crafted.AC_MAC) and u16(frame, 12) == crafted.ETHERTYPE[family]:
                packet, at = frame[14:], HOP_LIMIT[family]
                return crafted.patched(packet, at, bytes([packet[at] + 1]))

    def close(self) -> None:
        self._lan.close()
        self._wan.close()


def comparable(packet: bytes, family: str) -> bytes:
    """Without IPv4's checksum, which follows the hop limit."""
    return crafted.patched(packet, IPV4_CHECKSUM, bytes(2)) if family == "ipv4" else packet


def marked(packet: bytes, family: str, mark: int) -> bytes:
    """With a number to know it by, where neither a clamp nor TCP's checksum looks."""
    packet = crafted.patched(packet, MARK[family], be16(mark))
    if family == "ipv6":
        return packet
    end = header_length(packet)
    return with_header_checksum(packet[:end]) + packet[end:]


@contextlib.contextmanager
def on_one_cpu() -> Iterator[None]:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def router(rules: str) -> Iterator[Router]:
    with namespaces("router", "peer") as (kernel, peer):
        for side in ("lan", "wan"):
            veth(kernel, f"{side}0", peer, f"{side}1")
        made = Router(kernel, peer, rules)
        try:
            yield made
        finally:
            made.close()


def narrows(directory: Path, packets: list[bytes], family: str) -> list[bytes]:
    """The same through Narrows, which drops none."""
    replayed = replay(directory, transparent(mtu=MTU), lan=[crafted.lan_frame(packet, family) for packet in packets])
    assert len(replayed.wan_out) == len(packets)
    return [comparable(frame[14:], family) for frame in replayed.wan_out]
