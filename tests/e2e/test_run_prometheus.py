# SPDX-License-Identifier: BSD-3-Clause
"""A real Prometheus scrapes a running Narrows, by OpenMetrics as it does, and answers with the same numbers."""
from __future__ import annotations

import json
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Iterator

import pytest

from support import crafted
from support.daemon import STATISTICS, Daemon, on_veth
from support.metrics import exported, documented
from support.namespaces import Namespace, namespaces, veth, wait_for
from support.narrows import session, terminate

PROMETHEUS = "127.0.0.1:9090"
SYNS = 7
ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = f"""
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{ROOT}/conf/prometheus/narrows.rules.yaml"]
scrape_configs:
  - job_name: narrows
    static_configs: [{{targets: ["{STATISTICS}"]}}]
"""


@pytest.fixture(scope="module")
def narrows(root: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    config = on_veth(terminate(session(), session("spare", static={"id": 7, "ac_mac": crafted.AC_MAC}, lan={"vlan": 9})))
    config["ports"]["lan"]["mac"], config["ports"]["wan"]["mac"] = crafted.LAN_MAC, crafted.WAN_MAC
    config["statistics"] = {"session_series": 1}
    with namespaces("box", "peer") as (box, peer):
        for side in ("lan", "wan"):
            veth(box, f"{side}0", peer, f"{side}1")
        with Daemon(tmp_path_factory.mktemp("prometheus"), box, config) as daemon:
            socket = peer.packet_socket("lan1")
            for _ in range(SYNS):
                socket.send(crafted.lan_frame(crafted.tcp("ipv4", crafted.mss(1460)), "ipv4"))
            daemon.wait_received("lan_to_wan", SYNS)
            yield daemon


def scrape(narrows: Daemon, accept: str) -> tuple[str, str]:
    """Content type and text."""
    request = urllib.request.Request(f"http://{STATISTICS}/metrics", headers={"Accept": accept})
    with narrows.namespace.entered(), urllib.request.urlopen(request, timeout=5) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def test_text_and_openmetrics_by_accept_header(narrows: Daemon) -> None:
    kind, text = scrape(narrows, "text/plain;version=0.0.4")
    assert kind == "text/plain; version=0.0.4; charset=utf-8"
    check = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    assert (check.returncode, check.stdout, check.stderr) == (0, "", "")
    kind, text = scrape(narrows, "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    assert kind == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert text.endswith("# EOF\n")
    docs = documented()
    assert {name: docs.get(name, metric).type for name, metric in exported(text).items()} == {
        name: metric.type for name, metric in exported(text).items()
    }


def test_session_series_are_limited(narrows: Daemon) -> None:
    _, text = scrape(narrows, "text/plain")
    assert 'narrows_session_up{session="isp"} 1\n' in text and "spare" not in text
    assert 'narrows_sessions{state="up"} 2\n' in text and "narrows_sessions_without_series 1\n" in text


def query(box: Namespace, expression: str) -> list[dict[str, Any]]:
    with box.entered():
        url = f"http://{PROMETHEUS}/api/v1/query?query={urllib.parse.quote(expression)}"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)["data"]["result"]


def value(box: Namespace, expression: str) -> float | None:
    try:
        found = query(box, expression)
    except OSError:
        return None
    return float(found[0]["value"][1]) if len(found) == 1 else None


def test_prometheus_scrapes(narrows: Daemon, tmp_path: Path) -> None:
    box = narrows.namespace
    (tmp_path / "prometheus.yaml").write_text(CONFIGURATION)
    with (tmp_path / "prometheus.log").open("w") as log:
        box.start(
            "prometheus", f"--config.file={tmp_path}/prometheus.yaml", f"--storage.tsdb.path={tmp_path}/data",
            f"--web.listen-address={PROMETHEUS}", stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    clamped = 'narrows_mss_clamped_packets_total{direction="lan_to_wan",family="ipv4"}'
    wait_for("Prometheus to have scraped", lambda: value(box, clamped) == SYNS, patience=60)
    assert value(box, "up") == 1
    assert value(box, 'narrows_sessions{state="up"}') == 2
    assert value(box, 'narrows_port_link_up{port="wan"}') == 1
    assert value(box, "narrows_sessions_mtu_octets_gcount") == 2, "OpenMetrics was scraped"
    assert value(box, "narrows_mempool_buffers_available{mempool='mbufs_lan'} > 0")
    wait_for("two scrapes", lambda: value(box, "rate(narrows_worker_polls_total[1m]) > 0"), patience=60)
