# SPDX-License-Identifier: BSD-3-Clause
"""Records PPPoE handshakes between Debian's pppd and its pppoe-server, as tests/data/handshakes/ has them.

    sudo PYTHONPATH=tests python3 -m support.record_handshakes DIRECTORY

Both run in the virtual machine of support.pppoe_server; what passes on the line between them is captured where it
comes in, so each file holds what one side sent. Only discovery and LCP are kept: no authentication, no data.
"""
from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from support.captures import read_timed_pcap, write_timed_pcap
from support.namespaces import Capture, wait_for
from support.pppoe_server import PppoeServer, ReferenceClient, ServerOptions

# What each end is told; where the concentrator's figure is the smaller, the client keeps its own.
HANDSHAKES = {
    "mru-1492": (ServerOptions(mtu=1492), ("mtu", "1492", "mru", "1492")),
    "mru-1500": (ServerOptions(mtu=1500), ("mtu", "1500", "mru", "1500")),  # RFC 4638
    "mru-1454": (ServerOptions(mtu=1454), ("mtu", "1492", "mru", "1492")),
}
DISCOVERY, SESSION, LCP = b"\x88\x63", b"\x88\x64", b"\xc0\x21"


def is_kept(frame: bytes) -> bool:
    return frame[12:14] == DISCOVERY or (frame[12:14] == SESSION and frame[20:22] == LCP)


def record(server: PppoeServer, name: str, directory: Path) -> None:
    options, words = HANDSHAKES[name]
    server.start(options)
    with tempfile.TemporaryDirectory() as scratch:
        captures = {
            side: Capture(server.line, interface, Path(scratch) / f"{side}.pcap", "pppoed or pppoes")
            for side, interface in (("lan", "client0"), ("wan", "server0"))
        }
        with ReferenceClient(server, *words):
            wait_for("the session", lambda: [session for session in server.sessions() if session.ipv4], 60)
            for side, capture in captures.items():
                frames = [(time, frame) for time, frame in read_timed_pcap(capture.stop()) if is_kept(frame)]
                write_timed_pcap(directory / f"{name}-{side}.pcap", frames)


def main(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, PppoeServer(Path(scratch)) as server:
        for name in HANDSHAKES:
            record(server, name, directory)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
