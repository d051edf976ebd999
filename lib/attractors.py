"""What one neuron feels: its potential, its velocity, and which sample lines attract it."""
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from .angles import components, directions, tangents
from .checks import kind, numbers
from .network import Canonical
from .samples import Samples
from .scales import power


@dataclass(frozen=True, eq=False)
class Arcs:
    """The 2s arcs into which s samples cut the circle, counter-clockwise from the dead arc on.

    start: (2s,) the angle at which arc k begins, increasing in k; it ends where arc k+1 begins.
    sample: (2s,) the sample whose line is crossed there;  orientation: (2s,) the sign of a on it.
    active: (2s, s) bool, which samples a neuron of arc k sees: none (k = 0), the last k (k <= s),
    the first 2s - k.  Williams et al. 2019, Sec. 3.1, corrected: 2s arcs (printed 2s - 1), cut at
    -arctan x_j and pi - arctan x_j (printed arctan x_j +- pi/2).
    """

    start: Tensor
    sample: Tensor
    orientation: Tensor
    active: Tensor

    @property
    def middle(self) -> Tensor:
        """The angle in the middle of every arc, shape (2s,)."""
        end = torch.cat([self.start[1:], self.start[:1] + 2 * math.pi])
        return (self.start + end) / 2


def arcs(samples: Samples) -> Arcs:
    """The arcs of these samples."""
    s, x = kind("samples", samples, Samples).s, samples.x
    on = -torch.arctan(x).flip(0)                               # line s turns on first, line 1 last
    start = torch.cat([on, on + math.pi])                       # boundary k: arc k -> arc k + 1
    start = torch.cat([start[-1:] - 2 * math.pi, start[:-1]])   # arc 0 begins where arc 2s - 1 ends
    order = torch.arange(s - 1, -1, -1, device=x.device).repeat(2)      # (2s,) sample of boundary k
    sign = torch.tensor([1] * s + [-1] * s, device=x.device)
    k, j = (torch.arange(n, device=x.device) for n in (2 * s, s))
    active = (j >= s - k[:, None]) & (j < 2 * s - k[:, None])
    return Arcs(start, order.roll(1), sign.roll(1), active)


def region(theta: Tensor, samples: Samples) -> Tensor:
    """The index k of the arc that holds each angle, shape of theta.

    A line belongs to the side where it is off.  theta: numbers, taken in the dtype of the samples.
    """
    theta = _angles(theta, samples)
    on = (_pre(theta, samples) > 0).sum(-1)                     # how many samples are seen
    return torch.where(torch.cos(theta) > 0, on, (2 * samples.s - on) % (2 * samples.s))


def potential(r: Tensor, theta: Tensor, samples: Samples, rho: Tensor) -> Tensor:
    """V(r, theta) = sum_j rho_j r <x~_j, d(theta)>_+: linear on each arc of the plane of r d.

    r, theta: broadcasting (...);  rho: (s,) or (..., s), the residuals of the network.
    Williams et al. 2019, Sec. 3.1 (V = -F + int K dmu).
    """
    rho, theta = _residuals(rho, samples), _angles(theta, samples)
    return numbers("r", r, samples.x) * (_pre(theta, samples).relu() * rho).sum(-1)


def force(theta: Tensor, samples: Samples, rho: Tensor) -> Tensor:
    """g(theta) = sum of rho_j x~_j over the samples that theta sees, shape (..., 2)."""
    rho, theta = _residuals(rho, samples), _angles(theta, samples)
    return ((_pre(theta, samples) > 0) * rho) @ samples.tilde


def field(r: Tensor, theta: Tensor, samples: Samples, rho: Tensor) -> tuple[Tensor, Tensor]:
    """(r', theta') = -grad V = (-<g, d>, -r <g, t>): velocity of a neuron under the flow (11).

    Arguments as for `potential`.  Eq. (12), with the sign of a velocity.
    """
    theta = _angles(theta, samples)
    r = numbers("r", r, samples.x)
    radial, tangential = components(force(theta, samples, rho), theta)
    return -radial.expand_as(r * radial), -r * tangential


def field_uv(p: Tensor, sign, samples: Samples, rho: Tensor, tangential=1.0) -> Tensor:
    """p' = -sign [d d^T + tau t t^T] g in the plane of p = |r| d, (..., 2).

    Up to a factor (c^2 + rho^2) m/alpha^2.  p: (..., 2);  sign: that of r, a number or (...);
    rho: (s,);  tangential: tau, 1 for delta = +inf, 0 for -inf, `tangential_share` in between, and
    r^2 for the canonical flow (11).  Eq. (21), (47), corrected.
    """
    p = numbers("p", p, kind("samples", samples, Samples).x)
    if p.ndim == 0 or p.shape[-1] != 2:
        raise ValueError(f"p: want points of the plane, shape (..., 2), got {tuple(p.shape)}")
    theta = torch.atan2(p[..., 1], p[..., 0])
    along, across = components(force(theta, samples, rho), theta)
    sign, tangential = numbers("sign", sign, p), numbers("tangential", tangential, p)
    radial, turning = (sign * along)[..., None], (sign * tangential * across)[..., None]
    return -radial * directions(theta) - turning * tangents(theta)


