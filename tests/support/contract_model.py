# SPDX-License-Identifier: BSD-3-Clause
"""The contract as a second, slow and obvious implementation: what must become of each frame.

Written from the contract's text and the RFCs it names, never from the C++ code, so that the two can
disagree. One frame at a time, bytes in and bytes out; checks stand in the order of the contract's tables.
A frame that does not pass leaves by raising Dropped or Punted; what comes to the end is forwarded.
"""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Callable

from support.tunnel_model import Inside, inside

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
NO_LIMIT = 0xFFFF

DEFAULT_MAC = {"lan": "02:00:00:00:00:01", "wan": "02:00:00:00:00:02"}
DEFAULT_MTU = 1492
DEFAULT_PORT_MTU = 1500
DEFAULT_BURST = 32
DIRECTION_FROM = {"lan": "lan_to_wan", "wan": "wan_to_lan"}
FAMILY_OF_ETHERTYPE = {ETHERTYPE_IPV4: "ipv4", ETHERTYPE_IPV6: "ipv6"}
ETHERTYPE_OF_FAMILY = {family: number for number, family in FAMILY_OF_ETHERTYPE.items()}
FAMILY_OF_PPP = {PPP_IPV4: "ipv4", PPP_IPV6: "ipv6"}
PPP_OF_FAMILY = {family: number for number, family in FAMILY_OF_PPP.items()}
FIXED_HEADERS = {"ipv4": 40, "ipv6": 60}  # IP and TCP without options (RFC 6691)


