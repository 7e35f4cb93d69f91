# SPDX-License-Identifier: BSD-3-Clause
"""`narrows setup` against directories that stand for machines: what it changes, what it refuses, and back again."""
from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.narrows import BINARY, TIMEOUT_SECONDS, transparent, write_config

CARDS = {"0000:03:00.0": ("ixgbe", "14", "eth1"), "0000:03:00.1": ("ixgbe", "15", "eth2")}
LAN, WAN = CARDS
HUGEPAGES = "proc/sys/vm/nr_hugepages"
ROUTES = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
GATEWAY = "00000000 0100A8C0 0003 0 0 0 00000000 0 0 0\n"  # behind an interface's name: the default route
ON_LINK = "0000A8C0 00000000 0001 0 0 0 00FFFFFF 0 0 0\n"  # 192.168.0.0/24 (little endian, as the kernel shows it)
SSH = "0: 0100A8C0:0016 0500A8C0:C001 01 0 0 0 0 0 1\n"  # 192.168.0.1:22 <- 192.168.0.5


class Machine:
    def __init__(self, directory: Path) -> None:
        self.root = directory / "machine"
        self.config = write_config(
            directory, transparent(ports={"lan": {"device": LAN}, "wan": {"device": WAN}}), "isp.yaml"
        )
        for address, (driver, group, interface) in CARDS.items():
            self._add_card(address, driver, group, interface)
        self.write("sys/bus/pci/drivers_probe")
        self.write("sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "N\n")
        self.write(HUGEPAGES, "4\n")
        self.write("proc/meminfo", "MemTotal: 1 kB\nHugepagesize:       2048 kB\n")
        self.write("etc/group", f"root:x:0:\nnarrows:x:{os.getgid()}:\n")
        self.write("proc/net/route", ROUTES)
        for program in ("modprobe", "systemctl"):
            self.add_program(program)

    def _add_card(self, address: str, driver: str, group: str, interface: str) -> None:
        device = f"sys/bus/pci/devices/{address}"
        self.write(f"{device}/driver_override", "(null)\n")
        self.write(f"{device}/net/{interface}/address")
        self.write(f"sys/class/net/{interface}/address")
        self.write(f"sys/bus/pci/drivers/{driver}/unbind")
        self.write(f"sys/kernel/iommu_groups/{group}/devices/{address}")
        self.write(f"dev/vfio/{group}")
        (self.root / device / "driver").symlink_to(f"../../drivers/{driver}")
        (self.root / device / "iommu_group").symlink_to(f"../../../../kernel/iommu_groups/{group}")

    def write(self, path: str, text: str = "") -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def read(self, path: str) -> str:
        return (self.root / path).read_text()

    def add_program(self, name: str) -> None:
        """Writes down how it was called, and for systemctl makes the link that it would."""
        wants = self.root / "etc/systemd/system/narrows@isp.service.wants"
        link = f"mkdir -p {wants}; ln -sf x {wants}/narrows-setup@isp.service"
        unlink = f"rm {wants}/narrows-setup@isp.service"
        self.write(
            f"usr/sbin/{name}",
            f'#!/bin/sh\necho "{name} $*" >>{self.root}/ran\n'
            f"case $0-$1 in *systemctl-enable) {link} ;; *systemctl-disable) {unlink} ;; esac\n",
        )
        (self.root / "usr/sbin" / name).chmod(0o755)

    def ran(self) -> list[str]:
        ran = self.root / "ran"
        return ran.read_text().splitlines() if ran.exists() else []

    def bind(self, driver: str) -> None:
        """What the kernel does after drivers_probe."""
        for address in CARDS:
            link = self.root / f"sys/bus/pci/devices/{address}/driver"
            self.write(f"sys/bus/pci/drivers/{driver}/unbind")
            link.unlink()
            link.symlink_to(f"../../drivers/{driver}")

    def contents(self) -> dict[str, Any]:
        """Every file, its text and mode."""
        files = [path for path in self.root.rglob("*") if path.is_file() and not path.is_symlink()]
        return {str(path.relative_to(self.root)): (path.read_text(), path.stat().st_mode) for path in files}

    def setup(self, *options: str, ssh: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(BINARY), "setup", "-c", str(self.config), "--root", str(self.root), *options],
            capture_output=True, text=True, timeout=TIMEOUT_SECONDS, env={"SSH_CONNECTION": ssh},
        )  # fmt: skip

    def done(self, *options: str) -> list[str]:
        result = self.setup(*options)
        assert (result.returncode, result.stderr) == (0, "")
        return result.stdout.splitlines()

    def refused(self, *options: str, **more: str) -> str:
        before = self.contents()
        result = self.setup(*options, **more)
        assert (result.returncode, result.stdout) == (1, "")
        assert self.contents() == before
        assert all(line.startswith("narrows: ") for line in result.stderr.splitlines())
        return result.stderr


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_binds_reserves_and_lasts(machine: Machine) -> None:
    machine.done()
    for address, (driver, group, _) in CARDS.items():
        assert machine.read(f"sys/bus/pci/devices/{address}/driver_override") == "vfio-pci\n"
        assert (machine.root / f"dev/vfio/{group}").stat().st_mode & 0o777 == 0o660
    # The last one, as every write replaces a file where the kernel would act.
    assert machine.read("sys/bus/pci/drivers/ixgbe/unbind") == f"{WAN}\n"
    assert machine.read("sys/bus/pci/drivers_probe") == f"{WAN}\n"
    assert machine.read("etc/modules-load.d/narrows-isp.conf") == "vfio-pci\n"
    pages = int(machine.read(HUGEPAGES))
    assert pages > 4 + 10
    lines = machine.read("etc/sysctl.d/60-narrows.conf").splitlines()
    assert lines == ["# before: 4", f"# isp {pages - 4}", f"vm.nr_hugepages = {pages}"]
    assert machine.ran() == ["modprobe vfio-pci", "systemctl enable narrows-setup@isp.service"]


