# SPDX-License-Identifier: BSD-3-Clause
"""The searches of RFC 2544 over anything that can be offered a rate or a burst; what that is they do not know."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable

BEHIND = 0.97  # a generator that offers less than this of what it was asked for is at its own limit
CURVE_STEP = 0.1  # RFC 2544 §26.3: steps of 10 % at most
CURVE_CLEAN = 2  # ... until so many in a row are without loss


@dataclass(frozen=True)
class Outcome:
    """One trial. `detail` is the caller's."""

    offered: float  # frames a second that were really sent
    sent: int
    lost: int
    detail: Any = None

    @property
    def loss(self) -> float:
        return self.lost / self.sent if self.sent else 1.0


@dataclass(frozen=True)
class Throughput:
    """The highest rate found; `outcome` is its trial, None when no rate passed."""

    rate: float
    outcome: Outcome | None
    trials: int
    generator_limited: bool = False


Attempt = Callable[[float], Outcome]


def throughput(
    attempt: Attempt,
    ceiling: float,
    resolution: float,
    tries: int,
    allowed_loss: float = 0.0,
    known: Throughput | None = None,
) -> Throughput:
    """RFC 2544 §26.1 by bisection between what is `known` to pass and `ceiling`, to `resolution` of the latter.

    A rate counts as lossy only when each of `tries` trials lost more than allowed: on a shared machine a single loss
    is often the machine's (binary search with loss verification, ETSI GS NFV-TST 009 §12.3.3)."""
    low, best = (known.rate, known.outcome) if known else (0.0, None)
    high, rate, trials = ceiling, ceiling, 0
    while high - low > resolution * ceiling:
        passed, used = _verified(attempt, rate, tries, allowed_loss)
        trials += used
        if passed and is_behind(passed, rate):
            return Throughput(max(low, passed.offered), passed, trials, generator_limited=True)
        if passed:
            low, best = rate, passed
        else:
            high = rate
        rate = (low + high) / 2
    return Throughput(low, best, trials)


def is_behind(outcome: Outcome, rate: float) -> bool:
    return outcome.offered < BEHIND * rate


def _verified(attempt: Attempt, rate: float, tries: int, allowed_loss: float) -> tuple[Outcome | None, int]:
    """The first trial that passes at the full rate; else one that passed at less, as the generator was behind."""
    behind = None
    for number in range(1, tries + 1):
        outcome = attempt(rate)
        if not outcome.sent or outcome.loss > allowed_loss:
            continue
        if not is_behind(outcome, rate):
            return outcome, number
        behind = outcome
    return behind, tries


def longest_burst(attempt: Callable[[int], Outcome], most: int, least: int = 32, precision: float = 0.1) -> int:
    """RFC 2544 §26.4: the longest burst without loss, to `precision` of itself; 0 when even `least` frames are too many,
    `most` when there is no end in sight."""
    if attempt(most).lost == 0:
        return most
    if attempt(least).lost != 0:
        return 0
    passes, loses = least, most
    while loses - passes > max(1, precision * passes):
        middle = round((passes * loses) ** 0.5)  # lengths differ by orders of magnitude
        middle = min(max(middle, passes + 1), loses - 1)
        if attempt(middle).lost == 0:
            passes = middle
        else:
            loses = middle
    return passes


def loss_curve(attempt: Attempt, ceiling: float) -> list[Outcome]:
    """RFC 2544 §26.3: from `ceiling` down in steps of a tenth, until two rates in a row are without loss."""
    curve: list[Outcome] = []
    clean = 0
    for step in range(round(1 / CURVE_STEP)):
        outcome = attempt(ceiling * (1 - step * CURVE_STEP))
        curve.append(outcome)
        clean = clean + 1 if outcome.lost == 0 else 0
        if clean == CURVE_CLEAN:
            break
    return curve
