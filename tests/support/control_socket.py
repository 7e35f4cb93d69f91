# SPDX-License-Identifier: BSD-3-Clause
"""Requests to a running Narrows over its control socket."""
from __future__ import annotations

import http.client
import json
import socket
from pathlib import Path
from typing import Any


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def ask(path: Path, url: str, method: str = "GET") -> tuple[int, Any]:
    """Status, and the body as JSON where it is."""
    connection = UnixConnection(path)
    connection.request(method, url)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    is_json = answer.headers["Content-Type"] == "application/json"
    return answer.status, json.loads(body) if is_json else body
