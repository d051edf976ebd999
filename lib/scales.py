"""Powers of two, which scale without rounding: products that do not overflow half way."""
import math

import torch
from torch import Tensor


def power(x: Tensor) -> Tensor:
    """The largest power of two not above |x|, shape of x; 1/2 where x is 0 or not finite."""
    return torch.ldexp(torch.ones_like(x), torch.frexp(x).exponent - 1)


def span(*tensors: Tensor) -> tuple[float, float]:
    """The smallest size that is not 0, and the largest, of all values; nan where one is."""
    sizes = torch.cat([tensor.reshape(-1) for tensor in tensors]).abs_()
    low, high = (end.item() for end in sizes.aminmax())
    return (sizes[sizes > 0].min().item() if low == 0 < high else low), high


def ordinary(low: float, high: float, dtype: torch.dtype) -> bool:
    """Whether products of three numbers of sizes from `low` to `high` (or 0) stay in range."""
    edge = torch.finfo(dtype).max ** (1 / 3)
    return high == 0 or 1 / edge <= low <= high <= edge


def ldexp(x: Tensor, exponent: Tensor) -> Tensor:
    """x 2^exponent, broadcasting.

    In two steps, since 2^exponent itself may be out of range where the result is not.
    """
    edge = 2 * math.frexp(torch.finfo(x.dtype).max)[1] - 8
    exponent = exponent.clamp(-edge, edge)
    half = exponent // 2
    return torch.ldexp(torch.ldexp(x, half), exponent - half)


def product(*factors: Tensor, over: tuple[Tensor, ...] = ()) -> Tensor:
    """The product of the factors, divided by those in `over`; broadcasting.

    Infinite or zero only where the result is out of range, whatever comes on the way to it.
    """
    value, exponent = torch.frexp(factors[0])
    for factor in factors[1:]:
        mantissa, more = torch.frexp(factor)
        value, exponent = value * mantissa, exponent + more
    for factor in over:
        mantissa, less = torch.frexp(factor)
        value, exponent = value / mantissa, exponent - less
    value, more = torch.frexp(value)                                  # zero times 2^9999 stays zero
    return ldexp(value, exponent + more)
