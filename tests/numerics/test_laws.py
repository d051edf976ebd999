"""Laws against quadrature of their definitions, Monte Carlo, and the literature's closed forms."""
import math
from decimal import Decimal
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
import torch
from exact_kernels import exact_kernels
from hypothesis import given, settings
from hypothesis import strategies as st
from laws_at_hand import with_usual
from scipy import integrate, stats

from lib.laws import Box, Gaussian, Signed

SKEW = Gaussian(((1.3, 0.4), (0.4, 0.7)))
LAWS = with_usual(Box(2.0, 0.6), Box(0.5, 3.0), Signed(2.5), Gaussian(1.7), SKEW)
PAIRS = [(-0.7, 0.4), (0.3, 0.3), (0.9, 0.2), (-1.8, 0.5), (1.2, 3.0), (-2.6, 2.9), (-4.0, -1.1)]
ids = [repr(law) for law in LAWS]


def gaussian_b(law, a):
    """The density of b where a is known, and where it ends."""
    (aa, ab), (_, bb) = law.moments
    return stats.norm(a * ab / aa, math.sqrt(bb - ab**2 / aa)).pdf, 12.0


def signs_of_a(law, kinks):
    return [1.0, -1.0], [0.5, 0.5]


def box_a(law, kinks):
    # the inner integral is smooth between the slopes at which a kink leaves the box
    cuts = {0.0, law.A, -law.A} | {s * law.B / abs(k) for k in kinks(1.0) if k for s in (1, -1)}
    return nodes(sorted(c for c in cuts if abs(c) <= law.A), 24, lambda a: 1 / (2 * law.A))


def gaussian_a(law, kinks):
    sigma = math.sqrt(law.moments[0][0])
    return nodes([-9 * sigma, 0.0, 9 * sigma], 60, stats.norm(0, sigma).pdf)


# of each law, from its definition alone: b where a is known, and values of a with their weights
B_GIVEN_A = {Box: lambda law, a: (lambda b: 1 / (2 * law.B), law.B), Gaussian: gaussian_b,
             Signed: lambda law, a: (lambda b: 1 / (2 * law.R), law.R)}
VALUES_OF_A = {Box: box_a, Gaussian: gaussian_a, Signed: signs_of_a}


def nodes(cuts, count, density):
    """Gauss points between the cuts, with the weights that the density gives them."""
    node, weight = np.polynomial.legendre.leggauss(count)
    places = [((p + q) / 2 + (q - p) / 2 * node, (q - p) / 2 * weight)
              for p, q in zip(cuts, cuts[1:])]
    values, weights = (np.concatenate(part) for part in zip(*places))
    return values, weights * [density(a) for a in values]


def integrate_b(law, a, f, kinks):
    """E[f(a, b) | a] by quadrature, from the conditional density of b alone."""
    density, end = B_GIVEN_A[type(law)](law, a)
    points = sorted({-end, end, *(k for k in kinks if -end < k < end)})
    return sum(integrate.quad(lambda b: f(a, b) * density(b), p, q, epsabs=1e-12, epsrel=1e-11)[0]
               for p, q in zip(points, points[1:]))


def expectation(law, f, kinks):
    """E f(a, b), f with kinks at b = kinks(a)."""
    values, weights = VALUES_OF_A[type(law)](law, kinks)
    return sum(w * integrate_b(law, a, f, kinks(a)) for a, w in zip(values, weights))


@pytest.mark.parametrize("law", with_usual(Box(2.0, 0.6), SKEW), ids=repr)
@pytest.mark.parametrize("x, x2", PAIRS[:1] + PAIRS[3:5])
def test_kernel_is_the_expectation(law, x, x2):
    relu = lambda a, b: max(a * x - b, 0) * max(a * x2 - b, 0)  # noqa: E731
    wanted = expectation(law, relu, lambda a: (a * x, a * x2))
    assert law.k_rf(x, x2).item() == pytest.approx(wanted, rel=1e-9, abs=1e-11)


def density_of_knots(law, u, power):
    """E |a|^power p(b = a u | a), from the density of b where a is known."""
    values, weights = VALUES_OF_A[type(law)](law, lambda a: [a * u])
    return sum(w * abs(a)**power * inside(*B_GIVEN_A[type(law)](law, a), a * u)
               for a, w in zip(values, weights))


