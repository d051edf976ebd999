"""The study of the transition: networks all over the diagram (R, d), trained to a loss, measured.

    python -m lib.studies.transition            goes on where it was stopped, and says what is left
    python -m lib.studies.transition --pack     writes transition.zip, which the book reads

PARTS is the design, MEASURES what is measured of each network; `results()` reads the file.
"""
import contextlib
import math
import time
from pathlib import Path

import torch
from torch import Tensor

from .. import diagram
from ..cost import TYPICAL
from ..kernels import Interpolant
from ..lazy import foretell
from ..measures import knot_mass, movement, rotation
from ..network import Network
from ..order import (
    POINTS,
    apart,
    effective_kinks,
    kernel_change,
    lazy_fit,
    mode_changes,
    pace,
    unreachable,
)
from ..samples import Samples, from_points
from ..splines import linear_interpolant, natural_cubic
from ..sweeps import stacked
from ..training import Diverged, Run, train
from ..variation import tv_minimal
from .results import Results, read

# a run ends at this part of the first loss, or after so many epochs; its part of 1 / curvature
TARGET, EPOCHS, SAFETY = 3e-3, 100_000, 0.5
SIZES = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0)           # R / |y|
RATIOS = (-1000.0, -300.0, -100.0, -30.0, -10.0, -3.0, -1.0, 0.0, 1.0, 3.0, 10.0, 30.0, 100.0)
FOUND = ("sine", "zigzag", "one-sided")                                          # to find a law
HELD = ("noisy", "clustered", "many")                                            # to test it on
MEASURES = ("loss", "epochs", "seconds", "pace", "unreachable", "foretold", "rotation", "movement",
            "kernel", "mode1", "mode6", "mass", "kinks", "index", "lazy_index", "from_lazy", "gap",
            "from_rf", "from_tv")
KNOWN = ("loss", "epochs", "seconds")       # what a network does not show
FILE = Path(__file__).with_suffix(".zip")
OVERHEAD = 0.005  # seconds of measuring for each network, besides what training costs
PARTS = {  # name: sets, laws, m, seeds, safety
    "narrow": (FOUND + HELD, diagram.LAWS, 64, 14, SAFETY),
    "middle": (FOUND + HELD, diagram.LAWS, 256, 5, SAFETY),
    "wide": (FOUND + HELD, diagram.LAWS, 1024, 2, SAFETY),
    "wider": (("sine", "zigzag", "noisy"), ("gaussian",), 4096, 2, SAFETY),
    "widest": (("sine", "zigzag"), ("gaussian",), 25_000, 1, SAFETY),
    "half": (FOUND + HELD, ("gaussian",), 64, 1, SAFETY / 2),
    "card": (FOUND + HELD, ("gaussian",), 64, 1, SAFETY),   # on a graphics card, where there is one
}


def data_sets() -> dict[str, Samples]:
    """Six sets of samples of different shape, each scaled so that the mean of y^2 is 1."""
    generator = torch.Generator().manual_seed(2019)
    x8, x40 = (torch.linspace(-1, 1, s, dtype=torch.float64) for s in (8, 40))
    noise = torch.randn(8, generator=generator, dtype=torch.float64)
    zigzag = [[-1, 0.5], [-0.6, -0.6], [-0.2, 0.7], [0.2, -0.5], [0.6, 0.6], [1, -0.4]]
    one_sided = [[0.2, -1.0], [0.4, -0.9], [0.6, -0.6], [0.8, 0.1], [1.0, 1.2], [1.2, 2.6]]
    clustered = [[-0.9, 0.7], [-0.75, 0.9], [-0.6, 0.5], [-0.1, -1], [0.05, -0.8], [0.65, 0.4],
                 [0.8, 0.7]]
    sets = {
        "sine": Samples(x8, torch.sin(2 * math.pi * x8 + 0.4)),
        "zigzag": from_points(zigzag),
        "one-sided": from_points(one_sided),
        "noisy": Samples(x8, x8 + noise),
        "clustered": from_points(clustered),
        "many": Samples(x40, torch.cos(4 * x40 + 1)),
    }
    return {name: Samples(s.x, s.y / s.y.square().mean().sqrt()) for name, s in sets.items()}


def descend(network: Network, samples: Samples, *, safety=SAFETY, longer=1, **options) -> Run:
    """The run of lib.training.train that ends when the loss is TARGET of the first, of f = 0.

    longer: how many times the EPOCHS it may take.
    """
    goal = TARGET * float(samples.y.square().sum()) / 2
    epochs = round(longer * EPOCHS * SAFETY / safety)
    options = {"snapshots": 2, "threads": 1, "progress": False} | options
    return train(network, samples, epochs, until=goal, safety=safety, **options)


