# SPDX-License-Identifier: BSD-3-Clause
"""The recorded handshakes of tests/data, and TCP inside the sessions that they open."""
from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from support import crafted
from support.captures import read_timed_pcap

FOLDER = Path(__file__).resolve().parents[1] / "data" / "handshakes"
SIDES = ("lan", "wan")
Timed = tuple[float, bytes]

# What the ends of each have agreed on: the MRU of the client, of the concentrator, PPP-Max-Payload.
AGREED = {"mru-1492": (1492, 1492, None), "mru-1500": (1500, 1500, 1500), "mru-1454": (1492, 1454, None)}
MTU = {"mru-1492": 1492, "mru-1500": 1500, "mru-1454": 1454}


@dataclass(frozen=True)
class Handshake:
    """A recording, from time 0 on; `id` and MAC addresses as they were, behind `tags`."""

    frames: dict[str, list[Timed]]
    client: str
    concentrator: str
    id: int
    tags: tuple[bytes, ...] = ()

    def tagged(self, *tags: bytes) -> Handshake:
        """The same on a VLAN; `tags` are TPID and TCI, the outermost first."""
        moved = {
            side: [(time, frame[:12] + b"".join(tags) + frame[12:]) for time, frame in frames]
            for side, frames in self.frames.items()
        }
        return replace(self, frames=moved, tags=tags)

    def later(self, seconds: float) -> Handshake:
        moved = {side: [(time + seconds, frame) for time, frame in frames] for side, frames in self.frames.items()}
        return replace(self, frames=moved)

    @property
    def end(self) -> float:
        return max(time for frames in self.frames.values() for time, _ in frames)

    def syn(self, side: str, family: str, mss: int) -> bytes:
        """A SYN in the session, received on `side`."""
        return self.frame(side, family, crafted.tcp(family, crafted.mss(mss)))

    def frame(self, side: str, family: str, packet: bytes) -> bytes:
        ends = (self.concentrator, self.client) if side == "lan" else (self.client, self.concentrator)
        made = crafted.wan_frame(packet, family, session=self.id, dst=ends[0], src=ends[1])
        return made[:12] + b"".join(self.tags) + made[12:]

    def padt(self, side: str) -> bytes:
        ends = (self.concentrator, self.client) if side == "lan" else (self.client, self.concentrator)
        header = b"".join(bytes.fromhex(mac.replace(":", "")) for mac in ends) + b"".join(self.tags)
        return (header + b"\x88\x63\x11\xa7" + self.id.to_bytes(2, "big") + bytes(2)).ljust(60, b"\0")


def load(name: str) -> Handshake:
    frames = {side: list(read_timed_pcap(FOLDER / f"{name}-{side}.pcap")) for side in SIDES}
    start = min(time for of_side in frames.values() for time, _ in of_side)
    moved = {side: [(time - start, frame) for time, frame in of_side] for side, of_side in frames.items()}
    [pads] = [frame for _, frame in moved["wan"] if frame[12:14] == b"\x88\x63" and frame[15] == 0x65]
    macs = [pads[at : at + 6].hex(":") for at in (0, 6)]
    return Handshake(moved, macs[0], macs[1], int.from_bytes(pads[16:18], "big"))
