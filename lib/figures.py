"""The book's pictures: one style, and one meaning for every colour.

First functions and planes, then what one neuron feels: its velocity, and the lines that attract it.
"""
import math

import torch
from torch import Tensor

from .attractors import arcs, attractors, field, field_uv, force, line_angles, potential
from .checks import kind, points, positive, real, whole
from .colours import CUBIC, INK, KERNEL, LINEAR, NEGATIVE, PAPER, POSITIVE, RESIDUAL
from .flow import Flow
from .network import Canonical, Network
from .samples import Samples

WIDTH = 8.6                                 # inches: the width of a page's text and its margin
FACE = "Source Sans Pro"                    # the page's own, so that words in figures are live text
RASTER = 400                            # a scatter of more points is drawn as pixels inside the SVG


def style():
    """Set matplotlib up for the book: call it once at the top of a chapter."""
    import matplotlib as mpl

    face = _face()

    mpl.rcParams.update({
        "figure.facecolor": PAPER, "savefig.facecolor": PAPER, "axes.facecolor": "none",
        "figure.dpi": 100, "savefig.dpi": 200, "figure.constrained_layout.use": True,
        "font.size": 10.5, "axes.titlesize": 10.5, "axes.labelsize": 10.5, "xtick.labelsize": 9.5,
        "ytick.labelsize": 9.5, "legend.fontsize": 9.5, "legend.frameon": False, "text.color": INK,
        "axes.labelcolor": INK, "axes.edgecolor": INK, "xtick.color": INK, "ytick.color": INK,
        "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.7,
        "xtick.major.width": 0.7, "ytick.major.width": 0.7, "lines.linewidth": 1.8,
        "lines.solid_capstyle": "round", "axes.titlelocation": "left",
        "font.family": face, "svg.fonttype": "none", "svg.hashsalt": "book",
        "mathtext.fontset": "custom", "mathtext.fallback": "stix",
        **{f"mathtext.{part}": face for part in ("rm", "cal", "sf", "tt")},
        **{f"mathtext.{part}": f"{face}:italic" for part in ("it", "bfit")},
        "mathtext.bf": f"{face}:semibold",
    })
    try:
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("svg", metadata={"Date": None}, bbox_inches=None)
    except (ImportError, AttributeError):   # outside a notebook there is nothing to set
        pass


def _face() -> str:
    """The page's sans where its package is installed: text is measured as the page will show it."""
    from importlib.util import find_spec
    from pathlib import Path

    from matplotlib import font_manager

    package = find_spec("font_source_sans_pro")
    if package is None:
        return "sans"                       # matplotlib reads a pattern: no hyphens
    known = {font.name for font in font_manager.fontManager.ttflist}
    files = Path(package.origin).parent / "files"
    for name in ("Regular", "It", "Semibold") if FACE not in known else ():
        font_manager.fontManager.addfont(files / f"SourceSansPro-{name}.ttf")
    return FACE


def panels(rows=1, columns=1, height=2.6, width=WIDTH, **kwargs):
    """A figure with rows × columns axes, a row `height` inches high; kwargs go to plt.subplots."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(rows, columns, figsize=(width, rows * height), **kwargs)
    for ax in figure.axes:          # each has its numbers: on a phone the panels stand apart
        ax.tick_params(labelleft=True, labelbottom=True)
    return figure, axes


def grid(samples: Samples, n=801, margin=0.25):
    """n points that cover the samples and a margin (a part of their span) on either side, (n,)."""
    n, margin = whole("n", n, 2), real("margin", margin)
    lo, hi = kind("samples", samples, Samples).x[[0, -1]]
    pad = margin * (hi - lo) if samples.s > 1 else torch.ones_like(lo)
    return torch.linspace(float(lo - pad), float(hi + pad), n, dtype=samples.x.dtype)


def curve(ax, f, x, colour=INK, **kwargs):
    """The function f on the points x: (n,)."""
    ax.plot(x, f(x).detach(), color=colour, **kwargs)


def data(ax, samples: Samples, between=(-math.inf, math.inf), **kwargs):
    """The samples whose x is between two places, as crosses in ink, whole at the panel's edge."""
    seen = (samples.x >= between[0]) & (samples.x <= between[1])
    looks = {"color": INK, "ms": 7, "mew": 1.6, "zorder": 5, "clip_on": False,
             "label": "samples", **kwargs}
    ax.plot(samples.x[seen], samples.y[seen], "x", **looks)


