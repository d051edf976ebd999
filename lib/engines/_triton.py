"""The fused kernel of the cuda engine: one program trains one network, first epoch to last.

Layout.  The neurons lie along a vector of BLOCK_M entries (m rounded up to a power of two; the
padding has a = b = c = 0, is on nowhere and never moves) that stays in registers for the whole
launch.  Samples come from memory, BLOCK_S at a time, as the rows of a (BLOCK_S, BLOCK_M) tile.  A
sum along a row makes the residuals of those samples; they are used at once, for the sums down the
columns, and forgotten: one pass over the samples gives the loss and the gradient.

    f_j = (1/alpha) sum_i c_i [a_i x_j - b_i]_+,   rho_j = f_j - y_j,
    p_i = (1/alpha) sum_j 1_ij rho_j x_j,          q_i = (1/alpha) sum_j 1_ij rho_j,
    dL/da_i = c_i p_i,   dL/db_i = -c_i q_i,   dL/dc_i = a_i p_i - b_i q_i   (Eq. (46), corrected)

The tangent kernel is never built.  Its largest eigenvalue is found as in `_spectrum`, which tells
the idea: one pass over the samples gives the four numbers of each, and elimination in t I - K goes
over those.  Instead of a vector it carries the derivative d' of the pivots by t along; t - d / d'
is the Rayleigh quotient of that vector. All arithmetic is in the dtype of the network, but for the
step, the curvature and the time, which are float64.

Compiled for compute capabilities 7.5 to 9.0, up to 2048 neurons in float32 fit in registers
together with the tile; float64 and twice as many, the most that the engine hands over, spill up to
300 bytes per thread.
"""
import triton
import triton.language as tl

COLUMNS = tl.constexpr(7)  # of NUMBERS
LOSS, STEP, TIME, DONE, ALPHA, BOUND, SHARE = map(tl.constexpr, range(7))
WARP = 32  # threads


@triton.jit
def respond(a, b, c, alpha, X, Y, s, BLOCK_S: tl.constexpr):
    """The loss, p and q of these parameters."""
    p, q = tl.zeros_like(a), tl.zeros_like(a)
    loss = tl.sum(p, axis=0)                                             # a zero of this dtype
    for first in range(0, s, BLOCK_S):
        j = first + tl.arange(0, BLOCK_S)
        x, y = tl.load(X + j, j < s, 0.0), tl.load(Y + j, j < s, 0.0)
        product = a[None, :] * x[:, None]                                # (BLOCK_S, BLOCK_M)
        on = product > b[None, :]  # a x - b > 0 may fuse and round less
        f = tl.sum(tl.where(on, c[None, :] * (product - b[None, :]), 0.0), axis=1)
        rho = tl.where(j < s, f / alpha - y, 0.0)
        loss += tl.sum(rho * rho, axis=0) / 2
        p += tl.sum(tl.where(on, (rho * x)[:, None], 0.0), axis=0)
        q += tl.sum(tl.where(on, rho[:, None], 0.0), axis=0)
    return loss.to(tl.float64), p / alpha, q / alpha


@triton.jit
def move(a, b, c, p, q, step, tv, decay, AB: tl.constexpr, CC: tl.constexpr, EXTRAS: tl.constexpr):
    """One step of gradient descent; a, b and c move at once."""
    da, db, dc = c * p, -c * q, a * p - b * q
    if EXTRAS:  # penalties; tv is over alpha already
        radius = tl.sqrt(a * a + b * b)
        tilt = tv * tl.where(radius > 0, tl.abs(c) / tl.where(radius > 0, radius, 1.0), 0.0) + decay
        sign = tl.where(c > 0, 1.0, tl.where(c < 0, -1.0, 0.0)).to(c.dtype)
        da, db, dc = da + tilt * a, db + tilt * b, dc + tv * sign * radius + decay * c
    if AB:
        a, b = a - step * da, b - step * db
    if CC:
        c = c - step * dc
    return a, b, c


