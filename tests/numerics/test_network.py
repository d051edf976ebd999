"""Networks and samples: evaluation, the two coordinate systems, and what bad input says."""
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib import samples
from lib.measures import chance_mass, effective_number, knot_mass, movement, rotation
from lib.network import Canonical, Network
from lib.starts import paired, torch_default

NUMBER = st.floats(-10, 10, allow_nan=False).map(lambda v: round(v, 6))


@st.composite
def networks(draw, nonzero=False):
    m = draw(st.integers(1, 8))
    rows = [draw(st.lists(NUMBER, min_size=m, max_size=m)) for _ in range(3)]
    return Network(*rows, alpha=draw(st.floats(0.1, 20)))


def slow(z, x):
    """The definition, one neuron and one point at a time, in plain Python."""
    return [
        math.fsum(
            c * max(a * t - b, 0) for a, b, c in zip(z.a.tolist(), z.b.tolist(), z.c.tolist())
        )
        / float(z.alpha)
        for t in x
    ]


@settings(max_examples=200, deadline=None)
@given(networks(), st.lists(NUMBER, min_size=1, max_size=6))
def test_evaluation_is_the_definition(z, x):
    np.testing.assert_allclose(z(x), slow(z, x), rtol=1e-12, atol=1e-9)


@settings(max_examples=200, deadline=None)
@given(networks(), st.floats(1e-2, 1e2))
def test_rescaling_keeps_the_function_and_moves_delta(z, k):
    x = torch.linspace(-2, 2, 9, dtype=torch.float64)
    other = z.rescale(k)
    np.testing.assert_allclose(other(x), z(x), rtol=1e-9, atol=1e-8)
    np.testing.assert_allclose(
        other.delta, (z.c / k) ** 2 - k**2 * (z.a**2 + z.b**2), rtol=1e-9, atol=1e-9
    )


@settings(max_examples=200, deadline=None)
@given(networks())
def test_canonical_and_back(z):
    x = torch.linspace(-2, 2, 9, dtype=torch.float64)
    w = z.canonical()
    scale = float((z.c * z.rho).abs().max()) + 1
    assert float((w(x) - z(x)).abs().max()) < 1e-12 * scale * z.m
    back = w.lift(z.delta, z.alpha)
    keeps = (w.r.abs() > 1e-6)
    for name in "abc":
        error = (getattr(back, name) - getattr(z, name))[keeps].abs()
        assert error.numel() == 0 or float(error.max()) < 1e-9 * scale


@pytest.mark.parametrize("delta", [-1e8, -100.0, -1.0, 0.0, 1.0, 100.0, 1e8])
def test_lift_round_trip(delta):
    generator = torch.Generator().manual_seed(0)
    w = Canonical(torch.randn(4, 50, generator=generator, dtype=torch.float64),
                  6 * torch.rand(4, 50, generator=generator, dtype=torch.float64) - 3)
    z = w.lift(delta, math.sqrt(50))
    again = z.canonical()
    assert float((again.r / w.r - 1).abs().max()) < 1e-12
    assert float((again.theta - w.theta).abs().max()) < 1e-12
    assert float((z.delta - delta).abs().max()) <= 1e-12 * max(1, abs(delta))


def test_a_batch_is_its_networks():
    generator = torch.Generator().manual_seed(0)
    z = Network(
        *torch.randn(3, 5, 7, generator=generator, dtype=torch.float64),
        alpha=torch.arange(1.0, 6.0, dtype=torch.float64),
    )
    x = torch.linspace(-1, 1, 11, dtype=torch.float64)
    assert z(x).shape == (5, 11)
    for k in range(5):
        assert torch.equal(z[k](x), z(x)[k]) or float((z[k](x) - z(x)[k]).abs().max()) < 1e-15
    assert z.canonical()(x).shape == (5, 11) and z.activations(x).shape == (5, 11, 7)


def test_large_networks_are_evaluated_in_pieces():
    z = torch_default(3000, seed=1)
    x = torch.linspace(-1, 1, 12_001, dtype=torch.float64)
    direct = torch.stack([(z.c * torch.relu(z.a * t - z.b)).sum() for t in x[::997]])
    np.testing.assert_allclose(z(x)[::997], direct, atol=1e-12)


