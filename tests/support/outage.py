# SPDX-License-Identifier: BSD-3-Clause
"""How long a LAN host is cut off: echo requests every few milliseconds, and when they are answered."""
from __future__ import annotations

import http.client
import struct
import threading
import time
from dataclasses import dataclass
from typing import Any, Callable

from scapy.layers.inet import ICMP, IP

from support import crafted
from support.daemon import Daemon
from support.namespaces import Namespace, wait_for

PACE_SECONDS = 0.01
LOOK_SECONDS = 0.05
STEADY = 20  # answers in a row
NUMBER = struct.Struct("!d")  # in the payload: when it was sent, time.monotonic()
NUMBER_AT = 14 + 20 + 8  # behind Ethernet, IPv4 and ICMP


@dataclass(frozen=True)
class Outage:
    """All in seconds."""

    noticed: float | None  # from the fault until Narrows took the session for down; None: it was not there to notice
    after_fault: float  # the longest time without an answer
    after_mend: float  # from when the other end, or Narrows, was started or joined again until the first answer


class Watch:
    """A host without an address of its own: it takes that of Narrows' session, which is another after each dial."""

    def __init__(self, narrows: Callable[[], Daemon], lan: Namespace, target: str) -> None:
        """@param narrows  which runs now; with one session, whose LAN is `lan`'s eth0."""
        self._narrows = narrows
        self._host_mac = lan.run("cat", "/sys/class/net/eth0/address").strip()
        self._box_mac = ""
        self._target = target
        self._send, self._receive = (lan.packet_socket("eth0") for _ in range(2))
        self._address: str | None = None
        self._answers: list[tuple[float, float]] = []  # sent, answered
        self._over = threading.Event()
        self._threads = [threading.Thread(target=work) for work in (self._ask, self._listen, self._look)]

    def __enter__(self) -> Watch:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def measure(self, fail: Callable[[], Any], mend: Callable[[], Any]) -> Outage:
        """What follows on `fail` and, at once, `mend`; returns when answers come steadily again."""
        self._wait_steady(0.0)
        fault, fault_on_the_clock = time.monotonic(), time.time()
        fail()
        mend()
        mended = time.monotonic()
        # What is asked from now on and answered has gone through whatever was made anew.
        back = self._wait_steady(mended)
        answered = [fault, *(at for _, at in self._answers if at > fault)]
        longest = max(later - earlier for earlier, later in zip(answered, answered[1:]))
        events = self._narrows().events()
        down = [one["time"] for one in events if one["kind"] == "session_down" and one["time"] > fault_on_the_clock]
        return Outage(down[0] - fault_on_the_clock if down else None, longest, back - mended)

    def _wait_steady(self, since: float) -> float:
        """@return when the first of STEADY answers to what was asked since then came."""
        def steady() -> list[float] | None:
            found = [at for sent, at in self._answers if sent > since]
            return found if len(found) >= STEADY else None

        return wait_for("steady answers", steady, 120)[0]

    def _look(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            try:
                stats = self._narrows().stats()
                [session] = stats["sessions"].values()
                self._box_mac, self._address = stats["ports"]["lan"]["mac"], session["client"]["address"]
            except (OSError, http.client.HTTPException):  # not there just now
                pass

    def _ask(self) -> None:
        while not self._over.wait(PACE_SECONDS):
            if address := self._address:
                packet = IP(src=address, dst=self._target) / ICMP(id=1) / NUMBER.pack(time.monotonic())
                self._send.send(crafted.lan_frame(bytes(packet), "ipv4", src=self._host_mac, dst=self._box_mac))

    def _listen(self) -> None:
        while not self._over.is_set():
            for frame in self._receive.receive(1, 0.2):
                if frame[12:14] == b"\x08\x00" and frame[23] == 1 and frame[34] == 0:
                    self._answers.append((NUMBER.unpack_from(frame, NUMBER_AT)[0], time.monotonic()))
