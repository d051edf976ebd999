"""What networks are compared with, found without training: splines, least variation.

All of them are functions of torch vectors, (n,) -> (n,).
"""
import math
from typing import NamedTuple

import torch
from torch import Tensor

from .checks import kind, whole
from .laws import Law
from .network import Canonical, directions
from .samples import Samples
from .weighted import WeightedSpline


def linear_interpolant(samples: Samples):
    """The piecewise linear interpolant, "connect the dots", continued straight beyond the first and
    the last sample."""
    kind("samples", samples, Samples)
    knots, y = samples.x.double().contiguous(), samples.y.double()

    def f(x) -> Tensor:
        x = torch.as_tensor(x, dtype=torch.float64)
        if len(knots) == 1:
            return y.expand(x.shape)
        j = torch.searchsorted(knots, x.contiguous()).clamp(1, len(knots) - 1)
        return y[j - 1] + (y[j] - y[j - 1]) * ((x - knots[j - 1]) / (knots[j] - knots[j - 1]))

    return f


class NaturalCubic:
    """The natural cubic spline, f'' = 0 at the first and last sample, continued straight beyond
    them (by SciPy)."""

    def __init__(self, samples: Samples):
        from scipy.interpolate import CubicSpline

        kind("samples", samples, Samples)
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


def weighted_spline(samples: Samples, law: Law, *, boundary: bool = True,
                    weight=None) -> WeightedSpline:
    """The interpolant of least weighted curvature, int f''^2 / nu plus the boundary form; see
    WeightedSpline."""
    return WeightedSpline(samples, law, boundary, weight)


def tv_minimal(samples: Samples, angles: int = 720, rounds: int = 4) -> Canonical:
    """The interpolant f = (1/m) sum_i r_i <x~, d(theta_i)>_+ of least norm (1/m) sum |r_i|.

    A linear program over a grid of angles, refined `rounds` times around the neurons in use; a
    Canonical network, which scales with y.  Read off the knots as .knots and the norm as
    .r.abs().mean(); it is int sqrt(1 + x^2) |f''| when the line at infinity is cheap.
    Raises ValueError where no fit is found.  Eq. (16), (17), corrected.
    """
    angles, rounds = whole("angles", angles, 4), whole("rounds", rounds, 1)
    kind("samples", samples, Samples)
    x, y = samples.x.double().contiguous(), samples.y.double()
    if not y.any():
        return Canonical(y[:1], torch.zeros_like(y[:1]))
    knots = torch.cat([x, *(x[:-1] + t * x.diff() for t in torch.arange(1, 8) / 8)])
    grid = torch.linspace(-math.pi, math.pi, angles + 1, dtype=torch.float64)[1:]
    base = torch.cat([grid, -torch.atan(knots), math.pi - torch.atan(knots)]).unique()
    theta, fraction = base, torch.linspace(0, 1, 41, dtype=torch.float64)
    for _ in range(rounds):
        mass, used = _merged(x, theta, _least_mass(x, y, theta), 1e-12)
        i = torch.searchsorted(theta, used)
        lo, hi = theta[(i - 1).clamp_min(0)], theta[(i + 1).clamp_max(len(theta) - 1)]
        near = lo[:, None] + (hi - lo)[:, None] * fraction
        theta = torch.cat([base, used, near.flatten()]).unique()
    mass, used = _polished(x, y, mass, used)
    return Canonical(mass * len(mass), used)


class Distance(NamedTuple):
    """How far two functions are apart on an interval: the largest gap, and the root of the integral
    of its square."""

    sup: Tensor
    l2: Tensor


def distance(f, g, lo: float, hi: float, n: int = 2001) -> Distance:
    """sup |f - g| and (int (f - g)^2)^(1/2) over [lo, hi], on n points; each of shape (...) for
    batches of networks."""
    if not lo < hi:
        raise ValueError(f"lo, hi: want lo < hi, got {lo} and {hi}")
    x = torch.linspace(float(lo), float(hi), n, dtype=torch.float64)
    gap = f(x).double() - g(x).double()
    sup = gap.abs().amax(-1)
    size = torch.where(sup > 0, sup, 1.0)  # squares of what is large or small would not be numbers
    return Distance(sup, size * torch.trapezoid((gap / size[..., None]) ** 2, x).sqrt())


def adaptivity(f, samples: Samples) -> Tensor:
    """d_cubic / (d_cubic + d_linear): 0 for the natural cubic, 1 for the linear interpolant.

    Distances are L2 between the outer samples.  f: a function, or a batch of networks (then one
    number each). Raises ValueError for fewer than three samples.
    """
    if kind("samples", samples, Samples).s < 3:
        raise ValueError("samples: want at least three, so that cubic and linear interpolants "
                         f"differ, got {samples.s}")
    ends = float(samples.x[0]), float(samples.x[-1])
    cubic = distance(f, natural_cubic(samples), *ends).l2
    linear = distance(f, linear_interpolant(samples), *ends).l2
    return cubic / (cubic + linear)


