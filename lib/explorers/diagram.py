"""The explorer of the diagram of regimes: networks all over the plane of starts, and its edges."""
import contextlib
import functools
import math

import torch

from ..lazy import resolved, settling
from ..network import Network
from ..starts import stratified
from ..studies.law import ARRIVED, FEW, STUCK, UNFINISHED, outcomes
from ..studies.pictures import TURNED
from ..studies.transition import RATIOS, SIZES, TARGET
from .base import Choice, Flag, Number, Points
from .facts import LAST, PRESETS, SEEDS
from .mapped import INDEX, UNIT, Mapped, draw_cells, points_for_a_map

ENDINGS = (ARRIVED, STUCK, FEW, UNFINISHED)
FAR, NEAR = 1e6, 1e-3     # |d|/R at the left and right edges, R/|y| at the lower one
INDICES = ("rotation", "knots", "adaptivity", "loss")


class Diagram(Mapped):
    """A map of networks over d/R and R/|y|, trained to a loss; watch one, and its four limits.

    ratio, R: the chosen cell, d/R with d = m delta / alpha and R in units of the root mean square
    of y, from RATIOS and SIZES of lib.studies.transition;  points: pairs (x, y), or `samples`, at
    least three;  m, seed: the start (see lib.starts.stratified);  epochs: after which a run ends
    that has not come to TARGET of its first loss;  index: what the map shows, "rotation", "knots"
    (knot_mass) or "adaptivity" of lib.measures, or "loss", the part that is left;  epoch, playing:
    of the chosen network, which is `network`.
    `measured()` is the map as a lib.tables.Table, `limits()` the functions at the four edges.
    Raises ValueError naming a bad option.
    """

    _js = "diagram"
    tables = {"ENDINGS": ENDINGS, "TARGET": TARGET, "FAR": FAR, "NEAR": NEAR,
              "TURNED": TURNED}
    alt = ("A map over the ratio of delta to the size R of the neurons, and R in units of the "
           "samples: above, and most of all on the upper left, neurons hardly turn; below they "
           "turn, and on the lower right runs get stuck. Beside it one of the networks, and its "
           "limits at the four edges of the map.")
    ratio = Choice(list(RATIOS), -3.0)
    R = Choice(list(SIZES), 30.0)
    points = Points(PRESETS["sine"][1])
    m = Number(64, least=2, most=10_000, even=True)
    seed = Number(0, least=0, most=SEEDS - 1, whole=True)
    epochs = Number(20_000, least=10, most=LAST, whole=True)
    index = Choice(list(INDICES), "rotation")
    epoch = Number(0, least=0, most=LAST, whole=True)
    playing = Flag(True)

    @property
    def network(self) -> Network:
        """The chosen network after `epoch` epochs, or at its target, by lib.training.train."""
        return self._trained(self.epoch)

    def _trained(self, epoch):
        start = _start(self.samples, self.m, self.R, self.ratio * self.R, self.seed)
        return _descend(start, self.samples, epoch).network

    def measured(self):
        """The numbers of the map, a lib.tables.Table with axes ratio, R.

        rotation, knots, adaptivity, loss (the part that is left), and ended: the place in ENDINGS
        of how it ended; nan for a run that diverged.  Raises ValueError for bad samples.
        """
        return _measured(tuple(map(tuple, self.points)), self.m, self.seed, self.epochs)

    def limits(self) -> dict:
        """{edge: f} of the functions to which the chosen network goes at the edges of the plane.

        With its own random numbers: "left" and "top", the fits of the kernel of the start at d/R =
        -FAR and of its own, at the target;  "right" and "bottom", networks trained from d/R = FAR
        and from R = NEAR at its own d.
        """
        samples, d = self.samples, self.ratio * self.R
        at = lambda R, d: _start(samples, self.m, R, d, self.seed)
        still = lambda start: lambda x: _lazy(start, samples, x)
        moving = lambda start: _descend(start, samples, self.epochs).network
        return {"left": still(at(self.R, -FAR * self.R)), "top": still(at(self.R, d)),
                "bottom": moving(at(NEAR, d)), "right": moving(at(self.R, FAR * self.R))}

    def _key(self):
        return [self.points, self.m, self.seed, self.epochs]

    def _numbers(self):
        return self.measured().values

    def fallback(self, figure):
        """The map with its dots and rings, the chosen network at its end, its limits."""
        from .. import figures

        left, right, edges = figure.subplots(1, 3, width_ratios=(1.5, 1, 0.5))
        edges.remove()
        left.set(xlabel=r"$\hat\delta/R$", ylabel=r"$R/\vert y\vert$")
        if self.table is None:
            return
        colours = {
            "rotation": ["white", figures.LINEAR],
            "knots": ["white", figures.LINEAR],
            "adaptivity": [figures.CUBIC, "white", figures.LINEAR],
            "loss": ["white", figures.RESIDUAL],
        }[self.index]
        numbers = self._numbers()[self.index]
        shades = numbers
        if self.index == "rotation":
            shades = numbers**2 / (numbers**2 + TURNED**2)
        names = [f"{q:g}" for q in RATIOS], [f"{R:g}" for R in SIZES]
        draw_cells(left, shades, names, colours, numbers, "{:.2f}", **UNIT)
        left.tick_params(axis="x", labelrotation=45)
        for how, colour in ((STUCK, figures.INK), (UNFINISHED, "none"), (FEW, "none")):
            i, j = (self._numbers()["ended"] == ENDINGS.index(how)).nonzero(as_tuple=True)
            left.scatter(i + 0.36, j + 0.34, s=5, c=colour, edgecolors=figures.INK, linewidths=0.5)
        self._draw_network(right, self._trained(self.epochs))
        x, places = figures.grid(self.samples), (0.78, 0.54, 0.3, 0.06)
        for (name, f), place in zip(self.limits().items(), places):
            ax = figure.add_axes((0.86, place, 0.13, 0.16))
            tone = figures.KERNEL if name in ("left", "top") else figures.LINEAR
            figures.curve(ax, f, x, tone, lw=1.5)
            figures.data(ax, self.samples, ms=2.5, mew=0.7)
            ax.set(xticks=[], yticks=[])
            ax.set_title(name, fontsize=7, pad=2)


