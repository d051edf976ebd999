"""What the start foretells, against trained networks and integrals done by small steps."""

import math

import pytest
import torch

from lib import diagram
from lib.dynamics import tangent_kernel
from lib.lazy import foretell, settling
from lib.measures import rotation
from lib.network import Network
from lib.order import apart, lazy_fit
from lib.samples import from_points
from lib.training import train

POINTS = from_points([[-1, 0.5], [-0.6, -0.6], [-0.2, 0.7], [0.2, -0.5], [0.6, 0.6], [1, -0.4]])


def trained(m, R, d, epochs=400, seed=1):
    z = diagram.start(m, R, d, seed=seed)
    step = 0.3 / float(torch.linalg.eigvalsh(tangent_kernel(z, POINTS.x))[-1])
    return z, train(z, POINTS, epochs, step=step, snapshots=2, progress=False)


@pytest.mark.parametrize("ratio", [-100.0, -3.0, 0.0, 3.0, 100.0])
def test_the_foretold_rotation_is_the_rotation_of_lazy_networks(ratio):
    gaps = []
    for R in (100.0, 10_000.0):
        z, run = trained(200, R, ratio * R)
        gaps.append(
            abs(
                float(rotation(z, run.network) / foretell(z, POINTS, time=run.times[-1]).rotation)
                - 1
            )
        )
    assert gaps[1] < 2e-3 and gaps[1] < gaps[0]


def test_every_parameter_goes_where_it_was_foretold_also_where_c_begins_at_nothing():
    z, run = trained(60, 1e-3, -3000.0, epochs=1000)  # the rotation is of second order in y here
    told = foretell(z, POINTS, time=float(run.times[-1])).network
    for name in "abc":
        moved, meant = (
            getattr(run.network, name) - getattr(z, name),
            getattr(told, name) - getattr(z, name),
        )
        assert (
            float((moved - meant).norm() / moved.norm()) < 5e-3
        )  # the step of descent against the flow


def test_the_integrals_are_what_small_steps_give():
    z = diagram.start(30, 3.0, -2.0, seed=2)
    K, rho, n, time = tangent_kernel(z, POINTS.x), z(POINTS.x) - POINTS.y, 40_000, 3.0
    pre = z.a * POINTS.x[:, None] - z.b
    on, phi, h = (pre > 0).double(), pre.relu() / z.alpha, time / n
    a, b, c = z.a.clone(), z.b.clone(), z.c.clone()
    half = torch.linalg.matrix_exp(-K * h / 2)
    whole = half @ half
    middle = half @ rho  # the midpoint rule
    for _ in range(n):
        c_mid = c - h / 2 * middle @ phi
        a, b = (
            a - h * c_mid * (middle * POINTS.x @ on) / z.alpha,
            b + h * c_mid * (middle @ on) / z.alpha,
        )
        c, middle = c - h * middle @ phi, whole @ middle
    told = foretell(z, POINTS, time=time).network
    for name, value in zip("abc", (a, b, c)):
        torch.testing.assert_close(getattr(told, name), value, rtol=0, atol=1e-7)


def test_the_distance_from_the_lazy_fit_is_foretold():
    x = torch.linspace(-1, 1, 4001).double()
    for m in (64, 1024):
        z, run = trained(m, 10_000.0, -30_000.0, epochs=300)
        fit = lazy_fit(z, POINTS, run.times[-1], x)
        assert float(apart(run.network(x), fit)) == pytest.approx(
            float(foretell(z, POINTS, time=run.times[-1]).gap), rel=0.1
        )


def test_a_time_or_a_loss_and_batches():
    networks = [diagram.start(40, R, d, seed=3) for R, d in ((10.0, 0.0), (30.0, -100.0))]
    batch = Network(
        *(torch.stack([getattr(z, key) for z in networks]) for key in ("a", "b", "c", "alpha"))
    )
    both = foretell(batch, POINTS, until=1e-3)
    for k, z in enumerate(networks):
        one = foretell(z, POINTS, until=1e-3)
        assert float(one.time) == pytest.approx(float(both.time[k]), rel=1e-9)
        assert float(one.rotation) == pytest.approx(float(both.rotation[k]), rel=1e-9)
        again = foretell(z, POINTS, time=one.time)
        assert float(again.rotation) == pytest.approx(float(one.rotation), rel=1e-12)
        ever, late = foretell(z, POINTS), foretell(z, POINTS, time=1e12)
        torch.testing.assert_close(ever.turn, late.turn, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("network,samples", [
    (diagram.start(40, 10.0, seed=3).to(torch.float32), POINTS),
    (diagram.start(40, 10.0, seed=3), POINTS.to(torch.float32))])
def test_samples_of_another_dtype(network, samples):
    told = foretell(network, samples, time=1.0)
    assert told.rotation.dtype == told.network.a.dtype == network.a.dtype
    meant = foretell(diagram.start(40, 10.0, seed=3), POINTS, time=1.0)
    assert float(told.rotation) == pytest.approx(float(meant.rotation), rel=1e-3)


def test_what_is_no_network_or_samples_is_named():
    with pytest.raises(ValueError, match="network: want a Network"):
        foretell(diagram.start(4, 1.0).canonical(), POINTS)
    with pytest.raises(ValueError, match="samples: want a Samples"):
        foretell(diagram.start(4, 1.0), [1.0])


def test_settling():
    rates, modes = torch.tensor([0.0, 0.1, 2.0]).double(), torch.tensor([0.0, 1.0, 3.0]).double()
    t = settling(rates, modes, 1e-3)
    assert float((modes.square() * torch.exp(-2 * rates * t)).sum()) == pytest.approx(
        1e-2, rel=1e-9
    )
    assert (
        settling(rates, modes + 1, 1e-3) == math.inf
    )  # the mode that does not move is more than that
    with pytest.raises(ValueError, match="until: want a part"):
        settling(rates, modes, 1.5)


def test_a_mode_that_no_neuron_moves_is_left_alone():
    z = Network([1.0, -1.0], [-3.0, -3.0], [1.0, -1.0], 1.0)  # two neurons, six samples
    told = foretell(z, POINTS)
    assert all(getattr(told.network, name).isfinite().all() for name in "abc") and bool(
        told.rotation.isfinite()
    )


def test_residuals_live_as_long_as_their_integral_says():
    z = diagram.start(60, 30.0, -30.0, seed=1)
    K, rho, n, time = tangent_kernel(z, POINTS.x), z(POINTS.x) - POINTS.y, 20_000, 2.0
    step, total = torch.linalg.matrix_exp(-K * time / n), 0
    middle = torch.linalg.matrix_exp(-K * time / n / 2) @ rho
    for _ in range(n):
        total, middle = total + middle * time / n, step @ middle
    told = foretell(z, POINTS, time=time)
    assert float(told.lifetime) == pytest.approx(float(total.norm() / rho.norm()), rel=1e-6)
