# SPDX-License-Identifier: BSD-3-Clause
"""A running `narrows` in a network namespace, between two veth interfaces."""
from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Sequence

from support.namespaces import Namespace, stop, wait_for
from support.narrows import BINARY, Config, write_config
from support.witness import Tap, taps

STATISTICS = "127.0.0.1:9480"  # the default; every namespace has a loopback of its own


def cpu(turn: int = 0) -> int:
    """The CPU for a worker: two running Narrows take different ones where there are two."""
    cpus = sorted(os.sched_getaffinity(0))
    return cpus[-1 - turn % len(cpus)]


def on_veth(config: Config, turn: int = 0, sides: tuple[str, str] = ("lan", "wan"), **ports: Any) -> Config:
    """The configuration with af_packet ports on `lan0` and `wan0`, or the like."""
    devices = {
        side: {"device": f"net_af_packet{number},iface={side}0"} | ports.get(side, {})
        for number, side in enumerate(sides)
    }
    return {"workers": {"lcores": [cpu(turn)]}, "ports": devices} | config


class Daemon:
    """Starts on entering, forwards when that returns; must end with code `ends_with`."""

    def __init__(
        self, directory: Path, namespace: Namespace, config: Config, command: str = "run", wrapper: Sequence[str] = (),
        ends_with: int = 0, **options: Any,
    ) -> None:  # fmt: skip
        """`wrapper`: words in front of the program's, which end by executing it (`env NAME=VALUE`); `options`: of
        subprocess.Popen; its output goes to a file unless they say otherwise."""
        self.namespace = namespace
        self._ends_with = ends_with
        self._options = options
        self._out = directory / f"{namespace.name}.out"
        self.config_path = write_config(directory, config, f"{namespace.name}.yaml")
        self._command = [*wrapper, BINARY, command, "-c", self.config_path]
        self.token = ""  # for statistics.token_file
        self.socket = Path("/run/narrows") / f"{namespace.name}.sock"
        self.process: subprocess.Popen[Any] | None = None
        devices = [port.get("device", "") for port in config["ports"].values()]
        self._interfaces = [device.partition("iface=")[2].split(",")[0] for device in devices]
        self._taps: list[Tap] = []

    def __enter__(self) -> Daemon:
        self._taps = taps(self.namespace, self._interfaces)
        with self._out.open("w") as out:
            options = {"stdout": out, "stderr": subprocess.STDOUT} | self._options
            self.process = self.namespace.start(*self._command, **options)
        wait_for("narrows to be healthy", self._is_healthy)
        return self

    def __exit__(self, *failure: Any) -> None:
        code = self.stop()
        for tap in self._taps:
            tap.close()
        for left in Path("/var/run/dpdk").glob(f"*{self.namespace.name}"):
            shutil.rmtree(left)  # DPDK's run-time files, which are named after the configuration
        assert failure[0] is not None or code == self._ends_with, f"narrows exits {code}:\n{self.output()}"

    def stop(self, signal_number: int = signal.SIGTERM) -> int:
        return stop(self.process, signal_number)

    def output(self) -> str:
        return self._out.read_text()

    def write(self, config: Config | str) -> None:
        """What it is to read at the next reload."""
        self.config_path.write_text(config if isinstance(config, str) else json.dumps(config))

    def reload(self) -> str:
        """By signal. @return what the log would say of it, which holds lines back when there are many."""
        before = self.events()[-1]["id"]

        def told() -> list[dict[str, Any]]:
            new = json.loads(self.get(f"/api/v1/events?since={before}")[1])["events"]
            return [event for event in new if event["kind"] in ("reloaded", "reload_refused")]

        self.process.send_signal(signal.SIGHUP)
        event = wait_for("the reload", told)[-1]
        return f"{'reloaded' if event['kind'] == 'reloaded' else 'not reloaded'}: {event['text']}"

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of one HTTP request."""
        with self.namespace.entered():
            try:
                request = urllib.request.Request(f"http://{STATISTICS}{path}")
                if self.token:
                    request.add_header("Authorization", f"Bearer {self.token}")
                with urllib.request.urlopen(request, timeout=5) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, error.read().decode()

    def stats(self) -> dict[str, Any]:
        return json.loads(self.get("/api/v1/stats")[1])

    def events(self) -> list[dict[str, Any]]:
        return json.loads(self.get("/api/v1/events")[1])["events"]

    def wait_received(self, direction: str, count: int) -> dict[str, Any]:
        """The statistics once `count` frames have been received in this direction."""
        def reached() -> dict[str, Any] | None:
            stats = self.stats()
            return stats if stats["directions"][direction]["received"] >= count else None

        return wait_for(f"{count} frames {direction}", reached)

    def _is_healthy(self) -> bool:
        assert self.process.poll() is None, f"narrows ended by itself:\n{self.output()}"
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            return False
