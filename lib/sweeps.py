"""Many networks at once: every combination of a few settings, trained and measured."""
import contextlib
import inspect
import itertools
import math
import os
import time
from collections.abc import Iterable

import torch
from torch import Tensor

from .checks import kind, numbers, whole
from .cost import TYPICAL, Left, clock
from .measures import adaptivity, knot_mass
from .network import Network
from .progress import bar as progress_bar
from .samples import Samples
from .starts import paired, regime
from .store import Store, compute, versions
from .tables import Table, plain
from .training import Diverged, train

MEASURES = {"adaptivity": adaptivity, "knot_mass": knot_mass}


def sweep(samples: Samples, epochs: int, axes: dict, measures: dict | None = None, *, start=paired,
          executor=None, batch: int = 16, store=None, progress: bool = True, **training) -> Table:
    """Train a network for every combination of the values in `axes` and measure each at the end.

    axes: {name: value or list of values} for the arguments of `start`, such as delta, m, scale,
    alpha, seed; a list (or tuple, range, array) becomes an axis of the table, anything else is one
    value.  delta = -inf (+inf) trains only c (only a, b) from the invariant -100 (+100); alpha may
    be a function of m, such as math.sqrt.
    measures: {name: f(networks, samples) -> (n,)} for a batch of n networks, by default adaptivity
    and knot_mass; the loss is always measured.
    start(**one combination) -> Network, by default lib.starts.paired.
    executor: a concurrent.futures.Executor (of processes, a Dask or an MPI cluster); without one, a
    batch of up to `batch` networks of equal width is trained at a time, over all cores.
    store: the path of a file that keeps each batch as soon as it is done (lib.store); the sweep
    with the same path goes on where it was stopped, by whatever means, and trains nothing twice.
    Another sweep is refused; functions are known by name, text, and what they hold, an object that
    can be called by its class alone unless it is a dataclass.
    training: options of lib.training.train, but for snapshots.  A run that diverges is nan.
    Raises ValueError for axes that `start` does not take or lacks, for a `train` that is not what
    an infinite delta means, and for other bad arguments, by name.

    >>> from lib.samples import sine
    >>> axes = {"m": [4, 6], "delta": [0, math.inf], "scale": 1}
    >>> table = sweep(sine(5), 20, axes, progress=False)
    >>> table
    Table(2 m x 2 delta: loss, adaptivity, knot_mass)
    >>> table["loss"].shape, list(table.at(m=4).axes)
    (torch.Size([2, 2]), ['delta'])

    Williams et al. 2019, Sec. 4.
    """
    kind("samples", samples, Samples)
    epochs = whole("epochs", epochs)
    batch = whole("batch", batch, 1, wants="a positive whole number of networks")
    if not isinstance(axes, dict) or not callable(start):
        got = f"{type(axes).__name__}, {type(start).__name__}"
        raise ValueError(f"axes, start: want {{name: values}} and a function, got {got}")
    lists = {name: _values(name, value) for name, value in axes.items()}
    kept = {name: values for name, values in lists.items() if _listed(axes[name])}
    measures = _measures(measures, kept)
    _check_start(start, lists)
    _check_training(training, lists.get("delta", ()))
    points = [dict(zip(lists, point)) for point in itertools.product(*lists.values())]
    training = {"threads": 1 if executor else None, **training}
    found = {name: _unknown(len(points)) for name in ("loss", *measures)}
    with _stored(store, samples, epochs, lists, measures, start, training) as kept_file:
        for key, result in () if kept_file is None else kept_file.done.items():
            _enter(found, key, result)
        done = set() if kept_file is None else {i for key in kept_file.done for i in _cells(key)}
        groups = _groups(points, batch, done)
        jobs = {" ".join(map(str, cells)): (start, [points[i] for i in cells], samples, epochs,
                measures, training) for cells in groups}
        results = compute(_numbers, jobs, store=kept_file, executor=executor)
        for key, result in _shown(results, jobs, samples, epochs, progress):
            _enter(found, key, result)
    shape = [len(values) for values in kept.values()]
    return Table(kept, {name: t.reshape(shape) for name, t in found.items()})


def _measures(measures, kept) -> dict:
    measures = MEASURES if measures is None else measures
    if not isinstance(measures, dict) or not all(map(callable, measures.values())):
        raise ValueError(f"measures: want {{name: function}}, got {measures!r}")
    if "loss" in measures:
        raise ValueError("measures: the loss is always measured; give 'loss' another name")
    clash = [name for name in ("loss", *measures) if name in kept]
    if clash:
        raise ValueError(f"measures: {clash[0]} is an axis, it cannot be a measure too")
    return measures


