"""A stiff step for gradient flows z' = -metric J^T rho: linearly implicit Euler, extrapolated.

Late in a flow some directions have come to rest while others move a million times slower; an
explicit method would follow the fast ones for ever. Only -metric J^T J, and the decay of single
coordinates, are taken implicitly: the rest of the Jacobian vanishes with the forces, and with the
singular values of J, (s, n), a solve is two products.
"""
import numpy as np

ORDER = 8  # Euler steps 1, 2, ... ORDER in one step, extrapolated


def stiff_step(velocity, tangent, metric, decay, z, h, scale):
    """One step of length h from z, (n,): the new state, its error over `scale` (n,), good up to 1.

    velocity: z -> z', (n,);  tangent: J at z, (s, n);  metric: (n,), positive;  decay: (n,), rates
    >= 0.  Order 8 in h.
    """
    row, root = [], None
    for k in range(1, ORDER + 1):
        if root is None or decay.any():
            root = np.sqrt(metric / (1 + decay * (h / k)))
            _, values, across = np.linalg.svd(tangent * root, full_matrices=False)
        shrink, end = values**2 * (h / k), z
        shrink = shrink / (1 + shrink)
        for _ in range(k):
            move = velocity(end) * (h / k) / metric * root
            end = end + root * (move - (shrink * (across @ move)) @ across)
        new = [end]
        for p, old in enumerate(row, 1):
            new.append(new[-1] + (new[-1] - old) / (k / (k - p) - 1))
        row = new
    error = np.max(np.abs(row[-1] - row[-2]) / scale)
    return row[-1], error if np.isfinite(error) else np.inf
