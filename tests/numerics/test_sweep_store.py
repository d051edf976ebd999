"""A sweep with a store: nothing is trained twice, the same digits, other sweeps are refused."""

import functools
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from lib import sweeps
from lib.samples import sine
from lib.starts import paired
from lib.sweeps import sweep

POINTS = sine(5)
AXES = {"m": [6, 10], "scale": [0.5, 2.0], "seed": range(4), "delta": 0.0}


def same(one, other):
    return one.values.keys() == other.values.keys() and all(
        torch.equal(one[name].nan_to_num(-7), other[name].nan_to_num(-7)) for name in one.values
    )


def go(path=None, measures=None, **options):
    options = {"batch": 3, "progress": False} | options
    return sweep(POINTS, 40, AXES, measures, store=path, **options)


class Breaks:
    """A measure that fails at its n-th call."""

    def __init__(self, at):
        self.at, self.calls = at, 0

    def __call__(self, networks, samples):
        self.calls += 1
        if self.calls == self.at:
            raise KeyboardInterrupt
        return networks.c.sum(-1)


def test_an_interrupted_sweep_goes_on_to_the_last_digit(tmp_path):
    measure = Breaks(at=4)
    with pytest.raises(KeyboardInterrupt):
        go(tmp_path / "s", {"sum": measure})
    kept = (tmp_path / "s").read_bytes()
    assert kept.count(b"\n") == 1 + 3                      # a line of settings, three batches
    table = go(tmp_path / "s", {"sum": measure})
    assert (tmp_path / "s").read_bytes().startswith(kept)
    whole = Breaks(at=0)
    assert same(table, go(None, {"sum": whole}))
    assert measure.calls == whole.calls + 1                # the one that failed, and no other
    calls = measure.calls
    assert same(go(tmp_path / "s", {"sum": measure}), table) and measure.calls == calls


def test_an_executor_gives_the_same(tmp_path):
    with ThreadPoolExecutor(2) as pool:
        assert same(go(tmp_path / "s", executor=pool), go(batch=16))
    assert same(go(tmp_path / "s"), go())


def test_finished_cells_count_also_when_batches_are_cut_otherwise(tmp_path, monkeypatch):
    table = go(tmp_path / "s")
    monkeypatch.setattr(sweeps, "_run", None)
    assert same(go(tmp_path / "s", batch=7), table)


def test_another_sweep_is_refused_by_name(tmp_path):
    go(tmp_path / "s")
    for options, name in (({"safety": 0.25}, "training"), ({"measures": {}}, "measures"),
                          ({"start": functools.partial(paired, alpha=1.0)}, "start")):
        with pytest.raises(ValueError, match=f"was made with {name} = "):
            go(tmp_path / "s", **options)
    with pytest.raises(ValueError, match="store: want the path of a file, got 3"):
        go(3)


def test_axes_in_another_order_are_another_sweep(tmp_path):
    go(tmp_path / "s")
    turned = dict(reversed(AXES.items()))
    with pytest.raises(ValueError, match="was made with axes = "):
        sweep(POINTS, 40, turned, store=tmp_path / "s", batch=3, progress=False)


def test_a_closure_over_another_number_is_another_measure(tmp_path):
    def constant(k):
        return {"k": lambda networks, samples: torch.full((len(networks.a),), k)}

    axes = {"m": 4, "scale": 1.0, "seed": [0, 1]}
    one, again = (sweep(POINTS, 2, axes, constant(1.0), store=tmp_path / "s", progress=False)
                  for _ in range(2))
    assert same(one, again)
    with pytest.raises(ValueError, match="was made with measures = "):
        sweep(POINTS, 2, axes, constant(2.0), store=tmp_path / "s", progress=False)
