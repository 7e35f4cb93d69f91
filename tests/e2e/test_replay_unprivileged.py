# SPDX-License-Identifier: BSD-3-Clause
"""`replay` and `check` need no root, no hugepages and no network card."""
from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Iterator

import pytest

from support import crafted
from support.captures import read_pcap, write_pcap
from support.narrows import BINARY, TIMEOUT_SECONDS, terminate, write_config

NOBODY = 65534


@pytest.fixture
def public_directory() -> Iterator[Path]:
    """Where anybody may write, with a copy of the program that anybody may run."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o777)
        shutil.copy(BINARY, directory / "narrows")
        yield directory


def as_nobody(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--inh-caps=-all"]
    command = [*(become if os.geteuid() == 0 else []), str(directory / "narrows"), *arguments]
    environment = {"PATH": os.environ["PATH"], "HOME": str(directory)}
    return subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, timeout=TIMEOUT_SECONDS
    )


def test_replay(public_directory: Path) -> None:
    write_config(public_directory, terminate())
    write_pcap(public_directory / "lan.pcap", [crafted.lan_frame(crafted.tcp("ipv4", crafted.mss(1460)), "ipv4")] * 5)
    files = ["--lan", "lan.pcap", "--wan-out", "wan_out.pcap"]
    result = as_nobody(public_directory, "replay", "-c", "narrows.yaml", *files)
    assert result.returncode == 0, result.stderr
    assert len(list(read_pcap(public_directory / "wan_out.pcap"))) == 5


def test_check(public_directory: Path) -> None:
    write_config(
        public_directory,
        terminate(ports={"lan": {"device": "net_null0"}, "wan": {"device": "net_null1"}}),
    )
    result = as_nobody(public_directory, "check", "-c", "narrows.yaml")
    assert result.returncode == 0, result.stderr


def test_two_replays_at_once(tmp_path: Path) -> None:
    config = write_config(tmp_path, terminate())
    write_pcap(tmp_path / "lan.pcap", [crafted.lan_frame(crafted.tcp("ipv4", crafted.mss(1460)), "ipv4")] * 20000)
    command = [str(BINARY), "replay", "-c", str(config), "--lan", str(tmp_path / "lan.pcap"), "--wan-out"]
    running = [subprocess.Popen([*command, str(tmp_path / f"out{n}.pcap")]) for n in range(3)]
    assert [process.wait(TIMEOUT_SECONDS) for process in running] == [0, 0, 0]
    assert [len(list(read_pcap(tmp_path / f"out{n}.pcap"))) for n in range(3)] == [20000] * 3
