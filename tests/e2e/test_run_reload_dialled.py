# SPDX-License-Identifier: BSD-3-Clause
"""Another configuration while dialled sessions carry traffic, between two Narrows."""
from __future__ import annotations

from collections import Counter

from scapy.layers.inet import ICMP, IP

from support import crafted
from support.ac_lab import INTERNET, AcLab, up
from support.daemon import Daemon
from support.namespaces import PacketSocket, wait_for
from support.narrows import Config
from support.steady_traffic import SteadyTraffic

RELOADS = 20
STAYS, CHANGES = 1, 2  # VLANs of the sessions that carry traffic
HOST_MAC = crafted.LAN_HOST_MAC


def config(lab: AcLab, turn: int) -> Config:
    """One session that stays, one whose limits are new each time, and one of which only the place stays."""
    made = lab.client_config(3)
    stays, changes, comes = made["sessions"]
    for one in (stays, changes):
        one["lan"]["peer_mac"] = HOST_MAC
    changes |= {"mss": {"ipv4": 1400 - turn}, "client": changes["client"] | {"echo": {"interval_s": 10 + turn}}}
    comes |= {"name": f"comes-{turn}", "lan": {"vlan": 100 + turn}}
    return made


def echo_request(box_mac: str, vlan: int, address: str) -> bytes:
    packet = bytes(IP(src=address, dst=INTERNET["ipv4"]) / ICMP(id=vlan) / bytes(400))
    return crafted.lan_frame(packet, "ipv4", [crafted.vlan(vlan)], src=HOST_MAC, dst=box_mac)


def is_reply(frame: bytes) -> bool:
    return frame[12:14] == b"\x81\x00" and frame[16:18] == b"\x08\x00" and frame[27] == 1 and frame[38] == 0


def vlans_of_replies(socket: PacketSocket, patience: float) -> Counter[int]:
    frames = filter(is_reply, socket.receive(1 << 20, patience))
    return Counter(int.from_bytes(frame[14:16], "big") & 0xFFF for frame in frames)


def wait_up(box: Daemon) -> None:
    wait_for("all three sessions", lambda: len(up(box)) == 3)


def test_no_frame_is_lost(lab: AcLab) -> None:
    """A host on the Internet answers every packet, so that none was lost on any of four ways."""
    with lab.concentrator(lab.ac_config()), lab.client(config(lab, 0)) as box:
        wait_up(box)
        socket = lab.lan.packet_socket("eth0")
        mac = lab.box.run("cat", "/sys/class/net/lan0/address").strip()
        names = {STAYS: "isp-1", CHANGES: "isp-2"}
        frames = {
            vlan: (socket, echo_request(mac, vlan, box.stats()["sessions"][name]["client"]["address"]))
            for vlan, name in names.items()
        }
        with SteadyTraffic(frames) as traffic:
            for turn in range(1, RELOADS + 1):
                box.write(config(lab, turn))
                line = box.reload()
                assert f"1 added (comes-{turn}), 1 removed (comes-{turn - 1}), 1 changed (isp-2), 1 as before" in line
                wait_up(box)
        got: Counter[int] = Counter()
        wait_for("every answer", lambda: got.update(vlans_of_replies(socket, 0.1)) or got == traffic.sent)
        after = box.stats()["sessions"]
        assert sorted(after) == [f"comes-{RELOADS}", "isp-1", "isp-2"]
        for vlan, name in names.items():
            assert after[name]["client"]["times_up"] == 1
            assert after[name]["lan_to_wan"]["packets"] >= traffic.sent[vlan]
