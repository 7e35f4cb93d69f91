# SPDX-License-Identifier: BSD-3-Clause
"""The statistics server: Prometheus text that promtool accepts, JSON and telemetry with the same numbers."""
from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any, Iterator

import pytest

from support import crafted
from support.daemon import Daemon, on_veth
from support.namespaces import namespaces, veth
from support.narrows import check_conservation, session, terminate

SYNS = 7
SAMPLE = re.compile(r"^(?P<name>[a-z_:]+)(?:\{(?P<labels>.*)\})? (?P<value>[-+.e0-9]+)$")


@pytest.fixture(scope="module")
def narrows(root: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """Running, idle, after some frames of every fate."""
    config = on_veth(terminate(session()), lan={"mac": crafted.LAN_MAC}, wan={"mac": crafted.WAN_MAC})
    with namespaces("box", "peer") as (box, peer):
        for side in ("lan", "wan"):
            veth(box, f"{side}0", peer, f"{side}1")
        with Daemon(tmp_path_factory.mktemp("statistics"), box, config) as daemon:
            lan = [crafted.lan_frame(crafted.tcp("ipv4", crafted.mss(1460)), "ipv4")] * SYNS
            lan += [crafted.lan_frame(crafted.udp("ipv4", 1493), "ipv4"), crafted.arp_request("203.0.113.1")]
            wan = [crafted.wan_frame(crafted.tcp("ipv6", crafted.mss(1460), flags="SA"), "ipv6")] * SYNS
            wan += list(crafted.broken_pppoe().values())
            for side, frames in (("lan", lan), ("wan", wan)):
                socket = peer.packet_socket(f"{side}1")
                for frame in (frame for frame in frames if len(frame) >= 14):
                    socket.send(frame)
            daemon.wait_received("lan_to_wan", len(lan))
            daemon.wait_received("wan_to_lan", sum(len(frame) >= 14 for frame in wan))
            yield daemon


def samples(text: str) -> dict[str, dict[str, float]]:
    """Values by metric name, then by label text."""
    found: dict[str, dict[str, float]] = {}
    for line in text.splitlines():
        if match := SAMPLE.match(line):
            found.setdefault(match["name"], {})[match["labels"] or ""] = float(match["value"])
    return found


def labelled(metric: dict[str, float], **labels: str) -> float:
    wanted = [f'{name}="{value}"' for name, value in labels.items()]
    [value] = [value for text, value in metric.items() if all(label in text.split(",") for label in wanted)]
    return value


def test_promtool_is_content(narrows: Daemon) -> None:
    status, text = narrows.get("/metrics")
    assert status == 200
    result = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_every_metric_says_what_it_is(narrows: Daemon) -> None:
    _, text = narrows.get("/metrics")
    for name in samples(text):
        family = re.sub(r"_(bucket|sum|count)$", "", name)
        assert f"# HELP {family} " in text and f"# TYPE {family} " in text
        assert name.startswith("narrows_")


def test_metrics_and_json_agree(narrows: Daemon) -> None:
    stats, metrics = narrows.stats(), samples(narrows.get("/metrics")[1])
    for direction, counted in stats["directions"].items():
        check_conservation(counted)
        for fate in ("forwarded", "punted"):
            assert labelled(metrics["narrows_packets_total"], direction=direction, fate=fate) == counted[fate]
        for reason, count in counted["dropped"].items():
            assert labelled(metrics["narrows_dropped_packets_total"], direction=direction, reason=reason) == count
        for family, count in counted["clamped"].items():
            metric = metrics["narrows_mss_clamped_packets_total"]
            assert labelled(metric, direction=direction, family=family) == count
        octets = labelled(metrics["narrows_session_octets_total"], session="isp", direction=direction)
        assert octets == stats["sessions"]["isp"][direction]["ip_octets"]


def test_json_counts(narrows: Daemon) -> None:
    directions = narrows.stats()["directions"]
    assert directions["lan_to_wan"]["clamped"] == {"ipv4": SYNS, "ipv6": 0}
    assert directions["lan_to_wan"]["dropped"]["too_big"] == 1
    assert directions["lan_to_wan"]["punted"] == 1
    assert directions["wan_to_lan"]["clamped"]["ipv6"] >= SYNS


def test_json_describes_the_box(narrows: Daemon) -> None:
    stats = narrows.stats()
    assert stats["ports"]["lan"]["mac"] == crafted.LAN_MAC
    assert stats["ports"]["wan"]["mac"] == crafted.WAN_MAC
    assert len(stats["workers"]) == 1
    assert stats["sessions"]["isp"]["lan_peer"] == crafted.LAN_HOST_MAC


def test_health(narrows: Daemon) -> None:
    assert narrows.get("/healthz")[0] == 200


def test_unknown_paths(narrows: Daemon) -> None:
    for path in ("/", "/nothing", "/metrics/x", "/api/v1/", "/../etc/passwd"):
        assert narrows.get(path)[0] in (200, 404) and "root:" not in narrows.get(path)[1]
    assert narrows.get("/nothing")[0] == 404


def telemetry(narrows: Daemon, command: str) -> dict[str, Any]:
    """What dpdk-telemetry.py prints for one command."""
    result = subprocess.run(
        ["dpdk-telemetry.py", "-f", file_prefix(narrows)], input=f"{command}\nquit\n", capture_output=True, text=True
    )
    [answer] = [line for line in result.stdout.splitlines() if command in line]
    return json.loads(answer)[command]


def file_prefix(narrows: Daemon) -> str:
    """The EAL file prefix, which names the directory of the telemetry socket."""
    pid = narrows.process.pid
    sockets = narrows.namespace.run("ss", "-xlpnH")
    [path] = set(re.findall(rf"(\S+/dpdk_telemetry\.v2\S*) .*pid={pid},", sockets))
    return Path(path).parent.name


def test_telemetry_shows_the_same(narrows: Daemon) -> None:
    told = telemetry(narrows, "/narrows/stats")
    for direction, counted in narrows.stats()["directions"].items():
        assert told[direction] == counted
