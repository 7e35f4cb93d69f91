# SPDX-License-Identifier: BSD-3-Clause
"""A running Narrows between two veth interfaces: whole frames out, and counters that agree."""
from __future__ import annotations

from pathlib import Path

import pytest

from support import crafted
from support.contract_model import ContractModel
from support.daemon import Daemon, on_veth
from support.namespaces import Namespace, namespaces, veth
from support.narrows import (
    Config, Replayed, check_conservation, check_frames, check_counters, session, terminate, transparent,
)  # fmt: skip

MACS = {"lan": {"mac": crafted.LAN_MAC}, "wan": {"mac": crafted.WAN_MAC}}
PEER = {"peer_mac": crafted.LAN_HOST_MAC}
CONFIGS: dict[str, Config] = {
    "terminate": terminate(),
    "tagged": terminate(session(lan=PEER | {"vlan": 10}, wan={"vlans": [835], "pcp": 5})),
    "double_tagged": terminate(session(lan=PEER | {"vlan": 10}, wan={"vlans": [100, 7], "pcp": 3})),
    "transparent": transparent(),
}


def frames(config: Config) -> tuple[list[bytes], list[bytes]]:
    """Some of everything, few enough for the smallest receive ring on the way."""
    entry = config.get("sessions", [{}])[0]
    lan_vlan = entry.get("lan", {}).get("vlan")
    lan_tags = [crafted.vlan(lan_vlan)] if lan_vlan else []
    wan_tags = [crafted.vlan(vid) for vid in entry.get("wan", {}).get("vlans", [])]
    packets = [(packet, family) for family in crafted.FAMILIES for packet in crafted.packets(family).values()][::2]
    lan = [crafted.lan_frame(*packet, tags=lan_tags) for packet in packets]
    wan = [crafted.wan_frame(*packet, tags=wan_tags) for packet in packets]
    return lan + list(crafted.lan_strays().values()), wan + list(crafted.broken_pppoe().values())


@pytest.mark.parametrize("name", CONFIGS)
def test_frames_and_counters(root: None, tmp_path: Path, name: str) -> None:
    config = on_veth(CONFIGS[name], **MACS)
    with namespaces("box", "peer") as (box, peer):
        for side in ("lan", "wan"):
            veth(box, f"{side}0", peer, f"{side}1")
        with Daemon(tmp_path, box, config) as narrows:
            check_both_directions(config, narrows, peer)


def check_both_directions(config: Config, narrows: Daemon, peer: Namespace) -> None:
    model = ContractModel(config)
    given = dict(zip(("lan", "wan"), frames(config)))
    sockets = {side: peer.packet_socket(f"{side}1") for side in given}
    for side, direction, other in (("lan", "lan_to_wan", "wan"), ("wan", "wan_to_lan", "lan")):
        sendable = [frame for frame in given[side] if len(frame) >= 14]
        inputs = [(frame, model.receive(side, frame)) for frame in sendable]
        expected = sum(fate.kind == "forwarded" for _, fate in inputs)
        for frame in sendable:
            sockets[side].send(frame)
        got = sockets[other].receive(expected)
        check_frames(side, inputs, got)
        check_conservation(narrows.wait_received(direction, len(sendable))["directions"][direction])
    check_counters(model, narrows.stats())


def test_arp_over_the_wire(root: None, tmp_path: Path) -> None:
    config = on_veth(terminate(session(lan={"gateway": "203.0.113.1"})), **MACS)
    with namespaces("box", "peer") as (box, peer):
        for side in ("lan", "wan"):
            veth(box, f"{side}0", peer, f"{side}1")
        with Daemon(tmp_path, box, config):
            lan = peer.packet_socket("lan1")
            lan.send(crafted.arp_request("203.0.113.1"))
            [answer] = lan.receive(1)
    assert answer[:14].hex() == "020000001001" + "020000000001" + "0806"
    assert answer[20:32].hex() == "0002" + "020000000001" + "cb007101"
