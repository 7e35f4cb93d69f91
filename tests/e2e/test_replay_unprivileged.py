# SPDX-License-Identifier: BSD-3-Clause
"""`replay` and `check` need no root, no hugepages and no network card."""
from __future__ import annotations

import subprocess
from pathlib import Path

from support import crafted
from support.captures import read_pcap, write_pcap
from support.narrows import BINARY, TIMEOUT_SECONDS, terminate, write_config
from support.nobody import as_nobody


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