def function(ax, network: Network | Canonical, samples: Samples | None = None, x=None, knots=False,
             colour=INK, **kwargs):
    """A network's function, with its samples and, if wanted, its knots on the curve.

    The knots are coloured by the sign of r.  Raises ValueError without samples and x.
    """
    reduced = _one(network)
    if x is None and samples is None:
        raise ValueError("x: want points, or samples to find them from")
    x = grid(samples) if x is None else points(x, reduced.r)
    curve(ax, network, x, colour, **kwargs)
    if knots:
        e = reduced.knots
        inside = (e > x[0]) & (e < x[-1]) & (reduced.r != 0)
        few = reduced.m <= RASTER
        ax.scatter(e[inside], network(e[inside]), s=22 if few else 8, c=signs(reduced.r[inside]),
                   linewidths=0, alpha=0.75, zorder=4, rasterized=int(inside.sum()) > RASTER)
    if samples is not None:
        data(ax, samples, (x[0], x[-1]))
    ax.set(xlabel="$x$", xlim=(float(x[0]), float(x[-1])))


def signs(r):
    """The colour of each neuron: vermillion for r > 0, blue for r < 0."""
    return [POSITIVE if value > 0 else NEGATIVE for value in r.tolist()]


def plane(ax, network: Network | Canonical, samples: Samples | None = None, limit=None, size=12,
          regions=False, every=1):
    """The uv plane: a particle for every neuron (or every k-th), a line for every sample.

    The line of x_j is u x_j + v = 0;  limit: half the side of the plane, by default room for all.
    Williams et al. 2019, Eq. (6), Fig. 1.
    """
    _one(network)
    reduced = _some(network, every)
    uv = reduced.uv
    limit = _limit(limit, uv)
    if samples is not None:
        sample_lines(ax, samples, limit, regions)
    ax.scatter(uv[:, 0], uv[:, 1], s=size, c=signs(reduced.r), linewidths=0, alpha=0.75, zorder=3,
               rasterized=reduced.m > RASTER)
    frame(ax, limit)


def rug(ax, network: Network | Canonical, samples: Samples | None = None):
    """The knots as ticks under the axes, by the sign of r; light lines for the samples, if given.

    Call it when the limits of x are set.
    """
    reduced = _one(network)
    if samples is not None:
        for x in kind("samples", samples, Samples).x.tolist():
            ax.axvline(x, color=INK, lw=0.6, alpha=0.25, zorder=0)
    lo, hi = ax.get_xlim()
    seen = (reduced.knots > lo) & (reduced.knots < hi) & (reduced.r != 0)
    ax.vlines(reduced.knots[seen], -0.06, 0.0, transform=ax.get_xaxis_transform(),
              colors=signs(reduced.r[seen]), lw=1.2, clip_on=False,
              rasterized=int(seen.sum()) > RASTER)
    ax.tick_params(axis="x", pad=12)


def _reduced(network) -> Canonical:
    return kind("network", network, Network, Canonical).canonical()


def _one(network) -> Canonical:
    """One network, not a batch, in canonical parameters."""
    reduced = _reduced(network)
    if reduced.r.ndim != 1:
        shape = tuple(reduced.r.shape)
        raise ValueError(f"network: want one network, shape (m,), got shape {shape}")
    return reduced


