# SPDX-License-Identifier: BSD-3-Clause
"""The status page in a real browser."""
from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Iterator

import pytest

from support import crafted
from support.browser import Browser
from support.daemon import STATISTICS, Daemon, on_veth
from support.namespaces import Namespace, namespaces, veth
from support.narrows import ROOT, session, terminate

PAGE = f"http://{STATISTICS}/"
CONTRAST = 4.5  # WCAG 2.1, level AA
HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"

# Every element with text of its own: its contrast to the nearest background that is no part of a drawing.
CONTRASTS = """(() => {
  const channels = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (text) => { const [r, g, b] = channels(text).slice(0, 3).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 :
    ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const back = (element) => { for (let e = element; e; e = e.parentElement) {
    const color = getComputedStyle(e).backgroundColor; const c = channels(color);
    if (c.length === 3 || c[3] > 0) return color; } return "rgb(255, 255, 255)"; };
  return [...document.querySelectorAll("body *")].filter((e) => !["SCRIPT", "STYLE", "OPTION", "title", "desc"].includes(e.tagName) && !e.disabled &&
    [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())).map((e) => {
      const style = getComputedStyle(e); const front = light(e instanceof SVGElement ? style.fill : style.color), behind = light(back(e));
      return [(Math.max(front, behind) + 0.05) / (Math.min(front, behind) + 0.05), e.id || e.tagName, e.textContent.slice(0, 20)]; });
})()"""


@pytest.fixture
def line(root: None) -> Iterator[tuple[Namespace, Namespace]]:
    with namespaces("box", "peer") as (box, peer):
        for side in ("lan", "wan"):
            veth(box, f"{side}0", peer, f"{side}1")
        yield box, peer


def wait_row(browser: Browser, text: str) -> None:
    browser.wait(f"the forwarded count {text}", f"document.querySelector('#rates tr td:last-child')?.textContent === {text!r}")


def test_live_numbers_and_a_restart(line: tuple[Namespace, Namespace], tmp_path: Path) -> None:
    box, peer = line
    config = on_veth(terminate(session()), lan={"mac": crafted.LAN_MAC}, wan={"mac": crafted.WAN_MAC})
    frame = crafted.lan_frame(crafted.tcp("ipv4", crafted.mss(1460)), "ipv4")
    with Browser(tmp_path, box) as browser:
        with Daemon(tmp_path, box, config):
            browser.open(PAGE)
            wait_row(browser, "0")
            socket = peer.packet_socket("lan1")
            for _ in range(3):
                socket.send(frame)
            wait_row(browser, "3")
            assert browser.run("document.getElementById('session-count').textContent") == "1 of 1 up"
            assert browser.run("document.getElementById('health').textContent") == "forwarding"
            assert "3" in browser.run("document.querySelector('#clamps tr').textContent")
            browser.wait("a chart", "document.getElementById('chart-wan').getAttribute('points').length > 0")
        browser.wait("it says so", "document.getElementById('away').textContent.startsWith('no connection since ')")
        with Daemon(tmp_path, box, config):
            wait_row(browser, "0")
            browser.wait("it is back", "document.getElementById('away').textContent === ''")
        assert browser.faults == []
        assert all(url.startswith((PAGE, "data:")) for url in browser.requests), set(browser.requests)


def wait_question(browser: Browser, problem: str) -> None:
    browser.wait("the question", f"document.activeElement?.id === 'token' && document.getElementById('token-problem').textContent === {problem!r}")
    assert browser.run("[document.getElementById('main').hidden, document.getElementById('token').value]") == [True, ""]


