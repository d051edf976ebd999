"""The explorer of regimes: a map over delta and m, each cell a network that can be watched."""
import functools
import math

import torch
import traitlets

from ..network import Network
from ..starts import regime, stratified
from .base import Choice, Explorer, Flag, Number, Points
from .facts import CELLS, GAPS, SEEDS

DELTAS, WIDTHS = CELLS["delta"], CELLS["m"]
SAMPLES = [[-1.0, 0.5], [-0.5, -0.6], [0.0, 0.6], [0.5, -0.5], [1.0, 0.4]]
INDICES = {"adaptivity": "adaptivity", "knots": "knot_mass", "loss": "loss"}


class Phase(Explorer):
    """A map of trained networks over delta and the number of neurons m; watch the chosen one.

    delta, m: the chosen cell;  points: pairs (x, y), or `samples`, at least three;  epochs: how
    long all train;  scale, seed: the start (see lib.starts.stratified);  starts: cells are means
    over the seeds seed, seed + 1, ...;  index: what the map shows, "adaptivity"
    (lib.measures.adaptivity), "knots" (lib.measures.knot_mass) or "loss";  epoch, playing: of the
    chosen network, which is `network`.  `measured()` is the map as a lib.tables.Table.
    Raises ValueError naming a bad option.  Williams et al. 2019, Sec. 4, Fig. 5-8.
    """

    _js = "phase"
    alt = ("A map over delta and the number of neurons: on the left, delta = -infinity, trained "
           "networks are close to cubic splines; from about delta = -10 on they are straight "
           "pieces, and the more neurons the later. Beside it one of the networks.")
    delta = Number(-30.0, least=-math.inf, most=math.inf, ends=True)
    m = Number(200, least=2, most=10_000, even=True)
    points = Points(SAMPLES)
    epochs = Number(5000, least=10, most=20_000, whole=True)
    scale = Number(2.0, least=0.001, most=1000)
    seed = Number(0, least=0, most=SEEDS - 1, whole=True)
    starts = Number(1, least=1, most=64, whole=True)
    index = Choice(list(INDICES), "adaptivity")
    epoch = Number(0, least=0, most=20_000, whole=True)
    playing = Flag(True)
    table = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)

    @property
    def network(self) -> Network:
        """The chosen network after `epoch` epochs, trained here by lib.training.train."""
        return self._trained(self.epoch)

    def _trained(self, epoch):
        from ..training import train

        z = stratified(self.m, delta=self.delta, scale=self.scale, seed=self.seed)
        run = train(z, self.samples, epoch, train=regime(self.delta)[1], safety=1.0, snapshots=2,
                    progress=False)
        return run.network

    def measured(self):
        """The numbers of the map, a lib.tables.Table with axes delta, m, seed.

        Raises ValueError for bad samples.
        """
        seeds = tuple((self.seed + k) % SEEDS for k in range(self.starts))
        return _measured(tuple(map(tuple, self.points)), self.scale, seeds, self.epochs)

    def to_html(self) -> str:
        """The explorer for a page without a kernel, with its map made here.

        The page makes it anew when needed.
        """
        if self._key() != (self.table and self.table.get("key")):
            try:
                mean = self.measured().mean("seed")
            except ValueError:                       # no map: the page says what is missing
                self.table = None
            else:
                # JSON knows no nan
                finite = lambda row: [v if math.isfinite(v) else None for v in row]
                numbers = {name: list(map(finite, t.tolist())) for name, t in mean.values.items()}
                self.table = {"key": self._key(), **numbers}
        return super().to_html()

    def _key(self):
        return [self.points, self.scale, self.seed, self.starts, self.epochs]

    def fallback(self, figure):
        """The map, and the chosen network at the end."""
        from matplotlib.colors import LinearSegmentedColormap, LogNorm

        from .. import figures
        from ..splines import linear_interpolant, natural_cubic

        left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
        left.set(xlabel=r"$\delta$", ylabel="neurons $m$")
        if self.table is not None:
            numbers = self.measured().mean("seed")[INDICES[self.index]]
            ends = {"adaptivity": [figures.CUBIC, "white", figures.LINEAR],
                    "knots": ["white", figures.LINEAR],
                    "loss": ["white", figures.RESIDUAL]}[self.index]
            scale = {"norm": LogNorm(1e-9, 1)} if self.index == "loss" else {"vmin": 0, "vmax": 1}
            colours = LinearSegmentedColormap.from_list("index", ends)
            left.imshow(numbers.T.numpy(), origin="lower", aspect="auto", cmap=colours, **scale)
            names = [r"$-\infty$", *(f"{d:g}" for d in DELTAS[1:-1]), r"$+\infty$"]
            left.set_xticks(range(len(DELTAS)), names, fontsize=7)
            left.set_yticks(range(len(WIDTHS)), WIDTHS, fontsize=7)
            for i, row in enumerate(numbers.tolist()):
                for j, value in enumerate(row):
                    text = f"{value:.0e}" if self.index == "loss" else f"{value:.2f}"
                    left.text(i, j, text, ha="center", va="center", fontsize=5.5)
            x = figures.grid(self.samples)
            inside = x[(x >= self.samples.x[0]) & (x <= self.samples.x[-1])]
            splines = (natural_cubic, figures.CUBIC), (linear_interpolant, figures.LINEAR)
            for spline, colour in splines:
                figures.curve(right, spline(self.samples), inside, colour, lw=3, alpha=0.7)
            figures.function(right, self._trained(self.epochs), self.samples, x=x)


@functools.lru_cache(8)
def _measured(points, scale, seeds, epochs):
    from ..measures import knot_mass
    from ..samples import from_points
    from ..sweeps import sweep

    if len(points) < 3:
        raise ValueError(f"points: want at least three for a map, got {len(points)}")
    axes = {"delta": DELTAS, "m": WIDTHS, "seed": seeds, "scale": scale}
    measures = {"adaptivity": _adaptivity, "knot_mass": knot_mass}
    return sweep(from_points(points), epochs, axes, measures, start=stratified,
                 safety=1.0)


def _adaptivity(networks, samples):
    """lib.measures.adaptivity on GAPS points and with one evaluation, as js/numerics/cells.js."""
    from ..measures import distance
    from ..splines import linear_interpolant, natural_cubic

    lo, hi = float(samples.x[0]), float(samples.x[-1])
    values = networks(torch.linspace(lo, hi, GAPS, dtype=torch.float64))
    cubic, linear = (distance(lambda x: values, spline(samples), lo, hi, n=GAPS).l2
                     for spline in (natural_cubic, linear_interpolant))
    return cubic / (cubic + linear)
