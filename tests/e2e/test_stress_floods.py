# SPDX-License-Identifier: BSD-3-Clause
"""Beside each flood the good session stays up and loses nothing by Narrows' doing, memory is bounded, the control thread
answers: the short form of `scripts/stress`. Rates are for that one to measure."""
from __future__ import annotations

from typing import Iterator

import pytest

from support import stress_floods
from support.stress_floods import FLOODS, Line

SECONDS = 1.0
PER_SECOND = 15000


@pytest.fixture(scope="module")
def line(root: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with stress_floods.line(tmp_path_factory.mktemp("floods")) as made:
        yield made


@pytest.mark.parametrize("name", FLOODS)
def test_flood(line: Line, name: str) -> None:
    print(stress_floods.run(line, FLOODS[name], SECONDS, PER_SECOND))
