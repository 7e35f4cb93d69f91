# SPDX-License-Identifier: BSD-3-Clause
"""`narrows explain`: each frame's checks, its fate as `replay` counts it, and what to do; for every drop reason."""
from __future__ import annotations

import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any, Sequence

import pytest

from support import crafted
from support.captures import write_pcap, write_pcapng_of
from support.narrows import ROOT, Config, replay, run, session, terminate, transparent, write_config
from support.nobody import as_nobody

Explained = dict[str, Any]
MACS = {"ports": {"lan": {"mac": crafted.LAN_MAC}, "wan": {"mac": crafted.WAN_MAC}}}
KNOWN_PEER = {"lan": {"peer_mac": crafted.LAN_HOST_MAC, "gateway": "203.0.113.1"}}
TERMINATE = terminate(session(**KNOWN_PEER)) | MACS
DIALLED = {"name": "isp", "client": {"username": "user@isp", "password_file": "/nonexistent"}}
# What follows from the load of a moment is in no frame.
OF_LOAD = {"no_mbuf", "spread_full", "punt_full", "tx_full", "tx_refused"}
# No port in memory leaves too little headroom: tests/pipeline has frames without.
NOT_BY_CAPTURE = {"no_room"}


def explain(directory: Path, config: Config, frames: Sequence[bytes], *options: str) -> Explained:
    write_pcap(directory / "in.pcap", frames)
    return explain_file(directory, config, directory / "in.pcap", *options)


def explain_file(directory: Path, config: Config, capture: Path, *options: str) -> Explained:
    result = run("explain", "-c", write_config(directory, config), "--json", *options, capture)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def failed(frame: Explained) -> list[dict[str, Any]]:
    return [check for check in frame["checks"] if not check["ok"]]


def text_of(frame: Explained) -> str:
    return "\n".join(entry["text"] for entry in frame["checks"] + frame["notes"])


def tcp_frame(family: str = "ipv4") -> bytes:
    return crafted.lan_frame(crafted.tcp(family, crafted.mss(1460)), family)


def wan_tcp_frame(**fields: Any) -> bytes:
    return crafted.wan_frame(crafted.tcp("ipv4", crafted.mss(1460)), "ipv4", **fields)


def dropped_frames() -> dict[str, tuple[str, bytes, Config, tuple[str, ...], str]]:
    """By reason: port, frame, configuration, options, and a part of what is told."""
    pppoe = wan_tcp_frame()
    return {
        "runt": ("lan", tcp_frame()[:13], TERMINATE, (), "13 octets are there, 14 are needed"),
        "wrong_destination": ("lan", tcp_frame()[:5] + b"\x77" + tcp_frame()[6:], TERMINATE, (), "02:00:00:00:00:77"),
        "multicast": ("lan", b"\xff" * 6 + tcp_frame()[6:], TERMINATE, (), "broadcast of ethertype 0x0800"),
        "unknown_vlan": ("lan", crafted.lan_frame(crafted.tcp("ipv4"), "ipv4", tags=[crafted.vlan(9)]), TERMINATE, (),
                         "VLAN 9: no session's; sessions have: untagged"),
        "not_ip": ("lan", tcp_frame()[:12] + b"\x88\xcc" + tcp_frame()[14:], TERMINATE, (), "ethertype 0x88cc"),
        "not_pppoe": ("wan", pppoe[:12] + b"\x08\x00" + pppoe[14:], TERMINATE, (), "ethertype 0x0800"),
        "bad_version": ("wan", crafted.patched(pppoe, 14, b"\x21"), TERMINATE, (), "0x21, must be 0x11"),
        "bad_code": ("wan", crafted.patched(pppoe, 15, b"\x09"), TERMINATE, (), "0x09, must be 0x00"),
        "bad_length": ("wan", crafted.patched(pppoe, 18, b"\x05\xdc"), TERMINATE, (), "PPPoE LENGTH 1500"),
        "unknown_session": ("wan", crafted.patched(pppoe, 16, b"\x00\x07"), TERMINATE, (), "no session has id 0x0007"),
        "compressed_protocol": ("wan", crafted.patched(pppoe, 20, b"\x21\x45"), TERMINATE, (), "is compressed"),
        "bad_ip": ("lan", crafted.patched(tcp_frame(), 16, b"\x05\xdc"), TERMINATE, (),
                   "total length 1500, but 44 octets are there"),
        "session_down": ("lan", tcp_frame(), MACS | terminate(DIALLED), ("--session", "isp=down"), "isp is down"),
        "too_big": ("lan", crafted.lan_frame(crafted.udp("ipv4", 1500), "ipv4"), TERMINATE, (),
                    "1500 octets do not fit the MTU of 1492, and DF"),
        "super_frame": ("lan", crafted.lan_frame(crafted.udp("ipv4", 9000), "ipv4"), TERMINATE, (), "longer than any"),
        "no_lan_peer": ("wan", pppoe, MACS | terminate(session()), (), "MAC address is unknown"),
    }  # fmt: skip


