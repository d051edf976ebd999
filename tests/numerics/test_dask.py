"""Sweeps on a real Dask cluster of two processes: the same digits, whatever dies on the way."""

import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from lib.samples import from_points
from lib.sweeps import sweep

pytest.importorskip("distributed")
# sockets and loops of a cluster that is shut down warn now and then
pytestmark = [pytest.mark.thorough, pytest.mark.filterwarnings("ignore")]

ROOT = Path(__file__).resolve().parents[2]
POINTS = from_points(
    [[-0.9, 0.8], [-0.5, -0.6], [-0.1, 0.7], [0.25, -0.5], [0.6, 0.6], [0.95, -0.7]]
)
AXES = {"delta": [-math.inf, -2.0, 0.0], "m": [8, 16], "scale": 2.0, "seed": range(8)}
OPTIONS = {"batch": 2, "progress": False}
PATIENCE = 300  # seconds that a test waits for one thing at the most


@pytest.fixture(autouse=True)
def bounded():
    """No test hangs with its cluster: after two such waits it fails."""
    def late(*_):
        raise TimeoutError("the cluster does not answer")

    usual = signal.signal(signal.SIGALRM, late)
    signal.alarm(2 * PATIENCE)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, usual)


@pytest.fixture
def client():
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            2, threads_per_worker=1, processes=True, dashboard_address=None, memory_limit=0
        ) as cluster,
        Client(cluster) as client,
    ):
        client.wait_for_workers(2, timeout=PATIENCE)
        yield client


def slow(networks, samples):
    """A measure that takes its time, so that there is time to break something."""
    time.sleep(0.15)
    return networks.c.abs().amax(-1)


def same(one, other):
    """Equal to the last digit, nan where nan is."""
    return all(
        torch.equal(*(table[name].nan_to_num(-7.0) for table in (one, other)))
        for name in one.values
    )


def local():
    return sweep(POINTS, 60, AXES, {"slow": slow}, threads=1, **OPTIONS | {"batch": 16})


def test_dask_and_one_process_agree_to_the_last_digit(client, tmp_path):
    table = sweep(
        POINTS,
        60,
        AXES,
        {"slow": slow},
        executor=client.get_executor(),
        store=tmp_path / "s",
        **OPTIONS,
    )
    assert same(table, local())


def test_a_worker_that_is_killed_costs_nothing_but_time(client, tmp_path):
    killed = []

    executor, path = client.get_executor(retries=5), tmp_path / "s"

    class Killing:
        """The executor, which loses a worker after some jobs."""

        def __init__(self):
            self.submitted = 0

        def submit(self, *job):
            self.submitted += 1
            future = executor.submit(*job)
            if self.submitted == 24:
                pid = client.run(os.getpid)
                killed.append(next(iter(pid.values())))
                os.kill(killed[0], signal.SIGKILL)
            return future

    table = sweep(POINTS, 60, AXES, {"slow": slow}, executor=Killing(), store=path, **OPTIONS)
    assert killed and same(table, local())
    cells = [
        cell
        for line in path.read_text().splitlines()[1:]
        for cell in line.split('"key": "')[1].split('"')[0].split()
    ]
    assert sorted(map(int, cells)) == list(range(48))  # each once


# the first jobs of all workers go through; the others wait until the file "go" is there
MEASURE = """
import os
import time

def slow(networks, samples):
    end = time.monotonic() + {patience}
    open(os.path.join({folder!r}, "job-" + os.urandom(8).hex()), "w").close()
    while sum(name.startswith("job-") for name in os.listdir({folder!r})) > 12:
        if os.path.exists(os.path.join({folder!r}, "go")) or time.monotonic() > end:
            break
        time.sleep(0.05)
    return networks.c.abs().amax(-1)
"""
DRIVER = """
from distributed import Client
from lib.samples import from_points
from lib.sweeps import sweep
from slow_measure import slow

with Client({address!r}) as client:
    sweep(from_points({points!r}), 60, {axes}, {{"slow": slow}}, executor=client.get_executor(),
          store={path!r}, batch=2, progress=False)
"""


def test_a_driver_that_is_killed_goes_on_where_it_was(client, tmp_path, monkeypatch):
    (tmp_path / "slow_measure.py").write_text(
        MEASURE.format(folder=str(tmp_path), patience=PATIENCE))
    monkeypatch.syspath_prepend(tmp_path)  # here, where the scheduler is,
    client.run(
        lambda folder: sys.path.insert(0, folder), str(tmp_path)
    )  # at the workers, and in the driver
    from slow_measure import slow

    path, where = tmp_path / "s", os.pathsep.join([str(tmp_path), str(ROOT), *sys.path])
    axes = str(AXES).replace("-inf", "-float('inf')")
    driver = DRIVER.format(
        address=client.scheduler.address,
        points=torch.stack([POINTS.x, POINTS.y], -1).tolist(),
        axes=axes,
        path=str(path),
    )
    begun = subprocess.Popen([sys.executable, "-c", driver], env=os.environ | {"PYTHONPATH": where})
    try:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and (
            not path.exists() or path.read_bytes().count(b"\n") < 6
        ):
            assert begun.poll() is None, "the driver ended by itself"
            time.sleep(0.02)
    finally:
        begun.send_signal(signal.SIGKILL)
        begun.wait(PATIENCE)
    (tmp_path / "go").touch()
    kept = path.read_bytes()
    kept = kept[: kept.rfind(b"\n") + 1]
    assert 6 <= kept.count(b"\n") < 25  # in the middle
    table = sweep(
        POINTS, 60, AXES, {"slow": slow}, executor=client.get_executor(), store=path, **OPTIONS
    )
    assert path.read_bytes().startswith(kept)  # nothing lost, nothing done twice
    assert path.read_bytes().count(b"\n") == 25
    assert same(table, local())
