"""The packing of neurons into lanes keeps its invariants, whatever comes, goes and moves."""
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.engines import _lanes, _lines, _steps
from lib.engines.cpu import Engine
from lib.engines.engine import Settings
from lib.network import Network
from lib.samples import Samples

QUIET = dict(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def dead(lines, a, b):
    """Which neurons see no sample."""
    return ~((a * lines.x[0] > b) | (a * lines.x[-1] > b))


def region_sums(lines, a, b, c):
    """sum of c a and of c b by region, (2, 2s + 2), from the activities alone."""
    s = len(lines.x)
    sums = np.zeros((2, 2 * s + 2))
    for ai, bi, ci in zip(a, b, c):
        on = int((ai * lines.x > bi).sum())
        if on:
            region = s - on if ai * lines.x[-1] > bi else s + 1 + on
            sums[:, region % (2 * s + 1) if on == s else region] += ci * ai, ci * bi
    return sums


@st.composite
def neurons(draw):
    """(x, a, b, c): some knots on samples, some neurons dead."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    s, m = draw(st.integers(1, 9)), draw(st.integers(1, 150))
    x = np.unique(rng.normal(size=s).round(2))
    a, b, c = rng.normal(size=(3, m))
    where = rng.random(m) < 0.3
    b = np.where(where, a * x[rng.integers(0, len(x), m)], b)
    return rng, x, a, np.where(rng.random(m) < 0.1, np.abs(a) * 9 + 9, b), c


@settings(max_examples=150, **QUIET)
@given(neurons(), st.booleans())
def test_whoever_comes_and_goes_the_packing_holds(problem, everyone):
    rng, x, a, b, c = problem
    lines, lanes = _lines.lines_of(x), _lanes.empty_lanes(len(a), len(x), x.dtype)
    _lanes.pack(lanes, lines, a, b, c, everyone, True)
    inside = set(np.flatnonzero(everyone | ~dead(lines, a, b)).tolist())
    assert _lanes.check(lanes, lines).tolist() == sorted(inside)
    for _ in range(40):
        if inside and rng.random() < 0.5:
            lane = int(rng.choice(np.flatnonzero(lanes.size)))
            row = int(rng.integers(lanes.size[lane]))
            inside.remove(int(lanes.neuron[_lanes.slot_of(lanes, lane, row)]))
            _lanes.remove(lanes, lines, lane, row)
        else:
            i = int(rng.integers(len(a)))
            t = _lines.line_of(x, a[i], b[i])
            if i in inside:
                continue
            shelter = _lanes.insert(lanes, lines, t, a[i], b[i], c[i], i)
            if shelter >= 0:
                assert lanes.line[shelter] == t
                inside.add(i)
        assert _lanes.check(lanes, lines).tolist() == sorted(inside)
    back = [np.full(len(a), np.nan) for _ in range(3)]
    _lanes.unpack(lanes, *back)
    for mine, true in zip(back, (a, b, c)):
        assert (mine == np.where([i in inside for i in range(len(a))], true, np.nan))[
            sorted(inside)].all()
    _lanes.pack(lanes, lines, a, b, c, everyone, False)
    assert len(_lanes.check(lanes, lines)) == np.count_nonzero(everyone | ~dead(lines, a, b))


@settings(max_examples=60, **QUIET)
@given(neurons(), st.sampled_from([0.0, 0.02, 0.3]))
def test_after_every_step_all_are_beside_their_lines_and_the_sums_are_complete(problem, decay):
    rng, x, a, b, c = problem
    network = Network(*map(torch.from_numpy, (a, b, c)), 2.0)
    engine = Engine(network, Samples(x, rng.normal(size=len(x))), Settings(decay=decay))
    state = engine._states[0]
    for _ in range(6):
        _lanes.check(state.lanes, state.lines)
        sums = state.sums[:2].copy()
        now = [t.numpy().copy() for t in engine.parameters]
        truth = region_sums(state.lines, *now)
        s = len(x)
        # the regions that see all samples are two names of one, and what is dead adds to no sum
        found = sums[:, :2 * s + 2]
        found[:, 0] += found[:, 2 * s + 1]
        truth[:, 0] += truth[:, 2 * s + 1]
        alive = [k for k in range(2 * s + 1) if k not in (s, s + 1)]
        size = 1 + np.abs(truth).max()
        assert np.abs(found - truth)[:, alive].max() <= 1e-9 * size
        try:
            engine.advance(1)
        except ArithmeticError:                                          # it diverged
            return


def broken(change):
    """What `check` says of a packing after `change(lanes)`."""
    x, (a, b, c) = np.arange(4.0), np.random.default_rng(0).normal(size=(3, 30))
    lines, lanes = _lines.lines_of(x), _lanes.empty_lanes(30, 4, x.dtype)
    _lanes.pack(lanes, lines, a, b, c, False, True)
    _lanes.check(lanes, lines)
    change(lanes)
    with pytest.raises(AssertionError) as caught:
        _lanes.check(lanes, lines)
    return str(caught.value)


def test_the_check_sees_what_is_broken():
    def twice(lanes):
        lanes.neuron[lanes.start[0]] = lanes.neuron[lanes.start[0] + 1]

    def left(lanes):
        for values in (lanes.a, lanes.b):                                # to the opposite region
            values[lanes.start[0]] *= -1

    def ghost(lanes):
        lane = int(np.flatnonzero(lanes.size[:4] < lanes.room[0])[0])
        lanes.c[lanes.start[0] + (lanes.room[0] - 1) * 4 + lane] = 1.0

    def gap(lanes):
        lanes.start[1] += 1

    def longest(lanes):
        lanes.rows[0] += 1

    def waits(lanes):
        lanes.edges[_lines.FULL, 0] += 1

    assert "two slots" in broken(twice)
    assert "not beside its line" in broken(left)
    assert "empty slot" in broken(ghost)
    assert "do not join" in broken(gap)
    assert "longest lane" in broken(longest)
    assert "edges of another line" in broken(waits)


def test_every_compiled_file_is_part_of_the_key_of_the_cache():
    files = {path.name for path in _steps.compiled_files()}
    assert {"_steps.py", "_lanes.py", "_lines.py", "_spectrum.py", "_vectors.py"} <= files
