"""How the parameters, the canonical parameters, the particles and the residuals of a network move under gradient flow.

Everything passes through one vector per neuron, the force g_i = sum of rho_j x~_j over the samples where it is on:
the residuals and the activation pattern are the whole story.
"""
import torch
from torch import Tensor

from .checks import points
from .network import Canonical, Network, directions
from .samples import Samples

TRAIN = ("abc", "c", "ab")


def residuals(network: Network | Canonical, samples: Samples) -> Tensor:
    """rho_j = f(x_j) - y_j, shape (..., s).  Sec. 3.1."""
    return network(samples.x) - samples.y


def loss(network: Network | Canonical, samples: Samples) -> Tensor:
    """L = 1/2 sum_j rho_j^2, shape (...).  Eq. (1), (9)."""
    return residuals(network, samples).square().sum(-1) / 2


def activations(network: Network | Canonical, x) -> Tensor:
    """1(a_i x - b_i > 0), or 1(<x~, d(theta_i)> > 0), at the points x: (n,), as bool (..., n, m)."""
    if isinstance(network, Network):
        return network.activations(x)
    x = points(x, network.r)
    return torch.cos(network.theta)[..., None, :] * x[:, None] + torch.sin(network.theta)[..., None, :] > 0


def forces(network: Network | Canonical, samples: Samples, active: Tensor | None = None) -> Tensor:
    """g_i = sum_j lambda_ij rho_j x~_j, shape (..., m, 2); every gradient below is made of it.

    active: the activations lambda, (..., s, m), where they are not simply on or off (neurons that slide along a sample
    line, see lib.flow); default: those of the network.  Williams et al. 2019, Eq. (12).
    """
    active = activations(network, samples.x) if active is None else active
    weighted = active * residuals(network, samples)[..., None]                          # (..., s, m)
    return torch.einsum("...jm,jk->...mk", weighted, samples.tilde)


def gradient(network: Network, samples: Samples) -> tuple[Tensor, Tensor, Tensor]:
    """(dL/da, dL/db, dL/dc) = (c g_1, -c g_2, a g_1 - b g_2) / alpha, each (..., m).

    Gradient flow moves along minus this, in time t = learning rate x epochs.
    Eq. (46), corrected (printed without 1/alpha and with the other sign for b).
    """
    g1, g2 = forces(network, samples).unbind(-1)
    scale = 1 / network.alpha[..., None]
    return scale * network.c * g1, -scale * network.c * g2, scale * (network.a * g1 - network.b * g2)


def gradient_canonical(canonical: Canonical, samples: Samples) -> tuple[Tensor, Tensor]:
    """(dL~/dr, dL~/dtheta) = (<g, d>, r <g, t>) / m with t = d'(theta), each (..., m).

    m times this is grad V at the neuron (printed with m/2), so the flow (7) is the mean-field flow (11) slowed by m:
    t_mean-field = t / m.  Eq. (7), (12), corrected.
    """
    radial, tangential = _components(forces(canonical, samples), canonical.theta)
    return radial / canonical.m, canonical.r * tangential / canonical.m


def tangent_kernel(network: Network, x, x2=None, train: str = "abc") -> Tensor:
    """K(x, x') = <grad f(x), grad f(x')>, shape (..., n, n2), so that f' = -K rho when the samples are x.

    x: (n,);  x2: (n2,), default x;  train: which parameters move, "abc", "c" or "ab" (the others are frozen).
    K = (1/alpha^2) sum_i ([a_i x - b_i]_+ [a_i x' - b_i]_+  +  c_i^2 (x x' + 1) 1_i(x) 1_i(x')).  Eq. (3).
    """
    if train not in TRAIN:
        raise ValueError(f"train: want one of {TRAIN}, got {train!r}")
    x = points(x, network.a)
    x2 = x if x2 is None else points(x2, network.a)
    pre, pre2 = (network.a[..., None, :] * p[:, None] - network.b[..., None, :] for p in (x, x2))   # (..., n, m)
    kernel = torch.zeros((), dtype=x.dtype, device=x.device)
    if "c" in train:
        kernel = kernel + pre.relu() @ pre2.relu().mT
    if "ab" in train:
        on, on2 = (pre > 0).to(x.dtype), (pre2 > 0).to(x.dtype)
        kernel = kernel + (x[:, None] * x2 + 1) * ((on * network.c[..., None, :] ** 2) @ on2.mT)
    return kernel / network.alpha[..., None, None] ** 2


