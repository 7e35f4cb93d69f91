# SPDX-License-Identifier: BSD-3-Clause
"""Another configuration while frames flow: those of sessions that stay are not lost, those of others begin and end;
a file that is wrong, or that asks for what cannot change, changes nothing."""
from __future__ import annotations

import json
import signal
import threading
from pathlib import Path
from typing import Any, Iterator

import pytest

from support import crafted
from support.daemon import Daemon, on_veth
from support.namespaces import Namespace, namespaces, veth, wait_for
from support.narrows import Config, check_conservation, session, terminate

RELOADS = 50
PACE_SECONDS = 0.001
LAN, WAN = {"mac": crafted.LAN_MAC}, {"mac": crafted.WAN_MAC}
STAYS = {"lan": {"peer_mac": crafted.LAN_HOST_MAC}}


class Box:
    """Narrows with a session that stays; `lan` and `wan` are the cables' other ends."""

    def __init__(self, directory: Path, box: Namespace, peer: Namespace) -> None:
        self.narrows = Daemon(directory, box, self.config())
        self.path = directory / f"{box.name}.yaml"
        self.lan = peer.packet_socket("lan1")
        self.wan = peer.packet_socket("wan1")

    @staticmethod
    def config(*more: Config, **fields: Any) -> Config:
        # The first other session has a VLAN, for which the LAN port is to be open from the start.
        return on_veth(terminate(session(**STAYS), *(more or (other(1),)), **fields), lan=LAN, wan=WAN)

    def write(self, config: Config | str) -> None:
        self.path.write_text(config if isinstance(config, str) else json.dumps(config))

    def reload(self) -> str:
        """What the log says of it."""
        before = self.said()
        self.narrows.process.send_signal(signal.SIGHUP)
        return wait_for("the reload", lambda: self.said()[len(before) :])[-1]

    def said(self) -> list[str]:
        return [line for line in self.narrows.output().splitlines() if "reloaded: " in line]

    def names(self) -> list[str]:
        return list(self.narrows.stats()["sessions"])


def other(number: int) -> Config:
    lan = {"vlan": number, "peer_mac": crafted.LAN_HOST_MAC}
    return {"name": f"other-{number}", "static": {"id": number, "ac_mac": crafted.AC_MAC}, "lan": lan}


@pytest.fixture
def box(root: None, tmp_path: Path) -> Iterator[Box]:
    with namespaces("box", "peer") as (inside, peer):
        for side in ("lan", "wan"):
            veth(inside, f"{side}0", peer, f"{side}1")
        made = Box(tmp_path, inside, peer)
        with made.narrows:
            yield made


def test_no_frame_is_lost(box: Box) -> None:
    """One session stays, another is new each time, under traffic both ways."""
    over = threading.Event()
    sent = dict.fromkeys(("lan_to_wan", "wan_to_lan"), 0)
    frames = {
        "lan_to_wan": (box.lan, crafted.lan_frame(crafted.udp("ipv4", 400), "ipv4")),
        "wan_to_lan": (box.wan, crafted.wan_frame(crafted.udp("ipv4", 400), "ipv4")),
    }

    def send() -> None:
        while not over.wait(PACE_SECONDS):
            for direction, (socket, frame) in frames.items():
                socket.send(frame)
                sent[direction] += 1

    sender = threading.Thread(target=send)
    sender.start()
    try:
        for turn in range(RELOADS):
            box.write(box.config(other(turn + 2), mss={"ipv4": 1400 - turn}))
            assert "1 added" in box.reload()
    finally:
        over.set()
        sender.join()
    for direction, count in sent.items():
        stats = box.narrows.wait_received(direction, count)
        counts = stats["directions"][direction]
        check_conservation(counts)
        assert counts["forwarded"] == count, counts
        assert stats["sessions"]["isp"][direction]["packets"] == count
    assert sorted(box.names()) == ["isp", f"other-{RELOADS + 1}"]


def test_sessions_come_and_go(box: Box) -> None:
    frame = crafted.lan_frame(crafted.udp("ipv4", 100), "ipv4", [crafted.vlan(7)])

    def drops() -> int:
        return box.narrows.stats()["directions"]["lan_to_wan"]["dropped"].get("unknown_vlan", 0)

    box.lan.send(frame)
    wait_for("a frame of nobody", lambda: drops() == 1)
    box.write(box.config(other(7)))
    assert "1 added (other-7), 1 removed (other-1), 1 as before" in box.reload()
    box.lan.send(frame)
    assert len(box.wan.receive(1)) == 1
    box.write(box.config(other(8)))
    box.reload()
    box.lan.send(frame)
    wait_for("a frame of nobody again", lambda: drops() == 2)
    box.write(box.config(other(9)))
    box.reload()
    assert box.narrows.stats()["sessions"]["other-9"]["lan_to_wan"]["packets"] == 0, "not those of other-7"
    assert sorted(box.names()) == ["isp", "other-9"]


@pytest.mark.parametrize("text", ("", "sessions: [", "mode: terminate\nmtuu: 3\n"))
def test_a_broken_file_changes_nothing(box: Box, text: str) -> None:
    box.write(text)
    line = box.reload()
    assert "not reloaded: " in line and str(box.path) in line and "nothing was changed" in line
    assert sorted(box.names()) == ["isp", "other-1"]


def test_what_cannot_change_is_named(box: Box) -> None:
    config = box.config(other(9))
    config["workers"]["burst"] = 7
    config["ports"]["lan"]["mtu"] = 1400
    box.write(config)
    line = box.reload()
    assert "workers.burst, ports.lan.mtu; nothing was changed, restart to apply" in line
    assert sorted(box.names()) == ["isp", "other-1"]


def test_a_storm_of_signals(box: Box) -> None:
    for _ in range(1000):
        box.narrows.process.send_signal(signal.SIGHUP)
    box.write(box.config(other(3)))
    wait_for("the last file", lambda: box.reload() and sorted(box.names()) == ["isp", "other-3"])
