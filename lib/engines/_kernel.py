"""The largest eigenvalue of the tangent kernel at the samples, in O(m) for its moments and O(s) per iteration."""
import math

import numpy as np
from numba import njit

from ._lanes import collect
from ._lines import COMPILED, MIDDLE
from ._simd import entries, load, pick, splat, store


@njit(**COMPILED)
def moments(state):
    """By region, the matrix (xx, x1, 11) of sum [train_ab] c^2 I + [train_c] (a, -b)(a, -b)^T."""
    lanes, width = state.lanes, entries(state.lanes.a)
    for tile in range((lanes.used[0] + width - 1) // width):
        first, slot = tile * width, lanes.start[tile]
        middle = load(lanes.edges[MIDDLE], first)
        zero, ab, cc = splat(middle, 0.0), splat(middle, 1.0 * state.train_ab), splat(middle, 1.0 * state.train_c)
        xx = x1 = ii = xx_on = x1_on = ii_on = zero
        for _ in range(lanes.rows[tile]):
            a, b, c = load(lanes.a, slot), load(lanes.b, slot), load(lanes.c, slot)
            on = a * middle > b
            c = ab * c * c
            d, e, f = c + cc * a * a, zero - cc * a * b, c + cc * b * b
            xx, x1, ii = xx + d, x1 + e, ii + f
            xx_on, x1_on, ii_on = xx_on + pick(on, d, zero), x1_on + pick(on, e, zero), ii_on + pick(on, f, zero)
            slot += width
        for k, total in enumerate((xx, x1, ii, xx_on, x1_on, ii_on)):
            store(lanes.sums[k], first, total)
    collect(state.lanes, state.sums, 3)


@njit(**COMPILED)
def kernel_times(state, v, out):
    """out = alpha^2 K v with the tangent kernel K, in O(s) from the moments in state.sums."""
    x, (xx, x1, ii), (slope, offset, _) = state.x, state.sums, state.work
    s = state.samples
    vx = v1 = 0.0
    for p in range(s - 1, -1, -1):
        vx, v1 = vx + v[p] * x[p], v1 + v[p]
        slope[p], offset[p] = xx[p] * vx + x1[p] * v1, x1[p] * vx + ii[p] * v1
    fx = f1 = 0.0
    for j in range(s):
        fx, f1 = fx + slope[j], f1 + offset[j]
        out[j] = fx * x[j] + f1
    vx = v1 = 0.0
    for p in range(s):
        vx, v1, k = vx + v[p] * x[p], v1 + v[p], s + 2 + p
        slope[p], offset[p] = xx[k] * vx + x1[k] * v1, x1[k] * vx + ii[k] * v1
    fx = f1 = 0.0
    for j in range(s - 1, -1, -1):
        fx, f1 = fx + slope[j], f1 + offset[j]
        out[j] += fx * x[j] + f1


@njit(**COMPILED)
def lambda_max(state):
    """The largest eigenvalue of the tangent kernel, by power iteration from the last eigenvector."""
    moments(state)
    v, image = state.top, state.work[2]
    value = 0.0
    for _ in range(200):
        kernel_times(state, v, image)
        vv = vi = ii = 0.0
        for j in range(len(v)):
            vv, vi, ii = vv + v[j] * v[j], vi + v[j] * image[j], ii + image[j] * image[j]
        if not 0 < ii < np.inf:
            return 0.0
        last, value = value, vi / vv
        for j in range(len(v)):
            v[j] = image[j] / math.sqrt(ii)
        if abs(value - last) < 1e-12 * value:
            break
    return value / state.alpha**2