class Dropped(Exception):
    """The frame ends here, counted under one reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Punted(Exception):
    """The frame goes to the control thread."""


@dataclass(frozen=True)
class Fate:
    """What became of one frame."""

    kind: str  # "forwarded", "punted" or "dropped"
    frame: bytes = b""  # as it leaves, when forwarded
    reason: str = ""  # when dropped


@dataclass
class SessionModel:
    """One PPPoE session of a terminate configuration."""

    name: str
    id: int
    ac_mac: bytes
    lan_vlan: int | None
    peer_mac: bytes | None  # changes when learned
    peer_is_fixed: bool
    wan_vlans: tuple[int, ...]
    pcp: int
    mtu: int
    limits: dict[str, dict[str, int]]  # direction, family
    tunnel_mtu: int


def mac_bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


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


def pseudo_header(packet: bytes, family: str, tcp_length: int) -> bytes:
    if family == "ipv4":
        return packet[12:20] + b"\x00\x06" + be16(tcp_length)
    return packet[8:40] + tcp_length.to_bytes(4, "big") + b"\x00\x00\x00\x06"


def with_checksum(segment: bytes, checksum: int) -> bytes:
    return segment[:16] + be16(checksum) + segment[18:]


def right_checksum(pseudo: bytes, segment: bytes) -> int:
    return 0xFFFF - ones_complement_sum(pseudo + with_checksum(segment, 0))


def adjusted_checksum(pseudo: bytes, old: bytes, new: bytes) -> int:
    """The checksum of the rewritten segment: right if it was right, wrong by the same amount if not."""
    was, right = u16(old, 16), right_checksum(pseudo, new)
    error = (was - right_checksum(pseudo, old)) % 0xFFFF
    return right if error == 0 else (right + error) % 0xFFFF


# --- clamping (section 2) ---


STEPPED_OVER = (0, 43, 44, 60)  # hop-by-hop, routing, fragment, destination options
WALK_ENDS = (50, 51, 59, 135, 139, 140)  # ESP, AH, nothing, Mobility, HIP, Shim6


@dataclass(frozen=True)
class Upper:
    """What an IP packet carries, if it is to be looked at, and the odd cases met on the way there."""

    protocol: int | None = None
    start: int = 0
    is_fragment: bool = False  # the first
    odd: set[str] = field(default_factory=set)


def ipv4_upper(packet: bytes) -> Upper:
    flags_and_offset = u16(packet, 6)
    if flags_and_offset & 0x1FFF:
        return Upper()
    return Upper(packet[9], (packet[0] & 0x0F) * 4, bool(flags_and_offset & 0x2000))


def ipv6_upper(packet: bytes) -> Upper:
    following, offset = packet[6], 40
    is_fragment = False
    for _ in range(8):
        if following not in STEPPED_OVER:
            break
        if len(packet) < offset + 8:
            return Upper()
        if following == 44:
            if u16(packet, offset + 2) >> 3:
                return Upper()
            is_fragment |= bool(packet[offset + 3] & 1)
            length = 8
        else:
            length = (packet[offset + 1] + 1) * 8
        following, offset = packet[offset], offset + length
        if offset > len(packet):
            return Upper()
    if following in WALK_ENDS + STEPPED_OVER:
        return Upper(odd={"extension_header_end"})
    return Upper(following, offset, is_fragment)


UPPER = {"ipv4": ipv4_upper, "ipv6": ipv6_upper}


def mss_positions(options: bytes) -> tuple[list[int], bool]:
    """Offsets of the 16-bit values of all MSS options, and whether a malformed option ended the walk."""
    found: list[int] = []
    at = 0
    while at < len(options) and options[at] != 0:
        if options[at] == 1:
            at += 1
            continue
        length = options[at + 1] if at + 1 < len(options) else 0
        if length < 2 or at + length > len(options):
            return found, True
        if (options[at], length) == (2, 4):
            found.append(at + 2)
        at += length
    return found, False


@dataclass(frozen=True)
class Clamped:
    packet: bytes
    family: str  # of the packet that holds the segment
    is_syn: bool = False
    was_lowered: bool = False
    odd: set[str] = field(default_factory=set)


def clamp(packet: bytes, family: str, limit: int) -> Clamped:
    """`packet` is exactly as long as its IP header says."""
    upper = UPPER[family](packet)
    if upper.protocol != 6:
        return Clamped(packet, family, odd=upper.odd)
    start = upper.start
    segment = packet[start:]
    if len(segment) < 20:
        return Clamped(packet, family, odd={"truncated_tcp"})
    if segment[13] & 0x06 != 0x02:
        return Clamped(packet, family)
    new, odd = with_lowered_mss(segment, limit)
    if new == segment:
        return Clamped(packet, family, is_syn=True, odd=odd)
    checksum = adjusted_checksum(pseudo_header(packet, family, len(segment)), segment, new)
    return Clamped(packet[:start] + with_checksum(new, checksum), family, True, True, odd)


def with_lowered_mss(segment: bytes, limit: int) -> tuple[bytes, set[str]]:
    claimed = (segment[12] >> 4) * 4
    positions, is_malformed = mss_positions(segment[20 : min(claimed, len(segment))])
    new = bytearray(segment)
    lowered = [20 + position for position in positions if u16(segment, 20 + position) > limit]
    for value in lowered:
        new[value : value + 2] = be16(limit)
    cases = {
        "bad_data_offset": not 20 <= claimed <= len(segment),
        "malformed_options": is_malformed,
        "syn_without_mss": not positions,
        "several_mss": len(positions) > 1,
        "odd_offset_mss": any(value % 2 for value in lowered),
    }
    return bytes(new), {name for name, is_met in cases.items() if is_met}


# --- clamping inside tunnels (`mss.tunnels`), one level ---


def clamp_deep(packet: bytes, family: str, limits: dict[str, int], tunnel_mtu: int) -> Clamped:
    """As clamp(), and, where `tunnel_mtu` is not 0, what the packet carries if it is a tunnel's."""
    upper = UPPER[family](packet)
    found = inside(upper.protocol, packet[upper.start :]) if tunnel_mtu and upper.protocol is not None else None
    if found is None:
        return clamp(packet, family, limits[family])
    start = upper.start + found.start
    length = ip_length(packet[start:], found.family)
    if length is None:
        return Clamped(packet, family, odd=set() if upper.is_fragment else {"inconsistent_ip"})
    room = tunnel_mtu - start - FIXED_HEADERS[found.family]
    limit = limits[found.family]
    if limit != NO_LIMIT:
        limit = min(limit, room) if room > 0 else NO_LIMIT
    clamped = clamp(packet[start : start + length], found.family, limit)
    whole = packet[:start] + clamped.packet + packet[start + length :]
    whole = whole[: upper.start] + with_gre_checksum(packet[upper.start :], whole[upper.start :], found)
    odd = clamped.odd | ({"tunnelled_syn"} if clamped.is_syn else set())
    return Clamped(whole, found.family, clamped.is_syn, clamped.was_lowered, odd)


def with_gre_checksum(old: bytes, new: bytes, found: Inside) -> bytes:
    """Right if it was right, wrong by the same amount if not."""
    if not found.has_gre_checksum:
        return new
    right_then, right_now = (
        0xFFFF - ones_complement_sum(packet[:4] + bytes(2) + packet[6:]) for packet in (old, new)
    )
    was, change = u16(old, 4), (right_now - right_then) % 0xFFFF
    return new[:4] + be16(was if change == 0 else (was + change) % 0xFFFF) + new[6:]


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


