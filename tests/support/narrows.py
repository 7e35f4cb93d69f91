# SPDX-License-Identifier: BSD-3-Clause
"""Running the program under test: `replay` on lists of frames, and what must come out of it."""
from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Sequence

from support import crafted, witness
from support.captures import read_pcap, write_pcap, write_timed_pcap
from support.contract_model import ContractModel, Outcome
from support.icmp_model import Duty, check_free_fields, matches
from support.session_model import DIRECTION_FROM, Fate, Tally

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("NARROWS_BINARY", ROOT / "build" / "src" / "narrows"))
TIMEOUT_SECONDS = 60
ETHERTYPE_ARP = b"\x08\x06"
NOT_MODELLED = ("partial_checksum",)  # offloads of virtual interfaces, not of captures
TOTALS = ("received", "forwarded", "punted", "fragmented", "fragments")
PPP_DATA = (b"\x00\x21", b"\x00\x57")

Config = dict[str, Any]
UNLIMITED: Config = {"rate": 10000}


def session(name: str = "isp", **fields: Any) -> Config:
    """An entry of `sessions:` with what the crafted frames expect."""
    return {"name": name, "static": {"id": crafted.SESSION_ID, "ac_mac": crafted.AC_MAC}} | fields


def terminate(*sessions: Config, **fields: Any) -> Config:
    known_peer = {"lan": {"peer_mac": crafted.LAN_HOST_MAC}}
    return {"mode": "terminate", "sessions": list(sessions) or [session(**known_peer)]} | fields


def transparent(**fields: Any) -> Config:
    return {"mode": "transparent"} | fields


def write_config(directory: Path, config: Config, name: str = "narrows.yaml") -> Path:
    """YAML, of which JSON is a part."""
    path = directory / name
    path.write_text(json.dumps(config, indent=2) + "\n")
    return path


