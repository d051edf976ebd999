"""Checkers of the exercises to chapter 5."""
import torch

from ..measures import knot_mass as measured
from ..network import Canonical
from ..samples import Samples
from .checking import Check


def _arrivals(seed):
    """(knots, r, x, width): many knots near the samples, of various sizes, some outside."""
    cases = []
    for n in range(4):
        g = torch.Generator().manual_seed(100 * seed + n)
        x = torch.linspace(-1, 1, 5, dtype=torch.float64)
        drawn = 3 * torch.rand(20, generator=g, dtype=torch.float64) - 1.5
        at = x[torch.randint(0, 5, (20,), generator=g)]
        slip = 0.03 * torch.randn(20, generator=g, dtype=torch.float64)
        r = torch.randn(40, generator=g, dtype=torch.float64)
        cases.append((torch.cat([drawn, at + slip]), r, x, 0.01))
    return cases


def _knot_mass(knots, r, x, width):
    network = Canonical(r, -torch.atan(knots))
    return float(measured(network, Samples(x, torch.zeros_like(x)), width))


def _parts(knots, x, width):
    """(near a sample, among the samples)."""
    reach = width * (x[-1] - x[0])
    near = ((knots[:, None] - x).abs() <= reach).any(-1)
    return near, (knots >= x[0] - reach) & (knots <= x[-1] + reach)


def _of(weight, among=True, scale=1.0, reach=None):
    def wrong(knots, r, x, width):
        near, inside = _parts(knots, x, scale * width)
        if reach is not None:
            inside = _parts(knots, x, reach * width)[1]
        inside = inside if among else torch.ones_like(inside)
        return float((weight(r) * near).sum() / (weight(r) * inside).sum())

    return wrong


knot_mass = Check(
    "knot_mass", "a number from 0 to 1", _knot_mass, _arrivals,
    {
        "it counts knots: each is to weigh with its |r|": _of(torch.ones_like),
        "knots far outside the samples are in the denominator": _of(torch.abs, among=False),
        "neurons of opposite sign cancel: the weight is |r|, not r": _of(lambda r: r),
        "the weight is |r|, not r^2": _of(torch.square),
        "the reach is a part of the span x_s - x_1, which is 2 here": _of(torch.abs, scale=0.5),
        "knots just outside the first or last sample are at it, and so among the samples":
            _of(torch.abs, reach=0.0),
        "width is how far to either side, not from end to end":
            _of(torch.abs, scale=0.5, reach=1.0),
        "the reach is a part of the span, and knots far outside are in the denominator":
            _of(torch.abs, among=False, scale=0.5),
    },
)


def _losses(seed):
    g = torch.Generator().manual_seed(seed)
    epochs = torch.cumsum(torch.randint(1, 9, (12,), generator=g), 0)
    down = torch.exp(-torch.cumsum(torch.rand(12, generator=g, dtype=torch.float64), 0))
    bump = down.clone()
    bump[6] = 2 * down[1]  # it rises once on its way
    late = down.clone()
    late[-2:] = 2 * down[1]  # it has been there, and has left again
    return [(epochs, down, float(down[4])), (epochs, bump, float(down[4])),
            (epochs, late, float(down[4])), (epochs, down, 1e-9), (epochs, down, 2.0)]


def _first(epochs, loss, tol):
    below = (loss <= tol).nonzero()
    return int(epochs[below[0, 0]]) if len(below) else None


def _argmax(epochs, loss, tol):
    return int(epochs[(loss <= tol).double().argmax()])


def _last(epochs, loss, tol):
    above = (loss > tol).nonzero()
    k = int(above[-1, 0]) + 1 if len(above) else 0
    return int(epochs[k]) if k < len(epochs) else None


def _index(epochs, loss, tol):
    below = (loss <= tol).nonzero()
    return int(below[0, 0]) if len(below) else None


first_epoch = Check(
    "first_epoch", "the first such epoch, or None", _first, _losses,
    {
        "a run that never arrives is reported as one that arrived at once: argmax of nothing but "
        "False is 0": _argmax,
        "this is the last time that it comes below, not the first": _last,
        "this is the number of the snapshot, not its epoch": _index,
        "a run that never arrives has no such epoch: return None": lambda epochs, loss, tol:
            int(epochs[-1]) if _first(epochs, loss, tol) is None else _first(epochs, loss, tol),
        "it asks the last loss: a run that was at tol has been there, whatever came after":
            lambda epochs, loss, tol: None if loss[-1] > tol else _first(epochs, loss, tol),
        "a loss that equals tol is at most tol: <=, not <":
            lambda epochs, loss, tol: _first(epochs, loss, tol * (1 - 1e-12)),
    },
)
