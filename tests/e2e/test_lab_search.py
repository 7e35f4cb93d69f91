# SPDX-License-Identifier: BSD-3-Clause
"""The searches of scripts/lab find what a device can that is known beforehand."""
from __future__ import annotations

import random

import pytest

from lab.latency import merge, percentile, summary
from lab.search import Outcome, longest_burst, loss_curve, throughput

SECONDS = 1.0


class FakeDevice:
    """Forwards `capacity` frames a second and loses the rest; now and then the machine makes it lose some at any rate. What
    feeds it has a limit as well."""

    def __init__(self, capacity: float, disturbed: float = 0.0, generator: float = 1e9, seed: int = 0) -> None:
        self.capacity = capacity
        self.disturbed = disturbed
        self.generator = generator
        self.rates: list[float] = []
        self._random = random.Random(seed)

    def __call__(self, rate: float) -> Outcome:
        self.rates.append(rate)
        sent = min(rate, self.generator) * SECONDS
        lost = max(0.0, sent - self.capacity * SECONDS)
        if self._random.random() < self.disturbed:
            lost += 1 + sent // 1000
        return Outcome(sent / SECONDS, round(sent), round(lost))


@pytest.mark.parametrize("capacity", (5, 1_000, 777_777, 3_500_000, 9_999_999))
@pytest.mark.parametrize("resolution", (0.1, 0.01))
def test_throughput_is_found_to_its_resolution(capacity: int, resolution: float) -> None:
    ceiling = 10_000_000
    device = FakeDevice(capacity)
    found = throughput(device, ceiling, resolution, tries=1)
    assert capacity - resolution * ceiling <= found.rate <= capacity
    assert found.outcome is None or found.outcome.lost == 0
    assert found.trials == len(device.rates) <= 2 + 1 / resolution
    assert not found.generator_limited


def test_what_passes_at_the_ceiling_needs_one_trial() -> None:
    device = FakeDevice(capacity=200)
    found = throughput(device, ceiling=100, resolution=0.01, tries=3)
    assert (found.rate, found.trials) == (100, 1)


def test_allowed_loss() -> None:
    """Half a per cent of loss is allowed up to capacity / 0.995."""
    found = throughput(FakeDevice(capacity=995_000), 2_000_000, 0.001, tries=1, allowed_loss=0.005)
    assert 998_000 <= found.rate <= 1_000_000
    assert throughput(FakeDevice(capacity=995_000), 2_000_000, 0.001, tries=1).rate <= 995_000


def test_a_known_rate_is_not_searched_below() -> None:
    device = FakeDevice(capacity=500)
    known = throughput(device, 1000, 0.01, tries=1)
    device.rates.clear()
    again = throughput(device, 1000, 0.001, tries=1, known=known)
    assert min(device.rates) > known.rate and again.rate >= known.rate
    assert throughput(FakeDevice(capacity=0), 1000, 0.001, tries=1, known=known).outcome == known.outcome


def test_disturbed_trials_are_repeated() -> None:
    """A fifth of all trials lose frames for reasons of the machine: one try goes astray, six do not."""

    def is_found(tries: int, seed: int) -> bool:
        found = throughput(FakeDevice(600_000, disturbed=0.2, seed=seed), 1_000_000, 0.01, tries)
        return 590_000 <= found.rate <= 600_000

    assert all(is_found(6, seed) for seed in range(20))
    assert not all(is_found(1, seed) for seed in range(20))


def test_a_device_that_always_loses() -> None:
    found = throughput(FakeDevice(1000, disturbed=1.0), 1000, 0.1, tries=2)
    assert (found.rate, found.outcome) == (0, None)


def test_the_generators_limit_is_told() -> None:
    found = throughput(FakeDevice(capacity=1_000_000, generator=400_000), 900_000, 0.01, tries=2)
    assert found.generator_limited and found.rate == 400_000
    assert not throughput(FakeDevice(capacity=300_000, generator=400_000), 900_000, 0.01, tries=2).generator_limited


@pytest.mark.parametrize("capacity", (0, 31, 32, 33, 1000, 4096, 999_999, 1 << 20, 1 << 22))
def test_longest_burst(capacity: int) -> None:
    most = 1 << 20
    bursts: list[int] = []

    def attempt(frames: int) -> Outcome:
        bursts.append(frames)
        return Outcome(1e6, frames, max(0, frames - capacity))

    found = longest_burst(attempt, most)
    if capacity < 32:
        assert found == 0
    elif capacity >= most:
        assert (found, bursts) == (most, [most])
    else:
        assert found <= capacity < 1.1 * found + 2
    assert len(bursts) < 30


def test_loss_curve_ends_after_two_clean_rates() -> None:
    curve = loss_curve(FakeDevice(capacity=650), ceiling=1000)
    assert [round(point.offered) for point in curve] == [1000, 900, 800, 700, 600, 500]
    assert [point.lost for point in curve] == [350, 250, 150, 50, 0, 0]


def test_loss_curve_of_a_hopeless_device() -> None:
    assert len(loss_curve(FakeDevice(capacity=0), ceiling=1000)) == 10


def test_percentiles_by_nearest_rank() -> None:
    histogram = [(100.0, 50), (200.0, 49), (900.0, 1)]
    assert [percentile(histogram, percent) for percent in (1, 50, 51, 99, 99.5, 100)] == [100, 100, 200, 200, 900, 900]
    assert percentile([], 50) is None
    thousand = [(float(number), 1) for number in range(1, 1001)]
    assert [percentile(thousand, percent) for percent in (50, 90, 99, 99.9, 100)] == [500, 900, 990, 999, 1000]


def test_histograms_of_both_directions_are_one() -> None:
    assert merge([[[5.0, 1], [7.0, 2]], [[1.0, 4], [7.0, 3]]]) == [(1.0, 4), (5.0, 1), (7.0, 5)]
    assert summary([(2000.0, 9), (8000.0, 1)]) == {"p50": 2.0, "p90": 2.0, "p99": 8.0, "p99.9": 8.0, "p100": 8.0}
    assert summary([])["p50"] is None
