# SPDX-License-Identifier: BSD-3-Clause
"""A host's own dealings with its link: address detection succeeds, its neighbours are Narrows."""
from __future__ import annotations

import json
from pathlib import Path

from support import hosts
from support.namespaces import command, wait_for


def test_addresses_and_neighbours(root: None, tmp_path: Path) -> None:
    with hosts.line(tmp_path) as wire, hosts.both_ends(wire) as (a, _):
        # Again, now that Narrows is there to disturb it.
        wire.lan.run("ip", "address", "add", "2001:db8:1::77/64", "dev", "eth0")
        wait_for("address detection", lambda: "tentative" not in wire.lan.run("ip", "-6", "address"))
        assert "dadfailed" not in wire.lan.run("ip", "-6", "address")

        for family, ping in (("ipv4", ["ping", "-4"]), ("ipv6", ["ping", "-6"])):
            wire.lan.run(*ping, "-c", 3, "-i", 0.2, hosts.ADDRESS["isp"][family])
        lan_mac = a.stats()["ports"]["lan"]["mac"]
        neighbours = json.loads(command(*wire.lan.words("ip", "-json", "neighbour", "show", "dev", "eth0")))
        known = {entry["dst"]: entry.get("lladdr") for entry in neighbours}
        assert {known[gateway] for gateway in hosts.GATEWAY["lan"].values()} == {lan_mac}
