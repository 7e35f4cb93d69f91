# SPDX-License-Identifier: BSD-3-Clause
"""PPP and discovery frames of the WAN are the control thread's, and none of it reaches the LAN."""
from __future__ import annotations

from pathlib import Path

from support import crafted
from support.narrows import check_replay, terminate

PROTOCOLS = (0xC021, 0xC023, 0xC223, 0x8021, 0x8057, 0x80FD, 0x0281, 0x4021)


def test_control_protocols_are_punted(tmp_path: Path) -> None:
    inner = bytes.fromhex("0101000a0304c023") + bytes(8)
    frames = [
        crafted.ethernet_frame(
            {"src": crafted.AC_MAC, "dst": crafted.WAN_MAC},
            (),
            0x8864,
            bytes.fromhex("11001234") + (len(inner) + 2).to_bytes(2, "big") + protocol.to_bytes(2, "big") + inner,
        )
        for protocol in PROTOCOLS
    ]
    replayed = check_replay(tmp_path, terminate(), wan=frames)
    assert replayed.stats["directions"]["wan_to_lan"]["punted"] == len(PROTOCOLS)
    assert replayed.lan_out == []


def test_discovery_is_punted(tmp_path: Path) -> None:
    frames = [
        crafted.ethernet_frame({"src": crafted.AC_MAC, "dst": crafted.WAN_MAC}, (), 0x8863, bytes.fromhex(packet))
        for packet in ("110700000000", "116512340000", "11a712340000", "11d312340000", "ff", "")
    ]
    replayed = check_replay(tmp_path, terminate(), wan=frames)
    assert replayed.stats["directions"]["wan_to_lan"]["punted"] == len(frames)
