# SPDX-License-Identifier: BSD-3-Clause
"""A requesting router: asks by DHCPv6 for a prefix to be delegated to it (RFC 8415 §6.3)."""
from __future__ import annotations

import contextlib
import socket
import time

from scapy.layers.dhcp6 import (
    DHCP6_Advertise, DHCP6_Reply, DHCP6_Request, DHCP6_Solicit, DHCP6OptClientId, DHCP6OptElapsedTime,
    DHCP6OptIA_PD, DHCP6OptIAPrefix, DHCP6OptServerId,
)  # fmt: skip
from scapy.packet import Packet, Raw

from support.namespaces import PATIENCE_SECONDS, Namespace

SERVERS = "ff02::1:2"
CLIENT_PORT, SERVER_PORT = 546, 547
RETRY_SECONDS = 1.0


def ask_for_prefix(namespace: Namespace, interface: str, duid: bytes) -> str:
    """Solicit, Advertise, Request, Reply. @return the prefix with its length."""
    with namespace.entered(), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as link:
        link.bind(("::", CLIENT_PORT))
        there = (SERVERS, SERVER_PORT, 0, socket.if_nametoindex(interface))
        client = DHCP6OptClientId(duid=Raw(duid)) / DHCP6OptElapsedTime()
        solicit = DHCP6_Solicit(trid=0x1001) / client / DHCP6OptIA_PD(iaid=1)
        offer = _exchange(link, there, solicit, DHCP6_Advertise)
        offered = DHCP6OptIA_PD(iaid=1, iapdopt=[offer[DHCP6OptIAPrefix]])
        server = DHCP6OptServerId(duid=offer[DHCP6OptServerId].duid)
        request = DHCP6_Request(trid=0x1002) / client / server / offered
        got = _exchange(link, there, request, DHCP6_Reply)[DHCP6OptIAPrefix]
        return f"{got.prefix}/{got.plen}"


def _exchange(
    link: socket.socket, there: tuple[str, int, int, int], message: Packet, answer: type[Packet]
) -> Packet:
    """Sends until it is answered."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        link.sendto(bytes(message), there)
        link.settimeout(RETRY_SECONDS)
        with contextlib.suppress(TimeoutError):
            received = answer(link.recv(65536))
            if received.msgtype == answer().msgtype and received.trid == message.trid:
                return received
    raise AssertionError(f"no {answer.__name__} in {PATIENCE_SECONDS} s")
