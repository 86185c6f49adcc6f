"""A headless Chromium that is driven over two pipes, by its DevTools protocol."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

EXECUTABLE = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WHY_NOT = "needs Chromium: apt-get install chromium"

# As root, as in most containers, Chromium has no sandbox; what it opens here are our own pages.
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-extensions",
    "--no-first-run",
    "--remote-debugging-pipe",
    "about:blank",
)
_CODES = {"Escape": 27, "Enter": 13, "ArrowDown": 40, "ArrowUp": 38, "Tab": 9}
_PATIENCE = 120.0
"""Seconds for an answer of the browser."""


class Refused(Exception):
    """A command that Chromium did not carry out, or a script that failed."""


class Browser:
    """A browser process with a profile of its own; ended when the context is left.

    Parameters
    ----------
    profile
        Empty folder for its files.
    """

    def __init__(self, profile: Path) -> None:
        assert EXECUTABLE is not None, WHY_NOT
        told, self._write = os.pipe()
        self._read, tells = os.pipe()
        # Chromium listens on descriptor 3 and speaks on 4; high numbers first, lest one overwrite the other.
        high = [fcntl.fcntl(end, fcntl.F_DUPFD, 100) for end in (told, tells)]
        log = os.open(profile / "chromium.log", os.O_WRONLY | os.O_CREAT)
        self._process = os.posix_spawn(
            EXECUTABLE,
            [EXECUTABLE, *_FLAGS, f"--user-data-dir={profile}"],
            {**os.environ, "HOME": str(profile), "LANG": "en_US.UTF-8"},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, high[0], 3),
                (os.POSIX_SPAWN_DUP2, high[1], 4),
                (os.POSIX_SPAWN_DUP2, log, 1),
                (os.POSIX_SPAWN_DUP2, log, 2),
            ],
            setpgroup=0,
        )
        for end in (told, tells, log, *high):
            os.close(end)
        self._buffer = b""
        self._number = 0
        self._tab: str | None = None
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        os.close(self._read)
        os.close(self._write)

    def send(self, method: str, session: str | None = None, /, **params: Any) -> dict[str, Any]:
        """The result of one command."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise Refused(method, answer["error"])
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], _PATIENCE)
            chunk = os.read(self._read, 1 << 20) if ready else b""
            assert chunk, "Chromium says nothing; its log is in its profile folder"
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message

    def open(self, url: str, *, size: tuple[int, int] = (1600, 960), dark: bool = False) -> Page:
        """A new tab in place of the one before, as large as told in pixels."""
        before, self._tab = self._tab, self.send("Target.createTarget", url="about:blank")["targetId"]
        if before is not None:
            self.send("Target.closeTarget", targetId=before)
        session = self.send("Target.attachToTarget", targetId=self._tab, flatten=True)["sessionId"]
        page = Page(self, session)
        page.send("Page.enable")
        page.send("Runtime.enable")
        page.send("Log.enable")
        page.resize(*size)
        page.send(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}],
        )
        page.send("Page.navigate", url=url)
        page.wait_for("location.protocol !== 'about:' && document.readyState === 'complete'")
        return page


class Page:
    """One tab."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session

    def send(self, method: str, /, **params: Any) -> dict[str, Any]:
        return self._browser.send(method, self._session, **params)

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, as JSON data."""
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise Refused(expression, answer["exceptionDetails"]["exception"]["description"])
        return answer["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Return once JavaScript holds an expression for true."""
        end = time.monotonic() + _PATIENCE
        while not self._holds(expression):
            assert time.monotonic() < end, f"never true: {expression}\n{self.evaluate('document.body.innerText')}"
            time.sleep(0.05)

    def _holds(self, expression: str) -> bool:
        try:
            return bool(self.evaluate(f"Boolean({expression})"))
        except Refused:  # between two documents, or before what it speaks of is there
            return False

    def text(self, selector: str) -> str:
        """The visible text of the first element that matches, with single spaces."""
        return " ".join(str(self.evaluate(f"document.querySelector({json.dumps(selector)}).innerText")).split())

    def texts(self, selector: str) -> list[str]:
        """The text of every element that matches, with single spaces."""
        found = self.evaluate(f"[...document.querySelectorAll({json.dumps(selector)})].map((node) => node.textContent)")
        return [" ".join(text.split()) for text in found]

    def click(self, selector: str) -> None:
        """Press the mouse where the element is, as a reader would once it is there."""
        self.wait_for(f"document.querySelector({json.dumps(selector)})?.checkVisibility()")
        box = self.evaluate(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.scrollIntoView({{block: 'nearest'}});"
            " const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def press(self, key: str) -> None:
        """Strike a named key such as ``Escape``."""
        text = {"Enter": "\r"}.get(key, "")
        for kind in ("keyDown", "keyUp"):
            self.send(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=_CODES[key], text=text
            )

    def type(self, text: str) -> None:
        """Put text where the focus is."""
        self.send("Input.insertText", text=text)

    def resize(self, width: int, height: int) -> None:
        """Set the size of the tab, in pixels."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def screenshot(self, path: Path) -> None:
        """Write what the tab shows as PNG."""
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"]))

    def complaints(self) -> Sequence[str]:
        """Errors of scripts, what the content policy refused, failed loads, and dialogs that a script opened."""
        found = []
        for event in self._browser.events:
            params = event.get("params", {})
            if event.get("sessionId") != self._session:
                continue
            if event["method"] in ("Runtime.exceptionThrown", "Page.javascriptDialogOpening"):
                found.append(json.dumps(params))
            elif event["method"] == "Log.entryAdded" and params["entry"]["level"] == "error":
                found.append(params["entry"]["text"])
            elif event["method"] == "Runtime.consoleAPICalled" and params["type"] == "error":
                found.append(json.dumps(params["args"]))
        return found
