# SPDX-License-Identifier: BSD-3-Clause
"""What a user gets wrong is answered in one line on stderr that says what to do, never by a crash."""
from __future__ import annotations

import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.daemon import on_veth
from support.logfmt import parse_all
from support.namespaces import Namespace
from support.narrows import BINARY, Config, TIMEOUT_SECONDS, run, terminate, write_config
from support.nobody import as_nobody


def run_in(box: Namespace, directory: Path, config: Config) -> subprocess.CompletedProcess[str]:
    command = box.words(BINARY, "run", "-c", write_config(directory, config))
    return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, stdin=subprocess.DEVNULL)


def assert_last_line(result: subprocess.CompletedProcess[str], *words: str) -> None:
    """The error comes last, behind what the log says about ports that could be opened."""
    assert result.returncode == 1, (result.returncode, result.stderr)
    last = parse_all(result.stderr)[-1]
    assert (last.level, last.event) == ("error", "failed")
    for word in words:
        assert word in last.text


def assert_one_line(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert result.returncode == 1, (result.returncode, result.stderr)
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    for word in words:
        assert word in lines[0]


def test_no_such_interface(box: Namespace, tmp_path: Path) -> None:
    config = on_veth(terminate(), wan={"device": "net_af_packet1,iface=nowhere7"})
    assert_one_line(run_in(box, tmp_path, config), "nowhere7")


def test_no_such_driver(box: Namespace, tmp_path: Path) -> None:
    config = on_veth(terminate(), wan={"device": "net_nonsense0"})
    assert_last_line(run_in(box, tmp_path, config), "net_nonsense0")


def test_no_such_pci_device(box: Namespace, tmp_path: Path) -> None:
    config = on_veth(terminate(), wan={"device": "0000:fe:1f.7"})
    assert_one_line(run_in(box, tmp_path, config), "0000:fe:1f.7")


def test_statistics_port_taken(box: Namespace, tmp_path: Path) -> None:
    with box.entered():
        taken = socket.create_server(("127.0.0.1", 9480))
    with taken:
        assert_last_line(run_in(box, tmp_path, on_veth(terminate())), "127.0.0.1:9480")


def test_no_such_cpu(box: Namespace, tmp_path: Path) -> None:
    config = on_veth(terminate()) | {"workers": {"lcores": [1023]}}
    assert_one_line(run_in(box, tmp_path, config), "1023")


def test_hardware_checksum_where_there_is_none(box: Namespace, tmp_path: Path) -> None:
    assert_last_line(run_in(box, tmp_path, on_veth(terminate(checksum="hardware"))), "checksum")


def test_bad_configuration(tmp_path: Path) -> None:
    path = write_config(tmp_path, on_veth(terminate(colour="blue")))
    assert_one_line(run("run", "-c", path), f"{path}:", "colour")


def test_no_configuration(tmp_path: Path) -> None:
    for command in ("run", "check", "replay"):
        assert_one_line(run(command, "-c", tmp_path / "none.yaml"), "none.yaml")


def test_no_root(public_directory: Path) -> None:
    write_config(public_directory, on_veth(terminate(), lan={"device": "net_af_packet0,iface=lo"}, wan={"device": "net_null1"}))
    assert_one_line(as_nobody(public_directory, "run", "-c", "narrows.yaml"), "CAP_NET_ADMIN and CAP_NET_RAW", "root")


@pytest.mark.parametrize("arguments", ([], ["fly"], ["run"], ["replay", "-c"], ["run", "--colour"]), ids=" ".join)
def test_wrong_command_lines(arguments: list[Any]) -> None:
    result = run(*arguments)
    assert result.returncode != 0
    assert result.stderr and "terminate called" not in result.stderr


@pytest.mark.parametrize("arguments", ([], ["run"], ["ac"], ["check"], ["setup"], ["replay"], ["bench"], ["version"]), ids=" ".join)
def test_help(arguments: list[str]) -> None:
    result = run(*arguments, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert "narrows" in result.stdout


def test_version() -> None:
    result = run("version")
    assert result.returncode == 0
    assert "0.1.0" in result.stdout and "DPDK" in result.stdout