def tangent_kernel_canonical(canonical: Canonical, x, x2=None) -> Tensor:
    """K~(x, x') = (1/m^2) sum_i 1_i(x) 1_i(x') x~^T (d d^T + r_i^2 t t^T) x~', shape (..., n, n2): that of flow (7)."""
    x = points(x, canonical.r)
    x2 = x if x2 is None else points(x2, canonical.r)
    cos, sin = torch.cos(canonical.theta)[..., None, :], torch.sin(canonical.theta)[..., None, :]
    radial, radial2 = ((cos * p[:, None] + sin) for p in (x, x2))                       # <x~, d>, (..., n, m)
    tangent, tangent2 = ((cos - sin * p[:, None]) * canonical.r[..., None, :] for p in (x, x2))     # r <x~, t>
    on, on2 = radial > 0, radial2 > 0
    return (radial.relu() @ radial2.relu().mT + (on * tangent) @ (on2 * tangent2).mT) / canonical.m**2


def residual_velocity(canonical: Canonical, samples: Samples, fractional: Tensor | None = None) -> Tensor:
    """d rho / dt under the mean-field flow (11), shape (..., s):  -H rho,
    H_jk = (1/m) sum_i lambda_ij lambda_ik x~_j^T (d d^T + r_i^2 t t^T) x~_k.

    Without `fractional` lambda is 0 or 1, which is right while no neuron sits on a sample line; once neurons slide
    there pass the activations (..., s, m) of lib.flow.  Under the flow (7) the velocity is 1/m of this.
    Williams et al. 2019, Prop. 1, Eq. (13), (43), with its two conditions.
    """
    active = activations(canonical, samples.x) if fractional is None else fractional
    radial, tangential = _components(forces(canonical, samples, active), canonical.theta)
    push = -radial[..., None] * directions(canonical.theta)                             # (..., m, 2)
    push = push - (canonical.r**2 * tangential)[..., None] * tangents(canonical.theta)
    return torch.einsum("...jm,...mk,jk->...j", active.to(push.dtype), push, samples.tilde) / canonical.m


def metric(canonical: Canonical, delta, alpha) -> Tensor:
    """The diagonal of P, shape (..., m, 2): w' = -P grad L~ is the full gradient flow seen in w = (r, theta).

    With kappa = alpha r / m:  P = (m^2/alpha^2 sqrt(delta^2 + 4 kappa^2),  2 / (sqrt(delta^2 + 4 kappa^2) - delta))
    = (m^2/alpha^2 (rho^2 + c^2),  1 / rho^2); infinite at r = 0, delta >= 0.  delta: number or (..., m).
    Eq. (20) and Prop. 8, corrected (printed for alpha = m).
    """
    network = canonical.lift(delta, alpha)
    square = network.rho**2
    return torch.stack([(network.m / network.alpha[..., None]) ** 2 * (square + network.c**2), 1 / square], -1)


def velocity_canonical(network: Network, samples: Samples) -> tuple[Tensor, Tensor]:
    """(r', theta') = -P grad L~ of the full gradient flow, each (..., m).  Eq. (19), corrected (no minus there)."""
    canonical = network.canonical()
    radial, tangential = gradient_canonical(canonical, samples)
    square, scale = network.rho**2, (network.m / network.alpha[..., None]) ** 2
    return -scale * (square + network.c**2) * radial, -tangential / square


def velocity_uv(network: Network, samples: Samples) -> Tensor:
    """p' of the particles p = |r| d under the full gradient flow, shape (..., m, 2):

    p' = -(m^2/alpha^2) [(c^2 + rho^2) d d^T + c^2 t t^T] grad_p L~,   grad_p L~ = sign(r) g / m.
    Eq. (21), (47), corrected (printed without the sign and without m^2/alpha^2 in the tangential part).
    """
    canonical = network.canonical()
    force = forces(network, samples) * (torch.sign(canonical.r) / network.m)[..., None]
    radial, tangential = _components(force, canonical.theta)
    scale = (network.m / network.alpha[..., None]) ** 2
    radial, tangential = scale * (network.c**2 + network.rho**2) * radial, scale * network.c**2 * tangential
    return -radial[..., None] * directions(canonical.theta) - tangential[..., None] * tangents(canonical.theta)


