"""What one neuron feels: its potential, its velocity, the 2s arcs of the circle, and which sample lines attract it."""
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from .dynamics import _components, tangents
from .network import Canonical, directions
from .samples import Samples


@dataclass(frozen=True, eq=False)
class Arcs:
    """The 2s arcs into which s samples cut the circle of directions, counter-clockwise from the dead arc around -pi/2.

    start: (2s,) the angle at which arc k begins, increasing in k; it ends where arc k+1 begins.
    sample: (2s,) the sample whose line is crossed there;  orientation: (2s,) the sign of a on that line.
    active: (2s, s) bool, which samples a neuron of arc k sees: none (k = 0), the last k (k <= s), the first 2s - k.
    Williams et al. 2019, Sec. 3.1, corrected: 2s arcs (printed 2s - 1), cut at -arctan x_j and pi - arctan x_j
    (printed arctan x_j +- pi/2).
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
    s = samples.s
    on = -torch.arctan(samples.x).flip(0)                       # line s turns on first, line 1 last
    start = torch.cat([on, on + math.pi])                       # boundary k: arc k -> arc k + 1
    start = torch.cat([start[-1:] - 2 * math.pi, start[:-1]])   # arc 0 begins where arc 2s - 1 ends
    order = torch.arange(s - 1, -1, -1).repeat(2)               # (2s,) sample of boundary k
    sign = torch.tensor([1] * s + [-1] * s)
    k, j = torch.arange(2 * s)[:, None], torch.arange(s)
    return Arcs(start, order.roll(1), sign.roll(1), (j >= s - k) & (j < 2 * s - k))


def region(theta: Tensor, samples: Samples) -> Tensor:
    """The index k of the arc that holds each angle, shape of theta; a line belongs to the side where it is off."""
    on = (directions(theta) @ samples.tilde.T > 0).sum(-1)      # how many samples are seen
    return torch.where(torch.cos(theta) > 0, on, (2 * samples.s - on) % (2 * samples.s))


def potential(r: Tensor, theta: Tensor, samples: Samples, rho: Tensor) -> Tensor:
    """V(r, theta) = sum_j rho_j r <x~_j, d(theta)>_+, shape of r and theta; linear on each arc of the plane of r d.

    r, theta: broadcasting (...);  rho: (s,) or (..., s), the residuals of the network.  Sec. 3.1 (V = -F + int K dmu).
    """
    _check(rho, samples)
    return r * (_pre(theta, samples).relu() * rho).sum(-1)


def force(theta: Tensor, samples: Samples, rho: Tensor) -> Tensor:
    """g(theta) = sum of rho_j x~_j over the samples that theta sees, shape (..., 2)."""
    _check(rho, samples)
    return ((_pre(theta, samples) > 0) * rho) @ samples.tilde


def field(r: Tensor, theta: Tensor, samples: Samples, rho: Tensor) -> tuple[Tensor, Tensor]:
    """(r', theta') = -grad V = (-<g, d>, -r <g, t>): the velocity of a neuron under the mean-field flow (11).

    Arguments as for `potential`.  Eq. (12), with the sign of a velocity.
    """
    radial, tangential = _components(force(theta, samples, rho), theta)
    return -radial.expand_as(r * radial), -r * tangential


def field_uv(p: Tensor, sign, samples: Samples, rho: Tensor, tangential=1.0) -> Tensor:
    """p' = -sign [d d^T + tau t t^T] g in the plane of p = |r| d, (..., 2), up to a factor (c^2 + rho^2) m/alpha^2.

    p: (..., 2);  sign: that of r, a number or (...);  rho: (s,).
    tangential: tau, 1 for delta = +inf, 0 for -inf, `tangential_share` in between, and r^2 for the canonical flow (11).
    Eq. (21), (47), corrected.
    """
    theta = torch.atan2(p[..., 1], p[..., 0])
    along, across = _components(force(theta, samples, rho), theta)
    sign, tangential = (torch.as_tensor(value, dtype=p.dtype) for value in (sign, tangential))
    return -((sign * along)[..., None] * directions(theta) + (sign * tangential * across)[..., None] * tangents(theta))


def second_moments(canonical: Canonical, samples: Samples) -> Tensor:
    """Sigma_k = (1/m) sum over the neurons of arc k of (r^2 t t^T + d d^T), shape (..., 2s, 2, 2).

    An unnormalised second moment (printed: a covariance).  Williams et al. 2019, Prop. 1.
    """
    d, t = directions(canonical.theta), tangents(canonical.theta)
    each = d[..., :, None] * d[..., None, :] + (canonical.r**2)[..., None, None] * t[..., :, None] * t[..., None, :]
    arc = torch.nn.functional.one_hot(region(canonical.theta, samples), 2 * samples.s).to(each.dtype)   # (..., m, 2s)
    return torch.einsum("...mk,...mpq->...kpq", arc, each) / canonical.m


def jump(r: Tensor, samples: Samples, rho: Tensor) -> Tensor:
    """theta' on the active side of each sample line minus theta' on its inactive side, shape (..., s, 2).

    -r rho_j <x~_j, t> = -+ r rho_j |x~_j| for a > 0 (last index 0), a < 0 (1); r' does not jump.  r: (...);  rho: (s,).
    Corrected: active minus inactive, where the paper has A_k minus A_{k+1}.
    """
    _check(rho, samples)
    size = rho * samples.tilde.norm(dim=-1)
    return -r[..., None, None] * torch.stack([size, -size], -1)


@dataclass(frozen=True, eq=False)
class Lines:
    """What each sample line does to the neurons beside it; last index 0: a > 0, 1: a < 0.

    attracts: (..., s, 2) int, +1 if it attracts neurons with r > 0 (and repels r < 0), -1 the reverse, 0 if they pass.
    kills: (..., s, 2) int, for the two lines that border the dead arc: the sign of r of the neurons that drift
    onto it and die (the others drift away); 0 for all other lines.
    share: (..., s, 2) the activation lambda in [0, 1] of a neuron sliding there, nan where nothing is attracted.
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
    -rho_k^2 |x~_k|^2 < sum_{i in I_o} rho_i rho_k <x~_i, x~_k> < 0,   I_{a>0} = {i > k},  I_{a<0} = {i < k}.
    Lemma 2, corrected (printed with the lower bound only, which is necessary and not sufficient).
    """
    _check(rho, samples)
    gram = samples.tilde @ samples.tilde.T
    right = rho @ gram.tril(-1)                                 # sum over i > k of rho_i <x~_i, x~_k>
    left = rho @ gram.triu(1)                                   # sum over i < k
    beside, own = torch.stack([right, left], -1), rho[..., None]        # (..., s, 2), (..., s, 1)
    share = -beside / (own * gram.diagonal()[:, None])
    inside = (share > 0) & (share < 1)
    sign = torch.sign(own).int().expand(inside.shape)
    kills = torch.zeros_like(sign)
    kills[..., -1, 0], kills[..., 0, 1] = sign[..., -1, 0], sign[..., 0, 1]
    return Lines(torch.where(inside, sign, 0), kills, torch.where(inside, share, torch.nan))


def line_angles(samples: Samples) -> Tensor:
    """theta of each sample line, (s, 2): -arctan x_j (a > 0) and pi - arctan x_j (a < 0).  alpha_j^+-, corrected."""
    on = -torch.arctan(samples.x)
    return torch.stack([on, on + math.pi], -1)


def _pre(theta: Tensor, samples: Samples) -> Tensor:
    """<x~_j, d(theta)>, shape (..., s)."""
    return directions(theta) @ samples.tilde.T


def _check(rho: Tensor, samples: Samples) -> None:
    if rho.ndim == 0 or rho.shape[-1] != samples.s:
        raise ValueError(f"rho: want residuals of shape (..., {samples.s}), got {tuple(rho.shape)}")
