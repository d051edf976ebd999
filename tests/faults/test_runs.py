"""What goes wrong around a run of the training engine: caches, cores, memory, signals, cards."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

resource = pytest.importorskip("resource")  # limits are set as POSIX has them
import narrow  # noqa: E402

pytestmark = pytest.mark.thorough
ROOT = Path(__file__).resolve().parents[2]
TRAIN = """
from lib import samples, starts, training
points = samples.square_wave(6)
network = starts.paired(40, scale=2, delta=0, seed=3)
run = training.train(network, points, 200, progress=False)
print(f"{float(run.loss[-1]):.12g}", run.stopped)
"""


def told(code=TRAIN, before=None, prefix=(), **variables):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    return subprocess.run(
        [*prefix, sys.executable, "-c", code], cwd=ROOT, env=environment, preexec_fn=before,
        capture_output=True, text=True, timeout=900, stdin=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def usual():
    done = told()
    assert not done.returncode, done.stderr
    return done.stdout


def deaf():
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@pytest.mark.parametrize("before", [narrow.one_core, narrow.little_memory, deaf])
def test_a_narrow_process_trains_alike(usual, before):
    done = told(before=before)
    assert done.stdout == usual, done.stderr


@pytest.mark.parametrize("variables", [
    {"CUDA_VISIBLE_DEVICES": "-1"},
    {"HOME": "/proc/nowhere", "XDG_CACHE_HOME": "/proc/nowhere"},
    {"LC_ALL": "C"},
    {"TZ": "no/where"},
    {"TMPDIR": "/proc/nowhere"},
], ids=lambda variables: ",".join(variables))
def test_unusual_surroundings_train_alike(usual, variables):
    done = told(**variables)
    assert done.stdout == usual and not done.stderr, done.stderr


def test_no_shared_memory_trains_alike(usual):
    if not shutil.which("unshare") or subprocess.run(
            ["unshare", "-m", "true"], capture_output=True).returncode:
        pytest.skip("no right to mount here")
    prefix = ["unshare", "-m", "sh", "-c",
              'mount -t tmpfs -o ro,size=4k none /dev/shm; exec "$@"', "sh"]
    assert told(prefix=prefix).stdout == usual


def test_a_damaged_cache_of_compiled_code_is_compiled_anew(usual, tmp_path):
    assert told(NUMBA_CACHE_DIR=str(tmp_path)).stdout == usual
    found = [path for path in tmp_path.rglob("*.nb[ic]")]
    assert found
    for path in found:
        path.write_bytes(path.read_bytes()[:40])
    done = told(NUMBA_CACHE_DIR=str(tmp_path))
    assert done.stdout == usual, done.stderr[-2000:]


def test_no_card_where_one_is_asked_for_is_one_line():
    code = """
from lib import samples, starts, training
training.train(starts.paired(40, scale=2, delta=0), samples.square_wave(6), 5, engine="cuda")
"""
    done = told(code, CUDA_VISIBLE_DEVICES="-1")
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode and last.startswith(("ValueError", "ImportError", "RuntimeError")), last
