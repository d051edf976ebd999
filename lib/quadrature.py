"""Moments of a weight on the line, between samples and out to infinity, to rounding."""
import math

import numpy as np
import torch
from torch import Tensor

from .laws import Law

NODES = 16      # Gauss points on a panel; panels are halved until twice as many agree with them
ROUNDS = 64     # how often a panel can be halved: a jump of the weight is then found to rounding
PANELS = 10**6
TINY = 1e-280   # below it a moment has no digits to agree on


def side(start: Tensor, end: Tensor) -> Tensor:
    """1 where the end is right of the start, -1 where it is left of it."""
    return torch.sign(end - start)


def outward(lo: Tensor, hi: Tensor, centre: float) -> tuple[Tensor, Tensor]:
    """The ends of panels, the one nearer to the centre first."""
    right = lo >= centre
    return torch.where(right, lo, hi), torch.where(right, hi, lo)


def rule(start: Tensor, end: Tensor, centre: float) -> tuple[Tensor, Tensor, Tensor]:
    """Gauss's rule from a finite start (n,) to an end, infinite ones included: nodes u, |u -
    start|, weights.

    Towards infinity it is the rule in 1 / (u - centre), exact for the tails of a rational weight.
    |u - start| is not found by subtraction: between close samples nothing would be left of it.
    """
    node, weight = (torch.from_numpy(v)[None] for v in np.polynomial.legendre.leggauss(NODES))
    t, weight = (1 + node) / 2, weight / 2
    start, end = start[:, None], end[:, None]
    infinite = end.isinf()
    length = torch.where(infinite, (start - centre).abs(), (end - start).abs())
    away = length * torch.where(infinite, (1 - t) / t, t)
    weight = torch.where(infinite, weight / t**2, weight)
    return start + side(start, end) * away, away, length * weight


def panels(x: Tensor, law: Law, density) -> Tensor:
    """The borders of panels, (panels + 1,), on which the moments of the weight are found to
    rounding; +-inf outermost.

    At first the samples, the breaks, and places that are 1/2, 1, 2, 4, ... widths away from the
    centre; then halves.
    """
    edges = [end for end in law.support if math.isfinite(end)]
    fixed = x.new_tensor([*law.breaks, *edges, law.centre])
    far = max(1.0, float((torch.cat([x, fixed]) - law.centre).abs().max()) / law.width)
    steps = law.width * 2.0 ** torch.arange(-1, math.ceil(math.log2(far)) + 3, dtype=x.dtype)
    ends = x.new_tensor([-math.inf, math.inf])
    borders = torch.cat([x, fixed, law.centre + steps, law.centre - steps, ends]).unique()
    lo, hi = borders[:-1], borders[1:]
    for _ in range(ROUNDS):
        start, end = outward(lo, hi, law.centre)
        # not in the middle: a jump there would hide from both rules
        middle = torch.where(end.isinf(), 2 * start - law.centre, start + 0.382 * (end - start))

        def moments(one, other):
            u, away, w = rule(one, other, law.centre)
            w, away = w * density(u), away + (one - start).abs()[:, None]
            return torch.stack([w.sum(-1), (w * away).sum(-1), (w * away**2).sum(-1)])

        halves = moments(start, middle) + moments(middle, end)
        # the nodes themselves are rounded: no more than this can be asked of a short panel
        slack = 1e-12 + 8 * torch.finfo(x.dtype).eps * start.abs() / (end - start).abs()
        split = ((moments(start, end) - halves).abs() > slack * halves + TINY).any(0)
        if not split.any() or len(borders) > PANELS:
            break
        borders = torch.cat([borders, middle[split]]).sort().values
        one, other = torch.stack([start, middle])[:, split], torch.stack([middle, end])[:, split]
        lo, hi = torch.minimum(one, other).flatten(), torch.maximum(one, other).flatten()
    return borders
