# SPDX-License-Identifier: BSD-3-Clause
"""The alert rules: valid, each seen to fire and to keep still, as promtool sees it."""
from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[2] / "conf" / "prometheus"
RULES, TESTS = FOLDER / "narrows.rules.yaml", FOLDER / "narrows.rules.test.yaml"


@pytest.mark.parametrize(
    "words",
    (["check", "rules", RULES], ["check", "config", FOLDER / "prometheus.yaml"], ["test", "rules", TESTS]),
    ids=("rules", "configuration", "tests"),
)
def test_promtool_is_content(words: list[str | Path]) -> None:
    result = subprocess.run(["promtool", *map(str, words)], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_alert_is_seen_to_fire() -> None:
    alerts = {rule["alert"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]}
    tests = [case for test in yaml.safe_load(TESTS.read_text())["tests"] for case in test["alert_rule_test"]]
    assert {case["alertname"] for case in tests if case["exp_alerts"]} == alerts


def test_every_alert_says_what_to_do() -> None:
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        for rule in group["rules"]:
            assert {"summary", "what_to_do"} == rule["annotations"].keys() and rule["labels"]["severity"], rule
