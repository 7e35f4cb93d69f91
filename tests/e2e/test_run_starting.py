# SPDX-License-Identifier: BSD-3-Clause
"""Starting beside busy interfaces: a packet socket hears all of them until it is bound to its own."""
from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path
from typing import Iterator

from support.daemon import Daemon, on_veth
from support.namespaces import Namespace, namespaces, veth
from support.narrows import transparent

STARTS = 6  # the moment before the binding is short: about every second start hears something


@contextlib.contextmanager
def busy_loopback(namespace: Namespace) -> Iterator[None]:
    """Datagrams over `lo` without a pause."""
    with namespace.entered():
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.bind(("127.0.0.1", 0))
    to_itself = sender.getsockname()
    ended = threading.Event()

    def send() -> None:
        while not ended.is_set():
            sender.sendto(b"not for the line", to_itself)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        sender.close()


def test_frames_of_other_interfaces_stay_off_the_line(root: None, tmp_path: Path) -> None:
    with namespaces("box", "peer") as (box, peer):
        for side in ("lan", "wan"):
            veth(box, f"{side}0", peer, f"{side}1")
        for _ in range(STARTS):
            with busy_loopback(box), Daemon(tmp_path, box, on_veth(transparent())) as narrows:
                received = {name: counts["received"] for name, counts in narrows.stats()["directions"].items()}
            assert received == {"lan_to_wan": 0, "wan_to_lan": 0}
