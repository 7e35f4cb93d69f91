# SPDX-License-Identifier: BSD-3-Clause
"""Real hosts learn what the line carries and go on working: ping, tracepath, UDP, and TCP without any clamping."""
from __future__ import annotations

import contextlib
import re
import subprocess
from typing import Any, Iterator

import pytest

from support import hosts
from support.namespaces import Namespace, namespaces, veth, wait_for
from support.narrows import check_conservation
from support.path_mtu import HEADERS, UdpReceiver, UdpSender, forget

HOST_MTU, LINE_MTU, SMALL_LAN_MTU = 1500, 1492, 1400
NO_CLAMPING = {"mss": {"ipv4": "off", "ipv6": "off"}}
FILE_OCTETS = 20 * hosts.MEGABYTE
INNER = {"ipv4": "203.0.114.2", "ipv6": "2001:db8:3::2"}
ROUTER = {"ipv4": "203.0.114.1", "ipv6": "2001:db8:3::1"}

both_families = pytest.mark.parametrize("family", hosts.PREFIX)
both_ways = pytest.mark.parametrize("sender", hosts.ADDRESS)


@contextlib.contextmanager
def started(wire: hosts.Line, **fields_of_a: Any) -> Iterator[tuple[hosts.Daemon, hosts.Daemon]]:
    """Both ends, none of which clamps; the hosts have talked, so that neighbours are known."""
    wire.start_web_servers(FILE_OCTETS)
    with hosts.both_ends(wire, **NO_CLAMPING | fields_of_a) as ends:
        for family in hosts.PREFIX:
            for name in hosts.ADDRESS:
                wait_for("an echo", lambda: ping(wire.host(name), family, far(name, family), 56).returncode == 0)
        yield ends


