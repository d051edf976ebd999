"""Formulas keep their digits from 1e-170 to 1e170: against mpmath, with fifty digits and no end."""
import math
from fractions import Fraction

import mpmath
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib import dynamics as d
from lib import variation
from lib.attractors import attractors
from lib.measures import kappa, knot_mass, movement
from lib.network import Canonical, Network
from lib.samples import Samples
from lib.scales import power, product

mpmath.mp.dps = 80  # the same in every oracle: the precision is global
QUICK = settings(max_examples=150, deadline=None, derandomize=True)
TINY, HUGE = 1e-300, 1.7e308


@st.composite
def sized(draw, low=-170, high=170):
    """A number of either sign with a decimal exponent anywhere between two, or a plain one."""
    exponent = draw(st.one_of(st.integers(low, high), st.just(0)))
    return draw(st.sampled_from([-1, 1])) * draw(st.floats(1, 9.9)) * 10.0**exponent


POSITIVE = sized().map(abs)
T = lambda values: torch.tensor(values, dtype=torch.float64)  # noqa: E731


def agree(got, want, size=None, digits=1e-12):
    """One float against mpmath; where the true value is out of range, it is 0 or infinite."""
    got, size = float(got), abs(want) if size is None else size
    if abs(want) > HUGE or size > HUGE:
        return
    assert abs(mpmath.mpf(got) - want) <= digits * size + mpmath.mpf(TINY), (got, want)


def inside(value) -> bool:
    return value == 0 or TINY < abs(value) < HUGE


@QUICK
@given(st.lists(sized(-300, 300), min_size=1, max_size=5), st.lists(sized(-300, 300), max_size=3))
def test_a_product_is_out_of_range_only_where_it_is(factors, over):
    want = math.prod(map(Fraction, factors)) / math.prod(map(Fraction, over))
    got = product(*map(T, factors), over=tuple(map(T, over))).item()
    if abs(want) > Fraction(HUGE):
        assert abs(got) >= 1e308 and (got > 0) == (want > 0)
    elif abs(want) > Fraction(TINY):
        assert abs(Fraction(got) / want - 1) < 2e-15
    else:
        assert abs(got) <= 1e-299


@QUICK
@given(st.one_of(sized(-300, 300), st.floats(-1e-309, 1e-309), st.just(0.0), st.just(-0.0)))
def test_a_power_of_two_divides_exactly(x):
    unit = power(T(x)).item()
    assert math.frexp(unit)[0] == 0.5 and (x == 0 or 1 <= abs(x / unit) < 2)


@QUICK
@given(sized(), sized(), sized(), POSITIVE, sized())
def test_one_neuron_at_any_scale(a, b, c, alpha, x):
    z = Network([a], [b], [c], alpha)
    A, B, C, alpha_, X = map(mpmath.mpf, (a, b, c, alpha, x))
    rho = mpmath.sqrt(A * A + B * B)
    pre, size = A * X - B, (abs(A * X) + abs(B)) * abs(C) / alpha_
    agree(z([x])[0], C / alpha_ * max(pre, 0), size)
    if abs(pre) > 1e-12 * (abs(A * X) + abs(B)):
        assert bool(z.activations([x])[0, 0]) == (pre > 0)
    agree(z.rho[0], rho)
    agree(z.delta[0], C * C - rho * rho, C * C + rho * rho)
    agree(kappa(z)[0], C * rho)
    agree(variation.total_variation(z), abs(C) * rho / alpha_)
    slopes = abs(C) * A / rho, abs(C) * B / rho, mpmath.sign(C) * rho
    for got, want in zip(variation.tv_gradient(z), slopes):
        if inside(C / alpha_):
            agree(got[0], want / alpha_)
    r = C * rho / alpha_
    if inside(r):
        w = z.canonical()
        agree(w.r[0], r)
        agree(w([x])[0], r / rho * max(pre, 0), abs(r) * (1 + abs(X)))   # theta is rounded


@QUICK
@given(sized(), st.floats(-3, 3), sized(), POSITIVE)
def test_a_lift_and_back_at_any_scale(r, theta, delta, alpha):
    k = mpmath.mpf(alpha) * mpmath.mpf(r)
    root = mpmath.sqrt(mpmath.mpf(delta) ** 2 + 4 * k * k)
    c2, rho2 = (root + delta) / 2, (root - delta) / 2
    if delta < 0:
        c2 = k * k / rho2
    else:
        rho2 = k * k / c2
    if not all(map(inside, (c2, rho2, k))):
        return
    z = Canonical([r], [theta]).lift(delta, alpha)
    agree(abs(z.c[0]), mpmath.sqrt(c2))
    agree(z.rho[0], mpmath.sqrt(rho2))
    agree(z.canonical().r[0], mpmath.mpf(r))
    assert abs(float(z.canonical().theta[0]) - theta) < 1e-12
    growth, turning = d.metric(Canonical([r], [theta]), delta, alpha)[0]
    agree(growth, (rho2 + c2) / mpmath.mpf(alpha) ** 2)
    agree(turning, 1 / rho2)


@QUICK
@given(sized(), sized())
def test_the_tangential_share_at_any_scale(delta, kappa_):
    with mpmath.workdps(800):
        D, K = mpmath.mpf(delta), mpmath.mpf(kappa_)
        agree(d.tangential_share(delta, kappa_), (1 + D / mpmath.sqrt(D * D + 4 * K * K)) / 2)


