"""A kernel that the build forks is like one that Jupyter starts."""

import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import forked
import nbformat
import pytest
from jupyter_client.provisioning import KernelProvisionerFactory
from nbclient import NotebookClient

pytestmark = pytest.mark.skipif(not forked.LINUX, reason="elsewhere every kernel is Jupyter's own")

CELLS = [
    "import os, sys; print(os.getcwd(), sys.argv[0], os.environ['SAID'])",
    "from lib import figures, training; import matplotlib; print(matplotlib.get_backend())",
    "fig, ax = figures.panels(1, 1); ax.plot([0, 1, 0]);",
    "print('aside', file=sys.stderr); 1 + 1",
    "import folds",
    "import lib; print(hasattr(lib, 'left')); lib.left = 1",
    "import random; print(os.getppid() == os.getpid(), os.getsid(0) == os.getpid())",
    "1 / 0",
]


@pytest.fixture
def forking():
    """Kernels are forked, until the end of a test."""
    factory = KernelProvisionerFactory.instance()
    before = factory.default_provisioner_name
    forked.setup(None)
    yield
    factory.default_provisioner_name = before


def executed(folder, cells=CELLS):
    """What the cells put out, without what names a place in memory or a process."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=180, allow_errors=True, kernel_name="python3",
                   resources={"metadata": {"path": str(folder)}}).execute()
    return [cell.outputs for cell in notebook.cells]


def test_it_puts_out_the_same(forking, tmp_path, monkeypatch):
    monkeypatch.setenv("SAID", "so")
    found = executed(tmp_path)
    assert executed(tmp_path) == found  # nothing is left from one kernel to the next
    KernelProvisionerFactory.instance().default_provisioner_name = "local-provisioner"
    usual = executed(tmp_path)
    for ours, theirs in zip(found, usual, strict=True):
        assert ours == theirs
    assert found[4][0].ename == "ModuleNotFoundError" and "image/png" in found[2][0].data


def test_a_signal_to_a_kernel_that_has_ended_is_no_error():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    forked.Forked(SimpleNamespace(pid=ended.pid)).send_signal(signal.SIGINT)


def test_chance_is_another_in_each(forking, tmp_path):
    draws = [executed(tmp_path, ["import random; random.random()"]) for _ in range(2)]
    assert draws[0] != draws[1]


def test_another_kernel_is_started_as_it_wants(forking, tmp_path, monkeypatch):
    monkeypatch.setattr(forked, "LAUNCH", "another")
    (out,) = executed(tmp_path, [f"import os; os.getppid() == {os.getpid()}"])
    assert out[0].data["text/plain"] == "True"
