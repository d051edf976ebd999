"""What networks are compared with, found without training: splines, least variation.

All of them are functions of torch vectors, (n,) -> (n,).
"""

import contextlib

import numpy as np
import torch
from torch import Tensor

from .checks import kind, numbers
from .laws import Law
from .samples import Samples
from .scales import power, product
from .weighted import WeightedSpline


def linear_interpolant(samples: Samples):
    """The piecewise linear interpolant, "connect the dots", continued straight beyond the first and
    the last sample."""
    kind("samples", samples, Samples)
    knots, y = samples.x.double().contiguous(), samples.y.double()

    def f(x) -> Tensor:
        x = numbers("x", x)
        if len(knots) == 1:
            return y.expand(x.shape)
        j = torch.searchsorted(knots, x.contiguous()).clamp(1, len(knots) - 1)
        return y[j - 1] + (y[j] - y[j - 1]) * ((x - knots[j - 1]) / (knots[j] - knots[j - 1]))

    return f


class NaturalCubic:
    """The natural cubic spline, f'' = 0 at the first and last sample, continued straight beyond
    them (by SciPy).

    Raises ValueError where some gaps are so narrow, in parts of the span, that there are no numbers
    for its coefficients.
    """

    def __init__(self, samples: Samples):
        from scipy.interpolate import CubicSpline

        kind("samples", samples, Samples)
        x, y = samples.x.double(), samples.y.double()
        self.unit = power(x[-1] / 2 - x[0] / 2)  # cubes of spans may be no numbers
        x = x / self.unit
        self.lo, self.hi, self.level = x[0], x[-1], y[0]
        self.piece = None
        if len(x) > 1:
            # SciPy's ValueError, of slopes that are not numbers, does not name the samples
            with np.errstate(all="ignore"), contextlib.suppress(ValueError):
                self.piece = CubicSpline(x.numpy(), y.numpy(), bc_type="natural")
            if self.piece is None or not np.isfinite(self.piece.c).all():
                raise ValueError("samples: want gaps for which the cubic's coefficients, about "
                                 "y / gap^3, are numbers")

    def __call__(self, x, derivative: int = 0) -> Tensor:
        """The value, or a derivative, at x: (n,), shape (n,)."""
        x = numbers("x", x).detach() / self.unit
        if self.piece is None:
            return torch.full_like(x, float(self.level) if derivative == 0 else 0.0)
        inside = x.clamp(self.lo, self.hi)
        value = torch.from_numpy(self.piece(inside.numpy(), derivative))
        if derivative == 0:
            value = value + (x - inside) * torch.from_numpy(self.piece(inside.numpy(), 1))
        elif derivative > 1:
            value = torch.where(x == inside, value, 0.0)
        return product(value, over=(self.unit,) * derivative)


def natural_cubic(samples: Samples) -> NaturalCubic:
    """The natural cubic spline: of all interpolants the one of least int f''^2."""
    return NaturalCubic(samples)


def weighted_spline(samples: Samples, law: Law, *, boundary: bool = True,
                    weight=None) -> WeightedSpline:
    """The interpolant of least weighted curvature, int f''^2 / nu plus the boundary form; see
    WeightedSpline."""
    return WeightedSpline(samples, law, boundary, weight)
