# SPDX-License-Identifier: BSD-3-Clause
"""`narrows check`: says what it would do, or everything that is wrong, by line."""
from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.narrows import ROOT, run

EXAMPLES = sorted((ROOT / "conf").glob("*.yaml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.name for path in EXAMPLES])
def test_examples(path: Path) -> None:
    result = run("check", "-c", path, env=os.environ | {"NARROWS_PASSWORD": "hunter2"})
    assert result.returncode == 0, result.stderr
    assert "hunter2" not in result.stdout + result.stderr


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 5


def client_config(secret: Path, name: str = "client.yaml") -> Path:
    path = secret.parent / name
    path.write_text(
        'ports: {lan: {device: "net_null0"}, wan: {device: "net_null1"}}\n'
        "sessions:\n"
        "  - name: isp\n"
        f'    client: {{username: "user@isp", password_file: "{secret}"}}\n'
    )
    return path


def test_a_client_session_is_described_without_its_password(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2\n")
    secret.chmod(0o600)
    result = run("check", "-c", client_config(secret))
    assert result.returncode == 0, result.stderr
    assert "dialled as user@isp" in result.stdout
    assert "hunter2" not in result.stdout + result.stderr


def test_a_password_that_others_can_read_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2\n")
    secret.chmod(0o640)
    path = client_config(secret)
    result = run("check", "-c", path)
    assert result.returncode == 1
    assert result.stderr.startswith(f"{path}:4: sessions[0].client.password_file: the file's mode is 0640")
    assert "hunter2" not in result.stdout + result.stderr


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
