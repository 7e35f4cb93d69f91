# SPDX-License-Identifier: BSD-3-Clause
"""Another configuration while frames flow: those of sessions that stay are not lost, those of others begin and end;
a file that is wrong, or that asks for what cannot change, changes nothing."""
from __future__ import annotations

import signal
from pathlib import Path
from typing import Any, Iterator

import pytest

from support import control_socket, crafted
from support.daemon import Daemon, on_veth
from support.namespaces import PacketSocket, namespaces, veth, wait_for
from support.narrows import Config, check_conservation, run, session, terminate, transparent
from support.steady_traffic import SteadyTraffic

RELOADS = 50
TRANSPARENT_RELOADS = 20
LAN, WAN = {"mac": crafted.LAN_MAC}, {"mac": crafted.WAN_MAC}
STAYS = {"lan": {"peer_mac": crafted.LAN_HOST_MAC}}
DIRECTIONS = ("lan_to_wan", "wan_to_lan")
BROKEN = ("", "sessions: [", "mode: terminate\nmtuu: 3\n")


class Cables:
    """The other ends of both."""

    def __init__(self, lan: PacketSocket, wan: PacketSocket) -> None:
        self.lan = lan
        self.wan = wan


def terminating(*more: Config, **fields: Any) -> Config:
    """A session that stays, and others; the first other one has a VLAN, for which the LAN port is to be open from the
    start."""
    return on_veth(terminate(session(**STAYS), *(more or (other(1),)), **fields), lan=LAN, wan=WAN)


def other(number: int) -> Config:
    lan = {"vlan": number, "peer_mac": crafted.LAN_HOST_MAC}
    return {"name": f"other-{number}", "static": {"id": number, "ac_mac": crafted.AC_MAC}, "lan": lan}


def names(narrows: Daemon) -> list[str]:
    return sorted(narrows.stats()["sessions"])


@pytest.fixture
def box(root: None, tmp_path: Path) -> Iterator[tuple[Daemon, Cables]]:
    with namespaces("box", "peer") as (inside, peer):
        for side in ("lan", "wan"):
            veth(inside, f"{side}0", peer, f"{side}1")
        cables = Cables(peer.packet_socket("lan1"), peer.packet_socket("wan1"))
        yield Daemon(tmp_path, inside, terminating()), cables


@pytest.fixture
def narrows(box: tuple[Daemon, Cables]) -> Iterator[Daemon]:
    with box[0] as narrows:
        yield narrows


@pytest.fixture
def cables(box: tuple[Daemon, Cables]) -> Cables:
    return box[1]


def check_all_forwarded(narrows: Daemon, sent: dict[str, int]) -> dict[str, Any]:
    for direction, count in sent.items():
        stats = narrows.wait_received(direction, count)
        counts = stats["directions"][direction]
        check_conservation(counts)
        assert counts["forwarded"] == count, counts
    return stats


def wait_forwarded(narrows: Daemon) -> None:
    """More frames of both directions than until now."""
    def counts() -> list[int]:
        return [narrows.stats()["directions"][way]["forwarded"] for way in DIRECTIONS]

    before = counts()
    wait_for("more frames both ways", lambda: all(now > then for now, then in zip(counts(), before)))


def test_no_frame_is_lost(narrows: Daemon, cables: Cables) -> None:
    """One session stays, another is new each time, under traffic both ways."""
    lan = (cables.lan, crafted.lan_frame(crafted.udp("ipv4", 400), "ipv4"))
    wan = (cables.wan, crafted.wan_frame(crafted.udp("ipv4", 400), "ipv4"))
    with SteadyTraffic(dict(zip(DIRECTIONS, (lan, wan)))) as traffic:
        for turn in range(RELOADS):
            narrows.write(terminating(other(turn + 2), mss={"ipv4": 1400 - turn}))
            assert "1 added" in narrows.reload()
    stats = check_all_forwarded(narrows, traffic.sent)
    for direction, count in traffic.sent.items():
        assert stats["sessions"]["isp"][direction]["packets"] == count
    assert names(narrows) == ["isp", f"other-{RELOADS + 1}"]


