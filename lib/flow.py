"""The exact gradient flow of a network: smooth between events, sliding along attracting lines.

While no neuron meets a sample line the flow is a smooth ordinary differential equation. A neuron
that meets a line crosses it, or sticks to it where the velocities on both sides point at the line:
it slides along the line with a fractional activation lambda, until lambda leaves [0, 1] (Filippov's
solution, the limit of small gradient steps).
"""
import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .checks import numbers, real, whole
from .flow_charts import Full, MeanField
from .network import Canonical, Network
from .pattern import OFF, ROUNDING, Event, Pattern
from .samples import Samples
from .stiff import ORDER, stiff_step

INSIDE = np.array([0.2, 0.4, 0.6, 0.8])  # where in a step edges are looked at, beside its end
# Hermite's cubic there,
CUBIC = np.stack([(1 - INSIDE)**2 * (1 + 2 * INSIDE), INSIDE * (1 - INSIDE)**2,
                  # from values and slopes
                  INSIDE**2 * (3 - 2 * INSIDE), INSIDE**2 * (INSIDE - 1)], 1)
LOOSER = 100  # tolerance of stiff steps, over that of explicit ones
STIFF = 2.0  # step times the largest rate; explicit steps end at about 6


@dataclass(frozen=True, eq=False)
class Flow:
    """A flow looked at at `times` (T,): states with leading axis T, activations, and events.

    activations: (T, s, m), 0 or 1, and between 0 and 1 for the own sample of a neuron that slides.
    """

    times: Tensor
    network: Network | Canonical
    activations: Tensor
    events: list[Event]


def gradient_flow(start: Network | Canonical, samples: Samples, times, *, tolerance=1e-11,
                  limit=20_000) -> Flow:
    """The gradient flow from `start` (one network) at the increasing times (T,), none negative.

    A Network follows z' = -grad L (2), in time = learning rate × epochs.  A Canonical follows the
    mean-field flow w' = -grad V = -m grad L~ (11), whose time is 1/m of that of (7).  States are
    float64.  The last time may be infinite: the limit.  The flow has come to rest, and costs
    nothing more, where its velocity is rounding, or too small to move any neuron by `tolerance` of
    its size in the time left (in all the time gone by, if that is infinite: so a flow that
    converges like a power of t, not exponentially, ends a little before its limit). tolerance: of
    the ODE solvers, relative, from 1e-13 to 1e-3 (100 times that late in stiff flows);  limit: the
    largest number of events. Not unique are a flow whose neuron is on a line that turns repelling
    (we take the side where lambda is larger), and one that slides into a = b = 0 (we go straight
    through; this need not be the limit of gradient descent, whose smallest steps decide there).
    Raises ValueError naming bad times, tolerance or limit, or for a batch; ArithmeticError past the
    limit, or where there is no rest in infinite time. Williams et al. 2019, Eq. (2), (7), (11),
    with the selection on the sample lines that the paper leaves open.
    """
    if not isinstance(start, Network | Canonical) or not isinstance(samples, Samples):
        raise ValueError("start, samples: want a Network or a Canonical, then Samples, "
                         f"got {type(start).__name__}, {type(samples).__name__}")
    times, limit = _times(times), whole("limit", limit)
    wants = "a number from 1e-13 to 1e-3"
    tolerance = real("tolerance", tolerance, wants, lambda v: 1e-13 <= v <= 1e-3)
    shape = start.parameters[0].shape
    if len(shape) != 1:
        raise ValueError(f"start: want one network, got a batch of shape {tuple(shape[:-1])}")
    chart = (Full if isinstance(start, Network) else MeanField)(start, samples)
    walk = _Walk(Pattern(chart, limit, tolerance / 50), times.numpy() * chart.clock, tolerance)
    with np.errstate(all="ignore"):  # of trial steps that are too long
        while len(walk.states) < len(times):
            walk.on()
    history = chart.state(torch.from_numpy(np.array(walk.states)))
    return Flow(times, history, torch.from_numpy(np.array(walk.seen)), walk.pattern.events)


def _times(times) -> Tensor:
    times = numbers("times", times).detach().cpu()
    if times.ndim != 1 or not len(times) or not times[0] >= 0 or not (times.diff() > 0).all():
        wants = "increasing times from 0 on (the last may be inf, none nan), shape (T,)"
        raise ValueError(f"times: want {wants}, got {times}")
    return times


class _Dense:
    """The interpolation of a solver's last step, made when it is asked for."""

    def __init__(self, solver):
        self.solver, self.dense = solver, None

    def __call__(self, t):
        self.dense = self.dense or self.solver.dense_output()
        return self.dense(t)


