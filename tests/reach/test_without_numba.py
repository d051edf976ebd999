"""All of lib but the compiled engine works where numba cannot be imported."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCKED = "import sys; sys.modules['numba'] = None\n"
EACH = """
import importlib, pkgutil, lib
for found in pkgutil.iter_modules(lib.__path__):
    importlib.import_module(f"lib.{found.name}")
from lib import kernels, laws, samples, splines, starts, store, dynamics, training
points = samples.square_wave(6)
network = starts.paired(40, scale=2, delta=0, seed=3)
assert network([0.0, 0.5]).shape == (2,)
assert dynamics.tangent_kernel(network, points.x).shape == (6, 6)
assert splines.natural_cubic(points)(points.x).sub(points.y).abs().max() < 1e-12
run = training.train(network, points, 50, progress=False)
again = training.train(network, points, 50, progress=False)
assert store.versions()["numba"] == "none"
assert run.loss[-1] < run.loss[0] and (run.loss == again.loss).all()
assert "numba" not in {name for name, module in sys.modules.items() if module}
"""


def told(code):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", BLOCKED + code], capture_output=True, text=True, timeout=300,
        env=environment, cwd=ROOT,
    )


def test_everything_imports_computes_and_trains_and_one_line_says_how():
    done = told(EACH)
    assert not done.returncode, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("numba cannot be imported: training takes the reference engine")


def test_who_asks_for_the_compiled_engine_is_told_why_there_is_none():
    code = """
from lib import samples, starts, training
training.train(starts.paired(40, scale=2, delta=0), samples.square_wave(6), 5, engine="cpu")
"""
    done = told(code)
    assert done.returncode == 1
    assert "ImportError: engine: 'cpu' is compiled by numba" in done.stderr.splitlines()[-1]


def test_the_step_that_compiles_says_that_there_is_nothing_to_compile():
    done = told("import runpy; runpy.run_module('lib.engines', run_name='__main__')")
    assert not done.returncode
    assert done.stderr.startswith("nothing to compile") and done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["triton", "minify"])
def test_other_optional_packages_may_be_missing(name):
    code = f"import sys; sys.modules[{name!r}] = None\nfrom lib import training, explorers\n"
    done = told(code + "assert len(explorers.page_assets()['explorers.js']) > 1000")
    assert not done.returncode, done.stderr
