"""The study of the transition: many networks over the diagram (R, d), each trained to a loss and measured.

    python -m lib.studies.transition            goes on where it was stopped, and says how much time is left
    python -m lib.studies.transition --pack     writes what is finished to transition.npz, which the book reads

PARTS is the design, MEASURES what is measured of each network; `results()` reads the file.
"""
import json
import math
import random
import time
from pathlib import Path

import numpy as np
import torch

from .. import diagram
from ..cost import TYPICAL, Left, clock
from ..kernels import Interpolant
from ..lazy import foretell
from ..network import Network
from ..observables import knot_mass, movement
from ..order import POINTS, apart, effective_kinks, kernel_change, lazy_fit, mode_changes, pace, rotation, unreachable
from ..samples import Samples, from_points
from ..splines import linear_interpolant, natural_cubic, tv_minimal
from ..training import Diverged, train

TARGET, EPOCHS, SAFETY = 1e-3, 100_000, 0.5   # a run ends at this part of the first loss, or after so many epochs
SIZES = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0)                            # R / |y|
RATIOS = (-1000.0, -300.0, -100.0, -30.0, -10.0, -3.0, -1.0, 0.0, 1.0, 3.0, 10.0, 30.0, 100.0)    # d / R
FOUND, HELD = ("sine", "zigzag", "one-sided"), ("noisy", "clustered", "many")   # for finding a law; for testing it
MEASURES = ("loss", "epochs", "pace", "unreachable", "foretold", "expected", "rotation", "movement", "kernel", "mode1",
            "mode2", "mode4", "mode6", "mass", "kinks", "index", "lazy_index", "from_lazy",
            "gap", "from_rf", "from_tv", "seconds")
FILE = Path(__file__).with_suffix(".npz")
OVERHEAD = 0.012  # seconds of measuring for each network, besides what training costs
PARTS = {  # name: sets, laws, m, seeds, part of the largest stable step
    "narrow": (FOUND + HELD, diagram.LAWS, 64, 12, SAFETY),
    "middle": (FOUND + HELD, diagram.LAWS, 256, 7, SAFETY),
    "wide": (FOUND + HELD, diagram.LAWS, 1024, 2, SAFETY),
    "wider": (("sine", "zigzag", "noisy"), ("gaussian",), 4096, 2, SAFETY),
    "widest": (("sine", "zigzag"), ("gaussian",), 25_000, 1, SAFETY),
    "half": (FOUND + HELD, ("gaussian",), 64, 1, SAFETY / 2),
}


def data_sets() -> dict[str, Samples]:
    """Six sets of samples of different shape, each scaled so that the mean of y^2 is 1."""
    generator = torch.Generator().manual_seed(2019)
    x8, x40 = (torch.linspace(-1, 1, s, dtype=torch.float64) for s in (8, 40))
    noise = torch.randn(8, generator=generator, dtype=torch.float64)
    sets = {
        "sine": Samples(x8, torch.sin(2 * math.pi * x8 + 0.4)),
        "zigzag": from_points([[-1, 0.5], [-0.6, -0.6], [-0.2, 0.7], [0.2, -0.5], [0.6, 0.6], [1, -0.4]]),
        "one-sided": from_points([[0.2, -1.0], [0.4, -0.9], [0.6, -0.6], [0.8, 0.1], [1.0, 1.2], [1.2, 2.6]]),
        "noisy": Samples(x8, x8 + noise),
        "clustered": from_points([[-0.8, 0.7], [-0.7, 0.9], [-0.6, 0.5], [-0.1, -1], [0, -0.8], [0.7, 0.4], [0.8, 0.7]]),
        "many": Samples(x40, torch.cos(4 * x40 + 1)),
    }
    return {name: Samples(s.x, s.y / s.y.square().mean().sqrt()) for name, s in sets.items()}


def descend(network: Network, samples: Samples, target: float = TARGET, epochs: int = EPOCHS, safety: float = SAFETY):
    """The run of lib.training.train that ends when the loss is `target` of the first, or after so many epochs."""
    first = float((network(samples.x) - samples.y).square().sum()) / 2
    return train(network, samples, epochs, until=target * first, safety=safety, snapshots=2, threads=1, progress=False)


