"""What networks are compared with, each found without training: lines, cubics, weighted splines, least variation.

All of them are functions of torch vectors, (n,) -> (n,).
"""
import math
from typing import NamedTuple

import torch
from torch import Tensor

from .laws import Law
from .network import Canonical, directions
from .samples import Samples
from .weighted import WeightedSpline


def linear_interpolant(samples: Samples):
    """The piecewise linear interpolant, "connect the dots", continued straight beyond the first and the last sample."""
    knots, y = samples.x.double().contiguous(), samples.y.double()

    def f(x) -> Tensor:
        x = torch.as_tensor(x, dtype=torch.float64)
        if len(knots) == 1:
            return y.expand(x.shape)
        j = torch.searchsorted(knots, x.contiguous()).clamp(1, len(knots) - 1)
        return y[j - 1] + (y[j] - y[j - 1]) / (knots[j] - knots[j - 1]) * (x - knots[j - 1])

    return f


class NaturalCubic:
    """The natural cubic spline, f'' = 0 at the first and last sample, continued straight beyond them (by SciPy)."""

    def __init__(self, samples: Samples):
        from scipy.interpolate import CubicSpline

        x, y = samples.x.double().numpy(), samples.y.double().numpy()
        self.lo, self.hi = x[0], x[-1]
        self.piece = CubicSpline(x, y, bc_type="natural") if len(x) > 1 else None
        self.level = y[0]

    def __call__(self, x, derivative: int = 0) -> Tensor:
        """The value, or a derivative, at x: (n,), shape (n,)."""
        x = torch.as_tensor(x, dtype=torch.float64)
        if self.piece is None:
            return torch.full_like(x, self.level if derivative == 0 else 0.0)
        inside = x.clamp(self.lo, self.hi)
        value = torch.from_numpy(self.piece(inside.numpy(), derivative))
        if derivative == 0:
            value = value + (x - inside) * torch.from_numpy(self.piece(inside.numpy(), 1))
        elif derivative > 1:
            value = torch.where(x == inside, value, 0.0)
        return value


def natural_cubic(samples: Samples) -> NaturalCubic:
    """The natural cubic spline: of all interpolants the one of least int f''^2."""
    return NaturalCubic(samples)


def weighted_spline(samples: Samples, law: Law, *, boundary: bool = True, weight=None) -> WeightedSpline:
    """The interpolant of least weighted curvature, int f''^2 / nu plus the boundary form; see WeightedSpline."""
    return WeightedSpline(samples, law, boundary, weight)


def tv_minimal(samples: Samples, angles: int = 720, rounds: int = 4) -> Canonical:
    """The interpolant f = (1/m) sum_i r_i <x~, d(theta_i)>_+ of least norm (1/m) sum |r_i|, as a Canonical network.

    A linear program over a grid of angles, refined `rounds` times around the neurons in use.  Read off the knots as
    .knots and the norm as .r.abs().mean(); it is int sqrt(1 + x^2) |f''| when the line at infinity is cheap.
    Raises ValueError where no fit is found.  Eq. (16), (17), corrected.
    """
    sample_angles = torch.cat([-torch.atan(samples.x), math.pi - torch.atan(samples.x)]).double()
    grid = torch.linspace(-math.pi, math.pi, angles + 1, dtype=torch.float64)[1:]
    theta, spacing = torch.cat([sample_angles, grid]), 2 * math.pi / angles
    for _ in range(rounds):
        mass, used = _merged(samples, theta, _tv_program(samples, theta))
        near = used[:, None] + spacing * torch.linspace(-1, 1, 41, dtype=torch.float64)
        theta, spacing = torch.cat([sample_angles, grid, near.flatten()]).unique(), spacing / 20
    return Canonical(mass * len(mass), used)


class Distance(NamedTuple):
    """How far two functions are apart on an interval: the largest gap, and the root of the integral of its square."""

    sup: Tensor
    l2: Tensor


def distance(f, g, lo: float, hi: float, n: int = 2001) -> Distance:
    """sup |f - g| and (int (f - g)^2)^(1/2) over [lo, hi], on n points; each of shape (...) for batches of networks."""
    if not lo < hi:
        raise ValueError(f"lo, hi: want lo < hi, got {lo} and {hi}")
    x = torch.linspace(float(lo), float(hi), n, dtype=torch.float64)
    gap = f(x).double() - g(x).double()
    return Distance(gap.abs().amax(-1), torch.trapezoid(gap**2, x).sqrt())


def adaptivity(f, samples: Samples) -> Tensor:
    """d_cubic / (d_cubic + d_linear): 0 for the natural cubic, 1 for the linear interpolant.

    Distances are L2 between the outer samples.  f: a function, or a batch of networks (then one number each).
    Raises ValueError for fewer than three samples.
    """
    if samples.s < 3:
        raise ValueError(f"samples: want at least three, so that cubic and linear interpolants differ, got {samples.s}")
    ends = float(samples.x[0]), float(samples.x[-1])
    cubic = distance(f, natural_cubic(samples), *ends).l2
    linear = distance(f, linear_interpolant(samples), *ends).l2
    return cubic / (cubic + linear)


def _tv_program(samples: Samples, theta: Tensor) -> Tensor:
    """The signed masses of least total size on the angles theta that meet the samples, by HiGHS."""
    import numpy as np
    from scipy.optimize import linprog

    features = (samples.tilde.double() @ directions(theta).T).relu().numpy()            # (s, angles)
    result = linprog(np.ones(2 * len(theta)), A_eq=np.hstack([features, -features]), b_eq=samples.y.double().numpy(),
                     method="highs-ds", options={f"{kind}_feasibility_tolerance": 1e-10 for kind in ("primal", "dual")})
    if result.status != 0:
        raise ValueError(f"samples: no interpolant found: {result.message}")
    plus, minus = torch.from_numpy(result.x).view(2, -1)
    return plus - minus


def _merged(samples: Samples, theta: Tensor, mass: Tensor) -> tuple[Tensor, Tensor]:
    """(mass, theta) with neurons of one sign and one activation region joined: the same f, and never a larger norm."""
    live = mass.abs() > 1e-9 * mass.abs().max()
    if not live.any():
        return mass[:1], theta[:1]
    theta, mass = theta[live], mass[live]
    on = samples.tilde.double() @ directions(theta).T > 1e-12                           # (s, neurons)
    kinds, group = torch.cat([mass[None] > 0, on]).unique(dim=1, return_inverse=True)
    vectors = mass.abs()[:, None] * directions(theta)
    total = torch.zeros(kinds.shape[1], 2, dtype=theta.dtype).index_add(0, group, vectors)
    return torch.where(kinds[0], 1.0, -1.0) * total.norm(dim=-1), torch.atan2(total[:, 1], total[:, 0])
