# SPDX-License-Identifier: BSD-3-Clause
"""A small Linux made of Debian packages, in QEMU without hardware virtualisation, with a shell for tests.

Its image is made once and kept in build/pppoe_server/ until something in this repository that it is made of
changes; remove that directory to have it made of newer packages. The kernel is a download of 71 MB. None of
the packages is installed on this machine.
"""
from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import lzma
import os
import re
import shlex
import shutil
import socket
import struct
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator, Sequence

if TYPE_CHECKING:
    from support.namespaces import Namespace

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "build" / "pppoe_server"
GUEST_FILES = Path(__file__).resolve().parent / "pppoe_server"
KERNEL_PACKAGE = "linux-image-amd64"  # the cloud flavour has no PPP
PACKAGES = ("busybox-static", "ppp", "pppoe", "radvd", "wide-dhcpv6-server", "libfl2")
MODULES = ("virtio_pci", "virtio_net", "ppp_generic", "pppox", "pppoe", "8021q", "uio_pci_generic")
MODULE_FOLDERS = (
    "drivers/net/ppp", "drivers/net/slip", "drivers/uio", "drivers/virtio", "net/802", "net/8021q", "net/llc",
)  # fmt: skip
MODULE_FILES = ("drivers/net/virtio_net.ko", "drivers/net/net_failover.ko", "net/core/failover.ko")
# What a guest file is called in the machine; all are executable.
PLACES = {
    "init": "init",
    "kernel-pppd": "usr/sbin/kernel-pppd",
    "ip-up": "etc/ppp/ip-up",
    "ipv6-up": "etc/ppp/ipv6-up",
    "down": "etc/ppp/ip-down",
    "upload": "www/cgi-bin/upload",
}
PROGRAMS = ("usr/sbin/pppd", "usr/sbin/pppoe-server", "usr/sbin/radvd", "usr/sbin/dhcp6s")
KERNEL_OPTIONS = "console=ttyS0 quiet panic=-1 mitigations=off nokaslr"
FIRST_CARD = 4  # of PCI bus 0
BOOT_SECONDS = 90
COMMAND_SECONDS = 60


# --- the image ---


def make_image(settings: dict[str, Any]) -> tuple[Path, Path]:
    """Kernel and initial file system, whose /etc/bench.conf holds the settings; made unless there already."""
    owner = (CACHE.parent if CACHE.parent.exists() else ROOT).stat()
    CACHE.mkdir(parents=True, exist_ok=True)
    kernel, initramfs, made_from = (CACHE / name for name in ("vmlinux", "initramfs.cpio", "made-from"))
    with _locked(CACHE / "lock"):
        wanted = _recipe(settings)
        if not made_from.exists() or made_from.read_text() != wanted:
            made_from.unlink(missing_ok=True)
            root = CACHE / "root"
            shutil.rmtree(root, ignore_errors=True)
            _unpack(_download(), root)
            _extract_vmlinux(next((root / "boot").glob("vmlinuz-*")), kernel)
            _furnish(root, settings)
            _archive(root, initramfs)
            shutil.rmtree(root)
            made_from.write_text(wanted)
            if os.geteuid() == 0:  # the tests are root's, the checkout may be another's
                for path in (CACHE.parent, CACHE, *CACHE.rglob("*")):
                    os.chown(path, owner.st_uid, owner.st_gid)
    return kernel, initramfs


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _recipe(settings: dict[str, Any]) -> str:
    """Changes with whatever the image is made of, but for new versions of packages."""
    digest = hashlib.sha256(repr(settings).encode() + Path(__file__).read_bytes())
    for file in sorted(GUEST_FILES.iterdir()):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def _run(*words: Any, environment: dict[str, str] | None = None, **options: Any) -> str:
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"  # for depmod, which needs no root
    variables = os.environ | {"PATH": path} | (environment or {})
    result = subprocess.run([*map(str, words)], capture_output=True, text=True, env=variables, **options)
    assert result.returncode == 0, f"{' '.join(map(str, words))}: {result.stderr}"
    return result.stdout


def _download() -> list[Path]:
    """The packages, the kernel's first; none of them is installed here."""
    folder = CACHE / "packages"
    folder.mkdir(exist_ok=True)
    about = _run("apt-cache", "show", "--no-all-versions", KERNEL_PACKAGE)
    dependencies = re.search(r"^Depends: (\S+)", about, re.M)
    assert dependencies, f"apt does not know {KERNEL_PACKAGE}"
    found = []
    for package in (dependencies[1], *PACKAGES):
        if not list(folder.glob(f"{package}_*.deb")):
            _run("apt-get", "download", package, cwd=folder)
        found.append(max(folder.glob(f"{package}_*.deb"), key=lambda file: file.stat().st_mtime))
    return found