def test_a_token_is_asked_for(line: tuple[Namespace, Namespace], tmp_path: Path) -> None:
    box, _ = line
    (tmp_path / "token").touch(mode=0o600)
    config = on_veth(terminate(session()), lan={"mac": crafted.LAN_MAC})
    config["statistics"] = {"token_file": str(tmp_path / "token")}
    wrong = "This token is not right."
    with Browser(tmp_path, box, width=360) as browser:
        for number, (token, problem) in enumerate((("the-first-of-two-tokens", ""), ("the-other-of-two-tokens", wrong))):
            (tmp_path / "token").write_text(token)
            daemon = Daemon(tmp_path, box, config)
            daemon.token = token
            with daemon:
                if number == 0:
                    browser.open(PAGE)
                wait_question(browser, problem)
                assert [row for row in browser.run(CONTRASTS) if row[0] < CONTRAST] == []
                for nonsense in ("not the token", "\u2603"):
                    browser.type(nonsense)
                    wait_question(browser, wrong)
                browser.type(token)
                browser.wait("the end of the questions", "document.getElementById('login').hidden")
                wait_row(browser, "0")
                browser.open(PAGE)  # anew, in the same tab
                wait_row(browser, "0")
        assert browser.run("[localStorage.length, document.cookie, Object.values(sessionStorage)]") == [0, "", [token]]
        assert browser.faults == []


class FakeBox(BaseHTTPRequestHandler):
    """Thousands of sessions, and names and reasons from somebody who means harm."""

    sessions: list[dict[str, Any]] = []

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        body, kind = json.dumps(self.answer(path, query)).encode(), "application/json"
        if path == "/":
            body, kind = (ROOT / "src/control/status_page.html").read_bytes(), "text/html; charset=utf-8"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body)

    def answer(self, path: str, query: str) -> Any:
        if path == "/api/v1/events":
            event = {"id": 1, "time": 1.0, "kind": "session_failed", "session": HOSTILE, "text": HOSTILE}
            return {"events": [] if "since=1" in query else [event]}
        if path == "/api/v1/health":
            return {"healthy": True, "status": "forwarding"}
        if path == "/api/v1/sessions":
            offset = int(dict(part.split("=") for part in query.split("&"))["offset"])
            total = len(self.sessions)
            states = {"up": 0, "down": total}
            return {"total": total, "matching": total, "states": states, "sessions": self.sessions[offset : offset + 25]}
        counts = {"forwarded": 12345678901, "forwarded_ip_octets": 1, "dropped": {"x" * 40: 7}}
        both = {"ipv4": 1, "ipv6": 2}
        port = {"link_up": True, "link_mbps": 10000}
        directions = {way: counts | {"syn": both, "clamped": both} for way in ("lan_to_wan", "wan_to_lan")}
        return {"version": HOSTILE, "mode": "terminate", "uptime_seconds": 1.0, "directions": directions,
                "ports": {"lan": port, "wan": port}}

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def fake(root: None) -> Iterator[Namespace]:
    client = {"address": None, "ac_name": HOSTILE, "last_error": HOSTILE}
    FakeBox.sessions = [{"name": f"{HOSTILE}{number}", "state": "down", "mtu": 0, "id": 0, "client": client} for number in range(4000)]
    with namespaces("page") as (page,):
        with page.entered():
            server = ThreadingHTTPServer(("127.0.0.1", 9480), FakeBox)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield page
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("dark", (False, True))
def test_hostile_names_thousands_of_sessions_and_a_phone(fake: Namespace, tmp_path: Path, dark: bool) -> None:
    with Browser(tmp_path, fake, width=360, dark=dark) as browser:
        browser.open(PAGE)
        browser.wait("sessions", "document.querySelectorAll('#sessions tr').length === 25")
        assert browser.run("document.querySelectorAll('#sessions img, #events img, #sessions script').length") == 0
        assert browser.run("document.title") == "Narrows"
        assert HOSTILE in browser.run("document.getElementById('sessions').textContent")
        browser.run("document.getElementById('next').click()")
        browser.wait("the next page", "document.getElementById('page').textContent === '26 to 50 of 4000'")
        assert browser.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        low = [row for row in browser.run(CONTRASTS) if row[0] < CONTRAST]
        assert low == []
        # What a keyboard reaches, in the order of the page.
        stops = browser.run("[...document.querySelectorAll('button, select, summary')].every((e) => e.tabIndex === 0)")
        assert stops
        assert browser.faults == []
