# SPDX-License-Identifier: BSD-3-Clause
"""100,000 random frames in each mode, sound and broken: fate, drop reason and octets as the contract's model says."""
from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from support.contract_judge import FRAMES, SEED, batches, judge, levels, too_rare


@pytest.mark.parametrize("mode", ("terminate", "transparent"))
def test_random_frames(tmp_path: Path, mode: str) -> None:
    """Vector levels and burst sizes take turns, so that each sees all kinds of frames."""
    seen: Counter[str] = Counter()
    for batch in batches(mode, SEED, FRAMES):
        turn = batch.number % len(levels())
        seen += judge(batch, tmp_path, [levels()[turn]])
    print(f"\n{mode}: " + ", ".join(f"{name} {count}" for name, count in sorted(seen.items())))
    assert not too_rare(mode, seen), "a run that meets these too seldom proves nothing of them"


@pytest.mark.parametrize("mode", ("terminate", "transparent"))
def test_every_level(tmp_path: Path, mode: str) -> None:
    [batch] = batches(mode, SEED + 1, 4000)
    judge(batch, tmp_path, levels())
