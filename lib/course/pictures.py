"""What the answer to a coding exercise should look like: pictures to compare one's own with.

Each draws the expected picture and, given an answer, the answer's as dots on it.
"""
import math

import torch

from .. import attractors, figures
from ..samples import Samples
from . import canonical, full, kernel


def lift(answer=None):
    """c and rho of a neuron with r = 2, alpha = m, against delta."""
    deltas = torch.linspace(-6, 6, 49).tolist()
    _, ax = figures.panels(height=2.4, width=5.6)
    for part, name, style in ((0, "$c$", "-"), (1, r"$\rho$", "--")):
        ax.plot(deltas, [full.lift.right(2.0, d, 1.0, 1)[part] for d in deltas],
                color=figures.INK, ls=style, label=name)
        if answer is not None:
            some = deltas[::6]
            ax.plot(some, [float(answer(2.0, d, 1.0, 1)[part]) for d in some], "o", ms=4,
                    color=figures.POSITIVE)
    ax.set(xlabel=r"$\delta$", xlim=(-6, 6))
    figures.legend_line(ax)


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


def residuals_at(answer=None):
    """Three residuals that decay under a kernel with eigenvalues 0.1, 1 and 10."""
    turn, _ = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(1),
                                          dtype=torch.float64))
    K = turn @ torch.diag(torch.tensor([0.1, 1.0, 10.0], dtype=torch.float64)) @ turn.T
    rho0 = torch.tensor([1.0, 0.5, -0.8], dtype=torch.float64)
    times = torch.logspace(-2, 2, 61, dtype=torch.float64).tolist()
    _, ax = figures.panels(height=2.4, width=5.6)
    ax.plot(times, torch.stack([kernel.residuals_at.right(K, rho0, t) for t in times]),
            color=figures.INK)
    if answer is not None:
        some = times[::6]
        ax.plot(some, torch.stack([answer(K, rho0, t) for t in some]), "o", ms=4,
                color=figures.POSITIVE)
    ax.set(xscale="log", xlabel="$t$", ylabel="residuals", xlim=(0.01, 100))


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
