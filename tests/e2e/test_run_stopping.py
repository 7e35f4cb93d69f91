# SPDX-License-Identifier: BSD-3-Clause
"""SIGINT and SIGTERM: an orderly end, exit code 0, the final counts; and it can start again at once."""
from __future__ import annotations

import signal
from pathlib import Path
from typing import Iterator

import pytest

from support import crafted
from support.daemon import Daemon, on_veth
from support.namespaces import Namespace, namespaces, veth
from support.narrows import terminate

SYNS = 11


@pytest.fixture
def places(root: None) -> Iterator[tuple[Namespace, Namespace]]:
    with namespaces("box", "peer") as (box, peer):
        for side in ("lan", "wan"):
            veth(box, f"{side}0", peer, f"{side}1")
        yield box, peer


@pytest.mark.parametrize("number", (signal.SIGINT, signal.SIGTERM))
def test_final_counts(places: tuple[Namespace, Namespace], tmp_path: Path, number: signal.Signals) -> None:
    box, peer = places
    with Daemon(tmp_path, box, on_veth(terminate(), lan={"mac": crafted.LAN_MAC})) as narrows:
        lan = peer.packet_socket("lan1")
        for _ in range(SYNS):
            lan.send(crafted.lan_frame(crafted.tcp("ipv4", crafted.mss(1460)), "ipv4"))
        narrows.wait_received("lan_to_wan", SYNS)
        assert narrows.stop(number) == 0
    final = narrows.output()
    assert "lan_to_wan" in final and "wan_to_lan" in final
    assert str(SYNS) in final[final.index("lan_to_wan") :].splitlines()[0] + final[final.index("lan_to_wan") :]


def test_again_on_the_same_interfaces(places: tuple[Namespace, Namespace], tmp_path: Path) -> None:
    box, peer = places
    for _ in range(3):
        with Daemon(tmp_path, box, on_veth(terminate(), lan={"mac": crafted.LAN_MAC})):
            wan = peer.packet_socket("wan1")
            lan = peer.packet_socket("lan1")
            lan.send(crafted.lan_frame(crafted.tcp("ipv4", crafted.mss(1460)), "ipv4"))
            assert len(wan.receive(1)) == 1
            wan.close()
            lan.close()


def test_stopping_in_the_middle_of_traffic(places: tuple[Namespace, Namespace], tmp_path: Path) -> None:
    box, peer = places
    with Daemon(tmp_path, box, on_veth(terminate(), lan={"mac": crafted.LAN_MAC})) as narrows:
        lan = peer.packet_socket("lan1")
        frame = crafted.lan_frame(crafted.udp("ipv4", 1400), "ipv4")
        for _ in range(2000):
            lan.send(frame)
        narrows.process.send_signal(signal.SIGTERM)
        for _ in range(2000):
            lan.send(frame)
        assert narrows.stop() == 0