def _unpack(packages: list[Path], root: Path) -> None:
    root.mkdir()
    kernel, *others = packages
    modules = "./lib/modules/*/kernel/"
    wanted = ["./boot/vmlinuz-*", "./lib/modules/*/modules.*"]
    wanted += [f"{modules}{folder}/*" for folder in MODULE_FOLDERS]
    wanted += [f"{modules}{file}" for file in MODULE_FILES]
    read, write = f"dpkg-deb --fsys-tarfile {_quote(kernel)}", f"tar x -C {_quote(root)} --wildcards"
    _run("bash", "-o", "pipefail", "-c", f"{read} | {write} {shlex.join(wanted)}")
    for package in others:
        _run("dpkg-deb", "-x", package, root)


def _quote(word: Any) -> str:
    return shlex.quote(str(word))


def _extract_vmlinux(bzimage: Path, vmlinux: Path) -> None:
    """The ELF file inside: QEMU starts it 4 s faster than the machine could unpack it itself.
    (Linux, Documentation/arch/x86/boot.rst: setup_sects, payload_offset, payload_length.)"""
    image = bzimage.read_bytes()
    setup_sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    vmlinux.write_bytes(lzma.LZMADecompressor().decompress(image[start : start + length]))


def _furnish(root: Path, settings: dict[str, Any]) -> None:
    """Libraries, modules in the order of loading, and our own files; without what is not needed."""
    _add_modules(root)
    for folder in ("boot", "lib", "etc", "usr/share"):
        shutil.rmtree(root / folder)
    for name, place in PLACES.items():
        target = root / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(GUEST_FILES / name, target)
        target.chmod(0o755)
    (root / "etc/ppp/ipv6-down").symlink_to("ip-down")
    # Under another name, so that what ends the concentrator's sessions spares the reference client.
    shutil.copy(root / "usr/sbin/pppd", root / "usr/sbin/client-pppd")
    lines = [f"{name}={_quote(value)}\n" for name, value in settings.items()]
    (root / "etc/bench.conf").write_text("".join(lines))
    (root / "etc/passwd").write_text("root:x:0:0:root:/:/bin/sh\n")
    for folder in ("proc", "sys", "dev", "run", "tmp", "var/lib/dhcpv6"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "var/run").symlink_to("/run")
    _add_libraries(root)


def _add_modules(root: Path) -> None:
    [tree] = (root / "lib/modules").iterdir()
    _run("depmod", "-b", root, tree.name)
    order: list[str] = []
    for module in MODULES:
        shown = _run("modprobe", "-d", root, "-S", tree.name, "--show-depends", module)
        for line in shown.splitlines():
            kind, file, *_ = line.split()
            if kind == "insmod" and file not in order:
                order.append(file)
    folder = root / "modules"
    folder.mkdir()
    for file in order:
        shutil.copy(file, folder)
    (folder / "order").write_text("".join(f"{Path(file).name}\n" for file in order))


def _add_libraries(root: Path) -> None:
    """As the dynamic linker finds them: unpacked, or those of this machine."""
    [unpacked] = (root / "usr/lib").glob("*-linux-gnu")
    for program in PROGRAMS:
        for file in libraries_of(root / program, LD_LIBRARY_PATH=str(unpacked)):
            if not file.startswith(str(root)):
                _copy_into(root, Path(file))


def libraries_of(program: Path, **environment: str) -> list[str]:
    """Absolute paths."""
    shown = _run("ldd", program, environment=environment)
    assert "not found" not in shown, f"a library of {program} is not installed:\n{shown}"
    return re.findall(r"(/\S+) \(0x", shown)


def _copy_into(root: Path, file: Path) -> None:
    """A file of this machine, in the same place, and once: a library that is loaded twice is two libraries."""
    there, real = (root / str(path).lstrip("/") for path in (file, file.resolve()))
    for path in (there, real):
        path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, real)
    if there != real and not there.is_symlink():
        there.symlink_to(file.resolve())


def _with_programs(initramfs: Path, programs: Sequence[Path], directory: Path) -> Path:
    """The image and programs of this machine with their libraries; the kernel unpacks one archive after the
    other."""
    root = directory / "programs"
    for program in programs:
        for file in (program, *map(Path, libraries_of(program))):
            _copy_into(root, file)
    archive = directory / "programs.cpio"
    _archive(root, archive)
    both = directory / "initramfs.cpio"
    both.write_bytes(initramfs.read_bytes() + archive.read_bytes())
    return both