def test_dry_run_says_what_a_run_does_and_does_nothing(machine: Machine) -> None:
    before = machine.contents()
    said = machine.done("--dry-run")
    assert machine.contents() == before
    assert machine.done() == said
    assert machine.contents() != before


def test_the_second_time_nothing_is_left_to_do(machine: Machine) -> None:
    machine.done()
    machine.bind("vfio-pci")
    before = machine.contents()
    assert machine.done() == ["nothing to change"]
    assert machine.contents() == before


def test_undo(machine: Machine) -> None:
    before = machine.contents()
    machine.done()
    machine.bind("vfio-pci")
    said = machine.done("--undo", "--dry-run")
    assert machine.done("--undo") == said
    assert machine.read(f"sys/bus/pci/devices/{LAN}/driver_override") == "\n"
    assert machine.read("sys/bus/pci/drivers/vfio-pci/unbind") == f"{WAN}\n"
    assert machine.ran()[-1] == "systemctl disable narrows-setup@isp.service"
    assert machine.read(HUGEPAGES) == before[HUGEPAGES][0]
    assert [path for path in machine.contents() if path.startswith("etc/") and path not in before] == []
    machine.bind("ixgbe")
    # The kernel shows an override that was taken back as (null), so this one is not taken back again.
    assert machine.done("--undo") == ["nothing to change"]


def test_two_configurations_share_the_hugepages(machine: Machine, tmp_path: Path) -> None:
    machine.done()
    one = int(machine.read(HUGEPAGES)) - 4
    machine.bind("vfio-pci")
    machine.config = machine.config.rename(tmp_path / "other.yaml")
    machine.done()
    assert int(machine.read(HUGEPAGES)) == 4 + 2 * one
    machine.done("--undo")
    assert int(machine.read(HUGEPAGES)) == 4 + one
    assert "# isp " in machine.read("etc/sysctl.d/60-narrows.conf")


def test_at_boot_nothing_is_made_to_last(machine: Machine) -> None:
    machine.done("--boot")
    assert not (machine.root / "etc/modules-load.d").exists() and not (machine.root / "etc/sysctl.d").exists()
    assert machine.ran() == ["modprobe vfio-pci"]
    assert machine.read(f"sys/bus/pci/devices/{LAN}/driver_override") == "vfio-pci\n"


