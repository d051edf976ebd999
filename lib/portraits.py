"""Pictures of what one neuron feels: its velocity in the uv plane, the lines that attract it."""
import math

import torch
from torch import Tensor

from .attractors import arcs, attractors, field, field_uv, force, line_angles, potential
from .checks import positive, whole
from .figures import INK, NEGATIVE, PAPER, POSITIVE, RESIDUAL, frame, signs
from .flow import Flow
from .samples import Samples


def lines(ax, samples: Samples, rho: Tensor, sign: int, limit: float):
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


def arrows(ax, samples: Samples, rho: Tensor, sign: int, limit: float, tangential=1.0,
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
    lines(ax, samples, rho, sign, limit)
    arrows(ax, samples, rho, sign, limit, tangential)
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
