# SPDX-License-Identifier: BSD-3-Clause
"""The API: what its document says is what it does, over TCP and over the control socket."""
from __future__ import annotations

import json
import os
import pty
import shutil
import socket
import stat
import subprocess
import termios
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Iterator

import jsonschema
import pytest

from support import control_socket
from support.daemon import STATISTICS, Daemon, on_veth
from support.namespaces import namespaces, veth, wait_for
from support.narrows import BINARY, run, session, terminate

PASSWORD = "a-password-nobody-may-see"
TOKEN = "a-token-nobody-may-see-either"
HOST_UNIQ = "0x5ec2e7"
SECRETS = (PASSWORD, TOKEN, HOST_UNIQ[2:])


def client_session(directory: Path) -> dict[str, Any]:
    """Dialled on a line where nobody answers."""
    password = directory / "password"
    password.write_text(PASSWORD + "\n")
    password.chmod(0o600)
    client = {"username": "user@isp", "password_file": str(password), "host_uniq": HOST_UNIQ}
    return {"name": "dialled", "client": client, "lan": {"vlan": 11}, "wan": {"vlans": [835]}}


@pytest.fixture(scope="module")
def narrows(root: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    directory = tmp_path_factory.mktemp("api")
    token = directory / "token"
    token.write_text(TOKEN + "\n")
    token.chmod(0o600)
    config = on_veth(terminate(session(), client_session(directory)))
    config["statistics"] = {"socket": str(directory / "narrows.sock"), "token_file": str(token), "hosts": ["box.example"]}
    with namespaces("box", "peer") as (box, peer):
        for side in ("lan", "wan"):
            veth(box, f"{side}0", peer, f"{side}1")
        daemon = Daemon(directory, box, config)
        daemon.token = TOKEN
        daemon.socket = directory / "narrows.sock"
        with daemon:
            yield daemon
        assert not daemon.socket.exists(), "the socket is removed at stop"


def ask(narrows: Daemon, url: str, method: str = "GET") -> tuple[int, Any]:
    return control_socket.ask(narrows.socket, url, method)


def document(narrows: Daemon) -> dict[str, Any]:
    return ask(narrows, "/api/v1/openapi.json")[1]


def check_answer(whole: dict[str, Any], operation: dict[str, Any], status: int, body: Any) -> None:
    [content] = operation["responses"][str(status)]["content"].values()
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": whole["components"]}
    jsonschema.Draft202012Validator(schema | content["schema"]).validate(body)


def test_every_path_of_the_document_answers_as_it_says(narrows: Daemon) -> None:
    whole = document(narrows)
    for path, operations in whole["paths"].items():
        for method, operation in operations.items():
            if "application/x-pcapng" in operation["responses"]["200"]["content"]:
                continue  # goes on until the client closes: test_run_capture.py
            for name in ("isp", "dialled"):
                status, body = ask(narrows, path.replace("{name}", name), method.upper())
                assert str(status) in operation["responses"], (path, status, body)
                check_answer(whole, operation, status, body)
            for parameter in operation.get("parameters", []):
                for value in parameter["schema"].get("enum", [1]) if parameter["in"] == "query" else []:
                    status, body = ask(narrows, f"{path}?{parameter['name']}={value}", method.upper())
                    assert status == 200, (path, parameter, body)
                    check_answer(whole, operation, status, body)


def test_every_route_is_in_the_document(narrows: Daemon) -> None:
    """The routes are the literals that the sources compare paths with."""
    source = (Path(__file__).parents[2] / "src/control/http_api.cpp").read_text()
    served = {text for text in source.split('"') if text.startswith("/") and "\n" not in text}
    paths = document(narrows)["paths"]
    told = {path.split("{")[0] for path in paths}
    assert served == told


def test_no_answer_has_a_secret(narrows: Daemon) -> None:
    for path in document(narrows)["paths"]:
        for url in (path, f"{path}?sessions=off"):
            text = json.dumps(ask(narrows, url)[1])
            assert not [secret for secret in SECRETS if secret in text], url
    config = ask(narrows, "/api/v1/config")[1]
    assert config["sessions"][1]["client"]["password"] == "***"
    assert config["statistics"]["token"] == "***"
    assert not [secret for secret in SECRETS if secret in narrows.output()]


def test_sessions_by_page_and_state(narrows: Daemon) -> None:
    names = lambda query: [one["name"] for one in ask(narrows, f"/api/v1/sessions?{query}")[1]["sessions"]]
    assert names("") == ["isp", "dialled"]
    assert names("offset=1&limit=1") == ["dialled"]
    assert names("state=up") == ["isp"]
    assert names("state=not_up") == ["dialled"]
    for query in ("limit=0", "limit=1001", "offset=-1", "offset=x", "state=UP"):
        assert ask(narrows, f"/api/v1/sessions?{query}")[0] == 400


def test_actions_over_the_control_socket(narrows: Daemon) -> None:
    status, body = ask(narrows, "/api/v1/sessions/dialled/drop", "POST")
    assert (status, body["done"]) == (200, True)
    state = lambda: ask(narrows, "/api/v1/sessions?offset=1")[1]["sessions"][0]
    wait_for("the session is down", lambda: state()["state"] == "down")
    assert "dropped on request" in state()["client"]["last_error"]
    dials = state()["client"]["dials"]
    assert ask(narrows, "/api/v1/sessions/dialled/redial", "POST")[0] == 200
    wait_for("it is dialled again", lambda: state()["client"]["dials"] > dials)
    for name, why in (("isp", "is static"), ("nobody", "there is no session nobody")):
        status, body = ask(narrows, f"/api/v1/sessions/{name}/drop", "POST")
        assert status == 409 and why in body["message"]
    assert ask(narrows, "/api/v1/sessions/isp/explode", "POST")[0] == 404


def test_events_say_what_happened(narrows: Daemon) -> None:
    events = ask(narrows, "/api/v1/events")[1]["events"]
    assert events[0]["kind"] == "started"
    assert "session_failed" in {event["kind"] for event in events if event["session"] == "dialled"}
    assert ask(narrows, f"/api/v1/events?since={events[-1]['id'] + 1000}")[1]["events"] == []


def over_tcp(narrows: Daemon, url: str, method: str = "GET", **headers: str) -> tuple[int, str, Any]:
    request = urllib.request.Request(f"http://{STATISTICS}{url}", method=method, headers=headers)
    with narrows.namespace.entered():
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode(), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), error.headers


