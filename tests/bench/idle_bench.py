#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What each `workers.idle` costs: CPU time, and how much later packets arrive; as a table. Needs root.

A UDP packet goes from a host on the LAN side to one on the WAN side and back, through `narrows run` in transparent
mode, once in a while (idle: 20 a second at irregular times) and at 1,000 a second. CPU is that of the worker's thread
and of the whole program; the round trip holds two passes through Narrows, and the waking of both hosts.
"""
from __future__ import annotations

import argparse
import os
import random
import socket
import statistics
import struct
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.cpu_time import cpu_seconds  # noqa: E402
from support.daemon import Daemon, cpu, on_veth  # noqa: E402
from support.namespaces import Namespace, namespaces, veth, wait_for  # noqa: E402
from support.narrows import Config, transparent  # noqa: E402

PORT = 7
CASES = [("af_packet", "spin"), ("af_packet", "pause"), ("af_packet", "sleep"), ("tap", "sleep"), ("tap", "interrupt")]
ADDRESS = {"lan": "192.0.2.1", "wan": "192.0.2.2"}
TAPS: Config = {"lan": {"device": "net_tap0", "mtu": 1492}, "wan": {"device": "net_tap1", "mtu": 1492}}
PATIENCE_SECONDS = 1.0
ECHO = f"""
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("", {PORT}))
while True:
    server.sendto(*server.recvfrom(2048))
"""


@dataclass
class Result:
    worker: float  # CPU time by elapsed time
    program: float
    round_trips: list[float]  # microseconds
    lost: int


def probe(narrows: Daemon, host: Namespace, seconds: float, gaps: tuple[float, float]) -> Result:
    """Round trips with a pause between them that is random within `gaps`, in seconds."""
    with host.entered():
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.connect((ADDRESS["wan"], PORT))
    client.settimeout(PATIENCE_SECONDS)
    generator = random.Random(1)
    pid = narrows.process.pid
    result = Result(0, 0, [], 0)
    begun, worker, program = time.monotonic(), cpu_seconds(pid, "worker"), cpu_seconds(pid)
    due = begun
    number = 0
    while (now := time.monotonic()) < begun + seconds:
        due = max(due + generator.uniform(*gaps), now)
        time.sleep(due - now)
        number += 1
        sent = time.perf_counter_ns()
        client.send(struct.pack("!I", number))
        try:
            while struct.unpack("!I", client.recv(64))[0] != number:
                pass
            result.round_trips.append((time.perf_counter_ns() - sent) / 1000)
        except TimeoutError:
            result.lost += 1
    elapsed = time.monotonic() - begun
    result.worker = (cpu_seconds(pid, "worker") - worker) / elapsed
    result.program = (cpu_seconds(pid) - program) / elapsed
    client.close()
    return result


def address(host: Namespace, side: str, interface: str) -> None:
    host.run("ip", "addr", "add", f"{ADDRESS[side]}/24", "dev", interface)
    host.run("ip", "link", "set", interface, "up")


def measure(directory: Path, ports: str, idle: str, seconds: float) -> dict[str, Result]:
    with namespaces("lan", "box", "wan") as [lan, box, wan]:
        if ports == "af_packet":
            veth(lan, "eth0", box, "lan0")
            veth(wan, "eth0", box, "wan0")
            config = on_veth(transparent())
        else:
            config = transparent(ports=TAPS, workers={"lcores": [cpu()]})
        config["workers"] = config["workers"] | {"idle": idle}
        with Daemon(directory, box, config) as narrows:
            interfaces = ("eth0", "eth0")
            if ports == "tap":
                interfaces = ("dtap0", "dtap1")
                box.run("ip", "link", "set", "dtap0", "netns", lan.name)
                box.run("ip", "link", "set", "dtap1", "netns", wan.name)
            address(lan, "lan", interfaces[0])
            address(wan, "wan", interfaces[1])
            method = narrows.stats()["workers"][0]["idle"]["method"]
            assert method == idle, f"{ports}: {method} in place of {idle}"
            echo = wan.start("/usr/bin/python3", "-c", ECHO)
            wait_for("the echo", lambda: f":{PORT} " in wan.run("ss", "-uln"))
            probe(narrows, lan, 0.3, (0.01, 0.02))  # ARP is through
            results = {
                "idle": probe(narrows, lan, seconds, (0.025, 0.075)),
                "1 kpps": probe(narrows, lan, seconds, (0.001, 0.001)),
            }
            echo.terminate()
            return results


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def row(ports: str, idle: str, load: str, rounds: list[Result]) -> str:
    def median(values: list[float]) -> float:
        return statistics.median(values)

    worker = median([result.worker for result in rounds])
    program = median([result.program for result in rounds])
    middle = median([statistics.median(result.round_trips) for result in rounds])
    tail = median([percentile(result.round_trips, 0.99) for result in rounds])
    lost = sum(result.lost for result in rounds)
    return (
        f"| {ports} | `{idle}` | {load} | {worker:.1%} | {program:.1%} | {middle:.0f} | {tail:.0f} | {lost} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is shown (3)")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each load in each round (3)")
    options = parser.parse_args()
    results: dict[tuple[str, str, str], list[Result]] = {}
    with tempfile.TemporaryDirectory() as directory:
        for _ in range(options.rounds):
            for ports, idle in CASES:
                for load, result in measure(Path(directory), ports, idle, options.seconds).items():
                    results.setdefault((ports, idle, load), []).append(result)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} CPUs; {options.rounds} rounds")
    print("| ports | idle | load | worker CPU | program CPU | round trip, us | 99th percentile, us | lost |")
    print("|---|---|---|---|---|---|---|---|")
    for (ports, idle, load), rounds in results.items():
        print(row(ports, idle, load, rounds))


if __name__ == "__main__":
    main()