def drop_reasons() -> set[str]:
    table = (ROOT / "include/narrows/stats/reasons.h").read_text().split("kDropReasonTexts", 2)[-1]
    return set(re.findall(r'^    \{"(\w+)",', table.split("}};")[0], re.MULTILINE))


def test_every_drop_reason_is_explained() -> None:
    """A new one has to have a frame here that meets it, or be known as one that no frame causes."""
    assert set(dropped_frames()) | OF_LOAD | NOT_BY_CAPTURE == drop_reasons()


@pytest.fixture(scope="module")
def explained_drops(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Explained]:
    explained = {}
    for reason, (port, frame, config, options, _) in dropped_frames().items():
        directory = tmp_path_factory.mktemp(reason)
        # A LAN host that speaks later: until then it is unknown.
        later = [("lan in", tcp_frame())] if reason == "no_lan_peer" else []
        write_pcapng_of(directory / "in.pcapng", [(f"{port} in", frame), *later])
        explained[reason] = explain_file(directory, config, directory / "in.pcapng", *options)["frames"][0]
    return explained


@pytest.mark.parametrize("reason", dropped_frames())
def test_dropped_frame(explained_drops: dict[str, Explained], reason: str) -> None:
    frame = explained_drops[reason]
    assert (frame["fate"], frame.get("reason")) == ("dropped", reason)
    assert len(failed(frame)) == 1 and frame["checks"][-1] == failed(frame)[0]
    assert dropped_frames()[reason][-1] in failed(frame)[0]["text"]
    assert [note for note in frame["notes"] if note["kind"] == "cure"], "what to do about it"


@pytest.mark.parametrize("mode", ("terminate", "transparent"))
def test_as_replay_counts_them(tmp_path: Path, mode: str) -> None:
    """Random and broken frames: the same fates as in a replay, one failed check for each that is dropped."""
    config = {"terminate": TERMINATE | {"icmp": {"rate": 10000}}, "transparent": transparent()}[mode]
    generator = random.Random(5)
    strays = {"lan": list(crafted.lan_strays().values()), "wan": list(crafted.broken_pppoe().values())}
    for side, base in strays.items():
        make = crafted.lan_frame if side == "lan" else crafted.wan_frame
        base += [make(packet, family) for family in crafted.FAMILIES for packet in crafted.packets(family).values()]
        frames = base + [crafted.mutated(generator, generator.choice(base)) for _ in range(300)]
        counted = replay(tmp_path, config, **{side: frames}).stats["directions"][f"{side}_to_{other(side)}"]
        explained = explain(tmp_path, config, frames, "--port", side)
        fates = Counter(frame["fate"] for frame in explained["frames"])
        assert fates["forwarded"] == counted["forwarded"] and fates["punted"] == counted["punted"]
        assert explained["summary"]["dropped"] == dict(+Counter(counted["dropped"]))
        for frame in explained["frames"]:
            assert len(failed(frame)) == (frame["fate"] == "dropped"), frame


def other(side: str) -> str:
    return {"lan": "wan", "wan": "lan"}[side]


def test_text_of_a_syn(tmp_path: Path) -> None:
    write_pcap(tmp_path / "in.pcap", [crafted.lan_frame(crafted.tcp("ipv4", crafted.NOP + crafted.mss(1460)), "ipv4")])
    config = write_config(tmp_path, TERMINATE)
    result = run("explain", "-c", config, "--port", "lan", tmp_path / "in.pcap")
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].startswith("frame 1, lan, 62 octets: TCP SYN")
    assert "  ok    Ethernet to me (02:00:00:00:00:01)" in lines
    assert "  ok    session isp (untagged LAN)" in lines
    assert "  ok    IPv4: version 4, header 20, total length 48 fits the 48 octets there" in lines
    assert "  SYN   option MSS 1460 at offset 21 of the TCP header (odd) → lowered to 1452" in lines
    assert "  fate  forwarded to wan, PPPoE header of session 0x1234 put on, untagged (70 octets)" in lines
    assert lines[-1] == "1 frame: 1 forwarded, 0 punted, 0 dropped"


