# SPDX-License-Identifier: BSD-3-Clause
"""Narrows dials a real concentrator, and a LAN host that finds its addresses by itself gets through:

    lan (eth0) -- (lan0) box (wan0) -- PPPoE -- concentrator, web server

Every case ends with downloads and uploads of that host over IPv4 and IPv6, and prints how long things took.
"""
from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import Any, Callable, Iterator, TypeVar

import pytest

from support import hosts
from support.daemon import Daemon, on_veth
from support.lan_host import LanHost, sha256
from support.namespaces import Capture, Namespace, namespaces, veth, wait_for
from support.narrows import Config, check_conservation, terminate
from support.outage import Watch
from support.pppoe_server import (
    CLIENT_DUID, DELEGATED_PREFIX, PASSWORD, SERVER_ADDRESS, SERVER_MAC, USER, PppoeServer, ServerOptions,
    ServerSession,
)  # fmt: skip
from support.prefix_delegation import ask_for_prefix

Result = TypeVar("Result")
STATE = Path("/var/lib/narrows")
FAMILIES = ("ipv4", "ipv6")
UPLOAD_OCTETS = 1 << 20
WRONG = "not the password"
DIAL_SECONDS = 30  # in the worst case several tries, and ten times the pause after refused credentials


class Dialling:
    """Narrows at work between the LAN host and the concentrator."""

    def __init__(self, server: PppoeServer, directory: Path, lan: Namespace, box: Namespace) -> None:
        self.server = server
        self.directory = directory
        self.narrows: Daemon | None = None
        self.times: list[tuple[str, float]] = []
        self.lan = lan
        self._box = box
        self._started = 0.0
        veth(lan, "eth0", box, "lan0")
        self.port = server.connect(box, "wan0")  # the cable's other end
        self.host = LanHost(lan, directory)

    @contextlib.contextmanager
    def running(self, config: Config, ends_with: int = 0) -> Iterator[Daemon]:
        self.start_clock()
        with Daemon(self.directory, self._box, config, ends_with=ends_with) as self.narrows:
            yield self.narrows

    def forget_sessions(self) -> None:
        """Those that a run which did not end well has left for the next."""
        (STATE / f"{self._box.name}.sessions").unlink(missing_ok=True)

    def start_clock(self) -> None:
        self._started = time.monotonic()
        self.times = []

    def measure(self, fail: Callable[[], Any], mend: Callable[[], Any] = lambda: None) -> None:
        """How long a fault cuts the LAN off."""
        with Watch(lambda: self.narrows, self.lan, SERVER_ADDRESS["ipv4"]) as watch:
            outage = watch.measure(fail, mend)
        self.start_clock()
        self.times = [("cut off", outage.after_fault), ("back after the mend", outage.after_mend)]
        if outage.noticed is not None:
            self.times.insert(0, ("noticed", outage.noticed))

    def note(self, what: str) -> None:
        if what not in dict(self.times):
            self.times.append((what, time.monotonic() - self._started))

    # --- what Narrows says of its session ---

    def session(self) -> dict[str, Any]:
        return self.narrows.stats()["sessions"]["isp"]

    def last_error(self) -> str:
        return self.session()["client"]["last_error"]

    def wait_up(self) -> dict[str, Any]:
        """Both families."""
        def up() -> dict[str, Any] | None:
            session = self.session()
            return session if session["state"] == "up" and session["ipv4_up"] and session["ipv6_up"] else None

        session = self.wait_for("the session to come up", up)
        self.note("up")
        return session

    def wait_error(self, words: str) -> None:
        """Until Narrows has logged a failure that is described so."""
        self.wait_for(f"the failure “{words}”", lambda: words in self.narrows.output())

    def wait_for(self, what: str, condition: Callable[[], Result]) -> Result:
        """As long as dialling may take; fails with what both ends have to say."""
        try:
            return wait_for(what, condition, DIAL_SECONDS)
        except AssertionError as error:
            seen = f"{self.session()}\n{self.narrows.output()}\n{self.server.run('cat /run/pppd.log; true')}"
            raise AssertionError(f"{error}\n{seen}") from None

    # --- what must be so once it is up ---

    def check(self, mtu: int = 1492) -> None:
        """The session is as the concentrator sees it, the host has its address and gets through."""
        session = self.wait_up()
        client = session["client"]
        [seen] = wait_for("the concentrator to see one session", self.complete_sessions)
        assert (session["id"], session["ac_mac"], client["address"]) == (seen.id, SERVER_MAC, seen.ipv4)
        assert session["mtu"] == seen.mtu == mtu
        assert client["dns"] == list(self.server.options.dns)
        self.check_lease(client["address"], mtu)
        self.wait_answers()
        self.check_traffic()
        for direction in self.narrows.stats()["directions"].values():
            check_conservation(direction)

    def check_next(self, mtu: int = 1492) -> dict[str, Any]:
        """The same of the next session, which may have another address."""
        session = self.wait_up()
        self.host.renew()
        self.check(mtu)
        return session

    def complete_sessions(self) -> list[ServerSession]:
        """Of the concentrator; what runs there when a protocol comes up has run."""
        return [session for session in self.server.sessions() if session.ipv4 and session.ipv6_prefix]

    def check_lease(self, address: str, mtu: int) -> None:
        """The host has exactly the negotiated address, with all that belongs to it."""
        self.wait_for(f"the lease of {address}", lambda: self.host.addresses("ipv4") == [address])
        self.note("lease")
        lease = self.host.lease()
        assert lease["ip"] == address
        assert lease["mtu"] == str(mtu)
        assert lease["dns"].split() == list(self.server.options.dns)
        assert int(lease["lease"]) <= 600, "it ends soon after the session"

    def wait_answers(self) -> None:
        """The first packets that went to the far side and back."""
        self.host.wait_answer(SERVER_ADDRESS["ipv4"])
        self.note("first IPv4 answer")
        self.host.wait_address("ipv6")
        self.host.wait_answer(SERVER_ADDRESS["ipv6"])
        self.note("first IPv6 answer")

    def check_traffic(self) -> None:
        expected = self.server.file_sum()
        posted = self.directory / "posted"
        posted.write_bytes(os.urandom(UPLOAD_OCTETS))
        for family in FAMILIES:
            assert self.host.download(SERVER_ADDRESS[family]) == expected, family
            assert self.host.upload(SERVER_ADDRESS[family], posted) == sha256(posted), family
        self.note("files through")

    def times_text(self) -> str:
        return ", ".join(f"{what} {seconds:.2f} s" for what, seconds in self.times)


