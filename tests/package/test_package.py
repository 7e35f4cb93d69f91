# SPDX-License-Identifier: BSD-3-Clause
"""The Debian package in a fresh root of its own: installed, used as a new user would, removed, purged. Needs root.

NARROWS_PACKAGE names the .deb; otherwise the one that scripts/package has left in build-deb/."""
from __future__ import annotations

import os
import shutil
import signal
import subprocess
import urllib.request
from pathlib import Path
from typing import Any, Iterator

import pytest

from support.logfmt import parse
from support.namespaces import Namespace, namespaces, stop, veth, wait_for

ROOT = Path(__file__).resolve().parents[2]
SOURCES = Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list")
# Caches, logs, and what dpkg and the account database note down for themselves.
NOT_OF_THE_PACKAGE = (
    "/var/cache/", "/var/log/", "/var/lib/dpkg/", "/var/lib/apt/", "/var/lib/systemd/", "/etc/group", "/etc/gshadow",
    "/run/adduser", "/etc/passwd", "/etc/shadow", "/etc/subuid", "/etc/subgid", "/etc/ld.so.cache", "/tmp/", "/var/tmp/",
)  # fmt: skip
FILE = "/etc/narrows/isp.yaml"
CONFIG = """
ports: {lan: {device: "net_af_packet0,iface=lan0"}, wan: {device: "net_af_packet1,iface=wan0"}}
sessions: [{name: isp, client: {username: user@isp, password_file: /etc/narrows/isp.secret}}]
"""


def package() -> Path:
    if named := os.environ.get("NARROWS_PACKAGE"):
        return Path(named)
    found = sorted((ROOT / "build-deb").glob("narrows_*.deb"))
    assert found, "there is no package: scripts/package"
    return found[-1]


class Box:
    """A Debian system in a directory."""

    ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def run(self, *words: str, code: int = 0, user: str = "", line: Namespace | None = None) -> str:
        command = self.words(*words, user=user, line=line)
        result = subprocess.run(command, capture_output=True, text=True, env=self.ENVIRONMENT, timeout=300)
        assert result.returncode == code, f"{words}: {result.returncode}\n{result.stdout}{result.stderr}"
        return result.stdout + result.stderr

    def start(self, *words: str, line: Namespace, log: Path) -> subprocess.Popen[Any]:
        with log.open("w") as err:
            command = self.words(*words, line=line)
            return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=err, env=self.ENVIRONMENT)

    def words(self, *words: str, user: str = "", line: Namespace | None = None) -> list[str]:
        """A command in the box, in a network namespace where one is given, which the box's /sys then shows."""
        command = ["chroot", *([f"--userspec={user}"] if user else []), str(self.directory), *words]
        if line is None:
            return command
        return line.words("sh", "-c", 'mount --bind /sys "$0/sys" && exec "$@"', self.directory, *command)

    def path(self, name: str) -> Path:
        return self.directory / name.removeprefix("/")

    def files(self) -> set[str]:
        everything = ("/" + str(path.relative_to(self.directory)) for path in self._walk(self.directory))
        return {name for name in everything if not name.startswith(NOT_OF_THE_PACKAGE)}

    def _walk(self, directory: Path) -> Iterator[Path]:
        for entry in os.scandir(directory):
            yield Path(entry.path)
            mounted = entry.path in (str(self.directory / "proc"), str(self.directory / "dev"), str(self.directory / "sys"))
            if entry.is_dir(follow_symlinks=False) and not mounted:
                yield from self._walk(Path(entry.path))

    def has_user(self) -> bool:
        return any(line.startswith("narrows:") for line in self.path("/etc/passwd").read_text().splitlines())


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """As small as Debian gets, with what the package depends on already there, so that only its own files differ."""
    if os.geteuid() != 0:
        pytest.skip("needs root: chroot and mounts")
    directory = tmp_path_factory.mktemp("box")
    sources = next(path for path in SOURCES if path.exists())
    dependencies = subprocess.run(
        ["dpkg-deb", "-f", package(), "Depends"], capture_output=True, text=True, check=True
    ).stdout
    names = ",".join(part.split("(")[0].split("|")[0].strip() for part in dependencies.split(","))
    make = ["mmdebstrap", "--quiet", "--variant=minbase", "--mode=root", '--aptopt=APT::Install-Recommends "false"']
    make += ["--dpkgopt=path-exclude=/usr/share/locale/*", "--dpkgopt=force-unsafe-io", f"--include={names},man-db,bash-completion"]
    subprocess.run([*make, "bookworm", str(directory), str(sources)], check=True, timeout=600, stdin=subprocess.DEVNULL)
    for kind, place in (("proc", "proc"), ("sysfs", "sys")):
        subprocess.run(["mount", "-t", kind, kind, directory / place], check=True)
    try:
        yield Box(directory)
    finally:
        for place in ("proc", "sys"):
            subprocess.run(["umount", directory / place], check=True)
        shutil.rmtree(directory)


@pytest.fixture
def line() -> Iterator[Namespace]:
    """Two interfaces with a link; at the other end of the WAN nobody answers."""
    with namespaces("package") as (namespace,):
        for side in ("lan", "wan"):
            veth(namespace, f"{side}0", namespace, f"{side}1")
        yield namespace


