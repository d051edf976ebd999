"""How the loss is curved, above all the largest eigenvalue of the tangent kernel K at the samples.

It is certain, in O(m) for its moments and O(s) a trial.  To the samples the neurons that face right
are a walk: each comes on at some sample and goes on from there with its slope.  Those that face
left are one in the other direction.  So for i <= j

    K_ij = A_i + (x_j - x_i) A'_i + B_j + (x_j - x_i) B'_j,

where A_i and A'_i sum activity^2 and activity x slope at x_i over the right-facing neurons that are
on there, and B_j, B'_j the same at x_j over the left-facing ones (slopes count away from the end
where a neuron comes on).  Seen from sample j, column i is a vector of four numbers: elimination in
t I - K takes O(s).

All pivots are positive if and only if t is above the largest eigenvalue: that is the certificate.
At the first pivot d <= 0 elimination yields a vector v with Rayleigh quotient t - d / |v|^2 >= t: a
better bound from below, soon quadratically.  No start is unlucky; where that takes long, halving
the interval does not.
"""
import math

import numpy as np
from numba import njit

from ._lanes import collect
from ._lines import BEFORE, COMPILED, MIDDLE
from ._vectors import entries, load, select, splat, store

TIGHT = 1e-11  # relative distance of the bounds between which the eigenvalue is known in the end


