# SPDX-License-Identifier: BSD-3-Clause
"""Capture formats in, buffers back at the end, files that are none refused in one line."""
from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Callable

import pytest

from support import captures, crafted
from support.narrows import (
    Replayed, check_against_contract, check_replay, replay_files, run, terminate, transparent, write_config,
)  # fmt: skip

FORMATS: dict[str, Callable[[Path, list[bytes]], None]] = {
    "pcap": captures.write_pcap,
    "pcap_big_endian": partial(captures.write_pcap, byte_order=">"),
    "pcap_nanoseconds": partial(captures.write_pcap, magic=captures.PCAP_NANOSECONDS),
    "pcapng": captures.write_pcapng,
    "pcapng_simple": partial(captures.write_pcapng, simple=True),
}


def frames() -> tuple[list[bytes], list[bytes]]:
    packets = [(crafted.tcp(family, crafted.mss(1460)), family) for family in crafted.FAMILIES] * 50
    return [crafted.lan_frame(*packet) for packet in packets], [crafted.wan_frame(*packet) for packet in packets]


@pytest.mark.parametrize("name", FORMATS)
def test_formats(tmp_path: Path, name: str) -> None:
    lan, wan = frames()
    FORMATS[name](tmp_path / "lan.cap", lan)
    FORMATS[name](tmp_path / "wan.cap", wan)
    replayed = replay_files(tmp_path, terminate(), tmp_path / "lan.cap", tmp_path / "wan.cap")
    check_against_contract(terminate(), replayed, lan, wan)


@pytest.mark.parametrize("side", ("lan", "wan"))
def test_one_side_only(tmp_path: Path, side: str) -> None:
    given = dict(zip(("lan", "wan"), frames()))[side]
    path = tmp_path / "in.pcap"
    captures.write_pcap(path, given)
    replayed = replay_files(tmp_path, terminate(), **({"lan": None, "wan": None} | {side: path}))
    check_against_contract(terminate(), replayed, **({"lan": [], "wan": []} | {side: given}))


def test_empty_captures(tmp_path: Path) -> None:
    replayed = check_replay(tmp_path, transparent())
    assert replayed.lan_out == replayed.wan_out == []


def test_more_frames_than_buffers(tmp_path: Path) -> None:
    """Every buffer comes back: 100,000 frames, half of which are dropped, punted or cut."""
    lan, wan = frames()
    lan += list(crafted.lan_strays().values())
    wan += list(crafted.broken_pppoe().values())
    repeats = 100_000 // (len(lan) + len(wan))
    replayed = check_replay(tmp_path, terminate(), lan * repeats, wan * repeats)
    assert_all_buffers_back(replayed)


def assert_all_buffers_back(replayed: Replayed) -> None:
    assert {pool["name"]: pool["in_use"] for pool in replayed.stats["mempools"] if pool["in_use"]} == {}


@pytest.mark.parametrize("contents", (b"", b"this is no capture", captures.PCAP_MICROSECONDS.to_bytes(4, "little")))
def test_no_capture(tmp_path: Path, contents: bytes) -> None:
    (tmp_path / "lan.pcap").write_bytes(contents)
    result = run("replay", "-c", write_config(tmp_path, terminate()), "--lan", tmp_path / "lan.pcap")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1 and "lan.pcap" in result.stderr


def test_missing_capture(tmp_path: Path) -> None:
    result = run("replay", "-c", write_config(tmp_path, terminate()), "--lan", tmp_path / "none.pcap")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1 and "none.pcap" in result.stderr


def test_capture_that_is_cut_short(tmp_path: Path) -> None:
    """A capture that was interrupted: an error that names it, not half a result without a word."""
    lan, _ = frames()
    path = tmp_path / "lan.pcap"
    captures.write_pcap(path, lan)
    path.write_bytes(path.read_bytes()[:-5])
    result = run("replay", "-c", write_config(tmp_path, terminate()), "--lan", path)
    assert "lan.pcap" in result.stderr
