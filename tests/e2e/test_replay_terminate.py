# SPDX-License-Identifier: BSD-3-Clause
"""Terminate mode: every crafted packet, added and stripped, must come out exactly as the contract says."""
from __future__ import annotations

from pathlib import Path

import pytest

from support import crafted
from support.narrows import check_replay, terminate


@pytest.mark.parametrize("family", crafted.FAMILIES)
def test_crafted_packets(tmp_path: Path, family: str) -> None:
    packets = crafted.packets(family).values()
    lan = [crafted.lan_frame(packet, family) for packet in packets]
    wan = [crafted.wan_frame(packet, family) for packet in packets]
    check_replay(tmp_path, terminate(), lan, wan)


def test_broken_pppoe(tmp_path: Path) -> None:
    check_replay(tmp_path, terminate(), wan=list(crafted.broken_pppoe().values()))


def test_lan_strays(tmp_path: Path) -> None:
    check_replay(tmp_path, terminate(), lan=list(crafted.lan_strays().values()))


def test_one_of_each_in_mixed_bursts(tmp_path: Path) -> None:
    """Neighbours in a burst differ in family, fate and length."""
    lan = interleaved(*(frames_to_lan(family) for family in crafted.FAMILIES), list(crafted.lan_strays().values()))
    wan = interleaved(*(frames_to_wan(family) for family in crafted.FAMILIES), list(crafted.broken_pppoe().values()))
    check_replay(tmp_path, terminate(), lan, wan)


def frames_to_lan(family: str) -> list[bytes]:
    return [crafted.lan_frame(packet, family) for packet in crafted.packets(family).values()]


def frames_to_wan(family: str) -> list[bytes]:
    return [crafted.wan_frame(packet, family) for packet in crafted.packets(family).values()]


def interleaved(*lists: list[bytes]) -> list[bytes]:
    longest = max(map(len, lists))
    return [frames[i] for i in range(longest) for frames in lists if i < len(frames)]
