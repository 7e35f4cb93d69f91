# SPDX-License-Identifier: BSD-3-Clause
"""The log: every line is one event in the form that docs/troubleshooting.md describes, with the level in front where
the journal reads it, and none of a kind floods it; a port's link that goes and comes back is told of."""
from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Iterator

import pytest

from support.daemon import Daemon, on_veth
from support.logfmt import LEVELS, Line, parse, parse_all
from support.namespaces import Namespace, namespaces, veth, wait_for
from support.narrows import BINARY, Config, terminate, transparent, write_config

SHOWN = 10  # of one kind, LogLimit::kMost
FLOOD = 15


@pytest.fixture
def place(root: None) -> Iterator[tuple[Namespace, Namespace]]:
    with namespaces("box", "peer") as (box, peer):
        for side in ("lan", "wan"):
            veth(box, f"{side}0", peer, f"{side}1")
        yield box, peer


def log_of(narrows: Daemon) -> list[Line]:
    """Standard output, which is in the same file, is empty until the end."""
    return parse_all("".join(line for line in narrows.output().splitlines(keepends=True) if line.endswith("\n")))


def events_of(narrows: Daemon, kind: str) -> list[str]:
    return [event["text"] for event in narrows.events() if event["kind"] == kind]


@pytest.mark.parametrize("config", (terminate(), transparent()), ids=("terminate", "transparent"))
def test_both_links_are_told_of(place: tuple[Namespace, Namespace], tmp_path: Path, config: Config) -> None:
    box, peer = place
    with Daemon(tmp_path, box, on_veth(config)) as narrows:
        assert not [line for line in log_of(narrows) if line.event.startswith("link_")], "both had one from the start"
        for side in ("lan", "wan"):
            for state, event, text in (("down", "link_down", "no link: see to the cable and to what is at its other end"), ("up", "link_up", "the link is back")):
                peer.run("ip", "link", "set", f"{side}1", state)
                told = lambda: [line for line in log_of(narrows) if line.event == event and line.fields["port"] == side]
                (line,) = wait_for(f"{event} of {side}", told)
                assert line.text == f"ports.{side}: {text}"
                assert line.text in events_of(narrows, event)
        assert len(events_of(narrows, "link_down")) == len(events_of(narrows, "link_up")) == 2


def test_a_flood_of_one_kind_is_held_back_and_told_of(place: tuple[Namespace, Namespace], tmp_path: Path) -> None:
    """By the control thread when its time has come, though nothing else happens; and at the end."""
    box, _ = place
    with Daemon(tmp_path, box, on_veth(terminate())) as narrows:
        narrows.write("colour: blue\n")

        def flood() -> list[str]:
            for _ in range(FLOOD):
                assert narrows.reload().startswith("not reloaded: ")
            return [line.fields.get("suppressed", "") for line in log_of(narrows) if line.event == "reload_refused"]

        assert flood() == [""] * SHOWN
        refused = lambda: [line for line in log_of(narrows) if line.event == "reload_refused"]
        line = wait_for("the end of the time", lambda: len(lines := refused()) > SHOWN and lines[-1])
        assert line.fields == {"suppressed": str(FLOOD - SHOWN)} and str(FLOOD - SHOWN) in line.text
        flood()
        assert narrows.stop() == 0
    log = [parse(line) for line in narrows.output().splitlines() if line.startswith("level=")]
    assert [line.fields for line in log if line.event == "reload_refused"][-1] == {"suppressed": str(FLOOD - SHOWN)}
    assert "stopping" in {line.event for line in log}


@pytest.mark.parametrize("is_journal", (True, False), ids=("journal", "a_shell_within_a_service"))
def test_levels_for_the_journal(tmp_path: Path, is_journal: bool) -> None:
    """sd-daemon(3); JOURNAL_STREAM (systemd.exec(5)) is inherited by whoever writes elsewhere, too."""
    path = write_config(tmp_path, on_veth(terminate(colour="blue"), wan={"mtu": 70000}))
    with (tmp_path / "log").open("w") as log:
        status = os.fstat(log.fileno())
        stream = f"{status.st_dev}:{status.st_ino + (0 if is_journal else 1)}"
        code = subprocess.run([BINARY, "run", "-c", path], stderr=log, env=os.environ | {"JOURNAL_STREAM": stream}).returncode
    assert code == 1
    lines = (tmp_path / "log").read_text().splitlines()
    assert len(lines) == 2
    for text in lines:
        line = parse(text.removeprefix(f"<{LEVELS['error']}>") if is_journal else text)
        assert (line.level, line.event) == ("error", "config_error")
        assert re.match(rf"{re.escape(str(path))}:\d+: {line.fields['key']}: ", line.text), text
        assert text.startswith("<3>") == is_journal


def test_all_that_dpdk_says_when_asked(box: Namespace, tmp_path: Path) -> None:
    """--verbose: one line each too, however many."""
    path = write_config(tmp_path, on_veth(terminate(), wan={"device": "net_nonsense0"}))
    words = box.words(BINARY, "run", "--verbose", "-c", path, "--", "--log-level=*:debug")
    result = subprocess.run(words, capture_output=True, text=True)
    lines = parse_all(result.stderr)
    assert lines[-1].event == "failed" and len([line for line in lines if line.event == "dpdk"]) > SHOWN
