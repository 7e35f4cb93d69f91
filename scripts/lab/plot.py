# SPDX-License-Identifier: BSD-3-Clause
"""Two pictures: throughput by frame size, and loss by offered rate."""
from __future__ import annotations

from pathlib import Path
from typing import Any, Sequence

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

from lab.devices import DEVICES  # noqa: E402

Result = dict[str, Any]


def draw(results: Sequence[Result], directory: Path) -> None:
    """throughput.svg and loss.svg, of both directions at once, or of the first that was measured."""
    matplotlib.rcParams["svg.hashsalt"] = "narrows"  # the same results give the same file
    directions = [result["direction"] for result in results]
    direction = "both" if "both" in directions else directions[0]
    shown = [result for result in results if result["direction"] == direction]
    _throughput(shown, direction.replace("_", " "), directory / "throughput.svg")
    _loss(shown, directory / "loss.svg")


def _throughput(results: Sequence[Result], direction: str, path: Path) -> None:
    frames = list(dict.fromkeys(result["frame"] for result in results))
    names = list(dict.fromkeys(result["device"] for result in results))
    figure, axes = pyplot.subplots(figsize=(9, 4.5))
    width = 0.8 / len(names)
    for number, name in enumerate(names):
        own = {result["frame"]: result for result in results if result["device"] == name}
        places = [frames.index(frame) + (number - (len(names) - 1) / 2) * width for frame in own]
        tolerant = [result["tolerant_pps"] / 1e6 for result in own.values()]
        lossless = [result["lossless_pps"] / 1e6 for result in own.values()]
        color = f"C{number}"
        axes.bar(places, tolerant, width, color=color, alpha=0.35)
        axes.bar(places, lossless, width, color=color, label=DEVICES[name].title)
    axes.set_xticks(range(len(frames)), frames)
    axes.set_xlabel("frame, octets")
    axes.set_ylabel("Mpps")
    axes.set_title(f"Throughput, {direction}: without loss, and (pale) with at most 0.5 %")
    axes.legend()
    _save(figure, path)


def _loss(results: Sequence[Result], path: Path) -> None:
    figure, axes = pyplot.subplots(figsize=(9, 4.5))
    colors = list(dict.fromkeys(result["device"] for result in results))
    styles = ("-", "--", ":", "-.")
    frames = list(dict.fromkeys(result["frame"] for result in results if result["loss_curve"]))
    for result in results:
        if not (curve := result["loss_curve"]) or (style := frames.index(result["frame"])) >= len(styles):
            continue
        axes.plot(
            [point["offered_pps"] / 1e6 for point in curve],
            [100 * point["loss"] for point in curve],
            color=f"C{colors.index(result['device'])}", linestyle=styles[style], marker=".",
            label=f"{DEVICES[result['device']].title}, {result['frame']}",
        )  # fmt: skip
    axes.set_xlabel("offered, Mpps")
    axes.set_ylabel("lost, %")
    axes.set_title("Frame loss rate")
    if axes.get_lines():
        axes.legend(fontsize="small")
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