@triton.jit
def walks(a, b, c, alpha, X, Y, W, s, AB: tl.constexpr, CC: tl.constexpr, BLOCK_S: tl.constexpr):
    """W: (5, s), the rows A, A', B, B' of `_spectrum`, but not over alpha^2, and rho.

    Returns the trace of the kernel, its largest entry, and the force (sum of rho x, of rho) of all
    samples.
    """
    trace, force_x, force_1 = tl.sum(a * 0, axis=0), tl.sum(a * 0, axis=0), tl.sum(a * 0, axis=0)
    largest = trace
    for first in range(0, s, BLOCK_S):
        j = first + tl.arange(0, BLOCK_S)
        x, y = tl.load(X + j, j < s, 0.0), tl.load(Y + j, j < s, 0.0)
        product = a[None, :] * x[:, None]                                # (BLOCK_S, BLOCK_M)
        on = (product > b[None, :]) & (j < s)[:, None]
        h = tl.where(on, product - b[None, :], 0.0)
        both, slope = h * 0, h * 0  # activity^2, activity x slope
        if CC:
            both, slope = both + h * h, slope + h * a[None, :]
        if AB:
            square = tl.where(on, (c * c)[None, :], 0.0)
            both, slope = both + square * (x * x + 1)[:, None], slope + square * x[:, None]
        right = (a > 0)[None, :] & on
        ahead = tl.sum(tl.where(right, both, 0.0), axis=1)
        ahead_slope = tl.sum(tl.where(right, slope, 0.0), axis=1)
        back = tl.sum(tl.where(right, 0.0, both), axis=1)
        back_slope = tl.sum(tl.where(right, 0.0, -slope), axis=1)
        rho = tl.where(j < s, tl.sum(c[None, :] * h, axis=1) / alpha - y, 0.0)
        tl.store(W + j, ahead, j < s)
        tl.store(W + s + j, ahead_slope, j < s)
        tl.store(W + 2 * s + j, back, j < s)
        tl.store(W + 3 * s + j, back_slope, j < s)
        tl.store(W + 4 * s + j, rho, j < s)
        trace += tl.sum(ahead + back, axis=0)
        largest = tl.maximum(largest, tl.max(ahead + back, axis=0))
        force_x += tl.sum(rho * x, axis=0)
        force_1 += tl.sum(rho, axis=0)
    tl.debug_barrier()  # what other threads have stored
    return trace, largest, force_x, force_1


@triton.jit
def eliminate(t, scale, X, W, s):
    """The first pivot of t I - scale K that is not positive, or the last; its derivative by t."""
    p00, p01, p02, p03, p11, p12, p13, p22, p23, p33 = (
        t * 0, t * 0, t * 0, t * 0, t * 0, t * 0, t * 0, t * 0, t * 0, t * 0)
    d00, d01, d02, d03, d11, d12, d13, d22, d23, d33 = (
        p00, p01, p02, p03, p11, p12, p13, p22, p23, p33)
    pivot, rate, last, j = t * 0 + 1, t * 0 + 1, tl.load(X), 0
    while (j < s) & (pivot > 0):
        x = tl.load(X + j)
        gap = x - last  # what has been eliminated, seen from here
        last = x
        p00, p01, p02 = p00 + gap * (2 * p01 + gap * p11), p01 + gap * p11, p02 + gap * p12
        d00, d01, d02 = d00 + gap * (2 * d01 + gap * d11), d01 + gap * d11, d02 + gap * d12
        p33, p03 = p33 + gap * (2 * p23 + gap * p22), p03 + gap * (p13 + p02)
        d33, d03 = d33 + gap * (2 * d23 + gap * d22), d03 + gap * (d13 + d02)
        p13, p23, d13, d23 = p13 + gap * p12, p23 + gap * p22, d13 + gap * d12, d23 + gap * d22
        a, da = scale * tl.load(W + j), scale * tl.load(W + s + j)
        b, db = scale * tl.load(W + 2 * s + j), scale * tl.load(W + 3 * s + j)
        q0, q1 = a + p00 + b * p02 + db * p03, da + p01 + b * p12 + db * p13
        q2, q3 = 1 + p02 + b * p22 + db * p23, p03 + b * p23 + db * p33
        n0, n1 = d00 + b * d02 + db * d03, d01 + b * d12 + db * d13
        n2, n3 = d02 + b * d22 + db * d23, d03 + b * d23 + db * d33
        pivot, rate = t - (q0 + b * q2 + db * q3), 1 - (n0 + b * n2 + db * n3)
        over = 1 / pivot
        r0, r1, r2, r3 = q0 * over, q1 * over, q2 * over, q3 * over
        p00, p01, p02, p03 = p00 + r0 * q0, p01 + r0 * q1, p02 + r0 * q2, p03 + r0 * q3
        p11, p12, p13 = p11 + r1 * q1, p12 + r1 * q2, p13 + r1 * q3
        p22, p23, p33 = p22 + r2 * q2, p23 + r2 * q3, p33 + r3 * q3
        n0, n1 = n0 - r0 * rate / 2, n1 - r1 * rate / 2
        n2, n3 = n2 - r2 * rate / 2, n3 - r3 * rate / 2
        d00, d01 = d00 + 2 * r0 * n0, d01 + r0 * n1 + r1 * n0
        d02, d03 = d02 + r0 * n2 + r2 * n0, d03 + r0 * n3 + r3 * n0
        d11, d12, d13 = d11 + 2 * r1 * n1, d12 + r1 * n2 + r2 * n1, d13 + r1 * n3 + r3 * n1
        d22, d23, d33 = d22 + 2 * r2 * n2, d23 + r2 * n3 + r3 * n2, d33 + 2 * r3 * n3
        j += 1
    return pivot, rate


