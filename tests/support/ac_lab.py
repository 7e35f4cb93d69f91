# SPDX-License-Identifier: BSD-3-Clause
"""A line whose both ends are Narrows: one dials, the other is the concentrator.

    lan (eth0) -- (lan0) box (wan0) -- PPPoE -- (line0) ac (core0) -- (eth0) internet
"""
from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path
from typing import Any, Iterator

from support.daemon import Daemon, on_veth
from support.hosts import PORT, is_listening
from support.lan_host import LanHost, bracketed, sha256
from support.namespaces import Namespace, veth, wait_for
from support.narrows import Config, terminate

STATE = Path("/var/lib/narrows")
USER, PASSWORD = "user@isp", "a secret of the lab"
OWN, FIRST = "100.64.0.1", "100.64.1.0"
INTERNET = {"ipv4": "100.64.0.2", "ipv6": "2001:db8:2::10"}
PREFIX = "2001:db8:100"
FILE_OCTETS = 2 << 20


class AcLab:
    """The four namespaces; neither end runs yet."""

    def __init__(self, directory: Path, lan: Namespace, box: Namespace, ac: Namespace, internet: Namespace) -> None:
        self.directory = directory
        self.lan, self.box, self.ac, self.internet = lan, box, ac, internet
        veth(lan, "eth0", box, "lan0")
        veth(box, "wan0", ac, "line0", mtu=1508)
        veth(ac, "core0", internet, "eth0")
        internet.give_addresses("eth0", f"{INTERNET['ipv4']}/10", f"{INTERNET['ipv6']}/64")
        internet.run("ip", "-6", "route", "add", f"{PREFIX}::/48", "dev", "eth0")
        self.file = directory / "file"
        with self.file.open("wb") as out:
            subprocess.run(["head", "-c", str(FILE_OCTETS), "/dev/urandom"], stdout=out, check=True)
        server = ["/usr/bin/python3", "-m", "http.server", "--bind", "::", "--directory", directory, PORT]
        internet.start(*server, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for("the web server", lambda: is_listening(internet))

    def secret(self, name: str, text: str) -> str:
        path = self.directory / name
        path.touch(mode=0o600)
        path.write_text(text)
        return str(path)

    def ac_config(self, sessions: int = 10, **fields: Any) -> Config:
        concentrator = {
            "name": "lab",
            "users_file": self.secret("users", f"# NAME PASSWORD\n{USER} {PASSWORD}\n"),
            "sessions": sessions,
            "ipv4": {"own": OWN, "first": FIRST, "dns": ["192.0.2.53"]},
            "ipv6": {"prefix": f"{PREFIX}::/48"},
            "core": {"gateway": INTERNET["ipv4"]},
        }
        if fields.get("auth") == "none":
            del concentrator["users_file"]
        return on_veth({"concentrator": concentrator | fields}, 1, ("core", "line"), line={"mtu": 1508})

    def client_config(self, sessions: int = 1, password: str = PASSWORD) -> Config:
        secret = self.secret("secret", password)
        client = {"username": USER, "password_file": secret, "redial": {"first_s": 1, "max_s": 4}}
        names = [{"name": "isp"}] if sessions == 1 else [
            {"name": f"isp-{number}", "lan": {"vlan": number}} for number in range(1, sessions + 1)
        ]  # fmt: skip
        return on_veth(terminate(*(name | {"client": client} for name in names)), wan={"mtu": 1508})

    @contextlib.contextmanager
    def concentrator(self, config: Config, ends_with: int = 0) -> Iterator[Daemon]:
        with Daemon(self.directory, self.ac, config, "ac", ends_with=ends_with) as ac:
            yield ac

    @contextlib.contextmanager
    def client(self, config: Config, ends_with: int = 0) -> Iterator[Daemon]:
        """One that is killed leaves its sessions to the next, that of the last one are forgotten."""
        try:
            with Daemon(self.directory, self.box, config, ends_with=ends_with) as box:
                yield box
        finally:
            if ends_with == 0:
                (STATE / f"{self.box.name}.sessions").unlink(missing_ok=True)

    def check_download(self, host: LanHost) -> None:
        for family, address in INTERNET.items():
            host.wait_answer(address)
            into = self.directory / "got"
            url = f"http://{bracketed(address)}:{PORT}/file"
            host.namespace.run("curl", "-sS", "--fail", "--max-time", 60, "-o", into, url)
            assert sha256(into) == sha256(self.file), family


def up(daemon: Daemon) -> list[dict[str, Any]]:
    sessions = daemon.stats()["sessions"].values()
    return [each for each in sessions if each["state"] == "up" and each["ipv4_up"] and each["ipv6_up"]]