@pytest.fixture
def dialling(concentrator: PppoeServer, tmp_path: Path) -> Iterator[Dialling]:
    with namespaces("lan", "box") as (lan, box):
        dialling = Dialling(concentrator, tmp_path, lan, box)
        yield dialling
    dialling.forget_sessions()


def config(directory: Path, wan: Config | None = None, wan_mtu: int = 1500) -> Config:
    """A session that is dialled: by someone impatient, and else as it would be at home."""
    secret = directory / "isp.secret"
    secret.touch(mode=0o600)
    secret.write_text(PASSWORD + "\n")
    pace: Config = {"echo": {"interval_s": 1, "failures": 3}, "redial": {"first_s": 1, "max_s": 4}}
    session: Config = {
        "name": "isp",
        "client": {"username": USER, "password_file": str(secret)} | pace,
        "lan": {"hand_out": "dhcp"},
        "wan": wan or {},
    }
    return on_veth(terminate(session), wan={"mtu": wan_mtu})


@pytest.fixture
def times(
    request: pytest.FixtureRequest, dialling: Dialling, capsys: pytest.CaptureFixture[str]
) -> Iterator[None]:
    """Prints them when the test is over, also when it passes."""
    yield
    with capsys.disabled():
        print(f"\n  {request.node.name}: {dialling.times_text()}", end=" ")


pytestmark = pytest.mark.usefixtures("times")


@pytest.mark.parametrize("auth", ("pap", "chap-md5", "mschap-v2"))
def test_authentication(dialling: Dialling, tmp_path: Path, auth: str) -> None:
    dialling.server.start(ServerOptions(auth=auth))
    with dialling.running(config(tmp_path)) as narrows:
        dialling.check()
        [seen] = dialling.server.sessions()
        assert seen.user == USER
        assert PASSWORD not in narrows.output()


@pytest.mark.parametrize("mtu", (1492, 1500))
def test_mtu(dialling: Dialling, tmp_path: Path, mtu: int) -> None:
    """RFC 4638: asked for where the port has room, used where the concentrator agrees; to the full."""
    dialling.server.start(ServerOptions(mtu=mtu))
    with dialling.running(config(tmp_path, wan_mtu=1508)):
        dialling.wait_up()
        captures = [
            Capture(dialling.server.line, interface, tmp_path / f"{interface}.pcap", "pppoes", snap=128)
            for interface in (dialling.port, "server0")
        ]
        dialling.check(mtu)
        for capture in captures:
            seen = hosts.examine(capture.stop())
            for family, headers in (("ipv4", 40), ("ipv6", 60)):
                assert seen.largest_packet[family] == mtu, "by downloads one way, uploads the other"
                assert max(seen.mss[family]) <= mtu - headers


def test_port_without_room(dialling: Dialling, tmp_path: Path) -> None:
    """The concentrator would take 1500 octets, but the port's MTU is 1500 with the PPPoE header."""
    dialling.server.start(ServerOptions(mtu=1500))
    with dialling.running(config(tmp_path)):
        dialling.check(1492)


def test_vlan_7(dialling: Dialling, tmp_path: Path) -> None:
    dialling.server.start(ServerOptions(vlan=7))
    with dialling.running(config(tmp_path, wan={"vlans": [7]})):
        dialling.check()


