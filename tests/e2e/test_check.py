# SPDX-License-Identifier: BSD-3-Clause
"""`narrows check`: says what it would do, or everything that is wrong, by line."""
from __future__ import annotations

from pathlib import Path

import pytest

from support.narrows import ROOT, run

EXAMPLES = sorted((ROOT / "conf").glob("*.yaml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.name for path in EXAMPLES])
def test_examples(path: Path) -> None:
    result = run("check", "-c", path)
    assert result.returncode == 0, result.stderr


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 4


def test_limits_are_printed(tmp_path: Path) -> None:
    result = run("check", "-c", ROOT / "conf" / "terminate.yaml")
    assert "1452" in result.stdout and "1432" in result.stdout


def test_every_mistake_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(
        "mode: terminate\n"
        "colour: blue\n"
        "ports:\n"
        '  lan: {device: "net_null0", mtu: many}\n'
        '  wan: {device: "net_null1"}\n'
        "mtu: 99999\n"
        "sessions:\n"
        "  - name: isp\n"
        '    static: {id: 0, ac_mac: "02:00:00:00:00:zz"}\n'
        "    lan: {vlan: 4095}\n"
    )
    result = run("check", "-c", path)
    assert result.returncode == 1
    lines = result.stderr.splitlines()
    for number, key in ((2, "colour"), (4, "mtu"), (6, "mtu"), (9, "id"), (9, "ac_mac"), (10, "vlan")):
        assert any(line.startswith(f"{path}:{number}: ") and key in line for line in lines), (number, key, lines)
