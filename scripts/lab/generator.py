# SPDX-License-Identifier: BSD-3-Clause
"""The generator's process: trials in, results out."""
from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Sequence

from lab.processes import Process
from lab.search import Outcome
from lab.workload import DIRECTIONS, Workload

if TYPE_CHECKING:
    from lab.devices import Device


class GeneratorFailed(RuntimeError):
    pass


class Generator:
    """Starts on entering and is wired to the device when that returns."""

    def __init__(self, words: Sequence[str], log: Path) -> None:
        self._words = words
        self._log = log

    def __enter__(self) -> Generator:
        self._process = Process(self._words, self._log, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            self._read()  # it is ready
        except BaseException:
            self._process.stop()
            raise
        return self

    def __exit__(self, *_: Any) -> None:
        self._process.popen.stdin.close()
        self._process.stop()

    def trial(self, words: dict[str, Any]) -> dict[str, Any]:
        """As tests/lab/trial.h has it."""
        self._process.popen.stdin.write(json.dumps(words) + "\n")
        self._process.popen.stdin.flush()
        result = self._read()
        if "error" in result:
            raise GeneratorFailed(result["error"])
        return result

    def _read(self) -> dict[str, Any]:
        """Drivers print on standard output too: what is no JSON is theirs."""
        for line in self._process.popen.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise GeneratorFailed(f"the generator has ended; its last words:\n{self._process.last_words()}")


class Bench:
    """A generator and a workload, as the searches want them: rates and bursts are those of one direction."""

    def __init__(self, generator: Generator, workload: Workload, seconds: float, device: Device) -> None:
        self._generator = generator
        self._workload = workload
        self._seconds = seconds
        self._device = device
        self.adds: list[dict[str, float]] = []
        self.complaints: set[str] = set()

    def at_rate(self, rate: float) -> Outcome:
        """0: as fast as the generator can."""
        return self._run(rate_pps=rate, seconds=self._seconds)

    def burst(self, frames: int) -> Outcome:
        return self._run(frames=frames, seconds=max(self._seconds, 5.0))

    def _run(self, **more: Any) -> Outcome:
        result = self._generator.trial(self._workload.trial(max_mss=self._device.max_mss, **more))
        self.adds.append(result["adds_per_clock"])
        self._judge(result)
        ways = result["directions"].values()
        sent, received = (sum(way[key] for way in ways) for key in ("sent", "received"))
        offered = sent / self._workload.ways / result["seconds"] if result["seconds"] > 0 else 0.0
        return Outcome(offered, sent, sent - received, result)

    def _judge(self, result: dict[str, Any]) -> None:
        """A device that forwards without doing its work has no figures."""
        for name in DIRECTIONS:
            way = result["directions"][name]
            for key in ("wrong_checksum", "wrong_mss", "reordered"):
                if way[key] and key not in self._device.known_faults:
                    self.complaints.add(f"{name}: {key}")


def received_rate(outcome: Outcome, ways: int) -> float:
    """Frames a second and direction that came through."""
    return (outcome.sent - outcome.lost) / ways / outcome.detail["seconds"]
