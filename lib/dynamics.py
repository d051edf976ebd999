"""How the parameters, the particles and the residuals of a network move under gradient flow.

Everything passes through one vector per neuron, the force g_i = sum of rho_j x~_j over the samples
where it is on: the residuals and the activation pattern are the whole story.
"""
import torch
from torch import Tensor

from .angles import components, directions, tangents
from .checks import kind, numbers, points
from .network import Canonical, Network
from .samples import Samples
from .scales import power, product

TRAIN = ("abc", "c", "ab")


def residuals(network: Network | Canonical, samples: Samples) -> Tensor:
    """rho_j = f(x_j) - y_j, shape (..., s), in the dtype of the network.  Sec. 3.1.

    Raises ValueError for arguments of other kinds, or on two devices; so do all functions below.
    """
    samples = _matched(network, samples)
    return network(samples.x) - samples.y


def loss(network: Network | Canonical, samples: Samples) -> Tensor:
    """L = 1/2 sum_j rho_j^2, shape (...).  Eq. (1), (9).

    >>> ramp = Network([1], [0], [1], alpha=1)
    >>> loss(ramp, Samples([-1, 1, 2], [3, 1, 2])).item()
    4.5
    """
    rho = residuals(network, samples)
    return (rho * (rho / 2)).sum(-1)


def activations(network: Network | Canonical, x) -> Tensor:
    """1(a_i x - b_i > 0), or 1(<x~, d(theta_i)> > 0), at the points x: (n,), bool (..., n, m)."""
    return kind("network", network, Network, Canonical).activations(x)


def forces(network: Network | Canonical, samples: Samples, active: Tensor | None = None) -> Tensor:
    """g_i = sum_j lambda_ij rho_j x~_j, shape (..., m, 2); every gradient below is made of it.

    active: the activations lambda, (..., s, m), where they are not simply on or off (neurons that
    slide along a sample line, see lib.flow); default: those of the network.
    Williams et al. 2019, Eq. (12).
    """
    samples = _matched(network, samples)
    if active is None:
        active = activations(network, samples.x)
    else:
        active = _fractions(active, network, samples)
    weighted = active * residuals(network, samples)[..., None]           # (..., s, m)
    return torch.einsum("...jm,jk->...mk", weighted, samples.tilde)


def gradient(network: Network, samples: Samples) -> tuple[Tensor, Tensor, Tensor]:
    """(dL/da, dL/db, dL/dc) = (c g_1, -c g_2, a g_1 - b g_2) / alpha, each (..., m).

    Gradient flow moves along minus this, in time t = learning rate × epochs.
    Eq. (46), corrected (printed without 1/alpha and with the other sign for b).
    """
    g1, g2 = forces(kind("network", network, Network), samples).unbind(-1)
    scale = 1 / network.alpha[..., None]
    a, b, c = scale * network.a, scale * network.b, scale * network.c
    return c * g1, -c * g2, a * g1 - b * g2


def gradient_canonical(canonical: Canonical, samples: Samples) -> tuple[Tensor, Tensor]:
    """(dL~/dr, dL~/dtheta) = (<g, d>, r <g, t>) / m with t = d'(theta), each (..., m).

    m times this is grad V at the neuron (printed with m/2), so the flow (7) is the mean-field flow
    (11) slowed by m: t_mean-field = t / m.  Eq. (7), (12), corrected.
    """
    theta = kind("canonical", canonical, Canonical).theta
    radial, tangential = components(forces(canonical, samples), theta)
    return radial / canonical.m, canonical.r * tangential / canonical.m


def tangent_kernel(network: Network, x, x2=None, train: str = "abc") -> Tensor:
    """K(x, x') = <grad f(x), grad f(x')>, shape (..., n, n2): f' = -K rho when the samples are x.

    x: (n,);  x2: (n2,), default x;  train: which parameters move, "abc", "c" or "ab".
    K = (1/alpha^2) sum_i ([a_i x - b_i]_+ [a_i x' - b_i]_+  +  c_i^2 (x x' + 1) 1_i(x) 1_i(x')).
    Raises ValueError for another `train`.  Eq. (3).
    """
    if train not in TRAIN:
        raise ValueError(f"train: want one of {TRAIN}, got {train!r}")
    unit = power(kind("network", network, Network).alpha)[..., None]     # ratios to alpha count
    a, b, c = network.a / unit, network.b / unit, network.c / unit
    x = points(x, a)
    x2 = x if x2 is None else points(x2, a)
    pre, pre2 = (a[..., None, :] * p[:, None] - b[..., None, :] for p in (x, x2))
    kernel = torch.zeros((), dtype=x.dtype, device=x.device)
    if "c" in train:
        kernel = kernel + pre.relu() @ pre2.relu().mT
    if "ab" in train:
        on, on2 = (pre > 0).to(x.dtype), (pre2 > 0).to(x.dtype)
        kernel = kernel + (x[:, None] * x2 + 1) * ((on * c[..., None, :] ** 2) @ on2.mT)
    return kernel / (network.alpha[..., None] / unit)[..., None] ** 2


