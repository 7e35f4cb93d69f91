# SPDX-License-Identifier: BSD-3-Clause
"""What is done to a running Narrows while frames flow both ways, and what must hold afterwards: each takes the seconds
that it may last, and returns a few words on what there was of it."""
from __future__ import annotations

import contextlib
import signal
import socket
import threading
import time
from pathlib import Path
from typing import Any, Callable, Iterator

from support import crafted, stress_rig
from support import traffic_mix as mix
from support.narrows import Config, transparent
from support.namespaces import wait_for
from support.stopped_thread import paused
from support.stress_rig import DIRECTIONS, PATIENCE, RSS_SLACK_KB, SESSIONS, Rig, lost

PACED = 4000  # frames a second: what any machine carries beside something else
CHURN = 1000  # sessions that are new with each reload, and as many that are gone
SCRAPERS = 8
SILENT = 2  # of the three that the server serves at once
PATHS = ("/metrics", "/api/v1/stats", "/api/v1/sessions", "/api/v1/events", "/", "/nothing")
LONGEST_STALL_SECONDS = 6.0
FULL_PATIENCE = 7.0  # in 15 s Narrows' guard would end it


def soak(rig: Rig, seconds: float) -> str:
    """Everything there is, both ways, as fast as the far ends can; memory stays as it is."""
    before = rig.check()
    with rig.traffic(mix.mixed("lan"), mix.mixed("wan")):
        time.sleep(seconds / 4)
        warm = rig.rss_kb()
        time.sleep(seconds * 3 / 4)
        grown = rig.rss_kb() - warm
    assert grown < RSS_SLACK_KB, f"{grown} kB more than when warm"
    return f"{received(rig.check()) - received(before)} frames, RSS {warm} kB {grown:+} kB"


def link_flaps(rig: Rig, seconds: float) -> str:
    """Both lines in turn, without pause, and at once; then frames go through again."""
    flaps, ends = 0, time.monotonic() + seconds
    period = min(1.0, seconds / 6)
    with data(rig):
        while time.monotonic() < ends:
            for sides in (("wan",), ("lan",), ("lan", "wan")):
                for state in ("down", "up"):
                    for side in sides:
                        rig.set_link(side, state)
                    time.sleep(period / 2)
                flaps += 1
    rig.check()
    goes_through(rig)
    return f"{flaps} flaps"


def session_churn(rig: Rig, seconds: float) -> str:
    """A thousand sessions are new and a thousand gone with each reload, once a second; what stays loses nothing."""
    before = rig.check()
    turns, ends = 0, time.monotonic() + seconds
    with data(rig):
        while time.monotonic() < ends:
            due = time.monotonic() + 1
            rig.write(rig.config | {"sessions": [*SESSIONS, *strangers(turns)]})
            reload(rig, f"{CHURN} added")
            turns += 1
            time.sleep(max(0.0, min(due, ends) - time.monotonic()))
    rig.write(rig.config)
    reload(rig, f"{CHURN} removed")
    stats = rig.check()
    nothing_lost(stats, before)
    return f"{CHURN} sessions {turns} times in {seconds:.0f} s"


def reload_storm(rig: Rig, seconds: float) -> str:
    """SIGHUP without pause, with a file that is another each time, now and then broken."""
    before = rig.check()
    signals, ends = 0, time.monotonic() + seconds
    reloads = last_event(rig)
    with data(rig):
        while time.monotonic() < ends:
            rig.write(rig.config | {"mss": {"ipv4": 1400 + signals % 50}})
            if signals % 10 == 9:
                rig.path.write_text("mode: [")
            for _ in range(5):
                rig.narrows.process.send_signal(signal.SIGHUP)
            signals += 5
            time.sleep(0.001)
    done = last_event(rig) - reloads
    assert done > 0
    rig.write(rig.config)
    reload(rig, "")
    nothing_lost(rig.check(), before)
    return f"{signals} signals, {done} reloads"


def scrape_storm(rig: Rig, seconds: float) -> str:
    """Many at once ask for everything, and some connections never say what they want."""
    before = rig.check()
    answers = [0] * SCRAPERS
    over = threading.Event()

    def ask(number: int) -> None:
        while not over.is_set():
            with contextlib.suppress(OSError):
                rig.narrows.get(PATHS[(number + answers[number]) % len(PATHS)])
                answers[number] += 1

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(SCRAPERS)]
    with data(rig), silent_connections(rig, SILENT):
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        over.set()
        for thread in threads:
            thread.join()
    assert sum(answers) > 0
    nothing_lost(rig.check(), before)
    return f"{sum(answers)} answers"


