"""The exact gradient flow of a network: smooth between activation changes, with sliding along attracting sample lines.

While no neuron meets a sample line the flow is a smooth ordinary differential equation. A neuron that meets a line
crosses it, or sticks to it where the velocities on both sides point at the line: it slides along the line with a
fractional activation lambda, until lambda leaves [0, 1] (Filippov's solution, the limit of small gradient steps).
"""
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .attractors import arcs
from .charts import Full, MeanField
from .network import Canonical, Network
from .samples import Samples

CHECKS = np.array([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])  # where in a step the activation pattern is looked at
SLACK = 1e-12                                      # a neuron this far over a line has not crossed it


@dataclass(frozen=True)
class Event:
    """A change of the activation pattern: of which neuron, at the line of which sample, at what time.

    kind: "cross" (to the other side), "stick" (to an attracting line), "leave" (a line that no longer attracts),
    "release" (a line that now repels: r changed its sign there), "death" (into the dead arc), "origin" (a = b = 0).
    """

    time: float
    neuron: int
    sample: int
    kind: str


@dataclass(frozen=True, eq=False)
class Flow:
    """A flow looked at at `times` (T,): states with leading axis T, what every neuron sees, and what happened.

    activations: (T, s, m), 0 or 1, and between 0 and 1 for the own sample of a neuron that slides.
    """

    times: Tensor
    network: Network | Canonical
    activations: Tensor
    events: list[Event]


def gradient_flow(start: Network | Canonical, samples: Samples, times, *, tolerance=1e-11, limit=20_000) -> Flow:
    """The gradient flow from `start` (one network), looked at at the increasing times (T,), none negative.

    A Network follows z' = -grad L (2), in time = learning rate x epochs.  A Canonical follows the mean-field flow
    w' = -grad V = -m grad L~ (11), whose time is 1/m of that of (7).  tolerance: of the ODE solver (DOP853), relative;
    limit: the largest number of events.  Where a line turns repelling under a neuron, or one slides into a = b = 0, the
    continuation is not unique: we take the side where lambda is larger, and straight through the origin.
    Raises ValueError for bad times or a batch, ArithmeticError past the limit.
    Williams et al. 2019, Eq. (2), (7), (11), with the selection on the sample lines that the paper leaves open.
    """
    if not isinstance(start, Network | Canonical) or not isinstance(samples, Samples):
        raise ValueError("start, samples: want a Network or a Canonical, then Samples, "
                         f"got {type(start).__name__}, {type(samples).__name__}")
    times = torch.as_tensor(times, dtype=torch.float64)
    if times.ndim != 1 or not len(times) or times[0] < 0 or not (times.diff() > 0).all():
        raise ValueError(f"times: want increasing times from 0 on, shape (T,), got {times}")
    shape = (start.a if isinstance(start, Network) else start.r).shape
    if len(shape) != 1:
        raise ValueError(f"start: want one network, got a batch of shape {tuple(shape[:-1])}")
    chart = (Full if isinstance(start, Network) else MeanField)(start, samples)
    pattern = _Pattern(chart, limit)
    states, seen = [], []
    wanted, now, y = times.numpy(), 0.0, chart.start
    while len(states) < len(wanted):
        pieces, now, y = _segment(pattern, now, y, wanted[len(states):], tolerance)
        states += pieces
        seen += [pattern.activations(state) for state in pieces]
        if len(states) < len(wanted):
            y = pattern.change(now, y)
    history = chart.state(torch.from_numpy(np.array(states)))
    return Flow(times, history, torch.from_numpy(np.array(seen)), pattern.events)


def _segment(pattern, now, y, wanted, tolerance):
    """Integrate with the pattern fixed until it breaks or the last wanted time: wanted states, time, state."""
    from scipy.integrate import DOP853

    pieces = [y] * int((wanted <= now).sum())
    if len(pieces) == len(wanted):
        return pieces, now, y
    rhs = lambda t, y: pattern.velocity(y)
    solver = DOP853(rhs, now, y, wanted[-1], rtol=tolerance, atol=tolerance * 1e-2)
    while solver.status == "running":
        before, y_before = solver.t, solver.y.copy()
        message = solver.step()
        if solver.status == "failed":
            raise ArithmeticError(f"the flow could not go on past t = {before:.6g}: {message}")
        dense = solver.dense_output()
        broken = pattern.first_break(dense, before, solver.t)
        end = solver.t if broken is None else broken
        while len(pieces) < len(wanted) and wanted[len(pieces)] <= end:
            pieces.append(dense(wanted[len(pieces)]))
        if broken is not None:
            if broken > before:                     # the step again, to the event: more accurate than its interpolation
                again = DOP853(rhs, before, y_before, broken, rtol=tolerance, atol=tolerance * 1e-2)
                while again.status == "running":
                    again.step()
                y_before = again.y
            return pieces, broken, y_before
    return pieces, solver.t, solver.y


