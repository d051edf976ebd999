"""Where training starts: networks drawn from a seed."""
import math

import torch

from .network import Canonical, Network


def paired(m: int, scale: float, delta: float = 0.0, *, alpha: float | None = None, seed: int = 0) -> Network:
    """A network with f = 0: m/2 neurons r = scale sqrt(m) N(0,1), theta ~ U(0, 2 pi), and their mirror images -r.

    Lifted with the invariant delta (a number or (m,)); alpha is sqrt(m) unless given.  Raises ValueError for odd m.
    """
    if m < 2 or m % 2:
        raise ValueError(f"m: want an even number of neurons (they come in pairs), got {m}")
    generator = torch.Generator().manual_seed(seed)
    r = scale * math.sqrt(m) * torch.randn(m // 2, generator=generator, dtype=torch.float64)
    theta = 2 * math.pi * torch.rand(m // 2, generator=generator, dtype=torch.float64)
    canonical = Canonical(torch.cat([r, -r]), torch.cat([theta, theta]))
    return canonical.lift(delta, math.sqrt(m) if alpha is None else alpha)


def from_law(law, m: int, c: float = 0.0, *, alpha: float | None = None, seed: int = 0) -> Network:
    """A network with (a, b) from a law of lib.laws and c_i ~ U(-c, c); alpha is sqrt(m) unless given."""
    a, b = law.sample(m, seed=seed)
    generator = torch.Generator().manual_seed(seed + 1_000_003)          # not the stream that made (a, b)
    amplitude = c * (2 * torch.rand(m, generator=generator, dtype=torch.float64) - 1)
    return Network(a, b, amplitude, math.sqrt(m) if alpha is None else alpha)


def torch_default(m: int, *, alpha: float = 1.0, seed: int = 0) -> Network:
    """The laws of torch.nn.Linear(1, m) and Linear(m, 1, bias=False): a, b ~ U(-1, 1), c ~ U(-1/sqrt m, 1/sqrt m).

    App. D, corrected (the paper prints c ~ U(-1/m, 1/m)).
    """
    generator = torch.Generator().manual_seed(seed)
    a, b, c = 2 * torch.rand(3, m, generator=generator, dtype=torch.float64) - 1
    return Network(a, b, c / math.sqrt(m), alpha)
