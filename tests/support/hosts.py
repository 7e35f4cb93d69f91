# SPDX-License-Identifier: BSD-3-Clause
"""Two Linux hosts with a PPPoE line between them, whose both ends are Narrows:

    lan (eth0) -- (lan0) a (wan0) -- PPPoE -- (wan0) b (lan0) -- (eth0) isp
"""
from __future__ import annotations

import contextlib
import struct
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterator

from support.captures import read_pcap
from support.daemon import Daemon, on_veth
from support.namespaces import Capture, Namespace, namespaces, veth, wait_for
from support.narrows import Config, session, terminate
from support.path_mtu import ping

MEGABYTE = 1 << 20
PORT = 8000
ADDRESS = {
    "lan": {"ipv4": "203.0.113.9", "ipv6": "2001:db8:1::9"},
    "isp": {"ipv4": "198.51.100.10", "ipv6": "2001:db8:2::10"},
}
GATEWAY = {
    "lan": {"ipv4": "203.0.113.1", "ipv6": "2001:db8:1::1"},
    "isp": {"ipv4": "198.51.100.1", "ipv6": "2001:db8:2::1"},
}
PREFIX = {"ipv4": 24, "ipv6": 64}
WAN_MAC = {"a": "02:00:00:00:0a:02", "b": "02:00:00:00:0b:02"}
OTHER_SIDE = {"lan": "isp", "isp": "lan"}
DOWNLOAD_SECONDS = 60
TIMED_OUT = 28  # curl's exit code


