"""The data: a few points (x_j, y_j) on a line, sorted, distinct and finite."""
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from .checks import floating, kind, numbers, real, whole


@dataclass(frozen=True, eq=False)
class Samples:
    """The s samples S = {(x_j, y_j)} that a network is fitted to.

    x: (s,) strictly increasing;  y: (s,).  Both are copied: lists and arrays become float64, a
    floating tensor keeps its dtype.
    Raises ValueError that says which point is bad (not finite, coincident, out of order, too few).

    >>> points = Samples([0, 1, 3], [2, 0, 1])
    >>> points.s, points.x.tolist()
    (3, [0.0, 1.0, 3.0])
    >>> Samples([0, 0, 1], [2, 0, 1])
    Traceback (most recent call last):
    ValueError: x: samples 0 and 1 coincide: 0.0, 0.0; want x strictly increasing

    Williams et al. 2019, Sec. 2.1.
    """

    x: Tensor
    y: Tensor

    def __post_init__(self):
        x, y = floating("x", self.x), floating("y", self.y)
        x, y = (t.to(torch.promote_types(x.dtype, y.dtype)) for t in (x, y))
        if x.ndim != 1 or y.ndim != 1 or len(x) != len(y):
            shapes = f"{tuple(x.shape)} and {tuple(y.shape)}"
            raise ValueError(f"x and y: want two vectors of the same length, got shapes {shapes}")
        if x.device != y.device:
            raise ValueError(f"x and y: want one device, got {x.device} and {y.device}")
        if len(x) == 0:
            raise ValueError("x: want at least one sample, got none")
        for name, value in (("x", x), ("y", y)):
            if not value.isfinite().all():
                j = int((~value.isfinite()).nonzero()[0])
                raise ValueError(f"{name}: sample {j} is {value[j].item()}, want finite numbers")
        if not (x[1:] > x[:-1]).all():
            j = int((x[1:] <= x[:-1]).nonzero()[0])
            unsorted = "are out of order (from_points sorts for you)"
            cause = "coincide" if x[j] == x[j + 1] else unsorted
            pair = f"{x[j].item()!r}, {x[j + 1].item()!r}; want x strictly increasing"
            raise ValueError(f"x: samples {j} and {j + 1} {cause}: {pair}")
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "y", y)

    @property
    def s(self) -> int:
        """The number of samples."""
        return len(self.x)

    @property
    def tilde(self) -> Tensor:
        """The lifted inputs x~_j = (x_j, 1), shape (s, 2)."""
        return torch.stack([self.x, torch.ones_like(self.x)], -1)

    def to(self, *args, **kwargs) -> "Samples":
        """The same samples on another device or in another dtype (as torch.Tensor.to)."""
        return Samples(self.x.to(*args, **kwargs), self.y.to(*args, **kwargs))

    def like(self, parameters: Tensor) -> "Samples":
        """The same samples in the dtype of `parameters`; raises ValueError on two devices."""
        if parameters.device != self.x.device:
            places = f"on {self.x.device}, but the network is on {parameters.device}"
            raise ValueError(f"samples: {places}; use samples.to(...)")
        return self if parameters.dtype == self.x.dtype else self.to(parameters.dtype)


def from_points(points) -> Samples:
    """Samples from pairs [(x, y), ...] in any order; raises ValueError where two x coincide.

    >>> from_points([(1, 5), (0, 7)]).y.tolist()
    [7.0, 5.0]
    """
    table = points if hasattr(points, "ndim") else list(points)          # zip and dict views too
    table = floating("points", table) if isinstance(table, Tensor) else numbers("points", table)
    if table.ndim != 2 or table.shape[1] != 2:
        raise ValueError(f"points: want pairs (x, y), got shape {tuple(table.shape)}")
    table = table[table[:, 0].argsort()]
    return Samples(table[:, 0], table[:, 1])


def vicinity(samples: Samples, width: float) -> float:
    """The length of `width` spans, width (x_s - x_1).

    Raises ValueError for fewer than two samples, a width not in (0, 1).
    """
    if kind("samples", samples, Samples).s < 2:
        raise ValueError(f"samples: want at least two, got {samples.s}")
    wants = "a part of the span between 0 and 1"
    width = real("width", width, wants, lambda v: 0 < v < 1)
    return width * float(samples.x[-1] - samples.x[0])


def square_wave(s: int = 10, frequency: float = 0.75, phase: float = 0.1) -> Samples:
    """s samples of sign(sin(2 pi (frequency x + phase))) on [-1, 1].

    >>> square_wave(5).y.tolist()
    [1.0, -1.0, 1.0, 1.0, -1.0]

    The data of Figures 4, 6 and 7.  Raises ValueError for bad numbers.
    """
    x, frequency, phase = _grid(s), real("frequency", frequency), real("phase", phase)
    return Samples(x, torch.sign(torch.sin(2 * math.pi * (frequency * x + phase))))


def sine(s: int = 8, cycles: float = 1.0, phase: float = 0.0) -> Samples:
    """s samples of sin(2 pi cycles x + phase) on [-1, 1].

    The data of Figures 5 (phase .4) and 8.  Raises ValueError for bad numbers.
    """
    x, cycles, phase = _grid(s), real("cycles", cycles), real("phase", phase)
    return Samples(x, torch.sin(2 * math.pi * cycles * x + phase))


def _grid(s: int) -> Tensor:
    s = whole("s", s, 1, wants="a positive whole number of samples")
    return torch.linspace(-1 if s > 1 else 0, 1, s, dtype=torch.float64)