def tangent_kernel_canonical(canonical: Canonical, x, x2=None) -> Tensor:
    """K~ = (1/m^2) sum_i 1_i(x) 1_i(x') x~^T (d d^T + r_i^2 t t^T) x~', (..., n, n2).

    That of the flow (7).
    """
    x = points(x, kind("canonical", canonical, Canonical).r)
    x2 = x if x2 is None else points(x2, canonical.r)
    cos, sin = torch.cos(canonical.theta)[..., None, :], torch.sin(canonical.theta)[..., None, :]
    r, ends = canonical.r[..., None, :], (x[:, None], x2[:, None])
    radial, radial2 = (cos * p + sin for p in ends)                      # <x~, d>, (..., n, m)
    tangent, tangent2 = (r * (cos - sin * p) for p in ends)              # r <x~, t>
    turning = (radial > 0) * tangent @ ((radial2 > 0) * tangent2).mT
    return (radial.relu() @ radial2.relu().mT + turning) / canonical.m**2


def residual_velocity(canonical: Canonical, samples: Samples,
                      fractional: Tensor | None = None) -> Tensor:
    """d rho / dt under the mean-field flow (11), shape (..., s):  -H rho,
    H_jk = (1/m) sum_i lambda_ij lambda_ik x~_j^T (d d^T + r_i^2 t t^T) x~_k.

    Without `fractional` lambda is 0 or 1, which is right while no neuron sits on a sample line;
    once neurons slide there pass the activations (..., s, m) of lib.flow.  Under the flow (7) the
    velocity is 1/m of this.
    Williams et al. 2019, Prop. 1, Eq. (13), (43), with its two conditions.
    """
    samples = _matched(kind("canonical", canonical, Canonical), samples)
    if fractional is None:
        active = activations(canonical, samples.x).to(canonical.r.dtype)
    else:
        active = _fractions(fractional, canonical, samples)
    radial, tangential = components(forces(canonical, samples, active), canonical.theta)
    turning = canonical.r * (canonical.r * tangential)
    push = -radial[..., None] * directions(canonical.theta)              # (..., m, 2)
    push = push - turning[..., None] * tangents(canonical.theta)
    return torch.einsum("...jm,...mk,jk->...j", active, push, samples.tilde) / canonical.m


def metric(canonical: Canonical, delta, alpha) -> Tensor:
    """The diagonal of P, (..., m, 2): w' = -P grad L~ is the full gradient flow in w = (r, theta).

    With kappa = alpha r / m, q = sqrt(delta^2 + 4 kappa^2):  P = (m^2/alpha^2 q, 2 / (q - delta))
    = (m^2/alpha^2 (rho^2 + c^2),  1 / rho^2); infinite at r = 0, delta >= 0.
    delta: a number or (..., m).
    Eq. (20) and Prop. 8, corrected (printed for alpha = m).
    """
    network = kind("canonical", canonical, Canonical).lift(delta, alpha)
    return torch.stack([_growth(network) ** 2, (1 / network.rho) ** 2], -1)


def velocity_canonical(network: Network, samples: Samples) -> tuple[Tensor, Tensor]:
    """(r', theta') = -P grad L~ of the full gradient flow, each (..., m).

    Eq. (19), corrected (no minus there).
    """
    radial, tangential, growth = *_pushes(network, samples), _growth(network)
    turning = product(tangential, network.c, over=(network.alpha[..., None], network.rho))
    return -product(growth, growth, radial / network.m), -turning


def velocity_uv(network: Network, samples: Samples) -> Tensor:
    """p' of the particles p = |r| d under the full gradient flow, shape (..., m, 2):

    p' = -(m^2/alpha^2) [(c^2 + rho^2) d d^T + c^2 t t^T] grad_p L~,   grad_p L~ = sign(r) g / m.
    Eq. (21), (47), corrected (printed without the sign, and m^2/alpha^2 missing in one part).
    """
    radial, tangential, growth = *_pushes(network, samples), _growth(network)
    sign, theta = torch.sign(network.c) / network.m, torch.atan2(-network.b, network.a)
    own = product(network.a.new_tensor(network.m), network.c, over=(network.alpha[..., None],))
    along, across = product(growth, growth, sign * radial), product(own, own, sign * tangential)
    moving = (network.rho > 0)[..., None]                # r = 0 has no sign: it rests
    velocity = along[..., None] * directions(theta) + across[..., None] * tangents(theta)
    return -torch.where(moving, velocity, 0.0)


