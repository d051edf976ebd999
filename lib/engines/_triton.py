"""The fused kernel of the cuda engine: one program trains one network, from the first epoch to the last.

Layout.  The neurons lie along a vector of BLOCK_M entries (m rounded up to a power of two; the padding has a = b = c
= 0, is on nowhere and never moves) that stays in registers for the whole launch.  Samples come from memory, BLOCK_S at
a time, as the rows of a (BLOCK_S, BLOCK_M) tile.  A sum along a row makes the residuals of those samples; they are
used at once, for the sums down the columns, and forgotten: one pass over the samples gives the loss and the gradient.

    f_j = (1/alpha) sum_i c_i [a_i x_j - b_i]_+,   rho_j = f_j - y_j,
    p_i = (1/alpha) sum_j 1_ij rho_j x_j,          q_i = (1/alpha) sum_j 1_ij rho_j,
    dL/da_i = c_i p_i,   dL/db_i = -c_i q_i,   dL/dc_i = a_i p_i - b_i q_i            (Eq. (46), corrected)

The tangent kernel J J^T is never built.  Power iteration runs on J^T J, whose nonzero eigenvalues are the same: the
direction J^T v is known from the two sums p_i, q_i with v in place of rho, so an iteration is again one pass.
All arithmetic is in the dtype of the network, but for the step and the time, which are float64.

Compiled for compute capabilities 7.5 to 9.0, up to 2048 neurons in float32 fit in registers together with the tile;
float64 and twice as many, the most that the engine hands over, spill up to 300 bytes per thread.
"""
import triton
import triton.language as tl

LOSS, STEP, TIME, DONE, ALPHA, BOUND = range(6)  # the columns of NUMBERS
WARP = 32  # threads


@triton.jit
def look(a, b, c, alpha, X, Y, s, BLOCK_S: tl.constexpr):
    """The loss, p and q of these parameters."""
    p, q = tl.zeros_like(a), tl.zeros_like(a)
    loss = tl.sum(p, axis=0)                                             # a zero of this dtype
    for first in range(0, s, BLOCK_S):
        j = first + tl.arange(0, BLOCK_S)
        x, y = tl.load(X + j, j < s, 0.0), tl.load(Y + j, j < s, 0.0)
        product = a[None, :] * x[:, None]                                # (BLOCK_S, BLOCK_M)
        on = product > b[None, :]                                        # a x - b > 0 may fuse and round less
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
    if EXTRAS:                                                           # penalties; tv is over alpha already
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
def lambda_max(a, b, c, p, q, alpha, X, s, AB: tl.constexpr, CC: tl.constexpr, BLOCK_S: tl.constexpr):
    """The top eigenvalue of the tangent kernel of the trained parameters, and p, q of its eigenvector.

    From the p, q given, until the Rayleigh quotient moves by less than `tolerance`, at most 200 iterations.
    """
    tolerance = 1e-10 if a.dtype == tl.float64 else 1e-6
    value = tl.sum(tl.zeros_like(a), axis=0)
    change, tries = value + 1, 0
    while (change > tolerance * value) & (tries < 200):
        slope, offset, energy = tl.zeros_like(a), tl.zeros_like(a), tl.zeros_like(a)
        if AB:
            slope, offset, energy = c * c * p, c * c * q, c * c * (p * p + q * q)
        if CC:
            dc = a * p - b * q
            slope, offset, energy = slope + a * dc, offset - b * dc, energy + dc * dc
        p, q = tl.zeros_like(a), tl.zeros_like(a)
        square = tl.sum(p, axis=0)
        for first in range(0, s, BLOCK_S):
            j = first + tl.arange(0, BLOCK_S)
            x = tl.load(X + j, j < s, 0.0)
            on = a[None, :] * x[:, None] > b[None, :]
            v = tl.sum(tl.where(on, slope[None, :] * x[:, None] + offset[None, :], 0.0), axis=1)
            v = tl.where(j < s, v, 0.0)
            square += tl.sum(v * v, axis=0)
            p += tl.sum(tl.where(on, (v * x)[:, None], 0.0), axis=0)
            q += tl.sum(tl.where(on, v[:, None], 0.0), axis=0)
        total = tl.sum(energy, axis=0)
        alive = (square > 0) & (total > 0)                               # else no sample moves any neuron
        last = value
        value = tl.where(alive, square / tl.where(alive, total, 1.0), 0.0)
        change = tl.abs(value - last)
        norm = tl.sqrt(tl.where(alive, square, 1.0))
        p, q = p / norm, q / norm
        tries += 1
    return (value / alpha / alpha).to(tl.float64), p, q