def test_no_frame_is_lost_in_transparent_mode(box: tuple[Daemon, Cables], cables: Cables) -> None:
    """Another limit each time, which SYNs of both directions meet at once."""
    def config(limit: int) -> Config:
        return on_veth(transparent(mss={"ipv4": limit}))

    def limits_seen(socket: PacketSocket, count: int) -> list[int]:
        frames = socket.receive(count)
        assert len(frames) == count
        return [int.from_bytes(frame[56:58], "big") for frame in frames]  # behind Ethernet, IPv4, TCP, kind and length

    narrows, _ = box
    narrows.write(config(1400))
    syn = crafted.tcp("ipv4", crafted.mss(1460))
    with narrows:
        frames = [crafted.lan_frame(syn, "ipv4"), crafted.lan_frame(syn, "ipv4", src=crafted.AC_MAC)]
        with SteadyTraffic(dict(zip(DIRECTIONS, zip((cables.lan, cables.wan), frames)))) as traffic:
            wait_forwarded(narrows)
            for turn in range(1, TRANSPARENT_RELOADS + 1):
                narrows.write(config(1400 - turn))
                assert "changed: mss" in narrows.reload()
            wait_forwarded(narrows)
        check_all_forwarded(narrows, traffic.sent)
    for direction, socket in zip(DIRECTIONS, (cables.wan, cables.lan)):
        seen = limits_seen(socket, traffic.sent[direction])
        assert seen == sorted(seen, reverse=True), "never an old limit behind a new one"
        assert (seen[0], seen[-1]) == (1400, 1400 - TRANSPARENT_RELOADS)


def test_sessions_come_and_go(narrows: Daemon, cables: Cables) -> None:
    frame = crafted.lan_frame(crafted.udp("ipv4", 100), "ipv4", [crafted.vlan(7)])

    def drops() -> int:
        return narrows.stats()["directions"]["lan_to_wan"]["dropped"].get("unknown_vlan", 0)

    def reload_with(number: int) -> str:
        narrows.write(terminating(other(number)))
        return narrows.reload()

    cables.lan.send(frame)
    wait_for("a frame of nobody", lambda: drops() == 1)
    assert "1 added (other-7), 1 removed (other-1), 1 as before" in reload_with(7)
    cables.lan.send(frame)
    assert len(cables.wan.receive(1)) == 1
    reload_with(8)
    cables.lan.send(frame)
    wait_for("a frame of nobody again", lambda: drops() == 2)
    reload_with(9)
    assert narrows.stats()["sessions"]["other-9"]["lan_to_wan"]["packets"] == 0, "not those of other-7"
    assert names(narrows) == ["isp", "other-9"]


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_file_changes_nothing(narrows: Daemon, text: str) -> None:
    narrows.write(text)
    line = narrows.reload()
    assert "not reloaded: " in line and str(narrows.config_path) in line and "nothing was changed" in line
    assert names(narrows) == ["isp", "other-1"]


def test_what_cannot_change_is_named(narrows: Daemon) -> None:
    config = terminating(other(9))
    config["workers"]["burst"] = 7
    config["ports"]["lan"]["mtu"] = 1400
    narrows.write(config)
    assert "workers.burst, ports.lan.mtu; nothing was changed, restart to apply" in narrows.reload()
    assert names(narrows) == ["isp", "other-1"]


def test_over_the_control_socket(narrows: Daemon) -> None:
    """Whoever asks is told what the log says."""
    def ask() -> tuple[int, bool, str]:
        status, body = control_socket.ask(narrows.socket, "/api/v1/reload", "POST")
        assert f"reloaded: {body['message']}" in narrows.output()
        return status, body["done"], body["message"]

    narrows.write(terminating(other(2)))
    assert ask() == (200, True, "sessions: 1 added (other-2), 1 removed (other-1), 1 as before")
    assert ask() == (200, True, "nothing has changed")
    for text in BROKEN:
        narrows.write(text)
        status, done, message = ask()
        assert (status, done) == (409, False) and message.startswith(str(narrows.config_path))
    narrows.write(terminating(other(3)) | {"checksum": "incremental"})
    status, done, message = ask()
    assert (status, done) == (409, False)
    assert message == "cannot change while frames flow: checksum; nothing was changed, restart to apply"
    assert names(narrows) == ["isp", "other-2"]
    kinds = [event["kind"] for event in control_socket.ask(narrows.socket, "/api/v1/events")[1]["events"]]
    assert (kinds.count("reloaded"), kinds.count("reload_refused")) == (2, len(BROKEN) + 1)


def test_by_command(narrows: Daemon) -> None:
    narrows.write(terminating(other(2)))
    done = run("reload", "--socket", narrows.socket)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "sessions: 1 added (other-2), 1 removed (other-1), 1 as before\n"
    narrows.write(BROKEN[-1])
    refused = run("reload", "-c", narrows.config_path)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"narrows: {narrows.config_path}:") and refused.stderr.count("\n") == 1


def test_a_storm_of_signals(narrows: Daemon) -> None:
    for _ in range(1000):
        narrows.process.send_signal(signal.SIGHUP)
    narrows.write(terminating(other(3)))
    wait_for("the last file", lambda: narrows.reload() and names(narrows) == ["isp", "other-3"])
