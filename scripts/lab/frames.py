# SPDX-License-Identifier: BSD-3-Clause
"""Frames of a workload as scapy packets, for generators that send captures."""
from __future__ import annotations

import random

from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Dot1Q, Ether
from scapy.layers.ppp import PPPoE
from scapy.packet import Packet, Raw

from lab.workload import (
    AC_MAC, ETHERNET_OCTETS, FIRST_SESSION_ID, FIRST_VLAN, IMIX, IMIX_SIZES, LAN_HOST, LAN_HOST_MAC, LAN_MAC,
    LEAST_FRAME, LONGEST_PACKET, WAN_HOST, WAN_MAC, Workload,
)  # fmt: skip

FCS_OCTETS = 4
PPP_IPV4 = b"\x00\x21"  # by hand: scapy's PPP leaves the first octet out
LEAST_FRAMES = 512
OWN_MSS = 1460
LAYOUTS = (
    [("MSS", OWN_MSS), ("SAckOK", b""), ("Timestamp", (0x01020304, 0)), ("NOP", None), ("WScale", 7)],  # Linux
    [("MSS", OWN_MSS), ("NOP", None), ("WScale", 8), ("NOP", None), ("NOP", None), ("SAckOK", b"")],  # Windows
    [("MSS", OWN_MSS), ("NOP", None), ("WScale", 6), ("NOP", None), ("NOP", None), ("Timestamp", (0x01020304, 0)),
     ("SAckOK", b""), ("EOL", None)],  # macOS
    [("NOP", None), ("MSS", OWN_MSS), ("NOP", None), ("NOP", None)],  # at an odd offset
)  # fmt: skip


def frames(workload: Workload, side: str, seed: int = 2544) -> list[Packet]:
    """What this side ("lan" or "wan") sends, without FCS: sizes, SYNs and their layouts mixed, sessions in turn, shares exact."""
    rng = random.Random(f"{seed} {side}")
    count = -(-LEAST_FRAMES // workload.sessions) * workload.sessions
    pattern = [size for size, weight in IMIX_SIZES for _ in range(weight)] if workload.frame == IMIX else [workload.frame]
    sizes = [pattern[number % len(pattern)] for number in range(count)]
    syns = [number < round(count * workload.syn_percent / 100) for number in range(count)]
    rng.shuffle(sizes)
    rng.shuffle(syns)
    return [
        frame(side, size, rng.choice(LAYOUTS) if syn else None, number % workload.sessions, workload.sessions > 1)
        for number, (size, syn) in enumerate(zip(sizes, syns))
    ]


def frame(side: str, lan_octets: int, syn_options: list[tuple] | None, session: int, tagged: bool) -> Packet:
    """Sizes as of Workload: of the LAN's frame, its FCS counted."""
    ends = (LAN_HOST, WAN_HOST) if side == "lan" else (WAN_HOST, LAN_HOST)
    tcp = TCP(sport=4660, dport=80, flags="A" if syn_options is None else "S", options=syn_options or [])
    packet = IP(src=ends[0], dst=ends[1]) / tcp
    missing = min(lan_octets - ETHERNET_OCTETS, LONGEST_PACKET) - len(packet)
    if missing > 0:
        packet = packet / Raw(bytes(missing))
    if side == "lan":
        link = Ether(dst=LAN_MAC, src=LAN_HOST_MAC)
        link = link / Dot1Q(vlan=FIRST_VLAN + session) if tagged else link
    else:
        link = Ether(dst=WAN_MAC, src=AC_MAC) / PPPoE(sessionid=FIRST_SESSION_ID + session) / Raw(PPP_IPV4)
    built = link / packet
    padding = LEAST_FRAME - FCS_OCTETS - len(built)
    return built / Raw(bytes(padding)) if padding > 0 else built
