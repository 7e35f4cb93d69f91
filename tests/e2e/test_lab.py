# SPDX-License-Identifier: BSD-3-Clause
"""scripts/lab/run measures between two processes, says what it has measured, and leaves nothing behind."""
from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from support.namespaces import command, wait_for
from support.narrows import ROOT

pytestmark = pytest.mark.alone

RUN = ROOT / "scripts" / "lab" / "run"
DEVICES = ("narrows", "testpmd", "linux")
# Short trials: what is found says nothing, that it is found and told is what is tested.
QUICK = ("--quick", "--no-build", "--trial", "0.02", "--devices", ",".join(DEVICES))
PATIENCE_SECONDS = 120
ROW = re.compile(r"^\| IMIX \| both \| (Narrows|testpmd io|Linux, nft)( \\\*)? \| \d+\.\d{3} \|", re.M)


@pytest.fixture(autouse=True)
def nothing_left_behind(root: None) -> None:
    before = leftovers()
    yield
    assert leftovers() == before


def leftovers() -> tuple[set[str], set[str], set[str]]:
    own = {line.split()[0] for line in command("ip", "netns", "list").splitlines() if line.startswith("narrows-")}
    files = {name for name in os.listdir(tempfile.gettempdir()) if name.startswith("tmp.")}
    return own, files, {path.name for path in Path("/var/run/dpdk").glob("*lab-*-run*")}


def run(out: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [RUN, *QUICK, "--out", out, *words],
        capture_output=True, text=True, timeout=PATIENCE_SECONDS, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_report(tmp_path: Path) -> None:
    result = run(tmp_path / "out")
    assert result.returncode == 0, result.stdout + result.stderr
    report = (tmp_path / "out" / "report.md").read_text()
    assert {row[0] for row in ROW.findall(report)} == {"Narrows", "testpmd io", "Linux, nft"}, report
    for heading in ("Throughput and latency (§26.1, §26.2)", "Back-to-back frames (§26.4)", "Frame loss rate (§26.3)"):
        assert f"## {heading}" in report
    assert "Not valid" not in report
    for picture in re.findall(r"\]\((\w+\.svg)\)", report):
        assert (tmp_path / "out" / picture).read_text().startswith("<?xml")
    check_results(json.loads((tmp_path / "out" / "results.json").read_text())["results"])


def check_results(results: list[dict[str, Any]]) -> None:
    """Every device has forwarded, and nothing it sent was wrong."""
    assert [result["device"] for result in results] == list(DEVICES)
    for result in results:
        assert result["complaints"] == []
        assert result["ceiling_pps"] > 0 and result["trials"] >= 1
        assert result["tolerant_pps"] >= result["lossless_pps"] >= 0
        assert all(0 <= point["loss"] <= 1 for point in result["loss_curve"])
        assert all(most > 0 for _, most in result["adds_per_clock"].values())
        if latency := result["latency_us"]["full"]:
            assert latency["p50"] <= latency["p99"] <= latency["p99.9"] <= latency["p100"]


def test_many_sessions(tmp_path: Path) -> None:
    result = run(tmp_path, "--sessions", "64", "--syn", "50", "--devices", "narrows")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "50 % SYN, 64 sessions" in (tmp_path / "report.md").read_text()


def test_interrupted(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as out:
        lab = subprocess.Popen(
            ["env", "--default-signal=INT", RUN, *QUICK, "--out", tmp_path],
            stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    running = lambda: any(Path("/var/run/dpdk").glob(f"*lab-{lab.pid}-run*"))  # noqa: E731
    wait_for("the device", lambda: running() or lab.poll() is not None, PATIENCE_SECONDS)
    os.killpg(lab.pid, signal.SIGINT)
    assert lab.wait(timeout=30) == 130, log.read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    (
        (("--frobnicate",), "--frobnicate: no such option; see --help"),
        (("--frames",), "--frames wants a value"),
        (("--frames", "63"), "argument --frames: 63: frames have 64 to 1518 octets, or are imix"),
        (("--devices", "narrow"), "narrow: there are narrows, scalar, testpmd, linux"),
        (("--directions", "up"), "up: there are both, lan_to_wan, wan_to_lan"),
        (("--cpus", "1"), "two CPU numbers are wanted"),
    ),
)
def test_bad_words(tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    result = run(tmp_path, *words)
    assert result.returncode != 0
    assert message in result.stderr and "Traceback" not in result.stderr
