"""The two charts of the exact flow: how its state is laid out, how fast it moves for given forces.

A chart knows nothing of events; lib.flow decides what every neuron sees and passes it as the table
A, (s, 2m): column i (and m + i) has the first (second) component of x~_j where neuron i sees sample
j, projected on its line if it slides. Then rho = A @ weights - y, and rho @ A are the forces g,
(2m,). Shapes: m neurons, s samples, state z (n,). Charts work in units in which states and targets
are about 1: `unit` is that of the state, `clock` the units of time in one unit of time. NumPy, for
SciPy's solvers.
"""
import numpy as np
import torch

from .network import Canonical, Network


class Full:
    """The flow (2) in q = (a, -b) and c, alpha taken into the units; state (q_1, q_2, c), (3m,)."""

    def __init__(self, network, samples):
        self.samples, self.alpha = samples, network.alpha.item()
        self.tilde, y = _arrays(samples.tilde, samples.y)
        (z,) = _arrays(torch.cat([network.a, -network.b, network.c], -1))
        self.unit = _power(max(abs(z).max(), np.sqrt(self.alpha) * np.sqrt(abs(y).max())))
        self.start, self.y = z / self.unit, y * (self.alpha / self.unit) / self.unit
        self.clock = (self.unit / self.alpha) ** 2
        self.m, self.metric = len(z) // 3, np.ones(len(z))

    def plane(self, z):
        """The vector whose half-planes are seen: q, (2, m)."""
        return z[:2 * self.m].reshape(2, -1)

    def weights(self, z):
        return (self.plane(z) * z[2 * self.m:]).ravel()

    def strength(self, z):
        """What has the sign of r, (m,)."""
        return z[2 * self.m:]

    def turning(self, z, v):
        """The velocity of the plane, (2, m), where the state has velocity v."""
        return self.plane(v)

    def velocity(self, z, g, free):
        """z' for forces g, (2m,); free: (m,), whether a neuron may turn."""
        m, c = self.m, z[2 * self.m:]
        pull = z[:2 * m] * g
        return -np.concatenate([c * g[:m], c * g[m:], pull[:m] + pull[m:]])

    def tangent(self, z, A, free):
        """J = d rho / dz, (s, n); z' = -metric J^T rho."""
        m, c = self.m, z[2 * self.m:]
        pre = A * z[:2 * m]
        return np.concatenate([A[:, :m] * c, A[:, m:] * c, pre[:, :m] + pre[:, m:]], 1)

    def decay(self, z, g, free):
        """Rates at which coordinates come to rest by themselves, the forces g held, (n,)."""
        return np.zeros(3 * self.m)

    def bound(self, z, g):
        """What |z'| can be for forces of sizes g, (2m,)."""
        m, size = self.m, np.abs(z)
        pull = size[:2 * m] * g
        return np.concatenate([size[2 * m:] * g[:m], size[2 * m:] * g[m:], pull[:m] + pull[m:]])

    def extent(self, z):
        """The size of every neuron, (m,)."""
        size = np.abs(z)
        return size[:self.m] + size[self.m:2 * self.m] + size[2 * self.m:]

    def sizes(self, z):
        """The size of every coordinate, (n,): its neuron's: forces given, it moves linearly."""
        size = self.extent(z)
        return np.concatenate([size, size, size])

    def seen(self, z, i):
        """The plane of neuron i alone."""
        return z[i], z[self.m + i]

    def put(self, z, i, j):
        """The state with neuron i exactly on line j."""
        at, line, z = [i, i + self.m], self.tilde[j], z.copy()
        z[at] -= (z[at] @ line) / (line @ line) * line
        return z

    def stop(self, z, i):
        """The state with neuron i exactly at a = b = 0."""
        z = z.copy()
        z[[i, i + self.m]] = 0
        return z

    def reach(self, z, neurons, lines):
        """The distance from a = b = 0 along the line, signed as a."""
        x = self.tilde[lines, 0]
        return (z[neurons] - x * z[self.m + neurons]) / np.hypot(1, x)

    def state(self, states):
        q1, q2, c = (states * self.unit).chunk(3, -1)
        return Network(q1, -q2, c, self.alpha)


class MeanField:
    """The flow (11) in (r, theta); the state is (r, theta), (2m,)."""

    def __init__(self, canonical, samples):
        self.samples, self.m = samples, canonical.m
        self.tilde, y = _arrays(samples.tilde, samples.y)
        r, theta = _arrays(canonical.r, canonical.theta)
        self.unit = _power(max(abs(r).max(), abs(y).max()))
        self.start, self.y = np.concatenate([r / self.unit, theta]), y / self.unit
        self.clock = max(1.0, self.unit**2)
        speeds = self.m / self.clock, self.m * self.unit / self.clock * self.unit
        self.metric = np.repeat(speeds, self.m).clip(np.finfo(float).tiny)

    def plane(self, z):
        """The vector whose half-planes are seen: d(theta), (2, m)."""
        return np.stack([np.cos(z[self.m:]), np.sin(z[self.m:])])

    def turning(self, z, v):
        cos, sin = self.plane(z)
        return np.stack([-sin, cos]) * v[self.m:]

    def weights(self, z):
        return (self.plane(z) * (z[:self.m] / self.m)).ravel()

    def strength(self, z):
        return z[:self.m]

    def velocity(self, z, g, free):
        (cos, sin), (g1, g2) = self.plane(z), g.reshape(2, -1)
        slope = np.concatenate([g1 * cos + g2 * sin, z[:self.m] * free * (g2 * cos - g1 * sin)])
        return -self.metric / self.m * slope

    def tangent(self, z, A, free):
        (cos, sin), A1, A2 = self.plane(z), A[:, :self.m], A[:, self.m:]
        across = z[:self.m] * free * (A2 * cos - A1 * sin)
        return np.concatenate([A1 * cos + A2 * sin, across], 1) / self.m

    def decay(self, z, g, free):
        (cos, sin), (g1, g2) = self.plane(z), g.reshape(2, -1)
        metric = self.metric[self.m:] / self.m
        falls = -metric * free * z[:self.m] * (g1 * cos + g2 * sin)  # angles, to where V is least
        return np.concatenate([np.zeros(self.m), falls.clip(0)])

    def bound(self, z, g):
        total = g[:self.m] + g[self.m:]
        return self.metric / self.m * np.concatenate([total, np.abs(z[:self.m]) * total])

    def extent(self, z):
        return np.ones(self.m)

    def seen(self, z, i):
        return np.cos(z[self.m + i]), np.sin(z[self.m + i])

    def sizes(self, z):
        largest = max(abs(z[:self.m]).max(), abs(self.y).max())
        return np.concatenate([np.full(self.m, largest), np.ones(self.m)])

    def put(self, z, i, j):
        d, line, z = self.plane(z)[:, i], self.tilde[j], z.copy()
        z[i + self.m] -= (d @ line) / (line @ (-d[1], d[0]))
        return z

    def reach(self, z, neurons, lines):
        return np.where(self.plane(z)[0, neurons] > 0, 1.0, -1.0)  # theta is defined at r = 0 too

    def state(self, states):
        r, theta = states.chunk(2, -1)
        return Canonical(r * self.unit, theta)


def _arrays(*tensors):
    return [value.detach().double().cpu().numpy() for value in tensors]


def _power(size):
    """The power of two next to a size, so that dividing by it rounds nothing; 1 for 0."""
    return 2.0 ** np.round(np.log2(size)) if size > 0 else 1.0
