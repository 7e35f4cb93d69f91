# SPDX-License-Identifier: BSD-3-Clause
"""Real TCP of real hosts: 100 MB each way over IPv4 and IPv6, every segment on the line within the limit."""
from __future__ import annotations

from typing import Iterator

import pytest

from support import hosts
from support.narrows import check_conservation

FILE_OCTETS = 100 * hosts.MEGABYTE
LIMIT = {"ipv4": 1452, "ipv6": 1432}


@pytest.fixture(scope="module")
def wire(root: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[hosts.Line]:
    with hosts.line(tmp_path_factory.mktemp("line")) as wire:
        yield wire


@pytest.fixture(scope="module")
def file_sum(wire: hosts.Line) -> bytes:
    return hosts.sha256(wire.start_web_servers(FILE_OCTETS))


@pytest.fixture(scope="module")
def ends(wire: hosts.Line) -> Iterator[tuple[hosts.Daemon, hosts.Daemon]]:
    with hosts.both_ends(wire) as ends:
        yield ends


@pytest.mark.parametrize("family", hosts.PREFIX)
@pytest.mark.parametrize("client", hosts.ADDRESS)
def test_download(wire: hosts.Line, file_sum: bytes, ends: tuple, client: str, family: str) -> None:
    before = [end.stats()["directions"] for end in ends]
    with hosts.line_captured(wire) as captures:
        assert wire.download(client, family) == (0, file_sum)
    from_a, from_b = map(hosts.examine, captures)
    data = from_b if client == "lan" else from_a
    assert data.payload[family] >= FILE_OCTETS, "the capture holds the whole transfer"
    for seen in (from_a, from_b):
        assert seen.segments[family] > 100
        assert seen.largest_packet[family] <= 1492
        assert seen.largest_segment[family] <= LIMIT[family]
    assert data.largest_segment[family] == LIMIT[family], "the limit is used to the full"
    check_counters(ends, before, family)


def check_counters(ends: tuple, before: list[dict], family: str) -> None:
    """The SYN and the SYN-ACK were clamped, by A alone; nothing was too big."""
    after = [end.stats()["directions"] for end in ends]
    for direction in ("lan_to_wan", "wan_to_lan"):
        clamped_by_a, clamped_by_b = (
            now[direction]["clamped"][family] - then[direction]["clamped"][family] for now, then in zip(after, before)
        )
        assert clamped_by_a >= 1 and clamped_by_b == 0
        for end in after:
            check_conservation(end[direction])
            assert end[direction]["dropped"]["too_big"] == 0
