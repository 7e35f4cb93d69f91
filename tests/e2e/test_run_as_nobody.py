# SPDX-License-Identifier: BSD-3-Clause
"""`run` asks for the capabilities that its ports need, not for root."""
from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from support.daemon import on_veth
from support.logfmt import parse_all
from support.namespaces import Namespace, stop, wait_for
from support.narrows import terminate, write_config
from support.nobody import become_nobody

AF_PACKET = ("net_admin", "net_raw")


def start(box: Namespace, directory: Path, capabilities: tuple[str, ...]) -> subprocess.Popen[str]:
    write_config(directory, on_veth(terminate(statistics={"listen": "off"})))
    program = ["env", f"RUNTIME_DIRECTORY={directory}", str(directory / "narrows"), "run", "-c", "narrows.yaml"]
    return box.start(
        *become_nobody(*capabilities), *program, cwd=directory, text=True, stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )


def test_two_capabilities_are_enough(box: Namespace, public_directory: Path) -> None:
    process = start(box, public_directory, AF_PACKET)
    try:
        wait_for("it to forward", lambda: "forwarding (" in process.stderr.readline())
    finally:
        code = stop(process, signal.SIGTERM)
    assert code == 0


@pytest.mark.parametrize("missing", AF_PACKET)
def test_the_one_that_is_missing_is_named(box: Namespace, public_directory: Path, missing: str) -> None:
    process = start(box, public_directory, tuple(name for name in AF_PACKET if name != missing))
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    (line,) = parse_all(errors)
    assert line.event == "failed"
    assert line.text == f"these ports need CAP_{missing.upper()}: start narrows as root or as the service narrows@NAME"
