# SPDX-License-Identifier: BSD-3-Clause
"""Frames into an interface from a thread of its own, many at each system call."""
from __future__ import annotations

import ctypes
import random
import socket
import threading
import time
from typing import Any, Sequence

from support.namespaces import Namespace

AT_ONCE = 64  # fewer than any driver's ring holds
LATE_SECONDS = 0.2  # what could not be sent in time is not made up for in a burst
_libc = ctypes.CDLL(None, use_errno=True)


class _Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_char_p), ("octets", ctypes.c_size_t)]


class _Header(ctypes.Structure):
    """msghdr (sendmsg(2))."""

    _fields_ = [
        ("name", ctypes.c_void_p), ("name_octets", ctypes.c_uint32),
        ("parts", ctypes.POINTER(_Iovec)), ("part_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p), ("control_octets", ctypes.c_size_t), ("flags", ctypes.c_int),
    ]  # fmt: skip


class _Message(ctypes.Structure):
    """mmsghdr (sendmmsg(2))."""

    _fields_ = [("header", _Header), ("sent", ctypes.c_uint32)]


def _messages(frames: Sequence[bytes]) -> ctypes.Array[_Message]:
    messages = (_Message * len(frames))()
    for message, frame in zip(messages, frames):
        message.header.parts = ctypes.pointer(_Iovec(frame, len(frame)))
        message.header.part_count = 1
    return messages


class Flooder:
    """Sends its frames over and over, in an order of chance, from entering to leaving.

    per_second: 0 is as fast as it can.
    """

    def __init__(
        self, namespace: Namespace, interface: str, frames: Sequence[bytes], per_second: float = 0
    ) -> None:
        frames = [frame.ljust(60, b"\0") for frame in frames]
        frames *= -(-4 * AT_ONCE // len(frames))
        random.Random(1).shuffle(frames)
        self._messages = _messages(frames)
        self._interval = AT_ONCE / per_second if per_second else 0.0
        with namespace.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self._socket.bind((interface, 0))
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.sent = 0  # that the kernel took

    def __enter__(self) -> Flooder:
        self.started = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._over.set()
        self._thread.join()
        self.seconds = time.monotonic() - self.started
        self._socket.close()

    def _run(self) -> None:
        at, due = 0, time.monotonic()
        while not self._over.is_set():
            some = min(AT_ONCE, len(self._messages) - at)
            sent = _libc.sendmmsg(self._socket.fileno(), ctypes.byref(self._messages[at]), some, 0)
            if sent < 0:
                self._over.wait(0.01)  # no link
                continue
            self.sent += sent
            at = (at + sent) % len(self._messages)
            due = max(due + self._interval, time.monotonic() - LATE_SECONDS)
            if (early := due - time.monotonic()) > 0:
                self._over.wait(early)
