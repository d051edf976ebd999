"""An explorer in JupyterLab, driven in a browser, with Python and the picture on one state."""

import http.server
import itertools
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import nbformat
import pytest
from screen import PATIENCE, number, patiently, settle

ROOT = Path(__file__).parents[2]
CELLS = [
    "from lib.explorers import Delta\ne = Delta(playing=False, epoch=200)\ne", "e.delta = 5",
    "print('first sample', e.samples.y[0].item())", "print('delta is', e.delta)",
    "from lib.course import question\nquestion('caught')",
]


@pytest.fixture
def lab(tmp_path):
    """The address of a server whose folder holds one notebook."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    notebook.metadata.kernelspec = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    nbformat.write(notebook, tmp_path / "live.ipynb")
    folders = {
        name: str(tmp_path / name)
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    environment = {
        **os.environ,
        **folders,
        "PYTHONPATH": str(ROOT),
        "JUPYTER_CONFIG_PATH": str(ROOT / ".jupyter"),
    }
    with open(tmp_path / "server.log", "w") as log:
        server = subprocess.Popen(
            [
                sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root",
                "--ServerApp.port=0", "--IdentityProvider.token=",
                f"--ServerApp.root_dir={tmp_path}",
            ],
            env=environment, stdout=log, stderr=subprocess.STDOUT,
        )
    said = lambda: f"no server: {(tmp_path / 'server.log').read_text()[-2000:]}"  # noqa: E731

    def address():  # the server has found a free port, and says so in a file
        assert server.poll() is None, said()
        for path in (tmp_path / "JUPYTER_RUNTIME_DIR").glob("jpserver-*.json"):
            port = re.search(r'"port": (\d+),', path.read_text("utf8"))  # it may be half written
            if port and answer(f"http://127.0.0.1:{port[1]}/api"):
                return f"http://127.0.0.1:{port[1]}"

    try:
        yield patiently(address, said)
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


def answer(address):
    """What an address says as JSON; None while it is in trouble (a busy server answers 500)."""
    try:
        with urlopen(address, timeout=10) as said:
            return json.load(said)
    except HTTPError as error:
        error.close()
    except (OSError, ValueError):
        pass
    return None


def connected(lab):
    """The kernels that are idle and have a page looking at them."""
    return [
        k
        for k in answer(f"{lab}/api/kernels") or ()
        if k["execution_state"] == "idle" and k["connections"]
    ]


def test_a_passing_trouble_of_the_server_is_waited_for():
    replies = [500, 503, None, 200]

    class Troubled(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status = replies.pop(0)
            if status is None:  # hangs up
                return
            self.send_response(status)
            self.end_headers()
            self.wfile.write(
                b'[{"execution_state": "idle", "connections": 1}]' if status == 200 else b""
            )

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Troubled) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        lab = f"http://127.0.0.1:{server.server_port}"
        assert len(patiently(lambda: connected(lab), lambda: f"left: {replies}")) == 1
        server.shutdown()
    assert replies == []


def test_python_moves_the_picture_and_the_hand_moves_python(lab, open_page):
    page = open_page(f"{lab}/lab/tree/live.ipynb")
    page.set_default_timeout(1000 * PATIENCE)
    cells, runs = page.locator(".jp-CodeCell"), itertools.count(1)
    rest = lambda: page.wait_for_timeout(200)  # noqa: E731

    def run(k):  # and wait until its kernel has answered
        cells.nth(k).locator(".cm-content").click()
        page.keyboard.press("Shift+Enter")
        cells.nth(k).locator(".jp-InputPrompt", has_text=f"[{next(runs)}]:").wait_for()

    def said(k):
        run(k)
        return cells.nth(k).locator(".jp-OutputArea-output").inner_text().split()[-1]

    cells.nth(3).wait_for()
    patiently(lambda: connected(lab), lambda: answer(f"{lab}/api/kernels"), rest)
    page.get_by_text("(ipykernel) | Idle").wait_for()
    run(0)
    page.locator(".ex-host canvas").first.wait_for()
    settle(page)
    rows = page.locator(".ex-readout > div")  # a notebook's own rules for lists leave them alone
    assert rows.count() > 2 and max(row.bounding_box()["height"] for row in rows.all()) < 40
    value = page.get_by_role("slider", name="δ")
    picture = "document.querySelector('.ex-host canvas').toDataURL()"
    before = page.evaluate(picture), value.get_attribute("aria-valuetext")
    run(1)  # Python to picture
    page.wait_for_function(f"before => {picture} !== before", arg=before[0])
    page.wait_for_function(
        "([e, before]) => e.ariaValueText !== before && e.ariaValueText.includes('5')",
        arg=[value.element_handle(), before[1]],
    )

    handle = page.locator(".ex-handle").first  # picture to Python
    label = handle.get_attribute("aria-label")
    handle.hover()  # it has a place and stays there
    box = handle.bounding_box()
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + 50, steps=5)
    page.mouse.up()
    settle(page)
    assert handle.get_attribute("aria-label") != label
    page.get_by_role("button", name="δ = plus infinity").click()
    seen = []

    def agreed():  # what the handle is called, and what Python has heard of it by now
        shown = number(handle.get_attribute("aria-label").split("y")[-1])
        seen[:] = shown, float(said(2)), said(3)
        return abs(seen[1] - shown) < 1e-3 and abs(shown - 0.8) > 0.1 and seen[2] == "inf"

    patiently(agreed, lambda: f"the picture has y = {seen[0]}, Python y, δ = {seen[1:]}", rest)
    assert not [error for error in page.errors if "ex-" in error or "explorer" in error.lower()]
    run(4)  # a question to commit to
    one = page.locator("#question-caught")
    one.get_by_role("radio").nth(0).check()
    one.get_by_role("button", name="Commit").click()
    one.get_by_text("This takes a caught neuron for a dead one.").wait_for()
