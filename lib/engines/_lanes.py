"""The packing of neurons into lanes: who sits where, who comes and who goes (see cpu.py)."""
from typing import NamedTuple

import numpy as np
from numba import njit

from ._lines import COMPILED, FULL, inside, line_of
from ._vectors import BYTES, entries

IN_USE, HEIGHT, PACKED, EXTRA = range(4)  # the entries of Lanes.used
HOME, SIZE = 4, 5                         # rows of Lanes.sums beside those that are collected


class Lanes(NamedTuple):
    """The neurons of one network, packed: up to `depth` neurons of one line make a lane, `width`
    lanes (the entries of a vector) make a tile.  What always holds is in `check`.

    Entry (row, lane) of a tile sits in slot start[tile] + row width + lane.  a, b, c: the
    parameters in the slots, zeros where a slot is empty (such a neuron is off everywhere and never
    moves);  neuron: whose they are.
    line, on, off, size: of each lane, its line, the regions there and how many neurons it has.
    edges: (6, lanes) those of the line, but FULL times the size.  start, room, rows: of each tile,
    its first slot, how many rows it has and how many are in use.  open: of each line, a lane to
    fill next, or -1.
    used: IN_USE how many lanes are in use, HEIGHT how many rows the next tile gets, PACKED how many
    rows there were when freshly packed, EXTRA how many more than that all passes since then have
    gone over.
    sums: (6, lanes), what a pass over the neurons has found: up to four sums to be collected, HOME
    how many neurons are where they should be (as edges[FULL] counts), SIZE scratch.
    sorting, starts, shares: (2, m), (3, 2s + 3), (depth + 2,) scratch.
    """

    a: np.ndarray
    b: np.ndarray
    c: np.ndarray
    neuron: np.ndarray
    line: np.ndarray
    on: np.ndarray
    off: np.ndarray
    size: np.ndarray
    edges: np.ndarray
    start: np.ndarray
    room: np.ndarray
    rows: np.ndarray
    open: np.ndarray
    used: np.ndarray
    sums: np.ndarray
    sorting: np.ndarray
    starts: np.ndarray
    shares: np.ndarray
    depth: int