@triton.jit
def lambda_max(trace, largest, share, X, W, s):
    """The largest eigenvalue of K and its share of the trace, from the share that it had before."""
    # 1 + 1e-10 alone would be a float32: 1
    slack = trace * 0 + (1e-10 if trace.dtype == tl.float64 else 1e-5)
    alive = (trace > 0) & (trace < float("inf"))
    scale = 1 / tl.where(alive, trace, 1.0)
    lower, upper, trial = largest * scale, trace * 0 + 1, 0
    t = tl.minimum(tl.maximum(share.to(trace.dtype), lower), 1)
    while (lower + lower * slack < upper) & (trial < 300):
        pivot, rate = eliminate(t, scale, X, W, s)
        above, better = pivot > 0, t - pivot / rate
        upper = tl.where(above, tl.minimum(t, upper), upper)
        lower = tl.maximum(lower, tl.where(above, better, tl.maximum(t, better)))
        trial += 1
        t = tl.where(trial % 4 > 0, lower + lower * slack, tl.sqrt(lower * upper))
    return tl.where(alive, lower * trace, trace), lower


@triton.jit
def strongest(force_x, force_1, X, W, s):
    """The largest |g_k| of all regions: of the samples from one on, and of those up to one."""
    all_x, all_1 = force_x.to(tl.float64), force_1.to(tl.float64)
    sum_x, sum_1, j = all_x * 0, all_1 * 0, 0
    square = all_x * all_x + all_1 * all_1
    while j < s:
        x, rho = tl.load(X + j).to(tl.float64), tl.load(W + 4 * s + j).to(tl.float64)
        sum_x, sum_1 = sum_x + rho * x, sum_1 + rho
        square = tl.maximum(square, sum_x * sum_x + sum_1 * sum_1)
        rest_x, rest_1 = all_x - sum_x, all_1 - sum_1
        square = tl.maximum(square, rest_x * rest_x + rest_1 * rest_1)
        j += 1
    return tl.sqrt(square)


@triton.jit
def curvature(a, b, c, alpha, tv, decay, share, X, Y, W, s, AB: tl.constexpr, CC: tl.constexpr,
              EXTRAS: tl.constexpr, BLOCK_S: tl.constexpr):
    """What bounds the largest eigenvalue of the Hessian (see Settings), and the share.

    0 where nothing moves any neuron.
    """
    trace, largest, force_x, force_1 = walks(a, b, c, alpha, X, Y, W, s, AB, CC, BLOCK_S)
    top, share = lambda_max(trace, largest, share, X, W, s)
    bent = tv.to(tl.float64) * 0
    if AB and CC:
        bent = strongest(force_x, force_1, X, W, s) / alpha
    value = top.to(tl.float64) / alpha / alpha
    if EXTRAS:                                                           # tv is over alpha already
        value = value + decay
        if AB and CC:
            value = value + tv
        return value + bent, share.to(tl.float64)
    return tl.where(top > 0, value + bent, 0.0), share.to(tl.float64)


