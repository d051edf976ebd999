"""Which neuron of the exact flow sees which sample, which slide on a line, and until when."""
from dataclasses import dataclass

import numpy as np

from .attractors import arcs

TINY = np.finfo(float).tiny
ROUNDING = 16 * np.finfo(float).eps  # of a sum, over the sum of the sizes of its terms
# rows of margins: 0 and 1 are the two lines beside a free neuron
FREE, OFF, ON, RELEASE, ORIGIN = 0, 2, 3, 4, 5


@dataclass(frozen=True)
class Event:
    """A change of the activation pattern: of which neuron, at which sample's line, at what time.

    kind: "cross" (to the other side), "stick" (to an attracting line), "leave" (a line that no
    longer attracts), "release" (a line that now repels: r changed its sign there), "death" (into
    the dead arc), "origin" (a = b = 0).
    """

    time: float
    neuron: int
    sample: int
    kind: str


class Pattern:
    """The arcs and lines of all neurons, with tables that make velocities and margins of them."""

    def __init__(self, chart, limit, noise):
        self.blur = max(noise, ROUNDING)  # of residuals, as ROUNDING
        cut, self.chart, self.limit, self.events = arcs(chart.samples), chart, limit, []
        self.s, self.m, self.tilde = len(chart.tilde), chart.m, chart.tilde
        self.active, self.sample = cut.active.numpy(), cut.sample.numpy()
        self.angle = np.roll(cut.start.numpy(), -1)  # boundary b: between arcs b and b + 1
        self.gram = self.tilde @ self.tilde.T
        self.length = np.sqrt(self.gram.diagonal())
        # seen from line j, by way
        self.beyond = np.concatenate([np.triu(self.gram, 1), np.tril(self.gram, -1)])
        q = chart.plane(chart.start)
        count = (self.tilde @ q > 0).sum(0)
        # a neuron on a line: the side where it is off
        self.arc = np.where(q[0] > 0, count, -count) % (2 * self.s)
        self.on = self.active[self.arc]  # (m, s); own line of a sliding neuron: off
        self.line = np.full(self.m, -1)  # the line a neuron slides on, -1: none
        self.way = np.zeros(self.m)  # the sign of a on that line
        self.side = np.zeros(self.m)  # the sign of r when it stuck
        self.share = np.zeros(self.m)  # the last lambda above the rounding
        self.free = np.ones(self.m)
        self.A, self.size = np.zeros((2, self.s, 2 * self.m))  # see flow_charts; its size
        self.normal = np.zeros((2, 2, self.m))  # into the arc; (edge, component, neuron)
        for i in range(self.m):
            self._tables(i)

    def _tables(self, i):
        """Bring the tables up to date with what neuron i does."""
        on, tilde, j = self.on[i], self.tilde, self.line[i]
        moving = j < 0 and on.any()  # the dead do not move, lines are fixed
        if j >= 0:
            along = np.array([1.0, -tilde[j, 0]]) / self.length[j]
            tilde = (tilde @ along)[:, None] * along
        self.A[:, [i, self.m + i]] = on[:, None] * tilde
        self.size[:, [i, self.m + i]] = np.abs(self.A[:, [i, self.m + i]])
        self.free[i] = j < 0
        for edge in (0, 1):
            k = self.edge(i, edge)
            sign = (1.0 if on[k] else -1.0) if moving else 0.0
            self.normal[edge, :, i] = sign / self.length[k] * self.tilde[k]

    def edge(self, i, edge):
        """The sample whose line bounds the arc of neuron i on this side."""
        return int(self.sample[(self.arc[i] + edge) % (2 * self.s)])

    def residuals(self, z):
        return self.A @ self.chart.weights(z) - self.chart.y

    def velocity(self, z):
        return self.chart.velocity(z, self.residuals(z) @ self.A, self.free)

    def tangent(self, z):
        return self.chart.tangent(z, self.A, self.free)

    def decay(self, z):
        return self.chart.decay(z, self.residuals(z) @ self.A, self.free)

    def errors(self, z):
        """What the error of z may do to the residuals, (s,)."""
        return self.blur * (self.size @ np.abs(self.chart.weights(z)) + np.abs(self.chart.y))

    def noise(self, z):
        """The velocity that these errors may feign, (n,)."""
        return self.chart.bound(z, self.errors(z) @ self.size)

    def activations(self, z):
        """lambda, (s, m)."""
        self.margins(z)
        seen, sliding = self.on.astype(float), np.flatnonzero(self.line >= 0)
        seen[sliding, self.line[sliding]] = self.share[sliding]
        return seen.T

    def edges(self, z):
        """How far free neurons are inside their arcs, (2, m), in units of rounding; -1: outside."""
        q = self.chart.plane(z)
        inside = self.normal[:, 0] * q[0] + self.normal[:, 1] * q[1]
        return inside / self.slack(z)

    def slack(self, z):
        return np.maximum(ROUNDING * self.chart.extent(z), TINY)

    def margin(self, z, row, i):
        """One of the margins."""
        if row >= OFF:
            return self.margins(z)[row, i]
        (n1, n2), (q1, q2) = self.normal[row, :, i], self.chart.seen(z, i)
        return (n1 * q1 + n2 * q2) / self.slack(z)[i]

    def margins(self, z):
        """What must stay above -1, (6, m): edges of the free, what keeps others on a line."""
        margin, sliding = np.zeros((6, self.m)), np.flatnonzero(self.line >= 0)
        margin[:2] = self.edges(z)
        if len(sliding):
            rho, errors = self.residuals(z), self.errors(z)
            j, side, way = self.line[sliding], self.side[sliding], self.way[sliding]
            group = np.where(way > 0, j, self.s + j)
            beside, error = (self.beyond @ rho)[group], (np.abs(self.beyond) @ errors)[group]
            own, own_error = (rho * self.gram.diagonal())[j], (errors * self.gram.diagonal())[j]
            error = np.maximum(error + own_error, TINY)
            slack = self.slack(z)[sliding]
            margin[OFF, sliding] = -side * beside / error                           # lambda > 0
            margin[ON, sliding] = side * (beside + own) / error                     # lambda < 1
            # r keeps its sign
            margin[RELEASE, sliding] = side * self.chart.strength(z)[sliding] / slack
            # away from a = b = 0
            margin[ORIGIN, sliding] = self.chart.reach(z, sliding, j) * way / slack
            known = np.abs(own) > 100 * error
            self.share[sliding[known]] = np.clip(-beside[known] / own[known], 0, 1)
        return margin

    def change(self, time, z, row, i):
        """Carry out the event of margin (row, i); returns the state, put exactly on the line."""
        if len(self.events) >= self.limit:
            so_far = f"{self.limit} events by t = {time:.6g}"
            raise ArithmeticError(f"limit: {so_far}; raise it, or ask for earlier times")
        i = int(i)
        if row < OFF:
            j = self.edge(i, row)
            z = self.chart.put(z, i, j)
            kind = self.meet(z, i, j, row)
        else:
            j = int(self.line[i])
            kind = {OFF: "leave", ON: "leave", RELEASE: "release", ORIGIN: "origin"}[row]
            self.line[i] = -1
            self.on[i, j] = row == ON or (row != OFF and self.share[i] > 0.5)
            count = self.on[i].sum()
            self.arc[i] = (count if self.way[i] > 0 else -count) % (2 * self.s)
            if row == ORIGIN:
                z = self.through_origin(i, j, z)
        self._tables(i)
        self.events.append(Event(float(time), i, j, kind))
        return z

    def meet(self, z, i, j, row):
        """Neuron i has come to line j, the edge `row` of its arc: it dies, sticks or crosses."""
        was_on = bool(self.on[i, j])
        self.on[i, j] = False
        if was_on and not self.on[i].any():
            self.arc[i] = 0
            return "death"
        rho, strength = self.residuals(z), self.chart.strength(z)[i]
        beside = (self.on[i] * rho) @ self.gram[j]
        inactive = -strength * beside  # the speeds of <x~_j, q>, up to a factor
        active = -strength * (beside + rho[j] * self.gram[j, j])
        if (was_on and inactive >= 0) or (not was_on and active <= 0):
            self.stick(i, j, np.sign(self.chart.plane(z)[0, i]), strength)
            return "stick"
        self.arc[i] = (self.arc[i] + (1 if row else -1)) % (2 * self.s)
        self.on[i] = self.active[self.arc[i]]
        return "cross"

    def stick(self, i, j, way, strength):
        self.line[i], self.way[i], self.side[i], self.share[i] = j, way, np.sign(strength), 0.5

    def through_origin(self, i, j, z):
        """Neuron i slid along line j into a = b = 0, where all arcs meet.

        Close to it angles turn at once: it goes on from the far side of its line to the nearest
        angle where V is least.
        """
        z, s, active = self.chart.stop(z, i), self.s, self.active
        strength, rho = self.chart.strength(z)[i], self.residuals(z)
        force = -strength * (active * rho) @ self.tilde  # the direction of q' in each arc, (2s, 2)
        at = lambda b: self.angle[b % (2 * s)]
        # angular velocity in arc k at b
        turn = lambda b, k: force[k % (2 * s)] @ (-np.sin(at(b)), np.cos(at(b)))
        b = (s - 1 - j) + (s if self.way[i] > 0 else 0)
        step = 1 if turn(b, b + 1) > 0 else -1 if turn(b, b) < 0 else 0
        while step:
            k = b + (step > 0)  # the arc it turns through
            self.arc[i] = k % (2 * s)
            self.on[i] = active[self.arc[i]]
            # dead, or straight out within this arc
            if not self.on[i].any() or step * turn(b + step, k) <= 0:
                return z
            b += step
            if step * turn(b, k + step) < 0:
                break
        self.arc[i] = b % (2 * s)
        self.on[i] = active[b % (2 * s)] & active[(b + 1) % (2 * s)]
        if force[b % (2 * s)] @ (np.cos(at(b)), np.sin(at(b))) > 0:         # along line b, outwards
            line = int(np.roll(self.sample, -1)[b % (2 * s)])
            self.stick(i, line, np.sign(np.cos(at(b))), strength)
        else:
            self.arc[i], self.on[i] = 0, False  # no way out: it stays at the origin
        return z
