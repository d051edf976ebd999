"""Checkers of the exercises to the chapter on the transition."""
import torch

from ..angles import wrap
from ..network import Network
from .checking import Check


def _starts(seed):
    cases = []
    for n, (alpha, m) in enumerate(((1.0, 6), (3.0, 9), (6.0, 6), (20.0, 5))):
        g = torch.Generator().manual_seed(100 * seed + n)
        r, y = torch.randn(m, generator=g, dtype=torch.float64), torch.randn(
            4, generator=g, dtype=torch.float64)
        cases.append((r, (n - 1.5) * 2.0, alpha, m, y))
    return cases


def _rms(v):
    return v.square().mean().sqrt()


def _coordinates(r, delta, alpha, m, y):
    return _rms(r) / _rms(y), m / alpha * delta / _rms(r)


coordinates = Check(
    "coordinates", "the pair (R / |y|, hat delta / R)", _coordinates, _starts,
    {
        "delta has to be measured in units of alpha / m":
            lambda r, delta, alpha, m, y: (_rms(r) / _rms(y), delta / _rms(r)),
        "the unit is alpha / m: multiply delta by m / alpha, not by alpha / m":
            lambda r, delta, alpha, m, y: (_rms(r) / _rms(y), alpha / m * delta / _rms(r)),
        "R and |y| are root mean squares": lambda r, delta, alpha, m, y: (
            r.abs().mean() / y.abs().mean(), m / alpha * delta / r.abs().mean()),
        "|y| is a root mean square: divide by the number of samples": lambda r, delta, alpha, m, y:
            (_rms(r) / y.norm(), m / alpha * delta / _rms(r)),
        "R and |y| are root mean squares: divide the sums by m and by the number of samples":
            lambda r, delta, alpha, m, y: (r.norm() / y.norm(), m / alpha * delta / r.norm()),
        "root mean squares, not standard deviations: no mean is taken away":
            lambda r, delta, alpha, m, y: (r.std() / y.std(), m / alpha * delta / r.std()),
        "the second coordinate compares delta with R, not with |y|":
            lambda r, delta, alpha, m, y: (_rms(r) / _rms(y), m / alpha * delta / _rms(y)),
        "the pair is (R / |y|, hat delta / R), in this order":
            lambda *case: _coordinates(*case)[::-1],
    },
)


def _pairs(seed):
    cases = []
    for n in range(4):
        g = torch.Generator().manual_seed(100 * seed + 50 + n)
        a, b, c = torch.randn(3, 8, generator=g, dtype=torch.float64)
        shift = 0.4 * torch.randn(3, 8, generator=g, dtype=torch.float64)
        a[0], b[0], shift[0, 0], shift[1, 0] = -1.0, 0.1, 0.0, -0.2  # it passes the angle pi
        cases.append((a, b, a + shift[0], b + shift[1], c))
    return cases


def _angles(a0, b0, a1, b1):
    return torch.atan2(-b1, a1) - torch.atan2(-b0, a0)


def _rotation(a0, b0, a1, b1, c1, turn=lambda *ends: wrap(_angles(*ends)).abs(), weight=None):
    size = Network(a1, b1, c1, 1.0).canonical().r.abs() if weight is None else weight
    return (turn(a0, b0, a1, b1) * size).sum() / size.sum()


rotation = Check(
    "rotation", "an angle, the weighted mean", _rotation, _pairs,
    {
        "a turn across the angle pi is counted as a turn by nearly 2 pi":
            lambda *case: _rotation(*case, turn=lambda *ends: _angles(*ends).abs()),
        "each neuron is to weigh with its size |r| at the end":
            lambda *case: _rotation(*case, weight=torch.ones(8, dtype=torch.float64)),
        "turns to the left and to the right cancel: take the size of each":
            lambda *case: _rotation(*case, turn=lambda *ends: wrap(_angles(*ends))),
        "the size is |c| times the length of (a, b), not |c| alone":
            lambda *case: _rotation(*case, weight=case[4].abs()),
        "the weight is a size: |c|, not c": lambda *case: _rotation(
            *case, weight=case[4] * torch.hypot(case[2], case[3])),
        "the weight is the size at the end, with (a1, b1)": lambda *case: _rotation(
            *case, weight=case[4].abs() * torch.hypot(case[0], case[1])),
        "atan cannot tell a direction from its opposite: atan2(-b, a)": lambda *case: _rotation(
            *case, turn=lambda a0, b0, a1, b1: (torch.atan(-b1 / a1) - torch.atan(-b0 / a0)).abs()),
        "a weighted mean: divide by the sum of the weights": lambda *case: _rotation(*case) * (
            case[4].abs() * torch.hypot(case[2], case[3])).mean(),
    },
)
