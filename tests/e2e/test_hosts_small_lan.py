# SPDX-License-Identifier: BSD-3-Clause
"""A LAN that carries less than the line: hosts on the Internet learn that, too."""
from __future__ import annotations

from typing import Iterator

import pytest

from support import hosts
from support.path_mtu import check_udp_with_df, forget, path_mtu

LAN_MTU = 1400

both_families = pytest.mark.parametrize("family", hosts.PREFIX)


@pytest.fixture(scope="module")
def wire(root: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[hosts.Line]:
    with hosts.line(tmp_path_factory.mktemp("line"), lan_mtu=LAN_MTU) as wire:
        ports = hosts.end_config("a")["ports"]
        ports["lan"]["mtu"] = LAN_MTU
        with hosts.both_ends_without_clamping(wire, ports=ports):
            yield wire


@both_families
def test_the_isp_host_learns(wire: hosts.Line, family: str) -> None:
    """First the line's 1492, from the end at the ISP; then the LAN's 1400, from the other end, through the session."""
    forget(wire.isp)
    address = hosts.far("isp", family)
    check_udp_with_df(wire.isp, wire.lan, family, address, LAN_MTU)
    assert path_mtu(wire.isp, family, address) == LAN_MTU


@both_families
@pytest.mark.parametrize("client", hosts.ADDRESS)
def test_tcp(wire: hosts.Line, client: str, family: str) -> None:
    """The LAN host announces what its own link carries; nobody has to be told."""
    wire.check_download(client, family)
