# SPDX-License-Identifier: BSD-3-Clause
"""A thread that stands still: the service manager hears no more of a living service, and in the end it ends."""
from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from support import crafted
from support.daemon import Daemon, cpu, on_veth
from support.namespaces import Namespace, namespaces, veth, wait_for
from support.narrows import terminate
from support.service_manager import ServiceManager
from support.stopped_thread import find_thread, reap, stop_thread

STALLED = 3  # the exit code
WATCHDOG_SECONDS = 1.0
PATIENCE_SECONDS = 90  # the guard's are 15
FED_MEANWHILE = 4  # at most, until two looks in a row have seen no poll; a socket that is not read holds ten
UP = 1  # IFF_UP


@dataclass
class Box:
    namespace: Namespace
    narrows: Daemon
    manager: ServiceManager
    code: int = 0
    fed_before: int = 0
    fed_after: int = 0

    def stalls(self) -> None:
        self.fed_before = self.manager.count("WATCHDOG=1")

    def end(self) -> None:
        self.code = self.narrows.process.wait(PATIENCE_SECONDS)
        self.fed_after = self.manager.count("WATCHDOG=1") - self.fed_before


@dataclass
class Stalled:
    """What became of one whose worker stood still, one whose control thread did, and one that could not be rid of a
    line of its log. All at once, as each takes a quarter of a minute to end."""

    worker: Box
    control: Box
    log: Box
    forwarded: list[bytes] | None = None  # while the control thread stood still


def set_up(directory: Path, namespace: Namespace, lan: str | None = None, **options: Any) -> Box:
    veth(namespace, "wan0", namespace, "wan1")
    device = {"device": lan} if lan else {}
    if not lan:
        veth(namespace, "lan0", namespace, "lan1")
    manager = ServiceManager(directory / f"{namespace.name}.notify")
    config = on_veth(terminate(), lan=device | {"mac": crafted.LAN_MAC}, wan={"mac": crafted.WAN_MAC})
    environment = os.environ | manager.environment(WATCHDOG_SECONDS)
    narrows = Daemon(directory, namespace, config, env=environment, ends_with=STALLED, **options)
    return Box(namespace, narrows, manager)


@contextlib.contextmanager
def unread_pipe() -> Iterator[tuple[int, Callable[[], None]]]:
    """Its end to write into, and what fills it up."""
    read, write = os.pipe()

    def fill() -> None:
        # An open file of its own: the writer's stays one that blocks.
        also = os.open(f"/proc/self/fd/{write}", os.O_WRONLY | os.O_NONBLOCK)
        for octets in (4096, 1):
            with contextlib.suppress(BlockingIOError):
                while os.write(also, bytes(octets)):
                    pass
        os.close(also)

    yield write, fill
    os.close(read)
    os.close(write)


@pytest.fixture(scope="module")
def stalled(root: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stalled]:
    directory = tmp_path_factory.mktemp("stalled")
    with contextlib.ExitStack() as stack:
        worker, control, log = stack.enter_context(namespaces("worker", "control", "log"))
        stderr, fill_stderr = stack.enter_context(unread_pipe())
        made = Stalled(
            set_up(directory, worker, lan="net_tap0,iface=lan0,persist"),  # the one whose link Narrows can take down
            set_up(directory, control),
            set_up(directory, log, stderr=stderr),
        )
        for box in (made.worker, made.control, made.log):
            stack.enter_context(box.narrows)
            wait_for("signs of life", lambda: box.manager.count("WATCHDOG=1"))
        stop_them(made, fill_stderr)
        yield made


def stop_them(made: Stalled, fill_stderr: Callable[[], None]) -> None:
    worker_thread = find_thread(made.worker.narrows.process.pid, "rte-worker")
    stop_thread(worker_thread)
    made.worker.stalls()
    stop_thread(made.control.narrows.process.pid)
    made.control.stalls()
    fill_stderr()
    made.log.narrows.process.send_signal(signal.SIGHUP)
    made.log.stalls()
    wait_for("bad health", lambda: made.worker.narrows.get("/healthz")[0] == 503)
    wan = made.control.namespace.packet_socket("wan1")
    made.control.namespace.packet_socket("lan1").send(crafted.lan_frame(crafted.udp("ipv4", 100), "ipv4"))
    made.forwarded = wan.receive(1)
    reap(worker_thread)  # it ends with its process
    for box in (made.worker, made.control, made.log):
        box.end()


def test_a_worker(stalled: Stalled) -> None:
    assert stalled.worker.code == STALLED
    output = stalled.worker.narrows.output()
    assert f"worker 0 (CPU {cpu()}) has made no progress for 15 s: giving up" in output
    assert stalled.worker.fed_after <= FED_MEANWHILE, "the service manager still takes it for alive"


def test_the_control_thread(stalled: Stalled) -> None:
    assert stalled.control.code == STALLED
    assert "the control thread has made no progress for 15 s: giving up" in stalled.control.narrows.output()
    assert stalled.control.fed_after <= FED_MEANWHILE
    assert len(stalled.forwarded) == 1, "the worker needs no control thread"


def test_a_log_that_nobody_reads(stalled: Stalled) -> None:
    """The control thread waits in the middle of a line."""
    assert stalled.log.code == STALLED
    assert stalled.log.fed_after <= FED_MEANWHILE


def test_links_go_down(stalled: Stalled) -> None:
    flags = stalled.worker.namespace.run("cat", "/sys/class/net/lan0/flags")
    assert not int(flags, 16) & UP
