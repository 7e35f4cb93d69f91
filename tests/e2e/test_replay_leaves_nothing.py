# SPDX-License-Identifier: BSD-3-Clause
"""DPDK keeps run-time files for each process; one that has ended leaves none, or replays would fill /run."""
from __future__ import annotations

import os
import subprocess
from pathlib import Path

from support.narrows import BINARY, TIMEOUT_SECONDS, transparent, write_config


def test_run_time_directory(tmp_path: Path) -> None:
    config = write_config(tmp_path, transparent())
    environment = os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)}  # where DPDK puts them unless root runs it
    replay = subprocess.Popen([BINARY, "replay", "-c", config], env=environment, stdin=subprocess.DEVNULL)
    assert replay.wait(TIMEOUT_SECONDS) == 0
    places = [Path("/var/run/dpdk"), tmp_path / "dpdk"]
    assert [left for place in places for left in place.glob(f"*-{replay.pid}")] == []