def run(*arguments: Any, **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs the program to its end; the exit code is the caller's to judge."""
    command = [str(BINARY), *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, stdin=subprocess.DEVNULL, **options
    )


# --- replay ---


@dataclass
class Replayed:
    """What `narrows replay` wrote."""

    lan_out: list[bytes]
    wan_out: list[bytes]
    stats: dict[str, Any]


def replay_files(
    directory: Path, config: Config, lan: Path | None, wan: Path | None, eal: Sequence[str] = ()
) -> Replayed:
    """`eal`: for DPDK."""
    inputs = [part for name, path in (("--lan", lan), ("--wan", wan)) if path for part in (name, path)]
    lan_out, wan_out, stats = directory / "lan_out.pcap", directory / "wan_out.pcap", directory / "stats.json"
    outputs = ["--lan-out", lan_out, "--wan-out", wan_out, "--stats", stats]
    result = run("replay", "-c", write_config(directory, config), *inputs, *outputs, "--", *eal)
    assert result.returncode == 0, f"replay exits {result.returncode}:\n{result.stderr}{result.stdout}"
    replayed = Replayed(list(read_pcap(lan_out)), list(read_pcap(wan_out)), json.loads(stats.read_text()))
    witness.saw_leave([*replayed.lan_out, *replayed.wan_out])
    return replayed


def replay(
    directory: Path,
    config: Config,
    lan: Sequence[bytes] = (),
    wan: Sequence[bytes] = (),
    times: Sequence[float] | None = None,
    eal: Sequence[str] = (),
) -> Replayed:
    """Writes both inputs as captures and replays them."""
    lan_in, wan_in = directory / "lan_in.pcap", directory / "wan_in.pcap"
    witness.saw_received([*lan, *wan])
    write_pcap(lan_in, lan, times=times)
    write_pcap(wan_in, wan, times=times)
    return replay_files(directory, config, lan_in, wan_in, eal)


def replay_timed(
    directory: Path, config: Config, lan: Sequence[tuple[float, bytes]], wan: Sequence[tuple[float, bytes]]
) -> Replayed:
    """The same with frames that have their times, in seconds."""
    lan_in, wan_in = directory / "lan_in.pcap", directory / "wan_in.pcap"
    witness.saw_received(frame for _, frame in [*lan, *wan])
    write_timed_pcap(lan_in, lan)
    write_timed_pcap(wan_in, wan)
    return replay_files(directory, config, lan_in, wan_in)


def without_originated(replayed: Replayed) -> Replayed:
    """Leaves out the control thread's own frames: ARP and ND answers, and PPP control packets."""
    lan = [frame for frame in replayed.lan_out if not is_neighbour_talk(frame)]
    wan = [frame for frame in replayed.wan_out if not is_ppp_control(frame)]
    return Replayed(lan, wan, replayed.stats)


def is_neighbour_talk(frame: bytes) -> bool:
    """ARP, or a neighbour advertisement or solicitation sent straight to or from this link."""
    payload = frame[18:] if frame[12:14] == b"\x81\x00" else frame[14:]
    ethertype = frame[16:18] if frame[12:14] == b"\x81\x00" else frame[12:14]
    is_nd = ethertype == b"\x86\xdd" and payload[6:8] == b"\x3a\xff" and payload[40] in (135, 136)
    return ethertype == ETHERTYPE_ARP or is_nd


def is_ppp_control(frame: bytes) -> bool:
    at = 12
    while frame[at : at + 2] in (b"\x81\x00", b"\x88\xa8"):
        at += 4
    is_data = frame[at : at + 2] == b"\x88\x64" and frame[at + 8 : at + 10] in PPP_DATA
    return not is_data


# --- replay against the contract ---


def check_replay(directory: Path, config: Config, lan: Sequence[bytes] = (), wan: Sequence[bytes] = ()) -> Replayed:
    """Replays, and compares every frame and every counter with what the contract says.

    Time stands still within a burst of a replay: the rate of ICMP messages is set so that none is missing.
    """
    if config["mode"] == "terminate":
        config = config | {"icmp": UNLIMITED | config.get("icmp", {})}
    replayed = replay(directory, config, lan, wan)
    check_against_contract(config, replayed, list(lan), list(wan))
    return replayed


def check_against_contract(config: Config, replayed: Replayed, lan: list[bytes], wan: list[bytes]) -> None:
    model = ContractModel(config)
    check_outcome(model, model.replay(lan, wan), replayed)


def check_outcome(model: ContractModel, expected: Outcome, replayed: Replayed) -> None:
    """Every frame and every counter, as the model has foretold them."""
    # In transparent mode Narrows says nothing of its own: every frame is one that came in.
    got = replayed if model.is_transparent else without_originated(replayed)
    answers = 0
    for side, frames in (("lan", got.wan_out), ("wan", got.lan_out)):
        inputs = [(frame, fate) for from_side, frame, fate in expected.fates if from_side == side]
        told, forwarded = take_answers(other_side(side), expected.fates, frames)
        check_frames(side, inputs, forwarded)
        answers += told
    check_counters(model, replayed.stats)
    if not model.is_transparent:
        check_control(expected.fates, replayed.stats, answers)


def other_side(side: str) -> str:
    return {"lan": "wan", "wan": "lan"}[side]


def take_answers(side: str, fates: list[tuple[str, bytes, Fate]], frames: list[bytes]) -> tuple[int, list[bytes]]:
    """How many of the `frames` out of this side are ICMP messages that are due, and the others; all must have come."""
    due = [fate.answer for _, _, fate in fates if fate.answer and fate.answer.side == side]
    due = [answer for answer in due if answer.duty in (Duty.MUST, Duty.MAY)]
    others: list[bytes] = []
    told = 0
    for frame in frames:
        optional = next((at for at, answer in enumerate(due) if answer.duty == Duty.MUST), len(due) - 1)
        at = next((at for at, answer in enumerate(due[: optional + 1]) if matches(answer, frame)), None)
        if at is None:
            others.append(frame)
            continue
        check_free_fields(due[at], frame)
        del due[: at + 1]
        told += 1
    left = [answer for answer in due if answer.duty == Duty.MUST]
    assert not left, (
        f"{len(left)} messages to the {side} side are missing (or came in another order); the first one:\n"
        f"{(left[0].link + left[0].packet).hex()}"
    )
    return told, others


def check_control(fates: list[tuple[str, bytes, Fate]], stats: dict[str, Any], answers: int) -> None:
    """Every packet that was too long has been told of, or is among those that must not be, or came from nobody."""
    reached = [fate for _, _, fate in fates if not fate.answer or fate.answer.duty != Duty.NOBODY]
    too_big = sum(fate.reason == "too_big" for fate in reached)
    counted = {key: stats["control"][key] for key in ("too_big_sent", "icmp_withheld", "rate_limited")}
    due = {"too_big_sent": answers, "icmp_withheld": too_big - answers, "rate_limited": 0}
    assert counted == due, f"counted {counted}, should be {due}"


def check_frames(side: str, inputs: list[tuple[bytes, Fate]], got: list[bytes]) -> None:
    """`got` holds exactly the forwarded ones, in order."""
    forwarded = [(frame, piece) for frame, fate in inputs for piece in fate.frames]
    for number, ((received, expected), frame) in enumerate(zip(forwarded, got)):
        assert frame == expected, (
            f"frame {number} out of {DIRECTION_FROM[side]} is wrong\n"
            f"received {received.hex()}\nexpected {expected.hex()}\ngot      {frame.hex()}\n"
            f"first difference at octet {first_difference(expected, frame)}"
        )
    assert len(got) == len(forwarded), (
        f"{DIRECTION_FROM[side]}: {len(got)} frames came out, {len(forwarded)} should have; next: "
        + (forwarded[len(got)][0].hex() if len(got) < len(forwarded) else got[len(forwarded)].hex())
    )


def first_difference(one: bytes, other: bytes) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))


