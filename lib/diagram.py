"""The diagram of regimes: its two coordinates, starts at a point of it, and their tangent kernels.

In the time tau = t / alpha and with d_i = m delta_i / alpha the gradient flow of the neurons (r_i,
theta_i) is

    r' = -sqrt(d^2 + 4 r^2) dV/dr,    theta' = -2 / (sqrt(d^2 + 4 r^2) - d) dV/dtheta,

in which neither alpha nor m appears, and multiplying y, r and d by one number changes nothing.  So
a start of a given shape has two coordinates, R / |y| and d / |y|, with R the root mean square of r.
Eq. (20), corrected.
"""

import math

import torch
from torch import Tensor

from .angles import directions, wrap
from .checks import numbers, positive, real
from .kernels import Kernel, ntk
from .laws import Box, Gaussian
from .network import Canonical, Network
from .scales import power, product
from .starts import pairs, stream

LAWS = ("gaussian", "equal", "layers")
NODES = 24  # Gauss points between two angles where a kernel's integrand is not smooth


def start(
    m: int,
    R: float,
    d: float = 0.0,
    *,
    law: str = "gaussian",
    alpha: float | None = None,
    seed: int = 0,
) -> Network:
    """A network with f = 0 at (R, d): m/2 neurons drawn from a law, and their mirror images -r.

    law: "gaussian", r = R N(0, 1);  "equal", r = +-R;  both with theta ~ U(0, 2 pi) and every d_i =
    d. "layers": a, b and c uniform and independent, as layers of PyTorch are, with R and d in the
    mean: E c^2 - E rho^2 = d, E c^2 rho^2 = R^2.  alpha is sqrt(m) unless given.  Raises ValueError
    naming a bad argument.
    """
    m, R, d = pairs(m), positive("R", R), real("d", d)
    alpha = math.sqrt(m) if alpha is None else positive("alpha", alpha)
    along, across = weights(R, d, law)
    generator, half = stream(seed), (m // 2,)
    if law == "layers":
        a, b, c = math.sqrt(3) * (
            2 * torch.rand(3, *half, generator=generator, dtype=torch.float64) - 1
        )
        unit = math.sqrt(alpha / m)
        a, b, c = (
            unit * math.sqrt(along / 2) * a,
            unit * math.sqrt(along / 2) * b,
            unit * math.sqrt(across) * c,
        )
        return Network(torch.cat([a, a]), torch.cat([b, b]), torch.cat([c, -c]), alpha)
    theta = 2 * math.pi * torch.rand(half, generator=generator, dtype=torch.float64)
    size = torch.randn(half, generator=generator, dtype=torch.float64)
    r = R * (size if law == "gaussian" else size.sign())
    return Canonical(torch.cat([r, -r]), torch.cat([theta, theta])).lift(alpha * d / m, alpha)


def coordinates(network: Network) -> tuple[Tensor, Tensor]:
    """(R, d): the root mean square of r = (m/alpha) c rho, the mean of (m/alpha) delta, (...)."""
    scale, size = network.m / network.alpha, product(network.c, network.rho)
    unit = power(size.abs().amax(-1))  # squares of what is large or small would not be numbers
    R = product(scale, (size / unit[..., None]).square().mean(-1).sqrt(), unit)
    return R, scale * network.delta.mean(-1)


def weights(R: float, d: float, law: str = "gaussian") -> tuple[float, float]:
    """(E rho^2, E c^2) in units of alpha/m: the weights of a start's tangent kernel.

    The first is that of its part along the rays, which then has their sum; the second that across.

    Their difference is d.  For "gaussian" E sqrt(d^2 + 4 r^2), their sum, is a Bessel function:
    with s = |d| / (2 R) E sqrt(s^2 + z^2) = s^2 / sqrt(8 pi) e^(s^2/4) (K_0(s^2/4) + K_1(s^2/4)), z
    ~ N(0, 1).
    """
    R, d = positive("R", R), real("d", d)
    if law not in LAWS:
        raise ValueError(f"law: want one of {', '.join(LAWS)}, got {law!r}")
    # the smaller one by a formula that does not cancel; the larger is |d| more
    unit = math.ldexp(1.0, math.frexp(R)[1] - 1)  # a power of two: squares stay numbers
    r, size = R / unit, abs(d) / unit
    if law == "gaussian":
        small = unit * (r * _excess(size / (2 * r)))
    else:
        small = unit * (2 * r**2 / (math.hypot(size, 2 * r) + size))
    large = small + abs(d)
    return (small, large) if d >= 0 else (large, small)


def share(ratio: float) -> float:
    """The turning ratio sigma = c^2 / (rho^2 + c^2) of a neuron with d = ratio * r, from 0 to 1.

    That is (1 + ratio / sqrt(ratio^2 + 4)) / 2.
    """
    ratio = real("ratio", ratio)
    length = math.hypot(ratio, 2)
    return (1 + ratio / length) / 2 if ratio > 0 else 2 / (length * (length - ratio))


def kernel(R: float, d: float, law: str = "gaussian") -> Kernel:
    """The tangent kernel of infinitely many neurons at (R, d), in the time tau:

    E [rho^2 <x~, d>_+ <x~', d>_+ + c^2 1(x) 1(x') (x x' + 1)].  d = -inf: the first part alone, of
    weight one.
    """
    along, across = (1.0, 0.0) if d == -math.inf else weights(R, d, law)
    box = law == "layers"  # E rho^2 is twice that of a Gaussian, 2/3 of a box
    return ntk(
        Box(math.sqrt(1.5 * along), math.sqrt(1.5 * along)) if box else Gaussian(along / 2), across
    )


class Angular:
    """The tangent kernel of any start, by quadrature that is exact to rounding:

    k(x, x') = int p(theta) [along(theta) <x~, d>_+ <x~', d>_+ + across(theta) 1(x) 1(x') (x x' +
    1)] dtheta

    density p, along = E[rho^2 | theta], across = E[c^2 | theta]: functions of angles (n,) in [-pi,
    pi], smooth between `breaks`.  The panels end at the breaks and where a sample's activation
    changes.
    """

    def __init__(self, density, along, across, breaks=()):
        self.density, self.along, self.across, self.breaks = density, along, across, tuple(breaks)

    def __call__(self, x, x2=None) -> Tensor:
        """The Gram matrix k(x_i, x2_j), shape (n, n2), at x: (n,) and x2: (n2,), by default x."""
        import numpy as np

        x = numbers("x", x)
        x2 = x if x2 is None else numbers("x2", x2)
        turns = [side - torch.atan(p) for p in (x, x2) for side in (0.0, math.pi)]
        ends = torch.tensor(
            [-math.pi, -math.pi / 2, 0.0, math.pi / 2, math.pi, *self.breaks], dtype=torch.float64
        )
        cuts = torch.cat([wrap(torch.cat(turns)), ends]).unique()
        node, w = (torch.from_numpy(v) for v in np.polynomial.legendre.leggauss(NODES))
        half = cuts.diff()[:, None] / 2
        theta, w = (
            ((cuts[1:] + cuts[:-1])[:, None] / 2 + half * node).flatten(),
            (half * w).flatten(),
        )
        w = w * self.density(theta)
        radial, radial2 = (
            torch.stack([p, torch.ones_like(p)], -1) @ directions(theta).T for p in (x, x2)
        )
        along = (radial.relu() * w * self.along(theta)) @ radial2.relu().T
        across = ((radial > 0) * w * self.across(theta)) @ (radial2 > 0).double().T
        return along + (x[:, None] * x2 + 1) * across


def _excess(s: float) -> float:
    """E sqrt(s^2 + z^2) - s for z ~ N(0, 1) and s >= 0."""
    from scipy.special import kve

    if s < 1e-9:  # up to rounding, as in the other limit
        return math.sqrt(2 / math.pi) - s
    if s > 1e9:
        return 1 / (2 * s)
    if s < 12:
        return float(s**2 / math.sqrt(8 * math.pi) * (kve(0, s**2 / 4) + kve(1, s**2 / 4)) - s)
    total = term = 1 / (2 * s)  # sum_k binom(1/2, k) (2k - 1)!! s^(1 - 2k)
    for k in range(2, 25):
        term *= (1.5 - k) / k * (2 * k - 1) / s**2
        total += term
    return total
