"""Sample lines, the regions between them, and the packing of neurons into lanes (see cpu.py for the idea).

A right-facing neuron (a > 0) is on at the samples j >= p, a left-facing one at j < p.  Around the circle of neuron
directions this makes a ring of regions, numbered

    0 ... s-1   right-facing, on at j >= p          s    right-facing, on nowhere
    s+2 ...     left-facing, on at j <= p           s+1  left-facing, on nowhere

(regions 0 and 2s+1, on everywhere, mean the same, and so do the two dead ones).  Line t separates the regions t and
t + 1: crossing it switches one sample.  Lines 0 ... s-1 belong to right-facing neurons and samples 0 ... s-1,
lines s+1 ... 2s to left-facing ones.  Line s does not exist.
"""
from typing import NamedTuple

import numpy as np
from numba import njit


class Lines(NamedTuple):
    """What line t needs to know; every entry has shape (2s + 1,).

    middle: the sample x on the line;  on, off: the regions where that sample is on and where it is off.
    before, after: the samples that bound the two regions beside the line, with weights +1 where a neuron of these
    regions is on, -1 where it is off (0: no bound);  full: the weights a neuron collects that is where it should be.
    """

    middle: np.ndarray
    before: np.ndarray
    after: np.ndarray
    weigh_before: np.ndarray
    weigh_after: np.ndarray
    full: np.ndarray
    on: np.ndarray
    off: np.ndarray


def lines_of(x: np.ndarray) -> Lines:
    """The table of lines of the samples x: (s,)."""
    s = len(x)
    middle, before, after, weigh_before, weigh_after = np.zeros((5, 2 * s + 1), x.dtype)
    on, off = np.zeros((2, 2 * s + 1), np.int64)
    for k in range(s):
        right, left = k, s + 1 + k
        middle[right] = middle[left] = x[k]
        on[right], off[right] = right, right + 1
        on[left], off[left] = left + 1, left
        # on the far side the neuron has passed every sample of the line before; the ends close the ring
        before[right], weigh_before[right] = (x[k + 1], 1) if k < s - 1 else (x[0], -1)
        after[right], weigh_after[right] = (x[k - 1], -1) if k > 0 else (x[-1], 1)
        before[left], weigh_before[left] = (x[k - 1], 1) if k > 0 else (x[-1], -1)
        after[left], weigh_after[left] = (x[k + 1], -1) if k < s - 1 else (x[0], 1)
    if s == 1:                                                           # two regions, one line: nowhere to go
        weigh_before[:], weigh_after[:] = 0, 0
    full = (weigh_before > 0).astype(x.dtype) + (weigh_after > 0)
    return Lines(middle, before, after, weigh_before, weigh_after, full.astype(x.dtype), on, off)


@njit(cache=True, nogil=True)
def line_of(x, a, b):
    """The line nearest to the neuron (a, b) of the two that bound its region.

    Only the products a x_j are compared, as in the test a x_j - b > 0 itself: rounding is monotone, so the answer
    is exact where a comparison of b / a with x_j is not.
    """
    s = len(x)
    first, last = a * x[0] > b, a * x[s - 1] > b
    if first == last:                                                    # on everywhere, or nowhere
        nearer = abs(a * x[0] - b) < abs(a * x[s - 1] - b)
        if first:
            return 0 if nearer else 2 * s
        return s + 1 if nearer else s - 1
    low, high = 0, s - 1                                                 # on at one of the two only
    while high - low > 1:
        half = (low + high) // 2
        if (a * x[half] > b) == first:
            low = half
        else:
            high = half
    nearest = low if abs(a * x[low] - b) < abs(a * x[high] - b) else high
    return s + 1 + nearest if first else nearest


@njit(cache=True, nogil=True)
def inside(lines, t, a, b):
    """Is the neuron (a, b) in one of the two regions beside line t?"""
    before = lines.weigh_before[t] == 0 or (a * lines.before[t] > b) == (lines.weigh_before[t] > 0)
    after = lines.weigh_after[t] == 0 or (a * lines.after[t] > b) == (lines.weigh_after[t] > 0)
    return before and after


class Lanes(NamedTuple):
    """The neurons of one network, packed: up to `depth` neurons of one line make a lane, `width` lanes make a tile.

    Entry (row, lane) of a tile sits in slot (tile depth + row) width + lane.  a, b, c: the parameters in the slots,
    zeros where a slot is empty (such a neuron is off everywhere and never moves);  neuron: whose they are.
    line, on, off, size: of each lane, its line, the regions there and how many neurons it has.
    rows: of each tile, how many rows are in use.  open: of each line, a lane with room, or -1.
    used: [how many lanes are in use].  sums: (5, lanes) or more, what a pass over the neurons has found.
    """

    a: np.ndarray
    b: np.ndarray
    c: np.ndarray
    neuron: np.ndarray
    line: np.ndarray
    on: np.ndarray
    off: np.ndarray
    size: np.ndarray
    rows: np.ndarray
    open: np.ndarray
    used: np.ndarray
    sums: np.ndarray
    depth: int
    width: int


