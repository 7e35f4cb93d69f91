# SPDX-License-Identifier: BSD-3-Clause
"""IP packets and frames as the field and its attackers make them, built with Scapy."""
from __future__ import annotations

import random
from socket import AF_INET6, inet_pton
from typing import Any, Iterable

from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption
from scapy.layers.inet6 import (
    ICMPv6EchoRequest,
    ICMPv6ND_NS,
    ICMPv6ND_RS,
    ICMPv6NDOptSrcLLAddr,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
    PadN,
)
from scapy.layers.ipsec import AH, ESP
from scapy.layers.l2 import ARP, Dot1AD, Dot1Q, Ether
from scapy.layers.ppp import PPPoE
from scapy.packet import Packet, Raw

FAMILIES = ("ipv4", "ipv6")
LAN_HOST = {"ipv4": "203.0.113.9", "ipv6": "2001:db8:1::9"}
FAR_HOST = {"ipv4": "198.51.100.10", "ipv6": "2001:db8:2::10"}
LAN_HOST_MAC = "02:00:00:00:10:01"
AC_MAC = "02:00:00:00:00:ac"
LAN_MAC = "02:00:00:00:00:01"
WAN_MAC = "02:00:00:00:00:02"
SESSION_ID = 0x1234
PPP_PROTOCOL = {"ipv4": 0x0021, "ipv6": 0x0057}
ETHERTYPE = {"ipv4": 0x0800, "ipv6": 0x86DD}

NOP, END = b"\x01", b"\x00"
SACK_PERMITTED = b"\x04\x02"
WINDOW_SCALE = b"\x03\x03\x07"
TIMESTAMPS = b"\x08\x0a" + bytes(range(8))


def mss(value: int) -> bytes:
    return b"\x02\x04" + value.to_bytes(2, "big")


def in_words(options: bytes) -> bytes:
    """As long as a data offset, or IHL, can say."""
    return options + END * (-len(options) % 4)


# --- IP packets ---


def ip_header(family: str, **fields: Any) -> Packet:
    addresses = {"src": LAN_HOST[family], "dst": FAR_HOST[family]}
    return (IP if family == "ipv4" else IPv6)(**(addresses | fields))


