# SPDX-License-Identifier: BSD-3-Clause
"""A real PPPoE concentrator: pppd and rp-pppoe's pppoe-server over the kernel's PPPoE, in a virtual machine.

    box (wan0) -- (port0) line [bridge] (server0) -- (eth0) concentrator, web server at SERVER_ADDRESS
                                        (client0) -- (eth1) reference client in the same machine, see there

One boot serves many cases: `start` configures what the next one needs, `connect` gives it a cable. The
machine has no other network, and its files are gone with it.

    PYTHONPATH=tests python3 -m support.pppoe_server     makes its image ahead of the tests, without root
"""
from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.namespaces import Namespace, veth
from support.virtual_machine import Card, VirtualMachine, make_image

SERVER_ADDRESS = {"ipv4": "198.51.100.10", "ipv6": "2001:db8:2::10"}  # of the machine's web server
SERVER_MAC = "02:00:00:00:ac:01"
CLIENT_MAC = "02:00:00:00:c1:01"
CABLE_MTU = 1600  # room for 1500 octets of IP, PPPoE and PPP headers, and tags
FILE_OCTETS = 4 << 20
OWN_IPV4 = "192.0.2.1"
FIRST_IPV4 = "203.0.113.10"
DELEGATED_PREFIX = "2001:db8:aa00::/56"
CLIENT_DUID = bytes.fromhex("00030001020000001001")  # RFC 8415 §11.4: by link-layer address
USER, PASSWORD = "user@isp", "a secret"
AUTHENTICATION = {
    "none": ["noauth"],
    "pap": ["require-pap"],
    "chap-md5": ["require-chap", "refuse-mschap", "refuse-mschap-v2"],
    "mschap-v2": ["require-mschap-v2"],
}
MACHINE_SETTINGS = {
    "SERVER_IPV4": SERVER_ADDRESS["ipv4"],
    "SERVER_IPV6": SERVER_ADDRESS["ipv6"],
    "SESSION_PREFIX": "2001:db8:99:",
    "LINK_MTU": CABLE_MTU,
    "FILE_OCTETS": FILE_OCTETS,
}


@dataclass(frozen=True)
class ServerOptions:
    """What a concentrator is configured with."""

    auth: str = "pap"
    users: dict[str, str] = field(default_factory=lambda: {USER: PASSWORD})
    mtu: int = 1492  # over 1492: RFC 4638 is spoken, else its tag is left unanswered
    vlan: int | None = None
    ac_name: str = "concentrator"
    service_names: tuple[str, ...] = ()
    dns: tuple[str, ...] = ("192.0.2.53", "192.0.2.54")
    ipv4: bool = True
    ipv6: bool = True
    message: str = ""  # sent in a PADM after PADS
    delegates: bool = False  # DELEGATED_PREFIX by DHCPv6, to a router of CLIENT_DUID on the newest session
    pppd: tuple[str, ...] = ()  # further options

    @property
    def interface(self) -> str:
        return f"eth0.{self.vlan}" if self.vlan else "eth0"

    def pppd_file(self) -> str:
        lines = [*AUTHENTICATION[self.auth], "name concentrator", f"mtu {self.mtu}", f"mru {self.mtu}"]
        lines += ["nodetach", "debug", "logfile /run/pppd.log", "lcp-echo-interval 0", *self.pppd]
        lines += [f"ms-dns {address}" for address in self.dns]
        lines += [*([] if self.ipv4 else ["noip"]), "+ipv6" if self.ipv6 else "noipv6"]
        return "\n".join(lines)


@dataclass(frozen=True)
class ServerSession:
    """A session as the concentrator sees it, once a network protocol is up."""

    interface: str
    id: int
    client_mac: str
    user: str
    ipv4: str | None
    ipv6_prefix: str | None
    mtu: int


