# SPDX-License-Identifier: BSD-3-Clause
"""What is sent: sizes, SYN share, sessions, directions; and what that is in octets and line rates."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

IMIX = 0
IMIX_SIZES = ((64, 7), (570, 4), (1518, 1))
RFC_SIZES = (64, 128, 256, 512, 1024, 1280, 1518)  # RFC 2544 §9.1
DIRECTIONS = ("lan_to_wan", "wan_to_lan")

PPPOE_OCTETS = 8
ETHERNET_OCTETS = 18  # header and FCS
GAP_OCTETS = 20  # preamble and inter-frame gap
LEAST_FRAME = 64
LONGEST_FRAME = 1518
LONGEST_PACKET = 1492
MAX_MSS = LONGEST_PACKET - 40

# As the generator has them (tests/lab/frame_template.h, tests/support/frames.h).
LAN_MAC, WAN_MAC = "02:00:00:00:00:0a", "02:00:00:00:00:0b"
LAN_HOST_MAC, AC_MAC = "02:00:00:00:00:99", "02:00:00:00:00:ac"
LAN_HOST, WAN_HOST = "192.0.2.1", "198.51.100.2"
FIRST_SESSION_ID, FIRST_VLAN = 0x1000, 1


@dataclass(frozen=True)
class Workload:
    """`frame`: octets on the LAN with FCS, or IMIX; `direction`: one of DIRECTIONS, or "both"."""

    frame: int
    direction: str = "both"
    syn_percent: int = 1
    sessions: int = 1

    @property
    def frame_name(self) -> str:
        return "IMIX" if self.frame == IMIX else str(self.frame)

    @property
    def ways(self) -> int:
        """How many directions send."""
        return 2 if self.direction == "both" else 1

    def trial(self, **more: Any) -> dict[str, Any]:
        """As the generator reads it."""
        words = {"frame": self.frame, "syn_percent": self.syn_percent, "sessions": self.sessions}
        return words | {"directions": self.direction} | more

    def wire_octets(self) -> float:
        """Mean of what a frame takes on the WAN's wire, gap included: the longer of the two lines."""
        sizes = IMIX_SIZES if self.frame == IMIX else ((self.frame, 1),)
        octets = sum(weight * (wan_frame(size) + GAP_OCTETS) for size, weight in sizes)
        return octets / sum(weight for _, weight in sizes)

    def line_rate(self, gbps: float) -> float:
        """Frames a second and direction that fill a line."""
        return gbps * 1e9 / (8 * self.wire_octets())


def wan_frame(lan_frame: int) -> int:
    """Octets of a PPPoE frame, FCS included, for a LAN frame of this size."""
    packet = min(lan_frame - ETHERNET_OCTETS, LONGEST_PACKET)
    return max(LEAST_FRAME, packet + ETHERNET_OCTETS + PPPOE_OCTETS)


def parse_frames(text: str) -> list[int]:
    """Of "64,imix,1518"; ValueError for what is no size."""
    frames = []
    for word in text.split(","):
        is_size = word.isdecimal() and LEAST_FRAME <= int(word) <= LONGEST_FRAME
        if word != "imix" and not is_size:
            raise ValueError(f"{word}: frames have {LEAST_FRAME} to {LONGEST_FRAME} octets, or are imix")
        frames.append(int(word) if is_size else IMIX)
    return frames
