"""The compiled loops of the cpu engine: passes over the neurons and the samples (see cpu.py)."""
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numba import njit

from ._lanes import (
    EXTRA,
    HOME,
    IN_USE,
    PACKED,
    SIZE,
    Lanes,
    collect,
    insert,
    pack,
    remove,
    slot_of,
    unpack,
)
from ._lines import AFTER, AHEAD, BEFORE, COMPILED, FULL, MIDDLE, PAST, Lines, next_line
from ._spectrum import curvature
from ._vectors import (
    any_of,
    cumsum,
    entries,
    gather,
    last,
    load,
    movemask,
    select,
    splat,
    sqrt,
    store,
)

PACKING = 6  # rows a pass goes over in the time it takes to pack one neuron
LOSS, STEP, TIME, STABLE = range(4)  # the numbers of a network, STABLE: 2 / curvature


class State(NamedTuple):
    """Everything about the training of one network.

    a, b, c: (m,) the neurons in their own order;  lanes, lines: where they are packed.
    samples: s;  x, y: float64.  sums: (3, 2s + 2) by region: sum of c a and of c b, or the moments
    of the tangent kernel.  pull: (2, 2s + 2) by region: (1/alpha) sum over its samples of
    (rho_j x_j, rho_j).  rho: residuals;  top: (s,) leading eigenvector of the tangent kernel;
    work: (5, s) scratch.  What vectors pass over (x, y, sums, pull, rho, work) has room for one
    more of them at its end.
    """

    a: np.ndarray
    b: np.ndarray
    c: np.ndarray
    lanes: Lanes
    lines: Lines
    samples: int
    x: np.ndarray
    y: np.ndarray
    sums: np.ndarray
    pull: np.ndarray
    rho: np.ndarray
    top: np.ndarray
    work: np.ndarray
    alpha: float
    train_ab: bool
    train_c: bool
    tv: float
    decay: float


class Pace(NamedTuple):
    """How the steps are chosen: a fixed one where step > 0, else safety / curvature.

    That is every `refresh` epochs; with a fixed step the curvature is looked at now and then, for
    the message should the run diverge.
    """

    step: float
    safety: float
    refresh: int
    bound: float  # of the loss: beyond it the run has diverged
    until: float  # the loss that is aimed at: there the network stands still


