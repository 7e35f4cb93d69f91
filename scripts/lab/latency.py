# SPDX-License-Identifier: BSD-3-Clause
"""Percentiles of what the generator has counted."""
from __future__ import annotations

import math
from collections import Counter
from typing import Iterable, Sequence

Bucket = Sequence[float]  # its least latency, nanoseconds; how many frames
PERCENTILES = (50.0, 90.0, 99.0, 99.9, 100.0)


def merge(histograms: Iterable[Iterable[Bucket]]) -> list[tuple[float, int]]:
    """One histogram of several, in rising order."""
    total: Counter[float] = Counter()
    for histogram in histograms:
        for latency, frames in histogram:
            total[latency] += int(frames)
    return sorted(total.items())


def percentile(histogram: Sequence[Bucket], percent: float) -> float | None:
    """The latency that `percent` of the frames do not exceed (nearest rank), as its bucket's least value; None without
    frames."""
    frames = sum(int(count) for _, count in histogram)
    if frames == 0:
        return None
    rank = max(1, math.ceil(frames * percent / 100 - 1e-9))
    seen = 0
    for latency, count in histogram:
        seen += int(count)
        if seen >= rank:
            return latency
    raise AssertionError("ranks end with the frames")


def summary(histogram: Sequence[Bucket]) -> dict[str, float | None]:
    """By name, p50 to p100, in microseconds."""
    values = {f"p{percent:g}": percentile(histogram, percent) for percent in PERCENTILES}
    return {name: None if value is None else value / 1000 for name, value in values.items()}
