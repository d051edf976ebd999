"""Checkers of the exercises to chapter 2."""
import math

import torch

from .. import attractors
from ..samples import Samples
from .checking import Check


def _draw(seed, s):
    g = torch.Generator().manual_seed(seed)
    x, rho = torch.randn(2, s, generator=g, dtype=torch.float64)
    return x.sort().values, rho


def inner(x, rho):
    """(k, side) of the half lines that do not border the dead arc; side is the sign of a."""
    s = len(x)
    return [(k, side) for k in range(s) for side in (1, -1)
            if (k, side) not in ((s - 1, 1), (0, -1))]


def _lines(seed):
    """Half lines at random, and some on which the sample is stronger by its length alone."""
    cases = []
    for n in range(12):
        x, rho = _draw(100 * seed + n, 3 + n % 4)
        cases += [(x, rho, k, side) for k, side in inner(x, rho)]
        k, side = inner(x, rho)[n % (2 * len(x) - 2)]
        gram, close = x * x[k] + 1, rho.clone()
        close[k] = -(rho * gram)[_sides(x, k, side)].sum() / gram[k].sqrt()
        cases.append((x, close, k, side))
    return cases


def _attracts(x, rho, k, side):
    caught = attractors.attractors(Samples(x, torch.zeros_like(x)), rho).attracts
    return int(caught[k, 0 if side > 0 else 1])


def _pulls(x, rho, k, beside):
    """rho_k B and -rho_k^2 |x~_k|^2, with B over the samples in `beside`."""
    gram = x * x[k] + 1
    return float(rho[k] * (rho * gram)[beside].sum()), -float(rho[k] ** 2 * gram[k])


def _sides(x, k, side):
    i = torch.arange(len(x))
    return i > k if side > 0 else i < k


def _sign(rho, k, attracts):
    return int(torch.sign(rho[k])) if attracts else 0


def _slip(test, beside=_sides):
    def wrong(x, rho, k, side):
        pull, own = _pulls(x, rho, k, beside(x, k, side))
        return _sign(rho, k, test(pull, own))

    return wrong


_inside = lambda pull, own: own < pull < 0

attracts = Check(
    "attracts", "the sign: +1, -1 or 0", _attracts, _lines,
    {
        "only the lower bound is asked: the neighbours must also pull the other way, "
        "rho_k B < 0": _slip(lambda pull, own: own < pull),
        "only the upper bound is asked: the neighbours must pull less hard than the sample "
        "itself": _slip(lambda pull, own: pull < 0),
        "the samples on both sides are summed: a neuron on the line sees only those to one side "
        "of its knot": _slip(_inside, lambda x, k, side: torch.arange(len(x)) != k),
        "the two sides are exchanged: with a > 0 a neuron looks to the right, i > k":
            _slip(_inside, lambda x, k, side: _sides(x, k, -side)),
        "the sign is the opposite: a line attracts neurons with the sign of its residual":
            lambda *case: -_attracts(*case),
        "whether it attracts is right, but not whom: give the sign of the residual":
            lambda *case: abs(_attracts(*case)),
        "the lifted inputs are (x, 1): their product is x_i x_k + 1": lambda x, rho, k, side:
            _sign(rho, k, -float(rho[k] ** 2 * (x[k] ** 2 + 1))
                  < float(rho[k] * (rho * x * x[k])[_sides(x, k, side)].sum()) < 0),
        "the sample itself does not belong to B: sum over the others that are seen":
            _slip(_inside, lambda x, k, side: _sides(x, k, side) | (torch.arange(len(x)) == k)),
        "only the next sample is asked: the neuron sees all those to one side":
            _slip(_inside, lambda x, k, side: torch.arange(len(x)) == k + side),
        "the pull of the sample itself is rho_k^2 times the square of the length of its lifted "
        "input": lambda x, rho, k, side: _sign(rho, k, -float(rho[k] ** 2) < _pulls(
            x, rho, k, _sides(x, k, side))[0] < 0),
    },
)


def _particles(seed):
    cases = []
    for n in range(6):
        x, rho = _draw(100 * seed + 50 + n, 4)
        g = torch.Generator().manual_seed(seed + n)
        r, theta = torch.randn(2, generator=g, dtype=torch.float64).tolist()
        cases += [(r, theta, x, rho), (-r, theta + math.pi, x, rho)]
    return cases


def _velocity(r, theta, x, rho):
    return attractors.field(r, theta, Samples(x, torch.zeros_like(x)), rho)


def _all_seen(r, theta, x, rho):
    g = torch.stack([(rho * x).sum(), rho.sum()])
    d = torch.tensor([math.cos(theta), math.sin(theta)], dtype=torch.float64)
    return -(g * d).sum(), -r * (g[1] * d[0] - g[0] * d[1])


velocity = Check(
    "velocity", "the pair (r', theta')", _velocity, _particles,
    {
        "it climbs: the velocity is minus the gradient of the potential":
            lambda *case: tuple(-v for v in _velocity(*case)),
        "the factor r of theta' is missing: a large neuron turns faster, and the sign of r decides "
        "which way": lambda r, *case: (_velocity(r, *case)[0], _velocity(1.0, *case)[1]),
        "it climbs, and the factor r of theta' is missing":
            lambda r, *case: (-_velocity(r, *case)[0], -_velocity(1.0, *case)[1]),
        "r' has no factor r: the force along the ray does not ask how long the ray is":
            lambda r, *case: (r * _velocity(r, *case)[0], _velocity(r, *case)[1]),
        "all samples are summed: a neuron feels only those that it sees": _all_seen,
        "theta' has the wrong sign: the angle goes down the potential as well":
            lambda *case: (_velocity(*case)[0], -_velocity(*case)[1]),
        "r' has the wrong sign: the size goes down the potential as well":
            lambda *case: (-_velocity(*case)[0], _velocity(*case)[1]),
        "theta' is multiplied by r, not divided: it is the gradient in theta, not a speed in the "
        "plane": lambda r, *case: (_velocity(r, *case)[0], _velocity(1 / r, *case)[1]),
        "theta' has the factor r with its sign, not |r|":
            lambda r, *case: (_velocity(r, *case)[0], _velocity(abs(r), *case)[1]),
    },
)
