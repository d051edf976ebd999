"""The explorer of kernel and spline: the law of the knots decides how the curve bends."""
import math
from collections.abc import Callable
from typing import NamedTuple

import torch

from ..kernels import Interpolant, Kernel, ntk, rf
from ..laws import Box, Gaussian, Law, Signed
from .base import Choice, Explorer, Flag, Number, Points

SAMPLES = [[-1.0, 0.0], [-0.75, -0.6], [-0.3, 0.9], [-0.1, 0.4], [0.3, 0.6], [0.65, -0.7],
           [1.0, 0.2]]


class Shape(NamedTuple):
    """A law to choose: what it is called, its options {name: (label, trait)}, and both ways."""

    label: str
    options: dict[str, tuple[str, Number]]
    law: Callable[..., Law]                       # of the values of the options
    values: Callable[[Law], dict[str, float]]


def _size(usual: float) -> Number:
    return Number(usual, least=0.01, most=1000)


def _gaussian(sigma_a, sigma_b, correlation) -> Gaussian:
    mixed = correlation * sigma_a * sigma_b
    return Gaussian(((sigma_a * sigma_a, mixed), (mixed, sigma_b * sigma_b)))


def _spreads(law: Gaussian) -> dict[str, float]:
    (aa, ab), (_, bb) = law.covariance
    return {"sigma_a": math.sqrt(aa), "sigma_b": math.sqrt(bb),
            "correlation": ab / math.sqrt(aa * bb)}


SHAPES = {
    "Box": Shape("a, b uniform in a box", {"A": ("a up to A", _size(1.0)),
                                           "B": ("b up to B", _size(0.5))},
                 Box, lambda law: {"A": law.A, "B": law.B}),
    "Signed": Shape("a = ±1, b uniform", {"R": ("b up to R", _size(0.8))},
                    Signed, lambda law: {"R": law.R}),
    "Gaussian": Shape("Gaussian", {"sigma_a": ("σ of a", _size(1.0)),
                                   "sigma_b": ("σ of b", _size(1.0)),
                                   "correlation": ("correlation",
                                                   Number(0.0, least=-0.99, most=0.99))},
                      _gaussian, _spreads),
}


class KernelSpline(Explorer):
    """Training in the kernel regime, in closed form at any time t, on samples that can be dragged.

    law: a lib.laws law, or `shape` "Box" (with A, B), "Signed" (R) or "Gaussian" (sigma_a, sigma_b,
    correlation);  kind: "rf", only c is trained, or "ntk", everything is, with c2 = E c^2 at the
    start;  time: a number >= 0 or inf;  points: pairs (x, y), or `samples`;  place: the x of the
    kernel's slice k(x, .);  playing: whether t runs.  `kernel` and `interpolant` are what is on
    screen.  Raises ValueError naming a bad option.
    Williams et al. 2019, Theorem 5, Eq. (22)-(28), corrected.
    """

    _js = "kernel"
    alt = ("A curve through seven samples that a very wide network learns, beside the natural "
           "cubic spline; below it the weight that says where the random knots let it bend, and to "
           "the right the kernel whose slices add up to it.")
    tables = {"SHAPES": {name: {"label": shape.label,
                                "options": {key: label for key, (label, _) in
                                            shape.options.items()}}
                         for name, shape in SHAPES.items()}}
    shape = Choice(list(SHAPES), "Box")
    vars().update({name: trait for shape in SHAPES.values()
                   for name, (_, trait) in shape.options.items()})
    kind = Choice(["rf", "ntk"], "rf")
    c2 = Number(1.0, least=0, most=1000)
    time = Number(3160.0, least=0, most=math.inf, ends=True)
    points = Points(SAMPLES)
    place = Number(-0.3, least=-1e6, most=1e6)
    playing = Flag(False)

    @property
    def law(self) -> Law:
        """The law of (a, b) on screen; setting it sets `shape` and its parameters."""
        shape = SHAPES[self.shape]
        return shape.law(**{name: getattr(self, name) for name in shape.options})

    @law.setter
    def law(self, value):
        name = type(value).__name__
        if not isinstance(value, Law) or name not in SHAPES:
            wants = f"one of {', '.join(SHAPES)} of lib.laws"
            raise ValueError(f"law: want {wants}, got {value!r}")
        self._set_all(shape=name, **SHAPES[name].values(value))

    @property
    def kernel(self) -> Kernel:
        """The kernel on screen, for alpha = sqrt(m)."""
        return ntk(self.law, self.c2) if self.kind == "ntk" else rf(self.law)

    @property
    def interpolant(self) -> Interpolant:
        """The curve on screen: f_t of the gradient flow from f_0 = 0."""
        return Interpolant(self.kernel, self.samples, self.time)

    def fallback(self, figure):
        """The curve at its time and at t = inf, the kernel's slice, and nu and n."""
        from .. import figures
        from ..splines import natural_cubic

        grid = figure.add_gridspec(2, 2, width_ratios=(1.6, 1), height_ratios=(2, 1))
        top, side, low = (figure.add_subplot(grid[k]) for k in ((0, 0), (slice(None), 1), (1, 0)))
        samples, kernel = self.samples, self.kernel
        x = figures.grid(samples, margin=0.35)
        inside = x[(x >= samples.x[0]) & (x <= samples.x[-1])]
        if samples.s > 1:
            figures.curve(top, natural_cubic(samples), inside, figures.CUBIC, lw=3, alpha=0.75)
        figures.curve(top, Interpolant(kernel, samples), x, figures.KERNEL, lw=3, alpha=0.75)
        figures.curve(top, self.interpolant, x)
        figures.data(top, samples)
        top.set_ylabel("$f(x)$")
        low.plot(x, self.law.nu(x), color=figures.KERNEL)
        low.plot(x, self.law.n(x), color=figures.KERNEL, ls="--", lw=1.2)
        low.set(xlabel="$u$", ylabel=r"$\nu$, $n$ (dashed)", ylim=(0, None))
        for place in samples.x:
            side.plot(x, kernel(place[None], x)[0], color=figures.KERNEL, lw=0.8, alpha=0.5)
        side.plot(x, kernel(torch.tensor([self.place]), x)[0], color=figures.KERNEL, lw=2.5)
        side.set(xlabel="$x'$", title="$k(x, x')$")
