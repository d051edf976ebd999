"""Numbers over a grid of settings."""
import itertools
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from .checks import numbers


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers over a grid.

    axes: {name: its values};  values: {measure: (length of axis 1, length of axis 2, ...)}.  Both
    are copied.  Raises ValueError for values of another shape, a measure named as an axis.
    """

    axes: dict[str, tuple]
    values: dict[str, Tensor]

    def __post_init__(self):
        axes = {name: tuple(values) for name, values in self.axes.items()}
        values = {name: numbers(name, value).clone() for name, value in self.values.items()}
        shape = tuple(map(len, axes.values()))
        for name, value in values.items():
            if name in axes:
                raise ValueError(f"values: {name} is an axis, it cannot be a measure too")
            if value.shape != shape:
                got = tuple(value.shape)
                raise ValueError(f"{name}: want one value for each place, shape {shape}, got {got}")
        object.__setattr__(self, "axes", axes)
        object.__setattr__(self, "values", values)

    def __getitem__(self, measure: str) -> Tensor:
        """The values of one measure, one axis of the tensor for each axis of the table."""
        return self.values[measure]

    def at(self, **place) -> "Table":
        """The part of the table where some axes have one value each; these axes are gone.

        Raises ValueError for an unknown axis or value.
        """
        table = self
        for name, value in place.items():
            k, known = table._axis(name), table.axes[name]
            places = [i for i, other in enumerate(known) if _same(value, other)]
            if not places:
                raise ValueError(f"{name}: want one of {', '.join(map(str, known))}, got {value!r}")
            table = table._without(name, lambda t, i=places[0], k=k: t.select(k, i))
        return table

    def mean(self, name: str) -> "Table":
        """The mean over one axis (nan, a diverged run, is left out).

        Raises ValueError for an unknown axis.
        """
        k = self._axis(name)
        return self._without(name, lambda t: t.nanmean(k))

    def rows(self) -> list[dict]:
        """One flat {axis: value, ..., measure: number, ...} for each network, ready for csv."""
        columns = [t.flatten().tolist() for t in self.values.values()]
        names, points = [*self.axes, *self.values], itertools.product(*self.axes.values())
        return [dict(zip(names, (*point, *row))) for point, *row in zip(points, *columns)]

    def __repr__(self):
        size = " x ".join(f"{len(v)} {name}" for name, v in self.axes.items())
        return f"Table({size}: {', '.join(self.values)})"

    def _axis(self, name):
        if name not in self.axes:
            raise ValueError(f"{name}: no such axis; the table has {', '.join(self.axes)}")
        return list(self.axes).index(name)

    def _without(self, name, pick):
        axes = {key: value for key, value in self.axes.items() if key != name}
        return Table(axes, {key: pick(t) for key, t in self.values.items()})


def plain(value):
    """NumPy's and torch's single numbers as Python's."""
    one = isinstance(value, (np.generic, np.ndarray, Tensor)) and value.ndim == 0
    return value.item() if one else value


def _same(value, other) -> bool:
    try:
        return value is other or bool(plain(value) == other)
    except (RuntimeError, ValueError):                                   # arrays have no one answer
        return False