@QUICK
@given(sized(), sized(), sized(), POSITIVE, sized(-3, 3), sized(-170, 170))
def test_velocities_at_any_scale(a, b, c, alpha, x, y):
    z, points = Network([a], [b], [c], alpha), Samples([x], [y])
    A, B, C, alpha_, X, Y = map(mpmath.mpf, (a, b, c, alpha, x, y))
    pre, rho = A * X - B, mpmath.sqrt(A * A + B * B)
    reach = abs(A * X) + abs(B)
    if abs(pre) < 1e-9 * reach:
        return
    f, size = C / alpha_ * max(pre, 0), abs(C) / alpha_ * reach + abs(Y)
    residual = f - Y
    if not all(map(inside, (size, C / alpha_))):
        return
    agree(d.residuals(z, points)[0], residual, size)
    agree(d.loss(z, points), residual**2 / 2, size**2)
    g1, g2 = (residual * X, residual) if pre > 0 else (mpmath.mpf(0), mpmath.mpf(0))
    big = size * (1 + abs(X))                                            # before it cancels
    along, across = (g1 * A - g2 * B) / rho, (g2 * A + g1 * B) / rho
    radial, turning = d.velocity_canonical(z, points)
    agree(radial[0], -(rho**2 + C**2) / alpha_**2 * along, (rho**2 + C**2) / alpha_**2 * big)
    agree(turning[0], -C / (alpha_ * rho) * across, abs(C) / (alpha_ * rho) * big)
    moving = d.velocity_uv(z, points)[0]
    s = mpmath.sign(C)
    radial, turning = s * (rho**2 + C**2) * along, s * C**2 * across
    for got, want in zip(moving, (radial * A + turning * B, turning * A - radial * B)):
        agree(got, -want / rho / alpha_**2, (rho**2 + C**2) / alpha_**2 * big)


def test_the_cases_that_were_lost():
    assert d.tangential_share(-1e9, 1.0).item() == pytest.approx(1e-18, rel=1e-14)
    z = Canonical([1e-170], [1.0]).lift(0.0, 1.0)
    assert z.canonical().r.item() == pytest.approx(1e-170, rel=1e-14)
    for delta, size in ((math.nan, 1.0), (1.0, math.nan), (1.0, math.inf)):
        with pytest.raises(ValueError, match="delta|kappa"):
            d.tangential_share(delta, size)
    assert d.tangential_share([-math.inf, math.inf, 0], [1, 1, 0]).tolist() == [0, 1, 0.5]


def test_what_decays_under_a_constant_force_keeps_its_digits():
    start, force = Network([1.0], [0.0], [1.0], 1.0), T([1.0, 0.0])
    c = d.constant_force_flow(start, force, T([0.0, 50.0, 2000.0])).c[:, 0]
    assert c.tolist() == pytest.approx([1.0, math.exp(-50), 0.0], rel=1e-12, abs=1e-300)


@QUICK
@given(POSITIVE, st.integers(0, 99))
def test_measures_do_not_depend_on_the_scale(scale, seed):
    a, b, c = torch.randn(3, 6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    points, unit = Samples([-1.0, 0.0, 0.5, 2.0], [0.0] * 4), power(T(scale)).item()
    z, big = Network(a, b, c, 1.0), Network(unit * a, unit * b, c, unit)
    assert torch.equal(knot_mass(z, points, 0.1), knot_mass(big, points, 0.1))
    after = Network(a + 0.25, b, c, 1.0), Network(unit * (a + 0.25), unit * b, c, unit)
    assert float(movement(big, after[1])) == pytest.approx(float(movement(z, after[0])), rel=1e-12)


@pytest.mark.parametrize("m,s", [(1, 1), (7, 5000), (40, 3)])
def test_scaling_the_data_scales_the_forces(m, s):
    """By powers of two, bit for bit: twins, dead neurons, gaps from 1e-9 to 1e3, values of
    1e150."""
    generator = torch.Generator().manual_seed(m + s)
    draw = lambda *n: torch.randn(*n, generator=generator, dtype=torch.float64)  # noqa: E731
    gaps = 10.0 ** (12 * torch.rand(s, generator=generator, dtype=torch.float64) - 9)
    points = Samples(gaps.cumsum(0) - gaps.sum() / 2, draw(s))
    a, b, c = draw(3, m)
    a[0] = 0.0                                                           # dead or constant
    a[-1], b[-1] = a[m // 2], b[m // 2]                                  # twins
    z, unit = Network(a, b, c, 1.0), 2.0**500                            # about 3e150
    large = Network(a, b, c * unit, 1.0), Samples(points.x, points.y * unit)
    assert torch.equal(d.residuals(*large), unit * d.residuals(z, points))
    assert torch.equal(d.forces(*large), unit * d.forces(z, points))
    assert torch.equal(large[0].activations(points.x), z.activations(points.x))


@QUICK
@given(st.lists(st.tuples(sized(-9, 150), sized(-150, 150)), min_size=1, max_size=6,
                unique_by=lambda pair: pair[0]))
def test_attractors_at_any_scale(pairs):
    """Lemma 2 in exact fractions; where a sum is within rounding of a tie, either answer will
    do."""
    pairs = sorted(pairs)
    x, rho = ([pair[k] for pair in pairs] for k in (0, 1))
    found = attractors(Samples(x, rho), T(rho)).attracts
    x, rho = [*map(Fraction, x)], [*map(Fraction, rho)]
    for k in range(len(x)):
        terms = [rho[i] * rho[k] * (x[i] * x[k] + 1) for i in range(len(x))]
        for o, beside in enumerate((terms[k + 1:], terms[:k])):
            total, size = sum(beside), sum(map(abs, beside)) + terms[k]
            if min(abs(total), abs(total + terms[k])) <= size * Fraction(1, 10**9):
                continue
            assert int(found[k, o]) == (-terms[k] < total < 0) * (1 if rho[k] > 0 else -1)
