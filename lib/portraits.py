"""Pictures of what one neuron feels: its velocity in the uv plane, the lines that attract it."""
import math

import torch
from torch import Tensor

from .attractors import arcs, attractors, field_uv, line_angles
from .checks import positive, whole
from .figures import INK, NEGATIVE, POSITIVE, frame
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

    tangential: as in attractors.field_uv.
    """
    across, limit = whole("across", across, 1), positive("limit", limit)
    side = (torch.arange(across, dtype=torch.float64) + 0.5) / across * 2 - 1
    p = limit * torch.cartesian_prod(side, side)                         # (across^2, 2)
    v = field_uv(p, sign, samples, rho, tangential)
    moving = v.norm(dim=-1) > 0
    p, v = p[moving], v[moving]
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


def _colour(sign: int) -> str:
    if isinstance(sign, bool) or sign not in (1, -1):
        raise ValueError(f"sign: want +1 (neurons with r > 0) or -1, got {sign!r}")
    return POSITIVE if sign > 0 else NEGATIVE
