"""The explorer of the field: what a few residuals do to every neuron."""
import math

import torch

from ..network import Canonical
from .base import Choice, Explorer, Flag, Points, Rows

RESIDUALS = [[-0.9, -0.8], [-0.5, 0.6], [-0.1, -0.7], [0.25, 0.5], [0.6, -0.6], [0.95, 0.7]]
TURNS = [0.13 + 2 * math.pi * k / 30 for k in range(30)]
RING = [[size * math.cos(turn), size * math.sin(turn), sign]
        for turn in TURNS for size, sign in ((0.55, 1.0), (0.85, -1.0))]


class Field(Explorer):
    """Drag residuals and see the velocity field they make, its lines, and particles that flow.

    points: pairs (x, residual);  particles: rows (u, v, sign of r), at most 400;  sign: +1 or -1,
    whose field is drawn;  flow: "canonical" (mean-field, Eq. 11), "plus" (delta = +inf) or "minus"
    (delta = -inf);  playing;  follow: whether the residuals are those of the particles as they
    move.
    `residuals` and `network` (a Canonical) are what is on screen when it is paused.
    Raises ValueError naming a bad option.  Williams et al. 2019, Eq. (12), Lemma 2, Fig. 9,
    corrected.
    """

    _js = "field"
    alt = ("The residuals of six samples and the plane of the neurons: arrows show how neurons "
           "move, solid lines attract them, dashed lines repel them, and the others are crossed.")
    points = Points(RESIDUALS)
    particles = Rows(RING, width=3, least=0, most=400)
    sign = Choice([1, -1], 1)
    flow = Choice(["canonical", "plus", "minus"], "canonical")
    follow = Flag(True)
    playing = Flag(True)

    @property
    def residuals(self) -> torch.Tensor:
        """The residuals at the sorted samples, shape (s,)."""
        return self.samples.y

    @property
    def network(self) -> Canonical:
        """The particles as a canonical network; raises ValueError where there is none."""
        if not self.particles:
            raise ValueError("particles: want at least one for a network, got none")
        u, v, sign = torch.tensor(self.particles, dtype=torch.float64).T
        return Canonical(sign.sign() * torch.hypot(u, v), torch.atan2(v, u))

    def fallback(self, figure):
        """The residuals, and the field with its lines for the chosen sign."""
        from .. import figures
        from ..attractors import attractors, field_uv, line_angles

        left, right = figure.subplots(1, 2)
        samples, tone = self.samples, figures.POSITIVE if self.sign > 0 else figures.NEGATIVE
        left.stem(samples.x, self.residuals, linefmt=figures.RESIDUAL, basefmt=" ")
        left.axhline(0, color=figures.INK, lw=0.7)
        left.set(xlabel="$x$", ylabel="residual")
        ticks = torch.linspace(-1.1, 1.1, 15, dtype=torch.float64)
        p = torch.cartesian_prod(ticks, ticks)
        share = {"canonical": (p**2).sum(-1), "plus": 1.0, "minus": 0.0}[self.flow]
        velocity = field_uv(p, self.sign, samples, self.residuals, tangential=share)
        velocity = torch.nn.functional.normalize(velocity)
        right.quiver(*p.T, *velocity.T, color=tone, alpha=0.5, scale=22, width=0.004)
        ways = attractors(samples, self.residuals).attracts.tolist()
        for row, angles in zip(ways, line_angles(samples).tolist()):
            for way, angle in zip(row, angles):
                style = {"color": figures.INK, "lw": 0.6}
                if way:
                    style = {"color": tone, "lw": 2, "ls": "-" if way == self.sign else "--"}
                right.plot([0, 2 * math.cos(angle)], [0, 2 * math.sin(angle)], **style)
        figures.frame(right, 1.2)
