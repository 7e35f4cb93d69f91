# SPDX-License-Identifier: BSD-3-Clause
"""`narrows bench`: what it prints, that it ends in time, and that nothing but a CPU is needed. Never how fast."""
from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from support.narrows import BINARY, run
from support.nobody import as_nobody

pytestmark = pytest.mark.alone

QUICK_SECONDS = 30
KEYS = {
    "case": str,
    "frame": str,
    "syn_percent": int,
    "sessions": int,
    "level": str,
    "memory": str,
    "ns": float,
    "cycles": float,
    "mpps": float,
    "quiet": bool,
}


def levels() -> set[str]:
    """All that this machine has, as the error about one that nobody has names them."""
    return set(run("bench", "--level", "mmx").stderr.split("{")[1].split("}")[0].split(","))


def check_entries(entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        assert {key: type(entry[key]) for key in KEYS} == KEYS, entry
        assert entry["ns"] > 0 and entry["cycles"] > 0, entry
        assert entry["mpps"] == pytest.approx(1000 / entry["ns"]), entry
        assert entry["ratio_to_scalar"] > 0, entry


def values(entries: list[dict[str, Any]], key: str) -> set[Any]:
    return {entry[key] for entry in entries}


def test_quick_covers_everything_in_time_and_without_root(public_directory: Path) -> None:
    began = time.monotonic()
    result = as_nobody(public_directory, "bench", "--quick", "--json", timeout=2 * QUICK_SECONDS)
    seconds = time.monotonic() - began
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    entries = json.loads(result.stdout)
    check_entries(entries)
    assert values(entries, "level") == levels()
    assert values(entries, "case") == {"add", "strip", "transparent", "loop"}
    assert values(entries, "frame") == {"64", "imix", "1500"}
    assert values(entries, "syn_percent") == {0, 1, 100}
    assert values(entries, "sessions") == {1, 4000}
    assert values(entries, "memory") == {"hot", "l3"}
    assert all(entry["ratio_to_io"] > 0 for entry in entries if entry["case"] == "loop")
    assert seconds < QUICK_SECONDS


def test_filters_choose_and_the_file_is_beside_the_table(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    traffic = ["--syn", "100", "--frame", "1500", "--sessions", "1"]
    chosen = ["--case", "add,strip", "--memory", "hot", "--level", "scalar", *traffic]
    result = run("bench", "--quick", *chosen, "--json", file)
    assert result.returncode == 0, result.stderr
    entries = json.loads(file.read_text())
    check_entries(entries)
    assert [(entry["case"], entry["frame"], entry["syn_percent"]) for entry in entries] == [
        ("add", "1500", 100),
        ("strip", "1500", 100),
    ]
    assert values(entries, "level") == {"scalar"}
    assert len([line for line in result.stdout.splitlines() if " scalar " in line and " 100% " in line]) == 2


def test_targets_are_judged() -> None:
    result = run("bench", "--quick", "--targets", "--case", "transparent", "--memory", "hot")
    assert result.returncode == 0, result.stderr
    judged = [line for line in result.stdout.splitlines() if line.endswith((" met", " missed"))]
    assert [line.split(",")[1].strip() for line in judged] == ["plain IP", "PPPoE"]


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (["--case", "foo"], "foo", 2),
        (["--syn", "50"], "50", 2),
        (["--level", "mmx"], "scalar", 2),
        (["--case", "transparent", "--sessions", "4000"], "no such combination", 1),
        (["--cpu", "4711"], "CPU 4711", 1),
        (["--case", "add", "--json", "/nonexistent/figures.json"], "cannot write /nonexistent/figures.json", 1),
    ],
)
def test_mistakes_are_one_line(arguments: list[str], words: str, code: int) -> None:
    result = run("bench", *arguments)
    assert result.returncode == code
    assert result.stdout == ""
    assert result.stderr.startswith("narrows: ") and words in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once(stop: signal.Signals) -> None:
    with subprocess.Popen(
        [str(BINARY), "bench", "--all"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        wait_until_it_catches(process, stop)
        process.send_signal(stop)
        output, errors = process.communicate(timeout=10)
    assert process.returncode == 130
    assert output == ""
    assert errors == "narrows: interrupted before there was a figure to trust\n"


def wait_until_it_catches(process: subprocess.Popen[str], wanted: signal.Signals) -> None:
    """Until the signal is the program's own to handle (SigCgt in proc(5))."""
    status = Path(f"/proc/{process.pid}/status")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        caught = next(line for line in status.read_text().splitlines() if line.startswith("SigCgt"))
        if int(caught.split()[1], 16) & 1 << wanted - 1:
            return
        time.sleep(0.01)
    raise AssertionError(f"{wanted.name} is never caught")
