"""The total variation of a network: its size, how it shrinks, and how small it can be."""
import math

import torch
from torch import Tensor

from .angles import directions
from .checks import kind, whole
from .network import Canonical, Network
from .samples import Samples


def total_variation(network: Network | Canonical) -> Tensor:
    """(1/m) sum |r_i| = (1/alpha) sum |c_i| rho_i, shape (...): what Eq. (16) penalises."""
    return kind("network", network, Network, Canonical).mass


def tv_gradient(network: Network) -> tuple[Tensor, Tensor, Tensor]:
    """The gradient of total_variation in (a, b, c), each (..., m).

    It is (|c| a / rho, |c| b / rho, sign(c) rho) / alpha, and zero where it is not defined: at
    rho = 0 and at c = 0.
    """
    alpha, rho = kind("network", network, Network).alpha[..., None], network.rho
    u, v = (torch.where(rho > 0, part / rho, 0.0) for part in (network.a, network.b))
    size = network.c.abs() / alpha
    return size * u, size * v, torch.sign(network.c) * (rho / alpha)


def shrink(r: Tensor, amount) -> Tensor:
    """sign(r) [|r| - amount]_+: the proximal step of amount |r|, for -lambda sign(r) at r = 0."""
    return torch.sign(r) * (r.abs() - amount).relu()


def least_variation(network: Network | Canonical) -> Tensor:
    """The least total_variation of all networks with the function f of this one; a 0-dim tensor.

    With w = c/alpha, S = sum_i w_i (a_i, -b_i), and for every knot e the unit normal n_e = (1,
    -e)/sqrt(1 + e^2) and the kink H_e = sqrt(1 + e^2) f''({e}), where the neurons that share the
    knot are added up (signs may cancel):

        ||f|| = max over q in R^2, |q| <= 1, |q_2| <= 1/2,
                of sum_e |H_e| (1 - |<q, n_e>|) + <q, S>.

    The first term alone, at q = 0, is the integral of sqrt(1 + x^2)|f''|; the others are the price
    of the straight part of f. A neuron with |a| <= 1e-12 rho has no knot: it makes a constant.
    network: m neurons, no batch (ValueError). Williams et al. 2019, Eq. (17), corrected (printed
    without the weight and without the straight part).
    """
    network = kind("network", network, Network, Canonical).full()
    if network.a.ndim != 1:
        shape = tuple(network.a.shape)
        raise ValueError(f"network: want one network, shape (m,), got shape {shape}")
    w = network.c / network.alpha
    flat = network.a.abs() <= 1e-12 * network.rho
    lift = torch.where(flat, 2 * (-network.b).relu(), -network.b)  # a constant has beta = [-b]_+
    total = torch.stack([(w * network.a).sum(), (w * lift).sum()])
    scale = (w.abs() * network.rho).sum()  # prices are found for size 1: they may be of any size
    if scale == 0:
        return scale
    angle, size = _kinks(network.a[~flat], network.b[~flat], (w * network.rho / scale)[~flat])
    total = total / scale
    normal = torch.stack([torch.cos(angle), torch.sin(angle)], -1)                       # (k, 2)

    # The objective is concave, and linear in each sector where no <q, n_e> changes sign, so its
    # maximum is at q = 0, on a ray between two sectors, at a corner of the region, or on the circle
    # along a sector's own gradient.
    rays = torch.stack([-normal[:, 1], normal[:, 0]], -1)
    # where the sectors end
    turn = torch.cat([angle + torch.pi / 2, angle - torch.pi / 2]).sort().values
    inside = (turn + torch.cat([turn[1:], turn[:1] + 2 * torch.pi])) / 2
    sign = torch.sign(torch.stack([torch.cos(inside), torch.sin(inside)], -1) @ normal.T)
    slopes = torch.nn.functional.normalize(total - (sign * size) @ normal, dim=-1)       # (2k, 2)
    signs = total.new_tensor([-1.0, 1.0])
    corners = torch.cartesian_prod(signs, signs) * total.new_tensor([0.75**0.5, 0.5])
    q = torch.cat([0 * corners, corners, rays, -rays, slopes])
    q = q * (0.5 / q[:, 1].abs()).clamp_max(1)[:, None]  # back to |q_2| <= 1/2
    return scale * (size.sum() + q @ total - (q @ normal.T).abs() @ size).max()


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


def _kinks(a: Tensor, b: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Of each knot the angle of (a, -b), as a line in (-pi/2, pi/2], and |the sum of its neurons'
    weights|; (k,) each.

    Neighbours in the order of their angles are one knot if they differ by rounding; the order is
    round a circle.
    """
    angle, order = torch.atan(-b / a).sort()
    if not len(angle):
        return angle, weight
    slack = 16 * torch.finfo(angle.dtype).eps
    which = torch.cat([angle.new_zeros(1), (angle.diff() > slack).to(angle).cumsum(0)]).long()
    size = torch.zeros(int(which[-1]) + 1, dtype=angle.dtype).index_add(0, which, weight[order])
    first = torch.cat([which.new_ones(1), which.diff()]).bool()
    angle = angle[first]
    if len(angle) > 1 and angle[0] + torch.pi - angle[-1] <= slack:
        size[0] += size[-1]
        angle, size = angle[:-1], size[:-1]
    return angle, size.abs()


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
