# SPDX-License-Identifier: BSD-3-Clause
"""Whatever happens to a running Narrows, each frame has its one fate, and all buffers come back: the short form of
`scripts/stress`. Of what may take how long nothing is said here."""
from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest

from support import stress_rig
from support.stress_rig import Rig
from support.stress_scenarios import SCENARIOS, soak

SECONDS = {"soak": 6.0, "session_churn": 2.5}
SHORT = 2.0


@pytest.fixture(scope="module")
def box_under_stress(root: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """One that goes through all of it."""
    with stress_rig.running(tmp_path_factory.mktemp("stress"), "af_packet") as rig:
        yield rig


@pytest.mark.parametrize("name", SCENARIOS)
def test_conservation(box_under_stress: Rig, name: str) -> None:
    print(SCENARIOS[name](box_under_stress, SECONDS.get(name, SHORT)))


@pytest.mark.parametrize("device", ("af_xdp", "tap"))
def test_other_ports(root: None, tmp_path: Path, device: str) -> None:
    with stress_rig.running(tmp_path, device) as rig:
        print(soak(rig, SHORT))
