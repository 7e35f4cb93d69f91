# SPDX-License-Identifier: BSD-3-Clause
"""Results as Markdown, as JSON and as a plot."""
from __future__ import annotations

import argparse
import json
import platform
import subprocess
from pathlib import Path
from typing import Any, Iterable, Sequence

from lab.devices import DEVICES, Place

Result = dict[str, Any]
NONE = "–"
BASE = "testpmd"  # what everything is compared with
QUIET_ADDS = 4.0


def write_report(arguments: argparse.Namespace, place: Place, results: list[Result]) -> Path:
    """report.md, results.json and the plots that report.md shows; gives report.md."""
    directory: Path = arguments.out
    directory.mkdir(parents=True, exist_ok=True)
    conditions = describe_machine(place) | describe_run(arguments, place)
    (directory / "results.json").write_text(json.dumps({"conditions": conditions, "results": results}, indent=1) + "\n")
    report = directory / "report.md"
    report.write_text(render(conditions, results))
    from lab.plot import draw  # matplotlib is slow to load, and not needed for the rest

    draw(results, directory)
    return report


def describe_machine(place: Place) -> dict[str, str]:
    version = subprocess.run([place.narrows, "version"], capture_output=True, text=True, check=True).stdout.splitlines()
    model = next((line.split(":", 1)[1].strip() for line in _cpuinfo() if line.startswith("model name")), platform.machine())
    return {
        "machine": f"{model}, {len([line for line in _cpuinfo() if line.startswith('processor')])} CPUs, "
        f"Linux {platform.release()}",
        "versions": ", ".join(version),
    }


def _cpuinfo() -> list[str]:
    return Path("/proc/cpuinfo").read_text().splitlines()


def describe_run(arguments: argparse.Namespace, place: Place) -> dict[str, str]:
    return {
        "cpus": f"generator on CPU {place.generator_cpu}, device on CPU {place.device_cpu}",
        "memory": "hugepages" if "--in-memory" in place.memory else "no hugepages",
        "traffic": f"{arguments.syn} % SYN, {arguments.sessions} session{'s' if arguments.sessions > 1 else ''}",
        "trials": f"{arguments.trial:g} s each; a rate is lossy after {arguments.tries} lossy trials; searched to "
        f"{arguments.resolution:.0%}",
    }


def render(conditions: dict[str, str], results: Sequence[Result]) -> str:
    parts = ["# RFC 2544 between two processes\n"]
    parts.append("\n".join(f"- {name}: {value}" for name, value in conditions.items()) + "\n")
    parts.append("## Throughput and latency (§26.1, §26.2)\n")
    parts.append(
        "Frames of all directions together. Mbit/s on the WAN's wire, preamble and gap included. Latency at the lossless rate "
        "and at half of it, microseconds: median / 99 % / 99.9 %.\nAdds: how many independent additions a TSC clock the two "
        "cores did just before the trials, least to most; a core whose neighbour is busy does fewer.\n"
    )
    parts.append(throughput_table(results))
    if any(result["burst_frames"] is not None for result in results):
        parts.append("\n## Back-to-back frames (§26.4)\n")
        parts.append("The longest burst without loss in both directions at once, frames a direction.\n")
        parts.append(burst_table(results))
    if any(result["loss_curve"] for result in results):
        parts.append("\n## Frame loss rate (§26.3)\n")
        parts.append(loss_table(results))
    parts.append("\n![Throughput](throughput.svg)\n\n![Frame loss](loss.svg)\n")
    return "\n".join(parts)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def throughput_table(results: Sequence[Result]) -> str:
    head = ("frame", "direction", "device", "no loss, Mpps", "Mbit/s", "of testpmd", "≤ 0.5 % lost, Mpps",
            "of testpmd", "latency, µs", "at half, µs", "adds: generator", "device")  # fmt: skip
    rows = []
    for result in by_workload(results):
        base = base_of(results, result)
        rows.append((
            result["frame"], result["direction"].replace("_", " "), DEVICES[result["device"]].title + mark(result),
            mpps(result["lossless_pps"]), f"{result['lossless_gbps'] * 1000:.0f}", ratio(result, base, "lossless_pps"),
            mpps(result["tolerant_pps"]), ratio(result, base, "tolerant_pps"),
            latencies(result["latency_us"]["full"]), latencies(result["latency_us"]["half"]),
            adds(result, "generator"), adds(result, "device"),
        ))  # fmt: skip
    notes = ""
    if any(result["generator_limited"] for result in results):
        notes += "\n\\* the generator's limit: the device may do more.\n"
    if complaints := sorted({complaint for result in results for complaint in result["complaints"]}):
        notes += f"\n**Not valid**: {'; '.join(complaints)}.\n"
    return table(head, rows) + notes


def burst_table(results: Sequence[Result]) -> str:
    rows = [
        (result["frame"], DEVICES[result["device"]].title, f"{result['burst_frames']:,.0f}")
        for result in by_workload(results)
        if result["burst_frames"] is not None
    ]
    return table(("frame", "device", "frames"), rows)


def loss_table(results: Sequence[Result]) -> str:
    rows = [
        (result["frame"], DEVICES[result["device"]].title, mpps(point["offered_pps"]), f"{100 * point['loss']:.3f}")
        for result in by_workload(results)
        for point in result["loss_curve"]
    ]
    return table(("frame", "device", "offered, Mpps", "lost, %"), rows)


def by_workload(results: Sequence[Result]) -> list[Result]:
    """Devices side by side; the order of workloads is that in which they were measured."""
    workloads = list(dict.fromkeys((result["frame"], result["direction"]) for result in results))
    return sorted(results, key=lambda result: workloads.index((result["frame"], result["direction"])))


def base_of(results: Sequence[Result], of: Result) -> Result | None:
    same = (result for result in results if all(result[key] == of[key] for key in ("frame", "direction")))
    return next((result for result in same if result["device"] == BASE), None)


def mark(result: Result) -> str:
    return " \\*" if result["generator_limited"] else ""


def mpps(pps: float) -> str:
    return f"{pps / 1e6:.3f}"


def ratio(result: Result, base: Result | None, key: str) -> str:
    return f"{result[key] / base[key]:.2f}" if base and base[key] else NONE


def latencies(of: dict[str, float | None] | None) -> str:
    if of is None:
        return NONE
    return " / ".join(NONE if of[key] is None else f"{of[key]:.1f}" for key in ("p50", "p99", "p99.9"))


def adds(result: Result, core: str) -> str:
    least, most = result["adds_per_clock"][core]
    return f"{least:.1f} to {most:.1f}"
