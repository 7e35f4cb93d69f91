# SPDX-License-Identifier: BSD-3-Clause
"""What the service manager is told (sd_notify(3)), and what a core dump would hold."""
from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path
from typing import Iterator

import pytest

from support import crafted
from support.daemon import Daemon, on_veth
from support.namespaces import Namespace, namespaces, veth, wait_for
from support.narrows import run, terminate

WATCHDOG_SECONDS = 1.0
ELF_HEADERS_ONLY = 0x10


class Manager:
    """Listens as systemd would."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.setblocking(False)
        self.heard: list[str] = []

    def listen(self) -> list[str]:
        while True:
            try:
                self.heard.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return self.heard

    def count(self, what: str) -> int:
        return sum(message.startswith(what) for message in self.listen())


@pytest.fixture
def place(root: None) -> Iterator[Namespace]:
    with namespaces("box", "peer") as (box, peer):
        for side in ("lan", "wan"):
            veth(box, f"{side}0", peer, f"{side}1")
        yield box


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manager:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", str(int(WATCHDOG_SECONDS * 1e6)))
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    return Manager(tmp_path / "notify")


def test_what_it_is_told(place: Namespace, manager: Manager, tmp_path: Path) -> None:
    with Daemon(tmp_path, place, on_veth(terminate(), lan={"mac": crafted.LAN_MAC})) as narrows:
        wait_for("readiness", lambda: manager.count("READY=1"))
        wait_for("the status", lambda: manager.count("STATUS=forwarding, 1 of 1 session up"))
        wait_for("signs of life", lambda: manager.count("WATCHDOG=1") >= 3)
        narrows.process.send_signal(signal.SIGHUP)
        wait_for("the reload", lambda: manager.count("READY=1") == 2)
        assert narrows.stop() == 0
    heard = manager.listen()
    first, again = (place for place, message in enumerate(heard) if message == "READY=1")
    reloading = heard[again - 1]
    assert reloading.startswith("RELOADING=1\nMONOTONIC_USEC="), heard
    assert abs(int(reloading.split("=")[-1]) / 1e6 - time.monotonic()) < 60
    assert first < again and heard[-1].startswith("STOPPING=1")


def test_without_a_manager(place: Namespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    with Daemon(tmp_path, place, on_veth(terminate(), lan={"mac": crafted.LAN_MAC})) as narrows:
        dumped = Path(f"/proc/{narrows.process.pid}/coredump_filter").read_text()
        assert int(dumped, 16) == ELF_HEADERS_ONLY, "a core dump would hold passwords"
        assert os.path.isdir(f"/proc/{narrows.process.pid}")


def test_bad_usage_has_a_code_of_its_own() -> None:
    result = run("run", "--no-such-option")
    assert (result.returncode, len(result.stderr.splitlines())) == (2, 1)
