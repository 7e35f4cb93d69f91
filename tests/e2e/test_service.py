# SPDX-License-Identifier: BSD-3-Clause
"""The systemd units: well-formed, with as few rights as docs/install.md says, and enough for the program."""
from __future__ import annotations

import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from support.daemon import on_veth
from support.namespaces import Namespace, stop, wait_for
from support.narrows import BINARY, ROOT, TIMEOUT_SECONDS, terminate, write_config

UNITS = ("narrows@", "narrows-setup@")
MOST_EXPOSURE = 2.5
# DPDK asks for port I/O, for virtio of the old kind, and does without; no user but root would be given it anyway.
TRIED_IN_VAIN = {"iopl"}
INSTALL = ROOT / "docs" / "install.md"


def unit_text(name: str) -> str:
    return (ROOT / "conf" / "systemd" / f"{name}.service.in").read_text()


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """As installed, with this program."""
    (tmp_path / "bin").mkdir()
    shutil.copy(BINARY, tmp_path / "bin" / "narrows")
    for name in UNITS:
        (tmp_path / f"{name}.service").write_text(unit_text(name).replace("@bindir@", str(tmp_path / "bin")))
    return tmp_path


def analyze(*words: object) -> subprocess.CompletedProcess[str]:
    if not shutil.which("systemd-analyze"):
        pytest.skip("needs systemd-analyze")
    command = ["systemd-analyze", "--no-pager", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS)


def settings(key: str, name: str = "narrows@") -> list[str]:
    return re.findall(rf"^{key}=(.*)$", unit_text(name), re.M)


def test_verify(units: Path) -> None:
    result = analyze("verify", "--man=no", *(units / f"{name}.service" for name in UNITS))
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_exposure(units: Path) -> None:
    (units / "narrows@x.service").write_text((units / "narrows@.service").read_text())
    result = analyze("security", "--offline=true", units / "narrows@x.service")
    level = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", result.stdout).group(1))
    assert level <= MOST_EXPOSURE
    assert f"exposure level is {level}" in INSTALL.read_text(), "docs/install.md is to say the level"


# --- the same restrictions, without systemd ---


def allowed_calls() -> set[str]:
    """What SystemCallFilter= leaves, group by group."""
    allowed: set[str] = set()
    for setting in settings("SystemCallFilter"):
        calls = set().union(*(calls_of(name) for name in setting.removeprefix("~").split()))
        allowed = allowed - calls if setting.startswith("~") else allowed | calls
    return allowed


def calls_of(name: str) -> set[str]:
    if not name.startswith("@"):
        return {name}
    listed = [line.strip() for line in analyze("syscall-filter", name).stdout.splitlines()[1:]]
    members = [line for line in listed if line and not line.startswith("#")]
    return set().union(*(calls_of(member) for member in members))


def capabilities() -> str:
    (bounding,), (ambient,) = settings("CapabilityBoundingSet"), settings("AmbientCapabilities")
    assert bounding == ambient
    return ",".join(f"+{name.removeprefix('CAP_').lower()}" for name in ambient.split())


def test_the_program_does_with_what_the_unit_leaves_it(box: Namespace, public_directory: Path) -> None:
    if not shutil.which("strace"):
        pytest.skip("needs strace")
    write_config(public_directory, on_veth(terminate()))
    trace = public_directory / "calls"
    kept = capabilities()
    become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"]
    become += [f"--inh-caps=-all,{kept}", f"--ambient-caps={kept}", f"--bounding-set=-all,{kept}"]
    environment = ["env", f"RUNTIME_DIRECTORY={public_directory}"]
    program = ["./narrows", "run", "-c", "narrows.yaml"]
    strace = ["strace", "-f", "-qq", "--trace=!ptrace", "-o", trace]
    process = box.start(
        *strace, *environment, *become, *program, cwd=public_directory, text=True, stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        wait_for("it to forward", lambda: "forwarding (" in process.stderr.readline())
        narrows = int(trace.read_text().split(maxsplit=1)[0])
    finally:
        subprocess.run(["kill", f"-{signal.SIGTERM}", str(narrows)], check=True)
        code = stop(process, 0)
    assert code == 0
    lines = trace.read_text().splitlines()
    start = max(at for at, line in enumerate(lines) if 'execve("./narrows"' in line) + 1
    called = {found.group(1) for line in lines[start:] if (found := re.match(r"\d+ +(\w+)\(", line))}
    assert called - allowed_calls() <= TRIED_IN_VAIN
    assert "socket" in called and "mmap" in called
    families = {found.group(1) for line in lines[start:] if (found := re.search(r" socket\((AF_\w+)", line))}
    assert families <= set(settings("RestrictAddressFamilies")[0].split())
    assert not any("PROT_WRITE|PROT_EXEC" in line for line in lines[start:]), "MemoryDenyWriteExecute= forbids that"