def watch(line: Namespace, path: str) -> str:
    with line.entered(), urllib.request.urlopen(f"http://127.0.0.1:9480{path}", timeout=10) as answer:
        return answer.read().decode()


def first_day(box: Box, line: Namespace, log: Path) -> None:
    """Start, as the service does; watch; break the configuration; mend it; look at frames; stop."""
    narrows = box.start("narrows", "run", "-c", FILE, line=line, log=log)
    try:
        said = lambda event: [parsed for text in log.read_text().splitlines() if (parsed := parse(text)).event == event]
        wait_for("it to forward", lambda: said("started") or narrows.poll() is not None)
        assert narrows.poll() is None, log.read_text()

        assert "<title>Narrows</title>" in watch(line, "/")
        assert '"status": "forwarding"' in watch(line, "/api/v1/health")
        assert "sessions: 0 of 1 up" in box.run("narrows", "status", "-c", FILE, line=line)

        broken = CONFIG.replace("username", "user_name")
        box.path(FILE).write_text(broken)
        refused = box.run("narrows", "reload", "-c", FILE, code=1, line=line)
        assert "did you mean username?" in refused and "nothing was changed" in refused
        assert [parsed.level for parsed in said("reload_refused")] == ["error"]
        box.path(FILE).write_text(CONFIG + "mss: {ipv4: 1400}\n")
        assert "changed: mss" in box.run("narrows", "reload", "-c", FILE, line=line)
        assert said("reloaded") and '"status": "forwarding"' in watch(line, "/api/v1/health")

        if any(text.split()[:1] == ["capture"] for text in box.run("narrows", "--help").splitlines()):
            # Nobody answers, so it goes on asking: a PADI, as pcapng.
            box.run("narrows", "capture", "-c", FILE, "--port", "wan", "--count", "1", "-w", "/tmp/padi.pcapng", line=line)
            assert box.path("/tmp/padi.pcapng").read_bytes().startswith(b"\n\r\r\n")
    finally:
        code = stop(narrows, signal.SIGTERM)
    assert code == 0 and said("stopping"), log.read_text()


def test_a_new_users_way(box: Box, line: Namespace, tmp_path: Path) -> None:
    before = box.files()
    shutil.copy(package(), box.path("/tmp/narrows.deb"))
    box.run("dpkg", "--install", "/tmp/narrows.deb")

    assert box.has_user()
    assert "0.1.0" in box.run("narrows", "version")
    assert list(box.path("/etc/systemd/system").glob("*.wants/narrows*")) == [], "nothing starts by itself"

    # Configure, wrongly first.
    assert "is empty" in box.run("narrows", "check", "-c", "/etc/narrows/narrows.yaml", code=1)
    box.path(FILE).write_text(CONFIG.replace("sessions", "sesions"))
    assert "did you mean sessions?" in box.run("narrows", "check", "-c", FILE, code=1)
    secret = box.path("/etc/narrows/isp.secret")
    secret.write_text("password\n")
    box.run("chown", "narrows", "/etc/narrows/isp.secret")
    secret.chmod(0o600)
    box.path(FILE).write_text(CONFIG)
    checked = box.run("narrows", "check", "-c", FILE, user="narrows:narrows")
    assert "mode terminate" in checked
    assert "nr_hugepages" in box.run("narrows", "setup", "--dry-run", "-c", FILE)
    first_day(box, line, tmp_path / "log")

    for page, words in ((("8", "narrows"), "EXIT STATUS"), (("5", "narrows.yaml"), "lcores")):
        assert words in box.run("man", "--pager=cat", *page)
    complete = "source /usr/share/bash-completion/bash_completion; _completion_loader narrows; complete -p narrows"
    assert "-F _narrows narrows" in box.run("bash", "-c", complete)

    # State, as the service leaves it behind, and an instance that is enabled.
    box.path("/var/lib/narrows").mkdir(exist_ok=True)
    box.path("/var/lib/narrows/isp.sessions").write_text("{}")
    wants = box.path("/etc/systemd/system/multi-user.target.wants")
    wants.mkdir(parents=True, exist_ok=True)
    (wants / "narrows@isp.service").symlink_to("/lib/systemd/system/narrows@.service")

    box.run("dpkg", "--remove", "narrows")
    assert box.path(FILE).exists() and box.path("/var/lib/narrows/isp.sessions").exists()
    assert not box.path("/usr/bin/narrows").exists()
    box.run("dpkg", "--purge", "narrows")
    assert not box.has_user()
    left = box.files()
    made_here = {"/etc/systemd", "/etc/systemd/system", "/etc/systemd/system/multi-user.target.wants"}
    assert sorted(left - before - made_here) == []
    assert sorted(before - left) == []


def test_lintian_is_content() -> None:
    if not shutil.which("lintian"):
        pytest.skip("needs lintian")
    result = subprocess.run(
        ["lintian", "--allow-root", "--fail-on", "error,warning,info", "--display-info", str(package())],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert (result.returncode, result.stdout) == (0, "")
