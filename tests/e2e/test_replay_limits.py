# SPDX-License-Identifier: BSD-3-Clause
"""Which limit applies: MTU, figures, off, per direction, per family and per session."""
from __future__ import annotations

from pathlib import Path

import pytest

from support import crafted
from support.narrows import Config, check_replay, session, terminate, transparent

PEER = {"peer_mac": crafted.LAN_HOST_MAC}
MSS = {
    "default": {},
    "figures": {"ipv4": 1400, "ipv6": 1300},
    "ipv4_off": {"ipv4": "off"},
    "ipv6_off": {"ipv6": "off"},
    "off": {"ipv4": "off", "ipv6": "off"},
    "lan_to_wan_alone": {"wan_to_lan": False},
    "wan_to_lan_alone": {"lan_to_wan": False},
    "each_its_own": {"lan_to_wan": {"ipv4": 1400, "ipv6": "off"}, "wan_to_lan": {"ipv4": 1300, "ipv6": 1350}},
    "one_its_own": {"ipv4": 1410, "ipv6": 1390, "lan_to_wan": {"ipv6": "auto"}, "wan_to_lan": {"ipv4": "off"}},
    "one_its_own_one_off": {"lan_to_wan": {"ipv4": 1400}, "wan_to_lan": False},
    "mixed": {"ipv4": 1380, "ipv6": "auto", "lan_to_wan": True, "wan_to_lan": False},
}
LINKS = {"flets": 1454, "pppoe": 1492, "rfc4638": 1500, "gre": 1476}


def check(directory: Path, config: Config) -> None:
    packets = [(tcp(family), family) for family in crafted.FAMILIES for tcp in SYNS]
    lan = [crafted.lan_frame(*packet) for packet in packets]
    wan = [crafted.wan_frame(*packet) for packet in packets]
    check_replay(directory, config, lan, wan)


SYNS = [
    lambda family, value=value: crafted.tcp(family, crafted.mss(value) + crafted.SACK_PERMITTED + b"\x01\x01")
    for value in (536, 1220, 1299, 1300, 1301, 1394, 1395, 1414, 1415, 1432, 1433, 1440, 1441, 1452, 1453, 1460, 1461)
]


@pytest.mark.parametrize("name", MSS)
def test_mss_settings(tmp_path: Path, name: str) -> None:
    check(tmp_path, terminate(session(lan=PEER), mss=MSS[name]))


@pytest.mark.parametrize("name", MSS)
def test_mss_settings_transparent(tmp_path: Path, name: str) -> None:
    check(tmp_path, transparent(mss=MSS[name]))


@pytest.mark.parametrize("name", LINKS)
def test_links(tmp_path: Path, name: str) -> None:
    wan_port = {"wan": {"mtu": 1508}}
    check(tmp_path, terminate(session(lan=PEER), mtu=LINKS[name], ports=wan_port))


@pytest.mark.parametrize("name", LINKS)
def test_links_transparent(tmp_path: Path, name: str) -> None:
    check(tmp_path, transparent(mtu=LINKS[name], ports={"wan": {"mtu": 1508}}))


def test_session_overrides(tmp_path: Path) -> None:
    entry = session(lan=PEER, mtu=1454, mss={"ipv6": 1250, "wan_to_lan": False})
    check(tmp_path, terminate(entry, mtu=1480, mss={"ipv4": 1400, "ipv6": 1350}))


OF_THE_FILE = {"ipv6": 1350, "lan_to_wan": {"ipv4": 1300, "ipv6": 1300}, "wan_to_lan": {"ipv4": 1310}}
OVER_IT = {
    "nothing": {},
    "a_family": {"ipv6": 1250},
    "a_family_off": {"ipv4": "off"},
    "one_of_a_direction": {"lan_to_wan": {"ipv6": "auto"}},
    "directions_on_and_off": {"lan_to_wan": True, "wan_to_lan": False},
    "a_family_and_a_direction": {"ipv4": 1280, "wan_to_lan": {"ipv4": 1270}},
}


@pytest.mark.parametrize("name", OVER_IT)
def test_session_overrides_directions(tmp_path: Path, name: str) -> None:
    check(tmp_path, terminate(session(lan=PEER, mss=OVER_IT[name]), mss=OF_THE_FILE))


def test_a_session_switches_a_direction_on(tmp_path: Path) -> None:
    entry = session(lan=PEER, mss={"lan_to_wan": {"ipv4": 1400}})
    check(tmp_path, terminate(entry, mss={"ipv6": 1300, "lan_to_wan": False}))


def test_a_smaller_lan_limits_too(tmp_path: Path) -> None:
    check(tmp_path, terminate(session(lan=PEER), ports={"lan": {"mtu": 1450}}))


def test_known_figures(tmp_path: Path) -> None:
    """The contract's table, without the model: 1452 and 1432 on a PPPoE link."""
    lan = [crafted.lan_frame(crafted.tcp(family, crafted.mss(1460)), family) for family in crafted.FAMILIES]
    replayed = check_replay(tmp_path, terminate(), lan)
    found = [frame[start:][:4] for frame, start in zip(replayed.wan_out, (22 + 40, 22 + 60))]
    assert found == [crafted.mss(1452), crafted.mss(1432)]
