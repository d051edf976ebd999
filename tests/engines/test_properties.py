"""Engines against a loop in NumPy: any width and scale, knots on samples, twins, the dead."""

import math

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.engines import cpu, reference
from lib.engines.engine import Settings
from lib.network import Network
from lib.samples import Samples

QUIET = dict(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
ENGINES = {"cpu": cpu.Engine, "reference": reference.Engine}
DTYPES = {"float64": (torch.float64, 1e-9), "float32": (torch.float32, 2e-3)}


@st.composite
def problems(draw, widths=(1, 70), samples=(1, 40), scales=(-150, 150)):
    """(a, b, c, alpha, x, y, which); on a lattice a x = b; a and b times a scale, c over it."""
    m, s, seed = (
        draw(st.integers(*widths)),
        draw(st.integers(*samples)),
        draw(st.integers(0, 2**32 - 1)),
    )
    kind, power = (
        draw(st.sampled_from(["lattice", "normal", "on lines", "twins"])),
        draw(st.integers(*scales)),
    )
    rng = np.random.default_rng(seed)
    x = (
        np.arange(s) - s // 2.0
        if kind == "lattice" or rng.random() < 0.3
        else np.sort(rng.normal(size=s)).round(3)
    )
    x = np.unique(x)
    a, b, c = rng.integers(-4, 5, (3, m)) / 2.0 if kind == "lattice" else rng.normal(size=(3, m))
    if kind == "on lines":
        b = a * x[rng.integers(0, len(x), m)]
    if kind == "twins":
        a, b, c = (t[rng.integers(0, m, m)] for t in (a, b, c))
    b = np.where(rng.random(m) < 0.1, np.abs(a) * 9 + 9, b)  # off at all samples near the origin
    y = rng.integers(-3, 4, len(x)) / 2.0
    scale = 2.0 ** round(power * math.log2(10))  # a power of two: products keep their bits
    return (
        scale * a,
        scale * b,
        c / scale,
        float(rng.choice([1.0, 4.0, 16.0])),
        x,
        y,
        draw(st.sampled_from(["abc", "c", "ab"])),
    )


def descend(a, b, c, alpha, x, y, which, step, epochs):
    """Gradient descent neuron by neuron.

    Also how near any a x came to b, relative to the terms, unless they were equal.
    """
    a, b, c, nearest = a.copy(), b.copy(), c.copy(), np.inf
    for _ in range(epochs):
        rho, seen = -y, []
        for i in range(len(a)):
            on = a[i] * x > b[i]
            seen.append(on)
            rho = rho + np.where(on, c[i] * (a[i] * x - b[i]), 0.0) / alpha
        for i, on in enumerate(seen):
            force_x, force_1 = (rho * x)[on].sum() / alpha, rho[on].sum() / alpha
            da, db, dc = c[i] * force_x, -c[i] * force_1, a[i] * force_x - b[i] * force_1
            if "a" in which:
                a[i], b[i] = a[i] - step * da, b[i] - step * db
            if "c" in which:
                c[i] = c[i] - step * dc
            size = np.abs(a[i] * x) + abs(b[i])
            gaps = np.abs(a[i] * x - b[i]) / np.where(size > 0, size, 1)
            nearest = min(nearest, gaps[size > 0].min(initial=np.inf)) if on.any() else nearest
    return a, b, c, nearest


def top(a, b, c, alpha, x, which):
    """The largest eigenvalue of the tangent kernel from its Jacobian; no square overflows."""
    on = np.outer(x, a) > b
    parts = [on * x[:, None] * c, on * -c] * ("a" in which) + [on * (np.outer(x, a) - b)] * (
        "c" in which
    )
    return (np.linalg.norm(np.concatenate(parts, 1), 2) / alpha) ** 2


def bend(a, b, c, alpha, x, y, which):
    """What residuals add to the curvature of the loss, from forces summed one by one."""
    rho = np.where(np.outer(x, a) > b, c * (np.outer(x, a) - b), 0).sum(1) / alpha - y
    forces = [math.hypot((rho * x)[on].sum(), rho[on].sum()) for k in x for on in (x >= k, x <= k)]
    return max(forces) / alpha if which == "abc" else 0.0


def check_three_steps(engine, dtype, problem):
    """One automatic step is as it should be; three small fixed ones lead where the loop leads."""
    kind, tolerance = DTYPES[dtype]
    a, b, c, x, y = (torch.tensor(problem[k]).to(kind).double().numpy() for k in (0, 1, 2, 4, 5))
    alpha, which = problem[3], problem[6]
    if len(np.unique(x)) < len(x):
        return  # in float32 samples may coincide
    gaps = np.abs(np.outer(x, a) - b) / (np.abs(np.outer(x, a)) + np.abs(b) + 1e-300)
    if gaps[gaps > 0].min(initial=1) < (1e-7 if kind == torch.float64 else 3e-4):
        return  # rounding decides the activity
    net = Network(*(torch.tensor(t).to(kind) for t in (a, b, c)), alpha)
    points = Samples(torch.tensor(x).to(kind), torch.tensor(y).to(kind))
    trained = dict(train=which, threads=1)
    automatic = ENGINES[engine](net, points, Settings(**trained))
    automatic.advance(1)
    value = top(a, b, c, alpha, x, which)
    wanted = 0.5 / (value + bend(a, b, c, alpha, x, y, which)) if value > 0 else 0.0
    assert float(automatic.step) == pytest.approx(
        wanted, rel=1e-8 if kind == torch.float64 else 1e-3
    )
    if value == 0:
        return
    step = 1e-3 * wanted
    fixed = ENGINES[engine](net, points, Settings(step=step, **trained))
    fixed.advance(3)
    *truth, nearest = descend(a, b, c, alpha, x, y, which, step, 3)
    if nearest < 100 * tolerance * 1e-3:
        return  # rounding decides who is on
    for mine, true, start in zip(fixed.parameters, truth, (a, b, c)):
        mine, size = mine.double().numpy(), np.abs(true).max() + np.abs(start).max()
        np.testing.assert_allclose(mine / (size or 1), true / (size or 1), atol=tolerance, rtol=0)


@settings(max_examples=120, **QUIET)
@given(problems(), st.sampled_from(sorted(ENGINES)))
def test_double_precision_at_any_scale(problem, engine):
    check_three_steps(engine, "float64", problem)


@settings(max_examples=120, **QUIET)
@given(problems(scales=(-8, 8)), st.sampled_from(sorted(ENGINES)))
def test_single_precision(problem, engine):
    check_three_steps(engine, "float32", problem)


@pytest.mark.thorough
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype,scale", [("float64", 150), ("float64", 0), ("float32", 8)])
def test_a_great_many_networks(engine, dtype, scale):
    @settings(max_examples=500, **QUIET)
    @given(problems(scales=(-scale, scale)))
    def each(problem):
        check_three_steps(engine, dtype, problem)

    each()