def tangential_share(delta, kappa) -> Tensor:
    """c^2 / (c^2 + rho^2) = (1 + delta / sqrt(delta^2 + 4 kappa^2)) / 2: how freely a particle turns, as against grows.

    delta, kappa = alpha r / m: numbers or broadcasting tensors; delta = -inf gives 0 (kernel), +inf gives 1 (adaptive).
    From Eq. (21), corrected.
    """
    delta, kappa = torch.as_tensor(delta, dtype=torch.float64), torch.as_tensor(kappa, dtype=torch.float64)
    ratio = torch.where(delta.isinf(), torch.sign(delta), delta / torch.hypot(delta, 2 * kappa))
    return (1 + torch.nan_to_num(ratio)) / 2                                            # delta = kappa = 0: one half


def total_variation(network: Network | Canonical) -> Tensor:
    """(1/m) sum |r_i| = (1/alpha) sum |c_i| rho_i, shape (...): lambda times this is the regulariser of Eq. (16)."""
    canonical = network.canonical() if isinstance(network, Network) else network
    return canonical.r.abs().mean(-1)


def tv_gradient(network: Network) -> tuple[Tensor, Tensor, Tensor]:
    """The gradient of total_variation in (a, b, c): (|c| a / rho, |c| b / rho, sign(c) rho) / alpha, each (..., m).

    Zero where it is not defined (rho = 0, c = 0).
    """
    scale, rho = 1 / network.alpha[..., None], network.rho
    inverse = torch.where(rho > 0, 1 / rho, 0.0)
    size = scale * network.c.abs() * inverse
    return size * network.a, size * network.b, scale * torch.sign(network.c) * rho


def shrink(r: Tensor, amount) -> Tensor:
    """sign(r) [|r| - amount]_+: the proximal step of amount |r|, which takes the place of -lambda sign(r) at r = 0."""
    return torch.sign(r) * (r.abs() - amount).relu()


def constant_force_flow(network: Network, force: Tensor, times: Tensor) -> Network:
    """The exact flow of neurons under a force that does not change, as a Network with leading axis T.

    c' = -<q, g>/alpha, q' = -c g/alpha with q = (a, -b):  along g^ = g/|g| and with w = |g|/alpha
    c = c_0 cosh wt - <q_0, g^> sinh wt,  <q, g^> = <q_0, g^> cosh wt - c_0 sinh wt,  and q across g^ stays.
    force: (2,) or (..., m, 2), not zero;  times: (T,).  The trajectories of Figure 2.
    """
    times = points(times, network.a)
    force = torch.as_tensor(force, dtype=network.a.dtype).expand(*network.a.shape, 2)
    size = force.norm(dim=-1)
    if not (size > 0).all():
        raise ValueError("force: want vectors that are not zero")
    unit = force / size[..., None]
    q = torch.stack([network.a, -network.b], -1)                                        # (..., m, 2)
    along = (q * unit).sum(-1)
    wt = times.reshape(-1, *[1] * network.a.ndim) * size / network.alpha[..., None]     # (T, ..., m)
    c = network.c * torch.cosh(wt) - along * torch.sinh(wt)
    moved = along * torch.cosh(wt) - network.c * torch.sinh(wt) - along
    q = q + moved[..., None] * unit
    alpha = network.alpha.expand(len(times), *network.alpha.shape) if network.alpha.ndim else network.alpha
    return Network(q[..., 0], -q[..., 1], c, alpha)


def tangents(theta: Tensor) -> Tensor:
    """t(theta) = d'(theta) = (-sin theta, cos theta), shape (..., 2)."""
    return torch.stack([-torch.sin(theta), torch.cos(theta)], -1)


def _components(vector: Tensor, theta: Tensor) -> tuple[Tensor, Tensor]:
    """<vector, d(theta)> and <vector, t(theta)>; vector: (..., 2)."""
    v1, v2 = vector.unbind(-1)
    cos, sin = torch.cos(theta), torch.sin(theta)
    return v1 * cos + v2 * sin, v2 * cos - v1 * sin
