# SPDX-License-Identifier: BSD-3-Clause
"""A running Narrows between real ports, and what must hold of it whatever it has been through."""
from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Sequence

from support import crafted
from support.daemon import Daemon, cpu
from support.flooder import Flooder
from support.namespaces import Namespace, command, namespaces, veth, wait_for
from support.narrows import Config, check_conservation, session, terminate

DIRECTIONS = {"lan": "lan_to_wan", "wan": "wan_to_lan"}
OTHER = {"lan": "wan", "wan": "lan"}
PATIENCE = 60.0
# Of af_xdp, a transmit ring: the driver takes back what it has sent when it sends the next time. When it ends, it keeps
# its fill queue for good.
SENT_NOT_TAKEN_BACK = {"af_xdp": 2048}
# Beyond what it had when warm: the arenas of threads that have not allocated before.
RSS_SLACK_KB = 4 * 1024
KNOWN_PEER: Config = {"lan": {"peer_mac": crafted.LAN_HOST_MAC}}

# The second has a VLAN, for which the LAN port is to be open from the start if a reload is to bring more of them.
SESSIONS: list[Config] = [
    session(**KNOWN_PEER),
    session("other", lan={"vlan": 2}, static={"id": 2, "ac_mac": crafted.AC_MAC}),
]


@dataclass
class FarEnd:
    """The kernel's end of one port."""

    namespace: Namespace
    interface: str

    def set_link(self, state: str) -> None:
        command("ip", "-n", self.namespace.name, "link", "set", self.interface, state)

    def counters(self) -> dict[str, int]:
        """What the kernel counts: `sent` to Narrows and `arrived` from it."""
        [link] = json.loads(command("ip", "-n", self.namespace.name, "-j", "-s", "link", "show", self.interface))
        stats = link["stats64"]
        return {"sent": stats["tx"]["packets"], "arrived": stats["rx"]["packets"]}


class Rig:
    """Narrows that is running, and the far ends of its ports."""

    def __init__(
        self, narrows: Daemon, config: Config, far: dict[str, FarEnd], directory: Path, device: str
    ) -> None:
        self.narrows, self.config, self.far = narrows, config, far
        self.device = device
        self.path = directory / f"{narrows.namespace.name}.yaml"
        self.in_use = self.buffers()
        self.was_down = False  # a link, since the last check
        self.lost_on_line = dict.fromkeys(far, 0)  # of what left Narrows: links that were down

    def set_link(self, side: str, state: str) -> None:
        self.was_down = True
        self.far[side].set_link(state)

    def flood(self, side: str, frames: list[bytes], per_second: float = 0) -> Flooder:
        return Flooder(self.far[side].namespace, self.far[side].interface, frames, per_second)

    @contextlib.contextmanager
    def traffic(self, lan: list[bytes], wan: list[bytes], per_second: float = 0) -> Iterator[list[Flooder]]:
        """Both ways at once."""
        with self.flood("lan", lan, per_second) as one, self.flood("wan", wan, per_second) as other:
            yield [one, other]

    def write(self, config: Config) -> None:
        self.path.write_text(json.dumps(config))

    def buffers(self) -> dict[str, int]:
        return {pool["name"]: pool["in_use"] for pool in self.narrows.stats()["mempools"]}

    def available(self, pool: str) -> int:
        return next(each["available"] for each in self.narrows.stats()["mempools"] if each["name"] == pool)

    def buffers_are_back(self) -> bool:
        more = SENT_NOT_TAKEN_BACK.get(self.device, 0)
        return all(0 <= used - self.in_use[pool] <= more for pool, used in self.buffers().items())

    def rss_kb(self) -> int:
        status = Path(f"/proc/{self.narrows.process.pid}/status").read_text()
        return int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)[1])

    def is_answering(self) -> bool:
        try:
            return self.narrows.get("/healthz")[0] == 200
        except OSError:
            return False

    def settle(self) -> dict[str, Any]:
        """The statistics once nothing moves any more: every frame has its fate, every buffer is back."""
        last: dict[str, Any] = {}

        def still() -> bool:
            nonlocal last
            before, last = last, self.narrows.stats()
            return bool(before) and moved(before) == moved(last)

        wait_for("frames to come to rest", still, PATIENCE)
        wait_for("the buffers", self.buffers_are_back, PATIENCE)
        stats = self.narrows.stats()
        for counts in stats["directions"].values():
            check_conservation(counts)
        return stats

    def check(self) -> dict[str, Any]:
        """Settles, and holds Narrows' counts against the kernel's: it has received no more than was sent, and sent
        exactly what arrived (unless a link was down meanwhile, or the driver sends by a queue that the kernel may cut)."""
        stats = self.settle()
        assert self.is_answering()
        for side, end in self.far.items():
            received = stats["directions"][DIRECTIONS[side]]["received"]
            assert received <= end.counters()["sent"], (side, stats)
            left = left_by(side, stats) - self.lost_on_line[side]
            if not self.was_down and self.device != "af_xdp":
                # Those from the other side may still be on their way through the kernel.
                wait_for(f"what left by {side} to arrive", lambda: end.counters()["arrived"] >= left)
            arrived = end.counters()["arrived"]
            assert arrived <= left, (side, stats)
            self.lost_on_line[side] += left - arrived
        self.was_down = False
        return stats


def moved(stats: dict[str, Any]) -> list[int]:
    return [counts["received"] for counts in stats["directions"].values()] + [
        port["originated"] for port in stats["ports"].values()
    ]


def left_by(side: str, stats: dict[str, Any]) -> int:
    """Frames: a packet that was fragmented is forwarded once, and leaves as several."""
    counts = stats["directions"][DIRECTIONS[OTHER[side]]]
    return counts["forwarded"] - counts["fragmented"] + counts["fragments"] + stats["ports"][side]["originated"]


def lost(counts: dict[str, Any], *allowed: str) -> dict[str, int]:
    """Drops for other reasons than these."""
    return {reason: count for reason, count in counts["dropped"].items() if count and reason not in allowed}


def config(device: str, mode: Config | None = None) -> Config:
    """With ports of this kind; the session's frames are those of support.crafted."""
    ports = {
        side: {"device": f"net_{device}{number},iface={side}0", "mac": mac}
        for number, (side, mac) in enumerate((("lan", crafted.LAN_MAC), ("wan", crafted.WAN_MAC)))
    }
    return {"workers": {"lcores": [cpu()]}, "ports": ports} | (mode or terminate(*SESSIONS))


@contextlib.contextmanager
def running(
    directory: Path, device: str, mode: Config | None = None, wrapper: Sequence[str] = ()
) -> Iterator[Rig]:
    """Narrows with af_packet, af_xdp or tap ports; ends with code 0, all buffers back."""
    with namespaces(f"{device}-box", f"{device}-peer") as (box, peer):
        far = {side: FarEnd(box, f"{side}0") if device == "tap" else FarEnd(peer, f"{side}1") for side in OTHER}
        if device != "tap":
            for side in OTHER:
                veth(box, f"{side}0", peer, f"{side}1", mtu=1600)
        made = config(device, mode)
        narrows = Daemon(directory, box, made, wrapper=wrapper)
        with narrows:
            for end in far.values():
                if device == "tap":
                    end.set_link("up")
            yield Rig(narrows, made, far, directory, device)
        assert device in SENT_NOT_TAKEN_BACK or "did not come back" not in narrows.output()
