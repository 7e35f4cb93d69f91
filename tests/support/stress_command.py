# SPDX-License-Identifier: BSD-3-Clause
"""`scripts/stress`: everything under stress, one after the other, and a table of what came of it."""
from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterator

from support import stress_floods, stress_ports, stress_rig
from support.stress_floods import FLOODS, Line, Seen
from support.stress_scenarios import SCENARIOS, learned_churn, soak

OTHER_DEVICES = ("af_xdp", "tap")
# These have a Narrows of their own.
PORTS = {
    each.__name__: each for each in (stress_ports.peer_stops_reading, stress_ports.exhausted_pool, learned_churn)
}
LEAST_SHARE = 0.95  # of what the good session had alone
ANSWER_SECONDS = 1.0
LONGEST_HOLD_SECONDS = 5.0  # with the control thread standing still


@dataclass
class Options:
    seconds: float
    soak: float
    rate: float
    only: list[str]

    def wants(self, name: str, group: str) -> bool:
        return not self.only or name in self.only or group in self.only


@dataclass
class Row:
    name: str
    words: str
    passed: bool


class Table:
    def __init__(self) -> None:
        self.rows: list[Row] = []

    def run(self, name: str, work: Callable[[], str]) -> None:
        """One that fails is a row too."""
        try:
            row = Row(name, work(), True)
        except Exception as error:  # noqa: BLE001
            traceback.print_exc()
            row = Row(name, str(error).splitlines()[0] if str(error) else repr(error), False)
        self.rows.append(row)
        print(self._text(row), flush=True)

    @staticmethod
    def _text(row: Row) -> str:
        return f"{'ok' if row.passed else 'FAILED':7} {row.name:28} {row.words}"

    def summary(self) -> str:
        failed = sum(not row.passed for row in self.rows)
        lines = [self._text(row) for row in self.rows]
        return "\n".join(["", "== Summary", *lines, f"{len(self.rows) - failed} passed, {failed} failed"])


@contextlib.contextmanager
def directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def conservation(table: Table, options: Options) -> None:
    wanted = [name for name in SCENARIOS if options.wants(name, "conservation")]
    if wanted:
        with directory() as place, stress_rig.running(place, "af_packet") as rig:
            for name in wanted:
                seconds = options.soak if name == "soak" else options.seconds
                table.run(name, lambda: SCENARIOS[name](rig, seconds))
    for device in OTHER_DEVICES:
        if options.wants(f"soak_{device}", "conservation"):
            with directory() as place, stress_rig.running(place, device) as rig:
                table.run(f"soak_{device}", lambda: soak(rig, options.seconds))


def ports(table: Table, options: Options) -> None:
    for name, scenario in PORTS.items():
        if options.wants(name, "ports"):
            with directory() as place:
                table.run(name, lambda: scenario(place, min(options.seconds, LONGEST_HOLD_SECONDS)))


def floods(table: Table, options: Options) -> None:
    wanted = {name: flood for name, flood in FLOODS.items() if options.wants(name, "floods")}
    if not wanted:
        return
    with directory() as place, stress_floods.line(place) as line:
        idle: list[Seen] = []
        table.run("nothing else", lambda: without_flood(line, options, idle))
        for name, flood in wanted.items():
            table.run(name, lambda: beside(line, flood, options, idle[0]))


def without_flood(line: Line, options: Options, idle: list[Seen]) -> str:
    idle.append(stress_floods.run(line, None, options.seconds, 0))
    return f"good session {idle[0].good_share:.2%} of {stress_floods.GOOD_PER_SECOND}/s"


def beside(line: Line, flood: stress_floods.Flood, options: Options, idle: Seen) -> str:
    seen = stress_floods.run(line, flood, options.seconds, options.rate)
    share = seen.good_share / idle.good_share
    words = (
        f"{seen.flood_per_second:7.0f}/s beside it: good session {share:.2%}, "
        f"slowest HTTP answer {seen.slowest_answer_seconds * 1000:.0f} ms, RSS {seen.rss_kb:+} kB"
    )
    assert share >= LEAST_SHARE and seen.slowest_answer_seconds <= ANSWER_SECONDS, words
    return words


def parse(words: list[str]) -> Options:
    names = [*SCENARIOS, *(f"soak_{device}" for device in OTHER_DEVICES), *PORTS, *FLOODS]
    parser = argparse.ArgumentParser(prog="stress")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--soak", type=float, default=600)
    parser.add_argument("--rate", type=float, default=10000)
    parser.add_argument("--only", nargs="+", default=[], choices=[*names, "conservation", "ports", "floods"])
    return Options(**vars(parser.parse_args(words)))


def main() -> int:
    options, table = parse(sys.argv[1:]), Table()
    for group in (conservation, ports, floods):
        group(table, options)
    print(table.summary())
    return 0 if table.rows and all(row.passed for row in table.rows) else 1


if __name__ == "__main__":
    sys.exit(main())