def inside(density, end, b):
    return density(b) if abs(b) <= end else 0.0


@pytest.mark.parametrize("law", LAWS, ids=ids)
def test_densities_match_the_definition(law):
    """nu and n as E|a|^p p(b = a u | a), by quadrature over a."""
    for u in (-2.3, -0.4, 0.0, 0.15, 0.8, 1.7):
        for power, ours in ((1, law.n(u)), (3, law.nu(u))):
            wanted = density_of_knots(law, u, power)
            assert ours.item() == pytest.approx(wanted, rel=1e-7)


@pytest.mark.parametrize("law", LAWS, ids=ids)
def test_antiderivatives(law):
    u = torch.tensor([-3.1, -1.4, -0.5, 0.1, 0.7, 1.9, 4.2], requires_grad=True,
                     dtype=torch.float64)
    slope, = torch.autograd.grad(law.N(u).sum(), u)
    assert torch.allclose(slope, law.n(u), rtol=1e-12, atol=1e-12)
    for edge in law.breaks:  # continuous where the formula changes
        assert (law.N(edge - 1e-9) - law.N(edge + 1e-9)).abs() < 1e-8


@pytest.mark.parametrize("law", LAWS, ids=ids)
def test_masses(law):
    """n integrates to one, nu to E a^2, u nu to E ab, u^2 nu only as far as E b^2."""
    far = torch.tensor([-1e9, 1e9], dtype=torch.float64)
    assert law.N(far).diff().item() == pytest.approx(1, abs=1e-8)
    lo, hi = (max(-1e4, law.support[0]), min(1e4, law.support[1]))
    points = sorted({lo, -10.0, *law.breaks, 10.0, hi}) if hi > 10 else [lo, hi]
    pieces = list(zip(points, points[1:]))
    mass = sum(integrate.quad(lambda u: law.nu(u).item(), p, q, limit=200)[0] for p, q in pieces)
    assert mass == pytest.approx(law.moments[0][0], abs=1e-7)
    first = sum(integrate.quad(lambda u: u * law.nu(u).item(), p, q, limit=200)[0] for p,
                q in pieces)
    assert first == pytest.approx(law.moments[0][1], abs=1e-6)
    second = sum(integrate.quad(lambda u: u * u * law.nu(u).item(), p, q, limit=200)[0] for p,
                 q in pieces)
    assert second == pytest.approx(law.moments[1][1],
                                   abs=3e-3)  # the tail beyond 1e4 is of that order


@pytest.mark.parametrize("law", LAWS, ids=ids)
def test_monte_carlo(law):
    a, b = law.sample(100_000, seed=7)
    x, x2 = torch.tensor(PAIRS, dtype=torch.float64).T
    on, on2 = a[:, None] * x - b[:, None], a[:, None] * x2 - b[:, None]
    both = ((on > 0) & (on2 > 0)).double()
    for drawn, exact in ((on.relu() * on2.relu(), law.k_rf(x, x2)), (both, law.both_active(x, x2))):
        error = drawn.mean(0) - exact
        assert (error.abs() <= 1e-12 + 4.5 * drawn.std(0) / math.sqrt(len(a))).all()
    moments = torch.stack([a, b]) @ torch.stack([a, b]).T / len(a)
    assert torch.allclose(moments, law.M, atol=0.02 * law.M.max().item())


WILD = [*LAWS, Box(1.0, 1e-9), Box(1e-6, 1e3), Box(1e100, 1e90), Signed(1e-9), Signed(1e6),
        Gaussian(1e-100),
        Gaussian(((1e-8, 0), (0, 1e8))), Gaussian(((1e6, -3.0), (-3.0, 1e-5)))]
PLACES = [-1e12, -1e9, -1e3, -30.0, -2.5, -2.0, -1.0 - 1e-9, -1.0, -0.3, -1e-9, 0.0, 1e-9, 0.3,
          0.3 + 1e-12, 1.0, 1.7, 30.0, 1e3, 1e9]


