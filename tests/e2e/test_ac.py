# SPDX-License-Identifier: BSD-3-Clause
"""Both ends of a PPPoE line are Narrows: one dials, the other is the concentrator.

    lan (eth0) -- (lan0) box (wan0) -- PPPoE -- (line0) ac (core0) -- (eth0) internet
"""
from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from pathlib import Path
from typing import Any, Iterator

import pytest

from support.daemon import Daemon, on_veth
from support.hosts import PORT, is_listening
from support.lan_host import LanHost, bracketed, sha256
from support.namespaces import Namespace, namespaces, veth, wait_for
from support.narrows import Config, check_conservation, terminate

STATE = Path("/var/lib/narrows")
USER, PASSWORD = "user@isp", "a secret of the lab"
OWN, FIRST = "100.64.0.1", "100.64.1.0"
INTERNET = {"ipv4": "100.64.0.2", "ipv6": "2001:db8:2::10"}
PREFIX = "2001:db8:100"
FILE_OCTETS = 2 << 20
MANY = 1000
UP_SECONDS = 60
FLOOD_SECONDS = 6

pytestmark = pytest.mark.usefixtures("root")


class Lab:
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
    def concentrator(self, config: Config) -> Iterator[Daemon]:
        with Daemon(self.directory, self.ac, config, "ac") as ac:
            yield ac

    @contextlib.contextmanager
    def client(self, config: Config) -> Iterator[Daemon]:
        try:
            with Daemon(self.directory, self.box, config) as box:
                yield box
        finally:
            (STATE / f"{self.box.name}.sessions").unlink(missing_ok=True)

    def check_download(self, host: LanHost) -> None:
        for family, address in INTERNET.items():
            host.wait_answer(address)
            into = self.directory / "got"
            url = f"http://{bracketed(address)}:{PORT}/file"
            host.namespace.run("curl", "-sS", "--fail", "--max-time", 60, "-o", into, url)
            assert sha256(into) == sha256(self.file), family


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with namespaces("lan", "box", "ac", "internet") as made:
        yield Lab(tmp_path, *made)


def up(daemon: Daemon) -> list[dict[str, Any]]:
    sessions = daemon.stats()["sessions"].values()
    return [each for each in sessions if each["state"] == "up" and each["ipv4_up"] and each["ipv6_up"]]


@pytest.mark.parametrize("auth, mtu", (("chap-md5", 1492), ("mschapv2", 1500), ("pap", 1492), ("none", 1500)))
def test_download(lab: Lab, auth: str, mtu: int) -> None:
    """The LAN host gets its addresses by DHCP and router advertisement, and gets through by both families."""
    with lab.concentrator(lab.ac_config(auth=auth, mtu=mtu)) as ac, lab.client(lab.client_config()) as box:
        host = LanHost(lab.lan, lab.directory)
        [here] = wait_for("the session to come up", lambda: up(box))
        [there] = wait_for("the session at the concentrator", lambda: up(ac))
        assert here["client"]["address"] == there["client"]["address"] == FIRST
        assert here["client"]["peer_address"] == there["client"]["peer_address"] == OWN
        assert here["client"]["dns"] == ["192.0.2.53"]
        assert here["mtu"] == there["mtu"] == mtu
        assert here["id"] == there["id"]
        assert host.wait_address("ipv4") == FIRST
        assert host.wait_address("ipv6").startswith(f"{PREFIX}:")
        lab.check_download(host)
        for daemon in (ac, box):
            for direction in daemon.stats()["directions"].values():
                check_conservation(direction)
            assert PASSWORD not in daemon.output()


@pytest.mark.parametrize("auth", ("chap-md5", "mschapv2", "pap"))
def test_wrong_password(lab: Lab, auth: str) -> None:
    with lab.concentrator(lab.ac_config(auth=auth)) as ac, lab.client(lab.client_config(password="wrong")) as box:
        for daemon in (ac, box):
            wait_for("the refusal", lambda: "user name or password refused" in daemon.output())
            assert up(daemon) == []
            assert "wrong" not in daemon.output() and PASSWORD not in daemon.output()


def test_either_end_stops(lab: Lab) -> None:
    """Each takes its leave of the other, and a client that comes back is served at once."""
    with lab.concentrator(lab.ac_config()) as ac:
        with lab.client(lab.client_config()) as box:
            wait_for("the session to come up", lambda: up(box) and up(ac))
        wait_for("the end of the session", lambda: not up(ac), 2)
        with lab.client(lab.client_config()) as box:
            wait_for("the next session", lambda: up(box) and up(ac))
            assert ac.stop() == 0
            wait_for("the client to notice", lambda: "by the concentrator" in box.output(), 3)


def test_echo_survives_a_saturated_line(lab: Lab) -> None:
    """Both ends ask every second and give up soon; the flood has no answer that would count as life."""
    impatient = {"interval_s": 1, "failures": 2}
    config = lab.client_config()
    config["sessions"][0]["client"]["echo"] = impatient
    with lab.concentrator(lab.ac_config(echo=impatient)) as ac, lab.client(config) as box:
        host = LanHost(lab.lan, lab.directory)
        wait_for("the session to come up", lambda: up(box) and up(ac))
        host.wait_address("ipv4")
        with lab.internet.entered():
            sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # never read: no port unreachable comes back
        sink.bind((INTERNET["ipv4"], 9))
        with lab.lan.entered():
            source = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        ends = time.monotonic() + FLOOD_SECONDS
        while time.monotonic() < ends:
            for _ in range(1000):
                with contextlib.suppress(BlockingIOError, OSError):
                    source.sendto(bytes(1400), socket.MSG_DONTWAIT, (INTERNET["ipv4"], 9))
        for daemon in (ac, box):
            [session] = up(daemon)
            assert session["client"]["times_up"] == 1, daemon.output()
        assert box.stats()["directions"]["lan_to_wan"]["received"] > 100_000
        source.close()
        sink.close()


def test_many_sessions(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    """From one process to the other, each with an address of its own."""
    with lab.concentrator(lab.ac_config(sessions=MANY)) as ac:
        started = time.monotonic()
        with lab.client(lab.client_config(sessions=MANY)) as box:
            wait_for(f"{MANY} sessions", lambda: len(up(box)) == len(up(ac)) == MANY, UP_SECONDS)
            seconds = time.monotonic() - started
            assert len({each["client"]["address"] for each in up(box)}) == MANY
        wait_for("all of them to end", lambda: not up(ac), 5)
    with capsys.disabled():
        print(f"\n  {MANY} sessions up at both ends {seconds:.2f} s after the start", end=" ")
