"""Order parameters, on networks for which each is known."""

import math

import pytest
import torch

from lib import order
from lib.dynamics import tangent_kernel
from lib.kernels import train_c_exact
from lib.lazy import foretell
from lib.measures import rotation
from lib.network import Network
from lib.samples import from_points, sine
from lib.starts import paired
from lib.sweeps import stacked

POINTS = from_points([[-1, 0.5], [-0.6, -0.6], [-0.2, 0.7], [0.2, -0.5], [0.6, 0.6], [1, -0.4]])


def test_training_only_c_turns_nothing_and_its_kernel_is_that_of_c():
    z = paired(60, 1.0, -5.0)
    end = train_c_exact(z, POINTS, steps=math.inf)
    assert float(rotation(z, end)) < 1e-12
    first, last = (tangent_kernel(n, POINTS.x, train="ab") for n in (z, end))
    expected = (last - first).norm() / tangent_kernel(z, POINTS.x).norm()
    assert float(order.kernel_change(z, end, POINTS)) == pytest.approx(float(expected), rel=1e-9)


def test_the_modes_together_are_the_change_of_the_kernel():
    z = paired(60, 1.0)
    same = Network(2 * z.a, 2 * z.b, 2 * z.c, z.alpha)  # K four times as large
    torch.testing.assert_close(order.mode_changes(z, same, POINTS), torch.full((6,), 3.0).double())
    assert float(order.kernel_change(z, same, POINTS)) == pytest.approx(3.0)
    few = Network([1.0], [-3.0], [1.0], 1.0)  # of rank two at the most
    assert order.mode_changes(few, few, POINTS).isnan().sum() >= 3


def test_equal_kinks_are_counted():
    at = torch.tensor([-0.9, -0.5, 0.0, 0.43, 0.8]).double()
    network = Network(torch.ones(5), at.float(), torch.tensor([1.0, -1, 1, -1, 1]), 1.0)
    assert float(order.effective_kinks(network, POINTS)) == pytest.approx(5)
    doubled = Network(
        [1.0, 1, -1, 1, 1], [-0.9, -0.9, 0.4, 5.0, 0.3], [0.5, 0.5, 1.0, 9.0, 1.0], 1.0
    )
    assert float(order.effective_kinks(doubled, POINTS)) == pytest.approx(
        3
    )  # two share a bin, one is outside
    sticking = Network([1.0, 1.0, 1.0], [-0.605, -0.597, 0.2], [1.0, 1.0, 2.0], 1.0)
    assert float(order.effective_kinks(sticking, POINTS)) == pytest.approx(2)


@pytest.mark.parametrize("width", [math.nan, -0.1, 0, 1, "a", True])
def test_kinks_want_a_part_of_the_span(width):
    with pytest.raises(ValueError, match="^width: want a part of the span"):
        order.effective_kinks(paired(10, 1.0), POINTS, width)


def test_kinks_want_a_network_and_two_samples():
    with pytest.raises(ValueError, match="^samples: want at least two"):
        order.effective_kinks(paired(10, 1.0), from_points([[0, 1]]))
    with pytest.raises(ValueError, match="^network: want a Network"):
        order.effective_kinks(paired(10, 1.0).canonical(), POINTS)


def test_the_lazy_fit_moves_with_the_kernel():
    z, x = paired(80, 1.0, seed=3), torch.linspace(-1, 1, 9).double()
    K, h, n = tangent_kernel(z, POINTS.x), 1e-4, 5000
    rho, f = z(POINTS.x) - POINTS.y, z(x)
    across = tangent_kernel(z, x, POINTS.x)
    for _ in range(n):
        middle = rho - h / 2 * K @ rho
        rho, f = rho - h * K @ middle, f - h * across @ middle
    torch.testing.assert_close(order.lazy_fit(z, POINTS, n * h, x), f, rtol=0, atol=1e-6)
    assert float((order.lazy_fit(z, POINTS, math.inf, POINTS.x) - POINTS.y).abs().max()) < 1e-8


def test_each_network_has_its_own_time_and_some_have_no_end():
    networks, x = [paired(80, 1.0, seed=k) for k in range(3)], torch.linspace(-1, 1, 9).double()
    times = [0.0, 0.5, math.inf]
    fits = order.lazy_fit(stacked(networks), POINTS, times, x)
    for network, time, fit in zip(networks, times, fits):
        alone = order.lazy_fit(network, POINTS, time, x)
        torch.testing.assert_close(fit, alone, rtol=0, atol=1e-9)


@pytest.mark.parametrize("time", [-5.0, math.nan, [1.0, 2.0], [1, 1, -1], "1", True])
@pytest.mark.parametrize("of", [
    lambda z, time: order.lazy_fit(z, POINTS, time, [0.0]),
    lambda z, time: order.pace(z, POINTS, time),
    lambda z, time: foretell(z, POINTS, time=time),
], ids=["lazy_fit", "pace", "foretell"])
def test_what_is_no_time_is_named(of, time):
    networks = stacked([paired(10, 1.0, seed=k) for k in range(3)])
    with pytest.raises(ValueError, match="^time: want"):
        of(networks, time)


def test_pace_is_the_slope_of_the_loss():
    z, h = paired(60, 1.0), 1e-5
    K, rho = tangent_kernel(z, POINTS.x), z(POINTS.x) - POINTS.y
    later = rho - h * K @ rho
    slope = -math.log(float(later.square().sum() / rho.square().sum())) / h
    assert float(order.pace(z, POINTS, 7.0)) == pytest.approx(7 * slope, rel=1e-3)


def test_what_too_few_neurons_can_never_reach():
    few = Network([1.0], [-3.0], [1.0], 1.0)  # with a, b, c free: all affine functions
    line = torch.stack([POINTS.x, torch.ones(6).double()], -1)
    rest = (few(POINTS.x) - POINTS.y) - line @ torch.linalg.lstsq(
        line, few(POINTS.x) - POINTS.y
    ).solution
    expected = rest.square().sum() / (few(POINTS.x) - POINTS.y).square().sum()
    assert float(order.unreachable(few, POINTS)) == pytest.approx(float(expected), rel=1e-9)
    assert float(order.unreachable(paired(100, 1.0), sine(5))) == 0


def test_apart_is_a_root_mean_square():
    x = torch.linspace(0, 1, 1001).double()
    assert float(order.apart(x, 0 * x)) == pytest.approx(1 / math.sqrt(3), rel=1e-5)