def _some(network, every) -> Canonical:
    """Every k-th neuron, in canonical parameters: with the r that it has in the whole network."""
    reduced, every = _reduced(network), whole("every", every, 1)
    return Canonical(reduced.r[..., ::every], reduced.theta[..., ::every])


def _limit(limit, uv) -> float:
    """The limit wanted, or the one with room for all particles, or 1 where they all are at 0."""
    return 1.08 * float(uv.abs().max()) or 1.0 if limit is None else positive("limit", limit)


def frame(ax, limit):
    """Square axes of the uv plane, from -limit to limit."""
    ax.set(xlim=(-limit, limit), ylim=(-limit, limit), xlabel="$u$", ylabel="$v$")
    ax.set_aspect("equal")


def sample_lines(ax, samples: Samples, limit, regions=False):
    """The lines u x_j + v = 0; with regions=True the 2s activation regions are tinted too.

    The tint says how many samples are seen.
    """
    kind("samples", samples, Samples)
    far = 3 * limit
    for x in samples.x.tolist():
        norm = math.hypot(1, x)
        u, v = far / norm, far * x / norm
        ax.plot([-u, u], [v, -v], color=INK, lw=0.6, alpha=0.45, zorder=1)
    if regions:
        import matplotlib as mpl

        cut = arcs(samples)
        shares = cut.active.double().mean(-1).tolist()                   # of the samples, how many
        ends = cut.start.rad2deg().tolist()
        for start, end, share in zip(ends, [*ends[1:], ends[0] + 360], shares):
            ax.add_patch(mpl.patches.Wedge((0, 0), far, start, end, lw=0, zorder=0, facecolor=INK,
                                           alpha=0.02 + 0.13 * share))


def trails(ax, history: Network | Canonical, limit=None, width=0.7, every=1):
    """The path of every neuron (or every k-th) in the uv plane; history is (T, m), T the times."""
    from matplotlib.collections import LineCollection

    reduced = _some(history, every)
    if reduced.r.ndim != 2:
        shape = tuple(reduced.r.shape)
        raise ValueError(f"history: want one network at T times, shape (T, m), got shape {shape}")
    uv = reduced.uv.transpose(0, 1)                                      # (m, T, 2)
    limit = _limit(limit, uv)
    pixels = uv.shape[0] * uv.shape[1] > 20 * RASTER
    paths = LineCollection(list(uv.numpy()), colors=signs(reduced.r[-1]), linewidths=width,
                           alpha=0.6, zorder=2, rasterized=pixels)
    ax.add_collection(paths)
    frame(ax, limit)


def legend_line(ax, **kwargs):
    """A legend above the axes, in one row."""
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=6, borderaxespad=0.2,
              handlelength=1.6, columnspacing=1.2, **kwargs)


def attractor_lines(ax, samples: Samples, rho: Tensor, sign: int, limit: float):
    """The sample lines for neurons of one sign of r: attractors solid, repulsors dashed.

    The others are thin. Each line is two rays (a > 0 and a < 0). Dotted: the two rays that border
    the dead arc, where they kill this sign.
    """
    colour, what, angles = _colour(sign), attractors(samples, rho), line_angles(samples)
    rows = (t.flatten().tolist() for t in (what.attracts, what.kills, angles))
    for attracts, kills, angle in zip(*rows):
        style = dict(color=INK, lw=0.6, alpha=0.45, ls="-")
        if attracts:
            style = dict(color=colour, lw=2.0, ls="-" if attracts == sign else (0, (4, 2.5)))
        elif kills == sign:
            style = dict(color=colour, lw=2.0, ls=(0, (1, 1.6)))
        u, v = 3 * limit * math.cos(angle), 3 * limit * math.sin(angle)
        ax.plot([0, u], [0, v], zorder=1, **style)