def checked_ip(octets: bytes, family: str) -> bytes:
    length = ip_length(octets, family)
    if length is None:
        raise Dropped("bad_ip")
    return octets[:length]


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


# --- configuration, as the YAML file has it ---


MssSections = list[dict[str, Any]]  # the `mss` of a session, if any, then that of the file


def resolved_limits(mss: MssSections, mtu: int) -> dict[str, dict[str, int]]:
    return {
        direction: {family: resolved_limit(mss, direction, family, mtu) for family in FIXED_HEADERS}
        for direction in DIRECTION_FROM.values()
    }


def resolved_limit(mss: MssSections, direction: str, family: str, mtu: int) -> int:
    switch = next((section[direction] for section in mss if direction in section), True)
    wanted = wanted_limit(mss, direction, family)
    if switch is False or wanted in ("off", False):
        return NO_LIMIT
    return mtu - FIXED_HEADERS[family] if wanted == "auto" else int(wanted)


def tunnel_mtu(mss: MssSections, mtu: int) -> int:
    """0: what is inside tunnels is left alone."""
    word = next((section["tunnels"] for section in mss if "tunnels" in section), "off")
    return mtu if word == "on" else 0


def wanted_limit(mss: MssSections, direction: str, family: str) -> Any:
    """The nearest section that says something; in it the direction goes before the family."""
    for number, section in enumerate(mss):
        own = section.get(direction)
        is_replaced = any(isinstance(nearer.get(direction), bool) for nearer in mss[:number])
        if isinstance(own, dict) and family in own and not is_replaced:
            return own[family]
        if family in section:
            return section[family]
    return "auto"


def session_model(config: dict[str, Any], entry: dict[str, Any], lan_mtu: int) -> SessionModel:
    mtu = entry.get("mtu", config.get("mtu", DEFAULT_MTU))
    mss = [entry.get("mss", {}), config.get("mss", {})]
    lan, wan = entry.get("lan", {}), entry.get("wan", {})
    peer = lan.get("peer_mac")
    return SessionModel(
        name=entry["name"],
        id=entry["static"]["id"],
        ac_mac=mac_bytes(entry["static"]["ac_mac"]),
        lan_vlan=lan.get("vlan"),
        peer_mac=mac_bytes(peer) if peer else None,
        peer_is_fixed=peer is not None,
        wan_vlans=tuple(wan.get("vlans", ())),
        pcp=wan.get("pcp", 0),
        mtu=mtu,
        limits=resolved_limits(mss, min(mtu, lan_mtu)),
        tunnel_mtu=tunnel_mtu(mss, min(mtu, lan_mtu)),
    )


# --- counters ---


@dataclass
class Tally:
    """Expected counters of one direction, or of one session in one direction."""

    received: int = 0
    forwarded: int = 0
    punted: int = 0
    ip_octets: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    syn: Counter[str] = field(default_factory=Counter)
    clamped: Counter[str] = field(default_factory=Counter)
    odd: Counter[str] = field(default_factory=Counter)

    def count(self, fate: Fate) -> None:
        self.received += 1
        self.forwarded += fate.kind == "forwarded"
        self.punted += fate.kind == "punted"
        if fate.reason:
            self.dropped[fate.reason] += 1

    def count_packet(self, packet: bytes, clamped: Clamped) -> None:
        self.ip_octets += len(packet)
        self.syn[clamped.family] += clamped.is_syn
        self.clamped[clamped.family] += clamped.was_lowered
        self.odd.update(clamped.odd)


@dataclass
class Outcome:
    """What a replay must give."""

    lan_out: list[bytes] = field(default_factory=list)
    wan_out: list[bytes] = field(default_factory=list)
    fates: list[tuple[str, bytes, Fate]] = field(default_factory=list)  # side, frame as received, fate


