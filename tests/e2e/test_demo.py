# SPDX-License-Identifier: BSD-3-Clause
"""scripts/demo shows what it says and leaves nothing behind, also when it is interrupted."""
from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from support.namespaces import command, wait_for
from support.narrows import ROOT

pytestmark = pytest.mark.alone

DEMO = ROOT / "scripts" / "demo"
DEMO_SECONDS = 240
INTERRUPTED = 130
TABLE_LINE = re.compile(
    r"^  (with|without) +(passes|blocked) +(IPv[46]) +(LAN|ISP) host +(\d+) -> (\d+) +(\d+) -> (\d+) +(.*)$", re.M
)


@pytest.fixture(autouse=True)
def nothing_left_behind(root: None) -> None:
    """Namespaces, processes in them, and files."""
    before = leftovers()
    yield
    assert leftovers() == before


def leftovers() -> tuple[str, set[str], set[str]]:
    files = {name for name in os.listdir(tempfile.gettempdir()) if "tmp." in name}
    kept = [path.name for place in ("/var/run/dpdk", "/var/lib/narrows") for path in Path(place).glob("*demo*")]
    return command("ip", "netns", "list"), files, set(kept)


def test_help() -> None:
    assert "sudo ./scripts/demo" in command(DEMO, "--help")


def test_what_it_shows() -> None:
    result = subprocess.run([DEMO], capture_output=True, text=True, timeout=DEMO_SECONDS, stdin=subprocess.DEVNULL)
    assert result.returncode == 0, result.stdout + result.stderr
    rows = TABLE_LINE.findall(result.stdout)
    assert len(rows) == 12, result.stdout
    for clamping, icmp, family, _, *mss, outcome in rows:
        own, limit = ("1460", "1452") if family == "IPv4" else ("1440", "1432")
        received = limit if clamping == "with" else own
        assert mss == [own, received, own, received]
        assert outcome.startswith("stalls: 0 octets" if icmp == "blocked" else "100 MB in ")
    assert {row[:2] for row in rows} == {("with", "passes"), ("without", "passes"), ("without", "blocked")}
    assert "PPPoE" in result.stdout and "too_big" in result.stdout


def started(directory: Path) -> tuple[subprocess.Popen[bytes], Path]:
    """In a process group of its own, heeding SIGINT even where this test was started without it."""
    log = directory / "log"
    with log.open("w") as out:
        demo = subprocess.Popen(
            ["env", "--default-signal=INT", DEMO],
            stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    return demo, log


@pytest.mark.parametrize("moment", ("== Two hosts", "== With clamping", "host downloads", "== Without clamping"))
def test_interrupted(tmp_path: Path, moment: str) -> None:
    """Ctrl-C reaches all processes of the terminal's foreground group."""
    demo, log = started(tmp_path)
    wait_for(moment, lambda: moment in log.read_text() or demo.poll() is not None, patience=DEMO_SECONDS)
    os.killpg(demo.pid, signal.SIGINT)
    assert demo.wait(timeout=30) == INTERRUPTED, log.read_text()


def test_terminated_alone(tmp_path: Path) -> None:
    """A signal for the script and not for what it has started."""
    demo, log = started(tmp_path)
    wait_for("downloads", lambda: "== With clamping" in log.read_text(), patience=DEMO_SECONDS)
    demo.terminate()
    assert demo.wait(timeout=30) == 128 + signal.SIGTERM, log.read_text()
