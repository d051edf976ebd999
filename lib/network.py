"""One-hidden-layer ReLU networks of one variable, in full and in canonical parameters.

Both classes are batches: the last axis counts the m neurons, any axes before it count networks.
"""
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from .checks import floating, points

CHUNK = 1 << 24  # largest dense (..., n, m) table that evaluation builds at once


@dataclass(frozen=True, eq=False)
class Network:
    """f(x) = (1/alpha) sum_i c_i [a_i x - b_i]_+.

    a, b, c: (..., m);  alpha: a positive number, or one per network, shape (...).
    Raises ValueError naming the argument for shapes that do not match, m = 0, values that are not finite, alpha <= 0.
    Williams et al. 2019, Eq. (1).
    """

    a: Tensor
    b: Tensor
    c: Tensor
    alpha: Tensor | float

    def __post_init__(self):
        a, b, c = _parameters(a=self.a, b=self.b, c=self.c)
        alpha = torch.as_tensor(self.alpha, dtype=a.dtype, device=a.device).detach()
        if not (alpha.isfinite() & (alpha > 0)).all():
            raise ValueError(f"alpha: want a positive finite normalisation, got {self.alpha}")
        if alpha.ndim and alpha.shape != a.shape[:-1]:
            raise ValueError(f"alpha: want a number or shape {tuple(a.shape[:-1])} (one per network), got {tuple(alpha.shape)}")
        for name, value in zip(("a", "b", "c", "alpha"), (a, b, c, alpha)):
            object.__setattr__(self, name, value)

    @property
    def m(self) -> int:
        """The number of neurons."""
        return self.a.shape[-1]

    @property
    def rho(self) -> Tensor:
        """The radii rho_i = sqrt(a_i^2 + b_i^2), shape (..., m)."""
        return torch.hypot(self.a, self.b)

    @property
    def delta(self) -> Tensor:
        """The invariants delta_i = c_i^2 - a_i^2 - b_i^2, shape (..., m).  Eq. (18), (44)."""
        return self.c**2 - self.a**2 - self.b**2

    @property
    def knots(self) -> Tensor:
        """Where each neuron switches, e_i = b_i / a_i, shape (..., m); infinite or nan where a_i = 0.  Sec. 2.2."""
        return self.b / self.a

    def __call__(self, x) -> Tensor:
        """f at the points x: (n,), as (..., n)."""
        return _evaluate(self.a, self.b, self.c / self.alpha[..., None], x)

    def activations(self, x) -> Tensor:
        """Which neurons are on at which points, 1(a_i x_j - b_i > 0), as bool (..., n, m)."""
        x = points(x, self.a)
        return self.a[..., None, :] * x[:, None] - self.b[..., None, :] > 0

    def canonical(self) -> "Canonical":
        """pi(z): r = (m/alpha) c rho, theta = atan2(-b, a).  Eq. (5), corrected (the printed arctan fails for a < 0)."""
        scale = self.m / self.alpha[..., None]
        return Canonical(scale * self.c * self.rho, torch.atan2(-self.b, self.a))

    def rescale(self, k) -> "Network":
        """(a, b, c) -> (k a, k b, c / k) for k > 0, a number or (..., m): the same function, another delta.  Sec. 2.1."""
        k = torch.as_tensor(k, dtype=self.a.dtype, device=self.a.device)
        if not (k.isfinite() & (k > 0)).all():
            raise ValueError(f"k: want positive finite factors, got {k}")
        return Network(k * self.a, k * self.b, self.c / k, self.alpha)

    def to(self, *args, **kwargs) -> "Network":
        """The same network on another device or in another dtype (as torch.Tensor.to)."""
        return Network(*(t.to(*args, **kwargs) for t in (self.a, self.b, self.c, self.alpha)))

    def __getitem__(self, index) -> "Network":
        """The networks at `index` of the leading axes."""
        if not self.a.ndim > 1:
            raise IndexError("this is one network, not a batch of them")
        return Network(self.a[index], self.b[index], self.c[index], self.alpha[index] if self.alpha.ndim else self.alpha)


