# SPDX-License-Identifier: BSD-3-Clause
"""Real TCP of real hosts through tunnels whose ends do not know that the line between them carries 1492 octets."""
from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support import hosts, tunnel_end
from support.namespaces import wait_for

LINE_MTU = 1492
PORT_MTU = 1500
STALL_SECONDS = 3
INSIDE = {"lan": {"ipv4": "10.9.0.1", "ipv6": "fd09::1"}, "isp": {"ipv4": "10.9.0.2", "ipv6": "fd09::2"}}
PREFIX = {"ipv4": 30, "ipv6": 64}
CARRIED = {
    "ipip": ("ipv4",), "6in4": ("ipv6",), "4in6": ("ipv4",), "gre": ("ipv4", "ipv6"), "gre6": ("ipv4", "ipv6"),
}  # fmt: skip


def make_tunnel(wire: hosts.Line, kind: str) -> list[Path]:
    """Both ends, as hosts set them up that know their ports' MTU only; returns the files of their complaints."""
    mtu = PORT_MTU - tunnel_end.KINDS[kind].outer_octets
    outer = tunnel_end.KINDS[kind].outer
    logs = []
    for end in ("lan", "isp"):
        host, log = wire.host(end), wire.directory / f"tunnel_{end}.log"
        hosts.wait_addresses(host)
        addresses = [hosts.ADDRESS[name][outer] for name in (end, hosts.OTHER_SIDE[end])]
        with log.open("w") as out:
            words = ["/usr/bin/python3", tunnel_end.__file__, "tunnel0", kind, *addresses]
            host.start(*words, stdout=out, stderr=subprocess.STDOUT)
        wait_for("the tunnel's end", lambda: log.read_text().startswith("ready\n"))
        host.give_addresses("tunnel0", *(f"{INSIDE[end][family]}/{PREFIX[family]}" for family in CARRIED[kind]))
        host.run("ip", "link", "set", "tunnel0", "mtu", mtu, "up")
        logs.append(log)
    return logs


@pytest.mark.parametrize("kind", CARRIED)
def test_tcp_inside(root: None, tmp_path: Path, kind: str) -> None:
    with hosts.line(tmp_path) as wire:
        file_sum = hosts.sha256(wire.start_web_servers(hosts.MEGABYTE))
        # Made before anybody polls: with every CPU polled, Linux is slow to bring an interface up.
        logs = make_tunnel(wire, kind)
        with hosts.both_ends(wire, mss={"tunnels": "on"}) as (a, b):
            with hosts.line_captured(wire) as captures:
                for client in INSIDE:
                    for family in CARRIED[kind]:
                        address = INSIDE[hosts.OTHER_SIDE[client]][family]
                        assert wire.fetch(client, address) == (0, file_sum), (client, family)
            counted = a.stats()["directions"]
            for direction in ("lan_to_wan", "wan_to_lan"):
                assert counted[direction]["odd"]["tunnelled_syn"] >= 2 * len(CARRIED[kind])
                for family in CARRIED[kind]:
                    assert counted[direction]["clamped"][family] >= 2
            assert all(log.read_text() == "ready\n" for log in logs), "every GRE checksum was right"
        for path in captures:
            assert hosts.largest_packet(path) == LINE_MTU, "the line is used to the full, and no more"
        # The same without: what is clamped outside tunnels does not help.
        with hosts.both_ends(wire) as (a, b):
            for client in INSIDE:
                address = INSIDE[hosts.OTHER_SIDE[client]][CARRIED[kind][0]]
                code, got = wire.fetch(client, address, seconds=STALL_SECONDS)
                assert (code, got != file_sum) == (hosts.TIMED_OUT, True), client
            for end in (a, b):
                assert end.stats()["directions"]["lan_to_wan"]["dropped"]["too_big"] > 0