def tangential_share(delta, kappa) -> Tensor:
    """c^2 / (c^2 + rho^2) = (1 + delta / sqrt(delta^2 + 4 kappa^2)) / 2: turning against growing.

    delta, kappa = alpha r / m: numbers or broadcasting tensors; delta = -inf gives 0 (kernel),
    +inf gives 1 (adaptive), delta << -|kappa| about (kappa / delta)^2, to all digits.
    Raises ValueError for nan and for infinite kappa.  From Eq. (21), corrected.
    """
    delta, kappa = numbers("delta", delta), numbers("kappa", kappa).abs()
    if delta.isnan().any():
        raise ValueError("delta: want numbers or +-inf, got nan")
    if not kappa.isfinite().all():
        raise ValueError("kappa: want finite numbers, got nan or inf")
    half = delta.abs() / 2
    large = torch.hypot(half, kappa) + half                            # the larger of c^2 and rho^2
    ratio = torch.where(large > 0, kappa / large, 1.0) ** 2           # of the smaller to the larger
    return torch.where(delta >= 0, 1.0, ratio) / (1 + ratio)


def constant_force_flow(network: Network, force: Tensor, times: Tensor) -> Network:
    """The exact flow of neurons under a force that does not change: a Network with leading axis T.

    c' = -<q, g>/alpha, q' = -c g/alpha with q = (a, -b):  along g^ = g/|g| and with w = |g|/alpha,
    c = c_0 cosh wt - <q_0, g^> sinh wt,  <q, g^> = <q_0, g^> cosh wt - c_0 sinh wt,  and q across
    g^ stays.  force: (2,) or (..., m, 2), not zero;  times: (T,).
    Raises ValueError for a force of zero.  The trajectories of Figure 2.
    """
    times = points(times, kind("network", network, Network).a)
    force = numbers("force", force, network.a)
    if force.ndim == 0 or force.shape[-1] != 2 or force.ndim > network.a.ndim + 1:
        raise ValueError(f"force: want shape (2,) or (..., m, 2), got {tuple(force.shape)}")
    force = force.expand(*network.a.shape, 2)
    size = torch.hypot(*force.unbind(-1))
    if not (size.isfinite() & (size > 0)).all():
        raise ValueError("force: want vectors that are finite and not zero")
    unit = force / size[..., None]
    q = torch.stack([network.a, -network.b], -1)                         # (..., m, 2)
    along = (q * unit).sum(-1)
    rate = size / network.alpha[..., None]                               # w, (..., m)
    wt = times.reshape(-1, *[1] * rate.ndim) * rate                      # (T, ..., m)
    # cosh and sinh as exponentials: what decays keeps its digits, what does not grow stays finite
    growing, decaying = (network.c - along) / 2, (network.c + along) / 2
    c = _rest(growing, torch.exp(wt)) + _rest(decaying, torch.exp(-wt))
    moved = _rest(decaying, torch.expm1(-wt)) - _rest(growing, torch.expm1(wt))
    q = q + moved[..., None] * unit
    batch = network.alpha.shape
    alpha = network.alpha.expand(len(times), *batch) if batch else network.alpha
    return Network(q[..., 0], -q[..., 1], c, alpha)


def _rest(part: Tensor, factor: Tensor) -> Tensor:
    """part times factor, and 0 where part is 0, however large the factor."""
    return torch.where(part == 0, 0.0, part * factor)


def _matched(network: Network | Canonical, samples: Samples) -> Samples:
    """The samples in the dtype of the network, after a look at what the two are."""
    parameters = kind("network", network, Network, Canonical).parameters
    return kind("samples", samples, Samples).like(parameters[0])


def _fractions(active, network: Network | Canonical, samples: Samples) -> Tensor:
    """The activations lambda as numbers, one for each sample and neuron."""
    if not isinstance(active, Tensor) or active.shape[-2:] != (samples.s, network.m):
        wants = f"a tensor of shape (..., {samples.s}, {network.m})"
        raise ValueError(f"active: want {wants}, got {getattr(active, 'shape', active)!r}")
    return active.to(samples.x.dtype)


def _growth(network: Network) -> Tensor:
    """(m / alpha) sqrt(rho^2 + c^2), shape (..., m); its square is the first entry of P."""
    size = torch.hypot(network.rho, network.c)
    return product(size.new_tensor(network.m), size, over=(network.alpha[..., None],))


def _pushes(network: Network, samples: Samples) -> tuple[Tensor, Tensor]:
    """<g, d> and <g, t>, (..., m) each: the force along and across every neuron."""
    kind("network", network, Network)
    theta = torch.atan2(-network.b, network.a)
    return components(forces(network, samples), theta)
