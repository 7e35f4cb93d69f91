# SPDX-License-Identifier: BSD-3-Clause
"""Floods and attackers beside a session that does its work.

    hosts: lan1 -- (lan0) box (wan0) -- PPPoE -- (line0) ac (core0) -- core1 :hosts

The good session and the attackers' own are dialled, each in a LAN VLAN. What comes from the line is sent from the
concentrator's interface, so by whoever is on that segment. The good session's data goes out alone: it lives by the echoes
that its concentrator answers.
"""
from __future__ import annotations

import contextlib
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator, Sequence

from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import ICMP, IP, UDP
from scapy.packet import Raw

from support import crafted
from support import traffic_mix as mix
from support.daemon import Daemon, on_veth
from support.flooder import Flooder
from support.namespaces import namespaces, veth, wait_for
from support.narrows import Config, check_conservation, terminate
from support.stress_rig import PATIENCE, FarEnd, Rig, lost

GOOD, ATTACKER = "good", "attacker"
VLAN = {GOOD: 10, ATTACKER: 20}
OWN, FIRST, CORE_ROUTER = "100.64.0.1", "100.64.1.0", "100.64.0.2"
STATE = Path("/var/lib/narrows")
GOOD_PER_SECOND = 2000
ATTACKERS = 1000  # of them each with a MAC address of its own
IMPATIENT: Config = {"interval_s": 1, "failures": 5}
RSS_SLACK_KB = 8 * 1024
ANSWER_PATIENCE = 10.0


def client_config(directory: Path) -> Config:
    secret = directory / "secret"
    secret.touch(mode=0o600)
    secret.write_text("flooded")
    client = {"username": "user@isp", "password_file": str(secret), "echo": IMPATIENT}
    sessions = [
        {"name": name, "client": client, "lan": {"vlan": vlan, "peer_mac": crafted.LAN_HOST_MAC}}
        for name, vlan in VLAN.items()
    ]
    macs = {"lan": {"mac": crafted.LAN_MAC}, "wan": {"mac": crafted.WAN_MAC}}
    return on_veth(terminate(*sessions), **macs)


def concentrator_config(directory: Path) -> Config:
    users = directory / "users"
    users.touch(mode=0o600)
    users.write_text("user@isp flooded\n")
    concentrator = {
        "name": "lab", "users_file": str(users), "sessions": 10, "echo": IMPATIENT,
        "ipv4": {"own": OWN, "first": FIRST}, "core": {"gateway": CORE_ROUTER},
    }  # fmt: skip
    return on_veth({"concentrator": concentrator}, 1, ("core", "line"), line={"mac": crafted.AC_MAC})


class Line:
    """Both ends run, both sessions are up."""

    def __init__(self, rig: Rig, ac: Daemon) -> None:
        self.rig, self.ac = rig, ac
        self.ids = {name: self.session(name)["id"] for name in VLAN}
        self.addresses = {name: self.session(name)["client"]["address"] for name in VLAN}

    def session(self, name: str, stats: dict[str, Any] | None = None) -> dict[str, Any]:
        return (stats or self.rig.narrows.stats())["sessions"][name]

    def udp(self, name: str, octets: int, **fields: Any) -> bytes:
        return crafted.udp("ipv4", octets, **({"src": self.addresses[name], "dst": CORE_ROUTER} | fields))

    def from_lan(self, name: str, packet: bytes, **ethernet: Any) -> bytes:
        return crafted.lan_frame(packet, "ipv4", [crafted.vlan(VLAN[name])], **ethernet)

    def good(self) -> Flooder:
        frames = [self.from_lan(GOOD, self.udp(GOOD, octets)) for octets in mix.SIZES]
        return self.rig.flood("lan", frames, GOOD_PER_SECOND)