class _Walk:
    """The way of the flow from event to event, in the units of its chart."""

    def __init__(self, pattern, wanted, tolerance):
        self.pattern, self.wanted, self.tolerance = pattern, wanted, tolerance
        self.now, self.z, self.stiff, self.steps = 0.0, pattern.chart.start, False, 0
        self.states, self.seen = [], []
        self.born = pattern.chart.sizes(self.z)
        self.rate = self.top_rate()
        self.h = 0.01 / self.rate if self.rate else 1.0

    @property
    def left(self):
        return self.wanted[-1] - self.now

    def on(self):
        """Go on until the pattern breaks, the solver changes, or the flow rests or ends."""
        v = self.pattern.velocity(self.z)
        if self.left <= 0 or self.rests(self.z, v):
            self.look(math.inf, lambda t: self.z)
            return
        self.look(self.now, lambda t: self.z)
        table = self.pattern.margins(self.z)
        if (table < -1).any():  # an event has moved a neuron a little, and another one with it
            self.meet(self.now, self.z, np.argwhere(table < -1).tolist())
        else:
            (self.creep if self.stiff else self.stride)(v, table)

    def top_rate(self):
        """The largest rate of decay, and of growth."""
        z, pattern = self.z, self.pattern
        tangent = pattern.tangent(z) * np.sqrt(pattern.chart.metric)
        growth = np.abs(pattern.velocity(z) / np.maximum(pattern.chart.sizes(z), 1e-300)).max()
        return max(np.linalg.norm(tangent, 2) ** 2, growth, pattern.decay(z).max())

    def scale(self, z):
        return self.tolerance * np.maximum(self.pattern.chart.sizes(z), 1e-25 * self.born) + 1e-300

    def rests(self, z, v):
        """Whether nothing will move any more."""
        left = self.left
        if left == math.inf:
            left = max(self.now, 1e6 / self.rate if self.rate else 0.0)
        speed, sizes = np.abs(v), self.pattern.chart.sizes(z)
        # delta, rounded, is 0: it cannot grow again
        gone = (sizes < 1e-12 * self.born) & (z * v <= 0)
        rounding = speed <= self.pattern.noise(z)
        return bool((gone | rounding | (speed * left <= self.scale(z))).all())

    def look(self, end, at):
        """Note the states at the wanted times up to `end`; at: time -> state."""
        while len(self.states) < len(self.wanted) and self.wanted[len(self.states)] <= end:
            state = at(self.wanted[len(self.states)])
            self.states.append(state)
            self.seen.append(self.pattern.activations(state))

    def stride(self, v, table):
        """Explicit steps of order 8."""
        from scipy.integrate import DOP853

        origin, rhs = self.now, lambda t, z: self.pattern.velocity(z)
        accuracy = dict(rtol=self.tolerance, atol=1e-2 * self.scale(self.z))
        solver = DOP853(rhs, 0.0, self.z, self.left, first_step=min(self.h, self.left), **accuracy)
        while solver.status == "running":
            before, z = solver.t, solver.y
            message = solver.step()
            if solver.status == "failed":
                raise ArithmeticError(f"{self.stuck(origin + before)}: {message}")
            self.h, at = solver.t - before, _Dense(solver)
            after = self.pattern.margins(solver.y)
            spot = self.breaks(at, before, solver.t, (table, z, v), (after, solver.y, solver.f))
            if spot is not None:
                end, state, broken = self.first(at, before, spot, table)
                self.look(origin + end, lambda t: at(t - origin))
                # then interpolation is as good as the step
                if end == before or solver.h_abs > 2 * self.h:
                    z = state
                else:
                    again = DOP853(rhs, before, z, end, first_step=end - before, **accuracy)
                    while again.status == "running":
                        again.step()
                    z = again.y
                self.meet(origin + end, z, broken)
                return
            self.now, self.z, v, table = origin + solver.t, solver.y, solver.f, after
            self.look(self.now, lambda t: at(t - origin))
            self.steps += 1
            if self.steps % 8 == 0:
                self.rate = self.top_rate()
                self.stiff = self.h * self.rate > STIFF
                if self.stiff or self.rests(self.z, v):
                    return

    def creep(self, v, table):
        """Linearly implicit steps, until they are no longer than explicit ones would be."""
        pattern, z = self.pattern, self.z
        tangent, metric, decay = pattern.tangent(z), pattern.chart.metric, pattern.decay(z)
        scale = self.scale(z)
        # all neurons share the rounding of a solve
        scale = LOOSER * np.maximum(scale, 1e-6 * scale.max())
        self.rate = self.top_rate()
        aim = self.wanted[len(self.states)] - self.now
        h = min(self.h, aim)

        def step(h):
            end, error = stiff_step(pattern.velocity, tangent, metric, decay, z, h, scale)
            return self.settled(end), error

        while True:
            end, error = step(h)
            if error > 1:
                h *= max(0.1, 0.9 * error ** (-1 / ORDER))
                if self.now + h == self.now and h * self.rate < 1e-12:
                    raise ArithmeticError(self.stuck(self.now))
                continue
            after = pattern.margins(end)
            at = lambda t: step(t)[0] if t < h else end
            spot = self.breaks(at, 0.0, h, (table, z, v), (after, end, pattern.velocity(end)))
            if spot is None:
                break
            if spot < h:                            # something may end inside: a shorter step tells
                h = spot
                continue
            close = self.tolerance / ROUNDING / 50
            spot, state, broken = self.first(at, 0.0, h, table, close)
            self.h = h
            self.meet(self.now + spot, state, broken)
            return
        self.now, self.z = self.now + h, end
        if h == aim:
            self.now = self.wanted[len(self.states)]
        else:
            self.stiff = h * self.rate > STIFF / 4
        self.h = h * min(8.0, 0.9 * max(error, 1e-30) ** (-1 / ORDER))

    def settled(self, z):
        """z, with neurons on their line that a stiff step took over it by its error alone.

        They move back inside: to take that for a meeting would be to stick and leave for ever.
        """
        chart, pattern, edges = self.pattern.chart, self.pattern, self.pattern.edges(z)
        rows, neurons = np.nonzero((edges < -1) & (edges > -LOOSER * self.tolerance / ROUNDING))
        if len(rows):
            turning = chart.turning(z, pattern.velocity(z))
            inward = np.einsum("ekm,km->em", pattern.normal, turning)
            for row, i in zip(rows, neurons):
                if inward[row, i] > 0:
                    z = chart.put(z, i, pattern.edge(i, row))
        return z

    def time(self, now):
        return now / self.pattern.chart.clock

    def stuck(self, now):
        return f"the flow could not go on past t = {self.time(now):.6g}"

    def meet(self, now, z, broken):
        """The events at `now`, one for each neuron."""
        for i, row in {int(i): int(row) for row, i in reversed(broken)}.items():
            z = self.pattern.change(self.time(now), z, row, i)
        self.now, self.z = now, z

    def breaks(self, at, start, end, before, after):
        """A time in the step at which a margin has ended, or None.

        before, after: margins, state and velocity.
        """
        (table, z, v), (table_end, z_end, v_end), h = before, after, end - start
        chart, pattern = self.pattern.chart, self.pattern
        turns = [np.einsum("ekm,km->em", pattern.normal, chart.turning(*of))
                 for of in ((z, v), (z_end, v_end))]
        slopes = [turn * (h / pattern.slack(at)) for turn, at in zip(turns, (z, z_end))]
        ends = np.stack([table[:OFF], slopes[0], table_end[:OFF], slopes[1]])
        inside = np.tensordot(CUBIC, ends, 1)                           # (4, 2, m)
        for p in np.flatnonzero((inside < -1).any((1, 2))):
            spot = start + INSIDE[p] * h
            if (pattern.margins(at(spot)) < -1).any():
                return spot
        return end if (table_end < -1).any() else None

    def first(self, at, start, end, table, close=0.25):
        """The first time in [start, end] at which margins end, its state, their (row, neuron)."""
        fresh, z = np.ones_like(table, bool), at(end)
        while True:
            now = self.pattern.margins(z)
            rows, neurons = np.nonzero(fresh & (now < -1))
            if not len(rows):
                break
            had, has = table[rows, neurons] + 1, now[rows, neurons] + 1
            pick = np.argmin(had / (had - has))  # where a straight line would end first
            chosen = rows[pick], neurons[pick]
            fresh[chosen] = False
            margin = lambda z: self.pattern.margin(z, *chosen) + 1
            if had[pick] > 0:
                end, z = _root(at, margin, close, (start, had[pick]), (end, has[pick], z))
            else:
                end, z = start, at(start)
            if end == start:
                now = table
                break
        ended = {chosen} | set(zip(*np.nonzero(now < -0.5)))
        return end, z, sorted(ended, key=lambda k: k != chosen)


def _root(at, margin, close, low, high):
    """Where a margin, positive at `low`, negative at `high`, is `close` to 0, and the state there.

    The Illinois method.
    """
    (a, fa), (b, fb, z), last = low, high, 0
    close = min(close, fa / 2)  # a neuron that has just left its line may begin as close as that
    for _ in range(40):
        t = b - fb * (b - a) / (fb - fa)
        if not a < t < b:
            break
        state = at(t)
        f = margin(state)
        if f > 0:
            a, fa, fb, last = t, f, fb / 2 if last > 0 else fb, 1
        else:
            b, fb, fa, z, last = t, f, fa / 2 if last < 0 else fa, state, -1
        if abs(f) < close:
            return t, state
    return b, z
