# SPDX-License-Identifier: BSD-3-Clause
"""Who a service tells how it is doing (sd_notify(3))."""
from __future__ import annotations

import socket
from pathlib import Path


class ServiceManager:
    """Listens as systemd would."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.setblocking(False)
        self.heard: list[str] = []

    def environment(self, watchdog_seconds: float) -> dict[str, str]:
        """What a service finds its manager by."""
        return {"NOTIFY_SOCKET": self._socket.getsockname(), "WATCHDOG_USEC": str(int(watchdog_seconds * 1e6))}

    def listen(self) -> list[str]:
        """All messages so far."""
        while True:
            try:
                self.heard.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return self.heard

    def count(self, what: str) -> int:
        return sum(message.startswith(what) for message in self.listen())
