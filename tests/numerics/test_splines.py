"""Splines against SciPy, a quadratic program on a grid, the kernel route, and the dual of the
variation problem."""
import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from laws_at_hand import with_usual
from scipy.interpolate import CubicSpline
from scipy.optimize import linprog

from lib import measures, splines, variation
from lib.kernels import Interpolant, rf
from lib.laws import Box, Gaussian, Signed
from lib.measures import adaptivity, distance
from lib.network import Canonical, Network
from lib.samples import Samples, from_points, sine, square_wave
from lib.splines import linear_interpolant, natural_cubic, weighted_spline
from lib.variation import tv_minimal

SKEW = Gaussian(((1.3, 0.4), (0.4, 0.7)))
LAWS = with_usual(Box(1.0, 0.5), Box(1.0, 3.0), Signed(0.8), Signed(4.0), SKEW)
DATA = square_wave()
X = torch.linspace(-1.8, 1.8, 301, dtype=torch.float64)
VEE = Samples([-1.5, -0.5, 0.5, 1.5], [1.5, 0.5, 0.5, 1.5])
ZIGZAG = Samples([-0.9, -0.5, -0.1, 0.25, 0.6, 0.95], [0.8, -0.6, 0.7, -0.5, 0.6, -0.7])

points = st.lists(st.tuples(st.integers(-40, 40), st.floats(-3, 3)), min_size=3, max_size=8,
                  unique_by=lambda p: p[0])


def samples_of(pairs):
    return from_points([(x / 20, y) for x, y in pairs])


# --- lines and cubics ----------

@settings(max_examples=30, deadline=None, derandomize=True)
@given(points)
def test_linear_and_cubic_against_scipy(pairs):
    data = samples_of(pairs)
    x = torch.linspace(float(data.x[0]), float(data.x[-1]), 57, dtype=torch.float64)
    assert np.allclose(linear_interpolant(data)(x), np.interp(x, data.x, data.y), atol=1e-9)
    cubic = natural_cubic(data)
    assert np.allclose(cubic(x), CubicSpline(data.x, data.y, bc_type="natural")(x), atol=1e-9)
    assert torch.allclose(cubic(data.x[[0, -1]], 2), torch.zeros(2, dtype=torch.float64), atol=1e-7)
    for f in (cubic, linear_interpolant(data)):  # straight beyond the samples
        for end, side in ((data.x[0], -1), (data.x[-1], 1)):
            line = f(end + side * torch.tensor([0.0, 1.0, 2.0, 3.0], dtype=torch.float64))
            assert line.diff().diff().abs().max() < 1e-9 * (1 + line.abs().max())


def test_one_and_two_samples():
    one, two = Samples([0.3], [2.0]), Samples([0.0, 1.0], [1.0, 3.0])
    for make in (linear_interpolant, natural_cubic):
        assert (make(one)(X) == 2).all()
        assert torch.allclose(make(two)(X), 1 + 2 * X, atol=1e-12)


# --- weighted splines ----------

@pytest.mark.parametrize("law", LAWS, ids=repr)
@pytest.mark.parametrize("data", [DATA, sine(6, phase=0.4)], ids=["square", "sine"])
def test_theorem_5_two_ways(law, data):
    """The minimiser of int f''^2 / nu + boundary form is the kernel interpolant, and the minimum is
    its norm."""
    spline, kernel = weighted_spline(data, law), Interpolant(rf(law), data)
    assert torch.allclose(spline(X), kernel(X), atol=1e-7)
    assert spline.norm2.item() == pytest.approx(kernel.norm2.item(), rel=1e-8)
    assert torch.allclose(spline.curvature(X), kernel.curvature(X),
                          atol=1e-6 * kernel.curvature(X).abs().max().item())
    assert torch.allclose(spline.multipliers, kernel.weights, rtol=1e-6,
                          atol=1e-6 * kernel.weights.abs().max().item())


