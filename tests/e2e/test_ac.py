# SPDX-License-Identifier: BSD-3-Clause
"""Both ends of a PPPoE line are Narrows: one dials, the other is the concentrator."""
from __future__ import annotations

import contextlib
import hashlib
import socket
import time

import pytest

from support import chap_dialler, control_socket
from support.ac_lab import FIRST, INTERNET, OWN, PASSWORD, PREFIX, USER, AcLab, up
from support.chap_dialler import ChapDialler
from support.lan_host import LanHost
from support.namespaces import wait_for
from support.narrows import check_conservation

MANY = 1000
UP_SECONDS = 60
FLOOD_SECONDS = 6

pytestmark = pytest.mark.usefixtures("root")


@pytest.mark.parametrize("auth, mtu", (("chap-md5", 1492), ("mschapv2", 1500), ("pap", 1492), ("none", 1500)))
def test_download(lab: AcLab, auth: str, mtu: int) -> None:
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


def test_another_address(lab: AcLab) -> None:
    """After a dial that gave another address the LAN host asks to go on with its old one, and is refused it at once:
    else it would keep it, and be cut off, until its lease ends."""
    with lab.concentrator(lab.ac_config()), lab.client(lab.client_config()) as box:
        host = LanHost(lab.lan, lab.directory)
        before = host.wait_address("ipv4")
        assert control_socket.ask(box.socket, "/api/v1/sessions/isp/redial", "POST")[0] == 200
        wait_for("the next session", lambda: [one["client"]["address"] for one in up(box)] not in ([], [before]))
        host.renew()
        wait_for("the host's new address", lambda: host.addresses("ipv4") not in ([], [before]))
        host.wait_answer(INTERNET["ipv4"])
        assert "received DHCP NAK" in host.dhcp_log() and "lease lost" not in host.dhcp_log()


@pytest.mark.parametrize("auth", ("chap-md5", "mschapv2", "pap"))
def test_wrong_password(lab: AcLab, auth: str) -> None:
    with lab.concentrator(lab.ac_config(auth=auth)) as ac, lab.client(lab.client_config(password="wrong")) as box:
        for daemon in (ac, box):
            wait_for("the refusal", lambda: "user name or password refused" in daemon.output())
            assert up(daemon) == []
            assert "wrong" not in daemon.output() and PASSWORD not in daemon.output()


def test_a_recorded_response_opens_no_session(lab: AcLab) -> None:
    """Who has heard another's CHAP dials too, and says the same once more; who knows the password gets in."""
    with lab.concentrator(lab.ac_config(auth="chap-md5")) as ac:
        line, far = lab.box.packet_socket("wan0"), lab.ac.packet_socket("line0")
        with contextlib.closing(line), contextlib.closing(far), lab.client(lab.client_config()) as box:
            wait_for("the session to come up", lambda: up(box) and up(ac))
            # Each where it comes in: what a port sends passes no socket of its own side.
            theirs = chap_dialler.recorded(line.waiting(), chap_dialler.CHALLENGE)
            said = chap_dialler.recorded(far.waiting(), chap_dialler.RESPONSE)

            thief = ChapDialler(line, "02:00:00:00:66:01")
            asked = thief.challenge()
            assert chap_dialler.chap_value(asked.data) != chap_dialler.chap_value(theirs.data)
            assert thief.verdict(asked.identifier, said.data) == chap_dialler.FAILURE
            wait_for("the refusal", lambda: "user name or password refused" in ac.output())
            assert [each["id"] for each in up(ac)] == [each["id"] for each in up(box)]
            assert up(box)[0]["client"]["times_up"] == 1

            friend = ChapDialler(line, "02:00:00:00:66:02")
            asked = friend.challenge()
            secret = bytes([asked.identifier]) + PASSWORD.encode() + chap_dialler.chap_value(asked.data)
            answer = b"\x10" + hashlib.md5(secret).digest() + USER.encode()
            assert friend.verdict(asked.identifier, answer) == chap_dialler.SUCCESS


def test_either_end_stops(lab: AcLab) -> None:
    """Each takes its leave of the other, and a client that comes back is served at once."""
    with lab.concentrator(lab.ac_config()) as ac:
        with lab.client(lab.client_config()) as box:
            wait_for("the session to come up", lambda: up(box) and up(ac))
        wait_for("the end of the session", lambda: not up(ac), 2)
        with lab.client(lab.client_config()) as box:
            wait_for("the next session", lambda: up(box) and up(ac))
            assert ac.stop() == 0
            wait_for("the client to notice", lambda: "by the concentrator" in box.output(), 3)


def test_echo_survives_a_saturated_line(lab: AcLab) -> None:
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


def test_many_sessions(lab: AcLab, capsys: pytest.CaptureFixture[str]) -> None:
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