@njit(**COMPILED)
def moments(state):
    """By region, the sums of activity^2, activity x slope, slope^2 where it begins, of both layers.

    Slopes are d/dx.  For c the activity is a x - b; for (a, b) there are two of them, c x and c.
    """
    lanes, width = state.lanes, entries(state.lanes.a)
    for tile in range((lanes.used[0] + width - 1) // width):
        first, slot = tile * width, lanes.start[tile]
        middle, before = load(lanes.edges[MIDDLE], first), load(lanes.edges[BEFORE], first)
        zero, one = splat(middle, 0.0), splat(middle, 1.0)
        ab, cc = splat(middle, 1.0 * state.train_ab), splat(middle, 1.0 * state.train_c)
        hh = ha = aa = ii = hh_on = ha_on = aa_on = ii_on = zero
        for _ in range(lanes.rows[tile]):
            a, b, c = load(lanes.a, slot), load(lanes.b, slot), load(lanes.c, slot)
            on = a * middle > b
            h = a * select(on, middle, before) - b       # not less than 0, so nothing cancels
            d, e, f, i = h * h, h * a, a * a, c * c
            hh, ha, aa, ii = hh + d, ha + e, aa + f, ii + i
            hh_on, ha_on = hh_on + select(on, d, zero), ha_on + select(on, e, zero)
            aa_on, ii_on = aa_on + select(on, f, zero), ii_on + select(on, i, zero)
            slot += width
        i_on, i_off = ab * ii_on, ab * (ii - ii_on)
        beyond, within = before * before + one, middle * middle + one
        d, d_on = cc * hh + i_off * beyond, cc * hh_on + i_on * within
        e, e_on = cc * ha + i_off * before, cc * ha_on + i_on * middle
        f, f_on = cc * aa + i_off, cc * aa_on + i_on
        totals = d + i_on * within, e + i_on * middle, f + i_on, d_on, e_on, f_on
        for k, total in enumerate(totals):
            store(lanes.sums[k], first, total)
    collect(state.lanes, state.sums, 3)


@njit(fastmath={"contract"}, **COMPILED)
def walks(state):
    """moments() to A, A' and B, B' over their trace, in the first rows of state.sums; the trace."""
    x, s, (hh, hd, dd) = state.x, state.samples, state.sums
    for p in range(1, s):
        gap = x[p] - x[p - 1]
        hh[p] += hh[p - 1] + gap * (2 * hd[p - 1] + gap * dd[p - 1])
        hd[p] += hd[p - 1] + gap * dd[p - 1]
        dd[p] += dd[p - 1]
    begin = s + 2                                           # the left-facing ones, from the right
    for p in range(begin, begin + s):
        hd[p] = -hd[p]
    for j in range(s - 2, -1, -1):
        gap, p = x[j + 1] - x[j], begin + j
        hh[p] += hh[p + 1] + gap * (2 * hd[p + 1] + gap * dd[p + 1])
        hd[p] += hd[p + 1] + gap * dd[p + 1]
        dd[p] += dd[p + 1]
    trace = 0.0
    for j in range(s):
        trace += hh[j] + hh[begin + j]
    scale = 1 / trace
    for sums in hh, hd:
        for j in range(s):
            sums[j], sums[begin + j] = scale * sums[j], scale * sums[begin + j]
    return trace


@njit(fastmath={"contract"}, **COMPILED)
def rayleigh(state):
    """<v, K v> / <v, v> of v = state.top."""
    x, v, s, (hh, hd, _) = state.x, state.top, state.samples, state.sums
    w0 = w1 = w2 = w3 = form = square = 0.0
    for j in range(s):
        a, da, b, db = hh[j], hd[j], hh[s + 2 + j], hd[s + 2 + j]
        gap = x[j] - x[j - 1] if j else 0.0
        w0, w3 = w0 + gap * w1, w3 + gap * w2
        form += v[j] * (2 * (w0 + b * w2 + db * w3) + (a + b) * v[j])
        square += v[j] * v[j]
        w0, w1, w2 = w0 + a * v[j], w1 + da * v[j], w2 + v[j]
    return form / square


@njit(fastmath={"contract"}, **COMPILED)
def eliminate(state, t):
    """Elimination in t I - K: whether t is above every eigenvalue.

    If it is not, a Rayleigh quotient >= t, of state.top.
    """
    x, v, s = state.x, state.top, state.samples
    (hh, hd, _), (e0, e1, e2, e3, d) = state.sums, state.work
    # what has been eliminated, seen from sample j
    p00 = p01 = p02 = p03 = p11 = p12 = p13 = p22 = p23 = p33 = 0.0
    j, pivot = 0, 1.0
    while True:
        b, db = hh[s + 2 + j], hd[s + 2 + j]
        q0, q1 = hh[j] + p00 + b * p02 + db * p03, hd[j] + p01 + b * p12 + db * p13
        q2, q3 = 1 + p02 + b * p22 + db * p23, p03 + b * p23 + db * p33
        pivot = t - (q0 + b * q2 + db * q3)
        if not pivot > 0:
            break
        inverse = 1 / pivot
        e0[j], e1[j], e2[j], e3[j], d[j] = q0, q1, q2, q3, inverse
        j += 1
        if j == s:
            return True, t
        gap = x[j] - x[j - 1]                     # to the next sample, while the division goes on
        p00, p01 = p00 + gap * (2 * p01 + gap * p11), p01 + gap * p11
        p02, p03 = p02 + gap * p12, p03 + gap * p13
        p33, p03 = p33 + gap * (2 * p23 + gap * p22), p03 + gap * p02
        p13, p23 = p13 + gap * p12, p23 + gap * p22
        q0, q3 = q0 + gap * q1, q3 + gap * q2
        r0, r1, r2, r3 = q0 * inverse, q1 * inverse, q2 * inverse, q3 * inverse
        p00, p01, p02, p03 = p00 + r0 * q0, p01 + r0 * q1, p02 + r0 * q2, p03 + r0 * q3
        p11, p12, p13 = p11 + r1 * q1, p12 + r1 * q2, p13 + r1 * q3
        p22, p23, p33 = p22 + r2 * q2, p23 + r2 * q3, p33 + r3 * q3
    v[j:] = 0
    v[j] = square = 1.0
    g0 = g1 = g2 = g3 = 0.0
    for k in range(j - 1, -1, -1):
        g0, g2, g3 = g0 + v[k + 1], g2 + hh[s + 3 + k] * v[k + 1], g3 + hd[s + 3 + k] * v[k + 1]
        g1, g2 = g1 + (x[k + 1] - x[k]) * g0, g2 + (x[k + 1] - x[k]) * g3
        v[k] = (e0[k] * g0 + e1[k] * g1 + e2[k] * g2 + e3[k] * g3) * d[k]
        square += v[k] * v[k]
    return False, t - pivot / square


@njit(**COMPILED)
def lambda_max(state):
    """The largest eigenvalue of the tangent kernel, to 1e-11 of it; 0 where no neuron is moved."""
    moments(state)
    trace = walks(state)
    if not 0 < trace < np.inf:
        return trace
    lower, upper = max(rayleigh(state), 1 / state.samples), 1.0          # the trace is 1 now
    for trial in range(1, 300):
        t = lower * (1 + TIGHT) if trial % 4 else math.sqrt(lower * upper)
        above, value = eliminate(state, t)
        if above:
            upper = value
        else:
            lower = max(t, value)                               # value >= t but for rounding
        if not lower * (1 + TIGHT) < upper:                     # also where something is nan
            break
    return lower * trace / state.alpha / state.alpha


@njit(**COMPILED)
def curvature(state):
    """A bound on how the loss and its penalties are curved: 2 over it is the largest stable step.

    lambda_max of the kernel, then what the residuals and the penalties add to the Hessian (see
    Settings); 0 where nothing moves any neuron.
    """
    top = lambda_max(state)
    if top == 0 and state.tv == 0 and state.decay == 0:
        return 0.0                                                       # nothing moves any neuron
    if state.train_ab and state.train_c:                     # else f is linear in what is trained
        top += strongest(state.pull, 2 * state.samples + 2) + state.tv / state.alpha
    return top + state.decay


@njit(**COMPILED)
def strongest(pull, regions):
    """The length of the longest of the vectors pull[:, k]."""
    scale = square = 0.0
    for k in range(regions):
        scale = max(scale, abs(pull[0, k]), abs(pull[1, k]))
    if scale == 0:
        return 0.0
    inverse = 1 / scale
    for k in range(regions):
        p, q = inverse * pull[0, k], inverse * pull[1, k]
        square = max(square, p * p + q * q)
    return scale * math.sqrt(square)
