# SPDX-License-Identifier: BSD-3-Clause
"""Each secret of both ends' configurations is a word that occurs nowhere else; then everything that Narrows says, at
either end, in success and failure, is searched for it, plain, in hexadecimal and in base64."""
from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Iterator

import pytest

from support import control_socket
from support.daemon import Daemon, on_veth
from support.namespaces import Namespace, namespaces, veth, wait_for
from support.narrows import BINARY, Config, run, terminate, write_config

STATE = Path("/var/lib/narrows")
USER = "user@isp"
WORDS = ("right", "wrong", "variable", "token", "nobody", "inline", "second", "hostuniq")
SECRETS = {word: f"canary-{word}-7Qz3" for word in WORDS}
VARIABLE = "NARROWS_TEST_PASSWORD"


def disguises(secret: str) -> set[bytes]:
    """Base64 of it at each place that it may have in a longer text, without what depends on the neighbours."""
    octets = secret.encode()
    encoded = {base64.b64encode(b"x" * shift + octets)[4 if shift else 0 : -4] for shift in range(3)}
    return {octets, octets.hex().encode(), octets.hex().upper().encode(), octets.hex(":").encode(), *encoded}


def check_silent(where: str, text: str | bytes, but: tuple[str, ...] = ()) -> None:
    octets = text.encode() if isinstance(text, str) else text
    found = [w for w in WORDS if w not in but for form in disguises(SECRETS[w]) if form in octets]
    assert not found, f"{where} holds the secrets {found}:\n{octets.decode(errors='replace')}"


def test_the_search_itself() -> None:
    text = f"a: {SECRETS['right']}"
    for held in (text, text.encode().hex(), json.dumps(text), *(base64.b64encode(b"%s %s" % (b"x" * n, text.encode())) for n in range(3))):
        with pytest.raises(AssertionError, match="right"):
            check_silent("it", held)


def secret_file(directory: Path, name: str, text: str, mode: int = 0o600) -> str:
    path = directory / name
    path.touch(mode=0o600)
    path.write_text(text)
    path.chmod(mode)
    return str(path)


@pytest.fixture
def line(root: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Namespace, Namespace]]:
    monkeypatch.setenv(VARIABLE, SECRETS["variable"])
    with namespaces("box", "ac") as (box, ac):
        veth(box, "wan0", ac, "line0", mtu=1508)
        for namespace, port in ((box, "lan"), (ac, "core")):
            veth(namespace, f"{port}0", namespace, f"{port}1")
        yield box, ac
        for namespace in (box, ac):
            (STATE / f"{namespace.name}.sessions").unlink(missing_ok=True)


def concentrator(directory: Path) -> Config:
    users = secret_file(directory, "users", f"{USER} {SECRETS['right']}\nvariable@isp {SECRETS['variable']}\nother {SECRETS['nobody']}\n")
    settings = {
        "name": "lab", "users_file": users, "auth": "pap", "sessions": 10,
        "ipv4": {"own": "100.64.0.1", "first": "100.64.1.0"}, "core": {"gateway": "100.64.0.2"},
    }  # fmt: skip
    return on_veth({"concentrator": settings}, 1, ("core", "line"), line={"mtu": 1508})


def client(directory: Path) -> Config:
    def session(number: int, user: str, **fields: str) -> Config:
        client = {"username": user, "auth": ["pap"], "redial": {"first_s": 1, "max_s": 2}} | fields
        return {"name": f"isp-{number}", "client": client, "lan": {"vlan": number}}

    config = terminate(
        session(1, USER, password_file=secret_file(directory, "right", SECRETS["right"] + "\n"), host_uniq="0x" + SECRETS["hostuniq"].encode().hex()),
        session(2, USER, password_file=secret_file(directory, "wrong", SECRETS["wrong"])),
        session(3, "variable@isp", password_env=VARIABLE),
    )  # fmt: skip
    token = secret_file(directory, "token", SECRETS["token"])
    return on_veth(config, wan={"mtu": 1508}) | {"statistics": {"token_file": token, "socket": str(directory / "narrows.sock")}}


def check_all_that_runs(daemon: Daemon, directory: Path) -> None:
    """All GETs of the document, the commands, what /proc shows of the process, what is kept on disk."""
    document = control_socket.ask(daemon.socket, "/api/v1/openapi.json")[1]
    for path in document["paths"]:
        check_silent(path, json.dumps(control_socket.ask(daemon.socket, path)[1]))
    for words in (("status",), ("status", "--json"), ("top",)):
        result = run(*words, "--socket", daemon.socket)
        assert result.returncode == 0, result.stderr
        check_silent(" ".join(words), result.stdout + result.stderr)
    process = Path(f"/proc/{daemon.process.pid}")
    check_silent("the command line", (process / "cmdline").read_bytes())
    check_silent("the environment", (process / "environ").read_bytes(), but=("variable",))
    check_silent("its name", (process / "comm").read_bytes())
    for kept in STATE.glob(f"{daemon.namespace.name}*"):
        check_silent(str(kept), kept.read_bytes())
    check_silent("DPDK's files", b"".join(f.read_bytes() for f in Path("/var/run/dpdk").glob(f"*{daemon.namespace.name}/*") if f.is_file()))


