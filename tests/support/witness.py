# SPDX-License-Identifier: BSD-3-Clause
"""What went into Narrows and what left it, in all tests of a session, for the dissectors to judge at its end.

`narrows replay` hands its captures over, a Daemon what a Tap saw at the far ends of its interfaces. Frames are kept
once, however often they came. Of several processes, the last one judges for all: the others leave theirs in the
directory that NARROWS_WITNESS names.
"""
from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Iterable

from support.namespaces import Namespace, far_end

MOST_OF_A_REPLAY = 1500  # distinct frames, evenly chosen; those of the contract's judge are compared octet by octet
TAP_OCTETS = 4 << 20  # of the kernel's memory, for what a Daemon's test leaves unread

received: set[bytes] = set()  # by Narrows
left: dict[bytes, str] = {}  # and the test in which each was first seen


def saw_received(frames: Iterable[bytes]) -> None:
    received.update(frames)


def saw_leave(frames: Iterable[bytes]) -> None:
    test = os.environ.get("PYTEST_CURRENT_TEST", "")
    for frame in evenly(list(dict.fromkeys(frames)), MOST_OF_A_REPLAY):
        left.setdefault(frame, test)


def hand_on() -> None:
    if directory := os.environ.get("NARROWS_WITNESS"):
        (Path(directory) / f"{os.getpid()}.pickle").write_bytes(pickle.dumps((received, left)))


def take_over() -> None:
    """What processes before this one saw."""
    if directory := os.environ.get("NARROWS_WITNESS"):
        for path in Path(directory).glob("*.pickle"):
            others_received, others_left = pickle.loads(path.read_bytes())
            received.update(others_received)
            left.update(others_left)


def evenly(frames: list[bytes], most: int) -> list[bytes]:
    return frames[:: -(-len(frames) // most) or 1]


class Tap:
    """The far end of one interface of Narrows. Nothing is read before the test is over: it costs no CPU."""

    def __init__(self, namespace: Namespace, interface: str) -> None:
        self._socket = namespace.packet_socket(interface, TAP_OCTETS)

    def close(self) -> None:
        """Hands over what there is. Frames whose checksum somebody else is still to complete count for nothing."""
        seen = [frame for frame in self._socket.waiting() if not frame.is_partial]
        saw_received(frame.octets for frame in seen if frame.is_sent)
        saw_leave(frame.octets for frame in seen if not frame.is_sent)
        self._socket.close()


def taps(namespace: Namespace, interfaces: Iterable[str]) -> list[Tap]:
    """Of those that are one end of a veth pair."""
    ends = [far_end(namespace, interface) for interface in interfaces]
    return [Tap(*end) for end in ends if end]
