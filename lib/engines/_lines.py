"""Sample lines and the regions between them (see cpu.py for the idea).

A right-facing neuron (a > 0) is on at the samples j >= p, a left-facing one at j < p.  Around the
circle of neuron directions this makes a ring of regions, numbered

    0 ... s-1   right-facing, on at j >= p          s    right-facing, on nowhere
    s+2 ...     left-facing, on at j <= p           s+1  left-facing, on nowhere

(regions 0 and 2s+1, on everywhere, mean the same, and so do the two dead ones).  Line t separates
the regions t and t + 1: crossing it switches one sample.  Lines 0 ... s-1 belong to right-facing
neurons and samples 0 ... s-1, lines s+1 ... 2s to left-facing ones.  Line s does not exist.
"""
from typing import NamedTuple

import numpy as np
from numba import njit

# No reference counts (they cost as much as a small network), hence no new arrays in compiled code.
COMPILED = dict(nogil=True, error_model="numpy", forceinline=True, _nrt=False)


class Lines(NamedTuple):
    """What line t needs to know.

    edges: (6, 2s + 1), the rows MIDDLE, BEFORE, AFTER, PAST, AHEAD, FULL below;  x: (s,) the
    samples.  on, off: (2s + 1,) the regions beside the line where its sample is on and where off.
    """

    edges: np.ndarray
    on: np.ndarray
    off: np.ndarray
    x: np.ndarray


# the sample on the line, and those that bound the two regions beside it
MIDDLE, BEFORE, AFTER = 0, 1, 2
# +1 where a neuron of these regions is on at BEFORE, AFTER, -1 where it is off
PAST, AHEAD = 3, 4
FULL = 5  # what a neuron collects that is where it should be


def lines_of(x: np.ndarray) -> Lines:
    """The table of lines of the samples x: (s,)."""
    s = len(x)
    edges, (on, off) = np.zeros((6, 2 * s + 1), x.dtype), np.zeros((2, 2 * s + 1), np.int64)
    for k in range(s):
        right, left = k, s + 1 + k
        on[right], off[right] = right, right + 1
        on[left], off[left] = left + 1, left
        edges[MIDDLE, right] = edges[MIDDLE, left] = x[k]
        # the next line of the ring on either side; the ends of the samples close the ring
        edges[[BEFORE, PAST], right] = (x[k + 1], 1) if k < s - 1 else (x[0], -1)
        edges[[AFTER, AHEAD], right] = (x[k - 1], -1) if k > 0 else (x[-1], 1)
        edges[[BEFORE, PAST], left] = (x[k - 1], 1) if k > 0 else (x[-1], -1)
        edges[[AFTER, AHEAD], left] = (x[k + 1], -1) if k < s - 1 else (x[0], 1)
    if s == 1:                                         # two regions, one line: nowhere to go
        edges[PAST:] = 0
    edges[FULL] = (edges[PAST] > 0) * 1 + (edges[AHEAD] > 0)
    return Lines(edges, on, off, x)


@njit(**COMPILED)
def line_of(x, a, b):
    """Of the two lines that bound the region of the neuron (a, b), the one of an even sample.

    Every second line is enough to be beside every region, and makes half as many groups.  Only the
    products a x_j are compared, as in the test a x_j - b > 0 itself: rounding is monotone, so the
    answer is exact where a comparison of b / a with x_j is not.
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
    sample = low if low % 2 == 0 else high
    return s + 1 + sample if first else sample


@njit(**COMPILED)
def inside(edges, t, a, b):
    """Is the neuron (a, b) in one of the two regions beside line t?"""
    before = edges[PAST, t] == 0 or (a * edges[BEFORE, t] > b) == (edges[PAST, t] > 0)
    after = edges[AHEAD, t] == 0 or (a * edges[AFTER, t] > b) == (edges[AHEAD, t] > 0)
    return before and after


@njit(**COMPILED)
def holds(lines, pull, t, c):
    """Do the regions beside line t drive a neuron with this c towards the line?  (Lemma 2)"""
    x, on, off = lines.edges[MIDDLE, t], lines.on[t], lines.off[t]
    return c * (pull[0, on] * x + pull[1, on]) > 0 > c * (pull[0, off] * x + pull[1, off])


@njit(**COMPILED)
def next_line(lines, pull, t, a, b, c):
    """A line for a neuron that has left line t.

    It is the one it has crossed, if that holds it or is of an even sample; if not, the one behind,
    where it can go on for longer.
    """
    s = len(lines.x)
    for way in (-1, 1):
        crossed, behind = t + way, t + 2 * way
        if 0 <= crossed <= 2 * s and crossed != s and inside(lines.edges, crossed, a, b):
            even = (crossed if crossed < s else crossed - s - 1) % 2 == 0
            if (even or not 0 <= behind <= 2 * s or behind == s
                    or not inside(lines.edges, behind, a, b) or holds(lines, pull, crossed, c)):
                return crossed
            return behind
    return line_of(lines.x, a, b)
