"""What a network would do if its tangent kernel stayed as it is: how far its neurons would turn.

To first order in y the residuals follow rho' = -K rho with the kernel K of the start, and every
parameter follows them.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from .checks import kind, numbers, real
from .dynamics import residuals, tangent_kernel
from .network import Network
from .samples import Samples

SMALL = 1e-4  # of rate times time, below which a difference quotient is taken by its series


@dataclass(frozen=True, eq=False)
class Foretold:
    """What the start alone says of the end.

    time: (...) when;  network: where the parameters would be then;

    turn: (..., m) the angle by which each neuron would turn, positive from a to -b;
    rotation: (...) the mean of |turn|, weighted by the neurons' sizes |r| at the end;
    lifetime: (...) how long the residuals live, |int_0^time rho| / |rho(0)|;
    gap: (...) how far the trained function will be from that of the fixed kernel, root mean square
    over the samples' span.

    A knot that moves by e bends the line elsewhere, where the fixed kernel can only step at the old
    knot: on the way between the two knots the functions differ by a ramp of height |c a e| / alpha.
    The ramps of a neuron and of its mirror image have different signs, so gap^2 = sum over the
    knots in the span of (c a / alpha)^2 |e|^3 / (3 span).
    """

    time: Tensor
    network: Network
    turn: Tensor
    rotation: Tensor
    lifetime: Tensor
    gap: Tensor


def foretell(network: Network, samples: Samples, *, time=None, until: float = 0.0) -> Foretold:
    """The end as the start's tangent kernel foretells it, at a time or part of the loss.

    With G_i(t) = sum over the samples where neuron i is on of x~_j int_0^t rho_j:  c_i = c_i(0) -
    <G_i, q_i> / alpha and q_i = q_i(0) - (1/alpha) int c_i(s) dG_i(s), q = (a, -b); the second
    integral counts that c moves, which matters where |c| is small at the start.  turn = <q(t) -
    q(0), t(theta)> / rho.
    network: (..., m) float64;  time: a number or (...), inf included;  until: from 0 to 1, used
    without a time.  Raises ValueError naming a bad argument.
    """
    samples = kind("samples", samples, Samples).like(kind("network", network, Network).a)
    K = tangent_kernel(network, samples.x)  # (..., s, s)
    rates, V = torch.linalg.eigh(K)
    rates = torch.where(resolved(rates), rates, 0.0)
    rho = residuals(network, samples)
    p = (V.mT @ rho[..., None]).squeeze(-1)  # the first residuals by mode
    if time is None:
        time = settling(rates, p, until)
    t = elapsed(time, K)[..., None]
    # a mode that no neuron can move keeps its residual, and is left out
    still, largest = rates == 0, rates[..., -1:]
    p = torch.where(still, 0.0, p)
    t = torch.where(t.isinf(), 1e3 / torch.where(still, torch.inf, rates).amin(-1, keepdim=True), t)
    lam = torch.where(still, largest, rates)
    w = (V @ (_grown(lam, t) * p)[..., None]).squeeze(-1)  # int rho, (..., s)
    lam_p, lam_q = lam[..., :, None], lam[..., None, :]  # int_0^t w_p rho_q, mode by mode
    slope = (_grown(lam_q, t[..., None]) - _grown(lam_p + lam_q, t[..., None])) / lam_p
    fades = torch.exp(-lam_q * t[..., None])
    flat = torch.where(
        lam_q * t[..., None] < SMALL,
        t[..., None] ** 2 / 2,
        (_grown(lam_q, t[..., None]) - t[..., None] * fades) / lam_q,
    )
    double = (
        torch.where(lam_p * t[..., None] < SMALL * 1e-3, flat, slope)
        * p[..., :, None]
        * p[..., None, :]
    )
    double = V @ double @ V.mT  # [sample of w, sample of rho]

    alpha = network.alpha[..., None]
    pre = network.a[..., None, :] * samples.x[:, None] - network.b[..., None, :]  # (..., s, m)
    on, features = (pre > 0).to(K.dtype), pre.relu() / alpha[..., None]
    drive = on * (network.c[..., None, :] * w[..., None] - double.mT @ features) / alpha[..., None]
    a = network.a - (drive * samples.x[:, None]).sum(-2)
    b = network.b + drive.sum(-2)
    end = Network(a, b, network.c - (features * w[..., None]).sum(-2), network.alpha)
    turn = (network.b * (a - network.a) - network.a * (b - network.b)) / network.rho**2
    mass = (end.c * end.rho).abs()
    lo, hi = samples.x[0], samples.x[-1]
    bends = (network.knots > lo) & (network.knots < hi)
    moved = torch.where(bends, ((b - network.b) - network.knots * (a - network.a)) / network.a, 0.0)
    ramps = (network.c * network.a / alpha).square() * moved.abs() ** 3 / 3
    gap = (torch.where(bends, ramps, 0.0).sum(-1) / (hi - lo)).sqrt()
    rotation = (turn.abs() * mass).sum(-1) / mass.sum(-1)
    return Foretold(t[..., 0], end, turn, rotation, w.norm(dim=-1) / rho.norm(dim=-1), gap)


def elapsed(time, K: Tensor) -> Tensor:
    """`time`, a number >= 0 or one for each of the kernels K (..., s, s), inf included, as (...).

    Raises ValueError.
    """
    times, batch = numbers("time", time, K), K.shape[:-2]
    try:
        found = times.expand(batch)
    except RuntimeError:
        wants = f"a number or shape {tuple(batch)} (one per network)"
        raise ValueError(f"time: want {wants}, got shape {tuple(times.shape)}") from None
    if not (times >= 0).all():
        raise ValueError(f"time: want numbers >= 0, got {time!r}")
    return found


def resolved(rates: Tensor) -> Tensor:
    """Which eigenvalues (..., s), in increasing order, are not zero up to the largest's rounding.

    Of the modes of the others the start says nothing.
    """
    return rates > rates.shape[-1] * torch.finfo(rates.dtype).eps * rates[..., -1:]


def settling(rates: Tensor, modes: Tensor, until: float) -> Tensor:
    """When sum modes^2 exp(-2 rates t) is `until` of its first value, (...); inf where never."""
    until = real("until", until, "a part of the first loss, in [0, 1)", lambda v: 0 <= v < 1)
    square = modes.square()
    goal = until * square.sum(-1)
    lowest = torch.where(rates > 0, rates, torch.inf).amin(-1)
    lo, hi = torch.zeros_like(goal), 400 / lowest
    left = lambda t: (square * torch.exp(-2 * rates * t[..., None])).sum(-1)  # noqa: E731
    never = ~(left(hi) <= goal) | (goal == 0)
    for _ in range(100):
        # halving the ratio of the ends, once the lower one is not zero
        middle = torch.where(lo > 0, (lo * hi).sqrt(), hi * 1e-12)
        above = left(middle) > goal
        lo, hi = torch.where(above, middle, lo), torch.where(above, hi, middle)
        if (hi <= lo * (1 + 1e-12)).all():
            break
    return torch.where(never, torch.inf, hi)


def _grown(rate: Tensor, t: Tensor) -> Tensor:
    """int_0^t exp(-rate s) ds."""
    return -torch.expm1(-rate * t) / rate