def _check_start(start, lists) -> None:
    """Whether start takes these names, and can do without others."""
    name, signature = getattr(start, "__name__", "start"), inspect.signature(start)
    known = signature.parameters.values()
    anything = any(p.kind is p.VAR_KEYWORD for p in known)
    named = [p for p in known if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    unknown = [key for key in lists if key not in [p.name for p in named]]
    if unknown and not anything:
        takes = ", ".join(p.name for p in named)
        raise ValueError(f"axes: {unknown[0]} is not an argument of {name}, which takes {takes}")
    lacking = [p.name for p in named if p.default is p.empty and p.name not in lists]
    if lacking:
        raise ValueError(f"axes: {name} wants {lacking[0]} too")


def _check_training(training, deltas) -> None:
    options = inspect.signature(train).parameters.values()
    known = [p.name for p in options if p.kind is p.KEYWORD_ONLY and p.name != "snapshots"]
    unknown = [name for name in training if name not in known]
    if unknown:
        wants = f"an option of train: {', '.join(known)}"
        raise ValueError(f"{unknown[0]}: want {wants}")
    for delta in deltas:
        how = regime(delta)[1]
        if how != "abc" and training.get("train", how) != how:
            wants = f"delta = {delta} trains {how!r} only; leave train out, or give finite deltas"
            raise ValueError(f"train: {wants}; got {training['train']!r}")


def _listed(value) -> bool:
    """Whether it is a list of values rather than one: no text, function, law or 0-dim tensor."""
    one = isinstance(value, (str, bytes, dict)) or callable(value) or getattr(value, "ndim", 1) == 0
    return isinstance(value, Iterable) and not one


def _values(name, value) -> tuple:
    values = tuple(map(plain, value)) if _listed(value) else (plain(value),)
    if not values:
        raise ValueError(f"{name}: want at least one value, got none")
    return values


def _unknown(count: int) -> Tensor:
    return torch.full((count,), math.nan, dtype=torch.float64)


def _groups(points, batch, done=()) -> list[list[int]]:
    """The points, not done, that can share a batch: one width, one way of training; wide first."""
    alike = {}
    for i, point in enumerate(points):
        if i in done:
            continue
        width = point.get("m", 0)
        width = width if isinstance(width, (int, float)) else 0          # what else, start will say
        alike.setdefault((width, regime(point.get("delta"))[1]), []).append(i)
    ordered = sorted(alike.items(), key=lambda item: -item[0][0])
    return [group[k:k + batch] for _, group in ordered for k in range(0, len(group), batch)]


def _stored(path, samples, epochs, lists, measures, start, training):
    """The store at a path, opened for this sweep and no other, or nothing."""
    if path is None:
        return contextlib.nullcontext()
    if not isinstance(path, (str, os.PathLike)):
        raise ValueError(f"store: want the path of a file, got {path!r}")
    how = {name: value for name, value in training.items() if name != "threads"}
    ordered = list(lists.items())               # results are kept by their place in the grid
    settings = {"samples": samples, "epochs": epochs, "axes": ordered, "measures": measures,
                "start": start, "training": how}
    return Store(path, settings, versions())


def _cells(key) -> list[int]:
    return [int(i) for i in key.split()]


def _enter(found, key, result) -> None:
    for name, values in result.items():
        found[name][_cells(key)] = torch.tensor(values, dtype=torch.float64)


def _shown(results, jobs, samples, epochs, progress):
    """The results, with a bar that says how long the rest will take by what it should cost."""
    costs = {}
    for key, (_, points, *_) in jobs.items():
        widths = [point.get("m", 1) for point in points]
        widths = torch.tensor([m if isinstance(m, (int, float)) else 1 for m in widths])
        costs[key] = TYPICAL.seconds(widths.double(), samples.s, epochs).sum()
    left, began = Left(costs), time.perf_counter()
    with progress_bar(sum(len(_cells(key)) for key in jobs), "network", progress) as bar:
        for key, result in results:
            left.add(key)
            bar.set_postfix_str(f"{clock(left.seconds(time.perf_counter() - began))} left", False)
            bar.update(len(_cells(key)))
            yield key, result


def _numbers(job) -> dict[str, list[float]]:
    return {name: values.tolist() for name, values in _run(job).items()}


def _run(job) -> dict[str, Tensor]:
    """Train and measure the networks of one job; a measure that fails on them raises."""
    start, points, samples, epochs, measures, training = job
    made, how = _networks(start, points)
    if len({network.a.shape for network in made}) > 1:                   # another width than m says
        return _joined([_run((start, [point], *job[2:])) for point in points])
    networks = stacked(made)
    options = {"train": how} | training
    try:
        run = train(networks, samples, epochs, snapshots=2, progress=False, **options)
    except Diverged:
        if len(points) == 1:
            return {name: _unknown(1) for name in ("loss", *measures)}
        half = len(points) // 2
        return _joined([_run((start, part, *job[2:])) for part in (points[:half], points[half:])])
    if run.interrupted:                                               # half a run is no measurement
        raise KeyboardInterrupt
    found = {name: _column(name, f(run.network, samples), networks) for name, f in measures.items()}
    return {"loss": run.loss[-1].double()} | found


def _joined(parts) -> dict[str, Tensor]:
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def _column(name, values, networks) -> Tensor:
    """What a measure found, which must be one number for each network."""
    values = numbers(name, values)
    if values.shape != networks.a.shape[:1]:
        wants = f"one number for each of {len(networks.a)} networks"
        raise ValueError(f"{name}: want {wants}, got shape {tuple(values.shape)}")
    return values.detach().cpu()


def _networks(start, points) -> tuple[list[Network], str]:
    """The networks of some points, and how to train them."""
    made = []
    for point in points:
        delta, how = regime(point.get("delta"))
        changed = {"delta": delta} if "delta" in point else {}
        if callable(point.get("alpha")):
            if "m" not in point:
                raise ValueError("alpha: a function of m wants m among the axes")
            changed["alpha"] = point["alpha"](point["m"])
        made.append(kind("start", start(**point | changed), Network))
        if made[-1].a.ndim != 1:
            raise ValueError("start: want one network for each combination, got a batch of them")
    return made, how


def stacked(made) -> Network:
    """Networks of one width as a batch, with a leading axis that counts them."""
    parameters = (torch.stack([getattr(network, key) for network in made]) for key in "abc")
    return Network(*parameters, torch.stack([network.alpha for network in made]))
