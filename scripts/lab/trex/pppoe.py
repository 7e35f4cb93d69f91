# SPDX-License-Identifier: BSD-3-Clause
"""TRex (stateless) profile: PPPoE both ways through Narrows. Port 0 is wired to its LAN port, port 1 to its WAN port.

    trex> start -f pppoe.py -p 0 1 -m 10% -t frame=imix,syn=1,sessions=100

A file of its own, as TRex's server reads it alone; frames, addresses, ids and VLANs are those of scripts/lab/workload.py.
Sessions differ by LAN VLAN (if there are several) and by PPPoE id, which TRex counts up frame by frame.
"""
import argparse

from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Dot1Q, Ether
from scapy.layers.ppp import PPPoE
from scapy.packet import Raw
from trex_stl_lib.api import STLPktBuilder, STLScVmRaw, STLStream, STLTXCont, STLVmFlowVar, STLVmWrFlowVar

LAN_MAC, WAN_MAC = "02:00:00:00:00:0a", "02:00:00:00:00:0b"
LAN_HOST_MAC, AC_MAC = "02:00:00:00:00:99", "02:00:00:00:00:ac"
LAN_HOST, WAN_HOST = "192.0.2.1", "198.51.100.2"
FIRST_SESSION_ID, FIRST_VLAN = 0x1000, 1
LONGEST_PACKET, ETHERNET_OCTETS, FCS_OCTETS, LEAST_FRAME = 1492, 18, 4, 64
PPP_IPV4 = b"\x00\x21"  # by hand: scapy's PPP, as of 2.5, leaves the first octet out
VLAN_AT, SESSION_ID_AT = 14, 16  # octets into the frame
IMIX = ((64, 7), (570, 4), (1518, 1))
SYN_LAYOUTS = (
    [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (0x01020304, 0)), ("NOP", None), ("WScale", 7)],
    [("MSS", 1460), ("NOP", None), ("WScale", 8), ("NOP", None), ("NOP", None), ("SAckOK", b"")],
    [("NOP", None), ("MSS", 1460), ("NOP", None), ("NOP", None)],
)


def build_frame(to_wan, lan_octets, syn_options, tagged):
    """Of the first session; `lan_octets` with FCS, which TRex appends."""
    ends = (LAN_HOST, WAN_HOST) if to_wan else (WAN_HOST, LAN_HOST)
    tcp = TCP(sport=4660, dport=80, flags="A" if syn_options is None else "S", options=syn_options or [])
    packet = IP(src=ends[0], dst=ends[1]) / tcp
    missing = min(lan_octets - ETHERNET_OCTETS, LONGEST_PACKET) - len(packet)
    packet = packet / Raw(bytes(bytearray(missing))) if missing > 0 else packet
    if to_wan:
        link = Ether(dst=LAN_MAC, src=LAN_HOST_MAC)
        link = link / Dot1Q(vlan=FIRST_VLAN) if tagged else link
    else:
        link = Ether(dst=WAN_MAC, src=AC_MAC) / PPPoE(sessionid=FIRST_SESSION_ID) / Raw(PPP_IPV4)
    frame = link / packet
    padding = LEAST_FRAME - FCS_OCTETS - len(frame)
    return frame / Raw(bytes(bytearray(padding))) if padding > 0 else frame


def count_sessions(to_wan, sessions):
    """What makes frame after frame another session's; neither field is in a checksum."""
    if sessions == 1:
        return None
    first, at = (FIRST_VLAN, VLAN_AT) if to_wan else (FIRST_SESSION_ID, SESSION_ID_AT)
    last = first + sessions - 1
    session = STLVmFlowVar("session", min_value=first, max_value=last, size=2, op="inc")
    return STLScVmRaw([session, STLVmWrFlowVar(fv_name="session", pkt_offset=at)])


class PppoeProfile(object):
    def get_streams(self, direction=0, frame="64", syn=1, sessions=1, tunables=(), **kwargs):
        """`direction`: 0 for what the LAN side sends, 1 for the WAN side; TRex gives it by port.

        Tunables come as arguments (-t frame=imix,syn=1) or, in other versions, as words (-t --frame imix --syn 1)."""
        parser = argparse.ArgumentParser(prog="pppoe.py")
        parser.add_argument("--frame", default=str(frame), help="octets on the LAN, FCS included, or imix")
        parser.add_argument("--syn", type=float, default=float(syn), help="share of SYNs, per cent")
        parser.add_argument("--sessions", type=int, default=int(sessions))
        words = parser.parse_args(list(tunables))
        to_wan = direction % 2 == 0
        sizes = IMIX if words.frame == "imix" else ((int(words.frame), 1),)
        # Rates are relative: TRex's -m scales them.
        kinds = [(None, 100 - words.syn)] + [(layout, words.syn / len(SYN_LAYOUTS)) for layout in SYN_LAYOUTS]
        return [
            STLStream(
                packet=STLPktBuilder(
                    pkt=build_frame(to_wan, size, options, words.sessions > 1), vm=count_sessions(to_wan, words.sessions)
                ),
                mode=STLTXCont(pps=weight * share),
            )
            for size, weight in sizes
            for options, share in kinds
            if share > 0
        ]


def register():
    return PppoeProfile()