def quadratic_program(data, law, n=3000):
    """The same minimum by finite differences: f a broken line on a grid of [-3, 3], no structure
    assumed."""
    grid = torch.linspace(-3, 3, n + 1, dtype=torch.float64)
    grid = torch.cat([grid, data.x]).unique()
    h = grid.diff()
    # unknown: the slope jumps g_k at the inner knots, the first value and slope:
    # int f''^2 / nu = sum g^2 / (nu cell)
    cell, knot = (h[1:] + h[:-1]) / 2, grid[1:-1]
    basis = torch.cat([(data.x[:, None] - knot).relu(), torch.ones(data.s, 1), data.x[:, None]],
                      1).double()
    weight = 1 / (law.nu(knot) * cell)
    # A = sum g + 2 slope, B = sum g knot - 2 intercept
    rows = torch.zeros(2, len(knot) + 2, dtype=torch.float64)
    rows[0, :-2], rows[0, -1], rows[1, :-2], rows[1, -2] = 1, 2, knot, -2
    # least h^T M^-1 h + sum weight g^2: scale to a least-norm problem in (g sqrt weight, L^-1 h)
    root = torch.linalg.cholesky(law.M)
    to_h = torch.linalg.solve_triangular(root, rows, upper=False)
    change = torch.cat([torch.cat([weight.sqrt().diag(), torch.zeros(len(knot), 2)], 1),
                        to_h]).double()
    z = np.linalg.lstsq(torch.linalg.solve(change.T, basis.T).T.numpy(), data.y.numpy(),
                        rcond=None)[0]
    return torch.from_numpy(z).square().sum().item()


def test_weighted_spline_against_a_grid():
    """Finite differences with 600 cells come within their discretisation error, which shrinks."""
    data, law = Samples([-0.8, 0.0, 0.3, 0.9], [0.3, -0.5, 0.6, 0.1]), Signed(3.0)
    exact = weighted_spline(data, law).norm2.item()
    errors = [abs(quadratic_program(data, law, n) / exact - 1) for n in (150, 600)]
    assert errors[1] < 3e-3 and errors[1] < errors[0] / 2


@settings(max_examples=25, deadline=None, derandomize=True)
@given(points, st.sampled_from([Signed(2.5), Box(), SKEW]))
def test_weighted_spline_properties(pairs, law):
    """It interpolates; scaling and adding samples act linearly; f'' / nu is straight between the
    samples."""
    data = samples_of(pairs)
    spline = weighted_spline(data, law)
    size = 1 + float(spline(X).abs().max())
    assert torch.allclose(spline(data.x), data.y, atol=1e-9)
    double = weighted_spline(Samples(data.x, -2 * data.y), law)
    assert torch.allclose(double(X), -2 * spline(X), atol=1e-7 * size)
    between = data.x[0] + (data.x[1] - data.x[0]) * torch.linspace(0, 1, 5, dtype=torch.float64)
    line = spline.spline(between)
    assert line.diff().diff().abs().max() <= 1e-9 * (1 + line.abs().max())


def test_without_the_boundary_form_a_constant_weight_gives_the_natural_cubic():
    """Theorem 5 as printed would make (a = +-1, b uniform) natural for every R; with the boundary
    form it is not."""
    cubic = natural_cubic(DATA)
    for R in (1.0, 2.0):
        assert torch.allclose(weighted_spline(DATA, Signed(R), boundary=False)(X), cubic(X),
                              atol=1e-9)
    gaps = [float((weighted_spline(DATA, Signed(R))(X) - cubic(X)).abs().max()) for R in (16.0,
                                                                                          32.0,
                                                                                          64.0)]
    assert all(1.9 < p / q < 2.1 for p, q in zip(gaps, gaps[1:]))
    assert distance(weighted_spline(DATA, Signed(1.0)), cubic, -1, 1).sup > 0.04


