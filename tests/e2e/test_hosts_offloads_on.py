# SPDX-License-Identifier: BSD-3-Clause
"""Hosts whose user forgot ethtool: a virtual interface then hands over TCP with half a checksum.

Narrows completes it; a frame must never leave with the pseudo-header sum alone (contract 2.5)."""
from __future__ import annotations

from pathlib import Path

from scapy.layers.inet import IP, in4_chksum
from scapy.layers.inet6 import IPv6, in6_chksum

from support import hosts
from support.captures import read_pcap
from support.namespaces import Capture, set_offloads

FILE_OCTETS = 5 * hosts.MEGABYTE


def test_partial_checksums_are_completed(root: None, tmp_path: Path) -> None:
    with hosts.line(tmp_path) as wire:
        for host in (wire.lan, wire.isp):
            set_offloads(host, "eth0", "on", ("tx",))
            set_offloads(host, "eth0", "off", ("tso", "gso"))
        file_sum = hosts.sha256(wire.start_web_servers(FILE_OCTETS))
        with hosts.both_ends(wire) as (a, b):
            captures = [
                Capture(wire.b, "wan0", tmp_path / "from_a.pcap", "pppoes"),
                Capture(wire.a, "wan0", tmp_path / "from_b.pcap", "pppoes"),
            ]
            for client in hosts.ADDRESS:
                for family in hosts.PREFIX:
                    assert wire.download(client, family) == (0, file_sum), (client, family)
            paths = [capture.stop() for capture in captures]
            for end in (a, b):
                assert end.stats()["directions"]["lan_to_wan"]["odd"]["partial_checksum"] > 0
    for path in paths:
        checked = [is_right(frame[22:]) for frame in read_pcap(path) if is_tcp(frame[22:])]
        assert len(checked) > 1000 and all(checked), path.name


def is_tcp(ip: bytes) -> bool:
    return ip[9 if ip[0] >> 4 == 4 else 6] == 6


def is_right(ip: bytes) -> bool:
    """The TCP checksum, of a packet without IP options."""
    if ip[0] >> 4 == 4:
        length = int.from_bytes(ip[2:4], "big")
        return in4_chksum(6, IP(ip[:20]), ip[20:length]) == 0
    length = 40 + int.from_bytes(ip[4:6], "big")
    return in6_chksum(6, IPv6(ip[:40]), ip[40:length]) == 0
