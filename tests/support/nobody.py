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


def as_nobody(
    directory: Path, *arguments: str, timeout: float = TIMEOUT_SECONDS
) -> subprocess.CompletedProcess[str]:
    """@param directory  of public_directory(); the program runs there."""
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--inh-caps=-all"]
    command = [*(become if os.geteuid() == 0 else []), str(directory / "narrows"), *arguments]
    environment = {"PATH": os.environ["PATH"], "HOME": str(directory)}
    return subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, timeout=timeout)