def test_tcp_needs_the_token_and_a_known_host_and_takes_no_action(narrows: Daemon) -> None:
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert over_tcp(narrows, "/healthz", **bearer)[0] == 200
    status, _, headers = over_tcp(narrows, "/api/v1/config")
    assert status == 401 and headers["WWW-Authenticate"].startswith("Bearer")
    assert over_tcp(narrows, "/")[0] == 200, "the page, which asks for the token"
    assert over_tcp(narrows, "/", Host="evil.example")[0] == 421
    assert over_tcp(narrows, "/metrics", Authorization=f"Bearer {TOKEN}x")[0] == 401
    assert over_tcp(narrows, "/healthz", Host="box.example:9480", **bearer)[0] == 200
    assert over_tcp(narrows, "/healthz", Host="evil.example", **bearer)[0] == 421
    status, body, _ = over_tcp(narrows, "/api/v1/reload", "POST", **bearer)
    assert status == 405 and "control socket" in body


def test_the_socket_is_for_owner_and_group(narrows: Daemon) -> None:
    mode = os.stat(narrows.socket)
    assert stat.S_IMODE(mode.st_mode) == 0o660


def test_status_and_top(narrows: Daemon) -> None:
    result = run("status", "--socket", narrows.socket)
    assert result.returncode == 0, result.stderr
    for part in ("LAN -> WAN", "sessions: 1 of 2 up", "isp", "dialled", "last events"):
        assert part in result.stdout
    told = json.loads(run("status", "--socket", narrows.socket, "--json").stdout)
    assert [one["name"] for one in told["sessions"]["sessions"]] == ["isp", "dialled"]
    once = run("top", "--socket", narrows.socket)
    assert once.returncode == 0 and "bit/s" in once.stdout and "\x1b" not in once.stdout


def test_status_by_url_needs_the_token(narrows: Daemon, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")
    with narrows.namespace.entered():
        command = [BINARY, "status", "--url", f"http://{STATISTICS}"]
        refused = subprocess.run(command, capture_output=True, text=True)
        allowed = subprocess.run([*command, "--token-file", token], capture_output=True, text=True)
    assert refused.returncode == 1 and "401" in refused.stderr and refused.stderr.count("\n") == 1
    assert allowed.returncode == 0 and "isp" in allowed.stdout


def status_refused(*words: Any, **options: Any) -> str:
    """The one line that it is refused with."""
    result = run("status", *words, **options)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    return result.stderr.removeprefix("narrows: ").rstrip()


def test_nobody_there_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "none.sock"
    assert status_refused("--socket", path) == f"narrows is not running: no socket {path}"
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))  # as by one that has ended without a word
        assert status_refused("--socket", path) == f"narrows is not running: nobody listens on {path}"
    for url in ("http://127.0.0.1:1", "http://[::1]:1", "http://127.0.0.1:port"):
        assert status_refused("--url", url) == f"nobody answers at {url}: is that an address of statistics.listen?"


def test_a_socket_of_others(root: None, public_directory: Path) -> None:
    path = public_directory / "narrows.sock"
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))
        path.chmod(0o660)
        shutil.copy(BINARY, public_directory)
        nobody: dict[str, Any] = {"user": 65534, "group": 65534, "extra_groups": []}
        command = [public_directory / "narrows", "status", "--socket", path]
        result = subprocess.run(command, capture_output=True, text=True, **nobody)
    assert result.stderr == f"narrows: {path}: permission denied; use sudo, or join the socket's group\n"


@pytest.mark.parametrize("answer", (b"", b"220 mail.example ESMTP\r\n", b"HTTP/1.1 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\n"))
def test_whoever_else_answers(answer: bytes) -> None:
    """And is asked in the name that was given, with its port: it may be a proxy."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listening:
        url = f"http://[::1]:{listening.getsockname()[1]}"
        asked: list[bytes] = []

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                asked.append(connection.recv(4096))
                connection.sendall(answer)

        server = threading.Thread(target=serve)
        server.start()
        assert status_refused("--url", url) == f"{url}: no answer within 10 s, or none that makes sense: is it Narrows?"
        server.join()
    assert f"Host: {url.removeprefix('http://')}\r\n".encode() in asked[0]


def test_top_in_a_terminal_leaves_on_q_and_restores_it(narrows: Daemon) -> None:
    main, terminal = pty.openpty()
    before = termios.tcgetattr(terminal)
    command = [BINARY, "top", "--socket", narrows.socket]
    process = subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, env=os.environ | {"TERM": "xterm"})
    shown = b""
    while b"q: quit" not in shown:
        shown += os.read(main, 65536)
    os.write(main, b"q")
    assert process.wait(30) == 0
    while b"\x1b[?1049l" not in shown:
        shown += os.read(main, 65536)
    assert b"sessions: 1 of 2 up" in shown and b"\x1b[?1049h" in shown
    assert termios.tcgetattr(terminal) == before
    os.close(main)
    os.close(terminal)
