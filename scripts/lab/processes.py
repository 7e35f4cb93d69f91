# SPDX-License-Identifier: BSD-3-Clause
"""Child processes that end with this one, whatever happens to it."""
from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any, Callable, Sequence

PATIENCE_SECONDS = 10.0
POLL_SECONDS = 0.02


class Process:
    """Standard error, and standard output unless it is wanted, go to `log`."""

    def __init__(self, words: Sequence[Any], log: Path, stdin: int = subprocess.DEVNULL, stdout: int | None = None) -> None:
        self._log = log
        with log.open("w") as out:
            self.popen = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *map(str, words)],
                stdin=stdin, stdout=out if stdout is None else stdout, stderr=out, text=True,
            )  # fmt: skip

    def last_words(self, lines: int = 10) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self) -> None:
        """Asks, then insists."""
        if self.popen.poll() is None:
            self.popen.terminate()
        try:
            self.popen.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()

    def wait_until(self, what: str, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            if self.popen.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"waited in vain for {what}; the last words of its process:\n{self.last_words()}")
            time.sleep(POLL_SECONDS)
