"""The interpolant of least weighted curvature, from a weight and second moments: no kernel."""
import math
from decimal import Decimal, localcontext

import numpy as np
import torch
from torch import Tensor

from .checks import kind, numbers, points
from .laws import Law
from .quadrature import NODES, outward, panels, rule, side
from .samples import Samples

CHUNK = 1 << 16


class WeightedSpline:
    """The interpolant of least int f''^2 / nu + (A, B) M^-1 (A, B)^T, from nu and M alone.

    A = f'(-inf) + f'(inf), B = -(the sum of the intercepts of both asymptotes), f'' = 0 off the
    support of nu. With boundary=False the last form is left out.  weight: another function >= 0 in
    the place of law.nu. Attributes: norm2, the minimum;  A, B;  multipliers l: (s,) of the
    constraints: f'' = nu/2 sum_j l_j |x - x_j|. Made in O(s), called in O(n log s). Raises
    ValueError where no such function meets the samples (three of them off the support of nu, not on
    a line), and for a weight with values that are negative or not finite. Williams et al. 2019,
    Theorem 5 and Eq. (25), corrected (printed with n for nu, and without the boundary form).
    """

    def __init__(self, samples: Samples, law: Law, boundary: bool = True, weight=None):
        kind("samples", samples, Samples)
        self.law = kind("law", law, Law)
        self.weight = weight or law.nu
        x, y = samples.x.double().contiguous(), samples.y.double()
        self.borders = panels(x, law, self._density)
        # a sample with no weight on either side can bend nothing: it is met or it is not
        mass = self._pieces(x)[0]
        idle = (mass[:-1] == 0) & (mass[1:] == 0)
        idle[[0, -1]] = False
        self.knots, y_kept = x[~idle], y[~idle]
        chords = torch.from_numpy(np.interp(x, self.knots, y_kept))
        if ((chords - y).abs() > 1e-9 * y.abs().max()).any():
            raise ValueError(f"samples: no function with f'' = 0 off {law.support} meets them all")
        mass, self.anchor, self.middle, spread = self._pieces(self.knots)
        given = self.knots, y_kept, mass, self.anchor, self.middle, spread
        found = _solve(*(t.tolist() for t in given), law.moments, boundary)
        self.level, self.tilt, self.A, self.B, self.norm2, ends = found
        self.multipliers = torch.zeros_like(y).masked_scatter(~idle, self.tilt.diff())
        self._march(ends)

    def __call__(self, x) -> Tensor:
        """f at x: (n,), shape (n,)."""
        parts = points(x, self.knots).contiguous().split(CHUNK)
        return torch.cat([self._values(part) for part in parts])

    def curvature(self, x) -> Tensor:
        """f'' at x: (n,), shape (n,)."""
        x = numbers("x", x, self.knots)
        return self._density(x) * self.spline(x)

    def spline(self, x) -> Tensor:
        """f'' / nu at x: (n,), shape (n,): piecewise linear with knots at the samples."""
        x = numbers("x", x, self.knots)
        piece = torch.searchsorted(self.knots, x.contiguous())
        return self._line(piece, x - self.anchor[piece])

    def _density(self, u: Tensor) -> Tensor:
        """The weight at u, 0 off the support."""
        lo, hi = self.law.support
        value = torch.as_tensor(self.weight(u), dtype=torch.float64).expand(u.shape)
        value = torch.where((u >= lo) & (u <= hi), value, 0.0)
        if not (value.isfinite() & (value >= 0)).all():
            raise ValueError("weight: want finite values >= 0")
        return value

    def _line(self, piece: Tensor, place: Tensor) -> Tensor:
        """f'' / nu on a piece, at a place counted from its anchor."""
        return self.level[piece] + self.tilt[piece] * (place - self.middle[piece])

    def _pieces(self, knots: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Of nu between the knots, left tail first: mass, anchor, place of its middle, moment about
        it; each (s + 1,).

        Places are counted from an anchor: the law's centre where it is on the piece, else a sample
        beside it.
        """
        anchor = torch.cat([knots[:1], knots])
        centre = knots.new_tensor(self.law.centre)
        anchor[torch.searchsorted(knots, centre, right=True)] = centre
        start, end = outward(self.borders[:-1], self.borders[1:], self.law.centre)
        u, away, w = rule(start, end, self.law.centre)
        piece = torch.searchsorted(knots, self.borders[:-1], right=True)
        place = (start - anchor[piece])[:, None] + side(start, end)[:, None] * away
        w = w * self._density(u)

        sizes = (piece.bincount(minlength=len(knots) + 1) * NODES).tolist()

        def total(values):      # without rounding: what is symmetric about the centre must vanish
            parts = values.flatten().split(sizes)
            return torch.tensor([math.fsum(part.tolist()) for part in parts], dtype=u.dtype)

        mass = total(w)
        middle = torch.where(mass > 0, total(w * place) / mass, 0.0)
        return mass, anchor, middle, total(w * (place - middle[piece, None]) ** 2)

    def _march(self, ends) -> None:
        """On each panel the straight line that f leaves as it enters: from the side of the piece's
        middle it is on.

        To come from there is what keeps the curvature in between from being added up and taken away
        again.
        """
        centre = self.anchor + self.middle
        self.borders = torch.cat([self.borders, centre]).unique()
        lo, hi = self.borders[:-1], self.borders[1:]
        piece = torch.searchsorted(self.knots, lo, right=True)
        forward = lo.isinf() | (hi <= centre[piece])
        self.edge, far = torch.where(forward, lo, hi), torch.where(forward, hi, lo)
        turn, lift = self._bend(far, self.edge, piece)
        table = list(zip(*(t.tolist() for t in (piece, forward, far, turn, lift))))
        lines = [None] * len(table)
        for way, order in ((True, range(len(table))), (False, reversed(range(len(table))))):
            last = None
            for i in order:
                k, ahead, end, turn, lift = table[i]
                if ahead is not way:
                    continue
                if k != last:
                    last, (at, value, slope) = k, ends[k][0 if way else 1]
                lines[i] = at, value, slope
                value += slope * (end - at) + lift
                slope += turn if way else -turn
                at = end
        self.lines = torch.tensor(lines, dtype=lo.dtype)

    def _bend(self, x: Tensor, edge: Tensor, piece: Tensor) -> tuple[Tensor, Tensor]:
        """int f'' and int |x - u| f'' over the u between x and the edge, (n,) each."""
        finite = x.isfinite()
        u, away, w = rule(torch.where(finite, x, 0.0), edge, self.law.centre)
        place = (x - self.anchor[piece])[:, None] + side(x, edge)[:, None] * away
        density = self._density(u)
        curvature = density * self._line(piece[:, None], place)
        w = torch.where((density > 0) & finite[:, None], w * curvature, 0.0)
        return w.sum(-1), torch.where(w == 0, 0.0, w * away).sum(-1)

    def _values(self, x: Tensor) -> Tensor:
        panel = torch.searchsorted(self.borders[1:-1], x)
        at, value, slope = self.lines[panel].unbind(-1)
        lift = self._bend(x, self.edge[panel], torch.searchsorted(self.knots, x))[1]
        return value + slope * (x - at) + lift


def _solve(x, y, mass, anchor, middle, spread, moments, boundary):
    """The broken line f'' / nu and what follows from it, in 60 digits: laws may be 1e9 times
    narrower than gaps.

    On every piece the line is level + tilt (u - middle).  Its values p at the inner samples solve a
    tridiagonal system, int hat_j nu p = the jump of the chords' slopes at x_j; the outer ones
    follow from the tails, where the line is -l(u) and l(u), l(u) = base + rise (u - x_1), with (A,
    B) = M (rise x_1 - base, -rise); and base and rise from the first sample and the chord from it
    to the last. Returns level, tilt: (s + 1,); A, B, norm2; and for each piece the lines (place,
    value, slope) at its two ends.
    """
    with localcontext() as context:
        context.prec = 60
        x, y, mass, spread = ([Decimal(v) for v in row] for row in (x, y, mass, spread))
        middle = [Decimal(p) + Decimal(q) for p, q in zip(anchor, middle)]
        (aa, ab), (_, bb) = ([Decimal(v) for v in row] for row in moments)
        s, first, width, zero = len(x), x[0], x[-1] - x[0], Decimal(0)
        inner = range(1, s)  # piece k lies between samples k - 1 and k
        gap = {k: x[k] - x[k - 1] for k in inner}
        chord = {k: (y[k] - y[k - 1]) / gap[k] for k in inner}
        hat = {k: (middle[k] - x[k - 1]) / gap[k] for k in inner}       # of sample k, at the middle
        thick = {k: spread[k] / gap[k] ** 2 for k in inner}
        own = [mass[j] * hat[j] ** 2 + thick[j]
               + mass[j + 1] * (1 - hat[j + 1]) ** 2 + thick[j + 1] for j in inner[:-1]]
        shared = {k: mass[k] * hat[k] * (1 - hat[k]) - thick[k] for k in inner}

        def line(jumps, low, high, tails):
            """level and tilt, from p at the outer samples and on the tails."""
            right = list(jumps)
            if right:
                right[0] -= shared[1] * low
                right[-1] -= shared[s - 1] * high
            p = [low, *_tridiagonal(own, [shared[k] for k in inner[1:-1]], right), high][:s + 1]
            tilt = [tails[0][1], *((p[k] - p[k - 1]) / gap[k] for k in inner), tails[1][1]]
            level = [p[k - 1] + tilt[k] * (middle[k] - x[k - 1]) for k in inner]
            level = [tails[0][0], *level, tails[1][0]]
            return level, tilt

        def made(level, tilt):
            """(f(x_1), the slope of the chord to x_s) that the curvature makes in 1/2 int f'' |x -
            u| du."""
            m0 = [v * w for v, w in zip(mass, level)]
            m1 = [v * (middle[k] - first) + spread[k] * tilt[k] for k, v in enumerate(m0)]
            slope = m0[0] - m0[-1] + (sum(m0[1:-1]) - 2 * sum(m1[1:-1]) / width if width else 0)
            return (sum(m1[1:]) - m1[0]) / 2, slope / 2

        flat, jumps = [zero] * len(own), [chord[k + 1] - chord[k] for k in inner[:-1]]
        parts = [line(jumps, zero, zero, ((zero, zero), (zero, zero))),
                 line(flat, Decimal(-1), Decimal(1), ((Decimal(-1), zero), (Decimal(1), zero))),
                 line(flat, zero, width,
                      ((first - middle[0], Decimal(-1)), (middle[-1] - first, Decimal(1))))]
        (v0, c0), (v1, c1), (v2, c2) = (made(*part) for part in parts)
        # what is left for the tails and the line
        v0, c0 = y[0] - v0, (y[-1] - y[0]) / width - c0 if width else zero
        base = rise = zero
        if boundary:
            v1, c1 = v1 + (ab - aa * first) / 2, c1 - aa / 2
            v2, c2 = v2 + (aa * first**2 - 2 * ab * first + bb) / 2, c2 + (aa * first - ab) / 2
            det = v1 * c2 - v2 * c1
            base = (v0 * c2 - v2 * c0) / det if width else zero
            rise = (v1 * c0 - c1 * v0) / det if width else v0 / v2
            g, h = rise * first - base, -rise
            A, B = aa * g + ab * h, ab * g + bb * h
            straight = A * g + B * h
        else:
            # with one sample: the least A^2 + B^2
            A = 2 * c0 if width else 2 * y[0] * first / (first**2 + 1)
            B, straight = A * first - 2 * v0, zero
        level, tilt = ([p + base * q + rise * r for p, q, r in zip(*rows)] for rows in zip(*parts))
        m0 = [v * w for v, w in zip(mass, level)]
        turned = {k: spread[k] * tilt[k] / gap[k] for k in inner}
        slopes = {k: (chord[k] - (1 - hat[k]) * m0[k] + turned[k],
                      chord[k] + hat[k] * m0[k] + turned[k]) for k in inner}
        outer = (slopes[1][0], slopes[s - 1][1]) if width else ((A + m0[0] - m0[1]) / 2,) * 2
        left = y[0] + outer[0] * (middle[0] - first) + spread[0] * tilt[0]
        right = y[-1] + outer[1] * (middle[-1] - x[-1]) - spread[-1] * tilt[-1]
        ends = [((middle[0], left, outer[0] - m0[0]), (first, y[0], outer[0]))]
        ends += [((x[k - 1], y[k - 1], slopes[k][0]), (x[k], y[k], slopes[k][1])) for k in inner]
        ends += [((x[-1], y[-1], outer[1]), (middle[-1], right, outer[1] + m0[-1]))]
        norm2 = straight + sum(v * p**2 + w * q**2 for v, w, p, q in zip(mass, spread, level, tilt))

        def tensor(row):
            return torch.tensor([float(v) for v in row], dtype=torch.float64)

        return (tensor(level), tensor(tilt), *tensor([A, B, norm2]),
                [tuple(tuple(map(float, place)) for place in pair) for pair in ends])


def _tridiagonal(diagonal: list, off: list, right: list) -> list:
    """The solution of a symmetric, positive definite tridiagonal system."""
    pivots, right = list(diagonal), list(right)
    for j, q in enumerate(off):
        share = q / pivots[j]
        pivots[j + 1] -= share * q
        right[j + 1] -= share * right[j]
    for j in reversed(range(len(right))):
        if j + 1 < len(right):
            right[j] -= off[j] * right[j + 1]
        right[j] /= pivots[j]
    return right
