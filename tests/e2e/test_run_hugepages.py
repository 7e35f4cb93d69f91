# SPDX-License-Identifier: BSD-3-Clause
"""Hugepages are used where enough are free, and done without, with a word on what that costs, where not."""
from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import pytest

from support import crafted
from support.daemon import Daemon, on_veth
from support.namespaces import namespaces, veth
from support.narrows import terminate

pytestmark = pytest.mark.alone

POOL = Path("/sys/kernel/mm/hugepages/hugepages-2048kB")
NOTE = "running without hugepages"


@contextmanager
def hugepages(more: int) -> Iterator[int]:
    """`more` pages of 2 MB than there are, as far as the kernel has room; given back at the end. Yields the free ones."""
    pages = POOL / "nr_hugepages"
    before = int(pages.read_text())
    try:
        pages.write_text(str(before + more))
        yield int((POOL / "free_hugepages").read_text())
    finally:
        pages.write_text(str(before))


@pytest.mark.parametrize("more", (0, 64))
def test_with_and_without(root: None, tmp_path: Path, more: int) -> None:
    with namespaces("box", "peer") as (box, peer), hugepages(more) as free:
        for side in ("lan", "wan"):
            veth(box, f"{side}0", peer, f"{side}1")
        with Daemon(tmp_path, box, on_veth(terminate(), lan={"mac": crafted.LAN_MAC})) as narrows:
            peer.packet_socket("lan1").send(crafted.lan_frame(crafted.tcp("ipv4", crafted.mss(1460)), "ipv4"))
            narrows.wait_received("lan_to_wan", 1)
            assert (NOTE in narrows.output()) == (free < 26)  # 51 MB
            in_use = free - int((POOL / "free_hugepages").read_text())
            assert (in_use > 0) == (free >= 26)
        assert int((POOL / "free_hugepages").read_text()) == free  # all come back
