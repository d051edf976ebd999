"""Sweeps: the same numbers as one network at a time, in any order, on any executor."""
import functools
import math
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
import torch

from lib import sweeps
from lib.laws import Box, Gaussian
from lib.measures import adaptivity
from lib.network import Canonical
from lib.samples import from_points, sine
from lib.starts import from_law, paired
from lib.sweeps import sweep
from lib.training import train

POINTS = from_points(
    [[-0.9, 0.8], [-0.5, -0.6], [-0.1, 0.7], [0.25, -0.5], [0.6, 0.6], [0.95, -0.7]]
)


def largest(network, samples):
    """A measure at the top level of a module, so that it can travel to another process."""
    return network.c.abs().amax(-1)


def test_every_cell_is_what_training_it_alone_gives():
    axes = {"seed": [0, 3], "delta": [-math.inf, -1.0, 2.0, math.inf], "m": [10, 24], "scale": 2.0}
    table = sweep(POINTS, 150, axes, batch=3, progress=False, safety=1.0)
    assert table.axes == {
        "seed": (0, 3),
        "delta": (-math.inf, -1.0, 2.0, math.inf),
        "m": (10, 24),
    } and table["loss"].shape == (2, 4, 2)
    for i, seed in enumerate((0, 3)):
        for j, (_, lift, how) in enumerate(
            ((-math.inf, -100, "c"), (-1.0, -1.0, "abc"), (2.0, 2.0, "abc"), (math.inf, 100, "ab"))
        ):
            for k, m in enumerate((10, 24)):
                run = train(
                    paired(m, 2.0, lift, seed=seed), POINTS, 150, train=how, safety=1.0,
                    snapshots=2, progress=False,
                )
                assert float(table["loss"][i, j, k]) == pytest.approx(float(run.loss[-1]), rel=1e-9)
                assert float(table["adaptivity"][i, j, k]) == pytest.approx(
                    float(adaptivity(run.network, POINTS)), rel=1e-9
                )


def test_alpha_may_follow_the_width():
    table = sweep(
        POINTS, 40, {"m": [10, 20], "alpha": [math.sqrt, float, 3.0], "scale": 1.0}, progress=False
    )
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
    table = sweep(
        POINTS, 200, {"scale": [1.0, 300.0], "m": 10, "seed": [0, 2]}, {}, step=0.02, progress=False
    )
    assert table["loss"].isnan().tolist() == [[False, False], [True, True]]
    assert table.mean("scale")["loss"].tolist() == pytest.approx(table["loss"][0].tolist())


def test_tables():
    table = sweep(
        sine(5), 20, {"m": [4, 6], "delta": [-math.inf, 0.0], "seed": [0, 1, 2], "scale": 1.0},
        progress=False,
    )
    assert repr(table) == "Table(2 m x 2 delta x 3 seed: loss, adaptivity, knot_mass)"
    one = table.at(delta=-math.inf, m=6)
    assert list(one.axes) == ["seed"]
    torch.testing.assert_close(one["loss"], table["loss"][1, 0])
    mean = table.mean("seed")
    torch.testing.assert_close(mean["loss"], table["loss"].mean(-1))
    rows = table.rows()
    assert len(rows) == 12 and rows[7] == {"m": 6, "delta": -math.inf, "seed": 1} | {
        name: float(table[name][1, 0, 1]) for name in table.values
    }


def test_another_start():
    def spread(m, delta, seed):
        return Canonical(
            torch.ones(m).double() * (seed + 1), torch.linspace(0, 6, m).double()
        ).lift(delta, math.sqrt(m))

    table = sweep(
        POINTS, 10, {"m": 12, "delta": [0.0, 1.0], "seed": [0, 1]}, {"c": largest}, start=spread,
        progress=False,
    )
    run = train(spread(12, 1.0, 1), POINTS, 10, snapshots=2, progress=False)
    assert float(table["c"][1, 1]) == pytest.approx(float(run.network.c.abs().max()), rel=1e-9)


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: sweep(POINTS, 5, {"bogus": [1]}), "axes: bogus is not an argument of paired"),
        (lambda: sweep(POINTS, 5, {"m": []}), "m: want at least one"),
        (lambda: sweep(POINTS, 5, {"m": 4, "scale": 1.0}, batch=0), "batch: want"),
        (
            lambda: sweep(POINTS, 5, {"m": [4], "scale": 1.0}, progress=False).at(m=5),
            "m: want one of 4",
        ),
        (
            lambda: sweep(POINTS, 5, {"m": [4], "scale": 1.0}, progress=False).mean("x"),
            "x: no such axis",
        ),
        (lambda: sweep(POINTS, -1, {"m": 4, "scale": 1.0}), "epochs"),
    ],
)
def test_bad_arguments_are_named(call, word):
    with pytest.raises(ValueError, match=word):
        call()


def test_batches_hold_networks_of_one_kind():
    points = [
        {"m": m, "delta": delta} for m in (10, 20) for delta in (-math.inf, 0.0, 1.0, math.inf)
    ]
    groups = sweeps._groups(points, 2)
    assert sorted(i for group in groups for i in group) == list(range(8)) and all(
        len(group) <= 2 for group in groups
    )
    assert points[groups[0][0]]["m"] == 20 and [1, 2] in groups and [5, 6] in groups


def test_a_hundred_networks_in_a_moment():
    axes = {"m": 100, "delta": [-10.0, 0.0, 10.0, math.inf], "scale": 2.0, "seed": range(25)}
    sweep(POINTS, 2, axes, progress=False)                               # compiled by now
    began = time.process_time()                                          # of all threads
    table = sweep(POINTS, 500, axes, progress=False, safety=1.0)
    spent = time.process_time() - began
    print(f"\n{100 * 500 / spent:.0f} epochs a second of work over 100 networks of 100 neurons")
    assert spent < 10 and table["loss"].isfinite().all()


