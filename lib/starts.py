"""Where training starts: networks drawn from a seed."""
import math

import numpy as np
import torch

from .checks import real, whole
from .network import Canonical, Network

# the ends of delta train a part of the parameters, from these invariants
ENDS = {-math.inf: (-100.0, "c"), math.inf: (100.0, "ab")}


def paired(m: int, scale: float, delta: float = 0.0, *, alpha: float | None = None,
           seed: int = 0) -> Network:
    """A network with f = 0: m/2 neurons, and their mirror images -r.

    r = scale sqrt(m) N(0,1), theta ~ U(0, 2 pi), lifted with the invariant delta, a number or (m,);
    alpha is sqrt(m) unless given.  Raises ValueError for odd m.

    >>> start = paired(100, scale=2, delta=-1, seed=3)
    >>> start.m, start.alpha.item(), round(start([0.5]).item(), 9) == 0
    (100, 10.0, True)
    """
    m, scale, generator = pairs(m), real("scale", scale), stream(seed)
    r = scale * math.sqrt(m) * torch.randn(m // 2, generator=generator, dtype=torch.float64)
    theta = 2 * math.pi * torch.rand(m // 2, generator=generator, dtype=torch.float64)
    canonical = Canonical(torch.cat([r, -r]), torch.cat([theta, theta]))
    return canonical.lift(delta, math.sqrt(m) if alpha is None else alpha)


def gas(m: int, scale: float = 1.0, *, seed: int = 0) -> Canonical:
    """m neurons in canonical parameters: r = scale N(0, 1), theta ~ U(0, 2 pi), independent.

    Raises ValueError for bad m, scale, seed.  Williams et al. 2019, Sec. 2.2: r of order 1.

    >>> gas(3, scale=2).m
    3
    """
    m, scale, generator = _count(m), real("scale", scale), stream(seed)
    r = scale * torch.randn(m, generator=generator, dtype=torch.float64)
    return Canonical(r, 2 * math.pi * torch.rand(m, generator=generator, dtype=torch.float64))


def stratified(m: int = 400, *, delta: float = 0.0, scale: float = 2.0, seed: int = 0) -> Network:
    """A network with f = 0, as `paired`, but with one angle in each of m/2 equal arcs.

    So few neurons cover the angles as evenly as many independent ones would.  r = scale sqrt(m)
    N(0,1), alpha = sqrt(m); for delta = -inf (+inf) the invariants are -100 (+100), and only c
    (only a, b) is to be trained.  Number for number the start of the interactive figures, which
    js/numerics/network.js draws.  Raises ValueError for odd m.

    >>> stratified(100, delta=-1).delta.max().round(decimals=9).item()
    -1.0
    """
    m, seed, scale = pairs(m), whole("seed", seed), real("scale", scale)
    first, second, turn = counted(3 * (m // 2), seed).reshape(-1, 3).T
    r = scale * math.sqrt(m) * np.sqrt(-2 * np.log(first)) * np.cos(2 * math.pi * second)
    theta = 2 * math.pi * (np.arange(m // 2) + turn) / (m // 2)
    canonical = Canonical(np.concatenate([r, -r]), np.concatenate([theta, theta]))
    return canonical.lift(regime(delta)[0], math.sqrt(m))


def regime(delta: float) -> tuple[float, str]:
    """The invariant to start from and what to train: for an infinite delta, a part."""
    infinite = isinstance(delta, float) and math.isinf(delta)
    return ENDS[delta] if infinite else (delta, "abc")


def counted(count: int, seed: int) -> np.ndarray:
    """`count` numbers in (0, 1): a counter mixed by a 32-bit finaliser, shape (count,)."""
    h = np.arange(1, count + 1, dtype=np.uint32) * np.uint32(0x9E3779B9)
    h = h + np.uint32(seed & 0xFFFFFFFF)
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return ((h ^ (h >> np.uint32(16))) + 0.5) / 2.0**32


def from_law(law, m: int, c: float = 0.0, *, alpha: float | None = None, seed: int = 0) -> Network:
    """A network with (a, b) from a law of lib.laws, c_i ~ U(-c, c), alpha = sqrt(m) by default."""
    if not hasattr(law, "sample"):
        raise ValueError(f"law: want a law of lib.laws, got {law!r}")
    m, c, seed = _count(m), real("c", c), _seed(seed)
    a, b = law.sample(m, seed=seed)
    generator = torch.Generator().manual_seed(seed + 1_000_003)          # not the stream of (a, b)
    amplitude = c * (2 * torch.rand(m, generator=generator, dtype=torch.float64) - 1)
    return Network(a, b, amplitude, math.sqrt(m) if alpha is None else alpha)


def torch_default(m: int, *, alpha: float = 1.0, seed: int = 0) -> Network:
    """The laws of torch.nn.Linear(1, m) and Linear(m, 1, bias=False).

    a, b ~ U(-1, 1), c ~ U(-1/sqrt m, 1/sqrt m).
    App. D, corrected (the paper prints c ~ U(-1/m, 1/m)).
    """
    m, generator = _count(m), stream(seed)
    a, b, c = 2 * torch.rand(3, m, generator=generator, dtype=torch.float64) - 1
    return Network(a, b, c / math.sqrt(m), alpha)


def _count(m) -> int:
    return whole("m", m, 1, wants="a positive whole number of neurons")


def pairs(m) -> int:
    """m as a whole number of neurons that come in pairs; raises ValueError."""
    wants = "an even number of neurons (they come in pairs)"
    m = whole("m", m, 2, wants=wants)
    if m % 2:
        raise ValueError(f"m: want {wants}, got {m}")
    return m


def _seed(seed) -> int:
    return whole("seed", seed, -2**63, 2**63 - 2_000_000, "a whole number of 63 bits")


def stream(seed) -> torch.Generator:
    """What draws from a seed; raises ValueError."""
    return torch.Generator().manual_seed(_seed(seed))
