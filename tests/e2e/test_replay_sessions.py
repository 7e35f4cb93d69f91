# SPDX-License-Identifier: BSD-3-Clause
"""Several sessions at once, with equal numbers where concentrator or VLANs tell them apart."""
from __future__ import annotations

from pathlib import Path

from support import crafted
from support.contract_model import ContractModel
from support.crafted import service_vlan, tcp, vlan
from support.narrows import Config, check_replay, session, terminate

OTHER_AC = "02:00:00:00:00:ad"


def same_id_sessions() -> Config:
    """Four sessions 0x1234: they differ in the concentrator's MAC, in the VLANs, or in both."""
    return terminate(
        session("one", lan={"vlan": 1, "peer_mac": "02:00:00:00:11:01"}),
        session("two", lan={"vlan": 2, "peer_mac": "02:00:00:00:11:02"}, wan={"vlans": [7]}, mtu=1454),
        session("three", lan={"vlan": 3, "peer_mac": "02:00:00:00:11:03"}, wan={"vlans": [100, 7]}, mss={"ipv4": 1300}),
        {
            "name": "four",
            "static": {"id": crafted.SESSION_ID, "ac_mac": OTHER_AC},
            "lan": {"vlan": 4, "peer_mac": "02:00:00:00:11:04"},
            "mtu": 1400,
        },
    )


def test_same_id(tmp_path: Path) -> None:
    stacks = ([], [vlan(7)], [service_vlan(100), vlan(7)])
    syns = [(tcp(family, crafted.mss(1460)), family) for family in crafted.FAMILIES]
    wan = [
        crafted.wan_frame(packet, family, tags=tags, src=ac)
        for packet, family in syns
        for tags in stacks
        for ac in (crafted.AC_MAC, OTHER_AC)
    ]
    lan = [crafted.lan_frame(packet, family, tags=[vlan(n)]) for packet, family in syns for n in range(1, 6)]
    check_replay(tmp_path, same_id_sessions(), lan * 10, wan * 10)


def test_four_thousand_sessions(tmp_path: Path) -> None:
    """One of each LAN VLAN; the same table look-up for the first and for the last."""
    sessions = [
        {
            "name": f"s{n}",
            "static": {"id": (n * 7919) % 0xFFFE + 1, "ac_mac": crafted.AC_MAC if n % 2 else OTHER_AC},
            "lan": {"vlan": n, "peer_mac": f"02:00:00:01:{n >> 8:02x}:{n & 255:02x}"},
            "wan": {"vlans": [(n % 3) + 1][: n % 2], "pcp": n % 8},
            "mtu": 1400 + n % 93,
        }
        for n in range(1, 4095)
    ]
    config = terminate(*sessions)
    families = [crafted.FAMILIES[n % 2] for n in range(4094)]
    syn = {family: tcp(family, crafted.mss(1460)) for family in crafted.FAMILIES}
    lan = [crafted.lan_frame(syn[family], family, tags=[vlan(n)]) for n, family in enumerate(families, start=1)]
    wan = [
        crafted.wan_frame(
            syn[family],
            family,
            tags=[vlan(v) for v in entry["wan"]["vlans"]],
            session=entry["static"]["id"],
            src=entry["static"]["ac_mac"],
        )
        for entry, family in zip(sessions, families)
    ]
    check_replay(tmp_path, config, lan, wan)


def test_the_model_tells_them_apart() -> None:
    """The test above would be worth nothing if the expectation mixed them up."""
    model = ContractModel(same_id_sessions())
    packet = tcp("ipv4", crafted.mss(1460))
    fates = [model.receive("wan", crafted.wan_frame(packet, "ipv4", tags=tags)) for tags in ([], [vlan(7)])]
    assert [fate.frame[:6].hex() for fate in fates] == ["020000001101", "020000001102"]
