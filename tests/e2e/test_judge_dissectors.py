# SPDX-License-Identifier: BSD-3-Clause
"""The last test of a session: tshark and Scapy have nothing against any frame that left Narrows in the others."""
from __future__ import annotations

from pathlib import Path

import pytest

from support import crafted, witness
from support.dissectors import by_scapy, by_tshark, unexplained
from support.narrows import replay, terminate, transparent

MOST_FOR_SCAPY = 20_000
SYN = crafted.tcp("ipv4", crafted.NOP + crafted.mss(1460) + crafted.NOP * 3)
SYN6 = crafted.tcp("ipv6", crafted.mss(1400))


def test_they_notice(tmp_path: Path) -> None:
    """Or their silence would mean nothing."""
    good = [crafted.wan_frame(SYN, "ipv4"), crafted.lan_frame(SYN6, "ipv6", tags=[crafted.vlan(7)])]
    wrong_checksum = crafted.wan_frame(crafted.patched(SYN, 36, b"\x12\x34"), "ipv4")
    bad = {
        "TCP checksum": wrong_checksum,
        "IPv4 checksum": crafted.wan_frame(crafted.patched(SYN, 8, b"\x3f"), "ipv4"),
        "TCP over IPv6": crafted.lan_frame(crafted.patched(SYN6, 63, b"\x05"), "ipv6"),
        "cut short": crafted.lan_frame(SYN[:30], "ipv4"),
        "data offset": crafted.lan_frame(crafted.patched(SYN, 32, b"\xf0"), "ipv4"),
        "PPPoE length": crafted.patched(crafted.wan_frame(SYN, "ipv4"), 18, b"\x01\x00"),
    }
    said = by_tshark(tmp_path, [*good, *bad.values()])
    assert [name for name, frame in bad.items() if frame not in said] == []
    assert [frame.hex() for frame in good if frame in said] == []
    scapy_said = by_scapy([*good, *bad.values()])
    assert [name for name in ("TCP checksum", "IPv4 checksum", "TCP over IPv6") if bad[name] not in scapy_said] == []
    assert unexplained(said, {*good}) == said
    assert unexplained({wrong_checksum: ""}, {crafted.lan_frame(crafted.patched(SYN, 36, b"\x12\x34"), "ipv4")}) == {}


@pytest.mark.alone
@pytest.mark.last
def test_no_frame_left_malformed_or_with_a_wrong_checksum(tmp_path: Path) -> None:
    packets = [(packet, family) for family in crafted.FAMILIES for packet in crafted.packets(family).values()]
    lan, wan = ([make(*packet) for packet in packets] for make in (crafted.lan_frame, crafted.wan_frame))
    for config in (terminate(), transparent()):  # there are frames, even if this is the only test
        replay(tmp_path, config, lan, wan)
    witness.take_over()
    frames = list(witness.left)
    said = by_tshark(tmp_path, frames)
    said |= by_scapy(witness.evenly(frames, MOST_FOR_SCAPY))
    wrong = unexplained(said, witness.received)
    print(f"\n{len(frames)} frames dissected; {len(said)} have faults, and {len(said) - len(wrong)} came with them")
    assert not wrong, f"{len(wrong)} frames:\n" + "\n".join(
        f"{witness.left[frame]}: {words}\n  {frame.hex()}" for frame, words in list(wrong.items())[:20]
    )
