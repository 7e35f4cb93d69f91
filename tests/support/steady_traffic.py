# SPDX-License-Identifier: BSD-3-Clause
"""Frames sent at a steady pace beside a test."""
from __future__ import annotations

import threading
from typing import Any, Generic, TypeVar

from support.namespaces import PacketSocket

PACE_SECONDS = 0.001
Key = TypeVar("Key")


class SteadyTraffic(Generic[Key]):
    """Each of the frames about once a millisecond, from entering to leaving."""

    def __init__(self, frames: dict[Key, tuple[PacketSocket, bytes]]) -> None:
        self.sent = dict.fromkeys(frames, 0)
        self._frames = frames
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._send)

    def __enter__(self) -> SteadyTraffic[Key]:
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._over.set()
        self._thread.join()

    def _send(self) -> None:
        while not self._over.wait(PACE_SECONDS):
            for key, (socket, frame) in self._frames.items():
                socket.send(frame)
                self.sent[key] += 1
