"""Single numbers that say what a network has done: where its knots are, how far it has gone."""
import torch
from torch import Tensor

from .checks import kind, real
from .network import Canonical, Network
from .samples import Samples
from .scales import power, product


def knot_mass(network: Network | Canonical, samples: Samples, width: float = 0.01) -> Tensor:
    """The part of sum |r_i|, of knots among the samples, that is within `width` spans of a sample.

    0 <= result <= 1, shape (...); nan where no knot lies between the first sample and the last.
    A span is x_s - x_1.  Raises ValueError for fewer than two samples, a width not in (0, 1).
    Williams et al. 2019, Sec. 4, Fig. 5 ("clusters of knots").
    """
    kind("network", network, Network, Canonical)
    reduced = network if isinstance(network, Canonical) else network.canonical()
    reach, x = _reach(samples, width), kind("samples", samples, Samples).like(reduced.r).x
    e, mass = reduced.knots, reduced.r.abs()                             # (..., m)
    mass = mass / power(mass.amax(-1, keepdim=True))                     # their sum stays finite
    among = (e >= x[0] - reach) & (e <= x[-1] + reach)
    right = torch.searchsorted(x, e.contiguous()).clamp(1, len(x) - 1)  # a neighbour is the nearest
    near = torch.minimum((e - x[right - 1]).abs(), (e - x[right]).abs()) <= reach
    return (mass * (among & near)).sum(-1) / (mass * among).sum(-1)


def chance_mass(samples: Samples, width: float = 0.01) -> float:
    """What knot_mass is when knots ignore the samples: the covered part of the line around them.

    That is the part of [x_1 - reach, x_s + reach] within a reach of a sample.  Raises as knot_mass.
    """
    reach = _reach(samples, width)
    span = float(samples.x[-1] - samples.x[0]) + 2 * reach
    free = (samples.x.diff() - 2 * reach).clamp_min(0).sum()
    return 1 - float(free) / span


def movement(before: Network, after: Network) -> Tensor:
    """|(a, b) after - (a, b) before| / |(a, b) before|, over all neurons together, shape (...).

    Raises ValueError for networks of different shape, dtype or device.
    """
    for name, network in (("before", before), ("after", after)):
        kind(name, network, Network)
    p, q = before.a, after.a
    if p.shape[-1] != q.shape[-1] or (p.ndim == q.ndim and p.shape != q.shape):
        shapes = f"{tuple(p.shape)} and {tuple(q.shape)}"
        raise ValueError(f"before, after: want networks of one shape (..., m), got {shapes}")
    if (p.dtype, p.device) != (q.dtype, q.device):
        kinds = f"{p.dtype} on {p.device} and {q.dtype} on {q.device}"
        raise ValueError(f"before, after: want one dtype and device, got {kinds}")
    first = torch.stack([before.a, before.b], -1)
    unit = power(first.abs().amax((-2, -1), keepdim=True))
    moved = (torch.stack([after.a, after.b], -1) / unit - first / unit).norm(dim=(-2, -1))
    return moved / (first / unit).norm(dim=(-2, -1))


def kappa(network: Network) -> Tensor:
    """kappa_i = c_i rho_i = alpha r_i / m, the size of each neuron in its own units, (..., m)."""
    return product(kind("network", network, Network).c, network.rho)


def _reach(samples: Samples, width: float) -> float:
    if kind("samples", samples, Samples).s < 2:
        raise ValueError(f"samples: want at least two, got {samples.s}")
    wants = "a part of the span between 0 and 1"
    width = real("width", width, wants, lambda v: 0 < v < 1)
    return width * float(samples.x[-1] - samples.x[0])
