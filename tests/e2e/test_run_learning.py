# SPDX-License-Identifier: BSD-3-Clause
"""A running Narrows that learns: the recorded ends talk through it, and its statistics say what it heard."""
from __future__ import annotations

import os
from pathlib import Path

import pytest

from support import crafted
from support.daemon import Daemon, on_veth
from support.handshakes import AGREED, MTU, SIDES, load
from support.namespaces import namespaces, veth, wait_for
from support.narrows import check_conservation, transparent

OTHER = {"lan": "wan", "wan": "lan"}
CPUS = sorted(os.sched_getaffinity(0))[:2]


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("spread", ("one_worker", "auto", "software"))
def test_learning(tmp_path: Path, spread: str) -> None:
    """With two workers too: one of them hears both ends of a conversation, so in turn."""
    workers = {} if spread == "one_worker" else {"workers": {"lcores": CPUS, "spread": spread}}
    handshakes = {
        name: load(name).tagged(b"\x81\x00" + vlan.to_bytes(2, "big")) for vlan, name in enumerate(AGREED, start=10)
    }
    with namespaces("box", "peer") as (box, peer):
        for side in SIDES:
            veth(box, f"{side}0", peer, f"{side}1")
        with Daemon(tmp_path, box, on_veth(transparent(mtu="learn", **workers))) as narrows:
            sockets = {side: peer.packet_socket(f"{side}1") for side in SIDES}
            for handshake in handshakes.values():
                timed = [(time, side, frame) for side in SIDES for time, frame in handshake.frames[side]]
                for _, side, frame in sorted(timed):
                    frame = frame.ljust(60, b"\0")
                    sockets[side].send(frame)
                    assert sockets[OTHER[side]].receive(1) == [frame]
            learned = wait_for("what was said", lambda: narrows.stats()["learned"]["agreed"] == len(AGREED))
            learned = narrows.stats()["learned"]
            assert [session["mtu"] for session in learned["sessions"]] == [MTU[name] for name in reversed(AGREED)]
            assert all(0 <= session["age_seconds"] < 60 for session in learned["sessions"])
            assert f'narrows_learned_sessions{{mru="agreed"}} {len(AGREED)}' in narrows.get("/metrics")[1]
            for name, handshake in handshakes.items():
                for side in SIDES:
                    sockets[side].send(handshake.syn(side, "ipv4", 9000).ljust(60, b"\0"))
                    [got] = sockets[OTHER[side]].receive(1)
                    assert got == handshake.syn(side, "ipv4", MTU[name] - 40).ljust(60, b"\0")
            for counted in narrows.stats()["directions"].values():
                check_conservation(counted)
                assert counted["punted"] == 0 and counted["odd"]["watch_missed"] == 0
            output = narrows.output()
    assert "set ports.lan.mtu and ports.wan.mtu to 1508" in output, "for the session of RFC 4638"
