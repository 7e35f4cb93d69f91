# SPDX-License-Identifier: BSD-3-Clause
"""Faults of the other end, and of this one, between two Narrows: how long the LAN is cut off. With a real concentrator:
test_dial_real_server.py."""
from __future__ import annotations

import contextlib
import signal
import struct
from typing import Any, Callable, Iterator

import pytest

from support.ac_lab import INTERNET, AcLab, up
from support.daemon import Daemon
from support.namespaces import PacketSocket, wait_for
from support.outage import Outage, Watch

ECHO = {"interval_s": 1, "failures": 2}
PADT, PADI = 0xA7, 0x09
DISCOVERY = b"\x88\x63"


class Line:
    """Up; either end may be ended and started again. The concentrator has place for one session: a client that comes
    back is served only when the old one has been closed."""

    def __init__(self, lab: AcLab, stack: contextlib.ExitStack) -> None:
        self._stack = stack
        self._ac = lambda code: lab.concentrator(lab.ac_config(sessions=1, echo=ECHO), code)
        config = lab.client_config()
        config["sessions"][0]["client"]["echo"] = ECHO
        self._box = lambda code: lab.client(config, code)
        self.line: PacketSocket = lab.ac.packet_socket("line0")
        self.ac = self.box = None  # the signal by which it will end is up to the test
        self.watch = Watch(lambda: self.box, lab.lan, INTERNET["ipv4"])

    def start_ac(self, ends_by: int = 0) -> None:
        self.ac = self._stack.enter_context(self._ac(-ends_by))

    def start_box(self, ends_by: int = 0) -> None:
        self.box = self._stack.enter_context(self._box(-ends_by))

    def session(self) -> dict[str, Any]:
        [session] = self.box.stats()["sessions"].values()
        return session


@pytest.fixture
def line(lab: AcLab) -> Iterator[Line]:
    with contextlib.ExitStack() as stack:
        yield Line(lab, stack)


@pytest.fixture
def measure(
    line: Line, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> Callable[[Callable[[], Any], Callable[[], Any]], Outage]:
    """Both ends run; prints what comes of it."""
    def measured(fail: Callable[[], Any], mend: Callable[[], Any]) -> Outage:
        wait_for("the session", lambda: up(line.box) and up(line.ac))
        with line.watch as watch:
            outage = watch.measure(fail, mend)
        with capsys.disabled():
            print(f"\n  {request.node.name}: {outage}", end=" ")
        return outage

    return measured


def end(daemon: Daemon, signal_number: int) -> None:
    daemon.process.send_signal(signal_number)
    daemon.process.wait()


def test_concentrator_killed(line: Line, measure: Callable[..., Outage]) -> None:
    """And started again: it knows nothing of the session, and does not say so."""
    line.start_ac(signal.SIGKILL)
    line.start_box()
    outage = measure(lambda: end(line.ac, signal.SIGKILL), line.start_ac)
    assert outage.noticed is not None
    assert line.session()["client"]["times_up"] == 2


def test_concentrator_restarted(line: Line, measure: Callable[..., Outage]) -> None:
    """It takes its leave."""
    line.start_ac()
    line.start_box()
    outage = measure(lambda: end(line.ac, signal.SIGTERM), line.start_ac)
    assert outage.noticed is not None
    assert "by the concentrator" in line.box.output()


def test_concentrator_hangs(line: Line, measure: Callable[..., Outage]) -> None:
    """Until its client has given it up; it still has the session then."""
    def go_on() -> None:
        wait_for("the client to notice", lambda: "silent (LCP echo)" in line.box.output())
        line.ac.process.send_signal(signal.SIGCONT)

    line.start_ac()
    line.start_box()
    measure(lambda: line.ac.process.send_signal(signal.SIGSTOP), go_on)
    assert line.session()["client"]["times_up"] == 2


def test_narrows_killed(line: Line, measure: Callable[..., Outage]) -> None:
    """What is left at the concentrator is closed before anything is dialled."""
    line.start_ac()
    line.start_box(signal.SIGKILL)
    wait_for("the session", lambda: up(line.box))
    left = line.session()["id"]

    def kill() -> None:
        end(line.box, signal.SIGKILL)
        line.line.receive(1 << 20, 0.01)  # what came before

    measure(kill, line.start_box)
    said = [frame for frame in line.line.receive(1 << 20, 0.1) if frame[12:14] == DISCOVERY]
    codes = [frame[15] for frame in said]
    assert codes[:2] == [PADT, PADI] and struct.unpack_from("!H", said[0], 16) == (left,)
    assert codes.count(PADT) == 1
    assert "closing 1 session that the last run left open" in line.box.output()