@triton.jit(do_not_specialize=["networks", "m", "s", "epochs", "start", "refresh"])
def train(Z, TOP, NUMBERS, PACE, X, Y, networks, m, s, epochs, start, refresh, AUTO: tl.constexpr, AB: tl.constexpr,
          CC: tl.constexpr, EXTRAS: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_S: tl.constexpr):
    """Z: (3, networks, m) a, b, c;  TOP: (2, networks, m) the last eigenvector;  NUMBERS: (networks, 6) float64.

    PACE: (step, safety, tv, decay) in float64 (a number passed as an argument would be rounded to float32).
    start: the epochs since the last look at lambda_max, below `refresh`.  Stops where the loss is not <= BOUND.
    """
    network = tl.program_id(0)
    i = tl.arange(0, BLOCK_M)
    row = NUMBERS + network * 6
    entry, plane = network.to(tl.int64) * m + i, networks.to(tl.int64) * m
    a = tl.load(Z + entry, i < m, 0.0)
    b = tl.load(Z + plane + entry, i < m, 0.0)
    c = tl.load(Z + 2 * plane + entry, i < m, 0.0)
    alpha, bound = tl.load(row + 4).to(a.dtype), tl.load(row + 5)
    step, time, safety = tl.load(row + 1), tl.load(row + 2), tl.load(PACE + 1)
    tv, decay = tl.load(PACE + 2).to(a.dtype) / alpha, tl.load(PACE + 3).to(a.dtype)
    if AUTO:
        top_p, top_q = tl.load(TOP + entry, i < m, 0.0), tl.load(TOP + plane + entry, i < m, 0.0)
    else:
        step = tl.load(PACE)
    loss, p, q = look(a, b, c, alpha, X, Y, s, BLOCK_S)
    done = 0
    while (done < epochs) & (loss <= bound):                             # False for nan
        if AUTO:
            if (start + done) % refresh == 0:
                top, top_p, top_q = lambda_max(a, b, c, top_p, top_q, alpha, X, s, AB, CC, BLOCK_S)
                step = tl.where(top > 0, safety / tl.where(top > 0, top, 1.0), 0.0)
        a, b, c = move(a, b, c, p, q, step.to(a.dtype), tv, decay, AB, CC, EXTRAS)
        loss, p, q = look(a, b, c, alpha, X, Y, s, BLOCK_S)
        time += step
        done += 1
    tl.store(Z + entry, a, i < m)
    tl.store(Z + plane + entry, b, i < m)
    tl.store(Z + 2 * plane + entry, c, i < m)
    if AUTO:
        tl.store(TOP + entry, top_p, i < m)
        tl.store(TOP + plane + entry, top_q, i < m)
    tl.store(row, loss)
    tl.store(row + 1, step)
    tl.store(row + 2, time)
    tl.store(row + 3, done.to(tl.float64))


INTERPRETED = not isinstance(train, triton.runtime.JITFunction)          # TRITON_INTERPRET=1: on the cpu, for tests


def shape(m: int, s: int, itemsize: int) -> dict:
    """How a network of m neurons lies on chip: the blocks, and warps for 32 bytes of each parameter in a thread."""
    block = max(WARP, triton.next_power_of_2(m))
    warps = min(max(1, block * itemsize // (WARP * 32)), 16)
    return dict(BLOCK_M=block, BLOCK_S=min(triton.next_power_of_2(s), 32 // itemsize), num_warps=warps)
