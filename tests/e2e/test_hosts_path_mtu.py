# SPDX-License-Identifier: BSD-3-Clause
"""Real hosts learn what the line carries and go on working: ping, tracepath, UDP, and TCP without any clamping."""
from __future__ import annotations

import contextlib
import re
import subprocess
from typing import Iterator

import pytest

from support import hosts
from support.namespaces import Namespace, namespaces, veth, wait_for
from support.narrows import check_conservation
from support.path_mtu import HEADERS, UdpReceiver, UdpSender, check_udp_with_df, forget, path_mtu, ping

HOST_MTU, LINE_MTU = 1500, 1492
INNER = {"ipv4": "203.0.114.2", "ipv6": "2001:db8:3::2"}
ROUTER = {"ipv4": "203.0.114.1", "ipv6": "2001:db8:3::1"}

both_families = pytest.mark.parametrize("family", hosts.PREFIX)
both_ways = pytest.mark.parametrize("sender", hosts.ADDRESS)


@pytest.fixture(scope="module")
def wire(root: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[hosts.Line]:
    with hosts.line(tmp_path_factory.mktemp("line")) as wire:
        yield wire


@pytest.fixture(scope="module")
def ends(wire: hosts.Line) -> Iterator[tuple[hosts.Daemon, hosts.Daemon]]:
    with hosts.both_ends_without_clamping(wire) as ends:
        yield ends


@pytest.fixture
def fresh(wire: hosts.Line, ends: tuple) -> hosts.Line:
    """Hosts that know nothing of the path yet."""
    for host in (wire.lan, wire.isp):
        forget(host)
    return wire


# --- the line ---


@both_families
@both_ways
def test_ping(fresh: hosts.Line, sender: str, family: str) -> None:
    host, address = fresh.host(sender), hosts.far(sender, family)
    refused = ping(host, family, address, HOST_MTU - HEADERS[family], count=3)
    assert refused.returncode != 0 and f"mtu={LINE_MTU}" in (refused.stdout + refused.stderr).replace(" ", "")
    if family == "ipv4":
        gateway = hosts.GATEWAY[sender]["ipv4"]
        assert f"From {gateway} icmp_seq=1 Frag needed and DF set (mtu = {LINE_MTU})" in refused.stdout
    else:
        assert re.search(rf"From fe80::\S+ icmp_seq=1 Packet too big: mtu={LINE_MTU}", refused.stdout)
    assert ping(host, family, address, LINE_MTU - HEADERS[family]).returncode == 0
    assert ping(host, family, address, LINE_MTU - HEADERS[family] + 1).returncode != 0


@both_families
@both_ways
def test_tracepath(fresh: hosts.Line, sender: str, family: str) -> None:
    assert path_mtu(fresh.host(sender), family, hosts.far(sender, family)) == LINE_MTU


@both_families
@both_ways
def test_udp_with_df(fresh: hosts.Line, sender: str, family: str) -> None:
    source, target = fresh.host(sender), fresh.host(hosts.OTHER_SIDE[sender])
    check_udp_with_df(source, target, family, hosts.far(sender, family), LINE_MTU)


@both_ways
def test_udp_without_df(fresh: hosts.Line, ends: tuple, sender: str) -> None:
    """IPv4: every datagram arrives, the first one too, whatever its size."""
    check_datagrams(fresh, sender, "ipv4", sizes=(1464, 1465, 1472, 1473, 2000, 4000, 8000))
    end = ends[0 if sender == "lan" else 1]
    assert end.stats()["directions"]["lan_to_wan"]["fragmented"] > 0


@both_ways
def test_large_udp_over_ipv6(fresh: hosts.Line, sender: str) -> None:
    """The host itself cuts, and learns from the first datagram, which is lost, how small."""
    source, target, address = fresh.host(sender), fresh.host(hosts.OTHER_SIDE[sender]), hosts.far(sender, "ipv6")
    datagram = bytes(4000)
    with UdpReceiver(target, "ipv6", address) as receiver, UdpSender(source, "ipv6", address, discover=False) as out:
        wait_for("4,000 octets", lambda: out.send(datagram) and receiver.receive(patience=0.5) == datagram)
    check_datagrams(fresh, sender, "ipv6", sizes=(1444, 1445, 4000, 8000))


def check_datagrams(wire: hosts.Line, sender: str, family: str, sizes: tuple[int, ...]) -> None:
    source, target, address = wire.host(sender), wire.host(hosts.OTHER_SIDE[sender]), hosts.far(sender, family)
    with UdpReceiver(target, family, address) as receiver, UdpSender(source, family, address, discover=False) as out:
        for size in sizes:
            datagram = bytes(number & 0xFF for number in range(size))
            assert out.send(datagram)
            assert receiver.receive(patience=5) == datagram, f"{size} octets"


@both_families
@both_ways
def test_tcp_without_clamping(fresh: hosts.Line, ends: tuple, sender: str, family: str) -> None:
    """Both ends announce what their own link carries; the sender is told, and the download ends."""
    fresh.check_download(hosts.OTHER_SIDE[sender], family)
    stats = ends[0 if sender == "lan" else 1].stats()
    assert stats["directions"]["lan_to_wan"]["dropped"]["too_big"] > 0
    assert stats["control"]["too_big_sent"] > 0
    assert stats["directions"]["lan_to_wan"]["clamped"] == {"ipv4": 0, "ipv6": 0}
    for direction in stats["directions"].values():
        check_conservation(direction)


# --- a router on the LAN: the host is one hop away ---


@contextlib.contextmanager
def behind_router(wire: hosts.Line) -> Iterator[Namespace]:
    """A host whose packets the LAN host forwards."""
    with namespaces("inner") as (inner,):
        veth(inner, "eth0", wire.lan, "eth1")
        wire.lan.run("sysctl", "-q", "-w", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        wire.lan.give_addresses("eth1", *(f"{ROUTER[family]}/{hosts.PREFIX[family]}" for family in hosts.PREFIX))
        inner.give_addresses("eth0", *(f"{INNER[family]}/{hosts.PREFIX[family]}" for family in hosts.PREFIX))
        for family in hosts.PREFIX:
            inner.run("ip", f"-{family[-1]}", "route", "add", "default", "via", ROUTER[family])
            address = hosts.ADDRESS["isp"][family]
            wait_for("an echo", lambda: ping(inner, family, address, 56).returncode == 0)
        yield inner


@pytest.fixture(scope="module")
def inner(wire: hosts.Line, ends: tuple) -> Iterator[Namespace]:
    with behind_router(wire) as inner:
        yield inner


@both_families
def test_behind_a_router(fresh: hosts.Line, inner: Namespace, family: str) -> None:
    """The message must be one that a router forwards: for IPv6 not from a link-local address."""
    address = hosts.ADDRESS["isp"][family]
    forget(inner)
    refused = ping(inner, family, address, HOST_MTU - HEADERS[family], count=3)
    speaker = hosts.GATEWAY["lan"]["ipv4"] if family == "ipv4" else address
    assert f"From {speaker} icmp_seq=1" in refused.stdout and str(LINE_MTU) in refused.stdout
    forget(inner)
    check_udp_with_df(inner, fresh.isp, family, address, LINE_MTU)
    assert path_mtu(inner, family, address) == LINE_MTU


@both_families
def test_to_a_host_behind_a_router(fresh: hosts.Line, inner: Namespace, family: str) -> None:
    check_udp_with_df(fresh.isp, inner, family, INNER[family], LINE_MTU)
    assert path_mtu(fresh.isp, family, INNER[family]) == LINE_MTU


@both_families
def test_tcp_from_behind_a_router(fresh: hosts.Line, inner: Namespace, family: str) -> None:
    """An upload: it is the inner host that sends full segments."""
    forget(inner)
    address = hosts.ADDRESS["isp"][family]
    received = fresh.directory / f"received-{family}"
    listen = fresh.isp.start(
        "/usr/bin/python3", "-c", RECEIVE_FILE, address, str(hosts.PORT + 1), received, stdout=subprocess.PIPE
    )
    assert listen.stdout is not None and listen.stdout.readline() == b"listening\n"
    inner.run("/usr/bin/python3", "-c", SEND_FILE, address, str(hosts.PORT + 1), fresh.directory / "file")
    assert listen.wait(timeout=hosts.DOWNLOAD_SECONDS) == 0
    assert hosts.sha256(received) == hosts.sha256(fresh.directory / "file")


RECEIVE_FILE = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
listener = socket.create_server((sys.argv[1], int(sys.argv[2])), family=family)
print("listening", flush=True)
connection, _ = listener.accept()
with open(sys.argv[3], "wb") as file:
    while octets := connection.recv(1 << 16):
        file.write(octets)
"""
SEND_FILE = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as connection, open(sys.argv[3], "rb") as file:
    connection.sendfile(file)
"""
