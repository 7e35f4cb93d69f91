# SPDX-License-Identifier: BSD-3-Clause
"""What pktgen and TRex are given to send is what Narrows forwards and clamps. TRex itself is not here: its library is
replaced by one that only remembers."""
from __future__ import annotations

import importlib.util
import subprocess
import sys
import types
from pathlib import Path
from typing import Any, Iterator

import pytest
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from scapy.layers.ppp import PPPoE

from lab.devices import narrows_config
from lab.frames import frames
from lab.workload import DIRECTIONS, IMIX, Workload, parse_frames, wan_frame
from support.captures import read_pcap
from support.narrows import ROOT, replay

TREX_NAMES = ("STLPktBuilder", "STLScVmRaw", "STLStream", "STLTXCont", "STLVmFlowVar", "STLVmWrFlowVar")


def config(sessions: int) -> dict[str, Any]:
    """As scripts/lab configures Narrows; replay has no devices."""
    place = types.SimpleNamespace(device_cpu=0, socket=lambda side: Path(side))
    whole = narrows_config(place, sessions)
    ports = {side: {"mac": port["mac"]} for side, port in whole["ports"].items()}
    return {key: value for key, value in whole.items() if key in ("mode", "sessions")} | {"ports": ports}


def check_forwarded(directory: Path, sessions: int, lan: list[bytes], wan: list[bytes], syns: tuple[int, int]) -> None:
    replayed = replay(directory, config(sessions), lan, wan)
    for direction, sent, syn in zip(DIRECTIONS, (lan, wan), syns):
        counted = replayed.stats["directions"][direction]
        assert (counted["received"], counted["forwarded"]) == (len(sent), len(sent)), counted["dropped"]
        assert counted["clamped"]["ipv4"] == counted["syn"]["ipv4"] == syn
    used = [name for name, session in replayed.stats["sessions"].items() if session["lan_to_wan"]["packets"]]
    assert len(used) == sessions


def checksums_are_right(frame: bytes) -> bool:
    packet = Ether(frame)[IP]
    again = packet.copy()
    del again.chksum, again[TCP].chksum
    rebuilt = IP(bytes(again))
    return (rebuilt.chksum, rebuilt[TCP].chksum) == (packet.chksum, packet[TCP].chksum)


@pytest.mark.parametrize(("frame", "syn", "sessions"), (("64", 0, 1), ("1518", 0, 1), ("1518", 25, 1), ("imix", 50, 100)))
def test_frames(tmp_path: Path, frame: str, syn: int, sessions: int) -> None:
    workload = Workload(parse_frames(frame)[0], syn_percent=syn, sessions=sessions)
    lan, wan = ([bytes(packet) for packet in frames(workload, side)] for side in ("lan", "wan"))
    syns = round(len(lan) * syn / 100)
    check_forwarded(tmp_path, sessions, lan, wan, (syns, syns))
    assert all(map(checksums_are_right, lan[::16] + wan[::16]))
    if workload.frame != IMIX and syn == 0:
        packet = min(workload.frame - 18, 1492)
        assert {len(octets) + 4 for octets in lan} == {max(64, packet + 18)}
        assert {len(octets) + 4 for octets in wan} == {wan_frame(workload.frame)}


def test_line_rates() -> None:
    """64 octets of LAN are 72 on the WAN, with preamble and gap 92."""
    assert Workload(64).wire_octets() == 92
    assert Workload(1518).wire_octets() == 1538
    assert Workload(IMIX).wire_octets() == pytest.approx((7 * 92 + 4 * 598 + 1538) / 12)
    assert Workload(1518).line_rate(10) == pytest.approx(812_743, abs=1)


# --- pktgen ---