@contextlib.contextmanager
def line(directory: Path) -> Iterator[Line]:
    with namespaces("flood-box", "flood-ac", "flood-hosts") as (box, ac, hosts):
        veth(hosts, "lan1", box, "lan0", mtu=1600)
        veth(box, "wan0", ac, "line0", mtu=1600)
        veth(ac, "core0", hosts, "core1")
        hosts.give_addresses("core1", f"{CORE_ROUTER}/10")
        config = client_config(directory)
        far = {"lan": FarEnd(hosts, "lan1"), "wan": FarEnd(ac, "line0")}
        try:
            with Daemon(directory, ac, concentrator_config(directory), "ac") as concentrator:
                with Daemon(directory, box, config) as narrows:
                    wait_for("both sessions", lambda: are_up(narrows), PATIENCE)
                    yield Line(Rig(narrows, config, far, directory, "af_packet"), concentrator)
                assert "did not come back" not in narrows.output()
        finally:
            (STATE / f"{box.name}.sessions").unlink(missing_ok=True)


def are_up(daemon: Daemon) -> bool:
    sessions = daemon.stats()["sessions"].values()
    return all(each["state"] == "up" and each["ipv4_up"] for each in sessions)


# --- what attackers send ---


@dataclass(frozen=True)
class Flood:
    """side: of the port that it comes in by. allowed: why frames of the good session may be dropped."""

    side: str
    frames: Callable[[Line], list[bytes]]
    allowed: tuple[str, ...] = ()


def syns(line: Line) -> list[bytes]:
    header = {"src": line.addresses[ATTACKER], "dst": CORE_ROUTER}
    ip = crafted.ip_header("ipv4", **header)
    mss, nop = crafted.mss(1460), crafted.NOP
    options = [mss, nop + mss + nop * 3, nop * 36 + mss]
    return [line.from_lan(ATTACKER, crafted.tcp("ipv4", option, ip=ip, sport=sport))
            for option in options for sport in range(1024, 1124)]  # fmt: skip


def to_another_station(line: Line) -> list[bytes]:
    """What costs least: dropped as soon as it is seen. Beside which the others are to be judged."""
    return [line.from_lan(ATTACKER, line.udp(ATTACKER, 100), dst="02:00:00:00:00:03")]


def too_long(flags: str | int) -> Callable[[Line], list[bytes]]:
    def make(line: Line) -> list[bytes]:
        packets = [line.udp(ATTACKER, 1500, flags=flags, id=number) for number in range(100)]
        return [line.from_lan(ATTACKER, packet) for packet in packets]

    return make


def unknown_sessions(line: Line) -> list[bytes]:
    packet = crafted.udp("ipv4", 100)
    ids = random.Random(1).sample([each for each in range(1, 65535) if each not in line.ids.values()], ATTACKERS)
    return [crafted.wan_frame(packet, "ipv4", session=each) for each in ids]


def of_many(make: Callable[[bytes, int], bytes]) -> list[bytes]:
    return [make(source, number) for number, source in enumerate(mix.many_macs(ATTACKERS))]


def offers(line: Line) -> list[bytes]:
    """Discovery of every kind, straight to the WAN port, for the control thread to look through."""
    codes = (mix.PADI, mix.PADO, mix.PADR, mix.PADS)
    uniq = b"\x01\x03\x00\x0a" + bytes(10)
    tags = b"\x01\x01\x00\x00\x01\x02\x00\x03lab" + uniq
    return of_many(lambda source, number: mix.discovery(crafted.WAN_MAC, source, codes[number % 4], number, tags))


def lcp_of_strangers(line: Line) -> list[bytes]:
    ids = list(line.ids.values())
    return of_many(lambda source, number: mix.control(mix.LCP, 1 + number % 11, 1, bytes(8), ids[number % 2], source))


