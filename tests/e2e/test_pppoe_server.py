# SPDX-License-Identifier: BSD-3-Clause
"""The bench itself: the concentrator of support/pppoe_server.py does what tests of a client rely on.

The client here is Debian's pppd; what goes over the line is watched beside both.
"""
from __future__ import annotations

import contextlib
import struct
from typing import Iterator

import pytest

from support.lan_host import bracketed
from support.namespaces import PacketSocket, wait_for
from support.pppoe_server import (
    FILE_OCTETS, OWN_IPV4, PASSWORD, SERVER_ADDRESS, SERVER_MAC, USER, PppoeServer, ReferenceClient,
    ServerOptions, ServerSession,
)  # fmt: skip

DISCOVERY, SESSION = 0x8863, 0x8864
PADO, PADS, PADT, PADM = 0x07, 0x65, 0xA7, 0xD3
LCP, TERMINATE_REQUEST = 0xC021, 5
MAX_PAYLOAD = b"\x01\x20\x00\x02" + struct.pack("!H", 1500)  # RFC 4638 §2: tag 0x0120
EACH = pytest.mark.parametrize("auth", ("none", "pap", "chap-md5", "mschap-v2"))


class Line:
    """What comes from the concentrator."""

    def __init__(self, server: PppoeServer) -> None:
        self._socket: PacketSocket = server.line.packet_socket("server0")
        self.frames: list[bytes] = []

    def listen(self, patience: float = 0.3) -> list[bytes]:
        """What came since the last call."""
        new = self._socket.receive(1 << 20, patience)
        self.frames += new
        return new

    def codes(self) -> list[int]:
        """Codes of the discovery packets since the last call, and LCP Terminate-Requests as 5."""
        return [code for frame in self.listen() if (code := farewell_or_discovery(frame)) is not None]


def farewell_or_discovery(frame: bytes) -> int | None:
    ethertype, _, code, _, _, protocol = struct.unpack_from("!HBBHHH", frame, 12)
    if ethertype == DISCOVERY:
        return code
    return TERMINATE_REQUEST if protocol == LCP and frame[22] == TERMINATE_REQUEST else None


@contextlib.contextmanager
def watched(server: PppoeServer) -> Iterator[Line]:
    line = Line(server)
    try:
        yield line
    finally:
        line._socket.close()


@contextlib.contextmanager
def dialled(
    server: PppoeServer, *options: str, vlan: int | None = None
) -> Iterator[tuple[ReferenceClient, ServerSession, Line]]:
    """A session, both families up."""
    with watched(server) as line, ReferenceClient(server, *options, vlan=vlan) as client:
        [session] = wait_for("a session", lambda: both_families(server))
        yield client, session, line


def both_families(server: PppoeServer) -> list[ServerSession]:
    return [session for session in server.sessions() if session.ipv4 and session.ipv6_prefix]


def check_traffic(server: PppoeServer, client: ReferenceClient) -> None:
    """Downloads and uploads over both families. Both ends are emulated, so a part of the file must do."""
    has_address = "ip -6 address show dsl0 | grep -q 'scope global'"
    wait_for("an address by router advertisement", lambda: client.run(f"{has_address}; echo $?") == "0\n")
    # As text, since busybox's wget posts no NUL.
    expected = server.run("head -c 200000 /www/file | base64 >/www/part; sha256sum </www/part").split()[0]
    for address in map(bracketed, SERVER_ADDRESS.values()):
        download, upload = f"http://{address}/part", f"--post-file /www/part http://{address}/cgi-bin/upload"
        assert client.run(f"wget -q -O - {download} | sha256sum").split()[0] == expected
        assert client.run(f"wget -q -O - {upload}").strip() == expected


@EACH
def test_authentication_and_traffic(concentrator: PppoeServer, auth: str) -> None:
    concentrator.start(ServerOptions(auth=auth))
    with dialled(concentrator) as (client, session, line):
        check_traffic(concentrator, client)
        assert (session.id, session.mtu) == (1, 1492)
        assert session.user == (USER if auth != "none" else "")
        assert f"peer {OWN_IPV4}" in client.run("ip address show dsl0")
        line.listen()
    assert {frame[6:12].hex(":") for frame in line.frames} == {SERVER_MAC}
    assert not any(MAX_PAYLOAD in frame for frame in line.frames), "RFC 4638 is not spoken"


