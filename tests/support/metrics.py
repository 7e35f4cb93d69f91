# SPDX-License-Identifier: BSD-3-Clause
"""What is written of metrics, in docs, alert rules and dashboards, held against what the exporter writes.

As a program: reads OpenMetrics with every kind of metric from standard input, and ends with 1 after naming what differs.
"""
from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml
from prometheus_client.openmetrics.parser import text_string_to_metric_families

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| `(narrows_\w+)` \| (\w+) \| ([^|]*) \| ([^|]*) \| (.*) \|$", re.MULTILINE)
NAME = re.compile(r"\bnarrows_\w+")
SELECTOR = re.compile(r"(narrows_\w+)\{([^}]*)\}")
SAMPLES = ("_bucket", "_sum", "_count")
TYPES = {"gaugehistogram": "distribution"}


@dataclass(frozen=True)
class Metric:
    name: str  # as samples have it
    type: str
    help: str
    labels: frozenset[str]


def exported(text: str) -> dict[str, Metric]:
    found = {}
    for family in text_string_to_metric_families(text):
        name = family.name + {"counter": "_total", "info": "_info"}.get(family.type, "")
        labels = frozenset(label for sample in family.samples for label in sample.labels) - {"le"}
        found[name] = Metric(name, TYPES.get(family.type, family.type), family.documentation, labels)
        if family.unit:
            assert family.name.endswith(f"_{family.unit}"), name
    return found


def documented() -> dict[str, Metric]:
    rows = ROW.findall((ROOT / "docs" / "statistics.md").read_text(encoding="utf-8"))
    return {
        name: Metric(name, kind, meaning, frozenset(re.findall(r"`(\w+)`", labels)))
        for name, kind, _, labels, meaning in rows
    }


def rule_queries() -> list[str]:
    rules = yaml.safe_load((ROOT / "conf" / "prometheus" / "narrows.rules.yaml").read_text(encoding="utf-8"))
    return [rule["expr"] for group in rules["groups"] for rule in group["rules"]]


def dashboard_queries() -> list[str]:
    """Of panels and variables."""
    dashboard = json.loads((ROOT / "conf" / "grafana" / "narrows.json").read_text(encoding="utf-8"))
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    return queries + [variable["query"] for variable in dashboard["templating"]["list"] if "query" in variable]


def metric_of(sample: str, metrics: dict[str, Metric]) -> Metric | None:
    if sample in metrics:
        return metrics[sample]
    for suffix in SAMPLES:
        if sample.endswith(suffix) and (metric := metrics.get(sample.removesuffix(suffix))):
            return metric if metric.type in ("histogram", "distribution") else None
    return None


def query_complaints(query: str, metrics: dict[str, Metric]) -> list[str]:
    found = [f"no such metric: {name}, in {query}" for name in NAME.findall(query) if not metric_of(name, metrics)]
    for name, selector in SELECTOR.findall(query):
        metric = metric_of(name, metrics)
        known = (metric.labels if metric else frozenset()) | {"instance", "job", "le"}
        labels = re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector)
        found += [f"{name} has no label {label}, in {query}" for label in labels if label not in known]
    return found


def complaints(text: str) -> list[str]:
    metrics, docs = exported(text), documented()
    found = [f"not in docs/statistics.md: {name}" for name in metrics.keys() - docs.keys()]
    found += [f"in docs/statistics.md alone: {name}" for name in docs.keys() - metrics.keys()]
    found += [f"documented: {docs[name]}\nexported:   {metrics[name]}"
              for name in metrics.keys() & docs.keys() if metrics[name] != docs[name]]  # fmt: skip
    for query in rule_queries() + dashboard_queries():
        found += query_complaints(query, metrics)
    return found


if __name__ == "__main__":
    differences = complaints(sys.stdin.read())
    print("\n".join(differences))
    sys.exit(1 if differences else 0)
