# SPDX-License-Identifier: BSD-3-Clause
"""Completion in real shells offers what `--help` says, and the manual pages say all of it."""
from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support.narrows import BINARY, ROOT, TIMEOUT_SECONDS, run

COMPLETIONS = ROOT / "conf" / "completions"
BASH = """
source "$1" && shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_narrows "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""
MAKE_PAGE = ROOT / "scripts" / "make-man-page"


def help_of(*command: str) -> list[str]:
    return run(*command, "--help").stdout.splitlines()


def commands() -> list[str]:
    lines = help_of()
    listed = lines[lines.index("Subcommands:") + 1 :]
    return [line.split()[0] for line in listed[: listed.index("")] if re.match(r"  \S", line)]


def options(*command: str) -> set[str]:
    names = [re.match(r"  (-\S+)", line) for line in help_of(*command)]
    return {option for name in names if name for option in name.group(1).split(",")}


def completed(*words: str, directory: Path | None = None) -> set[str]:
    """What bash offers for the last word."""
    script = ["bash", "--norc", "-c", BASH, "bash", str(COMPLETIONS / "narrows"), str(BINARY), *words]
    result = subprocess.run(script, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, cwd=directory)
    assert (result.returncode, result.stderr) == (0, "")
    return set(result.stdout.split())


def test_bash_completes_commands() -> None:
    assert completed("") == set(commands())
    assert completed("re") == {name for name in commands() if name.startswith("re")}


@pytest.mark.parametrize("command", commands())
def test_bash_completes_options(command: str) -> None:
    assert completed(command, "-") == options(command)
    assert completed(command, "--h") == {option for option in options(command) if option.startswith("--h")}


def test_bash_completes_values_and_files(tmp_path: Path) -> None:
    (tmp_path / "isp.yaml").touch()
    assert completed("run", "-c", "", directory=tmp_path) == {"isp.yaml"}
    assert completed("check", "--config", "is", directory=tmp_path) == {"isp.yaml"}
    assert completed("bench", "--family", "") == {"ipv4", "ipv6"}
    assert completed("run", "-v", "", directory=tmp_path) == options("run")


def test_zsh_reads_its_file() -> None:
    if not shutil.which("zsh"):
        pytest.skip("needs zsh")
    result = subprocess.run(["zsh", "-n", COMPLETIONS / "_narrows"], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")


# --- manual pages ---


def page(*words: object) -> str:
    """As text without fonts and escapes."""
    made = subprocess.run([str(MAKE_PAGE), *map(str, words)], capture_output=True, text=True, timeout=TIMEOUT_SECONDS)
    assert (made.returncode, made.stderr) == (0, "")
    return made.stdout


def plain(text: str) -> str:
    return re.sub(r"\\f[BIR]|\\&", "", text).replace("\\-", "-").replace("\\e", "\\")


def test_narrows_8_has_every_command_and_option() -> None:
    text = plain(page("commands", ROOT / "docs/man/narrows.8.in", BINARY))
    for command in commands():
        section = text.split(f".SS narrows {command} ")[1].split("\n.S")[0]
        shown = {word for line in re.findall(r"^\.TP\n(-.*)$", section, re.M) for word in re.split(r", | ", line)}
        assert options(command) <= shown, command


def documented_keys() -> set[str]:
    rows = re.findall(r"^\| key \|.*\n\|[-|]*\n((?:\|.*\n)+)", (ROOT / "docs/configuration.md").read_text(), re.M)
    firsts = [row.split("|")[1] for table in rows for row in table.splitlines()]
    return {key for first in firsts for key in re.findall(r"`([^`]+)`", first)}


def test_narrows_yaml_5_has_every_key() -> None:
    text = plain(page("configuration", ROOT / "docs/configuration.md"))
    keys = documented_keys()
    assert len(keys) > 50
    tags = "\n".join(re.findall(r"^\.TP\n(.*)$", text, re.M))
    assert {key for key in keys if not re.search(rf"(^|, ){re.escape(key)}(,|$)", tags, re.M)} == set()


@pytest.mark.parametrize("words", (["commands", ROOT / "docs/man/narrows.8.in", BINARY], ["configuration", ROOT / "docs/configuration.md"]), ids=("8", "5"))
def test_pages_are_well_formed(words: list[object], tmp_path: Path) -> None:
    if not shutil.which("mandoc"):
        pytest.skip("needs mandoc")
    (tmp_path / "page").write_text(page(*words))
    result = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", tmp_path / "page"], capture_output=True, text=True)
    assert [line for line in result.stdout.splitlines() if "missing date" not in line] == []