def stalled_control(rig: Rig, seconds: float) -> str:
    """The control thread stands still, no longer than the guard allows; data goes on, and what is for it is counted."""
    before = rig.check()
    stall = min(seconds, LONGEST_STALL_SECONDS)
    frames = mix.good("lan") + [crafted.arp_request("198.51.100.1")] * 10
    with rig.traffic(frames, mix.good("wan"), PACED), paused(rig.narrows.process.pid):
        time.sleep(stall)
        wait_for("the ring to be full", lambda: punt_full(rig.narrows.stats()) > punt_full(before), FULL_PATIENCE)
    stats = rig.check()
    nothing_lost(stats, before, "punt_full")
    goes_through(rig)
    assert rig.narrows.process.poll() is None
    return f"{stall:.1f} s"


def learned_churn(directory: Path, seconds: float) -> str:
    """In transparent mode a router's sessions are learned: a thousand begin and a thousand end in a second."""
    ac, client = mix.octets(crafted.AC_MAC), crafted.LAN_HOST_MAC
    tags = b"\x01\x01\x00\x00"
    frames = [
        mix.discovery(client, ac, code, number, tags if code == mix.PADS else b"")
        for number in range(1, CHURN + 1)
        for code in (mix.PADS, mix.PADT)
    ]
    with stress_rig.running(directory, "af_packet", transparent(mtu="learn")) as rig:
        with rig.flood("wan", frames, 2 * CHURN):
            time.sleep(seconds)
        stats = rig.check()
        counts = stats["directions"]["wan_to_lan"]
        assert counts["forwarded"] == counts["received"] > 0
        control = stats["control"]
        assert stats["learned"]["count"] <= CHURN
        assert control["session_seen"] > 0 and control["padt_received"] > 0
    return f"{control['session_seen']} begun, {control['padt_received']} ended"


SCENARIOS: dict[str, Callable[[Rig, float], str]] = {
    each.__name__: each for each in (soak, link_flaps, session_churn, reload_storm, scrape_storm, stalled_control)
}


def strangers(turn: int) -> list[Config]:
    """No name of one turn is another's; ids and VLANs come again."""
    return [
        {
            "name": f"s{turn}-{number}",
            "static": {"id": 0x4000 + number, "ac_mac": crafted.AC_MAC},
            "lan": {"vlan": 1000 + number},
        }
        for number in range(CHURN)
    ]


@contextlib.contextmanager
def data(rig: Rig) -> Iterator[None]:
    with rig.traffic(mix.good("lan"), mix.good("wan"), PACED):
        yield


@contextlib.contextmanager
def silent_connections(rig: Rig, number: int) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        with rig.narrows.namespace.entered():
            made = [stack.enter_context(socket.socket()) for _ in range(number)]
        for each in made:
            each.settimeout(10)
            with contextlib.suppress(OSError):  # refused, as there are enough
                each.connect(("127.0.0.1", 9480))
                each.send(b"GET /met")
        yield


def reload(rig: Rig, expected: str) -> None:
    """By signal; the API is asked what became of it, as the log holds many of a kind back."""
    before = last_event(rig)

    def told() -> list[str]:
        events = rig.narrows.events()
        return [event["text"] for event in events if event["id"] > before and event["kind"] == "reloaded"]

    rig.narrows.process.send_signal(signal.SIGHUP)
    texts = wait_for("the reload", told, PATIENCE)
    assert expected in texts[-1], texts


def last_event(rig: Rig) -> int:
    """Its number: how many there have been."""
    return rig.narrows.events()[-1]["id"]



def punt_full(stats: dict[str, Any]) -> int:
    return stats["directions"]["lan_to_wan"]["dropped"]["punt_full"]


def received(stats: dict[str, Any]) -> int:
    return sum(counts["received"] for counts in stats["directions"].values())


def nothing_lost(stats: dict[str, Any], before: dict[str, Any], *allowed: str) -> None:
    """Of what was received since; and something was, both ways."""
    for direction, counts in stats["directions"].items():
        earlier = before["directions"][direction]
        assert counts["forwarded"] > earlier["forwarded"], direction
        new = {reason: number - earlier["dropped"][reason] for reason, number in counts["dropped"].items()}
        assert not lost({"dropped": new}, *allowed), direction


def goes_through(rig: Rig) -> None:
    """Frames do, in both directions, as soon as links are up."""
    before = rig.narrows.stats()["directions"]

    def all_forwarded() -> bool:
        for side in rig.far:
            with contextlib.suppress(OSError), rig.flood(side, mix.good(side)[:1], 100):
                time.sleep(0.05)
        after = rig.narrows.stats()["directions"]
        return all(after[way]["forwarded"] > before[way]["forwarded"] for way in DIRECTIONS.values())

    wait_for("frames to go through", all_forwarded, PATIENCE)
