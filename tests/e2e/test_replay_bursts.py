# SPDX-License-Identifier: BSD-3-Clause
"""The size of a burst changes nothing but speed."""
from __future__ import annotations

from pathlib import Path

import pytest

from support import crafted
from support.narrows import check_replay, session, terminate, transparent

PEER = {"peer_mac": crafted.LAN_HOST_MAC}


def frames() -> tuple[list[bytes], list[bytes]]:
    packets = [(packet, family) for family in crafted.FAMILIES for packet in crafted.packets(family).values()]
    lan = [crafted.lan_frame(*packet) for packet in packets] + list(crafted.lan_strays().values())
    wan = [crafted.wan_frame(*packet) for packet in packets] + list(crafted.broken_pppoe().values())
    # In an order that mixes them and is the same each time.
    return lan[::7] + lan[3::11] + lan[5::13], wan[::7] + wan[3::11] + wan[5::13]


@pytest.mark.parametrize("burst", (1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64))
def test_burst(tmp_path: Path, burst: int) -> None:
    lan, wan = frames()
    check_replay(tmp_path, terminate(session(lan=PEER), workers={"burst": burst}), lan, wan)
    check_replay(tmp_path, transparent(workers={"burst": burst}), lan, wan)