def test_pktgen_files(tmp_path: Path) -> None:
    out = tmp_path / "files"
    words = ["--out", out, "--frame", "imix", "--syn", "10", "--sessions", "3", "--trial", "0.5", "--direction", "wan_to_lan"]
    subprocess.run([ROOT / "scripts" / "lab" / "pktgen" / "make", *words], check=True, capture_output=True)
    lan, wan = (list(read_pcap(out / f"{side}.pcap")) for side in ("lan", "wan"))
    check_forwarded(tmp_path, 3, lan, wan, (51, 51))
    lua, commands = (out / "throughput.lua").read_text(), (out / "both.pkt").read_text()
    assert 'senders, all = "1", "0,1"' in lua and "math.floor(0.5 * 1000)" in lua and "resolution = 1\n" in lua
    assert "start 1\n" in commands
    assert "@" not in lua + commands


def test_pktgen_refuses_a_size_that_is_none(tmp_path: Path) -> None:
    result = subprocess.run(
        [ROOT / "scripts" / "lab" / "pktgen" / "make", "--out", tmp_path, "--frame", "9000"], capture_output=True, text=True
    )
    assert result.returncode == 2 and "64 to 1518 octets" in result.stderr


# --- TRex ---


class Remembered:
    """In place of a class of TRex."""

    def __init__(self, *words: Any, **fields: Any) -> None:
        self.words = words
        self.fields = fields


@pytest.fixture(name="profile")
def fixture_profile(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    api = types.ModuleType("trex_stl_lib.api")
    for name in TREX_NAMES:
        setattr(api, name, type(name, (Remembered,), {}))
    monkeypatch.setitem(sys.modules, "trex_stl_lib", types.ModuleType("trex_stl_lib"))
    monkeypatch.setitem(sys.modules, "trex_stl_lib.api", api)
    spec = importlib.util.spec_from_file_location("pppoe_profile", ROOT / "scripts" / "lab" / "trex" / "pppoe.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module.register()


def sent_by(streams: list[Any]) -> list[bytes]:
    """A frame of each stream, in each of its sessions."""
    sent = []
    for stream in streams:
        builder = stream.fields["packet"].fields
        octets = bytes(builder["pkt"])
        if builder["vm"] is None:
            sent.append(octets)
            continue
        variable, write = builder["vm"].words[0]
        assert variable.words == (write.fields["fv_name"],) and variable.fields["size"] == 2
        at = write.fields["pkt_offset"]
        for value in range(variable.fields["min_value"], variable.fields["max_value"] + 1):
            sent.append(octets[:at] + value.to_bytes(2, "big") + octets[at + 2 :])
    return sent


@pytest.mark.parametrize("sessions", (1, 5))
@pytest.mark.parametrize("frame", ("64", "imix"))
def test_trex_frames(tmp_path: Path, profile: Any, frame: str, sessions: int) -> None:
    tunables = ["--frame", frame, "--syn", "10", "--sessions", str(sessions)]
    lan, wan = (sent_by(profile.get_streams(direction, tunables=tunables)) for direction in (0, 1))
    syns = sessions * 3 * (3 if frame == "imix" else 1)
    check_forwarded(tmp_path, sessions, lan, wan, (syns, syns))
    assert all(map(checksums_are_right, lan + wan))
    assert all(PPPoE in Ether(octets) for octets in wan) and not any(PPPoE in Ether(octets) for octets in lan)


def test_trex_rates(profile: Any) -> None:
    """Shares of SYNs and of sizes."""
    streams = profile.get_streams(0, tunables=["--frame", "imix", "--syn", "25"])
    rates = [(stream.fields["packet"].fields["pkt"], stream.fields["mode"].fields["pps"]) for stream in streams]
    total = sum(rate for _, rate in rates)
    assert sum(rate for packet, rate in rates if packet[TCP].flags == "S") == pytest.approx(total / 4)
    assert sum(rate for packet, rate in rates if len(packet) > 1000) == pytest.approx(total / 12)
    assert len(profile.get_streams(0, syn="0")) == 1 and len(profile.get_streams(1, syn=100)) == 3