def _equations(x: Tensor, y: Tensor, theta: Tensor):
    """What f = y at the samples says of the masses at the angles theta: a sparse (s, angles)
    matrix, and (s,).

    The rows are f(x_1), the chord to x_s, and the jump of the chords at every inner sample, which
    only sees the knots between its neighbours: close samples do not make the rows alike.
    Each row is divided by its largest entry.
    """
    from scipy import sparse

    s, d = len(x), directions(theta)
    first, last = ((x[j] * d[:, 0] + d[:, 1]).relu() for j in (0, -1))
    rows = [sparse.csr_array(first.numpy()[None])]
    value = [y[:1]]
    if s > 1:
        both = (first > 0) & (last > 0)
        chord = torch.where(both, d[:, 0], (last - first) / (x[-1] - x[0]))
        rows.append(sparse.csr_array(chord.numpy()[None]))
        value.append((y[-1:] - y[:1]) / (x[-1] - x[0]))
    if s > 2:
        knot, steep = -d[:, 1] / d[:, 0], d[:, 0].abs()
        inside = ((knot > x[0]) & (knot < x[-1])).nonzero()[:, 0]
        gap = torch.searchsorted(x, knot[inside]).clamp(1, s - 1)
        right = (knot[inside] - x[gap - 1]) / (x[gap] - x[gap - 1])
        entries = torch.cat([steep[inside] * (1 - right), steep[inside] * right])
        places = torch.cat([gap - 1, gap]).numpy(), inside.repeat(2).numpy()
        rows.append(sparse.csr_array((entries.numpy(), places), (s, len(theta)))[1:-1])
        value.append((y.diff() / x.diff()).diff())
    matrix, value = sparse.vstack(rows).tocsr(), torch.cat(value).numpy()
    size = abs(matrix).max(axis=1).toarray().ravel()
    size[size == 0] = 1.0                               # no neuron with a knot there
    return sparse.diags_array(1 / size) @ matrix, value / size


def _least_mass(x: Tensor, y: Tensor, theta: Tensor) -> Tensor:
    """The signed masses of least total size on the angles theta that meet the samples, by HiGHS."""
    from scipy import sparse
    from scipy.optimize import linprog

    matrix, value = _equations(x, y, theta)
    size = abs(value).max()
    both = sparse.hstack([matrix, -matrix]).tocsc()
    tight = {f"{kind}_feasibility_tolerance": 1e-10 for kind in ("primal", "dual")}
    for method, options in (("highs-ds", tight), ("highs-ds", tight | {"presolve": False}),
                            ("highs-ipm", tight), ("highs", {})):
        result = linprog(torch.ones(2 * len(theta)).numpy(), A_eq=both, b_eq=value / size,
                         method=method, options=options)
        if result.status == 0:
            plus, minus = torch.from_numpy(result.x).view(2, -1)
            return size * (plus - minus)
    raise ValueError(f"samples: no interpolant found: {result.message}")


def _merged(x: Tensor, theta: Tensor, mass: Tensor, least: float) -> tuple[Tensor, Tensor]:
    """(mass, theta) with neurons of one sign and one activation region joined: never a larger norm.

    Masses up to `least` times the largest are left out.
    """
    live = mass.abs() > least * mass.abs().max()
    theta, mass = theta[live], mass[live]
    slack = 8 * torch.finfo(x.dtype).eps * torch.hypot(x, torch.ones_like(x))
    on = x[:, None] * torch.cos(theta) + torch.sin(theta) > slack[:, None]  # (s, neurons)
    kinds, group = torch.cat([mass[None] > 0, on]).unique(dim=1, return_inverse=True)
    vectors = mass.abs()[:, None] * directions(theta)
    total = torch.zeros(kinds.shape[1], 2, dtype=theta.dtype).index_add(0, group, vectors)
    sign = torch.where(kinds[0], 1.0, -1.0)
    return sign * total.norm(dim=-1), torch.atan2(total[:, 1], total[:, 0])


def _polished(x: Tensor, y: Tensor, mass: Tensor, theta: Tensor) -> tuple[Tensor, Tensor]:
    """Masses that meet the samples to rounding; the program does so up to its tolerance.

    On few angles if they will do; where the largest jump hides the others from the program, with
    more of them.
    """
    ends = theta.new_tensor([0.0, math.pi / 2, math.pi])
    more = torch.cat([theta, -torch.atan(x), ends])
    padded = torch.cat([mass, mass.new_zeros(len(more) - len(mass))])
    live = mass.abs() > 1e-9 * mass.abs().max()
    rounding = 64 * torch.finfo(x.dtype).eps * torch.hypot(x, torch.ones_like(x)) * mass.abs().sum()
    for size, angle in ((mass[live], theta[live]), (mass, theta), (padded, more)):
        features = (x[:, None] * torch.cos(angle) + torch.sin(angle)).relu()
        for _ in range(3):
            matrix, left = _equations(x, y - features @ size, angle)
            matrix, left = torch.from_numpy(matrix.toarray()), torch.from_numpy(left)
            size = size + torch.linalg.lstsq(matrix, left, driver="gelsd").solution
        if ((features @ size - y).abs() <= 1e-9 * y.abs().max() + rounding).all():
            return size, angle
    raise ValueError("samples: no interpolant found: they are too close for the arithmetic")
