# SPDX-License-Identifier: BSD-3-Clause
"""The contract's judge: random frames through `narrows replay`, and a model of the contract to say what comes out.

    ./scripts/judge [--seed N] [--frames N] [--mode terminate|transparent]

Fates, drop reasons, counters and every octet that leaves are compared, at each vector level, with several burst sizes.
"""
from __future__ import annotations

import argparse
import functools
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

from support import crafted
from support.contract_model import ContractModel, Outcome
from support.frame_model import mac_bytes, tag_stack
from support.narrows import UNLIMITED, Config, check_outcome, replay, session, terminate, transparent
from support.random_frames import Line, RandomFrames
from support.syn_layouts import syn_layouts

FRAMES, SEED, BATCH = 100_000, 1, 12_500
BITS = {"scalar": 64, "sse42": 128, "avx2": 256, "avx512": 512}  # of the registers that EAL permits
BURSTS = (32, 1, 64, 7, 33, 16, 2, 8)
# Asked for in vain. So no ARP packet teaches a MAC address: when one is read, among data, the contract leaves open.
NOBODY = "203.0.113.222"
OTHER_AC = "02:00:00:00:00:ad"
LINES = (
    Line(crafted.SESSION_ID, mac_bytes(crafted.AC_MAC)),
    Line(crafted.SESSION_ID, mac_bytes(crafted.AC_MAC), tag_stack((10,)), tag_stack((100, 7), 5)),
    Line(0x0042, mac_bytes(OTHER_AC), tag_stack((20,)), tag_stack((835,))),
    Line(0x0043, mac_bytes(OTHER_AC), tag_stack((30,)), tag_stack((835,))),
)
# Which of its faults a frame in several buffers is dropped for is open, and whether it teaches its sender's address.
LARGEST_PAYLOAD = {"terminate": 1750, "transparent": 3200}
MSS: tuple[Config, ...] = (
    {}, {"tunnels": "on"}, {"ipv4": 1400, "wan_to_lan": {"ipv6": "off"}}, {"lan_to_wan": False},
)  # fmt: skip
LEAST = 50  # frames that must have met each of these, out of FRAMES
TERMINATE_FATES = {
    f"{direction} {fate}"
    for direction, fates in {
        "lan_to_wan": ("forwarded", "punted", "clamped", "fragmented", "bad_ip", "not_ip", "unknown_vlan",
                       "wrong_destination", "multicast", "runt", "too_big", "super_frame"),
        "wan_to_lan": ("forwarded", "punted", "clamped", "bad_ip", "unknown_vlan", "wrong_destination", "not_pppoe",
                       "bad_version", "bad_code", "bad_length", "unknown_session", "compressed_protocol", "runt",
                       "super_frame"),
    }.items()
    for fate in fates
}  # fmt: skip
TRANSPARENT_FATES = {
    f"{direction} {fate}"
    for direction in ("lan_to_wan", "wan_to_lan")
    for fate in ("forwarded", "changed", "clamped", "super_frame")
}
ODD_CASES = ("bad_data_offset", "malformed_options", "syn_without_mss", "several_mss", "odd_offset_mss",
             "truncated_tcp", "extension_header_end", "tunnelled_syn", "inconsistent_ip")  # fmt: skip


@dataclass(frozen=True)
class Batch:
    """One replay, done at several levels."""

    mode: str
    number: int
    seed: int
    frames: int

    @property
    def config(self) -> Config:
        burst = {"workers": {"burst": BURSTS[self.number % len(BURSTS)]}}
        return (terminate_config if self.mode == "terminate" else transparent_config)(self.number) | burst

    def inputs(self) -> tuple[list[bytes], list[bytes]]:
        maker = RandomFrames(
            self.seed * 1000 + self.number, LINES, LARGEST_PAYLOAD[self.mode], list(syn_layouts().values())
        )
        lan, wan = self.frames // 2, self.frames - self.frames // 2
        if self.mode == "transparent":
            return [maker.any() for _ in range(lan)], [maker.any() for _ in range(wan)]
        return [maker.lan() for _ in range(lan)], [maker.wan() for _ in range(wan)]


