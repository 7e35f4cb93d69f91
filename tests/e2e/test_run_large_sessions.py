# SPDX-License-Identifier: BSD-3-Clause
"""Sessions of 1500 octets and more (RFC 4638): ports carry MTU + 8 + tags, and one that cannot is named at start."""
from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from support import crafted
from support.contract_model import ContractModel
from support.crafted import lan_frame, udp, wan_frame
from support.daemon import Daemon, on_veth
from support.namespaces import namespaces, veth
from support.narrows import (
    BINARY, TIMEOUT_SECONDS, Config, check_counters, check_frames, run, session, terminate, write_config,
)  # fmt: skip
from support.session_model import DIRECTION_FROM

PEER = {"peer_mac": crafted.LAN_HOST_MAC}
STACKS = {"untagged": [], "one_tag": [835], "two_tags": [100, 7]}
PPPOE = 8
ROOM_FOR_TAGS = 8


def config(mtu: int, vlans: list[int], lan_mtu: int, wan_mtu: int) -> Config:
    macs = {"lan": {"mac": crafted.LAN_MAC, "mtu": lan_mtu}, "wan": {"mac": crafted.WAN_MAC, "mtu": wan_mtu}}
    return on_veth(terminate(session(lan=PEER, wan={"vlans": vlans}), mtu=mtu), **macs)


def check_both_ways(directory: Path, settings: Config, sizes: tuple[int, ...], interface_mtu: int) -> None:
    """Whole packets over real interfaces: none cut, none dropped."""
    vlans = settings["sessions"][0]["wan"]["vlans"]
    tags = [crafted.vlan(vid) for vid in vlans]
    packets = [(udp(family, size, **fields), family) for size in sizes for family, fields in
               (("ipv4", {}), ("ipv4", {"flags": ""}), ("ipv6", {}))]  # fmt: skip
    model = ContractModel(settings)
    with namespaces("box", "peer") as (box, peer):
        for side in ("lan", "wan"):
            # Narrows raises its own end to what it needs; the other end is the test's.
            veth(box, f"{side}0", peer, f"{side}1")
            peer.run("ip", "link", "set", f"{side}1", "mtu", interface_mtu)
        with Daemon(directory, box, settings) as narrows:
            sockets = {side: peer.packet_socket(f"{side}1") for side in ("lan", "wan")}
            lan = [lan_frame(*packet) for packet in packets]
            wan = [wan_frame(*packet, tags=tags) for packet in packets]
            for side, other, frames in (("lan", "wan", lan), ("wan", "lan", wan)):
                for frame in frames:
                    sockets[side].send(frame)
                inputs = [(frame, model.receive(side, frame)) for frame in frames]
                check_frames(side, inputs, sockets[other].receive(len(frames), patience=5))
                stats = narrows.wait_received(DIRECTION_FROM[side], len(frames))
            check_counters(model, stats)
            for counted in stats["directions"].values():
                assert (counted["forwarded"], counted["fragmented"]) == (len(packets), 0)


@pytest.mark.parametrize("name", STACKS)
def test_1500_octets(root: None, tmp_path: Path, name: str) -> None:
    """The whole of what Ethernet carries, with any tags."""
    settings = config(1500, STACKS[name], lan_mtu=1500, wan_mtu=1508)
    check_both_ways(tmp_path, settings, (1493, 1499, 1500), interface_mtu=1508 + ROOM_FOR_TAGS)


@pytest.mark.parametrize("name", STACKS)
def test_4000_octets(root: None, tmp_path: Path, name: str) -> None:
    """Both ends agree on more than Ethernet's 1500."""
    settings = config(4000, STACKS[name], lan_mtu=4000, wan_mtu=4000 + PPPOE)
    check_both_ways(tmp_path, settings, (1500, 2048, 3999, 4000), interface_mtu=4000 + PPPOE + ROOM_FOR_TAGS)


@pytest.mark.parametrize(("vlans", "largest"), (([], 1492), ([835], 1492), ([100, 7], 1484)), ids=STACKS)
def test_a_port_that_cannot(root: None, tmp_path: Path, vlans: list[int], largest: int) -> None:
    """An interface on top of one with an MTU of 1500 takes no more: the error says which port and what would work."""
    with namespaces("box") as (box,):
        veth(box, "lan0", box, "lan1")
        veth(box, "under0", box, "under1")
        box.run("ip", "link", "add", "link", "under0", "name", "wan0", "type", "macvlan")
        box.run("ip", "link", "set", "wan0", "up")
        path = write_config(tmp_path, config(1500, vlans, lan_mtu=1500, wan_mtu=1508))
        command = box.words(BINARY, "run", "-c", path)
        result = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS)
    assert result.returncode == 1
    last = result.stderr.splitlines()[-1]
    assert "ports.wan" in last and re.search(rf"\b{largest}\b", last), result.stderr


def test_that_mtu_then_works(root: None, tmp_path: Path) -> None:
    """What the error says is true."""
    with namespaces("box") as (box,):
        veth(box, "lan0", box, "lan1")
        veth(box, "under0", box, "under1")
        box.run("ip", "link", "add", "link", "under0", "name", "wan0", "type", "macvlan")
        box.run("ip", "link", "set", "wan0", "up")
        settings = config(1484, STACKS["two_tags"], lan_mtu=1500, wan_mtu=1492)
        with Daemon(tmp_path, box, settings) as narrows:
            assert narrows.get("/healthz")[0] == 200


@pytest.mark.parametrize(("mtu", "wan_mtu"), ((1493, 1500), (1500, 1507), (4001, 4008)))
def test_a_session_longer_than_its_port(tmp_path: Path, mtu: int, wan_mtu: int) -> None:
    """Said by the check already, with the figure that would do."""
    result = run("check", "-c", write_config(tmp_path, config(mtu, [], lan_mtu=1500, wan_mtu=wan_mtu)))
    assert result.returncode == 1
    assert re.search(rf"mtu: .*\b{wan_mtu - PPPOE}\b", result.stderr), result.stderr