class _Pattern:
    """Which neuron sees which sample, which neurons slide on which line, and when that stops being true."""

    def __init__(self, chart, limit):
        self.chart, self.limit, self.events = chart, limit, []
        self.tilde, self.square = chart.tilde, (chart.tilde**2).sum(1)
        self.on = chart.pre(chart.start) > 0                                # (m, s); own line of a sliding neuron: off
        self.line = np.full(len(self.on), -1)                               # the line a neuron slides on, -1: none
        self.way = np.zeros(len(self.on))                                   # the sign of a on that line
        self.side = np.zeros(len(self.on))                                  # the sign of r when it stuck

    def forces(self, y):
        """g_i without a sliding neuron's own sample, (m, 2), and the residuals, (s,)."""
        rho = self.chart.weight(y) @ (self.on * self.chart.pre(y)) - self.chart.y
        return (self.on * rho) @ self.tilde, rho

    def velocity(self, y):
        return self.chart.velocity(y, self.forces(y)[0], self.line)

    def activations(self, y):
        """lambda, (s, m)."""
        seen, sliding = self.on.astype(float), np.flatnonzero(self.line >= 0)
        g, rho = self.forces(y)
        j = self.line[sliding]
        seen[sliding, j] = -(g[sliding] * self.tilde[j]).sum(1) / (rho[j] * self.square[j])
        return seen.T

    def margins(self, y):
        """What must stay positive, (m, s + 4): what a free neuron sees; what keeps a sliding neuron on its line."""
        margin = np.ones((len(self.on), self.on.shape[1] + 4))
        free = (self.line < 0) & self.on.any(1)                             # dead neurons do not move
        margin[free, :-4] = np.where(self.on, 1, -1)[free] * self.chart.pre(y)[free]
        sliding = np.flatnonzero(self.line >= 0)
        if len(sliding):
            g, rho = self.forces(y)
            j, side = self.line[sliding], self.side[sliding]
            beside = (g[sliding] * self.tilde[j]).sum(1)
            margin[sliding, -4] = -side * beside                            # lambda > 0
            margin[sliding, -3] = side * (beside + rho[j] * self.square[j])  # lambda < 1
            margin[sliding, -2] = side * self.chart.strength(y)[sliding]    # r keeps its sign
            margin[sliding, -1] = self.chart.reach(y, sliding, j) * self.way[sliding]   # away from a = b = 0
        return margin

    def first_break(self, dense, start, end):
        """The first time in [start, end] at which a margin ends, or None; remembers which."""
        from scipy.optimize import brentq

        spots = start + (end - start) * CHECKS
        table = np.array([self.margins(dense(t)) for t in spots])           # (6, m, s + 4)
        broken = (table[1:] < -SLACK).any((1, 2))
        if not broken.any():
            return None
        p = int(broken.argmax())
        roots = {}
        for i, k in zip(*np.nonzero(table[p + 1] < -SLACK)):
            margin = lambda t: self.margins(dense(t))[i, k]
            roots[int(i), int(k)] = (brentq(margin, spots[p], spots[p + 1], xtol=1e-15, rtol=1e-14)
                                     if table[p, i, k] > 0 else spots[p])
        self.broken = min(roots, key=roots.get)
        return roots[self.broken]

    def change(self, now, y):
        """Carry out the event found last; returns the state, put exactly on the line."""
        if len(self.events) >= self.limit:
            raise ArithmeticError(f"limit: {self.limit} events by t = {now:.6g}; raise it, or ask for earlier times")
        i, k = self.broken
        if self.line[i] < 0:
            j = k
            y = self.chart.put(y, i, j)
            kind = self.meet(i, j, y)
        else:
            j = int(self.line[i])
            kind = ("leave", "leave", "release", "origin")[k - self.on.shape[1]]
            share = self.activations(y)[j, i]
            self.line[i] = -1
            self.on[i, j] = share > 0.5
            if kind == "origin":
                y = self.through_origin(i, j, y)
        self.events.append(Event(float(now), i, j, kind))
        return y

    def meet(self, i, j, y):
        """Neuron i has come to line j: it dies, sticks or crosses."""
        was_on, self.on[i, j] = self.on[i, j].item(), False
        if was_on and not self.on[i].any():
            return "death"
        g, rho = self.forces(y)
        strength, beside = self.chart.strength(y)[i], g[i] @ self.tilde[j]
        inactive = -strength * beside                                       # the speeds of <x~_j, q>, up to a factor
        active = -strength * (beside + rho[j] * self.square[j])
        if (was_on and inactive >= 0) or (not was_on and active <= 0):
            self.stick(i, j, np.sign(self.chart.direction(y, i)[0]), strength)
            return "stick"
        self.on[i, j] = not was_on
        return "cross"

    def stick(self, i, j, way, strength):
        self.line[i], self.way[i], self.side[i] = j, way, np.sign(strength)

    def through_origin(self, i, j, y):
        """Neuron i slid along line j into a = b = 0, where all arcs meet.

        Close to it angles turn at once: it goes on from the far side of its line to the nearest angle where V is least.
        """
        y, s = self.chart.stop(y, i), len(self.tilde)
        cut, strength = arcs(self.chart.samples), self.chart.strength(y)[i]
        active, angle = cut.active.numpy(), np.roll(cut.start.numpy(), -1)  # boundary b: between arcs b and b + 1
        force = -strength * (active * self.forces(y)[1]) @ self.tilde       # the direction of q' in each arc, (2s, 2)
        at = lambda b: angle[b % (2 * s)]
        turn = lambda b, k: force[k % (2 * s)] @ (-np.sin(at(b)), np.cos(at(b)))        # angular velocity in arc k at b
        b = (s - 1 - j) + (s if self.way[i] > 0 else 0)
        step = 1 if turn(b, b + 1) > 0 else -1 if turn(b, b) < 0 else 0
        while step:
            k = b + (step > 0)                                              # the arc it turns through
            self.on[i] = active[k % (2 * s)]
            if not self.on[i].any() or step * turn(b + step, k) <= 0:       # dead, or straight out within this arc
                return y
            b += step
            if step * turn(b, k + step) < 0:
                break
        self.on[i] = active[b % (2 * s)] & active[(b + 1) % (2 * s)]
        if force[b % (2 * s)] @ (np.cos(at(b)), np.sin(at(b))) > 0:         # along line b, outwards
            self.stick(i, int(cut.sample.roll(-1)[b % (2 * s)]), np.sign(np.cos(at(b))), strength)
        else:
            self.on[i] = False                                              # no way out: it stays at the origin
        return y