def test_both_ends_at_work(line: tuple[Namespace, Namespace], tmp_path: Path) -> None:
    """Success and refusal; a reload with a mistake; an orderly end. With --verbose, so DPDK speaks too."""
    box, ac = line
    far, near = Daemon(tmp_path, ac, concentrator(tmp_path), "ac"), Daemon(tmp_path, box, client(tmp_path))
    near.token, near.socket = SECRETS["token"], tmp_path / "narrows.sock"
    for daemon in (far, near):
        daemon._command.append("--verbose")
        check = run("check", "-c", daemon._command[-2])
        assert check.returncode == 0, check.stderr
        check_silent("check", check.stdout + check.stderr)
    with far, near:
        sessions = lambda: near.stats()["sessions"]
        wait_for("two sessions", lambda: [sessions()[f"isp-{n}"]["state"] for n in (1, 3)] == ["up", "up"])
        wait_for("a refusal", lambda: "refused" in (sessions()["isp-2"]["client"]["last_error"] or ""))
        for daemon in (far, near):
            check_all_that_runs(daemon, tmp_path)
        written = Path(near._command[-2])
        written.write_text(written.read_text().replace(str(tmp_path / "wrong"), SECRETS["wrong"]))
        status, answer = control_socket.ask(near.socket, "/api/v1/reload", "POST")
        assert status == 409
        check_silent("reload", json.dumps(answer))
    for daemon in (far, near):
        output = daemon.output()
        assert "event=dpdk" in output and "event=session_up" in output
        check_silent("the log", output)


MISTAKES = {
    "the file holds two": ("password_file", lambda d: secret_file(d, "s", f"{SECRETS['right']}\n{SECRETS['second']}\n")),
    "others may read it": ("password_file", lambda d: secret_file(d, "s", SECRETS["right"], 0o644)),
    "too long": ("password_file", lambda d: secret_file(d, "s", SECRETS["right"] * 20)),
    "the password in place of the file": ("password_file", lambda d: SECRETS["inline"]),
    "the password in place of the variable": ("password_env", lambda d: SECRETS["inline"]),
    "a list": ("password_file", lambda d: [SECRETS["inline"]]),
    "a map": ("password_file", lambda d: {"is": SECRETS["inline"]}),
    "a key that does not exist": ("password", lambda d: SECRETS["inline"]),
    "no host_uniq": ("host_uniq", lambda d: SECRETS["hostuniq"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_do_not_show_it(tmp_path: Path, mistake: str) -> None:
    key, make = MISTAKES[mistake]
    fields = {key: make(tmp_path)} | ({} if key.startswith("password_") else {"password_env": "HOME"})
    ports = {side: {"device": f"net_null{number}"} for number, side in enumerate(("lan", "wan"))}
    config = {"ports": ports} | terminate({"name": "isp", "client": {"username": USER} | fields})
    path = write_config(tmp_path, config)
    for command in ("check", "run"):
        result = run(command, "-c", path)
        assert result.returncode == 1 and result.stderr, command
        check_silent(command, result.stdout + result.stderr)


@pytest.mark.parametrize("key, text", (("token_file", "canary"), ("users_file", "a b")))
def test_mistakes_in_other_files(tmp_path: Path, key: str, text: str) -> None:
    """A token with a blank; a line of users without a name, one user twice."""
    ports = {side: {"device": f"net_null{number}"} for number, side in enumerate(("lan", "wan"))}
    if key == "token_file":
        held = [f"{SECRETS['token']} {SECRETS['second']}", SECRETS["token"][:9]]
        config = {"ports": ports} | terminate()
    else:
        held = [f"{SECRETS['nobody']}\n", f"a {SECRETS['nobody']}\na {SECRETS['second']}\n"]
        config = concentrator(tmp_path)
    for content in held:
        named = secret_file(tmp_path, key, content)
        changed = config | ({"statistics": {key: named}} if key == "token_file" else {"concentrator": config["concentrator"] | {key: named}})
        result = run("check", "-c", write_config(tmp_path, changed))
        assert result.returncode == 1 and key in result.stderr
        check_silent("check", result.stdout + result.stderr)
        assert content.strip() not in result.stderr


@pytest.mark.parametrize("shape", ("password_file: {0}: x", "password_file: *{0}", "password_file: \"{0}", "password_file: [{0}", "{0}"))
def test_yaml_that_cannot_be_read(tmp_path: Path, shape: str) -> None:
    path = tmp_path / "narrows.yaml"
    path.write_text("sessions:\n  - name: isp\n    client:\n      " + shape.format(SECRETS["inline"]) + "\n")
    result = run("check", "-c", path)
    assert result.returncode == 1
    check_silent("check", result.stdout + result.stderr)