def check_counters(model: ContractModel, stats: dict[str, Any]) -> None:
    for direction, tally in model.tally.items():
        counted = stats["directions"][direction]
        got, expected = direction_counts(counted), expected_counts(tally)
        assert got == expected, f"{direction}: counted {differing(got, expected)}, should be {differing(expected, got)}"
        check_conservation(counted)
    for (name, direction), tally in model.session_tally.items():
        counted = stats["sessions"][name][direction]
        expected = {"forwarded": tally.forwarded, "punted": tally.punted} | families(tally)
        got = {"forwarded": counted["packets"], "punted": counted["punted"]}
        got |= {key: counted[key] for key in ("syn", "clamped")}
        expected |= {"ip_octets": tally.ip_octets, "too_big": tally.dropped["too_big"]}
        got |= {"ip_octets": counted["ip_octets"], "too_big": counted["dropped"]["too_big"]}
        assert got == expected, f"{name}, {direction}: counted {got}, should be {expected}"


def differing(counts: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in counts.items() if value != others.get(key)}


def families(tally: Tally) -> dict[str, dict[str, int]]:
    return {
        key: {family: getattr(tally, key)[family] for family in crafted.FAMILIES} for key in ("syn", "clamped")
    }


def expected_counts(tally: Tally) -> dict[str, Any]:
    totals = {key: getattr(tally, key) for key in TOTALS}
    return totals | families(tally) | {"dropped": +tally.dropped, "odd": +tally.odd}


def direction_counts(counted: dict[str, Any]) -> dict[str, Any]:
    """The part of the JSON that the contract fixes, without the reasons nobody met."""
    kept = {key: counted[key] for key in (*TOTALS, "syn", "clamped")}
    odd = {case: count for case, count in counted["odd"].items() if case not in NOT_MODELLED}
    return kept | {"dropped": +Counter(counted["dropped"]), "odd": +Counter(odd)}


def check_conservation(counted: dict[str, Any]) -> None:
    assert counted["received"] == counted["forwarded"] + counted["punted"] + sum(counted["dropped"].values())