def forged_padt(line: Line) -> list[bytes]:
    """The right id from others, other ids from the right one, and both to everybody."""
    ac, good = mix.octets(crafted.AC_MAC), line.ids[GOOD]
    frames = of_many(lambda source, _: mix.discovery(crafted.WAN_MAC, source, mix.PADT, good))
    others = [each for each in range(1, 200) if each not in line.ids.values()]
    frames += [mix.discovery(crafted.WAN_MAC, ac, mix.PADT, each) for each in others]
    return frames + [mix.discovery(mix.BROADCAST, ac, mix.PADT, good)]


def forged_pads(line: Line) -> list[bytes]:
    """As if the concentrator answered what nobody asked: another session, or an error."""
    tags = b"\x01\x01\x00\x00\x02\x01\x00\x00"
    return [mix.discovery(crafted.WAN_MAC, mix.octets(crafted.AC_MAC), mix.PADS, each, tags) for each in range(1000)]


def forged_icmp(line: Line) -> list[bytes]:
    """Inside the good session: what its host sent was too long, at last for any link."""
    quoted = line.udp(GOOD, 576)[:28]
    packets = [
        bytes(IP(src=CORE_ROUTER, dst=line.addresses[GOOD]) / ICMP(type=3, code=4, nexthopmtu=mtu) / Raw(quoted))
        for mtu in (0, 1, 68, 576, 1280, 65535)
    ]
    return [crafted.wan_frame(packet, "ipv4", session=line.ids[GOOD]) for packet in packets]


def echo_requests(line: Line) -> list[bytes]:
    """By one who forges the concentrator's address and knows the session's id."""
    ac = mix.octets(crafted.AC_MAC)
    return [mix.control(mix.LCP, 9, number, bytes(4), line.ids[GOOD], ac) for number in range(256)]


def chap_replays(line: Line) -> list[bytes]:
    """Likewise: challenges of old, and verdicts on answers that nobody waits for."""
    ac, good = mix.octets(crafted.AC_MAC), line.ids[GOOD]
    generator = random.Random(1)
    challenges = [b"\x10" + generator.randbytes(16) + b"lab" for _ in range(100)]
    frames = [mix.control(mix.CHAP, 1, number, each, good, ac) for number, each in enumerate(challenges)]
    verdicts = [(code, number) for code in (3, 4) for number in range(200, 250)]
    return frames + [mix.control(mix.CHAP, code, number, b"", good, ac) for code, number in verdicts]


def arp_requests(line: Line) -> list[bytes]:
    """In the good session's own LAN."""
    tags = [crafted.vlan(VLAN[GOOD])]

    def make(source: bytes, number: int) -> bytes:
        mac = ":".join(f"{octet:02x}" for octet in source)
        sender = f"100.64.{2 + number // 250}.{1 + number % 250}"
        return crafted.arp_request(CORE_ROUTER, sender, tags, src=mac)

    return of_many(make)


def solicitations(line: Line) -> list[bytes]:
    def make(source: bytes, number: int) -> bytes:
        mac = ":".join(f"{octet:02x}" for octet in source)
        plain = crafted.neighbour_solicitation(f"2001:db8:2::{number:x}", f"2001:db8:1::{number + 1:x}", src=mac)
        return plain[:12] + b"\x81\x00" + VLAN[GOOD].to_bytes(2, "big") + plain[12:]

    return of_many(make)


def dhcp_discovers(line: Line) -> list[bytes]:
    """More hosts than a pool of addresses could have."""

    def make(source: bytes, number: int) -> bytes:
        bootp = BOOTP(chaddr=source.ljust(16, b"\0"), xid=number) / DHCP(options=[("message-type", 1), "end"])
        packet = bytes(IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67) / bootp)
        mac = ":".join(f"{octet:02x}" for octet in source)
        return line.from_lan(GOOD, packet, src=mac, dst=mix.BROADCAST)

    return of_many(make)


