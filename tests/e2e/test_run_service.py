# SPDX-License-Identifier: BSD-3-Clause
"""What the service manager is told (sd_notify(3)), and what a core dump would hold."""
from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Iterator

import pytest

from support import crafted
from support.daemon import Daemon, on_veth
from support.namespaces import Namespace, namespaces, veth, wait_for
from support.narrows import run, terminate
from support.service_manager import ServiceManager

WATCHDOG_SECONDS = 1.0
ELF_HEADERS_ONLY = 0x10


@pytest.fixture
def place(root: None) -> Iterator[Namespace]:
    with namespaces("box", "peer") as (box, peer):
        for side in ("lan", "wan"):
            veth(box, f"{side}0", peer, f"{side}1")
        yield box


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ServiceManager:
    manager = ServiceManager(tmp_path / "notify")
    for name, value in manager.environment(WATCHDOG_SECONDS).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    return manager


def test_what_it_is_told(place: Namespace, manager: ServiceManager, tmp_path: Path) -> None:
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
