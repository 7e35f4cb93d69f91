# SPDX-License-Identifier: BSD-3-Clause
"""Narrows in a virtual machine, whose LAN port is a virtio card and whose WAN port is an e1000, an emulated
82540EM that computes checksums from the offsets it is given (Intel 317453, section 3.3.6).

    lan0 (tap, with marks of unfinished checksums) -- box -- wan0 (tap: what the device has sent)
"""
from __future__ import annotations

import json
import shlex
import socket
import struct
from pathlib import Path
from typing import Any

from support import crafted
from support.checksum_probe import PROBE
from support.namespaces import Namespace, PacketSocket
from support.narrows import BINARY, Config
from support.pppoe_server import MACHINE_SETTINGS
from support.virtual_machine import FIRST_CARD, Card, VirtualMachine

PROGRAM = BINARY.resolve()
DRIVERS = ("bus_pci", "bus_vdev", "mempool_ring", "net_e1000", "net_virtio")
LAN_DEVICE, WAN_DEVICE = (f"0000:00:{FIRST_CARD + number:02x}.0" for number in range(2))
MEMORY_MB = 384
HUGEPAGES = 64


class GuestBox:
    """Boots on entering, its cards in DPDK's hands."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __enter__(self) -> GuestBox:
        self._namespace = Namespace("guest")
        try:
            for tap in ("lan0", "wan0"):
                self._namespace.run("ip", "tuntap", "add", tap, "mode", "tap", *["vnet_hdr"] * (tap == "lan0"))
                self._namespace.run("ip", "link", "set", tap, "up")
            cards = {"lan0": Card(crafted.LAN_MAC, offloads=True), "wan0": Card(crafted.WAN_MAC, "e1000")}
            programs = [PROGRAM, PROBE, *map(driver, DRIVERS)]
            self._machine = VirtualMachine(
                self._namespace, cards, MACHINE_SETTINGS, self._directory, programs, MEMORY_MB
            )
            self._give_to_dpdk()
            self.wan = self._namespace.packet_socket("wan0")
            with self._namespace.entered():
                self._lan = PartialSocket("lan0")
        except BaseException:
            self._namespace.delete()
            raise
        return self

    def __exit__(self, *failure: Any) -> None:
        self._machine.stop()
        self._namespace.delete()

    def _give_to_dpdk(self) -> None:
        # DPDK loads no drivers from below a directory that everybody may write to.
        lines = ["chmod 755 /", f"echo {HUGEPAGES} >/proc/sys/vm/nr_hugepages", "mkdir -p /var/lib/narrows"]
        for device in (LAN_DEVICE, WAN_DEVICE):
            path = f"/sys/bus/pci/devices/{device}"
            lines += [f"[ ! -e {path}/driver ] || echo {device} >{path}/driver/unbind"]
            lines += [f"echo uio_pci_generic >{path}/driver_override"]
            lines += [f"echo {device} >/sys/bus/pci/drivers_probe", f"[ -e {path}/driver ] || exit 1"]
        self._machine.run("\n".join(lines))

    def start(self, config: Config) -> None:
        """`narrows run`; returns when it forwards."""
        self._machine.write("/run/narrows.yaml", json.dumps(config))
        self._machine.run(
            f"setsid {shlex.quote(str(PROGRAM))} run -c /run/narrows.yaml >/run/narrows.log 2>&1 & narrows=$!\n"
            "while kill -0 $narrows; do\n"
            "wget -q -O /dev/null http://127.0.0.1:9480/healthz 2>/dev/null && exit; usleep 20000; done\n"
            "cat /run/narrows.log; exit 1"
        )

    def stop(self) -> str:
        """What Narrows said; it must have given back its buffers."""
        log = self._machine.run(
            "killall narrows\nfor i in $(seq 500); do pidof narrows >/dev/null || break; usleep 20000; done\n"
            "cat /run/narrows.log"
        )
        assert "did not come back" not in log, log
        return log

    def stats(self) -> dict[str, Any]:
        return json.loads(self._machine.run("wget -q -O - http://127.0.0.1:9480/api/v1/stats"))

    def send_unfinished(self, frame: bytes, ip_at: int, tcp_at: int) -> None:
        """Into the LAN, with the checksum left to whoever is to put it on a wire."""
        self._lan.send(frame, ip_at, tcp_at)

    def probe(self, error_octets: int) -> str:
        """checksum_probe on the WAN card."""
        words = [PROBE, "--in-memory", "-a", WAN_DEVICE, "--log-level", "error", "--", error_octets]
        return self._machine.run(shlex.join(map(str, words)))


def driver(name: str) -> Path:
    [found] = Path("/usr/lib").glob(f"*/dpdk/pmds-*/librte_{name}.so.*.*")
    return found


class PartialSocket:
    """Sends frames as a kernel does that leaves TCP checksums to hardware (packet(7), PACKET_VNET_HDR)."""

    _SOL_PACKET, _PACKET_VNET_HDR = 263, 15
    _NEEDS_CHECKSUM, _TCP_FIELD = 1, 16

    def __init__(self, interface: str) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self._socket.setsockopt(self._SOL_PACKET, self._PACKET_VNET_HDR, 1)
        self._socket.bind((interface, 0))

    def send(self, frame: bytes, ip_at: int, tcp_at: int) -> None:
        """`frame` with any checksum; it gets the pseudo-header's sum, which is the rule."""
        field = tcp_at + self._TCP_FIELD
        partial = pseudo_header_sum(frame[ip_at:], len(frame) - tcp_at)
        frame = frame[:field] + partial.to_bytes(2, "big") + frame[field + 2 :]
        header = struct.pack("=BBHHHH", self._NEEDS_CHECKSUM, 0, 0, 0, tcp_at, self._TCP_FIELD)
        self._socket.send(header + frame)


def pseudo_header_sum(packet: bytes, tcp_octets: int) -> int:
    """Not inverted (RFC 9293 §3.1, RFC 8200 §8.1)."""
    addresses = packet[12:20] if packet[0] >> 4 == 4 else packet[8:40]
    total = sum(struct.unpack(f"!{len(addresses) // 2}H", addresses)) + socket.IPPROTO_TCP + tcp_octets
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total
