"""Checkers of the exercises to chapter 3."""
import math

import torch

from ..dynamics import constant_force_flow
from ..network import Canonical, Network
from .checking import Check


def _triples(seed):
    g = torch.Generator().manual_seed(seed)
    cases = []
    for alpha, m in ((4.0, 4), (2.0, 4), (1.0, 9), (3.0, 9)):
        for delta in (-2.0, 0.0, 3.0):
            r, shift = torch.randn(2, generator=g, dtype=torch.float64).tolist()
            cases += [(sign * (0.5 + abs(r)), delta + shift * (delta != 0), alpha, m)
                      for sign in (1, -1)]
    return cases


def _lift(r, delta, alpha, m):
    one = Canonical([alpha * r / m], [0.0]).lift(delta, 1.0)  # of size alpha r / m
    return float(one.c), float(one.a)


lift = Check(
    "lift", "the pair (c, rho)", _lift, _triples,
    {
        "r is taken where kappa = alpha r / m belongs: right only for alpha = m":
            lambda r, delta, alpha, m: _lift(r, delta, 1.0, 1),
        "c has lost the sign of r": lambda *case: (abs(_lift(*case)[0]), _lift(*case)[1]),
        "c and rho are exchanged: delta = c^2 - rho^2, so c is the larger for delta > 0":
            lambda *case: (math.copysign(_lift(*case)[1], case[0]), abs(_lift(*case)[0])),
        "these are c^2 and rho^2: the roots are missing":
            lambda *case: tuple(v * v for v in _lift(*case)),
        "rho is a length, so it is not negative":
            lambda *case: (_lift(*case)[0], math.copysign(_lift(*case)[1], case[0])),
    },
    tol=1e-7,
)


def _forced(seed):
    g = torch.Generator().manual_seed(seed)
    cases = []
    for alpha in (1.0, 2.0, 5.0):
        a, b, c, g1, g2, t = torch.randn(6, generator=g, dtype=torch.float64).tolist()
        cases.append((a, b, c, g1, g2, alpha, 0.3 + abs(t)))
    return cases


def _under_force(a, b, c, g1, g2, alpha, t):
    force = torch.tensor([g1, g2], dtype=torch.float64)
    end = constant_force_flow(Network([a], [b], [c], alpha), force, torch.tensor([t]))
    return float(end.a), float(end.b), float(end.c)


def _turned(a, b, c, g1, g2, alpha, t):
    """With q = (a, b) for q = (a, -b)."""
    end = _under_force(a, -b, c, g1, g2, alpha, t)
    return end[0], -end[1], end[2]


under_force = Check(
    "under_force", "the triple (a, b, c) at time t", _under_force, _forced,
    {
        "the factor 1/alpha of the rate |g| / alpha is missing":
            lambda *case: _under_force(*case[:5], 1.0, case[6]),
        "it runs uphill: the sinh terms have a minus":
            lambda *case:
            _under_force(*case[:3], -case[3], -case[4], *case[5:]),
        "the force acts on q = (a, -b), not on (a, b)": _turned,
        "the force has a length: the rate is |g| / alpha":
            lambda a, b, c, g1, g2, alpha, t: _under_force(
                a, b, c, g1 / math.hypot(g1, g2), g2 / math.hypot(g1, g2), alpha, t),
    },
    tol=1e-7,
)