@pytest.mark.parametrize("law", WILD, ids=repr)
def test_kernels_near_and_far_to_the_last_digits(law):
    """Relative to themselves: E a^2 x x' / 2 and the integral between x and x' cancel where x, x'
    are far and opposed."""
    exact = exact_kernels(law)
    for p in PLACES:
        for q in PLACES:
            x, z = law.centre + law.width * p, law.centre + law.width * q
            wanted = exact(mp.mpf(x), mp.mpf(z))
            # where p and q come from x and z, and the centre, is rounded too
            moved = 1e-15 * abs(law.centre) / law.width / min(1 + abs(p), 1 + abs(q))
            assert law.k_rf(x, z).item() == pytest.approx(float(wanted[0]),
                                                          rel=1e-13 + 100 * moved), (p, q)
            assert law.both_active(x, z).item() == pytest.approx(float(wanted[1]),
                                                                 rel=1e-13 + 100 * moved), (p, q)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.sampled_from([law for law in WILD if law.centre == 0]), st.floats(-1e9, 1e9),
       st.floats(-1e9, 1e9))
def test_kernels_anywhere(law, p, q):
    x, z = law.width * p, law.width * q
    wanted = exact_kernels(law)(mp.mpf(x), mp.mpf(z))
    assert law.k_rf(x, z).item() == pytest.approx(float(wanted[0]), rel=1e-13)
    assert law.both_active(x, z).item() == pytest.approx(float(wanted[1]), rel=1e-13)
    assert law.k_rf(x, z) == law.k_rf(z, x)


def test_closed_forms_of_the_table():
    x, x2 = torch.tensor(PAIRS, dtype=torch.float64).T
    gap = (x - x2).abs()
    inside = torch.maximum(x.abs(), x2.abs()) <= 1
    box = (x * x2 + 1) / 6 + gap**3 / 96
    assert torch.allclose(Box().k_rf(x, x2)[inside], box[inside], rtol=1e-14)
    outside = (x * x2 > 0) & (torch.minimum(x.abs(), x2.abs()) >= 1)
    assert outside.sum() == 2
    tails = (x * x2 + 1) / 6 + gap**3 / (96 * x**2 * x2**2)
    assert torch.allclose(Box().k_rf(x, x2)[outside], tails[outside], rtol=1e-13)
    R = 5.0
    assert torch.allclose(Signed(R).k_rf(x, x2), R**2 / 6 + x * x2 / 2 + gap**3 / (24 * R),
                          rtol=1e-14)
    assert torch.allclose(Signed(R).both_active(x, x2), 0.5 - gap / (4 * R), rtol=1e-14)


def test_gaussian_is_the_arc_cosine_kernel():
    """Cho and Saul 2009, order 1, with x~ = (x, -1) mapped through a square root of the
    covariance."""
    root = np.linalg.cholesky(SKEW.M.numpy())
    for x, x2 in PAIRS:
        p, q = root.T @ [x, -1], root.T @ [x2, -1]
        angle = math.acos(min(1.0, p @ q / (np.linalg.norm(p) * np.linalg.norm(q))))
        size = np.linalg.norm(p) * np.linalg.norm(q)
        wanted = size * (math.sin(angle) + (math.pi - angle) * math.cos(angle)) / (2 * math.pi)
        assert SKEW.k_rf(x, x2).item() == pytest.approx(wanted, rel=1e-7)
        assert SKEW.both_active(x, x2).item() == pytest.approx((math.pi - angle) / (2 * math.pi),
                                                               rel=1e-7)


def printed_radial(x, x2, C):
    """Eq. (26) as printed."""
    h, g = lambda t: t / (1 + t * t), lambda t: t * t / (1 + t * t)  # noqa: E731
    return C / (4 * math.pi) * ((math.pi - math.atan(x2) + math.atan(x)) * (x * x2 + 1)
                                + (h(x2) - h(x)) * (x * x2 - 1) + (x + x2) * (g(x2) - g(x)))