def test_syn_inside_a_tunnel(tmp_path: Path) -> None:
    inner = crafted.tcp("ipv4", crafted.mss(1460))
    outer = bytes(crafted.ip_header("ipv4", proto=4)) + inner
    outer = crafted.patched(outer, 2, len(outer).to_bytes(2, "big"))
    frame = explain(tmp_path, TERMINATE | {"mss": {"tunnels": "on"}}, [crafted.lan_frame(outer, "ipv4")], "--port", "lan")
    text = text_of(frame["frames"][0])
    assert "inside a tunnel, whose headers take 20 octets" in text and "→ lowered to 1432" in text


def test_fragments_icmp_and_answers(tmp_path: Path) -> None:
    """What is cut, what the sender of a packet that may not be cut is told, and what the control thread answers."""
    frames = [
        crafted.lan_frame(crafted.udp("ipv4", 1500, flags=""), "ipv4"),
        crafted.lan_frame(crafted.udp("ipv4", 1500), "ipv4"),
        crafted.lan_frame(crafted.udp("ipv6", 1500), "ipv6"),
        crafted.arp_request("203.0.113.1"),
    ]
    cut, refused, refused6, arp = explain(tmp_path, TERMINATE, frames, "--port", "lan")["frames"]
    assert len(cut["forwarded"]) == 2 and "2 fragments of 1514 and 60 octets" in text_of(cut)
    assert "sent to lan: ICMP destination unreachable, fragmentation needed (type 3 code 4), MTU 1492" in text_of(refused)
    assert "sent to lan: ICMPv6 packet too big (type 2), MTU 1492" in text_of(refused6)
    assert arp["fate"] == "punted" and "ARP request for 203.0.113.1" in text_of(arp)
    assert f"sent to lan: ARP reply: 203.0.113.1 is at {crafted.LAN_MAC}" in text_of(arp)


def test_ppp_control_is_answered(tmp_path: Path) -> None:
    echo = crafted.wan_frame(bytes((9, 1, 0, 8, 0, 0, 0, 0)), "ipv4")
    frame = explain(tmp_path, TERMINATE, [crafted.patched(echo, 20, b"\xc0\x21")], "--port", "wan")["frames"][0]
    assert frame["fate"] == "punted"
    assert "LCP Echo-Request" in text_of(frame) and "sent to wan: LCP Echo-Reply" in text_of(frame)


def test_ports_from_the_capture(tmp_path: Path) -> None:
    """As `narrows capture` names interfaces; what the box sent is not explained, but tells its address."""
    frames = [
        ("lan in", tcp_frame(), "dropped: tx_full (queue full)"),
        ("wan out", wan_tcp_frame(src=crafted.WAN_MAC, dst=crafted.AC_MAC), ""),
        ("wan in", wan_tcp_frame(), ""),
    ]
    write_pcapng_of(tmp_path / "in.pcapng", frames)
    explained = explain_file(tmp_path, terminate(session(**KNOWN_PEER)), tmp_path / "in.pcapng")
    assert [(frame["frame"], frame["port"], frame["fate"]) for frame in explained["frames"]] == [
        (1, "lan", "forwarded"), (3, "wan", "forwarded")
    ]  # fmt: skip
    assert explained["summary"]["sent"] == 1
    text = text_of(explained["frames"][0])
    assert "when it was captured: dropped: tx_full" in text and "sent slower than frames came" in text


def test_dialled_session(tmp_path: Path) -> None:
    """Its number is the capture's, or the user's; no password is needed."""
    config = terminate(DIALLED) | MACS
    frames = [wan_tcp_frame(), crafted.patched(wan_tcp_frame(), 16, b"\x00\x07")]
    guessed = explain(tmp_path, config, frames, "--port", "wan")
    assert [frame["fate"] for frame in guessed["frames"]] == ["forwarded", "dropped"]
    assert any("id 0x1234 of 02:00:00:00:00:ac" in line for line in guessed["assumptions"])
    told = explain(tmp_path, config, frames, "--port", "wan", "--session", f"isp=7@{crafted.AC_MAC}")
    assert [frame["fate"] for frame in told["frames"]] == ["dropped", "forwarded"]


def test_frame_cut_short_when_it_was_captured(tmp_path: Path) -> None:
    """The rest is taken as zeros, and that is said."""
    whole = crafted.lan_frame(crafted.tcp("ipv4", crafted.mss(1460), payload=bytes(1000)), "ipv4")
    write_pcapng_of(tmp_path / "in.pcapng", [("lan in", whole)], snap_length=200)
    frame = explain_file(tmp_path, TERMINATE, tmp_path / "in.pcapng")["frames"][0]
    assert (frame["octets"], frame["captured_octets"], frame["fate"]) == (len(whole), 200, "forwarded")
    assert f"cut short when it was captured: 200 of {len(whole)} octets" in text_of(frame)
    assert "may be wrong" not in text_of(frame)
    write_pcapng_of(tmp_path / "in.pcapng", [("lan in", whole)], snap_length=30)
    assert "may be wrong" in text_of(explain_file(tmp_path, TERMINATE, tmp_path / "in.pcapng")["frames"][0])