def test_driverctl_is_used_where_it_is(machine: Machine) -> None:
    machine.add_program("driverctl")
    machine.done()
    assert [line for line in machine.ran() if "driverctl" in line] == [
        f"driverctl set-override {address} vfio-pci" for address in CARDS
    ]
    machine.write(f"etc/driverctl.d/{LAN}", "vfio-pci\n")
    assert f"run driverctl unset-override {LAN}" in machine.done("--undo")


def test_the_default_route_is_not_cut(machine: Machine) -> None:
    machine.write("proc/net/route", ROUTES + "eth2 " + GATEWAY)
    assert f"{WAN} is eth2, which carries the default route" in machine.refused()
    machine.done("--force")


def test_nor_where_it_leaves_by_a_bridge(machine: Machine) -> None:
    machine.write("proc/net/ipv6_route", f"{'0' * 32} 00 {'0' * 32} 00 {'0' * 32} 400 1 0 3 br0\n")
    machine.write("sys/class/net/br0/lower_eth1/address")
    assert f"{LAN} is eth1, which carries the default route" in machine.refused()


def test_an_ssh_session_is_not_cut(machine: Machine) -> None:
    machine.write("proc/net/route", ROUTES + "eth1 " + ON_LINK)
    machine.done("--dry-run")
    machine.write("proc/net/tcp", "sl local_address rem_address st\n" + SSH)
    assert f"{LAN} is eth1, which carries an SSH session" in machine.refused()


def test_nor_one_that_only_its_variable_tells_of(machine: Machine) -> None:
    machine.write("proc/net/route", ROUTES + "eth1 " + ON_LINK)
    assert "eth1, which carries an SSH session" in machine.refused(ssh="192.168.0.5 40000 192.168.0.1 2222")


def test_no_iommu(machine: Machine) -> None:
    for group in (machine.root / "sys/kernel/iommu_groups").iterdir():
        (next((group / "devices").iterdir())).unlink()
        (group / "devices").rmdir()
        group.rmdir()
    for address in CARDS:
        (machine.root / f"sys/bus/pci/devices/{address}/iommu_group").unlink()
    assert "intel_iommu=on" in machine.refused()
    machine.done("--noiommu")
    assert machine.read("sys/module/vfio/parameters/enable_unsafe_noiommu_mode") == "1\n"
    assert "User=root" in machine.read("etc/systemd/system/narrows@isp.service.d/noiommu.conf")
    machine.done("--boot")
    machine.done("--undo")
    assert machine.read("sys/module/vfio/parameters/enable_unsafe_noiommu_mode") == "0\n"
    assert not (machine.root / "etc/systemd/system/narrows@isp.service.d/noiommu.conf").exists()


def test_a_group_that_the_kernel_uses_too(machine: Machine) -> None:
    other = "0000:03:00.2"
    machine.write(f"sys/bus/pci/devices/{other}/class", "0x020000\n")
    (machine.root / f"sys/bus/pci/devices/{other}/driver").symlink_to("../../drivers/ixgbe")
    machine.write(f"sys/kernel/iommu_groups/14/devices/{other}")
    assert f"{LAN} shares IOMMU group 14 with {other}" in machine.refused()


def test_no_such_card(machine: Machine) -> None:
    (machine.root / f"sys/bus/pci/devices/{LAN}").rename(machine.root / "sys/elsewhere")
    assert f"no PCI device {LAN} here" in machine.refused()


def test_a_card_that_stays_with_its_kernel_driver(machine: Machine) -> None:
    machine.bind("mlx5_core")
    lines = machine.done()
    assert not any("vfio" in line or "driver" in line for line in lines) and any("nr_hugepages" in line for line in lines)


def test_what_fails_is_said_and_ends_it(machine: Machine) -> None:
    machine.write("usr/sbin/modprobe", "#!/bin/sh\nexit 1\n")
    result = machine.setup()
    assert result.returncode == 1
    assert "modprobe vfio-pci failed" in result.stderr
    assert machine.read(f"sys/bus/pci/devices/{LAN}/driver_override") == "(null)\n"
