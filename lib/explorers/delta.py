"""The explorer of delta: the same start, the same rule, and two different splines."""
import math

import traitlets

from ..network import Canonical, Network
from ..starts import regime, stratified
from .base import Choice, Explorer, Flag, Number, Points
from .facts import LAST, PRESETS, SEEDS


class Start(traitlets.TraitType):
    """A start of one's own: None, or a dict with r, theta and alpha of one network."""

    def validate(self, obj, value):
        """The dict, with lists of floats as JSON has them; raises ValueError."""
        try:
            own = Canonical(value["r"], value["theta"])
            if own.r.ndim > 1:
                raise ValueError(f"r: want one row (no batch), got shape {tuple(own.r.shape)}")
            alpha = own.lift(0.0, value["alpha"]).alpha
        except (LookupError, TypeError, ValueError) as error:
            wants = "None, or r, theta and alpha of one network"
            raise ValueError(f"{self.name}: want {wants}: {error}") from None
        return {"r": own.r.tolist(), "theta": own.theta.tolist(), "alpha": float(alpha)}


class Delta(Explorer):
    """Train a network live, on samples that can be dragged.

    delta: from -inf (only c moves) to +inf (only a, b move);  points: pairs (x, y), or `samples`;
    m: even;  seed, scale: the start (see lib.starts.stratified);  epoch: the epoch on screen;
    playing;  speed: "slow", "normal", "fast" or "most".
    All can be read and set while the figure is on screen; `network` is the one on screen, and
    setting it starts from it.
    Raises ValueError naming a bad option.  Williams et al. 2019, Fig. 5-7, Eq. (45) corrected.
    """

    _js = "delta"
    alt = ("Three trained networks with the same start through the same samples: with delta = -inf "
           "the function is close to the natural cubic spline, with delta = +inf it is made of "
           "straight pieces.")
    delta = Number(0.0, least=-math.inf, most=math.inf, ends=True)
    points = Points(PRESETS["zigzag"][1])
    m = Number(400, least=2, most=10_000, even=True)
    seed = Number(0, least=0, most=SEEDS - 1, whole=True)
    scale = Number(2.0, least=0.001, most=1000)
    epoch = Number(0, least=0, most=LAST, whole=True)
    playing = Flag(True)
    speed = Choice(["slow", "normal", "fast", "most"], "normal")
    initial = Start(None, allow_none=True).tag(sync=True)

    @property
    def start(self) -> Network:
        """The network at epoch 0."""
        return self._lifted(self.delta)[0]

    @property
    def network(self) -> Network:
        """The network on screen, trained here by lib.training.train.

        Setting it makes its (r, theta) the start.
        """
        return self._trained(self.delta, self.epoch)

    @network.setter
    def network(self, value):
        if not isinstance(value, Network) or value.a.ndim != 1:
            raise ValueError(f"network: want one lib.network.Network (no batch), got {value!r}")
        reduced = value.canonical()
        own = {"r": reduced.r, "theta": reduced.theta, "alpha": value.alpha}
        self._set_all(initial=own, delta=value.delta.mean(), epoch=0)

    def _lifted(self, delta):
        value, how = regime(delta)
        if not self.initial:
            return stratified(self.m, delta=value, scale=self.scale, seed=self.seed), how
        own = self.initial
        return Canonical(own["r"], own["theta"]).lift(value, own["alpha"]), how

    def _trained(self, delta, epoch):
        from ..training import train

        network, how = self._lifted(delta)
        run = train(network, self.samples, epoch, train=how, safety=1.0, snapshots=2,
                    progress=False)
        return run.network

    def fallback(self, figure):
        """Three panels: delta = -inf, 0, +inf after 20000 epochs."""
        from .. import figures
        from ..splines import linear_interpolant, natural_cubic

        names = (r"$\delta = -\infty$", r"$\delta = 0$", r"$\delta = +\infty$")
        splines = (natural_cubic, figures.CUBIC), (linear_interpolant, figures.LINEAR)
        samples = self.samples
        x = figures.grid(samples)
        inside = x[(x >= samples.x[0]) & (x <= samples.x[-1])]
        axes = figure.subplots(1, 3, sharey=True)
        for ax, delta, name in zip(axes, (-math.inf, 0.0, math.inf), names):
            for spline, colour in splines if samples.s > 1 else ():
                figures.curve(ax, spline(samples), inside, colour, lw=3, alpha=0.7)
            figures.function(ax, self._trained(delta, 20_000), samples, x=x)
            ax.set_title(name)