def test_concentrator(tmp_path: Path) -> None:
    """The other end of the line: whose address is whose the clients' own frames tell."""
    config: Config = MACS | {
        "ports": {"core": {"mac": crafted.LAN_MAC}, "line": {"mac": crafted.WAN_MAC}},
        "concentrator": {
            "users_file": "/nonexistent", "sessions": 4,
            "ipv4": {"own": "203.0.113.1", "first": crafted.LAN_HOST["ipv4"]},
        },
    }  # fmt: skip
    to_client = crafted.ip_header("ipv4", src=crafted.FAR_HOST["ipv4"], dst=crafted.LAN_HOST["ipv4"])
    to_nobody = crafted.ip_header("ipv4", src=crafted.FAR_HOST["ipv4"], dst="203.0.113.10")
    frames = [
        ("line in", wan_tcp_frame()),
        ("core in", crafted.lan_frame(crafted.tcp("ipv4", crafted.mss(1460), ip=to_client), "ipv4")),
        ("core in", crafted.lan_frame(crafted.tcp("ipv4", crafted.mss(1460), ip=to_nobody), "ipv4")),
    ]
    write_pcapng_of(tmp_path / "in.pcapng", [(frames[1][0], frames[1][1]), frames[0], frames[2]])
    up, line, down = explain_file(tmp_path, config, tmp_path / "in.pcapng")["frames"]
    assert (up["port"], up["fate"], line["port"], line["fate"]) == ("core", "forwarded", "line", "forwarded")
    assert down["reason"] == "session_down" and "host unreachable" in text_of(down)


def test_transparent(tmp_path: Path) -> None:
    frames = [wan_tcp_frame(), wan_tcp_frame()[:30], crafted.lan_frame(crafted.udp("ipv4", 1600), "ipv4")]
    clamped, broken, long = explain(tmp_path, transparent(), frames, "--port", "wan")["frames"]
    assert "→ lowered to 1452" in text_of(clamped) and clamped["fate"] == "forwarded"
    assert broken["fate"] == "forwarded" and "as it came" in text_of(broken)
    assert (long["fate"], long["reason"]) == ("dropped", "super_frame")


@pytest.mark.parametrize(
    "options, part",
    (
        ((), "say --port lan or --port wan"),
        (("--port", "north"), "neither lan nor wan"),
        (("--port", "lan", "--session", "isp"), "NAME=ID@MAC"),
        (("--port", "lan", "--session", "other=1@02:00:00:00:00:ac"), "other: there is none of this name"),
        (("--port", "lan", "--session", "isp=down"), "isp: it is static"),
        (("--port", "lan", "--lan-mac", "ff:ff:ff:ff:ff:ff"), "no station's MAC address"),
        (("--port", "lan", "--frame", "9"), "has 1 frames"),
    ),
)
def test_mistakes_get_one_line(tmp_path: Path, options: tuple[str, ...], part: str) -> None:
    write_pcap(tmp_path / "in.pcap", [tcp_frame()])
    result = run("explain", "-c", write_config(tmp_path, TERMINATE), *options, tmp_path / "in.pcap")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1 and part in result.stderr


def test_broken_configuration(tmp_path: Path) -> None:
    write_pcap(tmp_path / "in.pcap", [tcp_frame()])
    config = write_config(tmp_path, terminate() | {"nonsense": 1})
    result = run("explain", "-c", config, "--port", "lan", tmp_path / "in.pcap")
    assert result.returncode == 1 and result.stderr.count("\n") == 1 and "nonsense" in result.stderr


def test_needs_no_root(public_directory: Path) -> None:
    write_config(public_directory, TERMINATE)
    write_pcap(public_directory / "in.pcap", [tcp_frame(), b"\xff" * 6 + tcp_frame()[6:]])
    result = as_nobody(public_directory, "explain", "-c", "narrows.yaml", "--port", "lan", "--dropped", "in.pcap")
    assert result.returncode == 0, result.stderr
    assert "frame 1" not in result.stdout and "frame 2" in result.stdout
    assert result.stdout.endswith("2 frames: 1 forwarded, 0 punted, 1 dropped (1 multicast)\n")