FLOODS: dict[str, Flood] = {
    "to_another_station": Flood("lan", to_another_station),
    "syn": Flood("lan", syns),
    "too_long_df": Flood("lan", too_long("DF")),
    "too_long": Flood("lan", too_long(0)),
    "arp": Flood("lan", arp_requests, ("punt_full",)),
    "neighbour_solicitation": Flood("lan", solicitations, ("punt_full",)),
    "dhcp_exhaustion": Flood("lan", dhcp_discovers, ("punt_full",)),
    "unknown_session": Flood("wan", unknown_sessions),
    "discovery": Flood("wan", offers),
    "lcp_of_strangers": Flood("wan", lcp_of_strangers),
    "forged_padt": Flood("wan", forged_padt),
    "forged_pads": Flood("wan", forged_pads),
    "forged_icmp": Flood("wan", forged_icmp),
    "echo_requests": Flood("wan", echo_requests, ("punt_full",)),
    "chap_replays": Flood("wan", chap_replays, ("punt_full",)),
}


# --- what must hold ---


@dataclass
class Seen:
    """Of the good session beside one flood; shares are of what was sent."""

    flood_per_second: float
    good_share: float
    slowest_answer_seconds: float
    answers: int
    rss_kb: int


def run(line: Line, flood: Flood | None, seconds: float, per_second: float) -> Seen:
    """Good data alone, or beside a flood. None: idle. Fails when the session suffers by our doing."""
    before, rss = line.rig.narrows.stats(), line.rig.rss_kb()
    slowest, answers = 0.0, 0
    with contextlib.ExitStack() as stack:
        frames = flood.frames(line) if flood else []
        good = stack.enter_context(line.good())
        attack = stack.enter_context(line.rig.flood(flood.side, frames, per_second)) if flood else None
        ends = time.monotonic() + seconds
        while answers == 0 or time.monotonic() < ends:
            asked = time.monotonic()
            wait_for("an answer", line.rig.is_answering, ANSWER_PATIENCE)
            slowest = max(slowest, time.monotonic() - asked)
            answers += 1
            time.sleep(0.05)
    stats = settled(line)
    check_session(line, before, stats, flood.allowed if flood else ())
    assert line.rig.rss_kb() - rss < RSS_SLACK_KB
    arrived = forwarded(line, stats) - forwarded(line, before)
    assert arrived > 0
    return Seen(
        attack.sent / attack.seconds if attack else 0.0, arrived / good.sent, slowest, answers, line.rig.rss_kb() - rss
    )


def forwarded(line: Line, stats: dict[str, Any]) -> int:
    return line.session(GOOD, stats)["lan_to_wan"]["packets"]


def settled(line: Line) -> dict[str, Any]:
    """Sessions go on to talk: it is rest when no data moves."""

    def moving() -> list[int]:
        return [counts["received"] - counts["punted"] for counts in line.rig.narrows.stats()["directions"].values()]

    last: list[int] = []

    def still() -> bool:
        nonlocal last
        before, last = last, moving()
        return before == last

    wait_for("frames to come to rest", still, PATIENCE)
    wait_for("the buffers", line.rig.buffers_are_back, PATIENCE)
    stats = line.rig.narrows.stats()
    for counts in stats["directions"].values():
        check_conservation(counts)
    return stats


def check_session(line: Line, before: dict[str, Any], stats: dict[str, Any], allowed: Sequence[str]) -> None:
    for name, sid in line.ids.items():
        session = line.session(name, stats)
        assert session["state"] == "up" and session["id"] == sid, line.rig.narrows.output()
        assert session["client"]["times_up"] == session["client"]["dials"] == 1, line.rig.narrows.output()
        assert session["mtu"] == line.session(name, before)["mtu"]
    for direction in ("lan_to_wan", "wan_to_lan"):
        earlier = line.session(GOOD, before)[direction]["dropped"]
        now = line.session(GOOD, stats)[direction]["dropped"]
        new = {reason: count - earlier[reason] for reason, count in now.items()}
        assert not lost({"dropped": new}, *allowed), direction
