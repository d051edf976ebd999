"""Single numbers that say what a network has done: where its knots are, how far its neurons have gone."""
import torch
from torch import Tensor

from .network import Canonical, Network
from .samples import Samples


def knot_mass(network: Network | Canonical, samples: Samples, width: float = 0.01) -> Tensor:
    """The part of sum |r_i|, over neurons with a knot among the samples, whose knot is within `width` spans of a sample.

    0 <= result <= 1, shape (...); nan where no knot lies between the first sample and the last.  A span is x_s - x_1.
    Raises ValueError for fewer than two samples.  Williams et al. 2019, Sec. 4, Fig. 5 ("clusters of knots").
    """
    reduced = network if isinstance(network, Canonical) else network.canonical()
    reach = _reach(samples, width)
    e, mass = reduced.knots, reduced.r.abs()                             # (..., m)
    among = (e >= samples.x[0] - reach) & (e <= samples.x[-1] + reach)
    near = ((e[..., None] - samples.x).abs() <= reach).any(-1)
    return (mass * (among & near)).sum(-1) / (mass * among).sum(-1)


def chance_mass(samples: Samples, width: float = 0.01) -> float:
    """What knot_mass is when knots ignore the samples: the covered part of the interval [x_1 - reach, x_s + reach]."""
    reach = _reach(samples, width)
    span = float(samples.x[-1] - samples.x[0]) + 2 * reach
    free = (samples.x.diff() - 2 * reach).clamp_min(0).sum()
    return 1 - float(free) / span


def movement(before: Network, after: Network) -> Tensor:
    """|(a, b) after - (a, b) before| / |(a, b) before|, over all neurons together, shape (...)."""
    moved = torch.stack([after.a - before.a, after.b - before.b], -1)
    return moved.norm(dim=(-2, -1)) / before.rho.norm(dim=-1)


def kappa(network: Network) -> Tensor:
    """kappa_i = c_i rho_i = alpha r_i / m, the size of each neuron in its own units, shape (..., m)."""
    return network.c * network.rho


def _reach(samples: Samples, width: float) -> float:
    if samples.s < 2:
        raise ValueError(f"samples: want at least two, got {samples.s}")
    if not 0 < width < 1:
        raise ValueError(f"width: want a part of the span between 0 and 1, got {width}")
    return width * float(samples.x[-1] - samples.x[0])
