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


def _of_square(r, delta, alpha, m, factor):
    """c^2 = (delta + sqrt(delta^2 + factor kappa^2)) / 2 and rho = kappa / c; right for 4."""
    kappa = alpha * abs(r) / m
    c = math.sqrt((delta + math.sqrt(delta**2 + factor * kappa**2)) / 2)
    return math.copysign(c, r), kappa / c


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
        "c has the sign of r, and rho is a length: here the sign went to rho":
            lambda *case: (abs(_lift(*case)[0]), math.copysign(_lift(*case)[1], case[0])),
        "c and rho are exchanged: delta = c^2 - rho^2, so c is the larger for delta > 0; and the "
        "sign of r belongs to c": lambda *case: (_lift(*case)[1], _lift(*case)[0]),
        "kappa is alpha r / m, not m r / alpha":
            lambda r, delta, alpha, m: _lift(m * r / alpha, delta, 1.0, 1),
        "the solution of the quadratic equation has a factor 1/2":
            lambda *case: (math.sqrt(2) * _lift(*case)[0], _lift(*case)[1] / math.sqrt(2)),
        "under the root kappa^2 has the factor 4":
            lambda r, delta, alpha, m: _of_square(r, delta, alpha, m, 1.0),
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


def _along(a, b, c, g1, g2, alpha, t):
    end = _under_force(a, b, c, g1, g2, alpha, t)
    along = (end[0] * g1 - end[1] * g2) / (g1 * g1 + g2 * g2)
    return along * g1, -along * g2, end[2]


def _turning(a, b, c, g1, g2, alpha, t):
    size = math.hypot(g1, g2)
    p, turn = (a * g1 - b * g2) / size, size * t / alpha
    moved = p * math.cos(turn) - c * math.sin(turn) - p
    return (a + moved * g1 / size, b - moved * g2 / size,
            c * math.cos(turn) - p * math.sin(turn))


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
        "this is q = (a, -b): turn the sign of the second part back":
            lambda *case: (lambda a, b, c: (a, -b, c))(*_under_force(*case)),
        "the part of q across the force stays as it is; here it is lost": _along,
        "one step of size t is not the flow for a time t": lambda a, b, c, g1, g2, alpha, t:
            (a - t * c * g1 / alpha, b + t * c * g2 / alpha, c - t * (a * g1 - b * g2) / alpha),
        "c'' = +G^2 c: the solutions are cosh and sinh, not cos and sin": _turning,
    },
    tol=1e-7,
)