def velocity_arrows(ax, samples: Samples, rho: Tensor, sign: int, limit: float, tangential=1.0,
                    across: int = 17):
    """The velocity of neurons of one sign of r on a grid of the uv plane.

    tangential: as in attractors.field_uv; None for the canonical flow, r^2, whose velocities are so
    different that arrows are drawn as long as their square roots.
    """
    across, limit = whole("across", across, 1), positive("limit", limit)
    side = (torch.arange(across, dtype=torch.float64) + 0.5) / across * 2 - 1
    p = limit * torch.cartesian_prod(side, side)                         # (across^2, 2)
    v = field_uv(p, sign, samples, rho, (p**2).sum(-1) if tangential is None else tangential)
    moving = v.norm(dim=-1) > 0
    p, v = p[moving], v[moving]
    if tangential is None:
        v = v / v.norm(dim=-1, keepdim=True).sqrt()
    if not len(p):                                                     # residuals of zero: all rest
        return
    ax.quiver(*p.T, *v.T, color=_colour(sign), angles="xy", pivot="mid",
              scale=18 * float(v.norm(dim=-1).max()), width=0.005, headwidth=4.5, headlength=5,
              zorder=2, alpha=0.85)


def dead_sector(ax, samples: Samples, limit: float):
    """The sector of the uv plane where a neuron sees no sample, with its name."""
    import matplotlib as mpl

    start, end = arcs(samples).start[:2].tolist()
    ax.add_patch(mpl.patches.Wedge((0, 0), 3 * limit, math.degrees(start), math.degrees(end), lw=0,
                                   facecolor=INK, alpha=0.09, zorder=0))
    ax.text(0, -0.8 * limit, "dead", ha="center", va="center", color=INK, fontsize=9.5)


def portrait(ax, samples: Samples, rho: Tensor, sign: int, limit: float = 1.0, tangential=1.0):
    """Arrows, lines and the dead sector together, for neurons of one sign of r.  Fig. 9, top."""
    dead_sector(ax, samples, limit)
    attractor_lines(ax, samples, rho, sign, limit)
    velocity_arrows(ax, samples, rho, sign, limit, tangential)
    frame(ax, limit)


def knot_paths(ax, path: Flow, samples: Samples, reach: float = 1.5, only=slice(None)):
    """Every knot against time (logarithmic; from the second time on), by the sign of r at first.

    Knots farther out than `reach` are left out.  Lines: the samples.  only: an index of neurons.
    """
    for x in samples.x.tolist():
        ax.axhline(x, color=INK, lw=0.6, alpha=0.45)
    knots = path.network.knots[1:, only]                                # (T, m)
    knots = torch.where(knots.abs() < positive("reach", reach), knots, torch.nan)
    for own, colour in zip(knots.T, signs(path.network.r[0, only])):
        ax.plot(path.times[1:], own, color=colour, lw=1.0, alpha=0.8)
    ax.set(xscale="log", xlabel="$t$", ylabel="knot", ylim=(-reach, reach))


def share_paths(ax, path: Flow, only=slice(None)):
    """The share with which caught neurons see their own sample, against time (logarithmic)."""
    share = path.activations[1:, :, only]                               # (T, s, m)
    share = torch.where((share > 0) & (share < 1), share, torch.nan)
    for own, colour in zip(share.permute(2, 0, 1), signs(path.network.r[0, only])):
        ax.plot(path.times[1:], own, color=colour, lw=1.0, alpha=0.8)
    ax.set(xscale="log", xlabel="$t$", ylabel=r"share $\sigma$", ylim=(-0.02, 1.02))


def forces(ax, samples: Samples, rho: Tensor, size: float, limit: float):
    """The force of each arc as an arrow from the middle of its sector, named by what is seen.

    size: the length of a force of 1;  limit: half the side of the picture.
    """
    cut = arcs(samples)
    for middle, row in zip(cut.middle, cut.active):
        at = 0.62 * limit * torch.stack([torch.cos(middle), torch.sin(middle)])
        g = size * force(middle, samples, rho)
        name = "".join(str(j + 1) for j in range(samples.s) if row[j]) or r"$\emptyset$"
        ax.text(*(1.5 * at).tolist(), name, ha="center", va="center", color=INK, fontsize=9.5)
        if g.norm() > 0:
            ax.annotate("", (at + g / 2).tolist(), (at - g / 2).tolist(),
                        arrowprops=dict(arrowstyle="-|>", color=INK, lw=1.4))


