# SPDX-License-Identifier: BSD-3-Clause
"""What threads cost, from /proc."""
from __future__ import annotations

from pathlib import Path


def cpu_seconds(pid: int, name: str = "") -> float:
    """The CPU time so far of those threads of a process whose names hold `name`."""
    threads = [thread for thread in Path(f"/proc/{pid}/task").iterdir() if name in (thread / "comm").read_text()]
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9
