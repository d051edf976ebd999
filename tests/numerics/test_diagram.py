"""The diagram's coordinates, starts and kernels, against quadrature and wide networks."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad

from lib import diagram
from lib.dynamics import tangent_kernel
from lib.kernels import ntk
from lib.laws import Box, Gaussian
from lib.network import Network
from lib.samples import from_points
from lib.training import train

POINTS = from_points([[-0.9, 0.8], [-0.5, -0.6], [0.3, 0.7], [1.2, -0.5]])
PLACES = [(2.0, d) for d in (-1e6, -300.0, -24.0, -3.0, -1e-3, 0.0, 0.7, 50.0, 1e5)]


@pytest.mark.parametrize(
    "alpha,copies,factor",
    [(1.0, 1, 1.0), (7.0, 2, 1.0), (120.0, 3, 1.0), (3.0, 1, 5.0), (3.0, 2, 1e-3)],
)
def test_neither_alpha_nor_the_number_of_copies_nor_the_unit_of_y_changes_training(
    alpha, copies, factor
):
    base = diagram.start(20, 2.0, -1.0, alpha=1.0, seed=4)
    first = train(base, POINTS, 300, step=0.01, progress=False, snapshots=[0, 30, 300])
    unit = math.sqrt(factor * alpha / copies)  # so that r and d are `factor` times as large
    scaled = Network(*(unit * t.repeat(copies) for t in (base.a, base.b, base.c)), alpha)
    samples = from_points([[x, factor * y] for x, y in zip(POINTS.x.tolist(), POINTS.y.tolist())])
    other = train(
        scaled, samples, 300, step=0.01 * alpha / factor, progress=False, snapshots=[0, 30, 300]
    )
    x = torch.linspace(-2, 2, 50).double()
    for k in (1, 2):
        f = first.history[k](x)
        assert float((other.history[k](x) / factor - f).abs().max() / f.abs().max()) < 1e-12


@pytest.mark.parametrize("R,d", PLACES)
def test_the_gaussian_weights_are_integrals(R, d):
    along, across = diagram.weights(R, d)
    density = lambda z: math.exp(-z * z / 2) / math.sqrt(2 * math.pi)  # noqa: E731
    part = lambda z: 4 * (R * z) ** 2 / (math.hypot(d, 2 * R * z) + abs(d)) * density(z)
    ends = [0, *(10.0**k for k in range(-5, 1)), 12]  # the integrand bends at z = |d| / R
    smaller = sum(quad(part, lo, hi, epsrel=1e-11)[0] for lo, hi in zip(ends, ends[1:]))
    assert min(along, across) == pytest.approx(smaller, rel=1e-10)
    assert across - along == pytest.approx(d, rel=1e-12)


@pytest.mark.parametrize("law", diagram.LAWS)
@pytest.mark.parametrize("size", [1e-170, 1.0, 1e200])
@pytest.mark.parametrize("ratio", [0.0, 1e-200, -1e-155, 1e-8, -3.0, 1e100])
def test_weights_at_any_scale(law, size, ratio):
    along, across = diagram.weights(size, size * ratio, law)
    least = math.sqrt(2 / math.pi) if law == "gaussian" else 1.0  # E |r| in units of R
    meant = diagram.weights(1.0, ratio, law) if abs(ratio) > 1e-9 else (least, least)
    assert (along / size, across / size) == pytest.approx(meant, rel=1e-14)


@pytest.mark.parametrize("law", diagram.LAWS)
@pytest.mark.parametrize("size", [1e-170, 1e160])
def test_starts_at_any_scale(law, size):
    R, d = diagram.coordinates(diagram.start(40, size, law=law, seed=1))
    meant, none = diagram.coordinates(diagram.start(40, 1.0, law=law, seed=1))
    assert float(R) / size == pytest.approx(float(meant), rel=1e-12)
    assert float(d) / size == pytest.approx(float(none), abs=1e-12)
    K, limit = (diagram.kernel(1.0, d, law)(POINTS.x) for d in (1e-200, 0.0))
    torch.testing.assert_close(K, limit, rtol=1e-13, atol=0)


@pytest.mark.parametrize("law", diagram.LAWS)
@pytest.mark.parametrize("R,d", PLACES[1:-1])
def test_a_start_lies_where_it_should_and_its_kernel_is_the_limit(law, R, d):
    network = diagram.start(200_000, R, d, law=law, alpha=5.0, seed=3)
    found_R, found_d = diagram.coordinates(network)
    assert float(found_R) == pytest.approx(R, rel=0.02) and float(found_d) == pytest.approx(
        d, rel=0.02, abs=0.05
    )
    K, limit = 5.0 * tangent_kernel(network, POINTS.x), diagram.kernel(R, d, law)(POINTS.x)
    assert float((K - limit).abs().max() / limit.abs().max()) < 0.02
    assert float(network(POINTS.x).abs().max()) < 1e-9 * (1 + R)


def test_the_error_of_the_kernel_of_a_finite_start_falls_like_one_over_root_m():
    errors = []
    for m in (100, 10_000):
        K = [
            math.sqrt(m) * tangent_kernel(diagram.start(m, 2.0, 1.0, seed=k), POINTS.x)
            for k in range(30)
        ]
        errors.append(
            float((torch.stack(K) - diagram.kernel(2.0, 1.0)(POINTS.x)).square().mean().sqrt())
        )
    assert math.log10(errors[0] / errors[1]) == pytest.approx(1.0, abs=0.2)


def test_quadrature_over_angles_agrees_with_the_closed_forms():
    flat = diagram.Angular(
        lambda t: torch.full_like(t, 1 / (2 * math.pi)),
        lambda t: torch.full_like(t, 3.0),
        lambda t: torch.full_like(t, 0.4),
    )
    x = torch.tensor([-2.0, -0.3, 0.0, 0.4, 5.0]).double()
    torch.testing.assert_close(
        flat(x, POINTS.x), ntk(Gaussian(1.5), 0.4)(x, POINTS.x), rtol=0, atol=1e-13
    )
    # (a, b) uniform in a square: the mean of rho^2 at an angle, times its density, is an integral
    # of rho^3 over a ray
    side = lambda t: 1 / torch.maximum(torch.cos(t).abs(), torch.sin(t).abs())  # noqa: E731
    box = diagram.Angular(
        lambda t: side(t) ** 2 / 8,
        lambda t: side(t) ** 2 / 2,
        lambda t: torch.full_like(t, 0.7),
        breaks=[k * math.pi / 4 for k in (-3, -1, 1, 3)],
    )
    torch.testing.assert_close(
        box(x, POINTS.x), ntk(Box(1.0, 1.0), 0.7)(x, POINTS.x), rtol=1e-13, atol=1e-13
    )


def test_quadrature_serves_laws_without_a_closed_form():
    generator = torch.Generator().manual_seed(0)
    angle = math.pi * (2 * torch.rand(400_000, generator=generator).double() - 1)
    size = 1 + torch.cos(3 * angle)  # rho^2 and c^2 that depend on the angle
    network = Network(
        size.sqrt() * torch.cos(angle),
        -size.sqrt() * torch.sin(angle),
        (2 - size / 2).sqrt(),
        math.sqrt(400_000),
    )
    k = diagram.Angular(
        lambda t: torch.full_like(t, 1 / (2 * math.pi)),
        lambda t: 1 + torch.cos(3 * t),
        lambda t: 2 - (1 + torch.cos(3 * t)) / 2,
    )
    assert float((tangent_kernel(network, POINTS.x) - k(POINTS.x)).abs().max()) < 0.02


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: diagram.start(3, 1.0), "m: want an even"),
        (lambda: diagram.start(4, 0.0), "R: want a positive"),
        (lambda: diagram.start(4, 1.0, math.nan), "d: want a finite"),
        (lambda: diagram.start(4, 1.0, law="bell"), "law: want one of"),
        (lambda: diagram.start(4, 1.0, alpha=-1), "alpha: want"),
        (lambda: diagram.start(4, 1.0, seed=1.5), "seed: want"),
    ],
)
def test_bad_arguments_are_named(call, word):
    with pytest.raises(ValueError, match=word):
        call()


@pytest.mark.parametrize("ratio", [-1e9, -300.0, -2.0, 0.0, 0.3, 40.0, 1e9])
def test_the_sliding_share_is_that_of_a_network(ratio):
    z = diagram.start(2, 3.0, 3.0 * ratio, law="equal")
    meant = (z.c**2 / (z.c**2 + z.rho**2))[0]
    assert diagram.share(ratio) == pytest.approx(float(meant), rel=1e-12)


def test_starts_are_theirs_alone():
    one, other = diagram.start(8, 1.0, seed=0), diagram.start(8, 1.0, seed=1)
    assert not np.allclose(one.a, other.a) and torch.equal(one.a, diagram.start(8, 1.0, seed=0).a)
