"""Checkers of the exercises to chapter 1."""
import math

import torch

from .. import dynamics
from ..angles import wrap
from ..network import Network
from ..samples import Samples
from .checking import Check, numbers


def _some(seed, m=5, s=4):
    """A few neurons and samples; neurons look both ways."""
    g = torch.Generator().manual_seed(seed)
    a, b, c = torch.randn(3, m, generator=g, dtype=torch.float64)
    a = a.abs() * torch.tensor([1.0, -1.0]).repeat(m)[:m]
    x = torch.randn(s, generator=g, dtype=torch.float64).sort().values
    y = torch.randn(s, generator=g, dtype=torch.float64)
    return a, b, c, x, y


def _networks(seed):
    cases = []
    for k, alpha in enumerate((1.0, math.sqrt(5), 5.0)):
        a, b, c, x, y = _some(100 * seed + k)
        cases.append((a, b, c, alpha, x, y))
    return cases


def _slope_b(a, b, c, alpha, x, y):
    return dynamics.gradient(Network(a, b, c, alpha), Samples(x, y))[1]


def _slope_b_right(a, b, c, alpha, x, y):
    residuals = dynamics.residuals(Network(a, b, c, alpha), Samples(x, y))
    return -c / alpha * ((x[:, None] > b / a) * residuals[:, None]).sum(0)


gradient_b = Check(
    "gradient_b", "the derivative of the loss in every b_i, shape (m,)", _slope_b, _networks,
    {
        "the sign is wrong: [a x - b]_+ falls as b grows, so a minus belongs in front":
            lambda *case: -_slope_b(*case),
        "the factor 1/alpha of the network is missing":
            lambda *case: case[3] * _slope_b(*case),
        "the sign is wrong, and the factor 1/alpha is missing":
            lambda *case: -case[3] * _slope_b(*case),
        "every neuron is taken to be on: only samples with a x > b count": lambda a, b, c, alpha,
            x, y: -c / alpha * (Network(a, b, c, alpha)(x) - y).sum(),
        "x > b/a is where a neuron that looks to the right is on; one with a < 0 is on to the left "
        "of its knot: ask for a x > b": _slope_b_right,
        "the factor 1/alpha is missing in the residuals: f has it too":
            lambda a, b, c, alpha, x, y: _slope_b(a, b, c, 1.0, x, y) / alpha,
        "the loss is half the sum over the samples, not their mean":
            lambda *case: _slope_b(*case) / len(case[4]),
    },
)


def _neurons(seed):
    cases = []
    for k, (alpha, m) in enumerate(((1.0, 1), (4.0, 4), (2.0, 4), (3.0, 9))):
        a, b, c, *_ = _some(100 * seed + 50 + k, m=2)
        cases += [(float(a[i]), float(b[i]), float(c[i]), alpha, m) for i in (0, 1)]
    return cases


def _particle(a, b, c, alpha, m):
    return m / alpha * c * math.hypot(a, b), math.atan2(-b, a)


def _within_a_turn(pair):
    """(r, theta) with theta in [-pi, pi); other answers as they are."""
    found = numbers(pair)
    return (found[0], wrap(found[1])) if found is not None and found.shape == (2,) else pair


particle = Check(
    "particle", "the pair (r, theta)", _particle, _neurons,
    {
        "atan(-b/a) cannot tell a neuron from its mirror image: with a < 0 it points the "
        "wrong way": lambda a, b, c, alpha, m: (_particle(a, b, c, alpha, m)[0], math.atan(-b / a)),
        "the angle has the wrong sign: the direction is (a, -b), not (a, b)":
            lambda a, b, c, alpha, m: (_particle(a, b, c, alpha, m)[0], math.atan2(b, a)),
        "the factor m/alpha of r is missing":
            lambda a, b, c, alpha, m: (c * math.hypot(a, b), math.atan2(-b, a)),
        "r has the sign of c: it must not be made positive":
            lambda a, b, c, alpha, m: (abs(m / alpha * c) * math.hypot(a, b), math.atan2(-b, a)),
        "the factor of r is m/alpha, not alpha/m":
            lambda a, b, c, alpha, m: (alpha / m * c * math.hypot(a, b), math.atan2(-b, a)),
        "r has the length of (a, b), not its square":
            lambda a, b, c, alpha, m: (m / alpha * c * (a * a + b * b), math.atan2(-b, a)),
        "atan2 takes the second component of the direction first: atan2(-b, a)":
            lambda a, b, c, alpha, m: (_particle(a, b, c, alpha, m)[0], math.atan2(a, -b)),
        "the pair is (r, theta), in this order": lambda *case: _particle(*case)[::-1],
    },
    tidy=_within_a_turn,
)