@pytest.mark.parametrize("law", [Box(), Gaussian()], ids=repr)
def test_the_printed_weight_is_not_the_kernels(law):
    kernel = Interpolant(rf(law), DATA)
    right, printed = weighted_spline(DATA, law), weighted_spline(DATA, law, weight=law.n)
    assert distance(right, kernel, -1, 1).sup < 1e-8
    assert distance(printed, kernel, -1, 1).sup > 4e-3


def test_samples_that_cannot_be_met():
    with pytest.raises(ValueError, match="^samples: no function"):
        weighted_spline(Samples([0.0, 1.2, 1.5, 1.9], [0.0, 1.0, 0.0, 1.0]), Signed(1.0))


# --- least variation ----------

def test_strict_convexity_merges_kinks():
    """|x| sampled at +-1/2, +-3/2: the optimum has one knot, at 0 and no sample; connecting the
    dots costs sqrt 5."""
    best = tv_minimal(VEE)
    assert best.r.abs().mean().item() == pytest.approx(2, abs=1e-9)
    assert torch.allclose(best.knots, torch.zeros(2, dtype=torch.float64), atol=1e-4)
    assert torch.allclose(best(X), X.abs(), atol=1e-6)
    assert dots(VEE) == pytest.approx(math.sqrt(5), abs=1e-12)


def dots(data):
    """int sqrt(1 + x^2) |f''| of the linear interpolant."""
    jumps = (data.y.diff() / data.x.diff()).diff().abs()
    return float((jumps * (1 + data.x[1:-1] ** 2).sqrt()).sum())


def test_on_zigzag_data_connecting_the_dots_is_optimal():
    best = tv_minimal(ZIGZAG)
    assert best.r.abs().mean().item() == pytest.approx(dots(ZIGZAG), rel=1e-9)
    hull = torch.linspace(-0.9, 0.95, 99, dtype=torch.float64)
    assert torch.allclose(best(hull), linear_interpolant(ZIGZAG)(hull), atol=1e-6)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(points)
def test_least_variation_against_its_dual(pairs):
    """max <y, q> over q with |sum_j q_j [<x~_j, d>]_+| <= 1 for every direction d: a lower bound
    that is met."""
    data = samples_of(pairs)
    best = tv_minimal(data)
    assert torch.allclose(best(data.x), data.y, atol=1e-7)
    theta = torch.linspace(-math.pi, math.pi, 1501, dtype=torch.float64)
    theta = torch.cat([theta, best.theta, -torch.atan(data.x), math.pi - torch.atan(data.x)])
    features = (data.tilde @ torch.stack([torch.cos(theta), torch.sin(theta)])).relu().T.numpy()
    both = np.vstack([features, -features])
    dual = linprog(-data.y.numpy(), A_ub=both, b_ub=np.ones(len(both)), bounds=(None, None))
    assert -dual.fun == pytest.approx(best.r.abs().mean().item(), rel=1e-4, abs=1e-7)
    # no other interpolant in sight is cheaper
    jumps = Canonical(*linear_as_neurons(data))
    assert best.r.abs().mean() <= jumps.r.abs().mean() + 1e-7


def linear_as_neurons(data, tolerance=1e-9):
    """(r, theta) of the linear interpolant: a right-going kink at every inner sample, a line from
    three neurons."""
    slopes = data.y.diff() / data.x.diff()
    jumps = slopes.diff() * (1 + data.x[1:-1] ** 2).sqrt()
    intercept = data.y[0] - slopes[0] * data.x[0]
    mass = torch.cat([jumps, torch.stack([slopes[0], -slopes[0], intercept])])
    theta = torch.cat([-torch.atan(data.x[1:-1]),
                       torch.tensor([0, math.pi, math.pi / 2], dtype=torch.float64)])
    network = Canonical(mass * len(mass), theta)
    assert torch.allclose(network(data.x), data.y, atol=tolerance)
    return network.r, network.theta


