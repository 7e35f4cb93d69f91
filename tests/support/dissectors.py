# SPDX-License-Identifier: BSD-3-Clause
"""tshark and Scapy as judges: which frames are malformed or have a wrong checksum, and which of them came so."""
from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Iterable, Iterator

from scapy.layers.inet import IP, in4_chksum
from scapy.layers.inet6 import IPv6, in6_chksum
from scapy.utils import checksum as internet_checksum

from support.captures import write_pcap
from support.clamp_model import UPPER
from support.fragment_model import fragment_offset, header_length
from support.frame_model import (
    ETHERTYPE_SESSION, FAMILY_OF_ETHERTYPE, FAMILY_OF_PPP, PPP_PROTOCOL, Dropped, checked_pppoe, ip_length, read_tags,
    u16,
)  # fmt: skip
from support.session_model import NO_LIMIT
from support.tunnel_model import clamp_deep

CHECKSUMS = ("ip", "tcp", "udp", "icmp", "icmpv6", "gre", "igmp")
FAULTS = ("_ws.malformed", "pppoe.payload_length.bad", *(f"{name}.checksum.status == 0" for name in CHECKSUMS))
# Applications have nothing to say: what is in the segments of tests is no HTTP.
PROTOCOLS = {"frame", "eth", "ethertype", "vlan", "ieee8021ad", "pppoe", "pppoes", "pppoed", "ppp", "ip", "ipv6", "tcp",
             "udp", "icmp", "icmpv6", "igmp", "arp", "gre", "_ws.malformed"}  # fmt: skip
PARTS = ("ip.", "ipv6.", "tcp.", "icmpv6.")
CHECKED = ("ip.check_checksum", "tcp.check_checksum", "udp.check_checksum")
OFF = ("ip.defragment", "ipv6.defragment", "tcp.desegment_tcp_streams", "tcp.analyze_sequence_numbers")
TUNNEL_MTU = 1500
LONGEST_TCP_HEADER = 60
UNCHANGED = 36  # first octets of an IP packet that holds a TCP checksum, which is behind them in any case


def tshark(*words: str) -> str:
    return subprocess.run(["tshark", *words], capture_output=True, text=True, check=True).stdout


def others() -> list[str]:
    names = {line.split("\t")[2] for line in tshark("-G", "protocols").splitlines()}
    return sorted(name for name in names if name not in PROTOCOLS and not name.startswith(PARTS))


def by_tshark(directory: Path, frames: list[bytes]) -> dict[bytes, str]:
    """What tshark has to say against each frame; each is looked at by itself."""
    path = directory / "frames.pcap"
    write_pcap(path, frames)
    options = [word for name in others() for word in ("--disable-protocol", name)]
    options += [word for name in CHECKED for word in ("-o", f"{name}:TRUE")]
    options += [word for name in OFF for word in ("-o", f"{name}:FALSE")]
    fields = ("frame.number", "frame.protocols", "_ws.expert.message")
    out = tshark(
        "-n", "-r", str(path), *options, "-Y", " || ".join(FAULTS), "-T", "fields",
        *(word for field in fields for word in ("-e", field)),
    )  # fmt: skip
    lines = [line.partition("\t") for line in out.splitlines()]
    return {frames[int(number) - 1]: said for number, _, said in lines}


def by_scapy(frames: Iterable[bytes]) -> dict[bytes, str]:
    """Frames with IP packets that hold together, whose checksums Scapy reckons otherwise."""
    said = {frame: ", ".join(wrong_checksums(*found)) for frame in frames if (found := ip_packet(frame))}
    return {frame: words for frame, words in said.items() if words}


def wrong_checksums(packet: bytes, family: str) -> Iterator[str]:
    if family == "ipv4" and internet_checksum(packet[: (packet[0] & 0x0F) * 4]) != 0:
        yield "IPv4 header checksum"
    upper = UPPER[family](packet)
    payload = packet[upper.start :]
    shortest = {6: 20, 17: 8, 1: 8, 58: 4}.get(upper.protocol or 0)
    if upper.is_fragment or shortest is None or len(payload) < shortest:
        return
    if upper.protocol == 17 and (u16(payload, 6) == 0 or u16(payload, 4) != len(payload)):
        return  # none, or of a datagram that is not the payload
    if upper.protocol == 1:
        wrong = family == "ipv4" and internet_checksum(payload) != 0
    elif upper.protocol == 58 and family == "ipv4":
        return
    elif family == "ipv4":
        wrong = in4_chksum(upper.protocol, IP(packet[:20]), payload) != 0
    else:
        wrong = in6_chksum(upper.protocol, IPv6(packet[:40]), payload) != 0
    if wrong:
        yield f"checksum of protocol {upper.protocol}"