@dataclass
class Line:
    """The four namespaces."""

    lan: Namespace
    a: Namespace
    b: Namespace
    isp: Namespace
    directory: Path

    def host(self, name: str) -> Namespace:
        return {"lan": self.lan, "isp": self.isp}[name]

    def start_web_servers(self, octets: int) -> Path:
        """Both hosts offer the same file of arbitrary octets."""
        file = self.directory / "file"
        with file.open("wb") as out:
            subprocess.run(["head", "-c", str(octets), "/dev/urandom"], stdout=out, check=True)
        for host in (self.lan, self.isp):
            server = ["/usr/bin/python3", "-m", "http.server", "--bind", "::", "--directory", self.directory, PORT]
            host.start(*server, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wait_for("the web server", lambda: is_listening(host))
        return file

    def download(self, client: str, family: str, seconds: int = DOWNLOAD_SECONDS) -> tuple[int, bytes]:
        """From the other host: curl's exit code, and the SHA-256 sum of what it got."""
        return self.fetch(client, ADDRESS[OTHER_SIDE[client]][family], seconds)

    def fetch(self, client: str, address: str, seconds: int = DOWNLOAD_SECONDS) -> tuple[int, bytes]:
        """The same from any address of a web server."""
        host = f"[{address}]" if ":" in address else address
        fetch = f"curl -s --max-time {seconds} http://{host}:{PORT}/file | sha256sum; exit ${{PIPESTATUS[0]}}"
        result = subprocess.run(self.host(client).words("bash", "-c", fetch), capture_output=True)
        return result.returncode, result.stdout.split()[0]

    def check_download(self, client: str, family: str) -> None:
        assert self.download(client, family) == (0, sha256(self.directory / "file")), (client, family)


def is_listening(host: Namespace) -> bool:
    return f":{PORT} " in host.run("ss", "-tln")


def sha256(file: Path) -> bytes:
    return subprocess.run(["sha256sum", str(file)], capture_output=True, check=True).stdout.split()[0]


@contextlib.contextmanager
def line(directory: Path, lan_mtu: int = 1500) -> Iterator[Line]:
    """Interfaces, addresses and routes; Narrows is not started yet."""
    with namespaces("lan", "a", "b", "isp") as (lan, a, b, isp):
        veth(lan, "eth0", a, "lan0", mtu=lan_mtu)
        veth(a, "wan0", b, "wan0")
        veth(b, "lan0", isp, "eth0")
        for name, host in (("lan", lan), ("isp", isp)):
            host.give_addresses("eth0", *(f"{ADDRESS[name][family]}/{PREFIX[family]}" for family in PREFIX))
            host.run("ip", "route", "add", "default", "via", GATEWAY[name]["ipv4"])
            host.run("ip", "-6", "route", "add", "default", "via", GATEWAY[name]["ipv6"])
        yield Line(lan, a, b, isp, directory)


def end_config(which: str, **fields: Any) -> Config:
    """One end of the line. The end at the ISP leaves the MSS alone, as most concentrators do."""
    other = {"a": "b", "b": "a"}[which]
    host = {"a": "lan", "b": "isp"}[which]
    addresses = {"address": ADDRESS[host]["ipv4"], "gateway": GATEWAY[host]["ipv4"]}
    entry = session("line", static={"id": 0x1234, "ac_mac": WAN_MAC[other]}, lan=addresses)
    config = terminate(entry, **({"mss": {"ipv4": "off", "ipv6": "off"}} if which == "b" else {}) | fields)
    return on_veth(config, turn="ab".index(which), wan={"mac": WAN_MAC[which]})


def wait_addresses(host: Namespace) -> None:
    wait_for("address detection", lambda: "tentative" not in host.run("ip", "-6", "address"))


@contextlib.contextmanager
def both_ends(wire: Line, of_b: Config | None = None, **fields_of_a: Any) -> Iterator[tuple[Daemon, Daemon]]:
    with (
        Daemon(wire.directory, wire.a, end_config("a", **fields_of_a)) as a,
        Daemon(wire.directory, wire.b, end_config("b", **of_b or {})) as b,
    ):
        for host in (wire.lan, wire.isp):
            wait_addresses(host)
        yield a, b


@contextlib.contextmanager
def both_ends_without_clamping(wire: Line, **fields_of_a: Any) -> Iterator[tuple[Daemon, Daemon]]:
    """With a file to download; the hosts have talked, so that all neighbours are known."""
    wire.start_web_servers(20 * MEGABYTE)
    with both_ends(wire, mss={"ipv4": "off", "ipv6": "off"}, **fields_of_a) as ends:
        for name in ADDRESS:
            for family in PREFIX:
                wait_for("an echo", lambda: ping(wire.host(name), family, far(name, family), 56).returncode == 0)
        yield ends


def far(name: str, family: str) -> str:
    """The other host's address."""
    return ADDRESS[OTHER_SIDE[name]][family]


@contextlib.contextmanager
def line_captured(wire: Line) -> Iterator[list[Path]]:
    """Both directions of the line: what a DPDK port on a veth sends is seen at the veth's other end."""
    captures = [
        Capture(namespace, "wan0", wire.directory / f"{name}.pcap", "pppoes", snap=128)
        for namespace, name in ((wire.b, "from_a"), (wire.a, "from_b"))
    ]
    paths: list[Path] = []
    yield paths
    paths += [capture.stop() for capture in captures]


# --- what was on the line ---


@dataclass
class Seen:
    """Figures of one direction of a captured line, by family."""

    segments: Counter[str] = field(default_factory=Counter)
    payload: Counter[str] = field(default_factory=Counter)
    largest_packet: Counter[str] = field(default_factory=Counter)
    largest_segment: Counter[str] = field(default_factory=Counter)  # payload and TCP options
    mss: dict[str, set[int]] = field(default_factory=lambda: {"ipv4": set(), "ipv6": set()})


def examine(path: Path) -> Seen:
    """Reads PPPoE frames with plain IP headers, as Linux sends them."""
    seen = Seen()
    for frame in read_pcap(path):
        protocol, version = frame[20:22], frame[22] >> 4
        if protocol not in (b"\x00\x21", b"\x00\x57"):
            continue
        family = "ipv4" if version == 4 else "ipv6"
        note_packet(seen, family, frame[22:])
    return seen


def largest_packet(path: Path) -> int:
    """Of IP packets in PPPoE frames, by PPPoE's LENGTH."""
    return max(struct.unpack_from("!H", frame, 18)[0] - 2 for frame in read_pcap(path))


def note_packet(seen: Seen, family: str, ip: bytes) -> None:
    if family == "ipv4":
        (total,), header, protocol = struct.unpack_from("!H", ip, 2), 20, ip[9]
    else:
        (payload,), header, protocol = struct.unpack_from("!H", ip, 4), 40, ip[6]
        total = payload + header
    seen.largest_packet[family] = max(seen.largest_packet[family], total)
    if protocol != 6:
        return
    tcp_header = (ip[header + 12] >> 4) * 4
    seen.segments[family] += 1
    seen.payload[family] += total - header - tcp_header
    seen.largest_segment[family] = max(seen.largest_segment[family], total - header - 20)
    if ip[header + 13] & 0x02:  # a SYN of Linux has its MSS option first
        assert ip[header + 20 : header + 22] == b"\x02\x04"
        seen.mss[family] |= {int.from_bytes(ip[header + 22 : header + 24], "big")}
