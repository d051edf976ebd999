"""Single numbers that say what a network has done.

How far it is from other functions, where its knots are, how far its neurons have gone.
"""
from typing import NamedTuple

import torch
from torch import Tensor

from .angles import wrap
from .checks import kind, real, whole
from .network import Canonical, Network
from .samples import Samples, vicinity
from .scales import power, product
from .splines import linear_interpolant, natural_cubic


class Distance(NamedTuple):
    """How far two functions are apart on an interval: the largest gap, and the root of the integral
    of its square."""

    sup: Tensor
    l2: Tensor


def distance(f, g, lo: float, hi: float, n: int = 2001) -> Distance:
    """sup |f - g| and (int (f - g)^2)^(1/2) over [lo, hi], on n points; each of shape (...) for
    batches of networks.  Raises ValueError for ends or an n that make no interval."""
    lo, hi, n = real("lo", lo), real("hi", hi), whole("n", n, 2)
    if not lo < hi:
        raise ValueError(f"lo, hi: want lo < hi, got {lo} and {hi}")
    x = torch.linspace(lo, hi, n, dtype=torch.float64)
    gap = f(x).double() - g(x).double()
    sup = gap.abs().amax(-1)
    size = torch.where(sup > 0, sup, 1.0)  # squares of what is large or small would not be numbers
    return Distance(sup, size * torch.trapezoid((gap / size[..., None]) ** 2, x).sqrt())


def adaptivity(f, samples: Samples, n: int = 2001) -> Tensor:
    """d_cubic / (d_cubic + d_linear): 0 for the natural cubic, 1 for the linear interpolant.

    Distances are L2 between the outer samples, on n points.  f: a function, or a batch of networks
    (then one number each).  Raises ValueError for fewer than three samples, and for samples on a
    line, which is both interpolants.
    """
    n = whole("n", n, 2)
    if kind("samples", samples, Samples).s < 3:
        raise ValueError("samples: want at least three, so that cubic and linear interpolants "
                         f"differ, got {samples.s}")
    x, y = samples.x.double(), samples.y.double()
    chord = y[0] + (y[-1] - y[0]) * ((x - x[0]) / (x[-1] - x[0]))
    if ((y - chord).abs() <= 8 * torch.finfo(samples.y.dtype).eps * y.abs().max()).all():
        raise ValueError("samples: want some off the line through the first and the last, so that "
                         "cubic and linear interpolants differ")
    ends = float(x[0]), float(x[-1])
    values = f(torch.linspace(*ends, n, dtype=torch.float64))  # once, for both distances
    cubic, linear = (distance(lambda x: values, spline(samples), *ends, n).l2
                     for spline in (natural_cubic, linear_interpolant))
    return cubic / (cubic + linear)


def knot_mass(network: Network | Canonical, samples: Samples, width: float = 0.01) -> Tensor:
    """The part of sum |r_i|, of knots among the samples, that is within `width` spans of a sample.

    0 <= result <= 1, shape (...); nan where no knot lies between the first sample and the last.
    A span is x_s - x_1.  Raises ValueError for fewer than two samples, a width not in (0, 1).
    Williams et al. 2019, Sec. 4, Fig. 5 ("clusters of knots").
    """
    reduced = _reduced("network", network)
    reach, x = vicinity(samples, width), kind("samples", samples, Samples).like(reduced.r).x
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
    reach = vicinity(samples, width)
    span = float(samples.x[-1] - samples.x[0]) + 2 * reach
    free = (samples.x.diff() - 2 * reach).clamp_min(0).sum()
    return 1 - float(free) / span


def rotation(before: Network | Canonical, after: Network | Canonical) -> Tensor:
    """sum |r_i| |theta_i - theta_i(0)| / sum |r_i|, in radians, shape (...).

    Before they are theta_i(0), after theta_i and r_i; an angle is taken the short way round.
    0 <= result <= pi; nan where all r are zero.
    Raises ValueError for networks of different shape, dtype or device.
    """
    p, q = _reduced("before", before), _reduced("after", after)
    _alike(p.theta, q.theta)
    mass = q.r.abs() / power(q.r.abs().amax(-1, keepdim=True))
    return (mass * wrap(q.theta - p.theta).abs()).sum(-1) / mass.sum(-1)


def effective_number(network: Network | Canonical) -> Tensor:
    """(sum |r_i|)^2 / sum r_i^2: how many neurons of equal size would carry as much, shape (...).

    1 <= result <= m; nan where all r are zero.
    """
    mass = _reduced("network", network).r.abs()
    mass = mass / power(mass.amax(-1, keepdim=True))                     # squares stay numbers
    return mass.sum(-1).square() / mass.square().sum(-1)


def movement(before: Network, after: Network) -> Tensor:
    """|w - w(0)| / |w(0)|, w = (a, b) of all neurons, w(0) before and w after, shape (...).

    Raises ValueError for networks of different shape, dtype or device.
    """
    for name, network in (("before", before), ("after", after)):
        kind(name, network, Network)
    _alike(before.a, after.a)
    first = torch.stack([before.a, before.b], -1)
    unit = power(first.abs().amax((-2, -1), keepdim=True))
    moved = (torch.stack([after.a, after.b], -1) / unit - first / unit).norm(dim=(-2, -1))
    return moved / (first / unit).norm(dim=(-2, -1))


def kappa(network: Network) -> Tensor:
    """kappa_i = c_i rho_i = alpha r_i / m, the size of each neuron in its own units, (..., m)."""
    return product(kind("network", network, Network).c, network.rho)


def _reduced(name, network) -> Canonical:
    return kind(name, network, Network, Canonical).canonical()


def _alike(p: Tensor, q: Tensor) -> None:
    """Whether the parameters of two networks, before and after, can be compared."""
    if p.shape[-1] != q.shape[-1] or (p.ndim == q.ndim and p.shape != q.shape):
        shapes = f"{tuple(p.shape)} and {tuple(q.shape)}"
        raise ValueError(f"before, after: want networks of one shape (..., m), got {shapes}")
    if (p.dtype, p.device) != (q.dtype, q.device):
        kinds = f"{p.dtype} on {p.device} and {q.dtype} on {q.device}"
        raise ValueError(f"before, after: want one dtype and device, got {kinds}")
