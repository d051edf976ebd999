"""The two charts of the exact flow: how its state is laid out, how fast it moves for given forces (NumPy, for SciPy).

A chart knows nothing of events; lib.flow decides what every neuron sees. Shapes: m neurons, s samples, state y.
"""
import numpy as np
import torch

from .network import Canonical, Network


class Full:
    """The flow (2) in q = (a, -b) and c; the state is (q_1, q_2, c), (3m,)."""

    def __init__(self, network, samples):
        self.samples, self.alpha = samples, network.alpha.item()
        self.tilde, self.y = samples.tilde.double().numpy(), samples.y.double().numpy()
        self.start = torch.cat([network.a, -network.b, network.c], -1).double().numpy()

    def split(self, y):
        q1, q2, c = y.reshape(3, -1)
        return np.stack([q1, q2], 1), c

    def pre(self, y):
        return self.split(y)[0] @ self.tilde.T                              # <x~_j, q_i>, (m, s)

    def weight(self, y):
        return self.strength(y) / self.alpha

    def strength(self, y):
        return self.split(y)[1]                                             # has the sign of r

    def direction(self, y, i):
        return self.split(y)[0][i]

    def velocity(self, y, g, line):
        q, c = self.split(y)
        q_dot = -(c / self.alpha)[:, None] * g
        sliding = line >= 0
        normal = self.tilde[line[sliding]]
        q_dot[sliding] -= ((q_dot[sliding] * normal).sum(1) / (normal**2).sum(1))[:, None] * normal
        return np.concatenate([q_dot[:, 0], q_dot[:, 1], -(q * g).sum(1) / self.alpha])

    def put(self, y, i, j):
        """The state with neuron i exactly on line j."""
        q, y = self.split(y)[0][i], y.copy()
        y[[i, i + len(y) // 3]] -= (q @ self.tilde[j]) / (self.tilde[j] @ self.tilde[j]) * self.tilde[j]
        return y

    def stop(self, y, i):
        """The state with neuron i exactly at a = b = 0."""
        y = y.copy()
        y[[i, i + len(y) // 3]] = 0
        return y

    def reach(self, y, neurons, line):
        """The distance from a = b = 0 along the line, signed as a."""
        q, x = self.split(y)[0][neurons], self.tilde[line, 0]
        return (q[:, 0] - x * q[:, 1]) / np.hypot(1, x)

    def state(self, states):
        q1, q2, c = states.chunk(3, -1)
        return Network(q1, -q2, c, self.alpha)


class MeanField:
    """The flow (11) in (r, theta); the state is (r, theta), (2m,)."""

    def __init__(self, canonical, samples):
        self.samples = samples
        self.tilde, self.y = samples.tilde.double().numpy(), samples.y.double().numpy()
        self.start = torch.cat([canonical.r, canonical.theta], -1).double().numpy()

    def split(self, y):
        r, theta = y.reshape(2, -1)
        return r, np.stack([np.cos(theta), np.sin(theta)], 1)

    def pre(self, y):
        return self.split(y)[1] @ self.tilde.T

    def weight(self, y):
        return self.strength(y) / (len(y) // 2)

    def strength(self, y):
        return self.split(y)[0]

    def direction(self, y, i):
        return self.split(y)[1][i]

    def velocity(self, y, g, line):
        r, d = self.split(y)
        turning = -r * (g[:, 1] * d[:, 0] - g[:, 0] * d[:, 1])
        return np.concatenate([-(g * d).sum(1), np.where(line >= 0, 0, turning)])

    def put(self, y, i, j):
        d, y = self.split(y)[1][i], y.copy()
        y[i + len(y) // 2] -= (d @ self.tilde[j]) / (self.tilde[j] @ (-d[1], d[0]))
        return y

    def reach(self, y, neurons, line):
        return np.where(self.split(y)[1][neurons][:, 0] > 0, 1.0, -1.0)     # theta is defined at r = 0 too

    def state(self, states):
        return Canonical(*states.chunk(2, -1))
