"""The claims can fail: with a function of lib broken in a typical way, the cells of the book that
exercise it stop."""
from dataclasses import replace
from functools import cache
from pathlib import Path

import jupytext
import pytest
import torch

from lib import attractors, diagram, dynamics, laws, lazy, splines, variation
from lib.network import Canonical, Network

CHAPTERS = Path(__file__).resolve().parents[2] / "chapters"


@cache
def cells(chapter):
    notebook = jupytext.read(CHAPTERS / f"{chapter}.md", fmt="md:myst")
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def run(chapter, marks):
    """Execute the first cell of a chapter and those that contain one of the marks, each in its
    order."""
    sources = cells(chapter)
    for mark in marks:
        assert sum(mark in source for source in sources) == 1, (
            f"{chapter}: no cell, or several, with {mark!r}"
        )
    space = {"__name__": chapter}
    before = torch.get_default_dtype(), torch.get_num_threads()
    try:
        for number, source in enumerate(sources):
            if number == 0 or any(mark in source for mark in marks):
                exec(compile(source, f"{chapter}, cell {number + 1}", "exec"), space)
    finally:
        torch.set_default_dtype(before[0])
        torch.set_num_threads(before[1])


def gradient_without_alpha(network, samples, true=dynamics.gradient):
    return tuple(network.alpha[..., None] * part for part in true(network, samples))


def lift_as_printed(self, delta, alpha, true=Canonical.lift):
    """Eq. (45) with 4 r^2 for 4 kappa^2: the right one for alpha = m."""
    lifted = true(self, delta, float(self.m))
    return Network(lifted.a, lifted.b, lifted.c, alpha)


def attractors_as_printed(samples, rho, true=attractors.attractors):
    """Eq. (15): two lower bounds, and no word on the sign of r."""
    gram = rho[:, None] * rho * (samples.tilde @ samples.tilde.T)
    beside = torch.stack([gram.tril(-1).sum(0), gram.triu(1).sum(0)], -1)
    attracts = torch.where(beside > -gram.diagonal()[:, None], torch.sign(rho)[:, None], 0.0).int()
    return replace(true(samples, rho), attracts=attracts)


def clamped_cubic(samples):
    from scipy.interpolate import CubicSpline

    piece = CubicSpline(samples.x.numpy(), samples.y.numpy(), bc_type="clamped")
    return lambda x: torch.from_numpy(piece(torch.as_tensor(x).numpy()))


def line_without_weight(network):
    """Eq. (17) as printed: the integral of |f''|."""
    return (torch.cos(network.theta) * network.r / network.m).abs().sum()


def weights_of_one_size(R, d, law="gaussian", true=diagram.weights):
    """Every neuron has the size R: the mean of a square root is taken for the root of a mean."""
    return true(R, d, "equal")


def foretold_for_ever(network, samples, true=lazy.foretell, **_):
    """As if every mode were learned to its end, however long that takes."""
    return true(network, samples)


CASES = {
    "gradient without 1/alpha": (
        dynamics,
        "gradient",
        gradient_without_alpha,
        "Eq. 1",
        "setup",
        ["z = Network(", "points = samples.Samples(torch.linspace(-1, 1, 6)", "def by_autograd"],
    ),
    "lift of Eq. (45) as printed": (
        Canonical, "lift", lift_as_printed, "Eq. 45", "full_parameter_dynamics",
        ["points = samples.sine(6", "back = w.lift(z.delta, z.alpha)"],
    ),
    "attractors of Eq. (15) as printed": (
        attractors, "attractors", attractors_as_printed, "Lemma 2", "canonical_dynamics",
        ["def random_case"],
    ),
    "nu with |a| as printed": (
        laws.Box, "_nu", laws.Box._n, "Theorem 5", "kernel_regime",
        ["curve = splines.weighted_spline(points, one)"],
    ),
    "another cubic for the natural one": (
        splines, "natural_cubic", clamped_cubic, "Fig. 4", "kernel_regime",
        ["natural = splines.natural_cubic(points)"],
    ),
    "the weights of one size": (
        diagram, "weights", weights_of_one_size, "Corollary 6", "transition",
        ["flat = lambda value"],
    ),
    "foretold without an end": (
        lazy, "foretell", foretold_for_ever, "Sec. 5", "transition", ["def three(", "def turned("],
    ),
    "the line's norm without its weight": (
        variation, "least_variation", line_without_weight, "Eq. 17", "sparsity", ["def primal"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_broken_function_stops_the_book(case, monkeypatch, capsys):
    place, name, broken, item, chapter, marks = CASES[case]
    run(chapter, marks)  # as it is, every claim of these cells holds
    assert f"✓ {item} · " in capsys.readouterr().out
    monkeypatch.setattr(place, name, broken)
    with pytest.raises(AssertionError, match=f"^✗ {item} · "):
        run(chapter, marks)
