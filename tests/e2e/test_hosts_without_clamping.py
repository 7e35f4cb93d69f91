# SPDX-License-Identifier: BSD-3-Clause
"""What clamping is for: without it, in either direction, the download hangs where no ICMP gets through."""
from __future__ import annotations

from pathlib import Path

import pytest

from support import hosts

STALL_SECONDS = 3
SILENT = {"icmp": {"rate": 0}}  # as behind a firewall that lets no ICMP pass
HALF_MEASURES = {
    "off": {"ipv4": "off", "ipv6": "off"},
    "the_syn_alone": {"lan_to_wan": True, "wan_to_lan": False},
    "the_syn_ack_alone": {"lan_to_wan": False, "wan_to_lan": True},
}
# Whose download hangs: the receiver's MSS, which the other end sends by, was not lowered.
HANGING = {"off": ("lan", "isp"), "the_syn_alone": ("isp",), "the_syn_ack_alone": ("lan",)}


@pytest.mark.parametrize("name", HALF_MEASURES)
def test_without(root: None, tmp_path: Path, name: str) -> None:
    with hosts.line(tmp_path) as wire:
        file_sum = hosts.sha256(wire.start_web_servers(hosts.MEGABYTE))
        with hosts.both_ends(wire, of_b=SILENT, mss=HALF_MEASURES[name], **SILENT) as (a, b):
            for client in hosts.ADDRESS:
                for family in hosts.PREFIX:
                    code, got = wire.download(client, family, seconds=STALL_SECONDS)
                    if client in HANGING[name]:
                        assert (code, got != file_sum) == (hosts.TIMED_OUT, True), (client, family)
                    else:
                        assert (code, got) == (0, file_sum), (client, family)
            too_big = {end: too_big_at(daemon) for end, daemon in (("lan", a), ("isp", b))}
    # Segments of 1500 octets end at the Narrows next to the host that sent them.
    for client in hosts.ADDRESS:
        assert bool(too_big[hosts.OTHER_SIDE[client]]) == (client in HANGING[name])


def too_big_at(daemon: hosts.Daemon) -> int:
    return daemon.stats()["directions"]["lan_to_wan"]["dropped"]["too_big"]
