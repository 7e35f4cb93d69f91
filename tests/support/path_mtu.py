# SPDX-License-Identifier: BSD-3-Clause
"""What a Linux host believes about a path, and UDP senders that find it out as programs do."""
from __future__ import annotations

import errno
import re
import socket
import subprocess

from support.namespaces import Namespace, wait_for

PORT = 5000
LARGEST_DATAGRAM = 65535
HEADERS = {"ipv4": 28, "ipv6": 48}  # IP and UDP, or IP and ICMP
_FAMILY = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
# From linux/in.h and linux/in6.h: Python has no names for them.
_LEVEL = {"ipv4": socket.IPPROTO_IP, "ipv6": socket.IPPROTO_IPV6}
_MTU_DISCOVER, _MTU = {"ipv4": 10, "ipv6": 23}, {"ipv4": 14, "ipv6": 24}
_DONT_FRAGMENT_OF_IPV6 = 62
_NEVER, _ALWAYS = 0, 2  # IP_PMTUDISC_DONT, IP_PMTUDISC_DO


def forget(host: Namespace) -> None:
    """All that was learned about paths."""
    host.run("ip", "-4", "route", "flush", "cache")
    host.run("ip", "-6", "route", "flush", "cache")


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
        # Answers to earlier datagrams may still come, and refuse whatever is sent next.
        wait_for("a datagram that fits to be taken", lambda: sender.send(datagram))
        assert receiver.receive(patience=5) == datagram
        assert not sender.send(datagram + b"x")


class UdpReceiver:
    """Takes datagrams sent to one address."""

    def __init__(self, host: Namespace, family: str, address: str) -> None:
        with host.entered():
            self._socket = socket.socket(_FAMILY[family], socket.SOCK_DGRAM)
        self._socket.bind((address, PORT))

    def receive(self, patience: float) -> bytes | None:
        self._socket.settimeout(patience)
        try:
            return self._socket.recv(LARGEST_DATAGRAM)
        except TimeoutError:
            return None

    def __enter__(self) -> UdpReceiver:
        return self

    def __exit__(self, *failure: object) -> None:
        self._socket.close()


class UdpSender:
    """A connected socket. With `discover`, as a VPN or QUIC sends: DF, and told when a datagram was too long."""

    def __init__(self, host: Namespace, family: str, address: str, discover: bool) -> None:
        self._family = family
        with host.entered():
            self._socket = socket.socket(_FAMILY[family], socket.SOCK_DGRAM)
        self._socket.setsockopt(_LEVEL[family], _MTU_DISCOVER[family], _ALWAYS if discover else _NEVER)
        if family == "ipv6" and discover:
            self._socket.setsockopt(socket.IPPROTO_IPV6, _DONT_FRAGMENT_OF_IPV6, 1)
        self._socket.connect((address, PORT))

    def mtu(self) -> int:
        return self._socket.getsockopt(_LEVEL[self._family], _MTU[self._family])

    def send(self, datagram: bytes) -> bool:
        """False when the kernel knows by now that such a datagram does not fit (EMSGSIZE)."""
        try:
            self._socket.send(datagram)
        except OSError as error:
            if error.errno != errno.EMSGSIZE:
                raise
            return False
        return True

    def largest(self) -> int:
        """Octets of data that fit by what is known."""
        return self.mtu() - HEADERS[self._family]

    def learn(self, octets: int) -> None:
        """Sends datagrams of this size until one is refused."""
        wait_for("EMSGSIZE", lambda: not self.send(bytes(octets)))

    def __enter__(self) -> UdpSender:
        return self

    def __exit__(self, *failure: object) -> None:
        self._socket.close()
