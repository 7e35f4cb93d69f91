#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a reload of thousands of sessions takes, and what the others' frames notice of it. Needs root.

Narrows runs between veth interfaces. While it reads another file, frames of one session that stays pass, each with its
number, and the gateway's address is asked for by ARP, which the control thread answers. Printed are, for each kind of
change: how long whoever asked for it waited, the longest time that a frame was on its way and that a question went
unanswered (both with the machine's own noise, as in the first row), and the frames that were lost.
"""
from __future__ import annotations

import argparse
import contextlib
import socket
import statistics
import struct
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Callable, Iterator

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import control_socket, crafted  # noqa: E402
from support.daemon import Daemon, on_veth  # noqa: E402
from support.namespaces import Namespace, PacketSocket, namespaces, veth, wait_for  # noqa: E402
from support.narrows import Config, session, terminate  # noqa: E402

PACE_SECONDS = 0.0005
STAYS_VLAN = 4094
GATEWAY = "203.0.113.1"
NUMBER = struct.Struct("!Qd")  # in the payload: which frame, and when it was sent (CLOCK_REALTIME)
NUMBER_AT = 14 + 4 + 20 + 8  # behind Ethernet, VLAN tag, IPv4 and UDP
SO_TIMESTAMPNS = 35
TIMESPEC = struct.Struct("qq")


class Watch:
    """Sends numbered frames and ARP requests from the LAN, and looks for what comes of them."""

    def __init__(self, peer: Namespace, mac: str) -> None:
        tags = [crafted.vlan(STAYS_VLAN)]
        self._frame = crafted.lan_frame(crafted.udp("ipv4", 400, flags=0), "ipv4", tags, dst=mac)
        self._arp = crafted.arp_request(GATEWAY, tags=tags)
        self._lan: PacketSocket = peer.packet_socket("lan1")
        with peer.entered():
            self._wan = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self._wan.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 26)
        self._wan.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._wan.bind(("wan1", 3))
        self._sent = 0

    def during(self, action: Callable[[], float]) -> tuple[float, float, float, int]:
        """@return what the action says, longest way of a frame and longest wait for an answer (s), frames lost."""
        over = threading.Event()
        questions: list[float] = []
        begun, self._sent = time.monotonic(), 0
        threads = [threading.Thread(target=work) for work in (lambda: self._send(over), lambda: self._ask(over, questions))]
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        took = action()
        time.sleep(0.2)
        over.set()
        for thread in threads:
            thread.join()
        ways = self._ways()
        assert time.monotonic() - begun < 60
        return took, max(ways), max(questions), self._sent - len(ways)

    def _send(self, over: threading.Event) -> None:
        while not over.wait(PACE_SECONDS):
            stamp = NUMBER.pack(self._sent, time.time())
            self._lan.send(self._frame[:NUMBER_AT] + stamp + self._frame[NUMBER_AT + len(stamp) :])
            self._sent += 1

    def _ask(self, over: threading.Event, waits: list[float]) -> None:
        while not over.is_set():
            asked = time.monotonic()
            self._lan.send(self._arp)
            wait_for("the ARP answer", lambda: any(b"\x08\x06" == frame[16:18] for frame in self._lan.receive(1)))
            waits.append(time.monotonic() - asked)

    def _ways(self) -> list[float]:
        """Of all frames that have arrived: the kernel's time of arrival less that of sending."""
        ways = []
        self._wan.settimeout(0.5)
        with contextlib.suppress(TimeoutError):
            while True:
                frame, ancillary, _, (_, _, kind, *_) = self._wan.recvmsg(2048, 64)
                if kind == socket.PACKET_OUTGOING or frame[12:14] != b"\x88\x64" or len(frame) < 400:
                    continue
                seconds, nanoseconds = TIMESPEC.unpack(ancillary[0][2])
                _, sent = NUMBER.unpack_from(frame, 14 + 8 + 20 + 8)
                ways.append(seconds + nanoseconds / 1e9 - sent)
        return ways


def static(number: int, count: int) -> list[Config]:
    """So many sessions, from that VLAN on."""
    return [
        {"name": f"s{n}", "static": {"id": n, "ac_mac": crafted.AC_MAC}, "lan": {"vlan": n}}
        for n in range(number, number + count)
    ]


def dialled(directory: Path, count: int) -> list[Config]:
    """On a line where nobody answers, each with a password file of its own."""
    made = []
    for n in range(1, count + 1):
        path = directory / f"secret{n}"
        path.touch(mode=0o600)
        path.write_text(f"secret of {n}\n")
        client = {"username": f"user{n}@isp", "password_file": str(path)}
        made.append({"name": f"s{n}", "client": client, "lan": {"vlan": n}})
    return made


def with_others(others: list[Config], **fields: object) -> Config:
    lan = {"vlan": STAYS_VLAN, "peer_mac": crafted.LAN_HOST_MAC, "address": crafted.LAN_HOST["ipv4"], "gateway": GATEWAY}
    return on_veth(terminate(session("stays", lan=lan), *others, **fields))


def cases(directory: Path, count: int) -> Iterator[tuple[str, Config | None]]:
    """What is done, and the file that asks for it; each follows on the one before."""
    many = static(1, count)
    yield "no reload", None
    yield "nothing has changed", with_others(many)
    yield "1 session added, 1 removed", with_others(static(2, count))
    yield f"all {count} with another MSS", with_others(static(2, count), mss={"ipv4": 1400})
    yield f"all {count} removed", with_others(static(4000, 1))
    yield f"all {count} added", with_others(many)
    yield f"{count} dialled in place of static ones", with_others(dialled(directory, count))
    yield f"nothing has changed, {count} dialled", with_others(dialled(directory, count))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=4000, help="besides the one that stays")
    parser.add_argument("--repeat", type=int, default=3, help="median times, all losses")
    arguments = parser.parse_args()
    rows: dict[str, list[tuple[float, float, float, int]]] = {}
    with tempfile.TemporaryDirectory() as name, namespaces("box", "peer") as (box, peer):
        directory = Path(name)
        for side in ("lan", "wan"):
            veth(box, f"{side}0", peer, f"{side}1")
        mac = box.run("cat", "/sys/class/net/lan0/address").strip()
        with Daemon(directory, box, with_others(static(1, arguments.sessions))) as narrows:
            watch = Watch(peer, mac)

            def reload() -> float:
                asked = time.monotonic()
                status, body = control_socket.ask(narrows.socket, "/api/v1/reload", "POST")
                assert status == 200, body
                return time.monotonic() - asked

            for _ in range(arguments.repeat):
                for what, config in cases(directory, arguments.sessions):
                    if config:
                        narrows.write(config)
                    rows.setdefault(what, []).append(watch.during(reload if config else lambda: 0.0))
    print(f"{'':40} {'asked':>9} {'frame':>9} {'question':>9} {'lost':>6}")
    for what, times in rows.items():
        took, way, question, lost = zip(*times)
        values = " ".join(f"{1000 * statistics.median(each):6.1f} ms" for each in (took, way, question))
        print(f"{what:40} {values} {sum(lost):6}")


if __name__ == "__main__":
    main()
