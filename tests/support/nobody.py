# SPDX-License-Identifier: BSD-3-Clause
"""The program run by a user who may do nothing in particular."""
from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from support.narrows import BINARY, TIMEOUT_SECONDS

NOBODY = 65534


@contextmanager
def public_directory() -> Iterator[Path]:
    """Where anybody may write, with a copy of the program that anybody may run."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o777)
        shutil.copy(BINARY, directory / "narrows")
        yield directory


def become_nobody(*capabilities: str) -> list[str]:
    """What to put in front of a command; `capabilities`, such as "net_raw", are all that is left of root's."""
    if os.geteuid() != 0:
        return []
    kept = ",".join(f"+{name}" for name in capabilities)
    ambient = [f"--ambient-caps={kept}"] if kept else []
    inherited = f"--inh-caps=-all{',' if kept else ''}{kept}"
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", inherited, *ambient]


def as_nobody(
    directory: Path, *arguments: str, timeout: float = TIMEOUT_SECONDS
) -> subprocess.CompletedProcess[str]:
    """@param directory  of public_directory(); the program runs there."""
    command = [*become_nobody(), str(directory / "narrows"), *arguments]
    environment = {"PATH": os.environ["PATH"], "HOME": str(directory)}
    return subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, timeout=timeout)
