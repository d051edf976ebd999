"""Sweeps: the same numbers as one network at a time, in any order, on any executor."""
import math
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest
import torch

from lib import sweeps
from lib.network import Canonical
from lib.samples import from_points, sine
from lib.splines import adaptivity
from lib.starts import paired
from lib.sweeps import sweep
from lib.training import train

POINTS = from_points([[-0.9, 0.8], [-0.5, -0.6], [-0.1, 0.7], [0.25, -0.5], [0.6, 0.6], [0.95, -0.7]])


def largest(network, samples):
    """A measure at the top level of a module, so that it can travel to another process."""
    return network.c.abs().amax(-1)


def test_every_cell_is_what_training_it_alone_gives():
    axes = {"seed": [0, 3], "delta": [-math.inf, -1.0, 2.0, math.inf], "m": [10, 24], "scale": 2.0}
    table = sweep(POINTS, 150, axes, batch=3, progress=False, safety=1.0)
    assert table.axes == {"seed": (0, 3), "delta": (-math.inf, -1.0, 2.0, math.inf), "m": (10, 24)} and table["loss"].shape == (2, 4, 2)
    for i, seed in enumerate((0, 3)):
        for j, (delta, lift, how) in enumerate(((-math.inf, -100, "c"), (-1.0, -1.0, "abc"), (2.0, 2.0, "abc"), (math.inf, 100, "ab"))):
            for k, m in enumerate((10, 24)):
                run = train(paired(m, 2.0, lift, seed=seed), POINTS, 150, train=how, safety=1.0, snapshots=2, progress=False)
                assert float(table["loss"][i, j, k]) == pytest.approx(float(run.loss[-1]), rel=1e-9)
                assert float(table["adaptivity"][i, j, k]) == pytest.approx(float(adaptivity(run.network, POINTS)), rel=1e-9)


def test_alpha_may_follow_the_width():
    table = sweep(POINTS, 40, {"m": [10, 20], "alpha": [math.sqrt, float, 3.0], "scale": 1.0}, progress=False)
    for k, m in enumerate((10, 20)):
        for j, alpha in enumerate((math.sqrt(m), m, 3.0)):
            run = train(paired(m, 1.0, alpha=alpha), POINTS, 40, snapshots=2, progress=False)
            assert float(table["loss"][k, j]) == pytest.approx(float(run.loss[-1]), rel=1e-9)


def test_any_executor():
    axes = {"delta": [-2.0, 0.0, math.inf], "m": [8, 16], "scale": 2.0, "seed": range(3)}
    alone = sweep(POINTS, 60, axes, {"c": largest}, progress=False)
    with ThreadPoolExecutor(2) as pool:
        threads = sweep(POINTS, 60, axes, {"c": largest}, executor=pool, batch=2, progress=False)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        processes = sweep(POINTS, 60, axes, {"c": largest}, executor=pool, batch=5, progress=False)
    for other in (threads, processes):
        for name in ("loss", "c"):
            torch.testing.assert_close(other[name], alone[name], rtol=1e-9, atol=0)


def test_a_diverging_run_is_nan_and_spoils_no_other():
    table = sweep(POINTS, 200, {"scale": [1.0, 300.0], "m": 10, "seed": [0, 2]}, {}, step=0.02, progress=False)
    assert table["loss"].isnan().tolist() == [[False, False], [True, True]]
    assert table.mean("scale")["loss"].tolist() == pytest.approx(table["loss"][0].tolist())


def test_tables():
    table = sweep(sine(5), 20, {"m": [4, 6], "delta": [-math.inf, 0.0], "seed": [0, 1, 2], "scale": 1.0}, progress=False)
    assert repr(table) == "Table(2 m x 2 delta x 3 seed: loss, adaptivity, knot_mass)"
    one = table.at(delta=-math.inf, m=6)
    assert list(one.axes) == ["seed"]
    torch.testing.assert_close(one["loss"], table["loss"][1, 0])
    mean = table.mean("seed")
    torch.testing.assert_close(mean["loss"], table["loss"].mean(-1))
    rows = table.rows()
    assert len(rows) == 12 and rows[7] == {"m": 6, "delta": -math.inf, "seed": 1} | {name: float(table[name][1, 0, 1]) for name in table.values}


def test_another_start():
    def spread(m, delta, seed):
        return Canonical(torch.ones(m).double() * (seed + 1), torch.linspace(0, 6, m).double()).lift(delta, math.sqrt(m))

    table = sweep(POINTS, 10, {"m": 12, "delta": [0.0, 1.0], "seed": [0, 1]}, {"c": largest}, start=spread, progress=False)
    run = train(spread(12, 1.0, 1), POINTS, 10, snapshots=2, progress=False)
    assert float(table["c"][1, 1]) == pytest.approx(float(run.network.c.abs().max()), rel=1e-9)


@pytest.mark.parametrize(("call", "word"), [
    (lambda: sweep(POINTS, 5, {"bogus": [1]}), "axes: bogus is not an argument of paired"), (lambda: sweep(POINTS, 5, {"m": []}), "m: want at least one"),
    (lambda: sweep(POINTS, 5, {"m": 4, "scale": 1.0}, batch=0), "batch: want"), (lambda: sweep(POINTS, 5, {"m": [4], "scale": 1.0}, progress=False).at(m=5), "m: want one of 4"),
    (lambda: sweep(POINTS, 5, {"m": [4], "scale": 1.0}, progress=False).mean("x"), "x: no such axis"), (lambda: sweep(POINTS, -1, {"m": 4, "scale": 1.0}), "epochs")])
def test_bad_arguments_are_named(call, word):
    with pytest.raises(ValueError, match=word):
        call()


def test_batches_hold_networks_of_one_kind():
    points = [{"m": m, "delta": delta} for m in (10, 20) for delta in (-math.inf, 0.0, 1.0, math.inf)]
    groups = sweeps._groups(points, 2)
    assert sorted(i for group in groups for i in group) == list(range(8)) and all(len(group) <= 2 for group in groups)
    assert points[groups[0][0]]["m"] == 20 and [1, 2] in groups and [5, 6] in groups


def test_a_hundred_networks_in_a_moment():
    axes = {"m": 100, "delta": [-10.0, 0.0, 10.0, math.inf], "scale": 2.0, "seed": range(25)}
    sweep(POINTS, 2, axes, progress=False)                               # compiled by now
    began = time.perf_counter()
    table = sweep(POINTS, 500, axes, progress=False, safety=1.0)
    spent = time.perf_counter() - began
    print(f"\n{100 * 500 / spent:.0f} epochs a second over 100 networks of 100 neurons")
    assert spent < 10 and table["loss"].isfinite().all()