def empty_lanes(m: int, s: int, dtype: np.dtype) -> Lanes:
    """Room for m neurons and s samples."""
    width = BYTES // dtype.itemsize
    depth = min(max(m // 24, 4), 128)                         # long lanes, but some tiles of them
    lanes = m // depth + min(m, 2 * s)                        # never more when freshly packed
    tiles = -(-(lanes + lanes // 2) // width) + 1             # spare ones for neurons that move
    a, b, c = np.zeros((3, tiles * depth * width), dtype)
    line, on, off, size = np.zeros((4, tiles * width), np.int64)
    start, room, rows = np.zeros((3, tiles), np.int64)
    edges, sums = np.zeros((2, 6, tiles * width), dtype)
    return Lanes(a, b, c, np.zeros(a.shape, np.int32), line, on, off, size, edges, start, room,
                 rows, np.zeros(2 * s + 1, np.int64), np.zeros(4, np.int64), sums,
                 np.zeros((2, m), np.int32), np.zeros((3, 2 * s + 3), np.int64),
                 np.zeros(depth + 2, np.int64), depth)


def check(lanes: Lanes, lines) -> np.ndarray:
    """What holds of every packing, between any two calls of the functions below.

    Returns the neurons that have a slot, in order; raises AssertionError saying what is broken.
    """
    width, count = BYTES // lanes.a.itemsize, int(lanes.used[IN_USE])
    tiles = -(-count // width)
    assert 0 <= count <= len(lanes.size), "there are more lanes in use than lanes"
    assert not lanes.size[count:].any(), "a lane that is not in use has neurons"
    ends = lanes.start[:tiles] + lanes.room[:tiles] * width
    assert (lanes.start[:tiles] == np.append(0, ends)[:tiles]).all(), "tiles do not join"
    assert not tiles or ends[-1] <= len(lanes.a), "there are more slots than memory"
    size = np.pad(lanes.size, (0, -len(lanes.size) % width)).reshape(-1, width)[:tiles]
    assert (lanes.rows[:tiles] == size.max(1, initial=0)).all(), "rows is not the longest lane"
    assert (lanes.rows[:tiles] <= lanes.room[:tiles]).all(), "a lane is longer than its tile"
    line = lanes.line[:count]
    assert (lanes.on[:count] == lines.on[line]).all(), "a lane has the wrong region"
    assert (lanes.off[:count] == lines.off[line]).all(), "a lane has the wrong region"
    edges = lines.edges[:, line]
    edges[FULL] *= lanes.size[:count]
    assert (lanes.edges[:, :count] == edges).all(), "a lane has the edges of another line"
    assert not lanes.edges[FULL, count:].any(), "an unused lane waits for neurons"
    for t, lane in enumerate(lanes.open):
        assert lane == -1 or lane < count and line[lane] == t, "a lane is open to another line"
    full = np.zeros(len(lanes.a), bool)
    for lane in range(count):
        first = lanes.start[lane // width] + lane % width
        slots = first + width * np.arange(lanes.size[lane])
        full[slots] = True
        for a, b in zip(lanes.a[slots], lanes.b[slots]):
            assert inside(lines.edges, line[lane], a, b), "a neuron is not beside its line"
    for values in (lanes.a, lanes.b, lanes.c):
        assert not values[:ends[-1] if tiles else 0][~full[:ends[-1] if tiles else 0]].any(), (
            "an empty slot holds a neuron")
    neurons = np.sort(lanes.neuron[full])
    assert (np.diff(neurons) > 0).all(), "a neuron has two slots"
    return neurons


@njit(**COMPILED)
def slot_of(lanes, lane, row):
    width = entries(lanes.a)
    tile = lane // width
    return lanes.start[tile] + (row - tile) * width + lane


@njit(**COMPILED)
def resize(lanes, lines, lane, change):
    lanes.size[lane] += change
    lanes.edges[FULL, lane] = lines.edges[FULL, lanes.line[lane]] * lanes.size[lane]
    tile = lane // entries(lanes.a)
    lanes.rows[tile] = max(lanes.rows[tile], lanes.size[lane])


@njit(**COMPILED)
def new_lane(lanes, lines, t):
    """An empty lane of line t, or -1 where none is left."""
    lane, width = lanes.used[IN_USE], entries(lanes.a)
    if lane == len(lanes.size):
        return -1
    lanes.used[IN_USE] += 1
    tile = lane // width
    if lane % width == 0:
        before = tile - 1
        lanes.start[tile] = lanes.start[before] + lanes.room[before] * width if tile else 0
        lanes.room[tile] = lanes.used[HEIGHT]
    lanes.open[t], lanes.line[lane] = lane, t
    lanes.on[lane], lanes.off[lane] = lines.on[t], lines.off[t]
    for k in range(len(lines.edges)):
        lanes.edges[k, lane] = lines.edges[k, t]
    return lane


@njit(**COMPILED)
def insert(lanes, lines, t, a, b, c, neuron):
    """Give a neuron a slot of line t; its lane, or -1 where none is left."""
    lane, width = lanes.open[t], entries(lanes.a)
    if lane < 0 or lanes.size[lane] == lanes.room[lane // width]:
        lane = new_lane(lanes, lines, t)
        if lane < 0:
            return -1
    slot = slot_of(lanes, lane, lanes.size[lane])
    lanes.a[slot], lanes.b[slot], lanes.c[slot], lanes.neuron[slot] = a, b, c, neuron
    resize(lanes, lines, lane, 1)
    return lane


@njit(**COMPILED)
def remove(lanes, lines, lane, row):
    """Empty a slot; the last neuron of the lane takes its place."""
    resize(lanes, lines, lane, -1)
    slot, last = slot_of(lanes, lane, row), slot_of(lanes, lane, lanes.size[lane])
    lanes.a[slot], lanes.b[slot], lanes.c[slot] = lanes.a[last], lanes.b[last], lanes.c[last]
    lanes.neuron[slot] = lanes.neuron[last]
    lanes.a[last] = lanes.b[last] = lanes.c[last] = 0
    width = entries(lanes.a)
    tile = lane // width
    if lanes.rows[tile] == lanes.size[lane] + 1:
        lanes.rows[tile] = 0
        for k in range(tile * width, (tile + 1) * width):
            lanes.rows[tile] = max(lanes.rows[tile], lanes.size[k])
    lanes.open[lanes.line[lane]] = lane


@njit(**COMPILED)
def clear(lanes):
    """No neuron has a slot."""
    width = entries(lanes.a)
    tiles = (lanes.used[IN_USE] + width - 1) // width
    end = lanes.start[tiles - 1] + lanes.room[tiles - 1] * width if tiles else 0
    lanes.a[:end], lanes.b[:end], lanes.c[:end] = 0, 0, 0
    lanes.size[:], lanes.rows[:], lanes.open[:], lanes.used[IN_USE] = 0, 0, -1, 0
    lanes.edges[FULL, :] = 0


@njit(**COMPILED)
def sort_neurons(lanes, lines, a, b, everyone, fresh):
    """Neurons in the order of their lines: those of line t are order[start[t + 1]:start[t + 2]].

    In front of all are those that are left out, as line -1.
    """
    (line, order), (start, place, _), x = lanes.sorting, lanes.starts, lines.x
    start[:] = 0
    for i in range(len(a)):
        dead = not (a[i] * x[0] > b[i] or a[i] * x[-1] > b[i])
        if dead and not everyone:
            line[i] = -1
        elif fresh or line[i] < 0 or not inside(lines.edges, line[i], a[i], b[i]):
            line[i] = line_of(x, a[i], b[i])
        start[line[i] + 2] += 1
    place[0] = start[0]
    for t in range(1, len(start)):
        start[t] += start[t - 1]
        place[t] = start[t]
    for i in range(len(a)):
        order[place[line[i] + 1]] = i
        place[line[i] + 1] += 1


@njit(**COMPILED)
def sort_lines(lanes):
    """How long the lanes of each line are to be, as even as can be, and the long ones first."""
    (start, share, rank), shares = lanes.starts, lanes.shares
    shares[:] = 0
    for t in range(len(lanes.open)):
        count = start[t + 2] - start[t + 1]
        share[t] = -(-count // max(1, -(-count // lanes.depth)))
        shares[lanes.depth - share[t] + 1] += 1
    for k in range(1, len(shares)):
        shares[k] += shares[k - 1]
    for t in range(len(lanes.open)):
        rank[shares[lanes.depth - share[t]]] = t
        shares[lanes.depth - share[t]] += 1


@njit(**COMPILED)
def pack(lanes, lines, a, b, c, everyone, fresh):
    """Put the neurons into lanes line by line; leave out the dead, unless `everyone`.

    The dead are moved by nothing.  fresh: give each a line anew; else those who are beside the line
    they had keep it.  The lanes of a tile are about equally long.
    """
    clear(lanes)
    sort_neurons(lanes, lines, a, b, everyone, fresh)
    sort_lines(lanes)
    width, order, (start, shares, rank) = entries(lanes.a), lanes.sorting[1], lanes.starts
    for k in range(len(lanes.open)):
        t, share = rank[k], shares[rank[k]]
        if share == 0:
            break
        # a little room for neurons that come
        lanes.used[HEIGHT] = min(lanes.depth, share + share // 4 + 2)
        for first in range(start[t + 1], start[t + 2], share):
            lane = new_lane(lanes, lines, t)
            slot, size = slot_of(lanes, lane, 0), min(share, start[t + 2] - first)
            for i in order[first:first + size]:
                lanes.a[slot], lanes.b[slot], lanes.c[slot] = a[i], b[i], c[i]
                lanes.neuron[slot] = i
                slot += width
            resize(lanes, lines, lane, size)
    lanes.used[HEIGHT], lanes.used[PACKED], lanes.used[EXTRA] = lanes.depth, lanes.rows.sum(), 0


@njit(**COMPILED)
def unpack(lanes, a, b, c):
    """Write the neurons back in their own order, and which lines they have."""
    for lane in range(lanes.used[IN_USE]):
        for row in range(lanes.size[lane]):
            slot = slot_of(lanes, lane, row)
            i = lanes.neuron[slot]
            a[i], b[i], c[i] = lanes.a[slot], lanes.b[slot], lanes.c[slot]
            lanes.sorting[0, i] = lanes.line[lane]


@njit(**COMPILED)
def collect(lanes, regions, quantities):
    """Lane sums (of all neurons, then of those on at the line's sample) to region sums."""
    regions[:quantities] = 0
    for lane in range(lanes.used[IN_USE]):
        on, off = lanes.on[lane], lanes.off[lane]
        for k in range(quantities):
            active = lanes.sums[quantities + k, lane]
            regions[k, on] += active
            regions[k, off] += lanes.sums[k, lane] - active