def test_zero_samples_need_no_neuron():
    assert tv_minimal(Samples([0.0, 1.0], [0.0, 0.0])).r.abs().sum() == 0


@pytest.mark.parametrize("size", [1e-150, 1e-11, 1e7, 1e150])
def test_the_least_variation_scales_with_the_data(size):
    """At 1e-11 nothing was returned without a word; at 1e7 the program was called unbounded."""
    x = [0.0, 0.5, 1.0]
    one, other = tv_minimal(Samples(x, [1.0, -1.0, 1.0])), tv_minimal(Samples(x,
                                                                              [size, -size, size]))
    assert (other.r / size).tolist() == pytest.approx(one.r.tolist(), rel=1e-9)
    assert other(torch.tensor(x).double()).div(size).tolist() == pytest.approx([1.0, -1.0, 1.0],
                                                                               rel=1e-12)


def lower_bound(x, y):
    """A q with |sum_j q_j [<x~_j, d>]_+| <= 1 in every direction, up to 1e-6, and <y, q>: by SciPy,
    on many angles."""
    theta = np.union1d(np.linspace(-math.pi, math.pi, 4001),
                       np.r_[-np.arctan(x), math.pi - np.arctan(x)])
    features = np.maximum(np.outer(np.cos(theta), x) + np.sin(theta)[:, None], 0)
    both = np.vstack([features, -features])
    dual = linprog(-y, A_ub=both, b_ub=np.ones(len(both)), bounds=(None, None), method="highs-ipm")
    return -dual.fun


@pytest.mark.parametrize("s, seed", [(100, 0), (100, 1), (150, 0)])
def test_noise_can_be_fitted(s, seed):
    """HiGHS gave up on half of these as long as the rows were values at close samples."""
    generator = torch.Generator().manual_seed(seed)
    data = Samples(torch.linspace(-1, 1, s, dtype=torch.float64),
                   torch.randn(s, generator=generator, dtype=torch.float64))
    best = tv_minimal(data, rounds=2)
    assert (best(data.x) - data.y).abs().max() < 1e-8                    # masses are of size 1e4
    assert best.r.abs().mean() < Canonical(*linear_as_neurons(data)).r.abs().mean() + 1e-6
    assert best.r.abs().mean().item() == pytest.approx(lower_bound(data.x.numpy(), data.y.numpy()),
                                                       rel=1e-4)


@pytest.mark.parametrize("x",
                         [[0.0, 1e-9, 2e-9, 1.0], [0.0, 1e-6, 1.0], [0.0, 1e3, 2e3, 5e3],
                          [1000.0, 1000.0 + 1e-6, 1001.0],
                               [-1e3, -1e3 + 1e-3, 0.0, 1e-7, 1e3], [0.7, 0.7 + 1e-9], [1e-9]])
def test_least_variation_with_close_and_far_samples(x):
    y = [1.0, -1.0, 0.5, 2.0, -0.3][:len(x)]
    data = Samples(x, y)
    best = tv_minimal(data)
    rounding = 1e-14 * (best.r.abs().mean() * math.hypot(1, max(map(abs, x))))
    assert (best(data.x) - data.y).abs().max() < 1e-9 + rounding
    if len(x) > 2:
        dotted = Canonical(*linear_as_neurons(data, 1e-2))
        assert best.r.abs().mean() <= (1 + 1e-6) * dotted.r.abs().mean()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_lines_and_constants_cost_what_their_neurons_cost(dtype):
    """A constant is one neuron without a knot; x on [-1, 1] is [x + 1]_+ / 2 - [1 - x]_+ / 2."""
    x = torch.linspace(-1, 1, 5, dtype=dtype)
    for y, price in ((torch.ones_like(x), 1), (x, math.sqrt(2)), (-3 * x, 3 * math.sqrt(2))):
        best = tv_minimal(Samples(x, y))
        assert best.r.abs().mean().item() == pytest.approx(price, rel=1e-6)
        assert (best(x.double()) - y).abs().max() < 1e-9


