"""Order parameters: single numbers, from its start and its end, for the regime of a network.

Whether knots have moved (laziness; lib.measures.rotation too) and what the fit looks like (shape)
are two questions, and have two sets of measures.
"""

import torch
from torch import Tensor

from .checks import kind
from .dynamics import residuals, tangent_kernel
from .kernels import flow
from .lazy import elapsed, resolved
from .network import Network
from .samples import Samples, vicinity

POINTS = 401  # on which functions are compared


def kernel_change(before: Network, after: Network, samples: Samples) -> Tensor:
    """|K - K_0| / |K_0| of the tangent kernel at the samples, in the norm of Frobenius, (...)."""
    first, last = tangent_kernel(before, samples.x), tangent_kernel(after, samples.x)
    return (last - first).norm(dim=(-2, -1)) / first.norm(dim=(-2, -1))


def mode_changes(before: Network, after: Network, samples: Samples) -> Tensor:
    """|v^T K v - lambda| / lambda for the eigenpairs of K_0 at the samples, in order, (..., s).

    nan where lambda is zero up to rounding.
    """
    first, last = tangent_kernel(before, samples.x), tangent_kernel(after, samples.x)
    rates, V = torch.linalg.eigh(first)
    ends = torch.einsum("...jp,...jk,...kp->...p", V, last, V)
    return torch.where(resolved(rates), (ends - rates).abs() / rates, torch.nan).flip(-1)


def effective_kinks(network: Network, samples: Samples, width: float = 0.01) -> Tensor:
    """How many kinks carry f'' between the first sample and the last: (sum |H|)^2 / sum H^2, (...).

    H: the total of c |a| / alpha over the knots within `width` spans of a sample, and in bins of
    twice that between samples; so n equal kinks count n, and of a smooth curve about as many as it
    has bins that bend.  Raises ValueError for fewer than two samples, a width not in (0, 1).
    """
    network, reach = kind("network", network, Network), vicinity(samples, width)
    x = samples.x.double()
    cuts = [x[:1] - reach]
    for left, right in zip(x[:-1].tolist(), x[1:].tolist()):
        free = right - left - 2 * reach
        n = max(1, round(free / (2 * reach))) if free > 0 else 0
        cuts.append(
            torch.linspace(left + reach, right - reach, n + 1).to(x)
            if n
            else x.new_tensor([(left + right) / 2])
        )
    cuts = torch.cat([*cuts, x[-1:] + reach])
    size = network.c * network.a.abs() / network.alpha[..., None]
    knots = torch.where(network.a != 0, network.knots, torch.inf).to(x)
    bins = torch.searchsorted(cuts, knots.contiguous())  # 0 and len(cuts) are outside
    total = size.new_zeros(*size.shape[:-1], len(cuts) + 1).scatter_add(-1, bins, size)[..., 1:-1]
    return total.abs().sum(-1) ** 2 / total.square().sum(-1)


def lazy_fit(before: Network, samples: Samples, time, x) -> Tensor:
    """f_t at x: (n,) of the flow with the start's own kernel, from the start's function, (..., n).

    time: a number >= 0 or one for each network; inf gives the start kernel's interpolant.
    Raises ValueError for others.
    """
    K, rho = tangent_kernel(before, samples.x), residuals(before, samples)
    time = elapsed(time, K)[..., None]
    finite = torch.where(time.isinf(), 1.0, time)
    weights = flow(K * finite[..., None], rho, 1.0) * finite
    if time.isinf().any():
        weights = torch.where(time.isinf(), flow(K, rho, torch.inf), weights)
    return before(x) - (tangent_kernel(before, x, samples.x) @ weights[..., None]).squeeze(-1)


def pace(network: Network, samples: Samples, time) -> Tensor:
    """-d log L / d log t at the end of a run as long as `time`, (...): 0 where it is stuck.

    It is rho^T K rho t / L.
    """
    rho, K = residuals(network, samples), tangent_kernel(network, samples.x)
    time = elapsed(time, K)
    return 2 * torch.einsum("...j,...jk,...k->...", rho, K, rho) / rho.square().sum(-1) * time


def apart(values: Tensor, others: Tensor) -> Tensor:
    """The root mean square of the difference of functions on equally spaced points (last axis)."""
    gap = (values - others).square()
    return ((gap[..., 1:] + gap[..., :-1]).mean(-1) / 2).sqrt()


def unreachable(before: Network, samples: Samples) -> Tensor:
    """The part of the loss that the start's tangent kernel would leave for ever, 0 to 1, (...).

    Not 0 where the neurons are too few to tell two samples apart.
    """
    K, rho = tangent_kernel(before, samples.x), residuals(before, samples)
    rates, V = torch.linalg.eigh(K)
    modes = (V.mT @ rho[..., None]).squeeze(-1).square()
    return (modes * ~resolved(rates)).sum(-1) / modes.sum(-1)
