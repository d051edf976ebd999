"""A stiff step for gradient flows z' = -metric J^T rho: linearly implicit Euler, extrapolated.

Late in a flow some directions have come to rest while others move a million times slower; an
explicit method would follow the fast ones for ever. Only -metric J^T J, and the decay of single
coordinates, are taken implicitly: the rest of the Jacobian vanishes with the forces, and with the
singular values of J, (s, n), a solve is two products.
"""
import numpy as np

ORDER = 8  # Euler steps 1, 2, ... ORDER in one step, extrapolated


class Implicit:
    """The part of the Jacobian that is taken implicitly: of the tangent J, (s, n), at one state.

    metric: (n,), positive;  decay: (n,), rates >= 0.
    """

    def __init__(self, tangent, metric, decay):
        self.tangent, self.metric, self.decay = tangent, metric, decay
        self.factors = None if decay.any() else self.factor(0.0)

    def factor(self, h):
        root = np.sqrt(self.metric / (1 + self.decay * h))
        _, values, across = np.linalg.svd(self.tangent * root, full_matrices=False)
        return root, root / self.metric, values**2, across

    def euler(self, velocity, z, h, count):
        """`count` linearly implicit steps of length h from z."""
        root, weight, rates, across = self.factors or self.factor(h)
        shrink = (rates * h / (1 + rates * h))[:, None] * across
        for _ in range(count):
            move = velocity(z) * (h * weight)
            z = z + root * (move - (across @ move) @ shrink)
        return z


def stiff_step(velocity, implicit, z, h, scale):
    """One step of length h from z, (n,): the new state, its error over `scale` (n,), good up to 1.

    velocity: z -> z', (n,);  implicit: an Implicit at z.  Order 8 in h.
    """
    row = []
    for k in range(1, ORDER + 1):
        new = [implicit.euler(velocity, z, h / k, k)]
        for p, old in enumerate(row, 1):
            new.append(new[-1] + (new[-1] - old) / (k / (k - p) - 1))
        row = new
    error = np.max(np.abs(row[-1] - row[-2]) / scale)
    return row[-1], error if np.isfinite(error) else np.inf
