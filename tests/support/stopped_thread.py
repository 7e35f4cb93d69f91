# SPDX-License-Identifier: BSD-3-Clause
"""One thread of another process stopped while the others go on (ptrace(2)); needs root."""
from __future__ import annotations

import contextlib
import ctypes
import os
from pathlib import Path
from typing import Iterator

_PTRACE_SEIZE, _PTRACE_INTERRUPT, _PTRACE_DETACH = 0x4206, 0x4207, 17
_WALL = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = (ctypes.c_ulong, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
_libc.ptrace.restype = ctypes.c_long


def _ptrace(request: int, thread: int) -> None:
    if _libc.ptrace(request, thread, None, None) == -1:
        raise OSError(ctypes.get_errno(), f"ptrace {request:#x} of thread {thread}")


def find_thread(process: int, name: str) -> int:
    """The one thread whose name begins so."""
    threads = Path(f"/proc/{process}/task").iterdir()
    [found] = [int(thread.name) for thread in threads if (thread / "comm").read_text().startswith(name)]
    return found


def stop_thread(thread: int) -> None:
    """Returns when it stands still; it does so until its process ends. Reap it with `reap` then."""
    _ptrace(_PTRACE_SEIZE, thread)
    _ptrace(_PTRACE_INTERRUPT, thread)
    _, status = os.waitpid(thread, _WALL)
    assert os.WIFSTOPPED(status), status


def reap(thread: int) -> None:
    """Of a process that has ended or is about to: as long as its tracer has not, nobody sees it end."""
    os.waitpid(thread, _WALL)


@contextlib.contextmanager
def paused(thread: int) -> Iterator[None]:
    """It stands still in between."""
    stop_thread(thread)
    try:
        yield
    finally:
        _ptrace(_PTRACE_DETACH, thread)
