"""What the answer to a coding exercise should look like: pictures to compare one's own with.

Each bears the name of the function that an exercise asks for.  It draws what that function should
give and, given an answer, what the answer gives as dots on it.
"""
import functools
import math

import torch

from .. import attractors, figures
from ..samples import Samples
from . import canonical, experiments, full, kernel, setup, sparsity, transition
from .checking import on_copies


def _picture(draw):
    """A picture in which the answer works on copies, as it does for its checker."""
    @functools.wraps(draw)
    def drawn(answer=None):
        draw(answer and on_copies(answer))

    return drawn


def _compared(ax, places, draw, right, answer, dots, **style):
    """What is right as a line, draw(right, places), and what an answer gives as dots on it.

    dots: the slice of the places at which they are.
    """
    ax.plot(places, draw(right, places), color=figures.INK, **style)
    if answer is not None:
        ax.plot(places[dots], draw(answer, places[dots]), "o", ms=4, color=figures.POSITIVE)


@_picture
def lift(answer=None):
    """c and rho of a neuron with r = 2, alpha = m, against delta."""
    deltas = torch.linspace(-6, 6, 49).tolist()
    _, ax = figures.panels(height=2.4, width=5.6)
    for part, name, style in ((0, "$c$", "-"), (1, r"$\rho$", "--")):
        draw = lambda solve, some: [float(solve(2.0, d, 1.0, 1)[part]) for d in some]
        _compared(ax, deltas, draw, full.lift.right, answer, slice(0, None, 6), ls=style,
                  label=name)
    ax.set(xlabel=r"$\delta$", xlim=(-6, 6))
    figures.legend_line(ax)


@_picture
def under_force(answer=None):
    """The paths of twelve particles that start on a circle, under a force, for three delta."""
    turn = 2 * math.pi * torch.arange(12) / 12 + 0.1
    _, axes = figures.panels(1, 3, height=2.2)
    for ax, delta in zip(axes, (-8.0, 0.0, 8.0)):
        end = 1.2 / math.sqrt(delta**2 + 4)
        for t in turn.tolist():
            c, rho = full.lift.right(1.0, delta, 1.0, 1)
            start = rho * math.cos(t), -rho * math.sin(t), c
            for solve, style in ((full.under_force.right, dict(color=figures.INK, lw=1)),
                                 (answer, dict(color=figures.POSITIVE, marker=".", ls="", ms=4))):
                if solve is not None:
                    times = torch.linspace(-end, end, 31 if solve is not answer else 7).tolist()
                    ends = [solve(*start, 1.0, 0.0, 1.0, s) for s in times]
                    ax.plot([abs(float(e[2])) * float(e[0]) for e in ends],
                            [-abs(float(e[2])) * float(e[1]) for e in ends], **style)
        figures.frame(ax, 2.0)
        ax.set_title(rf"$\delta = {delta:.0f}$")


@_picture
def residuals_at(answer=None):
    """Three residuals that decay under a kernel with eigenvalues 0.1, 1 and 10."""
    turn, _ = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(1),
                                          dtype=torch.float64))
    K = turn @ torch.diag(torch.tensor([0.1, 1.0, 10.0], dtype=torch.float64)) @ turn.T
    rho0 = torch.tensor([1.0, 0.5, -0.8], dtype=torch.float64)
    times = torch.logspace(-2, 2, 61, dtype=torch.float64).tolist()
    _, ax = figures.panels(height=2.4, width=5.6)
    draw = lambda solve, some: torch.stack([solve(K, rho0, t) for t in some])
    _compared(ax, times, draw, kernel.residuals_at.right, answer, slice(0, None, 6))
    ax.set(xscale="log", xlabel="$t$", ylabel="residuals", xlim=(0.01, 100))


@_picture
def attracts(answer=None):
    """The potential of a neuron with r = 1 around the circle, with what each half line attracts."""
    points = Samples([-0.8, -0.2, 0.3, 0.9], [0.0] * 4)
    rho = torch.tensor([0.6, -1.0, 0.9, -0.5], dtype=torch.float64)
    turn = torch.linspace(-math.pi / 2, 3 * math.pi / 2, 801, dtype=torch.float64)
    V = lambda theta: attractors.potential(torch.ones((), dtype=torch.float64), theta, points, rho)
    _, ax = figures.panels(height=2.4, width=5.6)
    ax.plot(turn, V(turn), color=figures.INK, lw=1.2)
    for k, side in canonical.inner(points.x, rho):
        theta = attractors.line_angles(points)[k, 0 if side > 0 else 1]
        solve = answer or canonical.attracts.right
        sign = int(solve(points.x, rho, k, side))
        colour = {1: figures.POSITIVE, -1: figures.NEGATIVE, 0: figures.INK}[sign]
        ax.plot(theta, V(theta), "o", ms=7, color=colour, mfc=colour if sign else "none")
    ax.set(xlabel=r"$\theta$", ylabel=r"$V(1, \theta)$")


