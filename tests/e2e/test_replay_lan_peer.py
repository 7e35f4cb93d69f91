# SPDX-License-Identifier: BSD-3-Clause
"""The LAN host's MAC address: learned from its frames, used for what comes back, replaced when it changes."""
from __future__ import annotations

from pathlib import Path

from support import crafted
from support.crafted import lan_frame, mss, tcp, vlan, wan_frame
from support.frame_model import mac_bytes
from support.narrows import check_replay, session, terminate

OTHER_HOST = "02:00:00:00:10:02"
OTHER_HOST_BYTES = mac_bytes(OTHER_HOST)


def one_at_a_time(*sessions: dict) -> dict:
    """Bursts of one frame: LAN and WAN alternate, so that each frame sees what the one before taught."""
    return terminate(*sessions, workers={"burst": 1})


def answer(**fields: object) -> bytes:
    return wan_frame(tcp("ipv4", mss(1460), flags="SA"), "ipv4", **fields)


def test_unknown_peer(tmp_path: Path) -> None:
    replayed = check_replay(tmp_path, terminate(session()), wan=[answer()] * 3)
    assert replayed.stats["directions"]["wan_to_lan"]["dropped"]["no_lan_peer"] == 3
    assert replayed.lan_out == []


def test_learned_and_changed(tmp_path: Path) -> None:
    syn = tcp("ipv4", mss(1460))
    lan = [lan_frame(syn, "ipv4"), lan_frame(syn, "ipv4", src=OTHER_HOST), lan_frame(syn, "ipv4")]
    replayed = check_replay(tmp_path, one_at_a_time(session()), lan, [answer()] * 3)
    assert [frame[:6].hex(":") for frame in replayed.lan_out] == [
        crafted.LAN_HOST_MAC, OTHER_HOST, crafted.LAN_HOST_MAC,
    ]  # fmt: skip


def test_learned_within_the_first_bursts(tmp_path: Path) -> None:
    lan = [lan_frame(tcp("ipv6", mss(1460)), "ipv6")] * 40
    check_replay(tmp_path, terminate(session()), lan, [answer()] * 70)


def test_each_session_has_its_own(tmp_path: Path) -> None:
    sessions = [session(str(n), lan={"vlan": n}, wan={"vlans": [n]}) for n in (1, 2, 3)]
    syn = tcp("ipv4", mss(1460))
    lan = [lan_frame(syn, "ipv4", tags=[vlan(n)], src=f"02:00:00:00:10:{n:02x}") for n in (1, 3)]
    wan = [answer(tags=[vlan(n)]) for n in (1, 2, 3)]
    replayed = check_replay(tmp_path, terminate(*sessions), lan, wan)
    assert [frame[5] for frame in replayed.lan_out] == [1, 3]


def test_frames_of_others_teach_nothing(tmp_path: Path) -> None:
    lan = [
        lan_frame(tcp("ipv4", mss(1460))[:30], "ipv4"),
        lan_frame(tcp("ipv4", mss(1460)), "ipv4", tags=[vlan(9)]),
        lan_frame(tcp("ipv4", mss(1460)), "ipv4", dst="02:00:00:00:00:03"),
        crafted.ethernet_frame({"src": crafted.LAN_HOST_MAC, "dst": crafted.LAN_MAC}, (), 0x88CC, bytes(46)),
    ]
    replayed = check_replay(tmp_path, one_at_a_time(session()), lan, [answer()] * 4)
    assert replayed.lan_out == []


def test_a_group_address_is_nobodys(tmp_path: Path) -> None:
    lan = [lan_frame(tcp("ipv4", mss(1460)), "ipv4", src="03:00:00:00:10:01")]
    check_replay(tmp_path, terminate(session()), lan, [answer()])


def test_a_configured_peer_stays(tmp_path: Path) -> None:
    config = one_at_a_time(session(lan={"peer_mac": crafted.LAN_HOST_MAC}))
    lan = [lan_frame(tcp("ipv4", mss(1460)), "ipv4", src=OTHER_HOST)] * 2
    replayed = check_replay(tmp_path, config, lan, [answer()] * 2)
    assert {frame[:6].hex(":") for frame in replayed.lan_out} == {crafted.LAN_HOST_MAC}


def test_multicast_needs_no_peer(tmp_path: Path) -> None:
    packets = [(crafted.packets(family)[f"{family}_multicast"], family) for family in crafted.FAMILIES]
    replayed = check_replay(tmp_path, terminate(session()), wan=[wan_frame(*packet) for packet in packets])
    assert [frame[:6].hex() for frame in replayed.lan_out] == ["01005e010203", "333312345678"]


def test_a_router_solicitation_will_do_at_first(tmp_path: Path) -> None:
    """Before its first packet a host says little else; what it sends to Narrows itself counts for more."""
    solicitation = crafted.router_solicitation()
    stranger = OTHER_HOST_BYTES.join([solicitation[:6], solicitation[12:]])
    lan = [solicitation, stranger, lan_frame(tcp("ipv6", mss(1440)), "ipv6", src=OTHER_HOST), solicitation]
    replayed = check_replay(tmp_path, one_at_a_time(session()), lan, [answer()] * 4)
    assert [frame[:6].hex(":") for frame in replayed.lan_out] == [crafted.LAN_HOST_MAC] * 2 + [OTHER_HOST] * 2