def landscape(ax, samples: Samples, rho: Tensor, signs_of_r=(1, -1), kinks=True):
    """V(+-1, theta) around the circle: full dots at attracting kinks, open dots at repelling ones.

    kinks: whether they are drawn, and the curves in the colours of the signs; in ink if not.
    Williams et al. 2019, Sec. 3.1.
    """
    what, angles = attractors(samples, rho), line_angles(samples)
    turn = torch.linspace(-math.pi / 2, 3 * math.pi / 2, 2001, dtype=angles.dtype)
    for sign in signs_of_r:
        colour, r = _colour(sign) if kinks else INK, angles.new_tensor(sign)
        ax.plot(turn, potential(r, turn, samples, rho), color=colour, lw=1.5)
        for kind_, face in ((what.attracts, colour), (what.repels, PAPER)) if kinks else ():
            at = angles[kind_ == sign]
            ax.plot(at, potential(r, at, samples, rho), "o", ms=6, mfc=face, mec=colour, zorder=4)
    for angle in angles.flatten().tolist():
        ax.axvline(angle, color=INK, lw=0.6, alpha=0.45, zorder=0)
    quarters = [-0.5, 0, 0.5, 1, 1.5]
    ax.set(xlabel=r"$\theta$", xticks=[q * math.pi for q in quarters], xticklabels=[
        r"$-\pi/2$", "0", r"$\pi/2$", r"$\pi$", r"$3\pi/2$"])


def pull(ax, samples: Samples, rho: Tensor, knot: float):
    """One neuron with r > 0 that looks to the right from `knot`: its ramp, and how its knot moves.

    Bars are the residuals.  A knot at a sample has two arrows, what it feels on either side; the
    length of an arrow is the knot's velocity for r = 1, at half scale.
    """
    ax.axhline(0, color=INK, lw=0.6)
    ax.vlines(samples.x, 0, rho, color=RESIDUAL, lw=6, zorder=1)
    ends = torch.tensor([samples.x[0] - 0.45, knot, samples.x[-1] + 0.3], dtype=samples.x.dtype)
    ax.plot(ends, (ends - knot).clamp_min(0), color=POSITIVE, lw=1.5, zorder=2)
    on_sample = bool((samples.x - knot).abs().min() < 1e-9)
    for step in (0.16, -0.16) if on_sample else (0.0,):
        theta = torch.atan(-samples.x.new_tensor(knot + step / 100))
        turning = field(samples.x.new_ones(()), theta, samples, rho)[1]
        speed = -float(turning / torch.cos(theta) ** 2)
        tip, tail = (knot, knot - speed / 2) if on_sample else (knot + speed / 2, knot)
        ax.annotate("", (tip, -0.25), (tail, -0.25),
                    arrowprops=dict(arrowstyle="-|>", color=POSITIVE, lw=1.8,
                                    shrinkA=0, shrinkB=0))
    ax.plot([knot], [0], "o", color=POSITIVE, ms=6, zorder=4, clip_on=False)
    ax.set(xlim=(float(ends[0]), float(ends[-1])), ylim=(-1.35, 1.15), xticks=samples.x.tolist(),
           xticklabels=[f"$x_{j + 1}$" for j in range(samples.s)])


def _colour(sign: int) -> str:
    if isinstance(sign, bool) or sign not in (1, -1):
        raise ValueError(f"sign: want +1 (neurons with r > 0) or -1, got {sign!r}")
    return POSITIVE if sign > 0 else NEGATIVE