@_picture
def gradient_b(answer=None):
    """dL/db of one neuron that looks to the right, as its knot passes three samples."""
    x = torch.tensor([-0.5, 0.2, 0.8], dtype=torch.float64)
    y = torch.tensor([0.3, -0.4, 0.6], dtype=torch.float64)
    one, c = torch.ones(1, dtype=torch.float64), torch.tensor([1.2], dtype=torch.float64)
    _, ax = figures.panels(height=2.4, width=5.6)
    edges = [-1.2, *x.tolist(), 1.2]
    for left, right in zip(edges, edges[1:]):  # it jumps where the knot meets a sample
        some = torch.linspace(left + 0.01, right - 0.01, 13, dtype=torch.float64)
        draw = lambda solve, some: [float(solve(one, b[None], c, 2.0, x, y)) for b in some]
        _compared(ax, some, draw, setup.gradient_b.right, answer, slice(0, None, 4))
    ax.set(xlabel="$b$", ylabel=r"$\partial L/\partial b$", xlim=(-1.2, 1.2))


@_picture
def particle(answer=None):
    """The particles of neurons whose (a, -b) turns once around, with a c that grows."""
    turn = torch.linspace(-3.1, 3.1, 57).tolist()
    neurons = [(math.cos(t), -math.sin(t), 1 + (t + math.pi) / 6, 2.0, 3) for t in turn]
    _, ax = figures.panels(height=3.2, width=3.2)

    def draw(solve, some, **style):
        ends = [solve(*neuron) for neuron in some]
        ax.plot([float(r * math.cos(t)) for r, t in ends],
                [float(r * math.sin(t)) for r, t in ends], **style)

    draw(setup.particle.right, neurons, color=figures.INK)
    if answer is not None:
        draw(answer, neurons[::4], color=figures.POSITIVE, marker="o", ms=4, ls="")
    figures.frame(ax, 3.5)


@_picture
def velocity(answer=None):
    """r' and theta' of a neuron with r = 1.5 around the circle, under four residuals."""
    x = torch.tensor([-0.8, -0.2, 0.3, 0.9], dtype=torch.float64)
    rho = torch.tensor([0.6, -1.0, 0.9, -0.5], dtype=torch.float64)
    lines = torch.cat([-torch.atan(x), math.pi - torch.atan(x)]).sort().values.tolist()
    _, ax = figures.panels(height=2.4, width=5.6)
    edges = [-math.pi / 2, *lines, 3 * math.pi / 2]
    for left, right in zip(edges, edges[1:]):  # theta' jumps at the sample lines
        some = torch.linspace(left + 0.005, right - 0.005, 13).tolist()
        for part, name, style in ((0, "$r'$", "-"), (1, r"$\theta'$", "--")):
            draw = lambda solve, some: [float(solve(1.5, t, x, rho)[part]) for t in some]
            _compared(ax, some, draw, canonical.velocity.right, answer, slice(2, None, 8), ls=style,
                      label=name if left == edges[0] else None)
    ax.set(xlabel=r"$\theta$", xlim=(edges[0], edges[-1]))
    figures.legend_line(ax)


@_picture
def nearest(answer=None):
    """Where descent on (c_1, c_2) ends from eight starts: one sample, a line of solutions."""
    phi, y = torch.tensor([[1.0, 0.5]], dtype=torch.float64), torch.ones(1, dtype=torch.float64)
    turn = torch.arange(8, dtype=torch.float64) * math.pi / 4 + 0.3
    starts = 0.9 * torch.stack([turn.cos(), turn.sin()], -1)
    _, ax = figures.panels(height=3.2, width=3.2)
    ax.plot([0.3, 1.7], [1.4, -1.4], color=figures.INK, lw=2.4)  # phi c = y
    for c0 in starts:
        path = torch.stack([c0, kernel.nearest.right(phi, y, c0)])
        ax.plot(*path.T, color=figures.INK, lw=0.8)
        ax.plot(*c0, "o", ms=3, color=figures.INK)
        if answer is not None:
            ax.plot(*answer(phi, y, c0).detach(), "o", ms=6, color=figures.POSITIVE)
    ax.set(xlabel="$c_1$", ylabel="$c_2$", xlim=(-1.1, 1.6), ylim=(-1.35, 1.35), aspect="equal")