@dataclass(frozen=True, eq=False)
class Canonical:
    """f(x) = (1/m) sum_i r_i <x~, d(theta_i)>_+ with x~ = (x, 1), d(theta) = (cos theta, sin theta).

    r, theta: (..., m).  Raises ValueError as Network does.  Williams et al. 2019, Eq. (4).
    """

    r: Tensor
    theta: Tensor

    def __post_init__(self):
        r, theta = _parameters(r=self.r, theta=self.theta)
        object.__setattr__(self, "r", r)
        object.__setattr__(self, "theta", theta)

    @property
    def m(self) -> int:
        """The number of neurons."""
        return self.r.shape[-1]

    @property
    def knots(self) -> Tensor:
        """e_i = -tan(theta_i), shape (..., m)."""
        return -torch.tan(self.theta)

    @property
    def uv(self) -> Tensor:
        """The particles (u, v) = |r| (cos theta, sin theta), shape (..., m, 2).  Eq. (6)."""
        return self.r.abs()[..., None] * directions(self.theta)

    def __call__(self, x) -> Tensor:
        """f at the points x: (n,), as (..., n)."""
        return _evaluate(torch.cos(self.theta), -torch.sin(self.theta), self.r / self.m, x)

    def lift(self, delta, alpha) -> Network:
        """The network with these (r, theta) and the given invariants delta: a number or (..., m).

        With kappa = alpha r / m:  c^2 = (delta + sqrt(delta^2 + 4 kappa^2)) / 2,  sign c = sign r,  rho = |kappa / c|.
        Unique unless r = 0 and delta > 0, where the sign of c is free: we take c > 0.
        Eq. (45), corrected (the printed one holds for alpha = m only).
        """
        delta = torch.as_tensor(delta, dtype=self.r.dtype, device=self.r.device).expand(self.r.shape)
        if not delta.isfinite().all():
            raise ValueError("delta: want finite invariants; for delta = -inf train only c, for +inf only (a, b)")
        alpha = torch.as_tensor(alpha, dtype=self.r.dtype, device=self.r.device)
        if not (alpha.isfinite() & (alpha > 0)).all():
            raise ValueError(f"alpha: want a positive finite normalisation, got {alpha}")
        kappa = alpha[..., None] * self.r / self.m                       # (..., m)
        root = torch.hypot(delta, 2 * kappa)
        # (delta + root) cancels for delta < 0; the product (root + delta)(root - delta) = 4 kappa^2 does not
        large = (root + delta.abs()) / 2                                 # max(c^2, rho^2)
        small = torch.where(large > 0, kappa**2 / large.clamp_min(torch.finfo(large.dtype).tiny), 0.0)
        c2 = torch.where(delta >= 0, large, small)
        rho2 = torch.where(delta >= 0, small, large)
        sign = torch.where(self.r < 0, -1.0, 1.0).to(self.r.dtype)
        rho = rho2.sqrt()
        return Network(rho * torch.cos(self.theta), -rho * torch.sin(self.theta), sign * c2.sqrt(), alpha)


def directions(theta: Tensor) -> Tensor:
    """d(theta) = (cos theta, sin theta), shape (..., 2)."""
    return torch.stack([torch.cos(theta), torch.sin(theta)], -1)


def wrap(theta: Tensor) -> Tensor:
    """Angles brought to [-pi, pi)."""
    return torch.remainder(theta + math.pi, 2 * math.pi) - math.pi


def _parameters(**named) -> list[Tensor]:
    values = {name: floating(name, value) for name, value in named.items()}
    shapes = {name: tuple(value.shape) for name, value in values.items()}
    if len(set(shapes.values())) > 1 or () in shapes.values():
        raise ValueError(f"{', '.join(named)}: want one shape (..., m) for all, got {shapes}")
    first = next(iter(values.values()))
    for name, value in values.items():
        if value.numel() == 0:
            raise ValueError(f"{name}: want at least one neuron and one network, got shape {tuple(value.shape)}")
        if value.dtype != first.dtype or value.device != first.device:
            raise ValueError(f"{name}: want the dtype and device of the others, got {value.dtype} on {value.device}")
        if not value.isfinite().all():
            raise ValueError(f"{name}: {int((~value.isfinite()).sum())} of {value.numel()} values are not finite")
    return list(values.values())


def _evaluate(a: Tensor, b: Tensor, weight: Tensor, x) -> Tensor:
    """sum_i weight_i [a_i x - b_i]_+ at x: (n,), in pieces that keep the (..., n, m) table small."""
    x = points(x, a)
    parts = [
        (weight[..., None, :] * (a[..., None, :] * piece[:, None] - b[..., None, :]).relu()).sum(-1)
        for piece in x.split(max(1, CHUNK // a.numel()))
    ]
    return torch.cat(parts, -1)                                          # (..., n)
