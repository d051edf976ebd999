"""What every function says of a bad argument: its name, what is wanted, what came instead."""
import math
import operator

import numpy as np
import torch
from torch import Tensor

TEXT = (str, bytes, bytearray)


def whole(name: str, value, least: int = 0, most: float = math.inf, wants: str = "") -> int:
    """`value` as an int from `least` to `most`: Python's, NumPy's, or a tensor of one whole number.

    wants: in the message, what is wanted instead of "a whole number from .. to ..".
    Raises ValueError naming `name`.
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
    """`value` as a float that is `ok`: any real number, NumPy's, a tensor of one number; never nan.

    Raises ValueError naming `name` and saying what it `wants`.
    """
    try:
        plain = value.detach() if isinstance(value, Tensor) else value
        number = math.nan if _truth(value) or isinstance(value, TEXT) else float(plain)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        number = math.nan
    if math.isnan(number) or not ok(number):
        raise ValueError(f"{name}: want {wants}, got {value!r}")
    return number


def positive(name: str, value) -> float:
    """`value` as a positive finite float; raises ValueError naming `name`."""
    return real(name, value, "a positive finite number", lambda v: math.isfinite(v) and v > 0)


def floating(name: str, value) -> Tensor:
    """`value` as a new tensor: a floating one keeps its dtype, lists and arrays become float64.

    The copy does not change when the caller's tensor does.  Raises ValueError naming `name`.
    """
    if isinstance(value, Tensor):
        if not value.is_floating_point():
            cause = f"want a floating dtype, got {value.dtype}; write {name}.double()"
            raise ValueError(f"{name}: {cause}")
        return value.detach().clone()
    return numbers(name, value)


def numbers(name: str, value, like: Tensor | None = None) -> Tensor:
    """`value` as a tensor of real numbers, in the dtype and on the device of `like` (or float64).

    A number, NumPy's too, lists, arrays and tensors of them; not of truth values or text.  It
    shares no memory with what it is made from, unless that is a tensor of this kind.
    Raises ValueError naming `name`.
    """
    if _truth(value) or _holds_truth(value):
        raise ValueError(f"{name}: want real numbers, got truth values: {value!r}")
    kind = {"dtype": torch.float64 if like is None else like.dtype}
    kind |= {} if like is None else {"device": like.device}
    try:
        if isinstance(value, Tensor):
            if value.is_complex():
                raise TypeError("they are complex")
            return value.to(**kind)
        if hasattr(value, "__array__") or _holds_arrays(value):
            value = np.asarray(value)
            if value.dtype.kind not in "iuf":
                raise TypeError(f"an array of {value.dtype}")
            value = torch.from_numpy(value.astype(np.float64))           # a copy, strides in order
            return value.to(**kind)
        if isinstance(value, (list, tuple)):
            value = [v.detach() if isinstance(v, Tensor) else v for v in value]
        return torch.tensor(value, **kind)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise ValueError(f"{name}: want numbers, got {value!r}: {error}") from None


def points(x, like: Tensor) -> Tensor:
    """The points x as a vector (n,) of the dtype and device of `like`; raises ValueError."""
    x = numbers("x", x, like)
    if x.ndim != 1:
        raise ValueError(f"x: want a vector of points, got shape {tuple(x.shape)}")
    return x


def kind(name: str, value, *kinds: type):
    """`value`, which must be of one of these classes; raises ValueError naming `name`."""
    if not isinstance(value, kinds):
        wants = " or a ".join(k.__name__ for k in kinds)
        raise ValueError(f"{name}: want a {wants}, got {type(value).__name__}")
    return value


def _truth(value) -> bool:
    """Whether it is true or false, which Python and torch would take for 1 and 0."""
    boolean = getattr(value, "dtype", None) in (torch.bool, np.bool_)
    return isinstance(value, (bool, np.bool_)) or boolean


def _holds_arrays(value) -> bool:
    return isinstance(value, (list, tuple)) and any(isinstance(v, np.ndarray) for v in value)


def _holds_truth(value) -> bool:
    """The same for what lists hold, at any depth."""
    return isinstance(value, (list, tuple)) and any(_truth(v) or _holds_truth(v) for v in value)