class PppoeServer:
    """Boots on entering; without a concentrator until `start`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.line: Namespace | None = None
        self.machine: VirtualMachine | None = None
        self.options = ServerOptions()
        self._ports = 0

    def __enter__(self) -> PppoeServer:
        self.line = Namespace("pppoe")
        try:
            bridge = ["bridge0", "mtu", CABLE_MTU, "type", "bridge", "mcast_snooping", 0]
            self.line.run("ip", "link", "add", *bridge)
            self.line.run("ip", "link", "set", "bridge0", "up")
            for tap in ("server0", "client0"):
                self.line.run("ip", "tuntap", "add", tap, "mode", "tap")
                self.line.run("ip", "link", "set", tap, "mtu", CABLE_MTU, "up")
            self.plug_in("server0")
            self._boot()
        except BaseException:
            self.line.delete()
            raise
        return self

    def __exit__(self, *failure: Any) -> None:
        self.machine.stop()
        self.line.delete()

    # --- cables ---

    def connect(self, namespace: Namespace, interface: str) -> str:
        """A cable from there to the concentrator, until that namespace is deleted.
        @return what its end is called in `line`: there arrives what is sent into it."""
        port = f"port{self._ports}"
        self._ports += 1
        veth(self.line, port, namespace, interface, mtu=CABLE_MTU)
        self.plug_in(port)
        return port

    def plug_in(self, interface: str = "server0") -> None:
        self.line.run("ip", "link", "set", interface, "master", "bridge0")

    def unplug(self, interface: str = "server0") -> None:
        """A line that is down, while the concentrator keeps its sessions."""
        self.line.run("ip", "link", "set", interface, "nomaster")

    # --- the concentrator ---

    def run(self, script: str) -> str:
        """In the machine's shell, where it must succeed; returns what it printed."""
        return self.machine.run(script)

    def start(self, options: ServerOptions = ServerOptions()) -> None:
        """A concentrator with these options and nothing left of the one before; returns when it listens."""
        self.silence()
        self.options = options
        self._write_files()
        self._set_up_interfaces()
        words = ["pppoe-server", "-F", "-I", options.interface, "-C", options.ac_name, "-N", "64"]
        words += ["-L", OWN_IPV4, "-R", FIRST_IPV4]
        words += ["-O", "/etc/ppp/bench-options", "-q", "/usr/sbin/kernel-pppd"]
        words += [word for name in options.service_names for word in ("-S", name)]
        words += ["-M", options.message] if options.message else []
        self.run(
            f"setsid {shlex.join(words)} >/run/pppoe-server.log 2>&1 &\n"
            "for i in $(seq 500); do grep -q ' 8863 ' /proc/net/packet && exit; usleep 20000; done\n"
            "cat /run/pppoe-server.log; exit 1"
        )

    def restart(self) -> None:
        """The same again, without a memory of what was; sessions of before end without a word."""
        self.start(self.options)

    def kill_softly(self) -> None:
        """Every session ends as it should: Terminate-Request, PADT. The concentrator stays."""
        self.run("killall pppd || exit 0; " + _until("! pidof pppd"))

    def kill_hard(self) -> None:
        """Every session ends with a PADT alone. The concentrator stays."""
        self.run("killall -9 pppd || exit 0; " + _until("! pidof pppd"))

    def _boot(self) -> None:
        cards = {"server0": Card(SERVER_MAC), "client0": Card(CLIENT_MAC)}
        self.machine = VirtualMachine(self.line, cards, MACHINE_SETTINGS, self._directory)

    def lose_power(self) -> None:
        self.machine.stop()

    def boot_again(self) -> None:
        """With a concentrator of the same options; returns when it listens."""
        self._boot()
        self.start(self.options)

    def silence(self) -> None:
        """Concentrator and sessions are gone without a word, as after a loss of power."""
        self.run(
            "killall -9 pppoe-server; killall -9 pppd; killall -9 radvd dhcp6s\n"
            "rm -rf /run/radvd.*.pid /run/sessions/*\n" + _until("! pidof pppoe-server pppd radvd dhcp6s")
        )

    def sessions(self) -> list[ServerSession]:
        shown = self.run(
            # What a killed pppd left is of an interface that is gone, though another may have its name.
            'cd /run/sessions; for of in *; do name=${of%:*}; sys=/sys/class/net/$name\n'
            '[ "$(cat $sys/ifindex 2>/dev/null)" = "${of#*:}" ] || continue\n'
            # A file that is just being written is empty yet.
            "[ -s $of/session ] || continue\n"
            "echo interface $name; echo mtu $(cat $sys/mtu)\n"
            "for key in session user ipv4 ipv6_prefix; do\n"
            '[ ! -s $of/$key ] || echo "$key $(cat $of/$key)"; done; echo end; done'
        )
        found = []
        for block in shown.split("end\n")[:-1]:
            fields = dict(line.split(" ", 1) for line in block.splitlines())
            number, mac = fields["session"].split(":", 1)
            found.append(
                ServerSession(
                    fields["interface"], int(number), mac, fields.get("user", ""), fields.get("ipv4"),
                    fields.get("ipv6_prefix"), int(fields["mtu"]),
                )
            )  # fmt: skip
        return found

    def file_sum(self) -> str:
        """SHA-256 of what the web server offers as /file (FILE_OCTETS octets)."""
        return self.run("sha256sum /www/file").split()[0]

    def logs(self) -> str:
        """What the concentrator, its pppd and its system log said."""
        names = "pppoe-server.log pppd.log messages"
        return self.run(f"cd /run; for log in {names}; do echo == $log; cat $log; done")

    def _write_files(self) -> None:
        self.machine.write("/etc/ppp/bench-options", self.options.pppd_file())
        secrets = "".join(f'"{user}" * "{password}" *\n' for user, password in self.options.users.items())
        for name in ("pap-secrets", "chap-secrets"):
            self.machine.write(f"/etc/ppp/{name}", secrets)
        self.run("chmod 600 /etc/ppp/*-secrets; rm -f /run/pppd.log /etc/dhcp6s.conf")
        if self.options.delegates:
            client = f"duid {CLIENT_DUID.hex(':')}; prefix {DELEGATED_PREFIX} 600 600;"
            self.machine.write("/etc/dhcp6s.conf", f"host client {{ {client} }};")
            self.machine.write("/etc/delegated", DELEGATED_PREFIX)

    def _set_up_interfaces(self) -> None:
        """Only an interface with room for more makes pppoe-server answer RFC 4638."""
        mtu = self.options.mtu + 8
        lines = ["for old in /sys/class/net/eth0.*; do [ ! -e $old ] || ip link del ${old##*/}; done"]
        if self.options.vlan:
            lines += [
                f"ip link set eth0 mtu {CABLE_MTU}",
                f"ip link add link eth0 name {self.options.interface} type vlan id {self.options.vlan}",
                f"echo 1 >/proc/sys/net/ipv6/conf/{self.options.interface}/disable_ipv6",
            ]
        self.run("\n".join([*lines, f"ip link set {self.options.interface} mtu {mtu} up"]))


