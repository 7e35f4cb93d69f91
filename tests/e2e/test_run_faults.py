# SPDX-License-Identifier: BSD-3-Clause
"""A line that goes down, comes back, and in the end is pulled out: every frame has its fate, nothing else stops."""
from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from support import crafted
from support.daemon import Daemon, on_veth
from support.namespaces import Namespace, namespaces, veth
from support.narrows import terminate

FRAMES = 500


def set_link(namespace: Namespace, interface: str, state: str) -> None:
    subprocess.run(["ip", "-n", namespace.name, "link", "set", interface, state], check=True)


def assert_conserved(stats: dict[str, Any]) -> None:
    for counts in stats["directions"].values():
        assert counts["received"] == counts["forwarded"] + counts["punted"] + sum(counts["dropped"].values())


def test_line_down_up_and_gone(root: None, tmp_path: Path) -> None:
    frame = crafted.lan_frame(crafted.udp("ipv4", 1000), "ipv4")
    with namespaces("box", "peer") as (box, peer):
        for side in ("lan", "wan"):
            veth(box, f"{side}0", peer, f"{side}1")
        with Daemon(tmp_path, box, on_veth(terminate(), lan={"mac": crafted.LAN_MAC})) as narrows:
            lan = peer.packet_socket("lan1")
            received = 0
            for state in ("down", "up", "down", "up"):
                set_link(box, "wan0", state)
                for _ in range(FRAMES):
                    lan.send(frame)
                received += FRAMES
                assert_conserved(narrows.wait_received("lan_to_wan", received))
            with_line = narrows.stats()["directions"]["lan_to_wan"]["forwarded"]
            wan = peer.packet_socket("wan1")
            lan.send(frame)
            assert len(wan.receive(1)) == 1  # forwarding again
            assert narrows.stats()["directions"]["lan_to_wan"]["forwarded"] > with_line

            subprocess.run(["ip", "-n", box.name, "link", "delete", "wan0"], check=True)
            for _ in range(FRAMES):
                lan.send(frame)
            assert_conserved(narrows.wait_received("lan_to_wan", received + 1 + FRAMES))
            assert narrows.get("/healthz")[0] == 200
        assert "did not come back" not in narrows.output()