@pytest.fixture(scope="module")
def wire(root: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[hosts.Line]:
    with hosts.line(tmp_path_factory.mktemp("line")) as wire:
        yield wire


@pytest.fixture(scope="module")
def ends(wire: hosts.Line) -> Iterator[tuple[hosts.Daemon, hosts.Daemon]]:
    with started(wire) as ends:
        yield ends


@pytest.fixture
def fresh(wire: hosts.Line, ends: tuple) -> hosts.Line:
    """Hosts that know nothing of the path yet."""
    for host in (wire.lan, wire.isp):
        forget(host)
    return wire


def far(name: str, family: str) -> str:
    return hosts.ADDRESS[hosts.OTHER_SIDE[name]][family]


def ping(host: Namespace, family: str, address: str, octets: int, count: int = 1) -> subprocess.CompletedProcess[str]:
    """With DF; octets of data."""
    words = ["ping", f"-{family[-1]}", "-n", "-M", "do", "-c", count, "-i", 0.2, "-W", 1, "-s", octets, address]
    return subprocess.run(host.words(*words), capture_output=True, text=True, timeout=30)


def path_mtu(host: Namespace, family: str, address: str) -> int:
    """What tracepath says in the end."""
    [found] = re.findall(r"Resume: pmtu (\d+)", host.run("tracepath", f"-{family[-1]}", "-n", address))
    return int(found)


def check_udp_with_df(source: Namespace, target: Namespace, family: str, address: str, mtu: int) -> None:
    """Refused in the end, told why, and through with what fits; more than what fits stays refused."""
    with UdpReceiver(target, family, address) as receiver, UdpSender(source, family, address, discover=True) as sender:
        while (octets := sender.largest()) > mtu - HEADERS[family]:
            sender.learn(octets)
        assert sender.mtu() == mtu
        datagram = bytes(number & 0xFF for number in range(sender.largest()))
        assert sender.send(datagram)
        assert receiver.receive(patience=5) == datagram
        assert not sender.send(datagram + b"x")


def check_download(wire: hosts.Line, client: str, family: str) -> None:
    assert wire.download(client, family) == (0, hosts.sha256(wire.directory / "file")), (client, family)


# --- the line ---


@both_families
@both_ways
def test_ping(fresh: hosts.Line, sender: str, family: str) -> None:
    host, address = fresh.host(sender), far(sender, family)
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
    assert path_mtu(fresh.host(sender), family, far(sender, family)) == LINE_MTU


@both_families
@both_ways
def test_udp_with_df(fresh: hosts.Line, sender: str, family: str) -> None:
    source, target = fresh.host(sender), fresh.host(hosts.OTHER_SIDE[sender])
    check_udp_with_df(source, target, family, far(sender, family), LINE_MTU)


@both_ways
def test_udp_without_df(fresh: hosts.Line, ends: tuple, sender: str) -> None:
    """IPv4: every datagram arrives, the first one too, whatever its size."""
    check_datagrams(fresh, sender, "ipv4", sizes=(1464, 1465, 1472, 1473, 2000, 4000, 8000))
    end = ends[0 if sender == "lan" else 1]
    assert end.stats()["directions"]["lan_to_wan"]["fragmented"] > 0


@both_ways
def test_large_udp_over_ipv6(fresh: hosts.Line, sender: str) -> None:
    """The host itself cuts, and learns from the first datagram, which is lost, how small."""
    source, target, address = fresh.host(sender), fresh.host(hosts.OTHER_SIDE[sender]), far(sender, "ipv6")
    datagram = bytes(4000)
    with UdpReceiver(target, "ipv6", address) as receiver, UdpSender(source, "ipv6", address, discover=False) as out:
        wait_for("4,000 octets", lambda: out.send(datagram) and receiver.receive(patience=0.5) == datagram)
    check_datagrams(fresh, sender, "ipv6", sizes=(1444, 1445, 4000, 8000))


def check_datagrams(wire: hosts.Line, sender: str, family: str, sizes: tuple[int, ...]) -> None:
    source, target, address = wire.host(sender), wire.host(hosts.OTHER_SIDE[sender]), far(sender, family)
    with UdpReceiver(target, family, address) as receiver, UdpSender(source, family, address, discover=False) as out:
        for size in sizes:
            datagram = bytes(number & 0xFF for number in range(size))
            assert out.send(datagram)
            assert receiver.receive(patience=5) == datagram, f"{size} octets"


@both_families
@both_ways
def test_tcp_without_clamping(fresh: hosts.Line, ends: tuple, sender: str, family: str) -> None:
    """Both ends announce what their own link carries; the sender is told, and the download ends."""
    check_download(fresh, hosts.OTHER_SIDE[sender], family)
    stats = ends[0 if sender == "lan" else 1].stats()
    assert stats["directions"]["lan_to_wan"]["dropped"]["too_big"] > 0
    assert stats["control"]["too_big_sent"] > 0
    assert stats["directions"]["lan_to_wan"]["clamped"] == {"ipv4": 0, "ipv6": 0}
    for direction in stats["directions"].values():
        check_conservation(direction)


# --- a LAN that carries less than the line ---


@pytest.fixture(scope="module")
def small(root: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[hosts.Line]:
    with hosts.line(tmp_path_factory.mktemp("small"), lan_mtu=SMALL_LAN_MTU) as wire:
        config = hosts.end_config("a")["ports"]
        config["lan"] |= {"mtu": SMALL_LAN_MTU}
        with started(wire, ports=config):
            yield wire


@both_families
def test_a_small_lan_is_told_of(small: hosts.Line, family: str) -> None:
    """First the line's 1492, by the end at the ISP; then the LAN's 1400, by the other end, through the session."""
    forget(small.isp)
    address = far("isp", family)
    check_udp_with_df(small.isp, small.lan, family, address, SMALL_LAN_MTU)
    assert path_mtu(small.isp, family, address) == SMALL_LAN_MTU


@both_families
def test_tcp_to_a_small_lan(small: hosts.Line, family: str) -> None:
    """The LAN host announces an MSS of its own 1400 octets; the other way the ISP host's is too large for nobody."""
    forget(small.isp)
    check_download(small, "lan", family)
    check_download(small, "isp", family)


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
