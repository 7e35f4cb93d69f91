# SPDX-License-Identifier: BSD-3-Clause
"""A running Narrows between two veth interfaces: whole frames out, and counters that agree."""
from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Iterator

import pytest

from support import crafted
from support.contract_model import ContractModel
from support.daemon import Daemon, on_veth
from support.namespaces import Namespace, namespaces, veth
from support.narrows import (
    Config, check_conservation, check_frames, check_counters, session, terminate, transparent,
)  # fmt: skip

MACS = {"lan": {"mac": crafted.LAN_MAC}, "wan": {"mac": crafted.WAN_MAC}}
PEER = {"peer_mac": crafted.LAN_HOST_MAC}
CONFIGS: dict[str, Config] = {
    "terminate": terminate(),
    "tagged": terminate(session(lan=PEER | {"vlan": 10}, wan={"vlans": [835], "pcp": 5})),
    "double_tagged": terminate(session(lan=PEER | {"vlan": 10}, wan={"vlans": [100, 7], "pcp": 3})),
    "transparent": transparent(),
}


LARGEST = 1480  # so that the interfaces carry two tags and a PPPoE header besides, whatever their MTU


def frames(config: Config) -> tuple[list[bytes], list[bytes]]:
    """Some of everything that a veth and the af_packet driver hand over as it is; few enough for their rings."""
    entry = config.get("sessions", [{}])[0]
    lan_vlan = entry.get("lan", {}).get("vlan")
    lan_tags = [crafted.vlan(lan_vlan)] if lan_vlan else []
    wan_tags = [crafted.vlan(vid) for vid in entry.get("wan", {}).get("vlans", [])]
    packets = [(packet, family) for family in crafted.FAMILIES for packet in crafted.packets(family).values()]
    packets = [packet for packet in packets if is_handed_over(*packet)][::2]
    lan = [crafted.lan_frame(*packet, tags=lan_tags) for packet in packets] + list(crafted.lan_strays().values())
    wan = [crafted.wan_frame(*packet, tags=wan_tags) for packet in packets] + list(crafted.broken_pppoe().values())
    return on_the_wire(lan), on_the_wire(wan)


def is_handed_over(packet: bytes, family: str) -> bool:
    """The driver has the kernel reassemble IPv4 fragments."""
    is_fragment = family == "ipv4" and len(packet) >= 20 and int.from_bytes(packet[6:8], "big") & 0x3FFF
    return len(packet) <= LARGEST and not is_fragment


def on_the_wire(given: list[bytes]) -> list[bytes]:
    """As long as Ethernet frames are; without 802.1ad tags, which the driver turns into 802.1Q."""
    return [frame.ljust(60, b"\0") for frame in given if len(frame) >= 14 and frame[12:14] != b"\x88\xa8"]


@contextlib.contextmanager
def running(directory: Path, config: Config) -> Iterator[tuple[Daemon, Namespace]]:
    """Narrows, and where the other ends of its interfaces are: `lan1` and `wan1`."""
    with namespaces("box", "peer") as (box, peer):
        for side in ("lan", "wan"):
            veth(box, f"{side}0", peer, f"{side}1", mtu=1600)
        with Daemon(directory, box, config) as narrows:
            yield narrows, peer


@pytest.mark.parametrize("name", CONFIGS)
def test_frames_and_counters(root: None, tmp_path: Path, name: str) -> None:
    config = on_veth(CONFIGS[name], **MACS)
    with running(tmp_path, config) as (narrows, peer):
        check_both_directions(config, narrows, peer)


def check_both_directions(config: Config, narrows: Daemon, peer: Namespace) -> None:
    model = ContractModel(config)
    given = dict(zip(("lan", "wan"), frames(config)))
    sockets = {side: peer.packet_socket(f"{side}1") for side in given}
    for side, direction, other in (("lan", "lan_to_wan", "wan"), ("wan", "wan_to_lan", "lan")):
        inputs = [(frame, model.receive(side, frame)) for frame in given[side]]
        for frame in given[side]:
            sockets[side].send(frame)
        stats = narrows.wait_received(direction, len(given[side]))
        check_conservation(stats["directions"][direction])
        check_frames(side, inputs, sockets[other].receive(sum(fate.kind == "forwarded" for _, fate in inputs)))
    check_counters(model, narrows.stats())


@pytest.mark.parametrize("vlans", ([], [835], [100, 7]), ids=("untagged", "one_tag", "two_tags"))
def test_largest_packets(root: None, tmp_path: Path, vlans: list[int]) -> None:
    """1492 octets of IP pass with any tags: the MTU counts what lies behind them."""
    config = on_veth(terminate(session(lan=PEER | {"vlan": 10}, wan={"vlans": vlans})), **MACS)
    model = ContractModel(config)
    with running(tmp_path, config) as (_, peer):
        lan, wan = peer.packet_socket("lan1"), peer.packet_socket("wan1")
        for family in crafted.FAMILIES:
            packet = crafted.udp(family, 1492)
            to_wan = crafted.lan_frame(packet, family, tags=[crafted.vlan(10)])
            lan.send(to_wan)
            check_frames("lan", [(to_wan, model.receive("lan", to_wan))], wan.receive(1, patience=5))
            to_lan = crafted.wan_frame(packet, family, tags=[crafted.vlan(vid) for vid in vlans])
            wan.send(to_lan)
            check_frames("wan", [(to_lan, model.receive("wan", to_lan))], lan.receive(1, patience=5))


def test_arp_over_the_wire(root: None, tmp_path: Path) -> None:
    config = on_veth(terminate(session(lan={"gateway": "203.0.113.1"})), **MACS)
    with running(tmp_path, config) as (_, peer):
        lan = peer.packet_socket("lan1")
        lan.send(crafted.arp_request("203.0.113.1"))
        [answer] = lan.receive(1)
    assert answer[:14].hex() == "020000001001" + "020000000001" + "0806"
    assert answer[20:32].hex() == "0002" + "020000000001" + "cb007101"