# --- distances ----------

def test_distance():
    d = distance(torch.sin, torch.zeros_like, 0, math.pi)
    assert d.sup.item() == pytest.approx(1, abs=1e-6)
    assert d.l2.item() == pytest.approx(math.sqrt(math.pi / 2), rel=1e-6)
    with pytest.raises(ValueError, match="^lo, hi:"):
        distance(torch.sin, torch.cos, 1, 1)
    for ends, word in (((0, math.inf), "hi"), ((math.nan, 1), "lo"), (("0", 1), "lo")):
        with pytest.raises(ValueError, match=f"^{word}: want a finite"):
            distance(torch.sin, torch.cos, *ends)
    for n in (0, 1, 2.5):
        with pytest.raises(ValueError, match="^n: want a whole number >= 2"):
            distance(torch.sin, torch.cos, 0, 1, n=n)
        with pytest.raises(ValueError, match="^n: want a whole number >= 2"):
            adaptivity(torch.sin, DATA, n=n)


def test_adaptivity_runs_from_cubic_to_linear():
    cubic, linear = natural_cubic(DATA), linear_interpolant(DATA)
    for share in (0.0, 0.3, 1.0):
        mixed = lambda x: (1 - share) * cubic(x) + share * linear(x)  # noqa: B023, E731
        assert adaptivity(mixed, DATA).item() == pytest.approx(share, abs=1e-9)
    batch = Network(torch.ones(3, 2), torch.zeros(3, 2), torch.arange(6.0).reshape(3, 2), 1.0)
    assert adaptivity(batch, DATA).shape == (3,)
    with pytest.raises(ValueError, match="^samples:"):
        adaptivity(cubic, Samples([0.0, 1.0], [0.0, 1.0]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("slope,level", [(1.0, 0.0), (0.0, 0.0), (0.0, 2.0), (-0.3, 1e6)])
def test_samples_on_a_line_have_no_adaptivity(slope, level, dtype):
    x = torch.linspace(-1, 1, 7, dtype=dtype)
    line = Samples(x, slope * x + level)
    with pytest.raises(ValueError, match="^samples: want some off the line"):
        adaptivity(torch.sin, line)
    bent = Samples(x.double(), (slope * x + level).double() + 1e-6 * x.double() ** 2 * (1 + level))
    assert adaptivity(linear_interpolant(bent), bent).item() == pytest.approx(1, abs=1e-3)


# --- any gap, any size ----------

def cubic_in_fractions(x, y):
    """The natural cubic spline in exact arithmetic: second derivatives by elimination, values
    inside."""
    x, y = [Fraction(v) for v in x], [Fraction(v) for v in y]
    h = [q - p for p, q in zip(x, x[1:])]
    chord = [(q - p) / w for p, q, w in zip(y, y[1:], h)]
    second, ratio, right = [Fraction(0)] * len(x), [Fraction(0)] * len(x), [Fraction(0)] * len(x)
    for j in range(1, len(x) - 1):
        pivot = 2 * (h[j - 1] + h[j]) - h[j - 1] * ratio[j - 1]
        ratio[j] = h[j] / pivot
        right[j] = (6 * (chord[j] - chord[j - 1]) - h[j - 1] * right[j - 1]) / pivot
    for j in reversed(range(1, len(x) - 1)):
        second[j] = right[j] - ratio[j] * second[j + 1]

    def value(t):
        t = Fraction(t)
        j = next((k for k in range(1, len(x) - 1) if t < x[k]), len(x) - 1)
        w, p, q = h[j - 1], (x[j] - t) / h[j - 1], (t - x[j - 1]) / h[j - 1]
        bend = (p**3 - p) * second[j - 1] + (q**3 - q) * second[j]
        return float(p * y[j - 1] + q * y[j] + w * w / 6 * bend)

    return value


wide = st.tuples(st.lists(st.floats(-9, 3), min_size=1, max_size=8),
                 st.sampled_from([1e-150, 1e-11, 1.0, 1e7, 1e150]))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(wide,
       st.lists(st.floats(-1, 1), min_size=9,
                max_size=9).filter(lambda y: max(map(abs, y[:2])) > 1e-3))
def test_lines_and_cubics_for_any_gap_and_size(gaps_size, y):
    (gaps, size), x = gaps_size, [-0.3]
    for gap in gaps:
        x.append(x[-1] + 10**gap)
    y = [size * v for v in y[:len(x)]]
    data, exact = Samples(x, y), cubic_in_fractions(x, y)
    at = [*x, *(p + t * (q - p) for p, q in zip(x, x[1:]) for t in (0.1, 0.5, 0.8))]
    cubic, line = natural_cubic(data)(at), linear_interpolant(data)(at)
    for t, p, q in zip(at, cubic.tolist(), line.tolist()):
        k = next((k for k in range(1, len(x) - 1) if t < x[k]), len(x) - 1)
        left, low, high = Fraction(x[k - 1]), Fraction(y[k - 1]), Fraction(y[k])
        wanted = low + (high - low) * (Fraction(t) - left) / (Fraction(x[k]) - left)
        assert abs(q - float(wanted)) <= 1e-14 * max(map(abs, y))
        assert abs(p - exact(t)) <= 1e-8 * max(map(abs, [*cubic.tolist(), *y]))


@pytest.mark.parametrize("size", [1e-200, 1e-150, 1e150, 1e200])
def test_distances_and_adaptivity_scale(size):
    d = distance(lambda x: size * torch.sin(x), torch.zeros_like, 0, math.pi)
    assert d.l2.item() == pytest.approx(size * math.sqrt(math.pi / 2), rel=1e-6)
    large, ten = Samples(DATA.x, size * DATA.y), natural_cubic(DATA)
    f = lambda x: size * (0.7 * ten(x) + 0.3 * linear_interpolant(DATA)(x))  # noqa: E731
    assert adaptivity(f, large).item() == pytest.approx(0.3, abs=1e-9)


@pytest.mark.parametrize("unit", [1e-150, 1e-103, 1e120, 1e150])
def test_cubics_and_adaptivity_in_any_unit_of_x(unit):
    far, near = Samples(unit * DATA.x, DATA.y), natural_cubic(DATA)
    for derivative in range(3):
        found = natural_cubic(far)(unit * X, derivative) * unit**derivative
        torch.testing.assert_close(found, near(X, derivative), rtol=1e-9, atol=1e-9)
    f = lambda x: 0.7 * near(x / unit) + 0.3 * linear_interpolant(far)(x)  # noqa: E731
    assert adaptivity(f, far).item() == pytest.approx(0.3, abs=1e-9)


@pytest.mark.parametrize("gap", [1e-160, 1e-310])
def test_a_cubic_that_has_no_numbers_says_so(gap):
    with pytest.raises(ValueError, match="^samples: want gaps"):
        natural_cubic(Samples([0.0, gap, 1.0], [1.0, 2.0, -3.0]))


@pytest.mark.parametrize("act,word", [
    (splines.linear_interpolant, "samples: want a Samples"),
    (splines.natural_cubic, "samples: want a Samples"),
    (variation.tv_minimal, "samples: want a Samples"),
    (lambda bad: splines.weighted_spline(bad, Box()), "samples: want a Samples"),
    (lambda bad: splines.weighted_spline(Samples([0, 1], [1, 0]), bad), "law: want a Law"),
    (lambda bad: measures.adaptivity(lambda x: x, bad), "samples: want a Samples")])
def test_what_is_no_samples_or_law_is_named(act, word):
    with pytest.raises(ValueError, match=word):
        act([0, 1])
