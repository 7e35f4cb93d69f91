# SPDX-License-Identifier: BSD-3-Clause
"""Thousands of frames nobody thought of: random option lists and small accidents, the same in every run."""
from __future__ import annotations

import random
from pathlib import Path
from typing import Callable

import pytest

from support import crafted
from support.narrows import Config, check_replay, session, terminate, transparent

FRAMES = 2000
QINQ = [crafted.service_vlan(100, pcp=5), crafted.vlan(7, pcp=5)]
TERMINATE = terminate(
    session("plain", lan={"peer_mac": crafted.LAN_HOST_MAC, "gateway": "203.0.113.1"}),
    session("tagged", lan={"vlan": 10, "peer_mac": crafted.LAN_HOST_MAC}, wan={"vlans": [100, 7], "pcp": 5}, mtu=1454),
)
CONFIGS = {"terminate": TERMINATE, "transparent": transparent()}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
@pytest.mark.parametrize("seed", (1, 2))
def test_random_options(tmp_path: Path, config: Config, seed: int) -> None:
    generator = random.Random(seed)
    lan = [random_segment(generator, crafted.lan_frame) for _ in range(FRAMES)]
    wan = [random_segment(generator, crafted.wan_frame) for _ in range(FRAMES)]
    check_replay(tmp_path, config, lan, wan)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
@pytest.mark.parametrize("seed", (11, 12, 13))
def test_mutations(tmp_path: Path, config: Config, seed: int) -> None:
    generator = random.Random(seed)
    lan_base, wan_base = base_frames()
    lan = [crafted.mutated(generator, generator.choice(lan_base)) for _ in range(FRAMES)]
    wan = [crafted.mutated(generator, generator.choice(wan_base)) for _ in range(FRAMES)]
    check_replay(tmp_path, config, lan, wan)


def random_segment(generator: random.Random, make_frame: Callable[..., bytes]) -> bytes:
    family = generator.choice(crafted.FAMILIES)
    fields = {"ipv4": {"flags": generator.choice(("", "DF"))}, "ipv6": {"hlim": generator.choice((1, 63, 64, 255))}}
    packet = crafted.tcp(
        family,
        crafted.random_options(generator),
        ip=crafted.ip_header(family, **fields[family]),
        payload=generator.randbytes(generator.choice((0, 0, 1, 3, 100, generator.randrange(1350, 1480)))),
        flags=generator.choice(("S", "S", "SA", "SA", "SEC", "A", "SR")),
        seq=generator.randrange(1 << 32),
        urgptr=generator.randrange(1 << 16),
    )
    if generator.random() < 0.2:  # a wrong checksum must stay wrong
        at = crafted.tcp_start(family) + 16
        packet = crafted.patched(packet, at, generator.randbytes(2))
    return make_frame(packet, family)


def base_frames() -> tuple[list[bytes], list[bytes]]:
    """Sound and odd frames for the LAN and for the WAN port, of both sessions."""
    lan: list[bytes] = list(crafted.lan_strays().values())
    wan: list[bytes] = list(crafted.broken_pppoe().values())
    for family in crafted.FAMILIES:
        for packet in [*crafted.packets(family).values(), *too_long(family)]:
            lan += [crafted.lan_frame(packet, family), crafted.lan_frame(packet, family, tags=[crafted.vlan(10)])]
            wan += [crafted.wan_frame(packet, family), crafted.wan_frame(packet, family, tags=QINQ)]
    return lan, wan


def too_long(family: str) -> list[bytes]:
    """For one of the sessions, or for both; some of them to be cut."""
    sizes = (1455, 1493, 1499, 1500, 1501)
    fields = [{"flags": flags} for flags in ("", "DF", "MF")] if family == "ipv4" else [{}]
    return [crafted.udp(family, size, **field) for size in sizes for field in fields]
