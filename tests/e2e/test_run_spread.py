# SPDX-License-Identifier: BSD-3-Clause
"""Two workers between real hosts: both have work, whoever spreads the frames, and no octet is lost or swapped."""
from __future__ import annotations

import concurrent.futures
import os
from pathlib import Path

import pytest

from support import hosts
from support.narrows import check_conservation

FLOWS = 5  # of each family and direction: that one of two workers gets none of the 20 is a matter of 1 in 2^19
CPUS = sorted(os.sched_getaffinity(0))[:2]


@pytest.mark.skipif(len(CPUS) < 2, reason="needs two CPUs")
@pytest.mark.parametrize("spread, way", [("auto", "hardware"), ("software", "software"), ("off", "off")])
def test_downloads(root: None, tmp_path: Path, spread: str, way: str) -> None:
    with hosts.line(tmp_path) as wire:
        expected = (0, hosts.sha256(wire.start_web_servers(hosts.MEGABYTE // 4)))
        with hosts.both_ends(wire, workers={"lcores": CPUS, "spread": spread}) as (narrows, _):
            fetches = [(client, family) for client in hosts.ADDRESS for family in hosts.PREFIX] * FLOWS
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                results = list(pool.map(lambda fetch: wire.download(*fetch), fetches))
            assert results == [expected] * len(fetches)
            check_statistics(narrows.stats(), way)
            assert f"ports.wan: frames spread: {way}" in narrows.output()


def check_statistics(stats: dict, way: str) -> None:
    assert {port["spread"] for port in stats["ports"].values()} == {way}
    for direction, counts in stats["directions"].items():
        check_conservation(counts)
        received = [worker["received"][direction] for worker in stats["workers"]]
        if way == "off":
            assert received[1] == 0, "the one queue is worker 0's"
        else:
            assert all(count > 0 for count in received), received
        assert counts["dropped"]["spread_full"] == 0


def test_qpairs_that_leave_a_queue_unpolled(root: None, tmp_path: Path) -> None:
    with hosts.line(tmp_path) as wire:
        config = hosts.end_config("a", workers={"lcores": CPUS[:1]})
        config["ports"]["lan"]["device"] += ",qpairs=2"
        daemon = hosts.Daemon(tmp_path, wire.a, config)
        with pytest.raises(AssertionError, match="ports.lan: qpairs=2, but the number of workers is 1"), daemon:
            pass