def _until(condition: str) -> str:
    """Shell: polls for 10 s."""
    return f"for i in $(seq 500); do {condition} >/dev/null && exit; usleep 20000; done; exit 1"


class ReferenceClient:
    """Debian's own pppd as a client, in the concentrator's machine but over the line: what works for it,
    the concentrator offers."""

    def __init__(
        self, server: PppoeServer, *options: str, password: str = PASSWORD, vlan: int | None = None
    ) -> None:
        self._server = server
        self._interface = f"eth1.{vlan}" if vlan else "eth1"
        self._vlan = vlan
        words = ["client-pppd", "plugin", "rp-pppoe.so", f"nic-{self._interface}", "ifname", "dsl0"]
        words += ["nodetach", "user", USER, "password", password, "noauth", "+ipv6", "defaultroute"]
        self._words = [*words, "lcp-restart", "1", "debug", "logfile", "/run/client.log", *options]

    def __enter__(self) -> ReferenceClient:
        self._server.plug_in("client0")
        if self._vlan:
            self.run(f"ip link add link eth1 name {self._interface} type vlan id {self._vlan}")
            self.run(f"ip link set {self._interface} up")
        words = shlex.join(self._words)
        dial = f"echo $$ >/run/reference.pid; exec nsenter -t $(cat /run/client.pid) -n {words}"
        self._server.run(f"rm -f /run/client.log; setsid sh -c {shlex.quote(dial)} >/run/client.out 2>&1 &")
        return self

    def __exit__(self, *failure: Any) -> None:
        self._server.run("kill -9 $(cat /run/reference.pid); true")
        if self._vlan:
            self.run(f"ip link del {self._interface}")
        self._server.unplug("client0")

    def run(self, script: str) -> str:
        """In the client's network."""
        return self._server.run(f"nsenter -t $(cat /run/client.pid) -n sh -c {shlex.quote(script)}")

    def log(self) -> str:
        return self._server.run("cat /run/client.out /run/client.log 2>&1; true")


if __name__ == "__main__":
    make_image(MACHINE_SETTINGS)
