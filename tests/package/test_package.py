# SPDX-License-Identifier: BSD-3-Clause
"""The Debian package in a fresh root of its own: installed, used as a new user would, removed, purged. Needs root.

NARROWS_PACKAGE names the .deb; otherwise the one that scripts/package has left in build-deb/."""
from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Iterator

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list")
# Caches, logs, and what dpkg and the account database note down for themselves.
NOT_OF_THE_PACKAGE = (
    "/var/cache/", "/var/log/", "/var/lib/dpkg/", "/var/lib/apt/", "/var/lib/systemd/", "/etc/group", "/etc/gshadow",
    "/run/adduser", "/etc/passwd", "/etc/shadow", "/etc/subuid", "/etc/subgid", "/etc/ld.so.cache", "/tmp/", "/var/tmp/",
)  # fmt: skip
CONFIG = """
ports: {lan: {device: "net_null0"}, wan: {device: "net_null1"}}
sessions: [{name: isp, client: {username: user@isp, password_file: /etc/narrows/isp.secret}}]
statistics: {listen: off}
"""


def package() -> Path:
    if named := os.environ.get("NARROWS_PACKAGE"):
        return Path(named)
    found = sorted((ROOT / "build-deb").glob("narrows_*.deb"))
    assert found, "there is no package: scripts/package"
    return found[-1]


class Box:
    """A Debian system in a directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def run(self, *words: str, code: int = 0, user: str = "") -> str:
        change = ["chroot", *([f"--userspec={user}"] if user else []), str(self.directory)]
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        result = subprocess.run([*change, *words], capture_output=True, text=True, env=environment, timeout=300)
        assert result.returncode == code, f"{words}: {result.returncode}\n{result.stdout}{result.stderr}"
        return result.stdout + result.stderr

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


def test_a_new_users_way(box: Box) -> None:
    before = box.files()
    shutil.copy(package(), box.path("/tmp/narrows.deb"))
    box.run("dpkg", "--install", "/tmp/narrows.deb")

    assert box.has_user()
    assert "0.1.0" in box.run("narrows", "version")
    assert list(box.path("/etc/systemd/system").glob("*.wants/narrows*")) == [], "nothing starts by itself"

    # Configure, wrongly first.
    assert "is empty" in box.run("narrows", "check", "-c", "/etc/narrows/narrows.yaml", code=1)
    box.path("/etc/narrows/isp.yaml").write_text(CONFIG.replace("sessions", "sesions"))
    assert "did you mean sessions?" in box.run("narrows", "check", "-c", "/etc/narrows/isp.yaml", code=1)
    secret = box.path("/etc/narrows/isp.secret")
    secret.write_text("password\n")
    box.run("chown", "narrows", "/etc/narrows/isp.secret")
    secret.chmod(0o600)
    box.path("/etc/narrows/isp.yaml").write_text(CONFIG)
    checked = box.run("narrows", "check", "-c", "/etc/narrows/isp.yaml", user="narrows:narrows")
    assert "mode terminate" in checked
    assert "nr_hugepages" in box.run("narrows", "setup", "--dry-run", "-c", "/etc/narrows/isp.yaml")

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
    assert box.path("/etc/narrows/isp.yaml").exists() and box.path("/var/lib/narrows/isp.sessions").exists()
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
