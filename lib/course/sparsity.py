"""Checkers of the exercises to the chapter on sparsity."""
import torch

from .. import variation
from .checking import Check


def _kinks(seed):
    g = torch.Generator().manual_seed(seed)
    return [tuple(torch.randn(2, n, generator=g, dtype=torch.float64)) for n in (1, 2, 5)]


price = Check(
    "price", "the price, a number",
    lambda e, h: (h.abs() * torch.hypot(e, torch.ones_like(e))).sum(), _kinks,
    {
        "the kinks are added with their signs: a kink downwards costs as much as one upwards":
            lambda e, h: (h * torch.hypot(e, torch.ones_like(e))).sum(),
        "the weight sqrt(1 + e^2) is missing: far from the origin a kink costs more":
            lambda e, h: h.abs().sum(),
        "the weight is a root: sqrt(1 + e^2), not 1 + e^2":
            lambda e, h: (h.abs() * (1 + e**2)).sum(),
        "the price is the sum over the kinks": lambda e, h: h.abs() * torch.sqrt(1 + e**2),
        "the size is taken of the sum: each kink has its own price, so |h| comes before the sum":
            lambda e, h: (h * torch.sqrt(1 + e**2)).sum().abs(),
        "far from the origin a kink costs more, not less: multiply by the root":
            lambda e, h: (h.abs() / torch.sqrt(1 + e**2)).sum(),
        "kinks cost |h|, not h^2": lambda e, h: (h**2 * torch.hypot(e, torch.ones_like(e))).sum(),
    },
)


def _sizes(seed):
    g = torch.Generator().manual_seed(seed)
    cases = []
    for eta, lam in ((0.1, 2.0), (0.5, 1.0), (0.02, 0.5)):
        r = torch.randn(8, generator=g, dtype=torch.float64)
        r[:3] *= eta * lam  # some that reach zero in one step
        push = torch.randn(8, generator=g, dtype=torch.float64) * 0.1
        cases.append((r, push, eta, lam))
    return cases


def _step(r, push, eta, lam):
    return variation.shrink(r - eta * push, eta * lam)


def _plain_step(r, push, eta, lam):
    return r - eta * (push + lam * torch.sign(r))


def _order(r, push, eta, lam):
    return variation.shrink(r, eta * lam) - eta * push


penalised_step = Check(
    "penalised_step", "r after the step, shape (m,)", _step, _sizes,
    {
        "it jumps over zero: a neuron whose size is used up stays at r = 0": _plain_step,
        "first the step of the loss, then the price: the other order stops at another place":
            _order,
        "the price of one step is eta lambda, not lambda":
            lambda r, push, eta, lam: variation.shrink(r - eta * push, lam),
        "r loses its sign": lambda *case: _step(*case).abs(),
        "this is weight decay of r, a factor; the price takes away the same from all":
            lambda r, push, eta, lam: (1 - eta * lam) * (r - eta * push),
        "sizes that survive shrink too, by eta lambda":
            lambda r, push, eta, lam: torch.where(_step(r, push, eta, lam) != 0, r - eta * push, 0),
        "negative r is lost: bring its size, not r itself, down to zero":
            lambda r, push, eta, lam: torch.relu(r - eta * push - eta * lam),
        "the step of the loss goes down, by eta times the derivative":
            lambda r, push, eta, lam: _step(r, -push, eta, lam),
        "the step of the loss has the learning rate too: s = r - eta push":
            lambda r, push, eta, lam: variation.shrink(r - push, eta * lam),
        "the sign is that of s, the place after the step of the loss: it jumps over zero there":
            lambda r, push, eta, lam: r - eta * push - eta * lam * torch.sign(r - eta * push),
    },
)