def empty_lanes(m: int, s: int, dtype: np.dtype) -> Lanes:
    """Room for m neurons and s samples."""
    width = 32 // dtype.itemsize
    depth = int(np.clip(np.sqrt(10 * m / s), 4, 128))                    # weighs empty slots against work per lane
    lanes = m // depth + min(m, 2 * s)                                   # never more when freshly packed
    tiles = -(-(lanes + lanes // 4) // width) + 1                        # spare ones for neurons that move
    a, b, c = np.zeros((3, tiles * depth * width), dtype)
    line, on, off, size = np.zeros((4, tiles * width), np.int64)
    return Lanes(a, b, c, np.zeros(a.shape, np.int64), line, on, off, size, np.zeros(tiles, np.int64),
                 np.zeros(2 * s + 1, np.int64), np.zeros(1, np.int64), np.zeros((7, tiles * width), dtype), depth, width)


@njit(cache=True, nogil=True)
def slot_of(lanes, lane, row):
    tile = lane // lanes.width
    return (tile * lanes.depth + row) * lanes.width + lane - tile * lanes.width


@njit(cache=True, nogil=True)
def insert(lanes, lines, t, a, b, c, neuron):
    """Give a neuron a slot of line t; False where no lane is left."""
    lane = lanes.open[t]
    if lane < 0 or lanes.size[lane] == lanes.depth:
        lane = lanes.used[0]
        if lane == len(lanes.size):
            return False
        lanes.used[0] += 1
        lanes.open[t], lanes.line[lane] = lane, t
        lanes.on[lane], lanes.off[lane] = lines.on[t], lines.off[t]
    slot = slot_of(lanes, lane, lanes.size[lane])
    lanes.a[slot], lanes.b[slot], lanes.c[slot], lanes.neuron[slot] = a, b, c, neuron
    lanes.size[lane] += 1
    tile = lane // lanes.width
    lanes.rows[tile] = max(lanes.rows[tile], lanes.size[lane])
    return True


@njit(cache=True, nogil=True)
def remove(lanes, lane, row):
    """Empty a slot; the last neuron of the lane takes its place."""
    lanes.size[lane] -= 1
    slot, last = slot_of(lanes, lane, row), slot_of(lanes, lane, lanes.size[lane])
    lanes.a[slot], lanes.b[slot], lanes.c[slot] = lanes.a[last], lanes.b[last], lanes.c[last]
    lanes.neuron[slot] = lanes.neuron[last]
    lanes.a[last] = lanes.b[last] = lanes.c[last] = 0
    lanes.open[lanes.line[lane]] = lane


@njit(cache=True, nogil=True)
def pack(lanes, lines, x, a, b, c, everyone):
    """Put the neurons into lanes line by line; leave out the dead, which nothing moves, unless `everyone`."""
    lanes.a[:], lanes.b[:], lanes.c[:] = 0, 0, 0
    lanes.size[:], lanes.rows[:], lanes.open[:], lanes.used[0] = 0, 0, -1, 0
    line = np.empty(len(a), np.int64)
    start = np.zeros(len(lanes.open) + 1, np.int64)
    for i in range(len(a)):
        dead = not (a[i] * x[0] > b[i] or a[i] * x[-1] > b[i])
        line[i] = -1 if dead and not everyone else line_of(x, a[i], b[i])
        start[line[i] + 1] += 1
    start = np.cumsum(start)                                             # where each line begins in `order`
    order = np.empty(len(a), np.int64)
    place = start.copy()
    parked = 0
    for i in range(len(a)):
        if line[i] < 0:
            order[parked] = i
            parked += 1
        else:
            order[place[line[i]]] = i
            place[line[i]] += 1
    for i in order[parked:]:
        insert(lanes, lines, line[i], a[i], b[i], c[i], i)


@njit(cache=True, nogil=True)
def unpack(lanes, a, b, c):
    """Write the neurons back in their own order."""
    for lane in range(lanes.used[0]):
        for row in range(lanes.size[lane]):
            slot = slot_of(lanes, lane, row)
            i = lanes.neuron[slot]
            a[i], b[i], c[i] = lanes.a[slot], lanes.b[slot], lanes.c[slot]