def _archive(root: Path, archive: Path) -> None:
    pack = f"find . -mindepth 1 -print0 | cpio --null -o --quiet -H newc -R 0:0 >{_quote(archive)}"
    _run("bash", "-o", "pipefail", "-c", pack, cwd=root)


# --- the machine ---


@dataclass(frozen=True)
class Card:
    """A network card of the machine; the first has the PCI address FIRST_CARD, the others follow."""

    mac: str
    model: str = "virtio-net-pci"
    offloads: bool = False  # with the kernel on the other side: unfinished checksums travel with their marks


class VirtualMachine:
    """Boots on creation; its network cards (eth0, eth1 … where its kernel has a driver for them) are tap
    interfaces of a network namespace."""

    def __init__(
        self,
        namespace: Namespace,
        taps: dict[str, Card],
        settings: dict[str, Any],
        directory: Path,
        programs: Sequence[Path] = (),
        memory_mb: int = 160,
    ) -> None:
        """`taps`: name of each interface there, the card here. `programs`: of this machine, in the same place."""
        kernel, initramfs = make_image(settings)
        if programs:
            initramfs = _with_programs(initramfs, programs, directory)
        started = time.monotonic()
        self._console = directory / "console"
        self._log = directory / "qemu.log"
        self._shell, theirs = socket.socketpair()
        # Never KVM: where hardware virtualisation is half there, it hangs.
        words = ["-accel", "tcg", "-cpu", "max", "-smp", 1, "-m", memory_mb, "-nodefaults", "-no-user-config"]
        words += ["-kernel", kernel, "-initrd", initramfs, "-append", KERNEL_OPTIONS, "-no-reboot"]
        words += ["-display", "none", "-serial", f"file:{self._console}"]
        words += ["-chardev", f"socket,id=shell,fd={theirs.fileno()}", "-serial", "chardev:shell"]
        for number, (tap, card) in enumerate(taps.items()):
            header = "on" if card.offloads else "off"
            words += ["-netdev", f"tap,id=net{number},ifname={tap},script=no,downscript=no,vnet_hdr={header}"]
            place = f"addr={FIRST_CARD + number:#x}"
            words += ["-device", f"{card.model},netdev=net{number},mac={card.mac},romfile=,{place}"]
        # A machine without its test would run for ever.
        bound = ["setpriv", "--pdeathsig", "KILL", "--", "qemu-system-x86_64"]
        with self._log.open("w") as log:
            self.process = namespace.start(
                *bound, *words, stdout=log, stderr=subprocess.STDOUT, pass_fds=[theirs.fileno()]
            )
        theirs.close()
        self._input = self._shell.makefile("rb")
        self._shell.settimeout(BOOT_SECONDS)
        try:
            greeting = self._input.readline()
        except TimeoutError:
            greeting = b""
        assert greeting == b"ready\n", f"the virtual machine does not start:\n{self.logs()}"
        self.boot_seconds = time.monotonic() - started
        self._shell.settimeout(COMMAND_SECONDS)

    def logs(self) -> str:
        """What QEMU and the kernel said."""
        files = [file for file in (self._log, self._console) if file.exists()]
        return "".join(file.read_text(errors="replace") for file in files)

    def run(self, script: str) -> str:
        """Runs it in the machine's shell, where it must succeed; returns what it printed, errors too."""
        code, output = self.try_run(script)
        assert code == 0, f"in the virtual machine: {script}\nexit code {code}\n{output}"
        return output

    def try_run(self, script: str) -> tuple[int, str]:
        """Exit code and output."""
        self._shell.sendall(base64.b64encode(script.encode()) + b"\n")
        output = self._read_until(b"\0")
        return int(self._read_until(b"\n")), output.decode(errors="replace")

    def _read_until(self, end: bytes) -> bytes:
        found = b""
        while not found.endswith(end):
            try:
                octets = self._input.read(1)
            except OSError:
                raise AssertionError(f"the virtual machine does not answer:\n{self.logs()}") from None
            assert octets, f"the virtual machine has ended:\n{self.logs()}"
            found += octets
        return found[: -len(end)]

    def write(self, path: str, text: str) -> None:
        self.run(f"cat >{path} <<'END OF FILE'\n{text}\nEND OF FILE")

    def stop(self) -> None:
        """At once: there is nothing to be saved."""
        self.process.kill()
        self.process.wait()
        self._shell.close()