@njit(**COMPILED)
def descend(state, step, extras):
    """One gradient step for every neuron, and the new sums by lane.  Did any leave its line?

    extras: None to compile the plain step, True to compile one with penalties and with parameters
    that may be frozen.
    """
    lanes, pull = state.lanes, state.pull
    width, edges = entries(lanes.a), lanes.edges
    zero = splat(load(edges[MIDDLE], 0), 0.0)
    one, missing, rows, rate = splat(zero, 1.0), zero, 0, splat(zero, step)
    if extras is not None:
        tv, decay = splat(zero, step * state.tv / state.alpha), splat(zero, step * state.decay)
        ab = splat(zero, 1.0 * state.train_ab) > zero       # selected, not multiplied: 0 inf = nan
        cc = splat(zero, 1.0 * state.train_c) > zero
    for tile in range((lanes.used[IN_USE] + width - 1) // width):
        first, slot = tile * width, lanes.start[tile]
        middle = load(edges[MIDDLE], first)
        before, after = load(edges[BEFORE], first), load(edges[AFTER], first)
        past, ahead = load(edges[PAST], first), load(edges[AHEAD], first)
        p_on, q_on = gather(pull[0], lanes.on, first), gather(pull[1], lanes.on, first)
        p_off, q_off = gather(pull[0], lanes.off, first), gather(pull[1], lanes.off, first)
        p_on, q_on, p_off, q_off = rate * p_on, rate * q_on, rate * p_off, rate * q_off
        ca = cb = ca_on = cb_on = home = zero
        for _ in range(lanes.rows[tile]):
            a, b, c = load(lanes.a, slot), load(lanes.b, slot), load(lanes.c, slot)
            on = a * middle > b
            p, q = select(on, p_on, p_off), select(on, q_on, q_off)
            if extras is None:
                a, b, c = a - c * p, b + c * q, c - a * p + b * q
            else:
                radius, size = sqrt(a * a + b * b), select(c > zero, c, zero - c)
                tilt = tv * select(radius > zero, size / radius, zero) + decay
                sign = select(c > zero, one, select(zero > c, zero - one, zero))
                da, db = c * p + tilt * a, tilt * b - c * q
                dc = a * p - b * q + tv * sign * radius + decay * c
                a, b, c = select(ab, a - da, a), select(ab, b - db, b), select(cc, c - dc, c)
            store(lanes.a, slot, a)
            store(lanes.b, slot, b)
            store(lanes.c, slot, c)
            c_on = select(a * middle > b, c, zero)
            ca, cb, ca_on, cb_on = ca + c * a, cb + c * b, ca_on + c_on * a, cb_on + c_on * b
            home = home + (select(a * before > b, past, zero) + select(a * after > b, ahead, zero))
            slot += width
        for k, total in enumerate((ca, cb, ca_on, cb_on, home)):
            store(lanes.sums[k], first, total)
        missing = missing + (load(edges[FULL], first) - home)            # each >= 0
        rows += lanes.rows[tile]
    lanes.used[EXTRA] += rows - lanes.used[PACKED]
    return any_of(missing > zero)


@njit(**COMPILED)
def rehouse(state):
    """Move the neurons that left their line to another.

    True where a fresh packing was needed, which spoils the sums.
    """
    lanes = state.lanes
    width = entries(lanes.a)
    for tile in range((lanes.used[IN_USE] + width - 1) // width):
        first = tile * width
        strays = any_of(load(lanes.edges[FULL], first) > load(lanes.sums[HOME], first))
        if strays and not empty_out(state, tile):
            repack(state, False)
            return True
    return False


@njit(**COMPILED)
def empty_out(state, tile):
    """Move the neurons of one tile that left their line; False where no lane was left for one."""
    lanes, width = state.lanes, entries(state.lanes.a)
    first, sizes = tile * width, lanes.sums[SIZE]
    for lane in range(first, first + width):
        sizes[lane] = lanes.size[lane]
    before, after = load(lanes.edges[BEFORE], first), load(lanes.edges[AFTER], first)
    past, ahead = load(lanes.edges[PAST], first), load(lanes.edges[AHEAD], first)
    size = load(sizes, first)
    zero = splat(size, 0.0)
    full = select(past > zero, past, zero) + select(ahead > zero, ahead, zero)
    for row in range(lanes.rows[tile] - 1, -1, -1):  # from behind: where one goes, the last comes
        slot = lanes.start[tile] + row * width
        a, b = load(lanes.a, slot), load(lanes.b, slot)
        home = select(a * before > b, past, zero) + select(a * after > b, ahead, zero)
        strays = movemask(select(size > splat(zero, row), full, home) > home)
        lane = first
        while strays:
            if strays & 1 and not rehome(state, lane, row):
                return False
            strays, lane = strays >> 1, lane + 1
    return True


@njit(**COMPILED)
def rehome(state, lane, row):
    """Move one neuron to another line, and its part of the sums; False where no lane was left."""
    lanes, lines = state.lanes, state.lines
    edges, t, slot = lines.edges, lanes.line[lane], slot_of(lanes, lane, row)
    a, b, c = lanes.a[slot], lanes.b[slot], lanes.c[slot]
    target = next_line(lines, state.pull, t, a, b, c)
    shelter = insert(lanes, lines, target, a, b, c, lanes.neuron[slot])
    if shelter < 0:
        return False
    remove(lanes, lines, lane, row)
    lanes.sums[HOME, shelter] += edges[FULL, target]
    old = lines.on[t] if a * edges[MIDDLE, t] > b else lines.off[t]
    new = lines.on[target] if a * edges[MIDDLE, target] > b else lines.off[target]
    for k, value in enumerate((c * a, c * b)):
        state.sums[k, old] -= value
        state.sums[k, new] += value
    return True


@njit(**COMPILED)
def repack(state, fresh):
    unpack(state.lanes, state.a, state.b, state.c)
    everyone = state.tv != 0 or state.decay != 0
    pack(state.lanes, state.lines, state.a, state.b, state.c, everyone, fresh)


@njit(**COMPILED)
def move(state, step):
    """One gradient step, and the region sums after it; a step of 0 only finds the sums."""
    plain = state.tv == 0 and state.decay == 0 and state.train_ab and state.train_c
    while True:
        strays = descend(state, step, None) if plain else descend(state, step, True)
        collect(state.lanes, state.sums, 2)
        if strays and rehouse(state):
            step = 0.0
            continue
        if state.lanes.used[EXTRA] > PACKING * len(state.a):  # empty slots have cost a packing
            repack(state, False)
        return


@njit(**COMPILED)
def respond(state):
    """Region sums to residuals, residuals to the pull on each region; the loss."""
    x, y, rho, pull, (px, p1) = state.x, state.y, state.rho, state.pull, state.work[:2]
    (ca, cb), s, width = state.sums[:2], state.samples, entries(state.x)
    zero = splat(load(x, 0), 0.0)
    scale, slope, offset = splat(zero, 1 / state.alpha), zero, zero
    for j in range(0, s, width):             # left of all samples every left-facing neuron is on
        slope, offset = slope + load(ca, s + 2 + j), offset + load(cb, s + 2 + j)
    slope, offset = last(cumsum(slope)), last(cumsum(offset))
    for j in range(0, s, width):             # then one group comes on, another goes off
        off_slope, off_offset = load(ca, s + 2 + j), load(cb, s + 2 + j)
        up, down = cumsum(load(ca, j) - off_slope), cumsum(load(cb, j) - off_offset)
        on_slope, on_offset = slope + up + off_slope, offset + down + off_offset
        store(rho, j, scale * (on_slope * load(x, j) - on_offset) - load(y, j))
        slope, offset = slope + last(up), offset + last(down)
    rho[s:] = 0
    sum_x = sum_1 = loss = zero
    for j in range(0, s, width):
        r = load(rho, j)
        to_x, to_1 = sum_x + cumsum(r * load(x, j)), sum_1 + cumsum(r)
        store(px, j, to_x)
        store(p1, j, to_1)
        sum_x, sum_1, loss = last(to_x), last(to_1), loss + r * r
    scale = splat(zero, 1 / state.alpha)
    all_x, all_1 = splat(zero, px[s - 1]), splat(zero, p1[s - 1])
    for k, totals, sums in ((0, all_x, px), (1, all_1, p1)):
        for j in range(0, s, width):         # right-facing: all samples less those before
            store(pull[k], j + 1, scale * (totals - load(sums, j)))
        for j in range(0, s, width):
            store(pull[k], s + 2 + j, scale * load(sums, j))
        pull[k, 0], pull[k, s], pull[k, s + 1] = sums[s - 1] / state.alpha, 0, 0
    store(px, 0, last(cumsum(loss)))
    return px[0] / 2


@njit(**COMPILED)
def keep(state, states, numbers, row, time, loss):
    """Record this moment in row `row`."""
    unpack(state.lanes, state.a, state.b, state.c)
    for i in range(len(state.a)):
        states[0, row, i], states[1, row, i], states[2, row, i] = state.a[i], state.b[i], state.c[i]
    numbers[row, 0], numbers[row, 1] = time, loss


def _entries(version, cache):
    """What Python calls.

    Numba's cache looks at one file only, so the text of all of them is made part of its key: a
    function that names a constant from outside is compiled anew where that is another.
    """

    @njit(cache=cache, **COMPILED)
    def begin(state):
        """Pack the neurons and find the residuals; the loss."""
        version
        repack(state, True)
        move(state, 0.0)
        return respond(state)

    @njit(cache=cache, **COMPILED)
    def advance(state, pace, epochs, start, loss, step, time, stable, stops, states, numbers):
        """`epochs` more steps: (epochs done, loss, step, time, 2 / curvature).

        Fewer than asked if it diverged or came to the loss it is to come to.  states: (3, T, m),
        numbers: (T, 2): a, b, c and time, loss are kept there at the epochs `stops`, (T,).
        """
        version
        done = row = 0
        while row < len(stops) and stops[row] <= start:
            row += 1
        while done < epochs and pace.until < loss <= pace.bound:         # False for nan
            automatic = pace.step <= 0
            if (start + done) % (pace.refresh if automatic else 1000) == 0:
                bent = curvature(state)
                stable = 2 / bent
                step = pace.step
                if automatic:
                    step = pace.safety / bent if bent > 0 else 0.0       # nothing moves any neuron
            move(state, step)
            loss = respond(state)
            time += step
            done += 1
            if row < len(stops) and stops[row] == start + done:
                keep(state, states, numbers, row, time, loss)
                row += 1
        while row < len(stops) and stops[row] <= start + epochs:         # it stands still
            keep(state, states, numbers, row, time, loss)
            row += 1
        return done, loss, step, time, stable

    @njit(cache=cache, **COMPILED)
    def read(state):
        """Bring a, b, c up to date."""
        version
        unpack(state.lanes, state.a, state.b, state.c)

    return begin, advance, read


def compiled_files() -> list[Path]:
    """The files that hold compiled code, found by their names."""
    return sorted(Path(__file__).parent.glob("_[a-z]*.py"))


def _compiled():
    """The entries, kept on disk between processes if numba finds a folder that it can write to."""
    version = crc32(b"".join(file.read_bytes() for file in compiled_files()))
    try:
        return [_forgiving(entry) for entry in _entries(version, True)]
    except RuntimeError:                     # "cannot cache function: no locator available"
        return _entries(version, False)


def _forgiving(entry):
    """The entry, for which a damaged file in the cache counts as none."""
    cache, load = entry._cache, entry._cache.load_overload

    def load_overload(signature, context):
        try:
            return load(signature, context)
        except Exception:                    # whatever unpickling makes of it
            cache.flush()
            return None

    cache.load_overload = load_overload
    return entry


begin, advance, read = _compiled()
