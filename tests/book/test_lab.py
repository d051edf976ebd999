"""An explorer in JupyterLab: a real server and kernel, driven in a browser, with Python and the picture on one state."""
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
CELLS = ["from lib.explorers import Delta\ne = Delta(playing=False, epoch=200)\ne", "e.delta = 5",
         "print('first sample', e.samples.y[0].item())", "print('delta is', e.delta)"]


@pytest.fixture
def lab(tmp_path):
    """The address of a server whose folder holds one notebook."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, tmp_path / "live.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {name: str(tmp_path / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR",
                                                       "IPYTHONDIR")}
    environment = {**os.environ, **folders, "PYTHONPATH": str(ROOT), "JUPYTER_CONFIG_PATH": str(ROOT / ".jupyter")}
    with open(tmp_path / "server.log", "w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", f"--ServerApp.port={port}",
             "--ServerApp.port_retries=0", "--IdentityProvider.token=", f"--ServerApp.root_dir={tmp_path}"],
            env=environment, stdout=log, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urlopen(f"{address}/api", timeout=2).close()
                break
            except OSError:
                said = (tmp_path / "server.log").read_text()[-2000:]
                assert server.poll() is None and time.monotonic() < deadline, f"no server: {said}"
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


def kernels(lab):
    try:
        with urlopen(f"{lab}/api/kernels", timeout=10) as answer:
            return json.load(answer)
    except OSError:                                                      # a busy server may fail in passing
        return []


def test_python_moves_the_picture_and_the_hand_moves_python(lab, open_page):
    page = open_page(f"{lab}/lab/tree/live.ipynb")
    page.set_default_timeout(60_000)
    cells = page.locator(".jp-CodeCell")

    def run(k):                                                          # and wait until its kernel has answered
        cells.nth(k).locator(".cm-content").click()
        page.keyboard.press("Shift+Enter")
        cells.nth(k).locator(".jp-InputPrompt", has_text=f"[{k + 1}]:").wait_for()

    def said(k):
        return cells.nth(k).locator(".jp-OutputArea-output").inner_text().split()[-1]

    cells.nth(3).wait_for()
    deadline = time.monotonic() + 60
    while not any(k["execution_state"] == "idle" and k["connections"] for k in kernels(lab)):
        assert time.monotonic() < deadline, kernels(lab)
        page.wait_for_timeout(200)
    page.get_by_text("(ipykernel) | Idle").wait_for()
    run(0)
    page.locator(".ex-host canvas").first.wait_for()
    page.wait_for_function("!document.querySelector('.ex-host').hasAttribute('data-busy')")
    value = page.get_by_role("slider", name="δ")
    picture = "document.querySelector('.ex-host canvas').toDataURL()"
    before = page.evaluate(picture), value.get_attribute("aria-valuetext")
    run(1)                                                               # Python to picture
    page.wait_for_function(f"before => {picture} !== before", arg=before[0])
    assert value.get_attribute("aria-valuetext") != before[1] and "5" in value.get_attribute("aria-valuetext")

    handle = page.locator(".ex-handle").first                            # picture to Python
    label = handle.get_attribute("aria-label")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + 50, steps=5)
    page.mouse.up()
    moved = handle.get_attribute("aria-label")
    assert moved != label
    page.get_by_role("button", name="δ = plus infinity").click()
    run(2)
    run(3)
    shown = float(moved.split("y")[-1].replace("−", "-"))
    assert abs(float(said(2)) - shown) < 1e-3 < abs(float(said(2)) - 0.8) and said(3) == "inf"
    assert not [error for error in page.errors if "ex-" in error or "explorer" in error.lower()]