BAD = [
    (lambda: Network([1.0], [1.0], [float("nan")], 1), "c: 1 of 1"),
    (lambda: Network([1.0], [1.0, 2.0], [1.0], 1), "a, b, c: want one shape"),
    (lambda: Network([], [], [], 1), "a: want at least one neuron"),
    (lambda: Network([1.0], [1.0], [1.0], 0), "alpha: want a positive"),
    (lambda: Network([1.0], [1.0], [1.0], float("inf")), "alpha: want a positive"),
    (lambda: Network(torch.tensor([1]), [1.0], [1.0], 1), "a: want a floating dtype"),
    (lambda: Network([1.0], [1.0], [1.0], [1.0, 2.0]), "alpha: want a number"),
    (lambda: Network([1.0], [1.0], ["one"], 1), "c: want numbers"),
    (lambda: Network([1.0], [1.0], [1.0], 1)([[0.0]]), "x: want a vector"),
    (lambda: Network([1.0], [1.0], [1.0], 1).rescale(-1), "k: want positive"),
    (lambda: Canonical([1.0], [float("inf")]), "theta: 1 of 1"),
    (lambda: Canonical([1.0], [0.0]).lift(float("-inf"), 1), "delta: want finite"),
    (lambda: Canonical([1.0], [0.0]).lift(0, -2), "alpha: want a positive"),
    (lambda: samples.Samples([], []), "x: want at least one sample"),
    (lambda: samples.Samples([0, 1], [0]), "x and y: want two vectors"),
    (lambda: samples.Samples([0, 0], [1, 2]), "samples 0 and 1 coincide"),
    (lambda: samples.Samples([1, 0], [1, 2]), "out of order"),
    (lambda: samples.Samples([0, float("nan")], [1, 2]), "x: sample 1 is nan"),
    (lambda: samples.Samples([0, 1], [1, float("inf")]), "y: sample 1 is inf"),
    (lambda: samples.from_points([(0, 1), (0, 2)]), "coincide"),
    (lambda: samples.from_points([(0, 1, 2)]), "points: want pairs"),
    (lambda: samples.square_wave(0), "s: want a positive"),
    (lambda: paired(3, 1.0), "m: want an even"),
]


@pytest.mark.parametrize("make,message", BAD, ids=[m for _, m in BAD])
def test_bad_input_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_samples():
    given = samples.from_points([(1, 2), (0, 1)])
    assert (
        given.x.tolist() == [0, 1] and given.y.tolist() == [1, 2] and given.x.dtype == torch.float64
    )
    wave = samples.square_wave(10)
    assert set(wave.y.tolist()) == {-1.0, 1.0} and float(wave.x[0]) == -1 and float(wave.x[-1]) == 1
    np.testing.assert_allclose(
        samples.sine(8, phase=0.4).y, np.sin(2 * np.pi * np.linspace(-1, 1, 8) + 0.4), atol=1e-14
    )
    assert samples.sine(1).s == 1


def test_paired_start_is_zero_with_the_wanted_delta():
    z = paired(100, 2.0, delta=-7.0, seed=3)
    x = torch.linspace(-3, 3, 50, dtype=torch.float64)
    assert float(z(x).abs().max()) < 1e-12
    assert float((z.delta + 7).abs().max()) < 1e-9
    assert not torch.equal(paired(100, 2.0, seed=4).a, paired(100, 2.0, seed=3).a)


def test_knot_mass_counts():
    points = samples.Samples([0.0, 1.0, 2.0], [0.0, 0.0, 0.0])
    w = Canonical(
        [3.0, -1.0, 2.0, 10.0],
        [-math.atan(1.0), -math.atan(0.5), -math.atan(1.001), -math.atan(5.0)],
    )
    assert float(knot_mass(w, points, 0.01)) == pytest.approx(
        5 / 6
    )  # the knot at 5 is not among the samples
    assert chance_mass(points, 0.01) == pytest.approx(1 - 2 * 0.96 / 2.04)
    with pytest.raises(ValueError, match="at least two"):
        knot_mass(w, samples.Samples([0.0], [0.0]))
    z = w.lift(0.0, 2.0)
    moved = Network(z.a + 1, z.b, z.c, z.alpha)
    assert float(movement(z, moved)) == pytest.approx(2 / float((z.a**2 + z.b**2).sum().sqrt()))



def test_rotation_is_weighted_by_the_sizes_at_the_end_and_goes_the_short_way_round():
    before = Canonical([1.0, 5.0, 1.0], [3.1, 0.0, 1.0])
    after = Canonical([-1.0, 2.0, 1.0], [-3.1, 0.25, 1.0])
    turned = 2 * math.pi - 6.2
    assert float(rotation(before, after)) == pytest.approx((turned + 2 * 0.25) / 4)
    assert float(rotation(after.lift(0, 1), after)) == pytest.approx(0, abs=1e-15)


def test_the_effective_number_counts_equal_neurons_and_hardly_sees_small_ones():
    assert float(effective_number(Canonical([3.0, -3.0, 3.0, 0.0], [0.0] * 4))) == pytest.approx(3)
    assert float(effective_number(Canonical([2e300, -3e300, 1e300], [0.0] * 3))) == pytest.approx(
        36 / 14
    )