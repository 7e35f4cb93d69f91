# SPDX-License-Identifier: BSD-3-Clause
"""Real TCP of real hosts: 100 MB each way over IPv4 and IPv6, every segment on the line within the limit."""
from __future__ import annotations

from pathlib import Path
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


def test_nothing_was_lost_and_all_is_counted(wire: hosts.Line, file_sum: bytes, ends: tuple) -> None:
    """After the downloads above: no drops on the line, both SYN and SYN-ACK of each connection clamped."""
    for client in hosts.ADDRESS:
        for family in hosts.PREFIX:
            assert wire.download(client, family, seconds=30) == (0, file_sum)
    a, b = (end.stats()["directions"] for end in ends)
    for direction, other in (("lan_to_wan", "wan_to_lan"), ("wan_to_lan", "lan_to_wan")):
        check_conservation(a[direction])
        assert a[direction]["dropped"]["too_big"] == 0
        assert min(a[direction]["clamped"].values()) >= 2  # one SYN and one SYN-ACK went each way
        assert sum(b[direction]["clamped"].values()) == 0
        # Nothing is lost on the line, though more may have come since.
        assert b[other]["received"] >= a[direction]["forwarded"] > FILE_OCTETS / 1500
