#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a scrape takes with thousands of sessions, and what forwarding loses by a storm of scrapes. Needs root.

Narrows runs in transparent mode between two null ports, which always have frames (forwarding under full load, with no
scrapes and with as many as one client can ask for, in turn); and in terminate mode with 4,000 static sessions.
"""
from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.cpu_time import cpu_seconds  # noqa: E402
from support.daemon import Daemon, cpu  # noqa: E402
from support.namespaces import namespaces  # noqa: E402
from support.narrows import Config, session, terminate, transparent  # noqa: E402

SESSIONS = 4000
NULL_PORTS: Config = {side: {"device": f"net_null{n}", "mtu": 1500} for n, side in enumerate(("lan", "wan"))}
WORKERS: Config = {"lcores": [cpu()]}


def rate(narrows: Daemon, seconds: float) -> float:
    """Frames forwarded in a second of the worker's CPU time: whoever else runs on its CPU does not count."""
    counts = []
    for turn in range(2):
        stats = narrows.stats()
        frames = sum(way["forwarded"] for way in stats["directions"].values())
        counts.append((cpu_seconds(narrows.process.pid, "worker"), frames))
        if turn == 0:
            time.sleep(seconds)
    return (counts[1][1] - counts[0][1]) / (counts[1][0] - counts[0][0])


def under_load(directory: Path, rounds: int, seconds: float) -> None:
    with namespaces("box") as [box], Daemon(directory, box, transparent(ports=NULL_PORTS, workers=WORKERS)) as narrows:
        ratios, scrapes = [], 0
        for _ in range(rounds):
            quiet = rate(narrows, seconds)
            ended = threading.Event()

            def storm() -> None:
                nonlocal scrapes
                while not ended.is_set():
                    assert narrows.get("/metrics")[0] == 200
                    scrapes += 1

            client = threading.Thread(target=storm)
            client.start()
            busy = rate(narrows, seconds)
            ended.set()
            client.join()
            ratios.append(busy / quiet)
        print(f"forwarding with scrapes / without: median {statistics.median(ratios):.3f} of {rounds} "
              f"({min(ratios):.3f} to {max(ratios):.3f}); {scrapes / rounds / seconds:.0f} scrapes a second; "
              f"without {quiet / 1e6:.2f} Mpps")  # fmt: skip


def many_sessions(directory: Path, series: int, repeat: int) -> None:
    sessions = [session(f"s{n}", static={"id": n + 1, "ac_mac": "02:00:00:00:00:ac"}, lan={"vlan": n + 1})
                for n in range(SESSIONS)]  # fmt: skip
    config = terminate(*sessions, ports=NULL_PORTS, workers=WORKERS, mtu=1492, statistics={"session_series": series})
    with namespaces("box") as [box], Daemon(directory, box, config) as narrows:
        times = []
        for _ in range(repeat):
            begun = time.perf_counter()
            _, text = narrows.get("/metrics")
            times.append((time.perf_counter() - begun) * 1000)
        print(f"{SESSIONS} sessions, {series} with series: scrape median {statistics.median(times):.1f} ms, "
              f"longest {max(times):.1f} ms, {len(text) / 1000:.0f} kB")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each half of a round")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        for series in (100, SESSIONS):
            many_sessions(Path(directory), series, 20)
        under_load(Path(directory), arguments.rounds, arguments.seconds)


if __name__ == "__main__":
    main()
