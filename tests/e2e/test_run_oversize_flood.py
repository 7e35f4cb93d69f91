# SPDX-License-Identifier: BSD-3-Clause
"""A flood of packets too long in one session: others are served and told as ever, the flood within its rate."""
from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from support import crafted
from support.crafted import lan_frame, udp, vlan
from support.daemon import Daemon, on_veth
from support.namespaces import namespaces, veth, wait_for
from support.narrows import check_conservation, session, terminate

FLOODED, QUIET = 10, 20
RATE = 150  # a fifth of it at once: as many as the quiet session's
ROUND = 200  # frames at once: fewer than the driver's ring holds
ROUNDS = 60
LONG = 1500
ICMP_OF = {"ipv4": (14 + 4 + 9, b"\x01"), "ipv6": (14 + 4 + 6, b"\x3a")}  # where the protocol is, behind one tag


def config() -> dict[str, Any]:
    """Two sessions, told apart by one VLAN on either side."""
    sessions = [
        session(f"v{number}", lan={"vlan": number, "gateway": "203.0.113.1"}, wan={"vlans": [number]})
        for number in (FLOODED, QUIET)
    ]
    macs = {"lan": {"mac": crafted.LAN_MAC}, "wan": {"mac": crafted.WAN_MAC}}
    return on_veth(terminate(*sessions, icmp={"rate": RATE}), **macs)


def messages(frames: list[bytes], family: str) -> dict[int, int]:
    """How many ICMP messages came on each VLAN."""
    at, protocol = ICMP_OF[family]
    vlans = [int.from_bytes(frame[14:16], "big") for frame in frames if frame[at : at + 1] == protocol]
    return {number: vlans.count(number) for number in (FLOODED, QUIET)}


@pytest.mark.parametrize("family", crafted.FAMILIES)
def test_flood(root: None, tmp_path: Path, family: str) -> None:
    flood = lan_frame(udp(family, LONG), family, tags=[vlan(FLOODED)])
    probe = lan_frame(udp(family, LONG), family, tags=[vlan(QUIET)])
    ordinary = lan_frame(udp(family, 400), family, tags=[vlan(QUIET)])
    with namespaces("box", "peer") as (box, peer):
        for side in ("lan", "wan"):
            veth(box, f"{side}0", peer, f"{side}1", mtu=1600)
        with Daemon(tmp_path, box, config()) as narrows:
            in_use = buffers(narrows.stats())
            lan, wan = peer.packet_socket("lan1"), peer.packet_socket("wan1")
            started = time.monotonic()
            sent = probes = 0
            for number in range(ROUNDS):
                frames = [flood] * ROUND + [ordinary]
                if number % 2 == 0:  # in all no more than may come at once, however fast this machine is
                    frames.insert(ROUND // 2, probe)
                    probes += 1
                for frame in frames:
                    lan.send(frame)
                sent += len(frames)
                stats = narrows.wait_received("lan_to_wan", sent)
                check_conservation(stats["directions"]["lan_to_wan"])
            got = lan.receive(probes, patience=5)
            while messages(got, family)[QUIET] < probes:
                more = lan.receive(1, patience=5)
                assert more, f"{messages(got, family)} of {probes} messages to the quiet session"
                got += more
            stats = narrows.stats()
            got += lan.receive(stats["ports"]["lan"]["originated"] - len(got), patience=5)
            told = messages(got, family)
            lasted = time.monotonic() - started
            assert told[QUIET] == probes, "everybody else is told"
            assert RATE // 5 <= told[FLOODED] <= RATE * (lasted + 1), "no second sees more than the rate"
            assert len(wan.receive(ROUNDS, patience=5)) == ROUNDS, "nothing else is lost"

            counted = stats["directions"]["lan_to_wan"]
            assert counted["dropped"]["too_big"] == ROUNDS * ROUND + probes
            assert counted["forwarded"] == ROUNDS
            assert stats["sessions"][f"v{FLOODED}"]["lan_to_wan"]["dropped"]["too_big"] == ROUNDS * ROUND
            assert stats["ports"]["lan"]["originated"] == len(got) == sum(told.values())
            assert wait_for("buffers", lambda: buffers(narrows.stats()) == in_use)
            check_top(stats["too_long"], family)


def buffers(stats: dict[str, Any]) -> dict[str, int]:
    return {pool["name"]: pool["in_use"] for pool in stats["mempools"]}


def check_top(listed: list[dict[str, Any]], family: str) -> None:
    """Both sessions send to the same far host; the flood comes first."""
    assert [(entry["session"], entry["destination"]) for entry in listed] == [
        (f"v{number}", crafted.FAR_HOST[family]) for number in (FLOODED, QUIET)
    ]
    assert listed[0]["packets"] > listed[1]["packets"]
    assert {(entry["largest_octets"], entry["mtu_octets"]) for entry in listed} == {(LONG, 1492)}


def test_a_silent_black_hole_has_a_name(root: None, tmp_path: Path) -> None:
    """Where no ICMP may be sent, the user still learns whose packets vanish."""
    settings = on_veth(terminate(session(), icmp={"rate": 0}), lan={"mac": crafted.LAN_MAC})
    with namespaces("box", "peer") as (box, peer):
        for side in ("lan", "wan"):
            veth(box, f"{side}0", peer, f"{side}1")
        with Daemon(tmp_path, box, settings) as narrows:
            lan = peer.packet_socket("lan1")
            for _ in range(100):
                lan.send(lan_frame(udp("ipv4", LONG), "ipv4"))
            stats = narrows.wait_received("lan_to_wan", 100)
            listed = wait_for("the destination", lambda: narrows.stats()["too_long"])
            assert listed[0]["destination"] == crafted.FAR_HOST["ipv4"]
            assert stats["control"]["too_big_sent"] == stats["ports"]["lan"]["originated"] == 0


def test_the_log_names_the_offload(root: None, tmp_path: Path) -> None:
    """Super-frames of a virtual port: once, with the interface, whatever their number."""
    with namespaces("box", "peer") as (box, peer):
        veth(box, "lan0", peer, "lan1", mtu=1900)
        veth(box, "wan0", peer, "wan1")
        with Daemon(tmp_path, box, on_veth(terminate(), lan={"mac": crafted.LAN_MAC})) as narrows:
            lan = peer.packet_socket("lan1")
            for _ in range(100):
                lan.send(lan_frame(udp("ipv4", 1800), "ipv4"))
            stats = narrows.wait_received("lan_to_wan", 100)
            assert stats["directions"]["lan_to_wan"]["dropped"]["super_frame"] == 100
            assert stats["directions"]["lan_to_wan"]["dropped"]["too_big"] == 0
            wait_for("the log", lambda: "ethtool" in narrows.output())
            lan.send(lan_frame(udp("ipv4", 1800), "ipv4"))
            narrows.wait_received("lan_to_wan", 101)
        advice = [line for line in narrows.output().splitlines() if "ethtool" in line]
        assert len(advice) == 1 and "lan0" in advice[0], narrows.output()
