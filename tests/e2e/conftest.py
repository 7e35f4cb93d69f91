# SPDX-License-Identifier: BSD-3-Clause
"""What every end-to-end test needs: the program built, and root where interfaces are made."""
from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Iterator

import pytest

logging.getLogger("scapy.runtime").setLevel(logging.ERROR)
pytest.register_assert_rewrite("support")

from support import nobody, witness  # noqa: E402
from support.ac_lab import AcLab  # noqa: E402
from support.namespaces import Namespace, namespaces, veth  # noqa: E402
from support.narrows import BINARY  # noqa: E402
from support.pppoe_server import PppoeServer  # noqa: E402


# These run a Narrows of a file that is called narrows.yaml, after which DPDK names what it shares between processes.
PLAIN_NAME = {"test_run_as_nobody.py", "test_run_errors.py", "test_run_large_sessions.py", "test_run_log.py", "test_service.py"}


@pytest.hookimpl(tryfirst=True)  # before xdist looks for the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several processes (pytest-xdist's `--dist loadgroup`) a file stays in one, and the machine that is the real
    concentrator boots in one alone; what judges all the others comes last."""
    for item in items:
        group = "plain name" if item.path.name in PLAIN_NAME else item.path.name
        if "concentrator" in getattr(item, "fixturenames", ()):
            group = "concentrator"
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: item.get_closest_marker("last") is not None)


def pytest_sessionfinish() -> None:
    witness.hand_on()


@pytest.fixture(scope="session", autouse=True)
def program() -> None:
    assert BINARY.is_file(), f"{BINARY} is not built: ninja -C build"


@pytest.fixture(scope="session")
def root() -> None:
    """For tests that make interfaces and namespaces."""
    if os.geteuid() != 0:
        pytest.skip("needs root: network namespaces and interfaces")


@pytest.fixture(scope="session")
def concentrator(root: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PppoeServer]:
    """A real PPPoE concentrator: booted once, configured by each test."""
    with PppoeServer(tmp_path_factory.mktemp("concentrator")) as server:
        print(f"\nthe concentrator's machine was ready after {server.machine.boot_seconds:.1f} s")
        yield server


@pytest.fixture
def lab(root: None, tmp_path: Path) -> Iterator[AcLab]:
    """Two Narrows, one at each end of a line; neither runs yet."""
    with namespaces("lan", "box", "ac", "internet") as made:
        yield AcLab(tmp_path, *made)


@pytest.fixture(scope="module")
def box(root: None) -> Iterator[Namespace]:
    """A namespace with interfaces for both ports, whose other ends are in it too."""
    with namespaces("box") as (box,):
        veth(box, "lan0", box, "lan1")
        veth(box, "wan0", box, "wan1")
        yield box


@pytest.fixture
def public_directory() -> Iterator[Path]:
    with nobody.public_directory() as directory:
        yield directory
