# SPDX-License-Identifier: BSD-3-Clause
"""`narrows capture`: real TCP seen before and after rewriting, read by tshark; nothing is held up by who looks on."""
from __future__ import annotations

import signal
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any, Iterator

import pytest

from support import crafted, hosts
from support.daemon import STATISTICS, Daemon
from support.namespaces import PATIENCE_SECONDS, stop, wait_for
from support.narrows import BINARY, run

SYN = "tcp[tcpflags] & tcp-syn != 0"
FIELDS = ("frame.interface_name", "frame.comment", "tcp.flags.ack", "tcp.options.mss_val", "_ws.malformed")
FILE_OCTETS = 30 * hosts.MEGABYTE  # seen four times: more than a capture's buffers hold


@pytest.fixture(scope="module")
def wire(root: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[hosts.Line]:
    with hosts.line(tmp_path_factory.mktemp("line")) as wire:
        wire.start_web_servers(FILE_OCTETS)
        yield wire


@pytest.fixture(scope="module")
def box(wire: hosts.Line) -> Iterator[Daemon]:
    """The end of the line that clamps."""
    with hosts.both_ends(wire) as (a, _):
        wait_for("an echo", lambda: hosts.ping(wire.lan, "ipv4", hosts.far("lan", "ipv4"), 56).returncode == 0)
        yield a


class Client:
    """`narrows capture` of a running Narrows, from when it captures."""

    def __init__(self, box: Daemon, directory: Path, *options: Any, **streams: Any) -> None:
        self._log = directory / "capture.log"
        command = [BINARY, "capture", "--socket", box.socket, *options]
        with self._log.open("w") as log:
            self.process = subprocess.Popen([*map(str, command)], stderr=log, stdin=subprocess.DEVNULL, **streams)
        wait_for("the capture", self._captures)

    def _captures(self) -> bool:
        assert self.process.poll() is None, self.said()
        return "capturing" in self.said()

    def said(self) -> str:
        return self._log.read_text()

    def end(self, signal_number: int = signal.SIGINT) -> str:
        """What it says at last."""
        assert stop(self.process, signal_number) == 0, self.said()
        return self.said().splitlines()[-1]

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: Any) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def tshark(path: Path, *fields: str) -> list[list[str]]:
    """Fields of every frame."""
    words = [word for field in fields for word in ("-e", field)]
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", *words]
    result = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS * 3)
    assert result.returncode == 0, result.stderr
    return [line.split("\t") for line in result.stdout.splitlines()]


def fetch_small(wire: hosts.Line) -> None:
    """A connection of its own, with next to nothing in it."""
    address = f"http://{hosts.ADDRESS['isp']['ipv4']}:{hosts.PORT}/"
    wire.lan.run("curl", "-s", "-o", "/dev/null", "--max-time", "30", "--head", address)


def test_tshark_reads_syns_live(wire: hosts.Line, box: Daemon, tmp_path: Path) -> None:
    words = [word for field in FIELDS for word in ("-e", field)]
    with (
        Client(box, tmp_path, "--filter", SYN, "-w", "-", stdout=subprocess.PIPE) as client,
        subprocess.Popen(
            ["tshark", "-n", "-l", "-r", "-", "-T", "fields", *words],
            stdin=client.process.stdout, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        ) as reader,
    ):  # fmt: skip
        fetch_small(wire)
        lines = [reader.stdout.readline().rstrip("\n").split("\t") for _ in range(4)]
        assert client.process.poll() is None, "they were read while it went on"
        assert client.end() == "narrows: 4 frames, 0 lost by a full buffer"
    assert lines == [
        ["lan in", "forwarded to wan", "0", "1460", ""],
        ["wan out", "from lan", "0", "1452", ""],
        ["wan in", "forwarded to lan", "1", "1460", ""],
        ["lan out", "from wan", "1", "1452", ""],
    ]


def test_a_filter_looks_into_pppoe(wire: hosts.Line, box: Daemon, tmp_path: Path) -> None:
    """As the user means it; `pppoes` takes frames as they stand."""
    for text, expected in ((SYN, 2), (f"pppoes and {SYN}", 2), ("vlan", 0), (f"not ({SYN}) and tcp port 8000", None)):
        path = tmp_path / "wan.pcapng"
        with Client(box, tmp_path, "--port", "wan", "--filter", text, "-w", path) as client:
            fetch_small(wire)
            client.end()
        flags = [flag for (flag,) in tshark(path, "tcp.flags.syn")]
        if expected is None:
            assert flags and set(flags) == {"0"}, text
        else:
            assert flags == ["1"] * expected, text