class Bench:
    """One set of samples, and what networks that are trained on it are compared with."""

    def __init__(self, samples: Samples):
        self.samples = samples
        self.x = torch.linspace(float(samples.x[0]), float(samples.x[-1]), POINTS, dtype=torch.float64)
        self.cubic, self.linear = natural_cubic(samples)(self.x), linear_interpolant(samples)(self.x)
        self.tv = tv_minimal(samples)(self.x)
        self.rf = {law: Interpolant(diagram.kernel(1.0, -math.inf, law), samples)(self.x) for law in diagram.LAWS}

    def index(self, values):
        """0 for the natural cubic, 1 for the linear interpolant."""
        cubic, linear = apart(values, self.cubic), apart(values, self.linear)
        return cubic / (cubic + linear)

    def measure(self, law: str, m: int, R: float, d: float, seed: int, safety: float = SAFETY) -> list[float]:
        """One network, trained and measured, in the order of MEASURES; nan throughout if it diverges."""
        began, samples = time.thread_time(), self.samples
        begin = diagram.start(m, R, d, law=law, seed=seed)
        try:
            run = descend(begin, samples, epochs=round(EPOCHS * SAFETY / safety), safety=safety)
        except Diverged:
            return [math.nan] * len(MEASURES)
        spent, end, elapsed = time.thread_time() - began, run.network, float(run.times[-1])
        values, lazy = end(self.x), lazy_fit(begin, samples, elapsed, self.x)
        told, modes = foretell(begin, samples, time=elapsed), mode_changes(begin, end, samples)
        found = {
            "loss": run.loss[-1] / run.loss[0], "epochs": run.epochs[-1], "seconds": spent,
            "pace": pace(end, samples, elapsed), "unreachable": unreachable(begin, samples),
            "foretold": foretell(begin, samples, until=TARGET).rotation, "expected": told.rotation,
            "rotation": rotation(begin, end), "movement": movement(begin, end),
            "kernel": kernel_change(begin, end, samples),
            "mode1": modes[0], "mode2": modes[1], "mode4": modes[3], "mode6": modes[5],
            "mass": knot_mass(end, samples), "kinks": effective_kinks(end, samples),
            "index": self.index(values), "lazy_index": self.index(lazy), "gap": told.gap,
            "from_lazy": apart(values, lazy), "from_rf": apart(values, self.rf[law]),
            "from_tv": apart(values, self.tv),
        }
        return [float(found[name]) for name in MEASURES]


def jobs(parts=tuple(PARTS)) -> dict[str, tuple]:
    """{key: (set, law, m, R, seed, safety)}: each is one row of the diagram, a network for every ratio."""
    found = {}
    for part in parts:
        sets, laws, m, seeds, safety = PARTS[part]
        for name in sets:
            for law in laws:
                for seed in range(seeds):
                    for R in SIZES:
                        found[f"{part} {name} {law} {seed} {R:g}"] = (name, law, m, R, seed, safety)
    return found


_benches: dict[str, Bench] = {}


def row(job) -> list[list[float]]:
    """The networks of one job, len(RATIOS) rows of MEASURES."""
    name, law, m, R, seed, safety = job
    if name not in _benches:
        _benches[name] = Bench(data_sets()[name])
    return [_benches[name].measure(law, m, R, q * R, seed, safety) for q in RATIOS]


def settings() -> dict:
    """All that the numbers of the study depend on, besides the code."""
    return {"target": TARGET, "epochs": EPOCHS, "ratios": RATIOS, "measures": MEASURES, "samples": data_sets()}


def run(path, parts=tuple(PARTS), executor=None) -> None:
    """Compute what the store at `path` lacks, printing now and then how far it is and how long it will take."""
    from ..store import Store, compute, versions

    wanted = jobs(parts)
    order = list(wanted)
    random.Random(0).shuffle(order)                                      # so that a part of the study is a sample of it
    with Store(path, settings(), about=versions()) as store:
        left = Left({key: expected(job) for key, job in wanted.items()})
        for key in store.done.keys() & wanted.keys():
            left.skip(key)
        began, shown, had = time.perf_counter(), 0.0, len(store.done.keys() & wanted.keys())
        for count, (key, _) in enumerate(compute(row, {key: wanted[key] for key in order}, store=store, executor=executor), 1):
            if count <= had:
                continue
            left.add(key)
            spent = time.perf_counter() - began
            if spent > shown + 60 or count == len(order):
                shown = spent
                print(f"{count} of {len(order)} rows of {len(RATIOS)} networks, {clock(left.seconds(spent))} left", flush=True)


