"""Firefox without a window, driven over WebDriver BiDi: there is no driver to install."""

import itertools
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from screen import PATIENCE
from websocket import WebSocketTimeoutException, create_connection

PREFERENCES = {
    "remote.active-protocols": 1,  # BiDi
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "browser.aboutConfig.showWarning": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.server": "",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "browser.safebrowsing.provider.mozilla.updateURL": "",
    "extensions.getAddons.cache.enabled": False,
    "extensions.update.enabled": False,
    "app.normandy.enabled": False,
    "services.settings.server": "data:,",
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",  # nobody answers
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "network.proxy.no_proxies_on": "127.0.0.1",
    "ui.prefersReducedMotion": 1,
}
HALF_READ = "Invalid markup: Incorrect number of children"  # of a formula whose end is to come
LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")


def executable() -> str | None:
    """The path of a Firefox: FIREFOX=, or the first one found."""
    return os.environ.get("FIREFOX") or next(
        filter(None, map(shutil.which, ("firefox-esr", "firefox"))), None
    )


class Firefox:
    """A running Firefox with a profile of its own; close() ends it."""

    def __init__(self, path: str, patience: float = PATIENCE):
        self.patience, self.ids, self.errors, self.asked = patience, itertools.count(1), [], []
        self.folder = Path(tempfile.mkdtemp(prefix="firefox-"))
        written = (
            f"user_pref({json.dumps(name)}, {json.dumps(value)});"
            for name, value in PREFERENCES.items()
        )
        (self.folder / "user.js").write_text("\n".join(written), "utf8")
        self.log = open(self.folder / "log", "w+", encoding="utf8")
        environment = {
            **os.environ,
            "HOME": str(self.folder),
            "MOZ_HEADLESS": "1",
            "MOZ_CRASHREPORTER_DISABLE": "1",
        }
        self.process = subprocess.Popen(
            [
                path, "--headless", "--no-remote", "--profile", str(self.folder),
                "--remote-debugging-port", "0", "about:blank",
            ],
            env=environment, stdout=self.log, stderr=subprocess.STDOUT,
        )
        try:
            self.socket = create_connection(
                self._address() + "/session", timeout=patience, suppress_origin=True
            )
            self.command("session.new", capabilities={})
            self.command(
                "session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"]
            )
            self.context = self.command("browsingContext.getTree")["contexts"][0]["context"]
        except BaseException:
            self.close()
            raise

    def _address(self):
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline and self.process.poll() is None:
            said = (self.folder / "log").read_text("utf8", "replace")
            if found := LISTENS.search(said):
                return found[1]
            time.sleep(0.1)
        raise TimeoutError(
            f"Firefox does not answer: {(self.folder / 'log').read_text('utf8', 'replace')[-2000:]}"
        )

    def command(self, method: str, **parameters):
        """Send a command of WebDriver BiDi, note what happens meanwhile, and return its result."""
        number = next(self.ids)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            try:
                message = json.loads(self.socket.recv())
            except WebSocketTimeoutException:
                break
            if message.get("id") == number:
                if message["type"] == "error":
                    raise RuntimeError(f"{method}: {message['error']}: {message['message']}")
                return message["result"]
            self._note(message)
        raise TimeoutError(f"{method}: no answer in {self.patience} s")

    def _note(self, message):
        about = message.get("params", {})
        if message.get("method") == "log.entryAdded" and about["level"] == "error":
            self.errors.append(about["text"])
        if message.get("method") == "network.beforeRequestSent" and not about["request"][
            "url"
        ].startswith(("data:", "blob:")):
            self.asked.append(about["request"]["url"])

    def open(self, address: str, width: int = 1280, height: int = 900):
        """Load a page, and forget what the one before did."""
        self.command(
            "browsingContext.setViewport", context=self.context,
            viewport={"width": width, "height": height},
        )
        self.errors, self.asked = [], []
        self.command("browsingContext.navigate", context=self.context, url=address, wait="complete")

    def evaluate(self, expression: str):
        """The value of an expression (or of the promise that it is), by way of JSON."""
        code = f"(async () => JSON.stringify(await ({expression})))()"
        answer = self.command(
            "script.evaluate", expression=code, target={"context": self.context}, awaitPromise=True
        )
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"].get("value", "null"))

    def wait_for(self, expression: str):
        """Wait until an expression holds, and return its value."""
        deadline = time.monotonic() + self.patience
        while not (value := self.evaluate(expression)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not so in {self.patience} s: {expression}")
            time.sleep(0.05)
        return value

    def press(self, key: str):
        """Press and release a key, as a hand does."""
        actions = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        self.command(
            "input.performActions", context=self.context,
            actions=[{"type": "key", "id": "keyboard", "actions": actions}],
        )

    def point(self, x: int, y: int):
        """Move the pointer to a place of the window."""
        actions = [{"type": "pointerMove", "x": x, "y": y}]
        self.command(
            "input.performActions", context=self.context,
            actions=[{"type": "pointer", "id": "mouse", "actions": actions}],
        )

    def close(self):
        if hasattr(self, "socket"):
            self.socket.close()
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
