# SPDX-License-Identifier: BSD-3-Clause
"""A session that nobody answers: the LAN host is told at once that there is no way, and everything is counted."""
from __future__ import annotations

import os
import subprocess
from pathlib import Path

from support.daemon import Daemon, on_veth
from support.namespaces import Namespace, namespaces, veth, wait_for
from support.narrows import Config, check_conservation, terminate

FAR = {"ipv4": "198.51.100.10", "ipv6": "2001:db8:2::10"}
DUMMY = "192.0.0.8"  # RFC 7600: who speaks while there is no gateway


def ping(host: Namespace, family: str) -> str:
    words = host.words("ping", f"-{family[-1]}", "-c", 3, "-i", "0.2", "-W", 2, "-n", FAR[family])
    return subprocess.run(words, capture_output=True, text=True, timeout=30).stdout


def test_host_is_told(root: None, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    secret.write_text("secret\n")
    session: Config = {"name": "isp", "client": {"username": "user", "password_file": str(secret)}}
    with namespaces("lan", "box", "far") as (lan, box, far):
        veth(lan, "eth0", box, "lan0")
        veth(box, "wan0", far, "far0")
        lan.give_addresses("eth0", "203.0.113.9/24", "2001:db8:1::9/64")
        lan.run("ip", "route", "add", "default", "via", "203.0.113.1")
        lan.run("ip", "-6", "route", "add", "default", "via", "2001:db8:1::1")
        with Daemon(tmp_path, box, on_veth(terminate(session))) as narrows:
            wait_for("address detection", lambda: not lan.run("ip", "-6", "address", "show", "tentative"))
            assert f"From {DUMMY} icmp_seq=1 Destination Host Unreachable" in ping(lan, "ipv4")
            assert "icmp_seq=1 Destination unreachable: Address unreachable" in ping(lan, "ipv6")
            stats = narrows.stats()
            assert stats["directions"]["lan_to_wan"]["dropped"]["session_down"] >= 6
            assert stats["control"]["unreachable_sent"] >= 6
            assert stats["sessions"]["isp"]["state"] in ("discovery", "down")
            check_conservation(stats["directions"]["lan_to_wan"])
    assert not list(Path("/var/lib/narrows").glob(f"*{os.getpid()}*box*"))
