# SPDX-License-Identifier: BSD-3-Clause
"""Padding, trailers and sizes: what leaves is exactly the IP packet, padded with zeros to 60 octets."""
from __future__ import annotations

from pathlib import Path

import pytest

from support import crafted
from support.crafted import lan_frame, tcp, udp, wan_frame
from support.narrows import check_replay, session, terminate

PEER = {"peer_mac": crafted.LAN_HOST_MAC}


@pytest.mark.parametrize("family", crafted.FAMILIES)
def test_padding_is_cut_and_renewed_with_zeros(tmp_path: Path, family: str) -> None:
    ack = tcp(family, flags="A")
    lan = [lan_frame(ack, family) + b"\xee" * extra for extra in (0, 1, 6, 20, 100)]
    wan = [wan_frame(ack, family) + b"\xee" * extra for extra in (0, 1, 6, 20, 100)]
    replayed = check_replay(tmp_path, terminate(), lan, wan)
    assert all(b"\xee" not in frame for frame in replayed.lan_out + replayed.wan_out)
    assert {int.from_bytes(frame[18:20], "big") for frame in replayed.wan_out} == {len(ack) + 2}


@pytest.mark.parametrize("family", crafted.FAMILIES)
def test_every_length(tmp_path: Path, family: str) -> None:
    """From the shortest packet to beyond both MTUs."""
    smallest = 28 if family == "ipv4" else 48
    sizes = [*range(smallest, 130), *range(1440, 1520)]
    config = terminate(session(lan=PEER), ports={"lan": {"mtu": 1480}})
    lan = [lan_frame(udp(family, size), family) for size in sizes]
    wan = [wan_frame(udp(family, size), family) for size in sizes]
    check_replay(tmp_path, config, lan, wan)


def test_trailer_inside_the_pppoe_length(tmp_path: Path) -> None:
    frames = [crafted.broken_pppoe()[f"{family}_trailer_inside_length"] for family in crafted.FAMILIES]
    replayed = check_replay(tmp_path, terminate(), wan=frames)
    assert [frame[-4:] for frame in replayed.lan_out] != [b"\xee" * 4] * 2


def test_short_frame_after_a_long_one_carries_none_of_it(tmp_path: Path) -> None:
    """No old buffer contents ever leave the box."""
    long, short = udp("ipv4", 1400), tcp("ipv4", flags="A")
    lan = [lan_frame(packet, "ipv4") for packet in [long] * 64 + [short] * 64] * 20
    wan = [wan_frame(packet, "ipv4") for packet in [long] * 64 + [short] * 64] * 20
    check_replay(tmp_path, terminate(), lan, wan)