def _start(samples, m, R, d, seed) -> Network:
    """The network at (R, d) in units of |y|."""
    unit = (float(samples.y.square().mean().sqrt()) if samples.s else 0) or 1.0
    size = unit / math.sqrt(m)
    return stratified(m, delta=d * size, scale=R * size, seed=seed)


def _descend(start, samples, epochs):
    from ..training import train

    goal = TARGET * float(samples.y.square().sum()) / 2
    return train(start, samples, epochs, until=goal, safety=1.0, snapshots=2, progress=False)


def _lazy(start, samples, x):
    """The flow of the start's own kernel at x, when its loss is at the target."""
    from ..dynamics import residuals, tangent_kernel
    from ..order import lazy_fit

    rates, V = torch.linalg.eigh(tangent_kernel(start, samples.x))
    modes = V.mT @ residuals(start, samples)
    time = settling(torch.where(resolved(rates), rates, 0.0), modes, TARGET)
    return lazy_fit(start, samples, time, x)


@functools.lru_cache(8)
def _measured(points, m, seed, epochs):
    from ..measures import knot_mass, rotation
    from ..order import pace, unreachable
    from ..tables import Table
    from ..training import Diverged

    samples = points_for_a_map(points)
    found = {name: torch.full((len(RATIOS), len(SIZES)), math.nan, dtype=torch.float64)
             for name in (*INDICES, "ended")}
    for i, ratio in enumerate(RATIOS):
        for j, R in enumerate(SIZES):
            start = _start(samples, m, R, ratio * R, seed)
            with contextlib.suppress(Diverged):
                run = _descend(start, samples, epochs)
                end, left = run.network, float(run.loss[-1] / run.loss[0])
                how = {"loss": [left], "pace": [float(pace(end, samples, run.times[-1]))],
                       "unreachable": [float(unreachable(start, samples))]}
                values = {"rotation": rotation(start, end), "knots": knot_mass(end, samples),
                          "adaptivity": INDEX(end, samples), "loss": left,
                          "ended": ENDINGS.index(outcomes(how, TARGET)[0])}
                for name, value in values.items():
                    found[name][i, j] = value
    return Table({"ratio": RATIOS, "R": SIZES}, found)
