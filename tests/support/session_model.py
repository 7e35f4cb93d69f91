# SPDX-License-Identifier: BSD-3-Clause
"""Sessions, limits and expected counters; part of contract_model."""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

from support.clamp_model import Clamped
from support.frame_model import mac_bytes
from support.icmp_model import Answer

NO_LIMIT = 0xFFFF
DEFAULT_MTU = 1492
DEFAULT_PORT_MTU = 1500
DIRECTION_FROM = {"lan": "lan_to_wan", "wan": "wan_to_lan"}
DUMMY = IPv4Address("192.0.0.8")
FIXED_HEADERS = {"ipv4": 40, "ipv6": 60}  # IP and TCP without options (RFC 6691)


@dataclass(frozen=True)
class Fate:
    """What became of one frame."""

    kind: str  # "forwarded", "punted" or "dropped"
    frames: tuple[bytes, ...] = ()  # as it leaves, when forwarded: several when it was cut
    reason: str = ""  # when dropped
    answer: Answer | None = None  # to its sender, when it was too long to be sent or cut

    @property
    def frame(self) -> bytes:
        [only] = self.frames
        return only


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
    gateway: bytes  # IPv4 address that speaks to the LAN host


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


def tunnel_mtu(mss: MssSections, mtu: int) -> int:
    """0: what is inside tunnels is left alone."""
    word = next((section["tunnels"] for section in mss if "tunnels" in section), "off")
    return mtu if word == "on" else 0


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
        gateway=gateway_of(lan).packed,
    )


def gateway_of(lan: dict[str, Any]) -> IPv4Address:
    """The configured one; the one that DHCP hands out with the address; else the dummy address of RFC 7600."""
    if "gateway" in lan:
        return IPv4Address(lan["gateway"])
    if lan.get("hand_out") != "dhcp":
        return DUMMY
    address = IPv4Address(lan["address"])
    subnet = next(filter(lambda network: is_inside(address, network), subnets(address)))
    return next(host for host in subnet.hosts() if host != address)


def subnets(address: IPv4Address) -> list[IPv4Network]:
    """From a /30 on, larger and larger."""
    return [IPv4Interface(f"{address}/{length}").network for length in range(30, 7, -1)]


def is_inside(address: IPv4Address, network: IPv4Network) -> bool:
    return address not in (network.network_address, network.broadcast_address)


# --- counters ---


@dataclass
class Tally:
    """Expected counters of one direction, or of one session in one direction."""

    received: int = 0
    forwarded: int = 0
    punted: int = 0
    ip_octets: int = 0
    fragmented: int = 0
    fragments: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    syn: Counter[str] = field(default_factory=Counter)
    clamped: Counter[str] = field(default_factory=Counter)
    odd: Counter[str] = field(default_factory=Counter)

    def count(self, fate: Fate) -> None:
        self.received += 1
        self.forwarded += fate.kind == "forwarded"
        self.punted += fate.kind == "punted"
        if len(fate.frames) > 1:
            self.fragmented += 1
            self.fragments += len(fate.frames)
        if fate.reason:
            self.dropped[fate.reason] += 1

    def count_packet(self, packet: bytes, clamped: Clamped) -> None:
        self.ip_octets += len(packet)
        self.syn[clamped.family] += clamped.is_syn
        self.clamped[clamped.family] += clamped.was_lowered
        self.odd.update(clamped.odd)
