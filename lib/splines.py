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

NODES = 24  # Gauss points on each panel between samples; more change nothing at double precision


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


class WeightedSpline:
    """The interpolant of least int f''^2 / nu + (A, B) M^-1 (A, B)^T, found from nu and M alone, without a kernel.

    A = f'(-inf) + f'(inf), B = -(the sum of the intercepts of both asymptotes), f'' = 0 off the support of nu.
    With boundary=False the last form is left out.  weight: another function in the place of law.nu.
    Attributes: norm2, the minimum;  A, B;  multipliers l: (s,) of the constraints: f'' = nu/2 sum_j l_j |x - x_j|.
    Raises ValueError where no such function meets the samples (three of them off the support of nu, not on a line).
    Williams et al. 2019, Theorem 5 and Eq. (25), corrected (printed with n for nu, and without the boundary form).
    """

    def __init__(self, samples: Samples, law: Law, boundary: bool = True, weight=None):
        self.samples, self.weight, self.support = samples, weight or law.nu, law.support
        self.breaks = torch.tensor(law.breaks, dtype=torch.float64)
        x, y = samples.x.double(), samples.y.double()
        u, w = _nodes(x, self.breaks, law)
        # f(x) = 1/2 int f''(u) |x - u| du + (A x - B) / 2; unknown: z = f'' / sqrt(nu) at the nodes, and h = (A, B)
        density = w * self.weight(u)
        curved = density.sqrt() * (x[:, None] - u).abs() / 2                            # (s, nodes), times z sqrt(w)
        straight = torch.stack([x, -torch.ones_like(x)], -1) / 2                        # (s, 2), times h
        if boundary:
            root = torch.linalg.cholesky(law.M)                                         # h^T M^-1 h = |root^-1 h|^2
            solution = _least_norm(torch.cat([curved, straight @ root], -1), y)
            z, h = solution[:-2], root @ solution[-2:]
        else:
            free = torch.linalg.qr(straight, mode="complete").Q[:, 2:]                  # combinations blind to lines
            z = _least_norm(free.T @ curved, free.T @ y) if len(x) > 2 else torch.zeros_like(u)
            h = torch.linalg.lstsq(straight, y - curved @ z).solution
            solution = z
        if not torch.allclose(curved @ z + straight @ h, y, rtol=1e-6, atol=1e-6 * float(y.abs().max())):
            raise ValueError(f"samples: no function with f'' = 0 off {law.support} meets them all")
        self.norm2 = solution.square().sum()
        # the first-order condition z = curved^T l, solved for l
        self.multipliers = torch.linalg.lstsq(curved.T, z).solution
        self.A, self.B = h
        self.slopes = (density.sqrt() * z * (x[:, None] - u).sign()).sum(-1) / 2 + self.A / 2

    def curvature(self, x) -> Tensor:
        """f'' at x: (n,), shape (n,)."""
        x = torch.as_tensor(x, dtype=torch.float64)
        inside = (x >= self.support[0]) & (x <= self.support[1])
        return torch.where(inside, self.weight(x), 0.0) * self.spline(x)

    def spline(self, x) -> Tensor:
        """f'' / nu at x: (n,), shape (n,): piecewise linear with knots at the samples."""
        x = torch.as_tensor(x, dtype=torch.float64)
        return (x[..., None] - self.samples.x.double()).abs() @ self.multipliers / 2

    def __call__(self, x) -> Tensor:
        """f at x: (n,), shape (n,): Taylor's formula from the nearest sample, f'' integrated on each smooth piece."""
        x, knots = torch.as_tensor(x, dtype=torch.float64), self.samples.x.double()
        start = (x[:, None] - knots).abs().argmin(-1)
        x0 = knots[start]
        lo, hi = torch.minimum(x, x0)[:, None], torch.maximum(x, x0)[:, None]
        inner = torch.cat([self.breaks.expand(len(x), -1), knots.expand(len(x), -1)], -1).clamp(lo, hi).sort(-1).values
        cuts = torch.cat([lo, inner, hi], -1)                                           # (n, pieces + 1)
        node, w = _gauss()
        half = (cuts[:, 1:] - cuts[:, :-1]) / 2                                         # (n, pieces)
        u = (cuts[:, 1:, None] + cuts[:, :-1, None]) / 2 + half[..., None] * node       # (n, pieces, nodes)
        bend = (self.curvature(u) * (x[:, None, None] - u).abs() * half[..., None] * w).sum((-1, -2))
        return self.samples.y.double()[start] + self.slopes[start] * (x - x0) + bend


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


def _gauss() -> tuple[Tensor, Tensor]:
    """Gauss-Legendre nodes and weights on [-1, 1]."""
    import numpy as np

    node, w = np.polynomial.legendre.leggauss(NODES)
    return torch.from_numpy(node), torch.from_numpy(w)


def _nodes(x: Tensor, breaks: Tensor, law: Law) -> tuple[Tensor, Tensor]:
    """Quadrature over the support of nu: panels between samples and breaks, and tails u = end +- reach t / (1 - t)."""
    lo, hi = law.support
    inner = torch.cat([x, breaks])
    reach = law.width + float(inner.max() - inner.min())
    first = lo if math.isfinite(lo) else min(float(inner.min()), law.centre) - law.width
    last = hi if math.isfinite(hi) else max(float(inner.max()), law.centre) + law.width
    cuts = torch.cat([inner.clamp(first, last), inner.new_tensor([first, last])]).unique()
    # long panels are cut to pieces no longer than half the law's width, where nu is a well-behaved function
    pieces = [(float(p), float(q), math.ceil(2 * float(q - p) / law.width)) for p, q in zip(cuts, cuts[1:])]
    cuts = torch.cat([torch.linspace(p, q, k + 1, dtype=x.dtype)[:-1] for p, q, k in pieces] + [cuts[-1:]])
    node, w = _gauss()
    half = cuts.diff()[:, None] / 2
    u, weights = [((cuts[1:] + cuts[:-1])[:, None] / 2 + half * node).flatten()], [(half * w).flatten()]
    quarter = torch.arange(4, dtype=x.dtype)[:, None]
    t, dt = ((quarter + (node + 1) / 2) / 4).flatten(), (w / 8).repeat(4)               # four panels on (0, 1)
    for end, side, infinite in ((first, -1, lo), (last, 1, hi)):
        if math.isinf(infinite):
            u.append(end + side * reach * t / (1 - t))
            weights.append(reach * dt / (1 - t) ** 2)
    return torch.cat(u), torch.cat(weights)


def _least_norm(rows: Tensor, y: Tensor) -> Tensor:
    """The z of least norm with rows z = y, by QR (the Gram matrix would square the condition number)."""
    q, r = torch.linalg.qr(rows.T)
    return q @ torch.linalg.solve_triangular(r.T, y[:, None], upper=False)[:, 0]


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
