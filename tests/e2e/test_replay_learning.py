# SPDX-License-Identifier: BSD-3-Clause
"""`mtu: learn`: limits follow from what recorded ends of a session agreed on, and from nothing else."""
from __future__ import annotations

import random
from pathlib import Path
from typing import Any, Iterable

import pytest

from support import crafted
from support.handshakes import AGREED, MTU, SIDES, Handshake, Timed, load
from support.narrows import Replayed, check_conservation, replay_timed, transparent

HEADERS = {"ipv4": 40, "ipv6": 60}
PLENTY = 9000


class Line:
    """Frames of both sides, by the time they come."""

    def __init__(self, *handshakes: Handshake) -> None:
        self.frames: dict[str, list[Timed]] = {side: [] for side in SIDES}
        for handshake in handshakes:
            for side in SIDES:
                self.frames[side] += handshake.frames[side]

    def add(self, side: str, time: float, *frames: bytes) -> None:
        self.frames[side] += [(time, frame) for frame in frames]

    def add_syns(self, handshake: Handshake, time: float) -> None:
        for side in SIDES:
            self.add(side, time, *(handshake.syn(side, family, PLENTY) for family in crafted.FAMILIES))

    def replay(self, directory: Path, **config: Any) -> Replayed:
        for frames in self.frames.values():
            frames.sort(key=lambda timed: timed[0])
        replayed = replay_timed(directory, transparent(mtu="learn") | config, self.frames["lan"], self.frames["wan"])
        for counted in replayed.stats["directions"].values():
            check_conservation(counted)
            assert counted["received"] == counted["forwarded"]
        return replayed

    def check_untouched_but(self, replayed: Replayed, expected: Iterable[tuple[bytes, bytes]]) -> None:
        """Everything passes in order and as it came, but for these frames, which become others."""
        changes = dict(expected)
        for side, got in (("lan", replayed.wan_out), ("wan", replayed.lan_out)):
            assert got == [changes.get(frame, frame) for _, frame in self.frames[side]]


def clamped(handshake: Handshake, mtu: int) -> list[tuple[bytes, bytes]]:
    return [
        (handshake.syn(side, family, PLENTY), handshake.syn(side, family, mtu - HEADERS[family]))
        for side in SIDES
        for family in crafted.FAMILIES
    ]


@pytest.mark.parametrize("name", AGREED)
def test_recorded_handshakes(tmp_path: Path, name: str) -> None:
    handshake = load(name)
    line = Line(handshake)
    line.add_syns(handshake, handshake.end + 1)
    replayed = line.replay(tmp_path, fallback_mtu=1400)
    line.check_untouched_but(replayed, clamped(handshake, MTU[name]))
    learned = replayed.stats["learned"]
    [session] = learned["sessions"]
    lan_mru, wan_mru, max_payload = AGREED[name]
    assert (learned["count"], learned["agreed"], learned["limit"]) == (1, 1, 65534)
    assert {key: session[key] for key in ("id", "lan_mac", "wan_mac", "vlans")} == {
        "id": handshake.id, "lan_mac": handshake.client, "wan_mac": handshake.concentrator, "vlans": [],
    }  # fmt: skip
    assert (session["mtu"], session["from"]) == (MTU[name], "lcp configure-ack")
    assert (session["lan_mru"], session["wan_mru"], session["max_payload"]) == (lan_mru, wan_mru, max_payload)
    assert replayed.stats["control"]["mru_agreed"] == 2
    assert replayed.stats["control"]["malformed"] == 0


@pytest.mark.parametrize("name", AGREED)
def test_before_and_without_the_handshake_the_fallback(tmp_path: Path, name: str) -> None:
    handshake = load(name).later(10)
    line = Line(handshake)
    line.add_syns(handshake, 5)
    elsewhere = load(name).tagged(b"\x81\x00\x00\x09")  # another session, of which only data is seen
    line.add_syns(elsewhere, handshake.end + 1)
    plain = [crafted.lan_frame(crafted.tcp(family, crafted.mss(PLENTY)), family) for family in crafted.FAMILIES]
    line.add("lan", handshake.end + 1, *plain)
    replayed = line.replay(tmp_path, fallback_mtu=1400)
    expected = [
        crafted.lan_frame(crafted.tcp(family, crafted.mss(1400 - HEADERS[family])), family)
        for family in crafted.FAMILIES
    ]
    changes = clamped(handshake, 1400) + clamped(elsewhere, 1400) + list(zip(plain, expected))
    line.check_untouched_but(replayed, changes)


def test_the_default_fallback(tmp_path: Path) -> None:
    handshake = load("mru-1454")
    line = Line()
    line.add_syns(handshake, 1)
    replayed = line.replay(tmp_path)
    line.check_untouched_but(replayed, clamped(handshake, 1492))
    assert replayed.stats["learned"] == {"count": 0, "agreed": 0, "limit": 65534, "sessions": []}


def test_sessions_that_differ_in_their_vlans_alone(tmp_path: Path) -> None:
    """The recordings have the same id and addresses."""
    handshakes = {
        1492: load("mru-1492").tagged(b"\x81\x00\x60\x07"),
        1500: load("mru-1500").later(0.5).tagged(b"\x88\xa8\x00\x64", b"\x81\x00\x00\x07"),
        1454: load("mru-1454").later(1),
    }
    line = Line(*handshakes.values())
    for handshake in handshakes.values():
        line.add_syns(handshake, 20)
    replayed = line.replay(tmp_path)
    changes = [change for mtu, handshake in handshakes.items() for change in clamped(handshake, mtu)]
    line.check_untouched_but(replayed, changes)
    sessions = replayed.stats["learned"]["sessions"]
    assert {tuple(session["vlans"]): session["mtu"] for session in sessions} == {(7,): 1492, (100, 7): 1500, (): 1454}


