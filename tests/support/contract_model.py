# SPDX-License-Identifier: BSD-3-Clause
"""The contract as a second, slow and obvious implementation: what must become of each frame.

Written from the contract's text and the RFCs it names, never from the C++ code, so that the two can
disagree. One frame at a time, bytes in and bytes out; checks stand in the order of the contract's tables.
A frame that does not pass leaves by raising Dropped or Punted; what comes to the end is forwarded. What it
stands on is in frame_model, session_model, clamp_model and tunnel_model.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv6Address
from typing import Any, Callable

from support.fragment_model import fragments, header_length, may_be_cut, starts_of_pieces
from support.frame_model import (
    BROADCAST, ETHERNET_HEADER, ETHERTYPE_ARP, ETHERTYPE_DISCOVERY, ETHERTYPE_IPV6, ETHERTYPE_OF_FAMILY,
    ETHERTYPE_SESSION, ETHERTYPE_VLAN, FAMILY_OF_ETHERTYPE, FAMILY_OF_PPP, IPV6_MULTICAST_MAC, LINK_MULTICAST,
    MOST_TAGS, PPP_OF_FAMILY, PPP_PROTOCOL, PPPOE_HEADER, TAG, TAG_TYPES, Dropped, Punted, Tags, be16, checked_ip,
    checked_pppoe, ip_length, is_neighbour_solicitation, is_one_station, mac_bytes, multicast_mac,
    ones_complement_sum, padded, read_tags, tag_stack, u16,
)  # fmt: skip
from support.icmp_model import Answer, Duty, duty_to_tell, ipv6_source_to_lan, too_big_message
from support.session_model import (
    DEFAULT_MTU, DEFAULT_PORT_MTU, DIRECTION_FROM, NO_LIMIT, Fate, SessionModel, Tally, resolved_limits,
    session_model, tunnel_mtu,
)  # fmt: skip
from support.tunnel_model import clamp_deep

DEFAULT_MAC = {"lan": "02:00:00:00:00:01", "wan": "02:00:00:00:00:02"}
DEFAULT_BURST = 32
SIDE_BEFORE = {direction: side for side, direction in DIRECTION_FROM.items()}


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
        source = config.get("icmp", {}).get("ipv6_source", "auto")
        self.ipv6_source = None if source == "auto" else IPv6Address(source).packed
        self._session: SessionModel | None = None  # of the frame in hand, once known
        self._answer: Answer | None = None  # to its sender

    def receive(self, side: str, frame: bytes) -> Fate:
        direction = DIRECTION_FROM[side]
        self._session = self._answer = None
        try:
            fate = Fate("forwarded", frames=tuple(self._path(side)(frame)))
        except Dropped as drop:
            fate = Fate("dropped", reason=drop.reason, answer=self._answer)
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
                    out += fate.frames
        return outcome

    def _path(self, side: str) -> Callable[[bytes], list[bytes]]:
        if self.is_transparent:
            return lambda frame: [self._pass(DIRECTION_FROM[side], frame)]
        return self._add if side == "lan" else self._strip

    def _clamp(self, direction: str, packet: bytes, family: str) -> bytes:
        link = self._session or self
        clamped = clamp_deep(packet, family, link.limits[direction], link.tunnel_mtu)
        self.tally[direction].count_packet(packet, clamped)
        if self._session:
            self.session_tally[self._session.name, direction].count_packet(packet, clamped)
        return clamped.packet

    # Section 5, both ways.
    def _fitted(
        self, direction: str, packet: bytes, family: str, mtu: int, answer: Callable[[], Answer]
    ) -> list[bytes]:
        """The packet clamped, and in pieces where it is too long; `answer` makes the message to its sender."""
        if len(packet) <= mtu:
            return [self._clamp(direction, packet, family)]
        if len(packet) > self.port_mtu[SIDE_BEFORE[direction]]:
            raise Dropped("super_frame")  # no single frame was that long: the sender is not to blame
        if family == "ipv4" and ones_complement_sum(packet[: header_length(packet)]) != 0xFFFF:
            raise Dropped("bad_ip")  # a new header, or an answer, would make something sound of it
        if not may_be_cut(packet, family):
            self._answer = answer()
            raise Dropped("too_big")
        starts_of_pieces(packet, mtu)  # before it is counted: there may be none
        return fragments(self._clamp(direction, packet, family), mtu)

    def _answer_to_lan(self, session: SessionModel, station: bytes, packet: bytes, family: str) -> Answer:
        source = session.gateway if family == "ipv4" else ipv6_source_to_lan(packet, self.mac["lan"], self.ipv6_source)
        message = too_big_message(packet, family, session.mtu, source)
        duty = duty_to_tell(packet, family) if is_one_station(station) else Duty.NOBODY
        return Answer("lan", duty, family, self._lan_header(session, station, family), message)

    def _answer_to_wan(self, session: SessionModel, packet: bytes, family: str) -> Answer:
        """From whom the packet was for, the only address on this side that there is."""
        source = packet[16:20] if family == "ipv4" else packet[24:40]
        message = too_big_message(packet, family, self.lan_mtu, source)
        duty = Duty.MUST_NOT if source[0] == 0xFF else duty_to_tell(packet, family)
        return Answer("wan", duty, family, self._wan_header(session, message, family), message)

    def _lan_header(self, session: SessionModel, destination: bytes, family: str) -> bytes:
        tag = tag_stack((session.lan_vlan,) if session.lan_vlan else ())
        return destination + self.mac["lan"] + tag + be16(ETHERTYPE_OF_FAMILY[family])

    def _wan_header(self, session: SessionModel, packet: bytes, family: str) -> bytes:
        ethernet = session.ac_mac + self.mac["wan"] + tag_stack(session.wan_vlans, session.pcp)
        pppoe = be16(ETHERTYPE_SESSION) + b"\x11\x00" + be16(session.id) + be16(len(packet) + PPP_PROTOCOL)
        return ethernet + pppoe + be16(PPP_OF_FAMILY[family])

    # Section 3.
    def _add(self, frame: bytes) -> list[bytes]:
        destination, source = frame[:6], frame[6:12]
        tags = read_tags(frame)
        self._check_lan_destination(destination, tags.ethertype)
        session = self._session = self._session_of_lan(tags)
        if tags.ethertype == ETHERTYPE_ARP:
            raise Punted
        family = FAMILY_OF_ETHERTYPE.get(tags.ethertype)
        if family is None:
            raise Dropped("not_ip")
        packet = checked_ip(tags.payload, family, self.port_mtu["lan"])
        if is_neighbour_solicitation(packet, family):
            raise Punted
        if destination != self.mac["lan"] and packet[24:26] != LINK_MULTICAST:
            raise Dropped("multicast")
        self._learn_peer(session, source, destination)
        pieces = self._fitted(
            "lan_to_wan", packet, family, session.mtu, lambda: self._answer_to_lan(session, source, packet, family)
        )
        return [padded(self._wan_header(session, piece, family) + piece) for piece in pieces]

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
        is_to_narrows = destination == self.mac["lan"]
        if is_one_station(source) and not session.peer_is_fixed and (is_to_narrows or session.peer_mac is None):
            session.peer_mac = source

    # Section 4.
    def _strip(self, frame: bytes) -> list[bytes]:
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
        payload = checked_pppoe(tags.payload, self.port_mtu["wan"])
        session = self._session = self._session_of_wan(u16(tags.payload, 2), frame[6:12], vlans)
        if payload[0] & 1:
            raise Dropped("compressed_protocol")
        family = FAMILY_OF_PPP.get(u16(payload, 0), "")
        if not family:
            raise Punted
        packet = checked_ip(payload[PPP_PROTOCOL:], family, self.port_mtu["wan"])
        destination = multicast_mac(packet, family) or session.peer_mac
        if destination is None and (len(packet) <= self.lan_mtu or may_be_cut(packet, family)):
            raise Dropped("no_lan_peer")
        pieces = self._fitted(
            "wan_to_lan", packet, family, self.lan_mtu, lambda: self._answer_to_wan(session, packet, family)
        )
        return [padded(self._lan_header(session, destination, family) + piece) for piece in pieces]

    def _session_of_wan(self, number: int, source: bytes, vlans: tuple[int, ...]) -> SessionModel:
        for session in self.sessions:
            if (session.id, session.ac_mac, session.wan_vlans) == (number, source, vlans):
                return session
        raise Dropped("unknown_session")

    # Section 1, transparent: only an MSS may change.
    def _pass(self, direction: str, frame: bytes) -> bytes:
        egress = "wan" if direction == "lan_to_wan" else "lan"
        if len(frame) > ETHERNET_HEADER + MOST_TAGS * TAG + self.port_mtu[egress]:
            is_super_frame = len(frame) > ETHERNET_HEADER + MOST_TAGS * TAG + self.port_mtu[SIDE_BEFORE[direction]]
            raise Dropped("super_frame" if is_super_frame else "too_big")
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
        payload = checked_pppoe(tags.payload, NO_LIMIT)
        start += PPPOE_HEADER
        return FAMILY_OF_PPP.get(u16(payload, 0), ""), start + PPP_PROTOCOL, start + len(payload)
