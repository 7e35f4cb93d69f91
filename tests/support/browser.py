# SPDX-License-Identifier: BSD-3-Clause
"""Headless Chromium, steered over a pipe with the DevTools protocol."""
from __future__ import annotations

import json
import os
import select
import subprocess
import time
from pathlib import Path
from typing import Any

from support.namespaces import Namespace

PATIENCE_SECONDS = 60


class Browser:
    """One page. `faults` are script errors and console errors, `requests` the addresses it asked for."""

    def __init__(self, directory: Path, namespace: Namespace, width: int = 1000, dark: bool = False) -> None:
        to_browser, self._to = os.pipe()
        self._from, from_browser = os.pipe()
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                 "--disable-extensions", "--disable-background-networking", "--disable-component-update",
                 "--remote-debugging-pipe", f"--user-data-dir={directory / 'profile'}"]

        def give_pipes() -> None:  # as descriptors 3 and 4
            first, second = os.dup(to_browser), os.dup(from_browser)
            os.dup2(first, 3)
            os.dup2(second, 4)

        log = (directory / "chromium.log").open("w")
        with namespace.entered():
            self.process = subprocess.Popen(
                ["chromium", *flags, "about:blank"], preexec_fn=give_pipes, close_fds=False,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )
        for descriptor in (to_browser, from_browser):
            os.close(descriptor)
        self._buffer, self._last, self._session = b"", 0, None
        self.faults: list[str] = []
        self.requests: list[str] = []
        [target] = [one for one in self.call("Target.getTargets")["targetInfos"] if one["type"] == "page"]
        attached = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 600)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *failure: Any) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self._to)
        os.close(self._from)

    def open(self, url: str) -> None:
        self.call("Page.navigate", url=url)

    def run(self, expression: str) -> Any:
        """The value of a script's expression."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def type(self, text: str) -> None:
        """Into what has the focus; ends with Enter."""
        self.call("Input.insertText", text=text)
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r")

    def wait(self, what: str, expression: str) -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (value := self.run(expression)):
            assert time.monotonic() < deadline, f"{what}: {self.run('document.body.innerText')}\n{self.faults}"
            time.sleep(0.1)
        return value

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while (answer := self._receive()).get("id") != self._last:
            self._note(answer)
        assert "error" not in answer, answer
        return answer["result"]

    def _note(self, event: dict[str, Any]) -> None:
        parameters = event.get("params", {})
        if event["method"] == "Runtime.exceptionThrown":
            self.faults.append(json.dumps(parameters["exceptionDetails"]))
        elif event["method"] == "Log.entryAdded" and parameters["entry"]["source"] != "network":
            self.faults.append(json.dumps(parameters["entry"]))
        elif event["method"] == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._from], [], [], PATIENCE_SECONDS)
            assert ready, "Chromium does not answer"
            octets = os.read(self._from, 1 << 20)
            assert octets, "Chromium has ended"
            self._buffer += octets
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)