@_picture
def knot_mass(answer=None):
    """The mass at the samples of one network, against the width within which it is counted."""
    knots, r, x, _ = experiments.knot_mass.cases(1)[0]
    widths = torch.linspace(0.0005, 0.12, 61).tolist()
    draw = lambda solve, some: [float(solve(knots, r, x, width)) for width in some]
    _, ax = figures.panels(height=2.4, width=5.6)
    _compared(ax, widths, draw, experiments.knot_mass.right, answer, slice(0, None, 6))
    ax.set(xlabel="width, as a part of the span", ylabel="mass", xlim=(0, 0.12), ylim=(0, 1.05))


@_picture
def first_epoch(answer=None):
    """A loss that rises once on its way, with the first epoch below each of five bounds."""
    epochs, loss, _ = experiments.first_epoch.cases(1)[1]
    bounds = [float(loss[k]) for k in (1, 3, 5, 8)] + [float(loss.min()) / 2]
    _, ax = figures.panels(height=2.4, width=5.6)
    ax.plot(epochs, loss, color=figures.INK, lw=1)
    for solve, style in ((experiments.first_epoch.right, dict(color=figures.INK, mfc="none")),
                         (answer, dict(color=figures.POSITIVE))):
        for tol in bounds if solve is not None else ():
            arrived = solve(epochs, loss, tol)
            if arrived is not None:
                ax.plot([arrived], [tol], "o", ms=8 if solve is not answer else 4, **style)
    for tol in bounds:
        ax.axhline(tol, color=figures.INK, lw=0.5, ls=":")
    ax.set(xlabel="epoch", ylabel="loss", yscale="log")


@_picture
def price(answer=None):
    """The price of a kink upwards at -e and one downwards at e, both of height 1."""
    places = torch.linspace(0, 2, 41, dtype=torch.float64)
    draw = lambda solve, some: [float(solve(torch.stack([-e, e]), torch.tensor([1.0, -1.0]).to(e)))
                                for e in some]
    _, ax = figures.panels(height=2.4, width=5.6)
    _compared(ax, places, draw, sparsity.price.right, answer, slice(0, None, 5))
    ax.set(xlabel="$e$", ylabel="price", xlim=(0, 2), ylim=(0, 5))


@_picture
def penalised_step(answer=None):
    """The size after one step against the size before it: small ones stay at zero."""
    r = torch.linspace(-1, 1, 81, dtype=torch.float64)
    draw = lambda solve, some: solve(some, torch.full_like(some, 0.3), 0.5, 0.8).detach()
    _, ax = figures.panels(height=2.4, width=5.6)
    ax.plot(r, r, color=figures.INK, lw=0.6, ls=":")
    _compared(ax, r, draw, sparsity.penalised_step.right, answer, slice(0, None, 5))
    ax.set(xlabel="$r$ before the step", ylabel="$r$ after it", xlim=(-1, 1))


@_picture
def coordinates(answer=None):
    """Where starts lie: wider networks at alpha = sqrt(m), and one width for several delta."""
    y = torch.tensor([1.0, -1.0, 1.0, -1.0], dtype=torch.float64)
    flat = lambda m, size: size * torch.ones(m, dtype=torch.float64)
    wider = [(flat(m, math.sqrt(m)), -3.0, math.sqrt(m), m, y) for m in (4, 16, 64, 256, 1024)]
    deltas = [(flat(64, 8.0), delta, 8.0, 64, y) for delta in (-8.0, -3.0, -1.0, 0.0, 2.0, 5.0)]
    _, ax = figures.panels(height=2.8, width=4.2)
    for starts, tick in ((wider, "_"), (deltas, "|")):  # ticks across the line they are on
        for solve, style in ((transition.coordinates.right,
                              dict(color=figures.INK, marker=tick, lw=1)),
                             (answer, dict(color=figures.POSITIVE, marker="o", ms=5, ls=""))):
            if solve is not None:
                ends = [solve(*start) for start in starts]
                ax.plot([float(e[1]) for e in ends], [float(e[0]) for e in ends], **style)
    ax.set(xlabel=r"$\hat\delta/R$", ylabel=r"$R/|y|$", yscale="log", xlim=(-9, 6))


@_picture
def rotation(answer=None):
    """Two neurons of sizes 3 and 1 that turn by t and by -t/2; the first one starts at 2.5."""
    times = torch.linspace(0, 1.5, 31).tolist()

    def turned(t):
        from_, to = torch.tensor([2.5, 0.4]), torch.tensor([2.5 + t, 0.4 - t / 2])
        ends = [part.double() for end in (from_, to) for part in (end.cos(), -end.sin())]
        return *ends, torch.tensor([3.0, 1.0], dtype=torch.float64)

    draw = lambda solve, some: [float(solve(*turned(t))) for t in some]
    _, ax = figures.panels(height=2.4, width=5.6)
    _compared(ax, times, draw, transition.rotation.right, answer, slice(0, None, 3))
    ax.set(xlabel="$t$", ylabel="rotation", xlim=(0, 1.5))