def tcp(family: str, options: bytes = b"", payload: bytes = b"", ip: Packet | None = None, **fields: Any) -> bytes:
    """A TCP packet with a right checksum; the option list is taken as it is, rounded up with END."""
    options = in_words(options)
    header = {"sport": 40000, "dport": 80, "seq": 1000, "flags": "S", "dataofs": 5 + len(options) // 4}
    return bytes((ip or ip_header(family)) / TCP(**(header | fields)) / Raw(options + payload))


def udp(family: str, ip_octets: int, **fields: Any) -> bytes:
    """A UDP packet of exactly this size; IPv4 with DF, unless other flags are given."""
    header = ip_header(family, **({"flags": "DF"} if family == "ipv4" else {}) | fields) / UDP(sport=4000, dport=4001)
    return bytes(header / Raw(bytes(i & 0xFF for i in range(ip_octets - len(header)))))


def patched(packet: bytes, offset: int, octets: bytes) -> bytes:
    return packet[:offset] + octets + packet[offset + len(octets) :]


def tcp_start(family: str) -> int:
    return 20 if family == "ipv4" else 40


def option_lists() -> dict[str, bytes]:
    return {
        "none": b"",
        "linux": mss(1460) + SACK_PERMITTED + TIMESTAMPS + NOP + WINDOW_SCALE,
        "mss_only": mss(1460),
        "odd_offset": NOP + mss(1460) + NOP * 3,
        "even_after_two_nops": NOP * 2 + mss(8960),
        "odd_after_window_scale": WINDOW_SCALE + mss(65535) + NOP,
        "two": mss(1460) + mss(9000),
        "two_second_odd": mss(1461) + NOP + mss(1460) + NOP * 3,
        "two_first_below": mss(536) + mss(1460),
        "ten": b"".join(mss(1400 + 50 * i) for i in range(10)),
        "eight_odd": NOP + b"".join(mss(1452 + i) for i in range(9)) + NOP * 3,
        "at_limit_ipv4": mss(1452),
        "above_limit_ipv4": mss(1453),
        "at_limit_ipv6": mss(1432),
        "above_limit_ipv6": mss(1433),
        "zero": mss(0),
        "one": mss(1),
        "largest": mss(65535),
        "last_of_forty": NOP * 36 + mss(1460),
        "odd_last_of_forty": NOP * 35 + mss(1460) + NOP,
        "end_before": END + mss(1460) + END * 3,
        "end_after": mss(1460) + END + mss(1460) + END * 3,
        "length_zero": mss(1460) + b"\x02\x00\x05\xb4" + mss(1460),
        "length_one": b"\x03\x01" + mss(1460) + NOP * 2,
        "length_two": b"\x02\x02" + mss(1460) + NOP * 2,
        "length_three": b"\x02\x03\x05" + mss(1460) + NOP,
        "length_eight": b"\x02\x08\x05\xb4\x05\xb4\x05\xb4" + mss(1460),
        "length_beyond": mss(1460) + b"\x02\x05\x05\xb4",
        "length_far_beyond": b"\xfd\xff" + mss(1460) + NOP * 2,
        "kind_is_last_octet": mss(1460) + NOP * 3 + b"\x02",
        "length_is_last_octet": mss(1460) + NOP * 2 + b"\x02\x04",
        "value_is_cut": mss(1460) + NOP + b"\x02\x04\x05",
        "mss_inside_another": b"\xfd\x08" + mss(1460) + b"\x00\x00",
        "unknown_then_mss": b"\x22\x02\x45\x05\xaa\xbb\xcc" + mss(1460) + NOP,
    }


def tcp_variants(family: str) -> dict[str, bytes]:
    """Segments that differ in the TCP header, each in a plain IP packet."""
    at = tcp_start(family)
    syn = tcp(family, mss(1460) + SACK_PERMITTED + NOP * 2)
    odd = tcp(family, NOP + mss(1460) + NOP * 3)
    variants = {f"options_{name}": tcp(family, options) for name, options in option_lists().items()}
    for flags in ("S", "SA", "SR", "SAR", "R", "A", "F", "SF", "SEC", "SAE", "SPUA", "", "SFRPAUEC"):
        variants[f"flags_{flags}"] = tcp(family, mss(1460), flags=flags)
    for name, options in (("even", mss(1460)), ("odd", NOP + mss(1460) + NOP * 3)):
        for size in (1, 2, 7, 1000):
            variants[f"{name}_with_{size}_octets_of_data"] = tcp(family, options, payload=b"\xa5" * size)
        plain = tcp(family, options)
        for checksum in (0x0000, 0xFFFF, 0x0001, 0xFFFE, 0x1234, 0xEDCB):
            variants[f"{name}_checksum_{checksum:04x}"] = patched(plain, at + 16, checksum.to_bytes(2, "big"))
        variants[f"{name}_right_checksum_zero"] = with_right_checksum_zero(family, options, clamped=False)
        variants[f"{name}_clamped_checksum_zero"] = with_right_checksum_zero(family, options, clamped=True)
    for offset in range(16):
        variants[f"data_offset_{offset}"] = patched(syn, at + 12, bytes([offset << 4]))
        variants[f"odd_data_offset_{offset}"] = patched(odd, at + 12, bytes([offset << 4]))
    variants["data_offset_in_data"] = tcp(family, mss(1460), payload=mss(1460) * 9, dataofs=15)
    for octets in (0, 1, 4, 13, 14, 19, 20, 21, 22, 23, 24, 27):
        variants[f"cut_to_{octets}_octets"] = shortened(family, syn, at + octets)
    return variants


def with_right_checksum_zero(family: str, options: bytes, clamped: bool) -> bytes:
    """A SYN whose right checksum is 0x0000, before or after clamping to the usual limit."""
    at = tcp_start(family)
    limit = mss(1452 if family == "ipv4" else 1432)
    checksum = tcp(family, options.replace(mss(1460), limit) if clamped else options)[at + 16 : at + 18]
    return tcp(family, options, urgptr=int.from_bytes(checksum, "big"))


def shortened(family: str, packet: bytes, octets: int) -> bytes:
    """Cut, with an IP length that says so."""
    length = octets if family == "ipv4" else octets - 40
    return patched(packet, 2 if family == "ipv4" else 4, length.to_bytes(2, "big"))[:octets]


def ipv4_variants() -> dict[str, bytes]:
    """IPv4 headers around a SYN that should be clamped wherever it may be looked at."""
    def syn(**fields: Any) -> bytes:
        return tcp("ipv4", NOP + mss(1460) + NOP * 3, ip=ip_header("ipv4", **fields))

    plain = syn()
    variants = {
        "df": syn(flags="DF"),
        "reserved_flag": syn(flags="evil"),
        "first_fragment": syn(flags="MF"),
        "second_fragment": syn(frag=3),
        "last_possible_fragment": syn(frag=8191),
        "second_fragment_more": syn(flags="MF", frag=1),
        "hop_limit_one": syn(ttl=1),
        "hop_limit_zero": syn(ttl=0),
        "dscp": syn(tos=0xB8),
        "header_checksum_wrong": syn(chksum=0x1234),
        "protocol_17": syn(proto=17),
        "protocol_41": syn(proto=41),
        "icmp": bytes(ip_header("ipv4") / ICMP() / b"ping"),
        "version_6": patched(plain, 0, b"\x65"),
        "version_0": patched(plain, 0, b"\x05"),
        "header_only": shortened("ipv4", plain, 20),
        "nineteen_octets": plain[:19],
        "nothing": b"",
        "multicast": bytes(IP(src=LAN_HOST["ipv4"], dst="239.129.2.3") / UDP() / b"stream"),
        "broadcast": bytes(IP(src=LAN_HOST["ipv4"], dst="255.255.255.255") / UDP() / b"hello"),
    }
    for words in range(16):
        variants[f"ihl_says_{words}"] = patched(plain, 0, bytes([0x40 | words]))
    for words in range(1, 11):
        options = [IPOption(b"\x01" * (4 * words - 2) + b"\x00\x00")]
        variants[f"{words}_words_of_options"] = syn(options=options)
    for total in (0, 19, 20, 39, 40, len(plain) - 1, len(plain), len(plain) + 1, 65535):
        variants[f"total_length_says_{total}"] = patched(plain, 2, total.to_bytes(2, "big"))
    return variants


def ipv6_extensions() -> dict[str, list[Packet]]:
    def fragment(**fields: Any) -> Packet:
        return IPv6ExtHdrFragment(id=7, **fields)

    def long_options(octets: int) -> list[Packet]:
        return [PadN(optdata=bytes(octets))]

    return {
        "hop_by_hop": [IPv6ExtHdrHopByHop()],
        "hop_by_hop_long": [IPv6ExtHdrHopByHop(options=long_options(100))],
        "routing": [IPv6ExtHdrRouting(addresses=["2001:db8::77"], segleft=1)],
        "routing_done": [IPv6ExtHdrRouting(addresses=["2001:db8::77", "2001:db8::78"], segleft=0)],
        "destination": [IPv6ExtHdrDestOpt()],
        "fragment_atomic": [fragment()],
        "fragment_first": [fragment(m=1)],
        "fragment_second": [fragment(offset=1)],
        "fragment_last": [fragment(offset=8191)],
        "all_four": [IPv6ExtHdrHopByHop(), IPv6ExtHdrDestOpt(), IPv6ExtHdrRouting(), fragment()],
        "behind_fragment": [fragment(), IPv6ExtHdrDestOpt(options=long_options(20))],
        "authentication": [AH(nh=6, icv=b"\x00" * 12)],
        "destination_authentication": [IPv6ExtHdrDestOpt(), AH(icv=b"\x00" * 12)],
        "seven": [IPv6ExtHdrDestOpt() for _ in range(7)],
        "eight": [IPv6ExtHdrDestOpt() for _ in range(8)],
        "nine": [IPv6ExtHdrDestOpt() for _ in range(9)],
        "twelve": [IPv6ExtHdrDestOpt() for _ in range(12)],
        "eight_long": [IPv6ExtHdrDestOpt(options=long_options(60)) for _ in range(8)],
    }


def ipv6_variants() -> dict[str, bytes]:
    def syn(extensions: Iterable[Packet] = (), **fields: Any) -> bytes:
        header = ip_header("ipv6", **fields)
        for extension in extensions:
            header = header / extension
        return tcp("ipv6", NOP + mss(1460) + NOP * 3, ip=header)

    plain = syn()
    hop_by_hop = syn([IPv6ExtHdrHopByHop()])
    variants = {f"behind_{name}": syn(extensions) for name, extensions in ipv6_extensions().items()}
    variants |= {
        "hop_limit_one": syn(hlim=1),
        "traffic_class": syn(tc=0xB8, fl=0x12345),
        "esp": bytes(ip_header("ipv6") / ESP(spi=1, seq=1, data=b"\x02\x04\x05\xb4" * 5)),
        "next_header_59": patched(plain, 6, b"\x3b"),
        "next_header_135": patched(plain, 6, b"\x87"),
        "next_header_44_cut": patched(shortened("ipv6", plain, 47), 6, b"\x2c"),
        "next_header_0_cut": patched(shortened("ipv6", plain, 41), 6, b"\x00"),
        "extension_longer_than_packet": patched(hop_by_hop, 41, b"\xff"),
        "extension_ends_packet": patched(hop_by_hop, 41, bytes([(len(hop_by_hop) - 40) // 8 - 1])),
        "version_4": patched(plain, 0, b"\x40"),
        "version_7": patched(plain, 0, b"\x70"),
        "header_only": shortened("ipv6", plain, 40),
        "thirty_nine_octets": plain[:39],
        "nothing": b"",
        "echo": bytes(ip_header("ipv6") / ICMPv6EchoRequest(data=b"ping")),
        "multicast": bytes(IPv6(src=LAN_HOST["ipv6"], dst="ff0e::8:1234:5678") / UDP() / b"stream"),
    }
    for payload in (0, 1, 19, 20, len(plain) - 41, len(plain) - 40, len(plain) - 39, 65535):
        variants[f"payload_length_says_{payload}"] = patched(plain, 4, payload.to_bytes(2, "big"))
    return variants


def packets(family: str) -> dict[str, bytes]:
    """Everything above, by name; sizes around the limits too."""
    found = {f"tcp_{name}": packet for name, packet in tcp_variants(family).items()}
    variants = ipv4_variants() if family == "ipv4" else ipv6_variants()
    found |= {f"{family}_{name}": packet for name, packet in variants.items()}
    for octets in (48, 576, 1280, 1454, 1455, 1491, 1492, 1493, 1500):
        found[f"udp_of_{octets}"] = udp(family, octets)
    return found


def random_options(generator: random.Random) -> bytes:
    """An option list that is mostly sane, with MSS options at any offset."""
    pieces = [
        lambda: NOP,
        lambda: mss(generator.choice((0, 536, 1220, 1400, 1431, 1432, 1433, 1452, 1453, 1460, 8960, 65535))),
        lambda: mss(generator.randrange(65536)),
        lambda: bytes([generator.randrange(3, 256), 2 + (extra := generator.randrange(6))])
        + generator.randbytes(extra),
        lambda: TIMESTAMPS,
        lambda: generator.choice((END, b"\x02", b"\x02\x04", b"\x05\x00", b"\x02\x02", b"\x02\x06\x05\xb4\x00\x00")),
    ]
    options = b""
    while len(options) < generator.randrange(41):
        options += generator.choices(pieces, weights=(6, 6, 2, 3, 1, 1))[0]()
    return options[:40]


# --- frames ---


def lan_frame(packet: bytes, family: str, tags: Iterable[Packet] = (), **ethernet: Any) -> bytes:
    """From the LAN host to Narrows, without padding."""
    return ethernet_frame(
        {"src": LAN_HOST_MAC, "dst": LAN_MAC} | ethernet, tags, ETHERTYPE[family], packet
    )


def wan_frame(
    packet: bytes, family: str, tags: Iterable[Packet] = (), session: int = SESSION_ID, **ethernet: Any
) -> bytes:
    """From the concentrator to Narrows, in a PPPoE session, without padding."""
    payload = PPP_PROTOCOL[family].to_bytes(2, "big") + packet  # Scapy's PPP would compress the protocol
    inner = bytes(PPPoE(sessionid=session) / Raw(payload))
    return ethernet_frame({"src": AC_MAC, "dst": WAN_MAC} | ethernet, tags, 0x8864, inner)


def ethernet_frame(ethernet: dict[str, Any], tags: Iterable[Packet], ethertype: int, payload: bytes) -> bytes:
    frame = Ether(**ethernet)
    for tag in tags:
        frame = frame / tag
    frame.lastlayer().type = ethertype
    return bytes(frame / Raw(payload))


def arp_request(target: str, sender: str = LAN_HOST["ipv4"], tags: Iterable[Packet] = (), **ethernet: Any) -> bytes:
    fields = {"src": LAN_HOST_MAC, "dst": "ff:ff:ff:ff:ff:ff"} | ethernet
    request = ARP(op="who-has", hwsrc=fields["src"], psrc=sender, pdst=target)
    return ethernet_frame(fields, tags, 0x0806, bytes(request))


def neighbour_solicitation(target: str, sender: str = LAN_HOST["ipv6"], **ethernet: Any) -> bytes:
    """To the target's solicited-node address; with the unspecified sender, as address detection does."""
    low = inet_pton(AF_INET6, target)[-3:]
    group = f"ff02::1:ff{low[0]:02x}:{low[1]:02x}{low[2]:02x}"
    solicitation = IPv6(src=sender, dst=group, hlim=255) / ICMPv6ND_NS(tgt=target)
    if sender != "::":
        solicitation /= ICMPv6NDOptSrcLLAddr(lladdr=ethernet.get("src", LAN_HOST_MAC))
    fields = {"dst": "33:33:ff:%02x:%02x:%02x" % tuple(low)} | ethernet
    return lan_frame(bytes(solicitation), "ipv6", **fields)


def router_solicitation() -> bytes:
    packet = bytes(IPv6(src="fe80::9", dst="ff02::2", hlim=255) / ICMPv6ND_RS())
    return lan_frame(packet, "ipv6", dst="33:33:00:00:00:02")


def vlan(vid: int, pcp: int = 0, dei: int = 0) -> Packet:
    return Dot1Q(vlan=vid, prio=pcp, id=dei)


def service_vlan(vid: int, pcp: int = 0) -> Packet:
    return Dot1AD(vlan=vid, prio=pcp)


def broken_pppoe() -> dict[str, bytes]:
    """Session frames with each field of the contract's table broken; the IP packet inside is sound."""
    frames: dict[str, bytes] = {}
    for family in FAMILIES:
        good = wan_frame(tcp(family, mss(1460)), family)
        length = len(good) - 20
        for value in (0x00, 0x01, 0x10, 0x12, 0x21, 0xFF):
            frames[f"{family}_version_type_{value:02x}"] = patched(good, 14, bytes([value]))
        for value in (0x07, 0x09, 0x19, 0x65, 0xA7, 0x01):
            frames[f"{family}_code_{value:02x}"] = patched(good, 15, bytes([value]))
        for value in (0x0000, 0xFFFF, 0x1235, 0x3412):
            frames[f"{family}_session_{value:04x}"] = patched(good, 16, value.to_bytes(2, "big"))
        for value in (0, 1, 2, 3, 21, 22, 41, 42, length - 1, length, length + 1, 1494, 65535):
            frames[f"{family}_length_{value}"] = patched(good, 18, value.to_bytes(2, "big"))
        for value in (0xC021, 0xC023, 0x8021, 0x8057, 0x0281, 0x2100, 0x2145, 0x5721, 0x0121, 0x0023, 0xC123):
            frames[f"{family}_protocol_{value:04x}"] = patched(good, 20, value.to_bytes(2, "big"))
        frames[f"{family}_other_family"] = patched(good, 20, b"\x00\x57" if family == "ipv4" else b"\x00\x21")
        for octets in (13, 14, 15, 19, 20, 21, 22, 23, 41, 42, 60, 61):
            frames[f"{family}_cut_to_{octets}"] = good[:octets]
            frames[f"{family}_cut_to_{octets}_length_too"] = patched(
                good, 18, max(octets - 20, 0).to_bytes(2, "big")
            )[:octets]
        frames[f"{family}_padded"] = good + b"\xee" * 30
        frames[f"{family}_trailer_inside_length"] = patched(good + b"\xee" * 9, 18, (length + 9).to_bytes(2, "big"))
        frames[f"{family}_from_stranger"] = wan_frame(tcp(family, mss(1460)), family, src="02:00:00:00:00:ad")
        frames[f"{family}_to_stranger"] = wan_frame(tcp(family, mss(1460)), family, dst="02:00:00:00:00:03")
        frames[f"{family}_to_everybody"] = wan_frame(tcp(family, mss(1460)), family, dst="ff:ff:ff:ff:ff:ff")
        frames[f"{family}_not_pppoe"] = lan_frame(tcp(family, mss(1460)), family, src=AC_MAC, dst=WAN_MAC)
    frames["discovery"] = ethernet_frame({"src": AC_MAC, "dst": WAN_MAC}, (), 0x8863, b"\x11\xa7\x12\x34\x00\x00")
    return frames


def lan_strays() -> dict[str, bytes]:
    """Frames of a LAN that a PPP link does not carry, and some that it does."""
    syn = tcp("ipv4", mss(1460))
    to_group = bytes(IPv6(src=LAN_HOST["ipv6"], dst="ff05::2") / UDP() / b"x")
    to_link = bytes(IPv6(src="fe80::9", dst="ff02::1:2") / UDP(sport=546, dport=547) / b"dhcp")
    frames = {
        "to_stranger": lan_frame(syn, "ipv4", dst="02:00:00:00:00:03"),
        "ipv4_broadcast": lan_frame(syn, "ipv4", dst="ff:ff:ff:ff:ff:ff"),
        "ipv6_broadcast": lan_frame(to_link, "ipv6", dst="ff:ff:ff:ff:ff:ff"),
        "ipv4_multicast": lan_frame(syn, "ipv4", dst="01:00:5e:00:00:fb"),
        "ipv6_wider_multicast": lan_frame(to_group, "ipv6", dst="33:33:00:00:00:02"),
        "ipv6_unicast_to_group": lan_frame(tcp("ipv6", mss(1460)), "ipv6", dst="33:33:00:00:00:02"),
        "dhcpv6": lan_frame(to_link, "ipv6", dst="33:33:00:01:00:02"),
        "router_solicitation": router_solicitation(),
        "spanning_tree": ethernet_frame({"src": LAN_HOST_MAC, "dst": "01:80:c2:00:00:00"}, (), 39, bytes(39)),
        "lldp": ethernet_frame({"src": LAN_HOST_MAC, "dst": "01:80:c2:00:00:0e"}, (), 0x88CC, bytes(40)),
        "not_ip": ethernet_frame({"src": LAN_HOST_MAC, "dst": LAN_MAC}, (), 0x88CC, bytes(40)),
        "pppoe_from_lan": ethernet_frame({"src": LAN_HOST_MAC, "dst": LAN_MAC}, (), 0x8864, bytes(40)),
        "ethertype_and_version_disagree": lan_frame(tcp("ipv6", mss(1460)), "ipv4"),
        "version_and_ethertype_disagree": lan_frame(syn, "ipv6"),
        "vlan_of_nobody": lan_frame(syn, "ipv4", tags=[vlan(99)]),
        "service_vlan": lan_frame(syn, "ipv4", tags=[service_vlan(10)]),
        "two_vlans": lan_frame(syn, "ipv4", tags=[vlan(10), vlan(10)]),
    }
    frames |= {f"cut_to_{octets}": lan_frame(syn, "ipv4")[:octets] for octets in (6, 12, 13, 14, 15, 33, 34, 40)}
    frames |= {
        f"tagged_cut_to_{octets}": lan_frame(syn, "ipv4", tags=[vlan(10)])[:octets] for octets in (14, 16, 17, 18, 19)
    }
    return frames


# --- mutations ---


def mutated(generator: random.Random, frame: bytes) -> bytes:
    """One to three small accidents, most of them within the headers."""
    octets = bytearray(frame)
    for _ in range(generator.randint(1, 3)):
        reach = min(len(octets), 100)  # the headers
        accident = generator.randrange(6)
        if accident == 0:
            octets[generator.randrange(reach)] ^= 1 << generator.randrange(8)
        elif accident == 1:
            octets[generator.randrange(reach)] = generator.choice((0, 1, 2, 4, 6, 0x11, 0x45, 0x60, 0x81, 0xFF))
        elif accident == 2:
            octets[generator.randrange(min(12, reach - 1), reach)] = generator.randrange(256)
        elif accident == 3 and len(octets) > 20:
            del octets[generator.randrange(14, len(octets)) :]
        elif accident == 4:
            octets += generator.randbytes(generator.randrange(1, 40))
        elif len(octets) > 40:
            at = generator.randrange(14, 40)
            octets[at : at + 2] = generator.randrange(1600).to_bytes(2, "big")
        if len(octets) < 14:
            break
    return bytes(octets)