def test_printed_radial_kernel_fails_and_is_negative():
    law = Gaussian(1.0)
    assert printed_radial(-1.8, 0.5, 2.0) < 0 < law.k_rf(-1.8, 0.5).item()
    assert abs(printed_radial(-0.7, 0.4, 2.0) - law.k_rf(-0.7, 0.4).item()) > 0.3


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.sampled_from(LAWS), st.lists(st.floats(-6, 6), min_size=2, max_size=7, unique=True))
def test_grams_are_positive_and_symmetric(law, points):
    x = torch.tensor(points, dtype=torch.float64)
    for gram in (law.k_rf(x[:, None], x), law.both_active(x[:, None], x)):
        assert torch.allclose(gram, gram.T, rtol=0, atol=1e-14 * gram.abs().max().item())
        assert torch.linalg.eigvalsh(gram)[0] > -1e-13 * gram.abs().max() * len(x)
    assert (law.both_active(x[:, None], x).diagonal() == 0.5).all()


def test_scaling():
    """(a, b) -> k (a, b) multiplies both kernel and nu by k^2, and leaves n alone."""
    x = torch.linspace(-3, 3, 13, dtype=torch.float64)
    for small, large in ((Box(1, 2), Box(3, 6)), (Gaussian(1.0), Gaussian(9.0))):
        assert torch.allclose(9 * small.k_rf(x[:, None], x), large.k_rf(x[:, None], x), rtol=1e-13)
        assert torch.allclose(9 * small.nu(x), large.nu(x), rtol=1e-13)
        assert torch.allclose(small.n(x), large.n(x), rtol=1e-13)


def test_samples_are_reproducible_and_batched():
    for law in LAWS:
        a, b = law.sample(5, seed=3, batch=(2, 4))
        assert a.shape == b.shape == (2, 4, 5) and a.dtype == torch.float64
        assert all(torch.equal(p, q) for p, q in zip((a, b), law.sample(5, seed=3, batch=(2, 4))))
        assert not torch.equal(a + b, sum(law.sample(5, seed=4, batch=(2, 4))))


@pytest.mark.parametrize("make, name", [
    (lambda: Box(A=0), "A"), (lambda: Box(B=-1), "B"), (lambda: Signed(math.nan), "R"),
    (lambda: Signed("1"), "R"),
    (lambda: Gaussian(0.0), "covariance"), (lambda: Gaussian(((1, 2), (2, 1))), "covariance"),
    (lambda: Gaussian(((1, 0.2), (0.1, 1))), "covariance"), (lambda: Gaussian("1"), "covariance"),
    (lambda: Gaussian(True), "covariance"), (lambda: Box(True), "A"), (lambda: Box(1.0, "2"), "B"),
    (lambda: Signed(True), "R"),
    (lambda: Box(1e200, 1.0), "A, B"), (lambda: Box(1e-200, 1.0), "A, B"),
    (lambda: Signed(1e300), "R"),
    (lambda: Gaussian(1e250), "covariance"), (lambda: Box().sample(True, seed=1), "m"),
    (lambda: Box().sample(2.0, seed=1), "m"),
    (lambda: Box().sample("2", seed=1), "m"), (lambda: Box().sample(2, seed=0.5), "seed"),
    (lambda: Box().sample(0, seed=1), "m"),
])
def test_bad_input_names_the_argument(make, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        make()


def test_numbers_of_numpy_and_torch_are_numbers():
    assert Box(np.float32(2), np.int64(3)) == Box(2.0,
                                                  3.0) and Signed(torch.tensor(2.0)) == Signed(2.0)
    assert Gaussian(np.eye(2)) == Gaussian(1.0) == Gaussian(np.float64(1))
    for m in (np.int64(3), np.int32(3), torch.tensor(3)):
        assert torch.equal(Box().sample(m, seed=np.int64(1))[0], Box().sample(3, seed=1)[0])


@pytest.mark.parametrize("half", [np.array(0.5), Fraction(1, 2), Decimal("0.5"),
                                  torch.tensor(0.5, dtype=torch.float64, requires_grad=True)])
def test_laws_keep_numbers_that_they_can_draw_with(half):
    for law, plain in ((Box(half, half), Box(0.5, 0.5)), (Signed(half), Signed(0.5))):
        assert law == plain and hash(law) == hash(plain) and repr(law) == repr(plain)
        for drawn, meant in zip(law.sample(3, seed=1), plain.sample(3, seed=1)):
            assert torch.equal(drawn, meant) and not drawn.requires_grad