def terminate_config(number: int) -> Config:
    peer = {"peer_mac": crafted.LAN_HOST_MAC, "gateway": "203.0.113.1"}
    sessions = [
        session("plain", lan=peer),
        session("tagged", lan=peer | {"vlan": 10}, wan={"vlans": [100, 7], "pcp": 5}, mtu=1454, mss={"tunnels": "on"}),
        session(
            "learned",
            static={"id": 0x0042, "ac_mac": OTHER_AC},
            lan={"vlan": 20, "address": NOBODY},
            wan={"vlans": [835]},
            mss={"lan_to_wan": {"ipv4": 1400}, "ipv6": "off"},
        ),
        session(
            "wide",
            static={"id": 0x0043, "ac_mac": OTHER_AC},
            lan=peer | {"vlan": 30},
            wan={"vlans": [835]},
            mtu=1500,
            mss={"wan_to_lan": False, "tunnels": "on"},
        ),
    ]
    ports = {"wan": {"mtu": 1508}} | ({"lan": {"mtu": 1400}} if number % 4 == 3 else {})
    return terminate(*sessions, ports=ports, icmp=UNLIMITED)


def transparent_config(number: int) -> Config:
    mss = MSS[number % len(MSS)]
    ports = {"lan": {"mtu": 1500}, "wan": {"mtu": 1508 if number % 2 else 1500}}
    return transparent(mss=mss, ports=ports, mtu=(1492, 1454)[number % 2])


def batches(mode: str, seed: int, frames: int) -> Iterator[Batch]:
    for number, start in enumerate(range(0, frames, BATCH)):
        yield Batch(mode, number, seed, min(BATCH, frames - start))


@functools.cache
def levels() -> list[str]:
    """What this CPU has: a replay that is permitted as much says which it took."""
    with tempfile.TemporaryDirectory() as directory:
        found = {
            replay(Path(directory), transparent(), eal=permitted(bits)).stats["vector_level"]
            for bits in BITS.values()
        }
    return [level for level in BITS if level in found]


def permitted(bits: int) -> list[str]:
    return [f"--force-max-simd-bitwidth={bits}"]


def judge(batch: Batch, directory: Path, at_levels: list[str]) -> Counter[str]:
    """Fails at the first difference; returns how many frames met what."""
    lan, wan = batch.inputs()
    model = ContractModel(batch.config)
    expected = model.replay(lan, wan)
    for level in at_levels:
        replayed = replay(directory, batch.config, lan, wan, eal=permitted(BITS[level]))
        try:
            check_outcome(model, expected, replayed)
        except AssertionError as difference:
            raise AssertionError(f"{batch} at level {level}: {difference}") from None
    return histogram(model, expected)


def histogram(model: ContractModel, expected: Outcome) -> Counter[str]:
    seen: Counter[str] = Counter()
    for direction, tally in model.tally.items():
        seen.update({f"{direction} {reason}": count for reason, count in tally.dropped.items()})
        seen.update({f"{direction} odd {case}": count for case, count in tally.odd.items()})
        for name, count in (("forwarded", tally.forwarded), ("punted", tally.punted), ("fragmented", tally.fragmented),
                            ("syn", tally.syn.total()), ("clamped", tally.clamped.total())):  # fmt: skip
            seen[f"{direction} {name}"] += count
    for side, frame, fate in expected.fates:
        direction = {"lan": "lan_to_wan", "wan": "wan_to_lan"}[side]
        if fate.answer:
            seen[f"{direction} answered {fate.answer.duty.name}"] += 1
        if model.is_transparent and fate.frames and fate.frame != frame:
            seen[f"{direction} changed"] += 1
    return +seen


def too_rare(mode: str, seen: Counter[str]) -> list[str]:
    """What a run of FRAMES has to meet and did not meet often enough to prove anything."""
    fates = TERMINATE_FATES if mode == "terminate" else TRANSPARENT_FATES
    cases = {f"{direction} odd {case}" for direction in ("lan_to_wan", "wan_to_lan") for case in ODD_CASES}
    if mode == "terminate":
        cases -= {f"{direction} odd inconsistent_ip" for direction in ("lan_to_wan", "wan_to_lan")}
    return sorted(f"{name}: {seen[name]}" for name in fates | cases if seen[name] < LEAST)


def main() -> int:
    arguments = argparse.ArgumentParser(
        prog="judge", description="random frames through Narrows, judged by a model of the contract"
    )
    arguments.add_argument("--seed", type=int, default=SEED)
    arguments.add_argument("--frames", type=int, default=FRAMES, help="in each mode")
    arguments.add_argument("--mode", choices=("terminate", "transparent"), action="append")
    chosen = arguments.parse_args()
    for mode in chosen.mode or ("terminate", "transparent"):
        seen: Counter[str] = Counter()
        with tempfile.TemporaryDirectory() as directory:
            for batch in batches(mode, chosen.seed, chosen.frames):
                try:
                    seen += judge(batch, Path(directory), levels())
                except AssertionError as difference:
                    print(difference)
                    return 1
        print(f"{mode}: {chosen.frames} frames, no difference, at {', '.join(levels())}")
        print("\n".join(f"  {count:8}  {name}" for name, count in sorted(seen.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
