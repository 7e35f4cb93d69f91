# SPDX-License-Identifier: BSD-3-Clause
"""The SYNs of real hosts, and odd ones, through Narrows and through the kernel's clamps: nft and iptables.

Equal wherever the kernel is right. Where it is not, DIFFERENCES says why, and docs/judges.md which RFC decides.
"""
from __future__ import annotations

import functools
import platform
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import pytest

from support import crafted
from support.clamp_model import UPPER, Clamped, clamp, mss_positions, pseudo_header, right_checksum
from support.frame_model import u16
from support.kernel_clamp import LIMIT, RULES, comparable, marked, narrows, router
from support.syn_layouts import syn_layouts

MOST_HEADERS = 8  # behind IPv6's own
FLAGS = 14  # octets of a TCP header with which a rule can tell that it is a SYN's
NFT = ("nft size", "nft route")


@dataclass(frozen=True)
class Judged:
    """One packet, and what both made of it."""

    name: str
    family: str
    packet: bytes
    kernel: bytes | None  # None: dropped
    narrows: bytes

    @functools.cached_property
    def by_contract(self) -> Clamped:
        return clamp(self.packet, self.family, LIMIT[self.family])

    @functools.cached_property
    def reasons(self) -> set[str]:
        return reasons(self.packet, self.family)

    def has_right_checksum(self, packet: bytes) -> bool:
        segment = packet[UPPER[self.family](packet).start :]
        return u16(segment, 16) == right_checksum(pseudo_header(packet, self.family, len(segment)), segment)

    def without_checksum(self, packet: bytes) -> bytes:
        return crafted.patched(packet, UPPER[self.family](packet).start + 16, bytes(2))

    @property
    def is_left_alone(self) -> bool:
        return self.kernel == comparable(self.packet, self.family)


# --- where the kernel differs, and how that looks ---


def checksum_is_broken(case: Judged) -> bool:
    if case.kernel is None:
        return False
    is_same_but_checksum = case.without_checksum(case.kernel) == case.without_checksum(case.narrows)
    if not case.has_right_checksum(case.packet):
        return is_same_but_checksum
    return is_same_but_checksum and case.has_right_checksum(case.narrows) and not case.has_right_checksum(case.kernel)


def value_is_left_too_large(case: Judged) -> bool:
    segment = (case.kernel or b"")[UPPER[case.family](case.packet).start :]
    positions, _ = mss_positions(segment[20 : (segment[12] >> 4) * 4])
    return any(u16(segment, 20 + at) > LIMIT[case.family] for at in positions)


def narrows_alone_clamps(case: Judged) -> bool:
    return case.is_left_alone and case.narrows != case.kernel


def kernel_alone_clamps(case: Judged) -> bool:
    return not case.is_left_alone and case.narrows == comparable(case.packet, case.family)


def other_value_is_clamped(case: Judged) -> bool:
    return case.is_left_alone or case.kernel != case.narrows


def option_is_inserted(case: Judged) -> bool:
    return case.kernel is not None and len(case.kernel) == len(case.packet) + 4


def is_dropped(case: Judged) -> bool:
    return case.kernel is None


@dataclass(frozen=True)
class Difference:
    rules: tuple[str, ...]
    looks: Callable[[Judged], bool]


DIFFERENCES: dict[str, Difference] = {
    "odd offset": Difference(RULES, checksum_is_broken),
    "second MSS option": Difference(RULES, value_is_left_too_large),
    "behind the end of the list": Difference(RULES, kernel_alone_clamps),
    "behind an option of length 0 or 1": Difference(RULES, kernel_alone_clamps),
    "kind 2 of another length": Difference(NFT, other_value_is_clamped),
    "data offset beyond the segment": Difference(NFT, narrows_alone_clamps),
    "malformed header": Difference(("iptables",), is_dropped),
    "no MSS option": Difference(("iptables",), option_is_inserted),
    "more than eight extension headers": Difference(RULES, kernel_alone_clamps),
    "long padding": Difference(RULES, is_dropped),  # of the router, not of its clamp
}


def reasons(packet: bytes, family: str) -> set[str]:
    """Keys of DIFFERENCES that a packet may meet."""
    if family == "ipv6" and (found := header_reasons(packet)):
        return found
    upper = UPPER[family](packet)
    segment = packet[upper.start :]
    if upper.protocol != 6 or len(segment) < FLAGS or segment[13] & 0x06 != 0x02:
        return set()
    claimed = (segment[12] >> 4) * 4
    found = set() if 20 <= claimed <= len(segment) else {"malformed header"}
    if len(segment) < 20 or claimed < 20:
        return found | {"malformed header"}
    if claimed > len(segment):
        found |= {"data offset beyond the segment"}
    return found | option_reasons(segment[20 : min(claimed, len(segment))], LIMIT[family])


def header_reasons(packet: bytes) -> set[str]:
    """Of IPv6's extension headers."""
    following, at, count = packet[6], 40, 0
    while following in (0, 43, 44, 60) and at + 8 <= len(packet):
        octets = 8 if following == 44 else (packet[at + 1] + 1) * 8
        if following == 0 and packet[at + 2] == 1 and packet[at + 3] > 5:
            return {"long padding"}
        following, at, count = packet[at], at + octets, count + 1
    return {"more than eight extension headers"} if count > MOST_HEADERS and following == 6 else set()