@pytest.mark.parametrize("auth", ("pap", "chap-md5", "mschap-v2"))
def test_wrong_password(concentrator: PppoeServer, auth: str) -> None:
    concentrator.start(ServerOptions(auth=auth, users={USER: PASSWORD + "!"}))
    with ReferenceClient(concentrator) as client:
        wait_for("a refusal", lambda: "authentication failed" in client.log())
    assert concentrator.sessions() == []


def test_mtu_1500(concentrator: PppoeServer) -> None:
    """RFC 4638: the tag is echoed, and frames of 1500 octets of IP pass."""
    concentrator.start(ServerOptions(mtu=1500))
    with dialled(concentrator, "mtu", "1500", "mru", "1500") as (client, session, line):
        assert session.mtu == 1500
        client.run(f"ping -c 1 -s 1472 {OWN_IPV4}")
        check_traffic(concentrator, client)
        line.listen()
    assert any(MAX_PAYLOAD in frame for frame in line.frames if frame[15] == PADS)
    assert max(len(frame) for frame in line.frames) == 14 + 8 + 1500


def test_vlan(concentrator: PppoeServer) -> None:
    concentrator.start(ServerOptions(vlan=7))
    with dialled(concentrator, vlan=7) as (client, session, line):
        check_traffic(concentrator, client)
        line.listen()
    assert {frame[12:16] for frame in line.frames} == {b"\x81\x00\x00\x07"}
    assert max(len(frame) for frame in line.frames) == 18 + 8 + 1492


def test_endings(concentrator: PppoeServer) -> None:
    """Softly: Terminate-Request and PADT; hard: PADT; a silence is one. Each session has its own address."""
    concentrator.start()
    cases = (
        (concentrator.kill_softly, [TERMINATE_REQUEST, PADT]),
        (concentrator.kill_hard, [PADT]),
        (concentrator.silence, []),
    )
    for number, (end, expected) in enumerate(cases, start=1):
        with dialled(concentrator) as (_, session, line):
            assert (session.id, session.ipv4) == (number, f"203.0.113.{9 + number}")
            line.listen()
            end()
            assert list(dict.fromkeys(line.codes())) == expected, end.__name__
            assert concentrator.sessions() == []


def test_restart(concentrator: PppoeServer) -> None:
    """A concentrator that was restarted knows nothing of the session before and does not say so."""
    concentrator.start()
    options = ["lcp-echo-interval", "1", "lcp-echo-failure", "2", "persist", "holdoff", "1"]
    with dialled(concentrator, *options) as (client, _, line):
        line.listen()
        concentrator.restart()
        assert not {TERMINATE_REQUEST, PADT} & set(line.codes())
        [session] = wait_for("the next session", lambda: both_families(concentrator))
        assert session.id == 1
        check_traffic(concentrator, client)


def test_names_and_messages(concentrator: PppoeServer) -> None:
    options = ServerOptions(ac_name="bras7", service_names=("gold", "silver"), message="maintenance at 3")
    concentrator.start(options)
    with dialled(concentrator, "rp_pppoe_service", "silver", "rp_pppoe_ac", "bras7") as (_, _, line):
        line.listen()
    offers = [frame for frame in line.frames if frame[15] == PADO and frame[12:14] == b"\x88\x63"]
    assert b"\x01\x01\x00\x04gold" in offers[0] and b"\x01\x01\x00\x06silver" in offers[0]
    assert b"\x01\x02\x00\x05bras7" in offers[0]
    assert any(frame[15] == PADM and b"maintenance at 3" in frame for frame in line.frames)


def test_files(concentrator: PppoeServer) -> None:
    assert concentrator.run("stat -c %s /www/file").strip() == str(FILE_OCTETS)