# --- frames that came so ---


def unexplained(said: dict[bytes, str], received: set[bytes]) -> dict[bytes, str]:
    """The frames of `said` that did not come into Narrows with the same fault, or with what they are a part of."""
    suspects = {frame: ip_packet(frame) for frame in said if frame not in received}
    came = Came(received, [found for found in suspects.values() if found])
    return {frame: said[frame] for frame, found in suspects.items() if not (found and came.explains(*found))}


class Came:
    """IP packets that came into Narrows, as far as they may explain the faults of `suspects`."""

    def __init__(self, received: set[bytes], suspects: list[tuple[bytes, str]]) -> None:
        packets = [found for frame in received if (found := ip_packet(frame))]
        beginnings = {packet[:UNCHANGED] for packet, _ in suspects}
        self._essences = {essence(*found) for found in packets if found[0][:UNCHANGED] in beginnings}
        lengths = {len(quoted) for found in suspects if (quoted := quote(*found))}
        self._quotable = {packet[:length] for length in lengths for packet, _ in packets}
        cut = {datagram(packet) for packet, family in suspects if is_fragment(packet, family)}
        self._cut: dict[bytes, list[bytes]] = {}
        for packet, family in packets:
            if family == "ipv4" and datagram(packet) in cut:
                self._cut.setdefault(datagram(packet), []).append(packet)

    def explains(self, packet: bytes, family: str) -> bool:
        if essence(packet, family) in self._essences:
            return True
        if any(wrong_checksums(packet, family)):
            return False  # what was made here has right ones
        if quoted := quote(packet, family):
            return quoted in self._quotable
        wholes = self._cut.get(datagram(packet), ()) if is_fragment(packet, family) else ()
        return any(is_piece(packet, whole) for whole in wholes)


def quote(packet: bytes, family: str) -> bytes:
    """What an ICMP error message has of the packet that it is about; dissectors find fault with that, too."""
    if family == "ipv4":
        return packet[28:] if packet[9] == 1 and packet[:1] == b"\x45" and packet[20:21] == b"\x03" else b""
    return packet[48:] if packet[6] == 58 and packet[40:41] in (b"\x01", b"\x02") else b""


def is_fragment(packet: bytes, family: str) -> bool:
    return family == "ipv4" and u16(packet, 6) & 0x3FFF != 0


def datagram(packet: bytes) -> bytes:
    """Identification, protocol and addresses of an IPv4 packet: alike in all its fragments."""
    return packet[4:6] + packet[9:10] + packet[12:20]


def is_piece(piece: bytes, whole: bytes) -> bool:
    """Whether a fragment's data is the other's, but for the TCP header, in which an MSS may be lowered."""
    start = fragment_offset(piece) - fragment_offset(whole)
    data, source = piece[header_length(piece) :], whole[header_length(whole) :]
    skipped = LONGEST_TCP_HEADER if start == 0 and piece[9] == 6 else 0
    return start >= 0 and data[skipped:] == source[start + skipped : start + len(data)]


def essence(packet: bytes, family: str) -> bytes:
    """What Narrows may not change: all but the MSS, and by how much the TCP checksum is wrong."""
    return clamp_deep(packet, family, {"ipv4": 0, "ipv6": 0}, TUNNEL_MTU).packet


def ip_packet(frame: bytes) -> tuple[bytes, str] | None:
    """The IP packet in a frame, plain or in a PPPoE session, and its family."""
    try:
        tags = read_tags(frame)
        payload, family = tags.payload, FAMILY_OF_ETHERTYPE.get(tags.ethertype, "")
        if tags.ethertype == ETHERTYPE_SESSION:
            covered = checked_pppoe(payload, NO_LIMIT)
            payload, family = covered[PPP_PROTOCOL:], FAMILY_OF_PPP.get(u16(covered, 0), "")
    except Dropped:
        return None
    length = ip_length(payload, family) if family else None
    return None if length is None else (payload[:length], family)