def second_moments(canonical: Canonical, samples: Samples) -> Tensor:
    """Sigma_k = (1/m) sum over the neurons of arc k of (r^2 t t^T + d d^T), (..., 2s, 2, 2).

    An unnormalised second moment (printed: a covariance).  Williams et al. 2019, Prop. 1.
    """
    samples = kind("samples", samples, Samples).like(kind("canonical", canonical, Canonical).r)
    d, t = directions(canonical.theta), canonical.r[..., None] * tangents(canonical.theta)
    each = d[..., :, None] * d[..., None, :] + t[..., :, None] * t[..., None, :]
    arc = torch.nn.functional.one_hot(region(canonical.theta, samples), 2 * samples.s)
    return torch.einsum("...mk,...mpq->...kpq", arc.to(each.dtype), each) / canonical.m


def jump(r: Tensor, samples: Samples, rho: Tensor) -> Tensor:
    """theta' on the active side of each sample line minus that on its inactive side, (..., s, 2).

    -r rho_j <x~_j, t> = -+ r rho_j |x~_j| for a > 0 (last index 0), a < 0 (index 1).
    r' does not jump.
    r: (...);  rho: (s,).  Corrected: active minus inactive, where the paper has A_k minus A_{k+1}.
    """
    size = _residuals(rho, samples) * torch.hypot(samples.x, torch.ones_like(samples.x))
    return -numbers("r", r, samples.x)[..., None, None] * torch.stack([size, -size], -1)


@dataclass(frozen=True, eq=False)
class Lines:
    """What each sample line does to the neurons beside it; last index 0: a > 0, 1: a < 0.

    attracts: (..., s, 2) int, +1 if it attracts neurons with r > 0 (and repels r < 0), -1 the
    reverse, 0 if they pass.
    kills: (..., s, 2) int, for the two lines that border the dead arc: the sign of r of the neurons
    that drift onto it and die (the others drift away); 0 for all other lines.
    share: (..., s, 2) the activation lambda in (0, 1) of a neuron sliding there, nan where
    nothing is attracted.
    """

    attracts: Tensor
    kills: Tensor
    share: Tensor

    @property
    def repels(self) -> Tensor:
        """The sign of r of the neurons that are repelled, (..., s, 2)."""
        return -self.attracts


def attractors(samples: Samples, rho: Tensor) -> Lines:
    """Which sample lines attract and repel, for residuals rho: (..., s).

    Line k with orientation o attracts sign(r) = sign(rho_k) and repels the other sign iff
    -rho_k^2 |x~_k|^2 < sum_{i in I_o} rho_i rho_k <x~_i, x~_k> < 0,  I_{a>0} = {i > k},
    I_{a<0} = {i < k}: a comparison of sums as they are rounded, at any scale of the residuals.
    Lemma 2, corrected (printed with the lower bound only, which is necessary and not sufficient).
    Raises ValueError for residuals that are not finite.
    """
    rho = _residuals(rho, samples)
    if not rho.isfinite().all():
        raise ValueError(f"rho: want finite residuals, got {rho}")
    unit = power(samples.x.abs().clamp_min(1))                  # only ratios count
    tilde, weight = samples.tilde / unit[:, None], rho / power(rho.abs().amax(-1, keepdim=True))
    gram = tilde @ tilde.T
    weight = weight * (unit / unit.max())                       # (..., s)
    right = weight @ gram.tril(-1)                            # sum over i > k of rho_i <x~_i, x~_k>
    left = weight @ gram.triu(1)                                # sum over i < k
    beside, own = torch.stack([right, left], -1), weight[..., None]     # (..., s, 2), (..., s, 1)
    share = -beside / (own * gram.diagonal()[:, None])
    inside = (share > 0) & (share < 1)
    sign = torch.sign(rho[..., None]).int().expand(inside.shape)
    kills = torch.zeros_like(sign)
    kills[..., -1, 0], kills[..., 0, 1] = sign[..., -1, 0], sign[..., 0, 1]
    return Lines(torch.where(inside, sign, 0), kills, torch.where(inside, share, torch.nan))


def line_angles(samples: Samples) -> Tensor:
    """theta of each sample line, (s, 2): -arctan x_j (a > 0) and pi - arctan x_j (a < 0).

    These are alpha_j^+-, corrected.
    """
    on = -torch.arctan(kind("samples", samples, Samples).x)
    return torch.stack([on, on + math.pi], -1)


def _pre(theta: Tensor, samples: Samples) -> Tensor:
    """<x~_j, d(theta)>, shape (..., s)."""
    return directions(theta) @ samples.tilde.T


def _angles(theta, samples: Samples) -> Tensor:
    return numbers("theta", theta, kind("samples", samples, Samples).x)


def _residuals(rho, samples: Samples) -> Tensor:
    """rho as numbers (..., s) in the dtype of the samples."""
    rho = numbers("rho", rho, kind("samples", samples, Samples).x)
    if rho.ndim == 0 or rho.shape[-1] != samples.s:
        wants = f"residuals of shape (..., {samples.s})"
        raise ValueError(f"rho: want {wants}, got {tuple(rho.shape)}")
    return rho
