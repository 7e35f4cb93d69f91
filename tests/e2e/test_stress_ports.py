# SPDX-License-Identifier: BSD-3-Clause
"""A peer that stops reading, pools without a buffer left, a thousand sessions a second: nothing is lost uncounted, and it
goes on afterwards."""
from __future__ import annotations

from pathlib import Path
from typing import Callable

import pytest

from support import stress_ports
from support.stress_scenarios import learned_churn


@pytest.mark.parametrize("scenario", (stress_ports.peer_stops_reading, stress_ports.exhausted_pool, learned_churn))
def test_ports(root: None, tmp_path: Path, scenario: Callable[[Path, float], str]) -> None:
    print(scenario(tmp_path, 0.5))