def test_prefix_delegation(dialling: Dialling, tmp_path: Path) -> None:
    """A router on the LAN is delegated a prefix by DHCPv6; a host with an address of it gets through."""
    dialling.server.start(ServerOptions(delegates=True))
    with dialling.running(config(tmp_path)):
        dialling.check()
        assert ask_for_prefix(dialling.lan, "eth0", CLIENT_DUID) == DELEGATED_PREFIX
        address = DELEGATED_PREFIX.replace("::/56", ":1::9")
        dialling.lan.run("ip", "address", "add", f"{address}/64", "dev", "lo")
        dialling.host.wait_answer(SERVER_ADDRESS["ipv6"], "-I", address)
        expected = dialling.server.file_sum()
        assert dialling.host.download(SERVER_ADDRESS["ipv6"], "--interface", address) == expected


@pytest.mark.parametrize("auth", ("pap", "mschap-v2"))
def test_wrong_password(dialling: Dialling, tmp_path: Path, auth: str) -> None:
    """Said so, not hammered at, and tried again without end: it comes up once the other side knows better."""
    dialling.server.start(ServerOptions(auth=auth, users={USER: WRONG}))
    with dialling.running(config(tmp_path)) as narrows:
        dialling.wait_error("user name or password refused")
        dialling.note("refused")
        session = dialling.session()
        assert session["state"] != "up" and session["client"]["times_up"] == 0
        assert "refused" in session["client"]["last_error"]
        assert session["client"]["dials"] == 1, "the next try is far off"
        assert dialling.host.addresses("ipv4") == []
        dialling.server.start(ServerOptions(auth=auth))
        dialling.check()
        assert dialling.last_error() == ""
        assert PASSWORD not in narrows.output()


@pytest.mark.parametrize("how", ("softly", "hard"))
def test_killed(dialling: Dialling, tmp_path: Path, how: str) -> None:
    """The concentrator ends the session and stays; the next session has another address."""
    kill, words = {
        "softly": (dialling.server.kill_softly, "ended by the concentrator"),
        "hard": (dialling.server.kill_hard, "killed by the concentrator"),
    }[how]
    dialling.server.start()
    with dialling.running(config(tmp_path)):
        dialling.check()
        before = dialling.session()
        dialling.measure(kill)
        dialling.wait_error(words)
        after = dialling.check_next()
        assert after["client"]["address"] != before["client"]["address"]


def test_killed_silently(dialling: Dialling, tmp_path: Path) -> None:
    """Only unanswered echoes tell. While there is no concentrator, Narrows says so and goes on trying."""
    dialling.server.start()
    with dialling.running(config(tmp_path)):
        dialling.check()

        def mend() -> None:
            dialling.wait_error("silent (LCP echo)")
            dialling.wait_error("no PADO")
            assert dialling.session()["state"] != "up"
            dialling.server.restart()

        dialling.measure(dialling.server.silence, mend)
        dialling.check_next()


def test_restarted(dialling: Dialling, tmp_path: Path) -> None:
    """A concentrator that has lost its memory answers no frame of the old session."""
    dialling.server.start()
    with dialling.running(config(tmp_path)):
        dialling.check()
        dialling.measure(dialling.server.silence, dialling.server.restart)
        dialling.wait_error("session isp: the concentrator")  # went silent, or no longer knows the session
        dialling.check_next()


def test_line_broken(dialling: Dialling, tmp_path: Path) -> None:
    """Each end gives the session up for itself, and neither hears the other say so."""
    dialling.server.start(ServerOptions(pppd=("lcp-echo-interval 1", "lcp-echo-failure 2", "lcp-restart 1")))
    with dialling.running(config(tmp_path)):
        dialling.check()

        def mend() -> None:
            try:
                dialling.wait_error("silent (LCP echo)")
                wait_for("the concentrator to notice", lambda: dialling.server.sessions() == [])
            finally:
                dialling.server.plug_in()

        dialling.measure(dialling.server.unplug, mend)
        dialling.check_next()


def test_rebooted(dialling: Dialling, tmp_path: Path) -> None:
    """The whole machine, with a link that goes down; what it starts with is what it had."""
    dialling.server.start()
    with dialling.running(config(tmp_path)):
        dialling.check()
        dialling.measure(dialling.server.lose_power, dialling.server.boot_again)
        dialling.check_next()


def test_stopped(dialling: Dialling, tmp_path: Path) -> None:
    """Narrows takes its leave, and the concentrator keeps nothing."""
    dialling.server.start()
    with dialling.running(config(tmp_path)) as narrows:
        dialling.check()
        assert narrows.stop() == 0
        wait_for("the concentrator to forget the session", lambda: dialling.server.sessions() == [], 5)
        assert "LCP terminated by peer" in dialling.server.run("cat /run/pppd.log")


def test_crashed(dialling: Dialling, tmp_path: Path) -> None:
    """The next run closes what the crashed one left open: many providers allow one session."""
    dialling.server.start()
    settings = config(tmp_path)
    with contextlib.ExitStack() as stack:
        narrows = stack.enter_context(dialling.running(settings, ends_with=-signal.SIGKILL))
        dialling.check()
        [left] = dialling.server.sessions()

        def kill() -> None:
            narrows.process.kill()
            narrows.process.wait()

        dialling.measure(kill, lambda: stack.enter_context(dialling.running(settings)))
        dialling.wait_up()
        wait_for("the old session to be closed", lambda: left not in dialling.server.sessions(), 5)
        assert dialling.check_next()["id"] != left.id