def test_a_dropped_frame_says_why(wire: hosts.Line, box: Daemon, tmp_path: Path) -> None:
    path = tmp_path / "lan.pcapng"
    lan_mac = box.stats()["ports"]["lan"]["mac"]
    with Client(box, tmp_path, "--port", "lan", "--point", "before", "--count", "1", "-w", path,
                "--filter", "ether proto 0x9999") as client:  # fmt: skip
        stray = bytes.fromhex(lan_mac.replace(":", "") + crafted.LAN_HOST_MAC.replace(":", "") + "9999") + bytes(46)
        wire.lan.packet_socket("eth0").send(stray)
        assert client.process.wait(PATIENCE_SECONDS) == 0, client.said()
    [[name, comment]] = tshark(path, "frame.interface_name", "frame.comment")
    assert name == "lan in" and comment.startswith("dropped: not_ip (from the LAN")


def test_frames_of_the_control_thread(wire: hosts.Line, box: Daemon, tmp_path: Path) -> None:
    path = tmp_path / "arp.pcapng"
    with Client(box, tmp_path, "--filter", "arp", "--count", "2", "-w", path) as client:
        wire.lan.run("ip", "neigh", "flush", "dev", "eth0")
        fetch_small(wire)
        assert client.process.wait(PATIENCE_SECONDS) == 0, client.said()
    assert tshark(path, "frame.interface_name", "frame.comment") == [
        ["lan in", "punted to the control thread"], ["lan out", "from the control thread"],
    ]  # fmt: skip


def test_a_slow_reader_holds_up_nobody(wire: hosts.Line, box: Daemon, tmp_path: Path) -> None:
    """It loses frames, and is told how many; the download does not notice."""
    path = tmp_path / "slow.pcapng"
    with Client(box, tmp_path, "-w", "-", stdout=subprocess.PIPE) as client:
        wire.check_download("lan", "ipv4")
        client.process.send_signal(signal.SIGINT)
        with path.open("wb") as out:
            subprocess.run(["cat"], stdin=client.process.stdout, stdout=out, check=True)
        last = client.end()
    frames, lost = (int(word) for word in last.split() if word.isdigit())
    assert lost > 0 and "a smaller --snaplen loses fewer" in last
    assert len(tshark(path, "frame.number")) == frames


def test_two_at_once(box: Daemon, tmp_path: Path) -> None:
    """A third is refused, until one of them is gone, however it went."""
    names = [tmp_path / name for name in "abc"]
    for name in names:
        name.mkdir()
    with Client(box, names[0], "-w", names[0] / "f") as first, Client(box, names[1], "-w", names[1] / "f") as second:
        refused = run("capture", "--socket", box.socket, "-w", names[2] / "f")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr == "narrows: 2 captures run already: end one of them first\n"
        assert not (names[2] / "f").exists()
        first.process.kill()
        first.process.wait()

        def again() -> bool:
            return run("capture", "--socket", box.socket, "--duration", "1", "-w", names[2] / "f").returncode == 0

        wait_for("the place of the one that was killed", again)
        assert second.end().endswith("0 lost by a full buffer")


@pytest.mark.parametrize(
    ("options", "problem"),
    (
        (["--filter", "tcp["], "filter 'tcp[': can't parse filter expression: syntax error; pcap-filter(7) says"),
        (["--port", "core"], "port core: write lan, wan or both"),
        (["--count", "0"], "count 0: write a number from 1 to"),
        (["--snaplen", "many"], "snaplen many: write a number from 1 to 262144"),
        (["--duration", "-1"], "duration -1: write a number from 1 to"),
    ),
)
def test_mistakes(box: Daemon, tmp_path: Path, options: list[str], problem: str) -> None:
    result = run("capture", "--socket", box.socket, *options, "-w", tmp_path / "file")
    assert result.returncode == 1 and result.stdout == ""
    assert result.stderr.startswith(f"narrows: {problem}") and result.stderr.count("\n") == 1
    assert not (tmp_path / "file").exists()


def test_never_over_tcp(box: Daemon) -> None:
    url = f"http://{STATISTICS}/api/v1/capture"
    assert box.namespace.run("curl", "-s", "-X", "POST", "-w", "%{http_code}", url).endswith("405")


# Last: it ends the box that the others share.
def test_narrows_stops_meanwhile(wire: hosts.Line, box: Daemon, tmp_path: Path) -> None:
    """The file is complete."""
    path = tmp_path / "last.pcapng"
    with Client(box, tmp_path, "--filter", SYN, "-w", path) as client:
        fetch_small(wire)
        assert box.stop() == 0
        assert client.process.wait(PATIENCE_SECONDS) == 0, client.said()
        assert client.said().splitlines()[-1] == "narrows: 4 frames, 0 lost by a full buffer"
    assert Counter(name for (name,) in tshark(path, "frame.interface_name")) == Counter(
        ["lan in", "wan out", "wan in", "lan out"]
    )
