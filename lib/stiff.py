"""A stiff step for gradient flows z' = -metric J^T rho: the linearly implicit Euler method, extrapolated.

Late in a flow some directions have come to rest while others move a million times slower; an explicit method would
follow the fast ones for ever. Only -metric J^T J is taken implicitly: the rest of the Jacobian vanishes with the
residuals, and with the singular values of J, (s, n), every implicit solve is two products.
"""
import numpy as np

ORDER = 8                                           # Euler steps 1, 2, ... ORDER in one step, extrapolated


def stiff_step(velocity, tangent, metric, z, h, scale):
    """One step of length h from z, (n,): the new state, and its error over `scale` (n,), at most 1 where it is good.

    velocity: z -> z', (n,);  tangent: J at z, (s, n);  metric: (n,), positive.  Order 8 in h.
    """
    root = np.sqrt(metric)
    _, values, across = np.linalg.svd(tangent * root, full_matrices=False)
    row = []
    for k in range(1, ORDER + 1):
        shrink, end = values**2 * (h / k), z
        shrink = shrink / (1 + shrink)
        for _ in range(k):
            move = velocity(end) * (h / k)
            end = end + move - root * ((shrink * (across @ (move / root))) @ across)
        new = [end]
        for p, old in enumerate(row, 1):
            new.append(new[-1] + (new[-1] - old) / (k / (k - p) - 1))
        row = new
    with np.errstate(invalid="ignore"):
        error = np.max(np.abs(row[-1] - row[-2]) / scale)
    return row[-1], error if np.isfinite(error) else np.inf