def test_limits_that_are_configured_hold(tmp_path: Path) -> None:
    handshake = load("mru-1454")
    line = Line(handshake)
    line.add_syns(handshake, handshake.end + 1)
    replayed = line.replay(tmp_path, mss={"ipv4": 1300, "ipv6": "off", "wan_to_lan": False})
    line.check_untouched_but(
        replayed, [(handshake.syn("lan", "ipv4", PLENTY), handshake.syn("lan", "ipv4", 1300))]
    )


@pytest.mark.parametrize("side", SIDES)
def test_padt(tmp_path: Path, side: str) -> None:
    """Of the session itself: it is forgotten when nothing more is heard of it for a while."""
    handshake = load("mru-1454")
    line = Line(handshake)
    line.add(side, handshake.end + 1, handshake.padt(side))
    line.add_syns(handshake, handshake.end + 60)
    replayed = line.replay(tmp_path)
    line.check_untouched_but(replayed, clamped(handshake, 1492))
    assert replayed.stats["learned"]["count"] == 0
    assert replayed.stats["control"]["session_ended"] == 1


def test_forged_padts(tmp_path: Path) -> None:
    """Another id, other addresses, another VLAN, the wrong side; and the right one of a session that goes on."""
    handshake = load("mru-1454")
    line = Line(handshake)
    right = handshake.padt("wan")
    forged = [right[:16] + b"\0\2" + right[18:], right[:5] + b"\x99" + right[6:], right[:11] + b"\x99" + right[12:]]
    forged.append(handshake.tagged(b"\x81\x00\x00\x07").padt("wan"))
    start = handshake.end + 1
    line.add("wan", start, *forged, handshake.padt("lan"))
    for second in range(50):
        line.add("wan", start + second, right)
        if second % 10 == 9:
            line.add_syns(handshake, start + second + 0.5)
    line.add_syns(handshake, start + 70)
    replayed = line.replay(tmp_path)
    line.check_untouched_but(replayed, clamped(handshake, 1454))
    assert replayed.stats["control"]["padt_received"] == 50
    assert replayed.stats["control"]["ignored_discovery"] == 5


def test_silence(tmp_path: Path) -> None:
    handshake = load("mru-1454")
    line = Line(handshake)
    line.add_syns(handshake, handshake.end + 3500)
    line.add_syns(handshake, handshake.end + 7000)  # an hour after the handshake, but not after the SYNs
    replayed = line.replay(tmp_path)
    line.check_untouched_but(replayed, clamped(handshake, 1454))
    line.add_syns(handshake, handshake.end + 11000)
    replayed = line.replay(tmp_path)
    changes = dict(clamped(handshake, 1454))
    assert replayed.wan_out[:-2] == [changes.get(frame, frame) for _, frame in line.frames["lan"][:-2]]
    late = dict(clamped(handshake, 1492))
    assert replayed.wan_out[-2:] == [late[frame] for _, frame in line.frames["lan"][-2:]]
    assert replayed.stats["control"]["session_aged"] == 1


def test_a_new_session_under_an_old_id(tmp_path: Path) -> None:
    first, second = load("mru-1454"), load("mru-1492").later(100)
    line = Line(first, second)
    line.add_syns(second, second.end + 1)
    replayed = line.replay(tmp_path)
    line.check_untouched_but(replayed, clamped(second, 1492))
    assert replayed.stats["learned"]["count"] == 1


def test_broken_handshakes(tmp_path: Path) -> None:
    """Octets turned, frames cut: all of it passes as it came, and whatever is learned of it is an MTU."""
    generator = random.Random(4)
    line = Line()
    for number in range(2000):
        handshake = load(generator.choice(list(AGREED))) if number < 3 else handshake_of(generator)
        for side in SIDES:
            for time, frame in handshake.frames[side]:
                line.add(side, number * 10 + time, mutated(generator, frame))
    replayed = line.replay(tmp_path)
    line.check_untouched_but(replayed, [])
    assert replayed.stats["control"]["malformed"] > 1000
    assert all(128 <= session["mtu"] <= 1500 for session in replayed.stats["learned"]["sessions"])


HANDSHAKES = {name: load(name) for name in AGREED}


def handshake_of(generator: random.Random) -> Handshake:
    return HANDSHAKES[generator.choice(list(AGREED))]


def mutated(generator: random.Random, frame: bytes) -> bytes:
    octets = bytearray(frame)
    for _ in range(generator.randrange(4)):
        octets[generator.randrange(12, len(octets))] = generator.randrange(256)
    if generator.randrange(3) == 0:
        del octets[generator.randrange(14, len(octets)) :]
    return bytes(octets)


def test_not_learning(tmp_path: Path) -> None:
    handshake = load("mru-1454")
    line = Line(handshake)
    line.add_syns(handshake, handshake.end + 1)
    replayed = line.replay(tmp_path, mtu=1492)
    line.check_untouched_but(replayed, clamped(handshake, 1492))
    assert "learned" not in replayed.stats