class ContractModel:
    """Narrows with one configuration: call receive() frame by frame, in order."""

    def __init__(self, config: dict[str, Any]) -> None:
        ports = config.get("ports", {})
        self.mac = {
            side: mac_bytes(ports.get(side, {}).get("mac", DEFAULT_MAC[side])) for side in ("lan", "wan")
        }
        self.port_mtu = {side: ports.get(side, {}).get("mtu", DEFAULT_PORT_MTU) for side in ("lan", "wan")}
        self.lan_mtu: int = self.port_mtu["lan"]
        self.burst: int = config.get("workers", {}).get("burst", DEFAULT_BURST)
        self.is_transparent: bool = config.get("mode") == "transparent"
        link_mtu = min(config.get("mtu", DEFAULT_MTU), self.lan_mtu)
        self.limits = resolved_limits([config.get("mss", {})], link_mtu)
        self.tunnel_mtu = tunnel_mtu([config.get("mss", {})], link_mtu)
        self.sessions = [session_model(config, entry, self.lan_mtu) for entry in config.get("sessions", [])]
        self.tally = {direction: Tally() for direction in DIRECTION_FROM.values()}
        self.session_tally = {
            (session.name, direction): Tally() for session in self.sessions for direction in self.tally
        }
        self._session: SessionModel | None = None  # of the frame in hand, once known

    def receive(self, side: str, frame: bytes) -> Fate:
        direction = DIRECTION_FROM[side]
        self._session = None
        try:
            fate = Fate("forwarded", frame=self._path(side)(frame))
        except Dropped as drop:
            fate = Fate("dropped", reason=drop.reason)
        except Punted:
            fate = Fate("punted")
        self.tally[direction].count(fate)
        if self._session:
            self.session_tally[self._session.name, direction].count(fate)
        return fate

    def replay(self, lan: list[bytes], wan: list[bytes]) -> Outcome:
        """Both inputs in turn, a burst at a time, LAN first."""
        outcome = Outcome()
        for start in range(0, max(len(lan), len(wan)), self.burst):
            for side, frames, out in (("lan", lan, outcome.wan_out), ("wan", wan, outcome.lan_out)):
                for frame in frames[start : start + self.burst]:
                    fate = self.receive(side, frame)
                    outcome.fates.append((side, frame, fate))
                    if fate.kind == "forwarded":
                        out.append(fate.frame)
        return outcome

    def _path(self, side: str) -> Callable[[bytes], bytes]:
        if self.is_transparent:
            return lambda frame: self._pass(DIRECTION_FROM[side], frame)
        return self._add if side == "lan" else self._strip

    def _clamp(self, direction: str, packet: bytes, family: str) -> bytes:
        link = self._session or self
        clamped = clamp_deep(packet, family, link.limits[direction], link.tunnel_mtu)
        self.tally[direction].count_packet(packet, clamped)
        if self._session:
            self.session_tally[self._session.name, direction].count_packet(packet, clamped)
        return clamped.packet

    # Section 3.
    def _add(self, frame: bytes) -> bytes:
        destination, source = frame[:6], frame[6:12]
        tags = read_tags(frame)
        self._check_lan_destination(destination, tags.ethertype)
        session = self._session = self._session_of_lan(tags)
        if tags.ethertype == ETHERTYPE_ARP:
            raise Punted
        family = FAMILY_OF_ETHERTYPE.get(tags.ethertype)
        if family is None:
            raise Dropped("not_ip")
        packet = checked_ip(tags.payload, family)
        if is_neighbour_solicitation(packet, family):
            raise Punted
        if destination != self.mac["lan"] and packet[24:26] != LINK_MULTICAST:
            raise Dropped("multicast")
        self._learn_peer(session, source, destination)
        if len(packet) > session.mtu:
            raise Dropped("too_big")
        packet = self._clamp("lan_to_wan", packet, family)
        header = session.ac_mac + self.mac["wan"] + tag_stack(session.wan_vlans, session.pcp)
        pppoe = be16(ETHERTYPE_SESSION) + b"\x11\x00" + be16(session.id) + be16(len(packet) + PPP_PROTOCOL)
        return padded(header + pppoe + be16(PPP_OF_FAMILY[family]) + packet)

    def _check_lan_destination(self, destination: bytes, ethertype: int) -> None:
        """For Narrows itself, or what a host cannot send otherwise: ARP, and IPv6 on the link."""
        is_arp = ethertype == ETHERTYPE_ARP and destination == BROADCAST
        is_ipv6_multicast = ethertype == ETHERTYPE_IPV6 and destination[:2] == IPV6_MULTICAST_MAC
        if destination != self.mac["lan"] and not is_arp and not is_ipv6_multicast:
            raise Dropped("multicast" if destination[0] & 1 else "wrong_destination")

    def _session_of_lan(self, tags: Tags) -> SessionModel:
        vlan = tags.vids[0] if tags.vids and tags.vids[0] else None
        is_plain = tags.types in ((), (ETHERTYPE_VLAN,))
        matches = [session for session in self.sessions if session.lan_vlan == vlan]
        if not is_plain or not matches:
            raise Dropped("unknown_vlan")
        return matches[0]

    def _learn_peer(self, session: SessionModel, source: bytes, destination: bytes) -> None:
        """From sound IP frames; from multicast, which other stations send too, only for want of better."""
        is_one_station = not source[0] & 1 and any(source)
        is_to_narrows = destination == self.mac["lan"]
        if is_one_station and not session.peer_is_fixed and (is_to_narrows or session.peer_mac is None):
            session.peer_mac = source

    # Section 4.
    def _strip(self, frame: bytes) -> bytes:
        tags = read_tags(frame)
        if frame[:6] != self.mac["wan"]:
            raise Dropped("wrong_destination")
        vlans = () if tags.vids == (0,) else tags.vids
        if tags.ethertype in TAG_TYPES or all(session.wan_vlans != vlans for session in self.sessions):
            raise Dropped("unknown_vlan")
        if tags.ethertype == ETHERTYPE_DISCOVERY:
            raise Punted
        if tags.ethertype != ETHERTYPE_SESSION:
            raise Dropped("not_pppoe")
        payload = self._checked_pppoe(tags.payload)
        session = self._session = self._session_of_wan(u16(tags.payload, 2), frame[6:12], vlans)
        if payload[0] & 1:
            raise Dropped("compressed_protocol")
        family = FAMILY_OF_PPP.get(u16(payload, 0), "")
        if not family:
            raise Punted
        packet = checked_ip(payload[PPP_PROTOCOL:], family)
        if len(packet) > self.lan_mtu:
            raise Dropped("too_big")
        destination = multicast_mac(packet, family) or session.peer_mac
        if destination is None:
            raise Dropped("no_lan_peer")
        packet = self._clamp("wan_to_lan", packet, family)
        tag = tag_stack((session.lan_vlan,) if session.lan_vlan else ())
        return padded(destination + self.mac["lan"] + tag + be16(ETHERTYPE_OF_FAMILY[family]) + packet)

    @staticmethod
    def _checked_pppoe(octets: bytes) -> bytes:
        """What LENGTH covers: PPP protocol and payload."""
        if len(octets) < PPPOE_HEADER:
            raise Dropped("bad_length")
        if octets[0] != 0x11:
            raise Dropped("bad_version")
        if octets[1] != 0:
            raise Dropped("bad_code")
        length = u16(octets, 4)
        if not PPP_PROTOCOL <= length <= len(octets) - PPPOE_HEADER:
            raise Dropped("bad_length")
        return octets[PPPOE_HEADER : PPPOE_HEADER + length]

    def _session_of_wan(self, number: int, source: bytes, vlans: tuple[int, ...]) -> SessionModel:
        for session in self.sessions:
            if (session.id, session.ac_mac, session.wan_vlans) == (number, source, vlans):
                return session
        raise Dropped("unknown_session")

    # Section 1, transparent: only an MSS may change.
    def _pass(self, direction: str, frame: bytes) -> bytes:
        egress = "wan" if direction == "lan_to_wan" else "lan"
        if len(frame) > ETHERNET_HEADER + MOST_TAGS * TAG + self.port_mtu[egress]:
            raise Dropped("too_big")  # the port it would leave by carries no such frame
        try:
            family, start, end = self._inner_ip(frame)
        except Dropped:
            return frame  # too broken to look into, which is no reason to drop it here
        length = ip_length(frame[start:end], family) if family else None
        if length is None:
            self.tally[direction].odd["inconsistent_ip"] += bool(family)
            return frame
        packet = self._clamp(direction, frame[start : start + length], family)
        return frame[:start] + packet + frame[start + length :]

    def _inner_ip(self, frame: bytes) -> tuple[str, int, int]:
        """Family ("" when there is none), first octet and end of what may hold an IP packet."""
        tags = read_tags(frame)
        start = len(frame) - len(tags.payload)
        if tags.ethertype != ETHERTYPE_SESSION:
            return FAMILY_OF_ETHERTYPE.get(tags.ethertype, ""), start, len(frame)
        payload = self._checked_pppoe(tags.payload)
        start += PPPOE_HEADER
        return FAMILY_OF_PPP.get(u16(payload, 0), ""), start + PPP_PROTOCOL, start + len(payload)
