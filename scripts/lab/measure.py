# SPDX-License-Identifier: BSD-3-Clause
"""Measures devices one after the other and writes the report; scripts/lab/run calls it."""
from __future__ import annotations

import argparse
import json
import signal
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Sequence

from lab import latency
from lab.devices import DEVICES, Device, Place, wired
from lab.generator import Bench, Generator, received_rate
from lab.report import write_report
from lab.search import Outcome, longest_burst, loss_curve, throughput
from lab.workload import DIRECTIONS, Workload, parse_frames

ALLOWED_LOSS = 0.005  # of the second figure; as FD.io CSIT's partial drop rate
LONGEST_BURST = 1 << 20


@dataclass(frozen=True)
class Plan:
    """How much is measured of each workload."""

    seconds: float
    resolution: float
    tries: int
    bursts: int


def measure(generator: Generator, workload: Workload, device: Device, plan: Plan, line_gbps: float) -> dict[str, Any]:
    bench = Bench(generator, workload, plan.seconds, device)
    ceiling = _ceiling(bench, workload, line_gbps)
    lossless = throughput(bench.at_rate, ceiling, plan.resolution, plan.tries)
    tolerant = throughput(bench.at_rate, ceiling, plan.resolution, plan.tries, ALLOWED_LOSS, lossless)
    half = bench.at_rate(lossless.rate / 2) if lossless.outcome else None
    curve = loss_curve(bench.at_rate, ceiling) if workload.ways == 2 else []
    bursts = [longest_burst(bench.burst, LONGEST_BURST) for _ in range(plan.bursts if workload.ways == 2 else 0)]
    ways = workload.ways
    return {
        "device": device.name,
        "frame": workload.frame_name,
        "direction": workload.direction,
        "syn_percent": workload.syn_percent,
        "sessions": workload.sessions,
        # Rates are those of all directions together.
        "lossless_pps": lossless.rate * ways,
        "lossless_gbps": lossless.rate * ways * workload.wire_octets() * 8 / 1e9,
        "tolerant_pps": tolerant.rate * ways,
        "generator_limited": lossless.generator_limited or tolerant.generator_limited,
        "ceiling_pps": ceiling * ways,
        "trials": lossless.trials + tolerant.trials,
        "latency_us": {"full": _latency(lossless.outcome), "half": _latency(half)},
        "loss_curve": [{"offered_pps": outcome.offered * ways, "loss": outcome.loss} for outcome in curve],
        "burst_frames": statistics.mean(bursts) if bursts else None,
        "adds_per_clock": {
            core: [min(values), max(values)]
            for core in ("generator", "device")
            if (values := [adds[core] for adds in bench.adds])
        },
        "complaints": sorted(bench.complaints),
    }


def _ceiling(bench: Bench, workload: Workload, line_gbps: float) -> float:
    """What comes through of as much as the generator can send, and a tenth more; at most the line, if one is given."""
    flood = bench.at_rate(0)
    ceiling = 1.1 * received_rate(flood, workload.ways)
    return min(ceiling, workload.line_rate(line_gbps)) if line_gbps else ceiling


def _latency(outcome: Outcome | None) -> dict[str, float | None] | None:
    if outcome is None:
        return None
    ways = outcome.detail["directions"]
    return latency.summary(latency.merge(ways[name]["latency_ns"] for name in DIRECTIONS))


def measure_all(arguments: argparse.Namespace, place: Place) -> list[dict[str, Any]]:
    plan = Plan(arguments.trial, arguments.resolution, arguments.tries, arguments.bursts)
    results = []
    for device in (DEVICES[name] for name in arguments.devices):
        if arguments.sessions > 1 and not device.many_sessions:
            print(f"{device.title}: left out, it has no sessions", flush=True)
            continue
        with wired(device, place, arguments.sessions) as generator:
            for frame in arguments.frames:
                for direction in arguments.directions:
                    workload = Workload(frame, direction, arguments.syn, arguments.sessions)
                    result = measure(generator, workload, device, plan, arguments.line)
                    print(progress(device, result), flush=True)
                    results.append(result)
    return results


def progress(device: Device, result: dict[str, Any]) -> str:
    words = f"{device.title:16} {result['frame']:>5} {result['direction']:11}"
    words += f" {result['lossless_pps'] / 1e6:7.3f} Mpps without loss, {result['tolerant_pps'] / 1e6:7.3f} with 0.5 %"
    return words + "".join(f"; {complaint}" for complaint in result["complaints"])


class OneLineParser(argparse.ArgumentParser):
    """The usage is that of scripts/lab/run."""

    def error(self, message: str) -> NoReturn:
        sys.exit(f"{self.prog}: {message}; see --help")


def parse_arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = OneLineParser(prog="scripts/lab/run", description=__doc__)
    parser.add_argument("--place", type=json.loads, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, required=True, help="directory of the report")
    parser.add_argument("--devices", type=_devices, default=list(DEVICES), help=f"of {','.join(DEVICES)}")
    parser.add_argument("--frames", type=_frames, default=parse_frames("64,128,256,512,1024,1280,1518,imix"))
    parser.add_argument("--directions", type=_directions, default=["both", *DIRECTIONS])
    parser.add_argument("--syn", type=int, default=1, metavar="PERCENT", help="share of SYNs")
    parser.add_argument("--sessions", type=int, default=1, help="each in a LAN VLAN of its own, if several")
    parser.add_argument("--trial", type=float, default=1.0, metavar="SECONDS", help="RFC 2544 wants 60")
    parser.add_argument("--tries", type=int, default=2, help="a rate is lossy when each of so many trials lost frames")
    parser.add_argument("--resolution", type=float, default=0.02, help="of the search, as a share of the ceiling")
    parser.add_argument("--bursts", type=int, default=3, help="searches for the longest burst; RFC 2544 wants 50")
    parser.add_argument("--line", type=float, default=0, metavar="GBPS", help="never offer more than such a line; 0: no limit")
    return parser.parse_args(words)


def _frames(text: str) -> list[int]:
    try:
        return parse_frames(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _devices(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(DEVICES):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: there are {', '.join(DEVICES)}")
    return names


def _directions(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - {"both", *DIRECTIONS}:
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: there are both, {', '.join(DIRECTIONS)}")
    return names


def main(words: Sequence[str]) -> int:
    # So that whatever is running is ended on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    arguments = parse_arguments(words)
    fields = arguments.place
    for key in ("directory", "narrows", "generator"):
        fields[key] = Path(fields[key])
    place = Place(**fields | {"memory": tuple(fields["memory"])})
    results = measure_all(arguments, place)
    print(f"report: {write_report(arguments, place, results)}")
    wrong = [result for result in results if result["complaints"]]
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
