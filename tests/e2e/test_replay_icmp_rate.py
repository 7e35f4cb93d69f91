# SPDX-License-Identifier: BSD-3-Clause
"""How often a sender is told that its packets are too long, by the time of the captures; and what statistics name."""
from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from scapy.layers.l2 import Dot1Q, Ether
from scapy.packet import Packet

from support import crafted
from support.crafted import lan_frame, udp, vlan
from support.narrows import Config, replay, session, terminate

LAN = {"peer_mac": crafted.LAN_HOST_MAC, "gateway": "203.0.113.1"}
CONFIG = terminate(session(lan=LAN))
LONG = 1500
RATE = 100  # by default


def flood(family: str, count: int, tags: list[Packet]) -> list[bytes]:
    return [lan_frame(udp(family, LONG), family, tags=tags)] * count


def told(directory: Path, lan: list[bytes], times: list[float], **icmp: Any) -> tuple[Counter[int], dict[str, int]]:
    """Messages by VLAN, and what the control thread counted; a frame's time is when it was captured, in seconds."""
    sessions = [session(f"v{n}", lan=LAN | {"vlan": n}, wan={"vlans": [n]}) for n in (10, 20)]
    config: Config = terminate(*sessions, workers={"burst": 1}) | ({"icmp": icmp} if icmp else {})
    replayed = replay(directory, config, lan, times=times)
    messages = Counter(Ether(frame)[Dot1Q].vlan for frame in replayed.lan_out)
    control = {key: replayed.stats["control"][key] for key in ("too_big_sent", "icmp_withheld", "rate_limited")}
    assert control["too_big_sent"] == sum(messages.values())
    assert replayed.stats["directions"]["lan_to_wan"]["dropped"]["too_big"] == len(lan)
    return messages, control


@pytest.mark.parametrize("family", crafted.FAMILIES)
def test_a_burst_and_no_more(tmp_path: Path, family: str) -> None:
    """1,000 at one moment: some, but not more than a second's; the other session has its own."""
    lan = flood(family, 1000, [vlan(10)]) + flood(family, 15, [vlan(20)])
    messages, control = told(tmp_path, lan, [5.0] * len(lan))
    assert 10 <= messages[10] <= RATE and messages[20] == 15
    assert control["icmp_withheld"] == 0


def test_one_bucket_for_both_families(tmp_path: Path) -> None:
    lan = flood("ipv4", 500, [vlan(10)]) + flood("ipv6", 500, [vlan(10)])
    messages, _ = told(tmp_path, lan, [5.0] * len(lan))
    assert messages[10] <= RATE


@pytest.mark.parametrize("rate", (1, 10, 50, 100))
def test_the_rate(tmp_path: Path, rate: int) -> None:
    """300 a second for ten seconds: never more than the rate in one second, and in the long run most of it."""
    lan = flood("ipv4", 3000, [vlan(10)])
    messages, _ = told(tmp_path, lan, [5 + number / 300 for number in range(len(lan))], rate=rate)
    assert 8 * rate - 1 <= messages[10] <= 10 * rate + 1


def test_no_rate_is_too_high(tmp_path: Path) -> None:
    """Ten times the packets a second that may be answered are answered where that is allowed."""
    lan = flood("ipv4", 2000, [vlan(10)])
    messages, _ = told(tmp_path, lan, [5 + number / 1000 for number in range(len(lan))], rate=10000)
    assert messages[10] == 2000


def test_the_default_is_100(tmp_path: Path) -> None:
    lan = flood("ipv6", 3000, [vlan(20)])
    messages, _ = told(tmp_path, lan, [5 + number / 300 for number in range(len(lan))])
    assert 800 <= messages[20] <= 1001


def test_rate_zero_is_silence(tmp_path: Path) -> None:
    messages, control = told(tmp_path, flood("ipv4", 50, [vlan(10)]), [5.0] * 50, rate=0)
    assert (messages, control["too_big_sent"]) == ({}, 0)


def test_what_is_not_answered_takes_nothing_from_the_bucket(tmp_path: Path) -> None:
    """One moment later the whole burst is there for those who may be told."""
    silent = [lan_frame(udp("ipv4", LONG, frag=1), "ipv4", tags=[vlan(10)])] * 500
    (tmp_path / "without").mkdir()
    without, _ = told(tmp_path / "without", flood("ipv4", 100, [vlan(10)]), [6.0] * 100)
    messages, control = told(tmp_path, silent + flood("ipv4", 100, [vlan(10)]), [5.0] * 500 + [6.0] * 100)
    assert messages == without
    assert control["icmp_withheld"] > 0


# --- what the statistics name ---


def test_the_top_destinations(tmp_path: Path) -> None:
    """The black hole has a name: the destinations of what was too long, most packets first."""
    counts = {"198.51.100.1": 40, "198.51.100.2": 20, "198.51.100.3": 5}
    lan = [
        lan_frame(udp("ipv4", 1493 + number % 8, dst=destination), "ipv4")
        for destination, count in counts.items()
        for number in range(count)
    ]
    lan += [lan_frame(udp("ipv6", 1499), "ipv6")] * 10
    listed = replay(tmp_path, CONFIG, lan, times=[number / 10 for number in range(len(lan))]).stats["too_long"]
    assert [(entry["destination"], entry["packets"]) for entry in listed[:3]] == [
        ("198.51.100.1", 40), ("198.51.100.2", 20), (crafted.FAR_HOST["ipv6"], 10),
    ]  # fmt: skip
    assert {key: listed[0][key] for key in ("session", "direction", "largest_octets", "mtu_octets")} == {
        "session": "isp", "direction": "lan_to_wan", "largest_octets": 1500, "mtu_octets": 1492,
    }  # fmt: skip


def test_a_million_destinations_are_not_kept(tmp_path: Path) -> None:
    """Only a few are named, and the one that matters is among them."""
    lan = []
    for number in range(10000):
        destination = f"10.{number >> 8}.{number & 255}.1" if number % 2 else "198.51.100.7"
        lan.append(lan_frame(udp("ipv4", LONG, dst=destination), "ipv4"))
    listed = replay(tmp_path, CONFIG, lan, times=[5 + number / 1000 for number in range(len(lan))]).stats["too_long"]
    assert len(listed) <= 20
    assert listed[0]["destination"] == "198.51.100.7"


def test_a_minute_later_it_is_forgotten(tmp_path: Path) -> None:
    lan = [lan_frame(udp("ipv4", LONG), "ipv4")] * 10 + [lan_frame(udp("ipv4", 100), "ipv4")]
    config = CONFIG | {"workers": {"burst": 1}}  # time stands still within a burst
    for last, are_listed in ((50.0, True), (70.0, False)):
        listed = replay(tmp_path, config, lan, times=[5.0] * 10 + [last]).stats["too_long"]
        assert bool(listed) == are_listed
