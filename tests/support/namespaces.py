# SPDX-License-Identifier: BSD-3-Clause
"""Network namespaces with veth pairs between them, for tests that need real interfaces (and root)."""
from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import struct
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator, TypeVar

CLONE_NEWNET = 0x40000000
ETH_P_ALL = 3
PATIENCE_SECONDS = 20.0
POLL_SECONDS = 0.02
OFFLOADS = ("tx", "tso", "gso", "gro", "rx")

_libc = ctypes.CDLL(None, use_errno=True)
Result = TypeVar("Result")


def wait_for(what: str, condition: Callable[[], Result], patience: float = PATIENCE_SECONDS) -> Result:
    """Polls until `condition` gives something true; fails naming `what` when patience ends."""
    deadline = time.monotonic() + patience
    while not (result := condition()):
        assert time.monotonic() < deadline, f"waited {patience} s in vain for {what}"
        time.sleep(POLL_SECONDS)
    return result


def command(*words: Any) -> str:
    """Runs a tool that must succeed; returns what it printed."""
    result = subprocess.run([*map(str, words)], capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert result.returncode == 0, f"{' '.join(map(str, words))}: {result.stderr}"
    return result.stdout


class Namespace:
    """One network namespace; everything started in it ends with it."""

    def __init__(self, label: str) -> None:
        self.name = f"narrows-{os.getpid()}-{label}"
        self._processes: list[subprocess.Popen[Any]] = []
        command("ip", "netns", "add", self.name)
        try:
            # No kernel chatter (router solicitations, address detection) unless a test gives addresses.
            self.run("sysctl", "-q", "-w", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
            self.run("ip", "link", "set", "lo", "up")
        except BaseException:
            self.delete()  # nobody else knows of it, and the next of this name would find it there
            raise

    def words(self, *words: Any) -> list[str]:
        return ["ip", "netns", "exec", self.name, *map(str, words)]

    def run(self, *words: Any) -> str:
        return command(*self.words(*words))

    def start(self, *words: Any, **options: Any) -> subprocess.Popen[Any]:
        process = subprocess.Popen(self.words(*words), stdin=subprocess.DEVNULL, **options)
        self._processes.append(process)
        return process

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Sockets opened inside belong to this namespace for good."""
        with open("/proc/thread-self/ns/net", "rb") as home, open(f"/run/netns/{self.name}", "rb") as there:
            _set_namespace(there.fileno())
            try:
                yield
            finally:
                _set_namespace(home.fileno())

    def packet_socket(self, interface: str | None, buffer_octets: int = 0) -> PacketSocket:
        with self.entered():
            return PacketSocket(interface, buffer_octets)

    def give_addresses(self, interface: str, *addresses: str) -> None:
        self.run("sysctl", "-q", "-w", f"net.ipv6.conf.{interface}.disable_ipv6=0", "net.ipv6.conf.lo.disable_ipv6=0")
        for address in addresses:
            self.run("ip", "address", "add", address, "dev", interface)

    def delete(self) -> None:
        for process in self._processes:
            stop(process)
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True)


def _set_namespace(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def stop(process: subprocess.Popen[Any], signal_number: int = signal.SIGTERM) -> int:
    """Asks a process to end, insists after a while; returns its exit code."""
    if process.poll() is None:
        process.send_signal(signal_number)
    try:
        return process.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


@dataclass(frozen=True)
class Seen:
    """A frame at an interface."""

    octets: bytes
    is_sent: bool  # by this side
    is_partial: bool  # its checksum is to be completed by a device


class PacketSocket:
    """Whole frames in and out of one interface of the current namespace (packet(7))."""

    _SOL_PACKET, _PACKET_AUXDATA, _SO_RCVBUFFORCE = 263, 8, 33
    _AUXDATA = struct.Struct("IIIHHHH")  # status, len, snaplen, mac, net, vlan_tci, vlan_tpid
    _CHECKSUM_NOT_READY, _VLAN_VALID = 1 << 3, 1 << 4

    def __init__(self, interface: str | None, buffer_octets: int = 0) -> None:
        """None: of every interface, those made later too. `buffer_octets`: whatever the machine's limit is."""
        protocol = socket.htons(ETH_P_ALL) if interface is None else 0
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, protocol)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
        if buffer_octets:
            self._socket.setsockopt(socket.SOL_SOCKET, self._SO_RCVBUFFORCE, buffer_octets)
        self._socket.setsockopt(self._SOL_PACKET, self._PACKET_AUXDATA, 1)
        if interface is not None:
            self._socket.bind((interface, ETH_P_ALL))

    def send(self, frame: bytes) -> None:
        self._socket.send(frame)

    def receive(self, count: int, patience: float = PATIENCE_SECONDS) -> list[bytes]:
        """The next `count` frames from the wire; fewer when patience ends."""
        frames: list[bytes] = []
        deadline = time.monotonic() + patience
        while len(frames) < count and (left := deadline - time.monotonic()) > 0:
            self._socket.settimeout(left)
            with contextlib.suppress(TimeoutError):
                seen = self._take()
                if not seen.is_sent:
                    frames.append(seen.octets)
        return frames

    def waiting(self) -> Iterator[Seen]:
        """What has come and gone unread so far."""
        self._socket.setblocking(False)
        with contextlib.suppress(BlockingIOError, OSError):  # the interface may be gone by now
            while True:
                yield self._take()

    def _take(self) -> Seen:
        frame, ancillary, _, (_, _, kind, *_) = self._socket.recvmsg(65536, 64)
        is_partial = False
        for _, _, data in ancillary:
            status, _, _, _, _, tci, tpid = self._AUXDATA.unpack(data)
            is_partial = bool(status & self._CHECKSUM_NOT_READY)
            if status & self._VLAN_VALID:  # the kernel hands the outer VLAN tag over beside the frame
                frame = frame[:12] + struct.pack("!HH", tpid, tci) + frame[12:]
        return Seen(frame, kind == socket.PACKET_OUTGOING, is_partial)

    def close(self) -> None:
        self._socket.close()


_far_ends: dict[tuple[str, str], tuple[Namespace, str]] = {}


def far_end(namespace: Namespace, interface: str) -> tuple[Namespace, str] | None:
    """Namespace and name of the other end of a veth pair."""
    return _far_ends.get((namespace.name, interface))


def veth(one: Namespace, one_name: str, other: Namespace, other_name: str, mtu: int = 1500) -> None:
    """A pair of interfaces, both up, without the offloads that hand over unfinished frames."""
    command(
        "ip", "link", "add", one_name, "netns", one.name, "mtu", mtu,
        "type", "veth", "peer", "name", other_name, "netns", other.name, "mtu", mtu,
    )  # fmt: skip
    ends = (one, one_name), (other, other_name)
    for end, far in (ends, ends[::-1]):
        _far_ends[end[0].name, end[1]] = far
    for namespace, name in ends:
        set_offloads(namespace, name, "off")
        namespace.run("ip", "link", "set", name, "up")


def set_offloads(namespace: Namespace, interface: str, state: str, offloads: tuple[str, ...] = OFFLOADS) -> None:
    namespace.run("ethtool", "-K", interface, *(word for name in offloads for word in (name, state)))


@contextlib.contextmanager
def namespaces(*labels: str) -> Iterator[list[Namespace]]:
    """Namespaces that are gone at the end, with whatever runs in them."""
    made: list[Namespace] = []
    try:
        for label in labels:
            made.append(Namespace(label))
        yield made
    finally:
        for namespace in made:
            namespace.delete()
        gone = {namespace.name for namespace in made}
        for end, far in list(_far_ends.items()):
            if end[0] in gone or far[0].name in gone:
                del _far_ends[end]


class Capture:
    """tcpdump on one interface, from when it listens until stopped."""

    def __init__(self, namespace: Namespace, interface: str, path: Path, *filter_words: str, snap: int = 0) -> None:
        self.path = path
        self._log = path.with_suffix(".log")
        options = ["-i", interface, "-n", "-U", "--immediate-mode", "-Q", "in", "-s", snap, "-B", 131072, "-Z", "root"]
        with self._log.open("w") as log:
            self._process = namespace.start("tcpdump", *options, "-w", path, *filter_words, stderr=log)
        wait_for("tcpdump", lambda: "listening on" in self._log.read_text())

    def stop(self) -> Path:
        stop(self._process)
        assert "\n0 packets dropped by kernel" in self._log.read_text(), self._log.read_text()
        return self.path