def expected(job) -> float:
    """What a row should cost, in seconds, by lib.cost and the mean number of epochs."""
    name, _, m, *_ = job
    s = {"sine": 8, "zigzag": 6, "one-sided": 6, "noisy": 8, "clustered": 7, "many": 40}[name]
    return len(RATIOS) * (OVERHEAD + float(TYPICAL.seconds(m, s, 35_000)))


def pack(path, out=FILE) -> None:
    """Write what the store has to a small file: each measure as bfloat16 (within 0.4 %), nan for what is not done."""
    from ..store import Store, described

    wanted = jobs()
    with Store(path, settings()) as store:
        about, done = store.about, store.done
        numbers = torch.full((len(wanted), len(RATIOS), len(MEASURES)), math.nan, dtype=torch.float64)
        for k, key in enumerate(wanted):
            if key in done:
                numbers[k] = torch.tensor(done[key], dtype=torch.float64)
    count = int((~numbers.isnan().all(-1)).sum())
    about |= {"networks": count, "planned": len(wanted) * len(RATIOS), "finished": time.strftime("%Y-%m-%d %H:%M:%S %z"),
              "core_seconds": round(float(numbers[..., -1].nansum()), 1)}
    about |= {"settings": settings(), "parts": {name: list(part) for name, part in PARTS.items()}, "sizes": SIZES}
    columns = {name: numbers[..., k].flatten().to(torch.bfloat16).view(torch.int16).numpy() for k, name in enumerate(MEASURES)}
    np.savez_compressed(out, about=np.array(json.dumps(described(about))), **columns)


class Results:
    """The networks of the study as columns, NumPy arrays (n,): part, set, law, m, seed, R, ratio, and MEASURES."""

    def __init__(self, columns: dict, about: dict):
        self.columns, self.about = columns, about

    def __getitem__(self, which):
        """A column by its name; the networks of a mask (n,) as Results."""
        if isinstance(which, str):
            return self.columns[which]
        return Results({name: column[which] for name, column in self.columns.items()}, self.about)

    def __len__(self):
        return len(self["m"])

    def only(self, **values) -> "Results":
        """The networks whose columns have these values, or one of these values."""
        mask = np.ones(len(self), bool)
        for name, value in values.items():
            mask &= np.isin(self[name], list(value) if isinstance(value, (tuple, list, set)) else [value])
        return self[mask]


def results(path=FILE) -> Results:
    """The study as it is in the book: all networks that were trained, with where they are in the design."""
    with np.load(path) as file:
        about = json.loads(str(file["about"]))
        columns = {name: torch.from_numpy(file[name]).view(torch.bfloat16).double().numpy() for name in MEASURES}
    rows = [(key.split()[0], *job) for key, job in jobs().items()]
    part, name, law, m, R, seed, _ = (np.repeat(column, len(RATIOS)) for column in zip(*rows))
    design = {"part": part, "set": name, "law": law, "m": m, "R": R, "seed": seed, "ratio": np.tile(RATIOS, len(rows))}
    return Results(design | columns, about)[~np.isnan(columns["seconds"])]


if __name__ == "__main__":
    import argparse
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    parser = argparse.ArgumentParser(description="The study of the transition")
    parser.add_argument("--store", default="_build/transition.store")
    parser.add_argument("--part", nargs="*", default=list(PARTS), choices=list(PARTS))
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--dask", help="the address of a Dask scheduler")
    parser.add_argument("--pack", action="store_true")
    given = parser.parse_args()
    Path(given.store).parent.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    if given.pack:
        pack(given.store)
    elif given.dask:
        from distributed import Client

        run(given.store, given.part, Client(given.dask).get_executor())
    elif given.processes > 1:
        with ProcessPoolExecutor(given.processes, get_context("spawn"), torch.set_num_threads, (1,)) as pool:
            run(given.store, given.part, pool)
    else:
        run(given.store, given.part)