def option_reasons(options: bytes, limit: int) -> set[str]:
    positions, _ = mss_positions(options)
    hidden = hides_mss(options)
    lowered = [at for at in positions if u16(options, at) > limit]
    found = {
        "odd offset": any(at % 2 for at in lowered),
        "second MSS option": len(positions) > 1,
        "no MSS option": not positions and not hidden,
        hidden: bool(hidden),
    }
    return {name for name, is_met in found.items() if is_met} | other_lengths(options)


def hides_mss(options: bytes) -> str:
    """What ends the list before octets that look like one more MSS option; "" when nothing does."""
    at = starts(options)[-1] if options else 0
    if b"\x02\x04" not in options[at + 1 :]:
        return ""
    if options[at] == 0:
        return "behind the end of the list"
    return "behind an option of length 0 or 1" if options[at] > 1 and options[at + 1] < 2 else ""


def other_lengths(options: bytes) -> set[str]:
    wrong = any(options[at] == 2 and options[at + 1 : at + 2] not in (b"", b"\x00", b"\x04") for at in starts(options))
    return {"kind 2 of another length"} if wrong else set()


def starts(options: bytes) -> list[int]:
    """Where options begin, up to the end of the list or what is none."""
    found: list[int] = []
    at = 0
    while at < len(options):
        found.append(at)
        if options[at] == 0:
            break
        length = 1 if options[at] == 1 else options[at + 1] if at + 1 < len(options) else 0
        if length == 0 or options[at] != 1 and length < 2:
            break
        at += length
    return found


# --- the corpus ---


IPV4_NAMES = ("df", "reserved_flag", "first_fragment", "second_fragment", "last_possible_fragment",
              "second_fragment_more", "dscp", "protocol_17", "icmp")  # fmt: skip
IPV6_NAMES = ("traffic_class", "esp")


def corpus(family: str) -> dict[str, bytes]:
    found = crafted.tcp_variants(family)
    for name, options in syn_layouts().items():
        found |= {f"{name}, {flags}": crafted.tcp(family, options, flags=flags) for flags in ("S", "SA")}
    if family == "ipv4":
        variants = crafted.ipv4_variants()
        found |= {name: variants[name] for name in variants if name in IPV4_NAMES or name.endswith("words_of_options")}
    else:
        variants = crafted.ipv6_variants()
        found |= {name: variants[name] for name in variants if name in IPV6_NAMES or name.startswith("behind_")}
    even = crafted.mss(1460) + crafted.SACK_PERMITTED
    for name, extensions in crafted.ipv6_extensions().items() if family == "ipv6" else ():
        header = crafted.ip_header("ipv6")
        for extension in extensions:
            header = header / extension
        found[f"even behind {name}"] = crafted.tcp("ipv6", even, ip=header)
    return found


@pytest.fixture(scope="module", params=RULES)
def judged(
    request: pytest.FixtureRequest, root: None, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, list[Judged]]:
    rules = request.param
    cases: list[Judged] = []
    with router(rules) as kernel:
        for family in crafted.FAMILIES:
            named = corpus(family)
            packets = [marked(packet, family, mark) for mark, packet in enumerate(named.values(), start=1)]
            ours = narrows(tmp_path_factory.mktemp("replay"), packets, family)
            theirs = kernel.forward(packets, family)
            cases += [Judged(name, family, *both) for name, *both in zip(named, packets, theirs, ours)]
    return rules, cases


def test_equal_wherever_the_kernel_is_right(judged: tuple[str, list[Judged]]) -> None:
    rules, cases = judged
    counts: Counter[str] = Counter()
    for case in cases:
        listed = [name for name in sorted(case.reasons) if rules in DIFFERENCES[name].rules]
        assert case.kernel == case.narrows or listed, (
            f"{case.family}, {case.name}: {rules} makes something else of {case.packet.hex()}\n"
            f"kernel  {case.kernel.hex() if case.kernel else 'dropped'}\nnarrows {case.narrows.hex()}"
        )
        counts["equal" if case.kernel == case.narrows else ", ".join(listed)] += 1
    print(f"\nLinux {platform.release()}, {rules}: {dict(counts)}")
    assert counts["equal"] > 400 and sum(case.by_contract.was_lowered for case in cases) > 300


def test_narrows_is_right_where_they_differ(judged: tuple[str, list[Judged]]) -> None:
    for case in judged[1]:
        assert case.narrows == comparable(case.by_contract.packet, case.family), f"{case.family}, {case.name}"


@pytest.mark.parametrize("name", DIFFERENCES)
def test_difference(judged: tuple[str, list[Judged]], name: str) -> None:
    """Shown by packets that meet this and nothing else; a kernel that was mended may be as right as Narrows."""
    rules, cases = judged
    difference = DIFFERENCES[name]
    if rules not in difference.rules:
        return
    relevant = {other for other in DIFFERENCES if rules in DIFFERENCES[other].rules}
    alone = [case for case in cases if case.reasons & relevant == {name}]
    assert alone, "no packet of the corpus shows this by itself"
    differing = [case for case in alone if case.kernel != case.narrows]
    if not differing:
        print(f"\nLinux {platform.release()}, {rules}: mended, {name}")
    for case in differing:
        assert difference.looks(case), (
            f"{case.family}, {case.name}: differs in another way\n{case.packet.hex()}\n"
            f"kernel  {case.kernel.hex() if case.kernel else 'dropped'}\nnarrows {case.narrows.hex()}"
        )