class Bench:
    """One set of samples, and what networks that are trained on it are compared with."""

    def __init__(self, samples: Samples):
        self.samples = samples
        ends = float(samples.x[0]), float(samples.x[-1])
        self.x = torch.linspace(*ends, POINTS, dtype=torch.float64)
        self.cubic, self.linear = (f(samples)(self.x) for f in (natural_cubic, linear_interpolant))
        self.tv = tv_minimal(samples)(self.x)
        self.rf = {law: Interpolant(diagram.kernel(1.0, -math.inf, law), samples)(self.x)
                   for law in diagram.LAWS}

    def index(self, values: Tensor) -> Tensor:
        """0 for the natural cubic, 1 for the linear interpolant, (...) of values (..., POINTS)."""
        cubic, linear = apart(values, self.cubic), apart(values, self.linear)
        return cubic / (cubic + linear)

    def measure(self, law: str, m: int, places, seed: int, safety=SAFETY, device="cpu") -> Tensor:
        """Networks at places (R, d), trained and measured, (places, len(MEASURES)).

        On the cpu one by one, elsewhere together, where how many epochs each took is not known.  A
        network that diverges is nan.
        """
        starts = [diagram.start(m, R, d, law=law, seed=seed) for R, d in places]
        found = torch.full((len(starts), len(MEASURES)), math.nan, dtype=torch.float64)
        ends = self._each(starts, safety) if device == "cpu" else self._all(starts, safety, device)
        if ends:
            known = {name: [end[name] for end in ends.values()] for name in KNOWN}
            after = stacked([end["network"] for end in ends.values()])
            elapsed = torch.stack([end["time"] for end in ends.values()])
            before = stacked([starts[k] for k in ends])
            found[list(ends)] = self.compare(before, after, elapsed, law, known)
        return found

    def _each(self, starts, safety) -> dict[int, dict]:
        ends = {}
        for k, start in enumerate(starts):
            began = time.thread_time()
            with contextlib.suppress(Diverged):
                run = descend(start, self.samples, safety=safety)
                ends[k] = {"network": run.network, "time": run.times[-1], "epochs": run.epochs[-1],
                           "loss": run.loss[-1] / run.loss[0],
                           "seconds": time.thread_time() - began}
        return ends

    def _all(self, starts, safety, device) -> dict[int, dict]:
        began = time.perf_counter()
        try:
            run = descend(stacked(starts).to(device), self.samples.to(device), safety=safety)
        except Diverged:
            return {}
        spent, end = (time.perf_counter() - began) / len(starts), run.network.to("cpu")
        loss, times = (run.loss[-1] / run.loss[0]).cpu(), run.times[-1].cpu()
        return {k: {"network": end[k], "time": times[k], "epochs": math.nan, "loss": loss[k],
                    "seconds": spent} for k in range(len(starts))}

    def compare(self, begin: Network, end: Network, elapsed: Tensor, law: str, known) -> Tensor:
        """All MEASURES of networks (n, m) that were trained for times (n,), (n, len(MEASURES)).

        known: {name: (n,)}, those that the networks do not show.
        """
        samples = self.samples
        values, lazy = end(self.x), lazy_fit(begin, samples, elapsed, self.x)
        modes = mode_changes(begin, end, samples)
        found = known | {
            "pace": pace(end, samples, elapsed), "unreachable": unreachable(begin, samples),
            "foretold": foretell(begin, samples, until=TARGET).rotation,
            "rotation": rotation(begin, end), "movement": movement(begin, end),
            "kernel": kernel_change(begin, end, samples), "mode1": modes[:, 0],
            "mode6": modes[:, 5], "mass": knot_mass(end, samples),
            "kinks": effective_kinks(end, samples), "index": self.index(values),
            "lazy_index": self.index(lazy), "from_lazy": apart(values, lazy),
            "gap": foretell(begin, samples, time=elapsed).gap,
            "from_rf": apart(values, self.rf[law]), "from_tv": apart(values, self.tv),
        }
        return torch.stack([torch.as_tensor(found[name]).double() for name in MEASURES], -1)


def jobs(which=tuple(PARTS)) -> dict[str, tuple]:
    """{key: (set, law, m, R, seed, safety, device)}: rows of the diagram, a network a ratio."""
    found = {}
    for part in which:
        sets, laws, m, seeds, safety = PARTS[part]
        for name in sets:
            for law in laws:
                for seed in range(seeds):
                    for R in SIZES:
                        key = f"{part} {name} {law} {seed} {R:g}"
                        device = "cuda" if part == "card" else "cpu"
                        found[key] = (name, law, m, R, seed, safety, device)
    return found


def parts() -> tuple[str, ...]:
    """The parts that this machine can compute."""
    return tuple(name for name in PARTS if name != "card" or torch.cuda.is_available())


_benches: dict[str, Bench] = {}


def row(job) -> list[list[float]]:
    """The networks of one job, len(RATIOS) rows of MEASURES."""
    name, law, m, R, *how = job
    if name not in _benches:
        _benches[name] = Bench(data_sets()[name])
    return _benches[name].measure(law, m, [(R, q * R) for q in RATIOS], *how).tolist()


def settings() -> dict:
    """All that the numbers of the study depend on, besides the code."""
    return {"target": TARGET, "epochs": EPOCHS, "ratios": RATIOS, "measures": MEASURES,
            "samples": data_sets()}


def expected(job) -> float:
    """What a row should cost, in seconds, by lib.cost and the mean number of epochs."""
    name, _, m, *_ = job
    s = {"sine": 8, "zigzag": 6, "one-sided": 6, "noisy": 8, "clustered": 7, "many": 40}[name]
    return len(RATIOS) * (OVERHEAD + float(TYPICAL.seconds(m, s, 25_000)))


def results(path=FILE) -> Results:
    """The study as it is in the book: all networks that were trained, with their place in it."""
    rows = [(key.split()[0], *job[:5]) for key, job in jobs().items()]
    return read(path, ("part", "set", "law", "m", "R", "seed"), rows, RATIOS)


if __name__ == "__main__":
    from . import command, transition

    command.main(transition)