@triton.jit(do_not_specialize=["networks", "m", "s", "epochs", "start", "refresh"])
def train(Z, W, NUMBERS, PACE, X, Y, networks, m, s, epochs, start, refresh, AUTO: tl.constexpr,
          AB: tl.constexpr, CC: tl.constexpr, EXTRAS: tl.constexpr, BLOCK_M: tl.constexpr,
          BLOCK_S: tl.constexpr):
    """Z: (3, networks, m) a, b, c;  W: (networks, 5, s) scratch;  NUMBERS: (networks, 7) float64.

    PACE: (step, safety, tv, decay, until) in float64 (a number passed as an argument would be
    rounded to float32). start: the epochs since the last look at the curvature, below `refresh`.
    Stops where the loss is not <= BOUND, and where it is <= until.
    """
    network = tl.program_id(0)
    i = tl.arange(0, BLOCK_M)
    row = NUMBERS + network * COLUMNS
    W += network.to(tl.int64) * 5 * s
    entry, plane = network.to(tl.int64) * m + i, networks.to(tl.int64) * m
    a = tl.load(Z + entry, i < m, 0.0)
    b = tl.load(Z + plane + entry, i < m, 0.0)
    c = tl.load(Z + 2 * plane + entry, i < m, 0.0)
    alpha, bound = tl.load(row + ALPHA).to(a.dtype), tl.load(row + BOUND)
    step, time = tl.load(row + STEP), tl.load(row + TIME)
    safety, until = tl.load(PACE + 1), tl.load(PACE + 4)
    tv, decay = tl.load(PACE + 2).to(a.dtype) / alpha, tl.load(PACE + 3).to(a.dtype)
    share = tl.load(row + SHARE)
    if not AUTO:
        step = tl.load(PACE)
    loss, p, q = respond(a, b, c, alpha, X, Y, s, BLOCK_S)
    done = 0
    while (done < epochs) & (loss <= bound) & (loss > until):            # False for nan
        if AUTO:
            if (start + done) % refresh == 0:
                # half a block, as this needs more registers
                bent, share = curvature(a, b, c, alpha, tv, decay, share, X, Y, W, s, AB, CC,
                                        EXTRAS, (BLOCK_S + 1) // 2)
                step = tl.where(bent > 0, safety / tl.where(bent > 0, bent, 1.0), 0.0)
        a, b, c = move(a, b, c, p, q, step.to(a.dtype), tv, decay, AB, CC, EXTRAS)
        loss, p, q = respond(a, b, c, alpha, X, Y, s, BLOCK_S)
        time += step
        done += 1
    tl.store(Z + entry, a, i < m)
    tl.store(Z + plane + entry, b, i < m)
    tl.store(Z + 2 * plane + entry, c, i < m)
    tl.store(row + LOSS, loss)
    tl.store(row + STEP, step)
    tl.store(row + TIME, time)
    tl.store(row + DONE, done.to(tl.float64))
    tl.store(row + SHARE, share)


# TRITON_INTERPRET=1: on the cpu, for tests
INTERPRETED = not isinstance(train, triton.runtime.JITFunction)


def shape(m: int, s: int, itemsize: int) -> dict:
    """How a network of m neurons lies on chip.

    The blocks, and warps for 32 bytes of each parameter in a thread.
    """
    block = max(WARP, triton.next_power_of_2(m))
    warps = min(max(1, block * itemsize // (WARP * 32)), 16)
    rows = min(triton.next_power_of_2(s), 32 // itemsize)
    return dict(BLOCK_M=block, BLOCK_S=rows, num_warps=warps)
