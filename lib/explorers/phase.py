"""The explorer of regimes: a map over delta and m, each cell a network that can be watched."""
import functools
import math

from ..network import Network
from ..starts import regime, stratified
from .base import Choice, Flag, Number, Points
from .facts import CELLS, SEEDS
from .mapped import INDEX, UNIT, Mapped, draw_cells, points_for_a_map

DELTAS, WIDTHS = CELLS["delta"], CELLS["m"]
SAMPLES = [[-1.0, 0.5], [-0.5, -0.6], [0.0, 0.6], [0.5, -0.5], [1.0, 0.4]]
INDICES = {"adaptivity": "adaptivity", "knots": "knot_mass", "loss": "loss"}


class Phase(Mapped):
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

    def _numbers(self):
        mean = self.measured().mean("seed")
        return {index: mean[measure] for index, measure in INDICES.items()}

    def _key(self):
        return [self.points, self.scale, self.seed, self.starts, self.epochs]

    def fallback(self, figure):
        """The map, and the chosen network at the end."""
        from matplotlib.colors import LogNorm

        from .. import figures

        left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
        left.set(xlabel=r"$\delta$", ylabel="neurons $m$")
        if self.table is not None:
            colours, text, scale = {
                "adaptivity": ([figures.CUBIC, "white", figures.LINEAR], "{:.2f}", UNIT),
                "knots": (["white", figures.LINEAR], "{:.2f}", UNIT),
                "loss": (["white", figures.RESIDUAL], "{:.0e}", {"norm": LogNorm(1e-9, 1)}),
            }[self.index]
            names = [r"$-\infty$", *(f"{d:g}" for d in DELTAS[1:-1]), r"$+\infty$"], WIDTHS
            numbers = self._numbers()[self.index]
            draw_cells(left, numbers, names, colours, numbers, text, **scale)
            self._draw_network(right, self._trained(self.epochs))


@functools.lru_cache(8)
def _measured(points, scale, seeds, epochs):
    from ..measures import knot_mass
    from ..sweeps import sweep

    axes = {"delta": DELTAS, "m": WIDTHS, "seed": seeds, "scale": scale}
    measures = {"adaptivity": INDEX, "knot_mass": knot_mass}
    return sweep(points_for_a_map(points), epochs, axes, measures, start=stratified, safety=1.0)