def test_a_law_is_one_value_and_laws_are_an_axis():
    one = sweep(POINTS, 20, {"law": Box(), "m": 4}, start=from_law, progress=False)
    run = train(from_law(Box(), 4), POINTS, 20, snapshots=2, progress=False)
    assert one.axes == {} and float(one["loss"]) == pytest.approx(float(run.loss[-1]), rel=1e-9)
    laws = [Box(), Gaussian(2.0)]
    table = sweep(
        POINTS, 20, {"law": laws, "m": 4, "c": [0.0, 1.0]}, start=from_law, progress=False
    )
    run = train(from_law(laws[1], 4, 1.0), POINTS, 20, snapshots=2, progress=False)
    assert float(table.at(law=laws[1], c=1)["loss"]) == pytest.approx(float(run.loss[-1]), rel=1e-9)


def test_numbers_of_every_library_are_values():
    plain = {"m": [4, 6], "delta": [0.0, math.inf], "scale": 1.0, "seed": 1}
    want = sweep(POINTS, 20, plain, progress=False)
    others = [
        {"m": np.array([4, 6]), "delta": np.array([0.0, math.inf]), "scale": np.float64(1),
         "seed": np.int64(1)},
        {"m": torch.tensor([4, 6]), "delta": torch.tensor([0.0, math.inf]),
         "scale": torch.tensor(1.0), "seed": torch.tensor(1)},
        {"m": (np.int8(4), torch.tensor(6)), "delta": [np.float32(0), np.array(math.inf)],
         "scale": np.array(1.0), "seed": 1},
    ]
    for axes in others:
        table = sweep(POINTS, 20, axes, progress=False)
        assert table.axes == want.axes and torch.equal(table["loss"], want["loss"])
        assert torch.equal(table.at(m=np.int64(6))["loss"], want["loss"][1])
        assert torch.equal(table.at(delta=torch.tensor(math.inf))["loss"], want["loss"][:, 1])


def grown(width, seed=0, **others):
    """A start with a width of another name, and with any further arguments."""
    return paired(2 * width, others.get("scale", 1.0), seed=seed)


def test_starts_with_other_arguments():
    axes = {"width": [3, 5], "scale": [1.0, 2.0]}
    table = sweep(POINTS, 20, axes, {}, start=grown, progress=False)
    for i, width in enumerate(axes["width"]):
        for j, scale in enumerate(axes["scale"]):
            run = train(paired(2 * width, scale), POINTS, 20, snapshots=2, progress=False)
            assert float(table["loss"][i, j]) == pytest.approx(float(run.loss[-1]), rel=1e-9)
    half = functools.partial(paired, scale=1.0)
    assert sweep(POINTS, 5, {"m": [4]}, {}, start=half, progress=False)["loss"].shape == (1,)
    spread = sweep(
        POINTS, 5, {"m": 4, "scale": 1.0, "delta": [torch.zeros(4), 1.0]}, progress=False
    )
    assert spread["loss"].shape == (2,)


SMALL = {"m": 4, "scale": 1.0}


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (
            lambda: sweep(POINTS, 5, SMALL, {"loss": largest}),
            "measures: the loss is always measured",
        ),
        (
            lambda: sweep(POINTS, 5, {"m": [4], "scale": 1.0}, {"m": largest}),
            "measures: m is an axis",
        ),
        (lambda: sweep(POINTS, 5, SMALL, [largest]), "measures: want"),
        (
            lambda: sweep(POINTS, 5, SMALL, {"c": lambda n, s: n.c}, progress=False),
            "c: want one number",
        ),
        (
            lambda: sweep(POINTS, 5, {**SMALL, "delta": [0, math.inf]}, train="abc"),
            "train: delta = inf",
        ),
        (
            lambda: sweep(POINTS, 5, {**SMALL, "delta": -math.inf}, train="ab"),
            "train: delta = -inf",
        ),
        (lambda: sweep(POINTS, 5, SMALL, snapshots=3), "snapshots: want an option of train"),
        (lambda: sweep(POINTS, 5, SMALL, sloth=3), "sloth: want an option of train"),
        (lambda: sweep(POINTS, 5, {"scale": 1.0}), "axes: paired wants m too"),
        (lambda: sweep(POINTS, 5, [4]), "axes, start: want"),
        (
            lambda: sweep(POINTS, 5, SMALL, start=lambda m, scale: 3, progress=False),
            "start: want a Network",
        ),
        (lambda: sweep(5, POINTS, SMALL), "samples: want a Samples"),
        (lambda: sweep(POINTS, True, SMALL), "epochs: want"),
        (lambda: sweep(POINTS, 5, SMALL, batch=2.5), "batch: want"),
        (lambda: sweep(POINTS, 5, {"m": "4", "scale": 1.0}, progress=False), "m: want an even"),
        (lambda: sweep(POINTS, 5, {"m": [True], "scale": 1.0}, progress=False), "m: want an even"),
        (
            lambda: sweep(POINTS, 5, {"width": 2, "alpha": math.sqrt}, start=grown, progress=False),
            "alpha: a function of m wants m",
        ),
    ],
)
def test_what_would_be_labelled_wrongly_is_refused(call, word):
    with pytest.raises(ValueError, match=word):
        call()


def test_an_infinite_delta_may_name_what_it_trains():
    axes = {**SMALL, "delta": -math.inf}
    told = sweep(POINTS, 20, axes, {}, train="c", progress=False)
    assert torch.equal(told["loss"], sweep(POINTS, 20, axes, {}, progress=False)["loss"])
