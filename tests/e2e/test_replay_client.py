# SPDX-License-Identifier: BSD-3-Clause
"""A capture answers nobody: a session that is dialled cannot be replayed, and the user is told what to do."""
from __future__ import annotations

import subprocess
from pathlib import Path

from support.narrows import BINARY, TIMEOUT_SECONDS, Config, terminate, write_config


def test_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    secret.write_text("secret\n")
    session: Config = {"name": "isp", "client": {"username": "user", "password_file": str(secret)}}
    config = write_config(tmp_path, terminate(session))
    command = [BINARY, "replay", "-c", config, "--wan-out", str(tmp_path / "out.pcap")]
    result = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, stdin=subprocess.DEVNULL)
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert "session isp is dialled" in result.stderr and "static" in result.stderr
    assert not (tmp_path / "out.pcap").exists()
