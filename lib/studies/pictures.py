"""Pictures of the study of the transition: the diagram of regimes, and its law."""
import math

import numpy as np

from .. import diagram, figures
from ..kernels import Interpolant
from ..lazy import foretell
from ..samples import Samples
from . import transition
from .law import ARRIVED, DIGITS, STUCK, outcomes

TOP, BOTTOM = 3000.0, 0.3                      # R of the networks that are drawn beside the map
COLUMNS = (-1000.0, -3.0, 0.0, 100.0)          # and their d/R
LEVELS = (0.01, 0.1, 1.0)                      # foretold rotations that are drawn as lines
ON_COLOUR = "#111111"                         # lines and words on the map, in every theme
TURNED = 0.03                                  # radians: half of the colour for moving knots


def means(rows, values) -> np.ndarray:
    """The mean over the networks at each place, (sizes, ratios); nan where there is none."""
    sizes, ratios = np.array(transition.SIZES), np.array(transition.RATIOS)
    place = np.searchsorted(sizes, rows["R"] * 0.999) * len(ratios)
    place = place + np.searchsorted(ratios, rows["ratio"] - 1e-9)
    count = np.bincount(place, minlength=len(sizes) * len(ratios)).astype(float)
    total = np.bincount(place, values, minlength=len(count))
    count[count == 0] = math.nan
    return (total / count).reshape(len(sizes), -1)


def phases(rows) -> np.ndarray:
    """The shares of three colours at each place, (sizes, ratios, 3): smooth, cornered, moved.

    moved: by the mean log rotation, a half at TURNED;  of the rest, cornered: by the index of the
    start kernel's fit, from 0 at the upper left to 1 at the upper right.
    """
    turned = np.exp(means(rows, np.log(rows["rotation"])))
    corners = means(rows, rows["lazy_index"])
    corners = np.clip((corners - corners[-1, 0]) / (corners[-1, -1] - corners[-1, 0]), 0, 1)
    still = 1 / (1 + (turned / TURNED) ** 2)
    return np.stack([still * (1 - corners), still * corners, 1 - still], -1)


def foretold(samples: Samples, m: int = 1000) -> np.ndarray:
    """The foretold rotation of one wide network at each place, (sizes, ratios)."""
    places = [[diagram.start(m, R, q * R) for q in transition.RATIOS] for R in transition.SIZES]
    return np.array([[float(foretell(z, samples, until=transition.TARGET).rotation) for z in row]
                     for row in places])


def draw_map(ax, rows, samples: Samples) -> None:
    """The map of a study's networks on one set of samples: colours, runs that stopped, lines."""
    from matplotlib.colors import to_rgb

    colours = [np.array(to_rgb(c)) for c in (figures.CUBIC, figures.KERNEL, figures.LINEAR)]
    image = np.nan_to_num(phases(rows) @ np.stack(colours), nan=1.0)
    ax.imshow(image, origin="lower", aspect="auto")
    ends = outcomes(rows, transition.TARGET)
    across, up = np.meshgrid(range(len(transition.RATIOS)), range(len(transition.SIZES)))
    for part, mark in ((ends == STUCK, "o"), ((ends != STUCK) & (ends != ARRIVED), "x")):
        size = 60 * np.nan_to_num(means(rows, part.astype(float)))
        ax.scatter(across[size > 0], up[size > 0], s=size[size > 0], marker=mark,
                   color=ON_COLOUR, lw=0 if mark == "o" else 1)
    lines = ax.contour(np.log10(foretold(samples)), np.log10(LEVELS), colors=ON_COLOUR,
                       linewidths=1, linestyles=["dotted", "dashed", "solid"])
    names = {line: f"{level:g} rad" for line, level in zip(lines.levels, LEVELS)}
    ax.clabel(lines, fmt=names, fontsize=8.5, manual=[(8, 8.2), (8, 6.4), (8, 4.6)])
    ax.set_xticks(range(len(transition.RATIOS)), [f"${q:g}$" for q in transition.RATIOS])
    ax.set_yticks(range(len(transition.SIZES)), [f"{R:g}" for R in transition.SIZES])
    ax.set(xlabel=r"$\hat\delta/R$", ylabel=r"$R/\vert y\vert$")
    for name, x, y in (("smooth", 1, 8.5), ("cornered", 5.5, 8.55), ("knots move", 2, 2)):
        ax.text(x, y, name, ha="center", va="center", fontsize=13, color=ON_COLOUR)


def diagram_of(rows, samples: Samples, m: int = 1000):
    """The map with networks of its edges, trained here, above and below it; the figure.

    Behind those above, the limit of the upper edge: the fit of the kernel of all neurons.
    """
    import matplotlib.pyplot as plt

    fig = plt.figure(figsize=(figures.WIDTH, 6.4))
    cells = fig.add_gridspec(3, len(COLUMNS), height_ratios=(1, 2.6, 1))
    draw_map(fig.add_subplot(cells[1, :]), rows, samples)
    for row, R in zip((0, 2), (TOP, BOTTOM)):
        for column, q in enumerate(COLUMNS):
            ax = fig.add_subplot(cells[row, column])
            run = transition.descend(diagram.start(m, R, q * R, seed=1), samples)
            x = figures.grid(samples, margin=0.08)
            if R == TOP:
                limit = Interpolant(diagram.kernel(1.0, q), samples)
                figures.curve(ax, limit, x, figures.KERNEL, lw=4, alpha=0.5)
            figures.curve(ax, run.network, x, lw=1.2)
            figures.data(ax, samples, ms=4, mew=1)
            ax.set(xticks=[], yticks=[], ylim=(-2.2, 2.2), title=rf"$\hat\delta/R = {q:g}$")
            ax.title.set_fontsize(9)
            part = float(run.loss[-1] / run.loss[0])
            if part > transition.TARGET * DIGITS:
                ax.text(0.5, 0.02, f"stopped at {100 * part:.2g} %", ha="center", fontsize=8.5,
                        transform=ax.transAxes)
            if column == 0:
                ax.set_ylabel(rf"$R = {R:g}\,\vert y\vert$", fontsize=9)
    return fig


def clouds(variables: dict, rotation, kept_apart, equal=()):
    """Rotations (n,) against several variables {name: (n,)}, blue, and orange where kept apart.

    equal: names of those variables that are rotations too: a line says where both are equal.
    Returns the figure.
    """
    rows = 2 if len(variables) > 3 else 1
    fig, axes = figures.panels(rows, -(-len(variables) // rows), height=2.4, sharey=True)
    order = np.random.default_rng(0).permutation(len(rotation))          # no colour on top
    colours = np.where(kept_apart, figures.LINEAR, figures.NEGATIVE)[order]
    for ax, (name, value) in zip(axes.flat, variables.items()):
        ax.scatter(value[order], rotation[order], s=1, c=colours, alpha=0.4, lw=0, rasterized=True)
        ends = np.array([value.min() / 2, value.max() * 2])
        ax.set(xscale="log", yscale="log", xlabel=name, ylim=(1e-8, 3), xlim=ends)
        if name in equal:
            ax.plot(ends, ends, color=figures.INK, lw=0.8)
    for ax in axes.reshape(rows, -1)[:, 0]:
        ax.set(ylabel="rotation (rad)")
    return fig
