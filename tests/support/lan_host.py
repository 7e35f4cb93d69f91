# SPDX-License-Identifier: BSD-3-Clause
"""A Linux host on the LAN that finds its addresses by itself: a DHCP client, router advertisements."""
from __future__ import annotations

import contextlib
import json
import signal
import subprocess
from pathlib import Path
from typing import Any

from support.namespaces import Namespace, wait_for

DHCP_EVENT = Path(__file__).resolve().parent / "dhcp_event"
TRANSFER_SECONDS = 60


class LanHost:
    """Asks for its addresses from its creation on, until its namespace is deleted."""

    def __init__(self, namespace: Namespace, directory: Path, interface: str = "eth0") -> None:
        self.namespace = namespace
        self._interface = interface
        self._directory = directory
        self._lease = directory / "lease"
        namespace.give_addresses(interface)  # none of ours: IPv6 begins with a link-local one
        # No end of tries, one a second; also asks for routes (121) and MTU (26).
        words = ["-f", "-i", interface, "-t", 1000000, "-T", 1, "-O", "staticroutes", "-O", "mtu"]
        with (directory / "udhcpc.log").open("w") as log:
            self._client = namespace.start(
                "env", f"LEASE={self._lease}", "udhcpc", *words, "-s", DHCP_EVENT,
                stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def dhcp_log(self) -> str:
        return (self._directory / "udhcpc.log").read_text()

    def lease(self) -> dict[str, str]:
        """The current lease in udhcpc's words (ip, mask, router, dns, mtu, lease …); empty without one."""
        with contextlib.suppress(FileNotFoundError):
            return dict(line.partition("=")[::2] for line in self._lease.read_text().splitlines())
        return {}

    def renew(self) -> None:
        """Asks for another term at once, instead of when half of this one is over."""
        self._client.send_signal(signal.SIGUSR1)

    def addresses(self, family: str) -> list[str]:
        """Those of global scope that are ready for use."""
        words = ["-json", f"-{family[-1]}", "address", "show", "dev", self._interface, "scope", "global"]
        shown: list[dict[str, Any]] = json.loads(self.namespace.run("ip", *words) or "[]")
        entries = [entry for interface in shown for entry in interface.get("addr_info", []) if entry]
        return [entry["local"] for entry in entries if not {"tentative", "deprecated"} & entry.keys()]

    def wait_address(self, family: str, patience: float = 20.0) -> str:
        return wait_for(f"an {family} address", lambda: self.addresses(family), patience)[0]

    def wait_answer(self, address: str, *options: Any) -> None:
        """Until an echo request is answered; options as of ping."""
        ping = self.namespace.words("ping", "-n", "-c", 1, "-W", 0.3, *options, address)

        def answers() -> bool:
            return subprocess.run(ping, capture_output=True).returncode == 0

        wait_for(f"{address} to answer", answers)

    def download(self, address: str, *options: Any) -> str:
        """SHA-256 sum of the web server's /file as it arrived; options as of curl."""
        into = self._directory / "download"
        self._curl(*options, "-o", into, f"http://{bracketed(address)}/file")
        return sha256(into)

    def upload(self, address: str, file: Path) -> str:
        """SHA-256 sum that the web server makes of what it gets."""
        posted = ["-H", "Expect:", "-H", "Content-Type: application/octet-stream", "--data-binary"]
        return self._curl(*posted, f"@{file}", f"http://{bracketed(address)}/cgi-bin/upload").strip()

    def _curl(self, *words: Any) -> str:
        command = self.namespace.words("curl", "-sS", "--fail", "--max-time", TRANSFER_SECONDS, *words)
        result = subprocess.run(command, capture_output=True, text=True)
        assert result.returncode == 0, result.stderr
        return result.stdout


def bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def sha256(file: Path) -> str:
    return subprocess.run(["sha256sum", file], capture_output=True, text=True, check=True).stdout.split()[0]
