"""What every function says of a bad argument: its name, what is wanted, what came instead."""
import math
import operator

import numpy as np
import torch
from torch import Tensor


def whole(name: str, value, least: int = 0, most: float = math.inf, wants: str = "") -> int:
    """`value` as an int from `least` to `most`: Python's, NumPy's, or a tensor of one whole number.

    wants: in the message, what is wanted instead of "a whole number from .. to ..".  Raises ValueError naming `name`.
    """
    try:
        number = None if _truth(value) else operator.index(value)
    except (TypeError, ValueError, RuntimeError):
        number = None
    if number is None or not least <= number <= most:
        bounds = f" from {least} to {most}" if most < math.inf else f" >= {least}"
        raise ValueError(f"{name}: want {wants or 'a whole number' + bounds}, got {value!r}")
    return number


def real(name: str, value, wants: str = "a finite number", ok=math.isfinite) -> float:
    """`value` as a float that is `ok`: any real number, NumPy's too, or a tensor of one number; never nan.

    Raises ValueError naming `name` and saying what it `wants`.
    """
    try:
        text = isinstance(value, (str, bytes, bytearray))
        number = math.nan if _truth(value) or text else float(value)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        number = math.nan
    if math.isnan(number) or not ok(number):
        raise ValueError(f"{name}: want {wants}, got {value!r}")
    return number


def positive(name: str, value) -> float:
    """`value` as a positive finite float; raises ValueError naming `name`."""
    return real(name, value, "a positive finite number", lambda v: math.isfinite(v) and v > 0)


def floating(name: str, value) -> Tensor:
    """`value` as a tensor: a floating one keeps its dtype, lists and arrays become float64; raises ValueError."""
    if isinstance(value, Tensor):
        if not value.is_floating_point():
            raise ValueError(f"{name}: want a floating dtype, got {value.dtype}; write {name}.double()")
        return value.detach()
    try:
        return torch.as_tensor(value, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{name}: want numbers, got {value!r}: {error}") from None


def points(x, like: Tensor) -> Tensor:
    """The points x as a vector (n,) of the dtype and device of `like`; raises ValueError."""
    x = torch.as_tensor(x, dtype=like.dtype, device=like.device)
    if x.ndim != 1:
        raise ValueError(f"x: want a vector of points, got shape {tuple(x.shape)}")
    return x


def _truth(value) -> bool:
    """Whether it is true or false, which Python and torch would take for 1 and 0."""
    return isinstance(value, (bool, np.bool_)) or getattr(value, "dtype", None) in (torch.bool, np.bool_)
