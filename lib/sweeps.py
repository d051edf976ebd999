"""Many networks at once: every combination of a few settings, trained and measured, on one machine or on many."""
import inspect
import itertools
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from .network import Network
from .observables import knot_mass
from .progress import bar as progress_bar
from .samples import Samples
from .splines import adaptivity
from .starts import paired
from .training import Diverged, train

ENDS = {-math.inf: (-100.0, "c"), math.inf: (100.0, "ab")}  # the ends of delta train a part, from these invariants
MEASURES = {"adaptivity": adaptivity, "knot_mass": knot_mass}


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers over a grid.  axes: {name: its values};  values: {measure: (len of axis 1, len of axis 2, ...)}."""

    axes: dict[str, tuple]
    values: dict[str, Tensor]

    def __getitem__(self, measure: str) -> Tensor:
        """The values of one measure, one axis of the tensor for each axis of the table."""
        return self.values[measure]

    def at(self, **place) -> "Table":
        """The part of the table where some axes have one value each; these axes are gone.  Raises ValueError."""
        table = self
        for name, value in place.items():
            k = table._axis(name)
            if value not in table.axes[name]:
                raise ValueError(f"{name}: want one of {', '.join(map(str, table.axes[name]))}, got {value!r}")
            table = table._without(name, lambda t: t.select(k, table.axes[name].index(value)))
        return table

    def mean(self, name: str) -> "Table":
        """The mean over one axis (nan, a diverged run, is left out).  Raises ValueError for an unknown axis."""
        k = self._axis(name)
        return self._without(name, lambda t: t.nanmean(k))

    def rows(self) -> list[dict]:
        """One flat {axis: value, ..., measure: number, ...} for each network, ready for csv or a data frame."""
        flat = {name: t.flatten().tolist() for name, t in self.values.items()}
        points = itertools.product(*self.axes.values())
        return [dict(zip(self.axes, point)) | {name: flat[name][i] for name in flat} for i, point in enumerate(points)]

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


def sweep(samples: Samples, epochs: int, axes: dict, measures: dict | None = None, *, start=paired, executor=None,
          batch: int = 16, progress: bool = True, **training) -> Table:
    """Train a network for every combination of the values in `axes` and measure each when it is done.

    axes: {name: value or list of values} for the arguments of `start`, such as delta, m, scale, alpha, seed; a list
    becomes an axis of the table.  delta = -inf (+inf) trains only c (only a, b) from the invariant -100 (+100);
    alpha may be a function of m, such as math.sqrt.
    measures: {name: f(networks, samples) -> (n,)} for a batch of n networks, by default adaptivity and knot_mass; the
    loss is always measured.  start(**one combination) -> Network, by default lib.starts.paired.
    executor: a concurrent.futures.Executor (of processes, a Dask or an MPI cluster); without one, a batch of up to
    `batch` networks of equal width is trained at a time, over all cores.  training: options of lib.training.train.
    A run that diverges is nan.  Raises ValueError for axes that `start` does not take.  Williams et al. 2019, Sec. 4.
    """
    measures = MEASURES if measures is None else measures
    lists = {name: _values(name, value) for name, value in axes.items()}
    known = inspect.signature(start).parameters
    unknown = [name for name in lists if name not in known]
    if unknown:
        raise ValueError(f"axes: {unknown[0]} is not an argument of {start.__name__}, which takes {', '.join(known)}")
    if not isinstance(batch, int) or batch < 1:
        raise ValueError(f"batch: want a positive whole number of networks, got {batch!r}")
    points = [dict(zip(lists, point)) for point in itertools.product(*lists.values())]
    training = {"threads": 1 if executor else None, **training}
    jobs = [(indices, (start, [points[i] for i in indices], samples, epochs, measures, training))
            for indices in _groups(points, batch)]
    found = {name: torch.full((len(points),), math.nan, dtype=torch.float64) for name in ("loss", *measures)}
    results = (executor.map if executor else map)(_run, [job for _, job in jobs])
    for indices, result in zip([indices for indices, _ in jobs], _shown(results, jobs, progress)):
        for name, numbers in result.items():
            found[name][indices] = numbers
    kept = {name: values for name, values in lists.items() if _listed(axes[name])}
    return Table(kept, {name: t.reshape([len(v) for v in kept.values()]) for name, t in found.items()})


def _listed(value) -> bool:
    return not (isinstance(value, (int, float, str)) or value is None or callable(value))


def _values(name, value) -> tuple:
    values = tuple(value.tolist() if isinstance(value, Tensor) else value) if _listed(value) else (value,)
    if not values:
        raise ValueError(f"{name}: want at least one value, got none")
    return values


def _groups(points, batch) -> list[list[int]]:
    """The points that can share a batch, at most `batch` each: of one width and way of training; wide ones first."""
    alike = {}
    for i, point in enumerate(points):
        alike.setdefault((point.get("m", 0), ENDS.get(point.get("delta"), "abc")), []).append(i)
    ordered = sorted(alike.items(), key=lambda item: -item[0][0])
    return [group[k:k + batch] for _, group in ordered for k in range(0, len(group), batch)]


def _shown(results, jobs, progress):
    with progress_bar(sum(len(indices) for indices, _ in jobs), "network", progress) as bar:
        for (indices, _), result in zip(jobs, results):
            bar.update(len(indices))
            yield result


def _run(job) -> dict[str, Tensor]:
    """Train and measure the networks of one job; a measure that fails on them raises."""
    start, points, samples, epochs, measures, training = job
    networks, how = _networks(start, points)
    try:
        run = train(networks, samples, epochs, snapshots=2, progress=False, **{"train": how} | training)
    except Diverged:
        if len(points) == 1:
            return {name: torch.full((1,), math.nan, dtype=torch.float64) for name in ("loss", *measures)}
        parts = [_run((start, half, *job[2:])) for half in (points[:len(points) // 2], points[len(points) // 2:])]
        return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    if run.interrupted:                                                  # half a run is no measurement
        raise KeyboardInterrupt
    return {"loss": run.loss[-1].double()} | {name: f(run.network, samples).double() for name, f in measures.items()}


def _networks(start, points) -> tuple[Network, str]:
    """The networks of some points as one batch, and how to train them."""
    made = []
    for point in points:
        delta, how = ENDS.get(point.get("delta"), (point.get("delta"), "abc"))
        alpha = point.get("alpha")
        changed = {"delta": delta} if "delta" in point else {}
        if callable(alpha):
            changed["alpha"] = alpha(point["m"])
        made.append(start(**point | changed))
    alpha = torch.stack([network.alpha for network in made])
    return Network(*(torch.stack([getattr(network, key) for network in made]) for key in "abc"), alpha), how
