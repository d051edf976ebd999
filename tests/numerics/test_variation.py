"""The least variation of a broken line, against a linear program that knows functions only by their
values."""
import math

import numpy as np
import pytest
import torch
from scipy.optimize import linprog

from lib.network import Canonical, Network
from lib.variation import least_variation, total_variation


def program(f, knots, lines=240):
    """The cheapest masses on many angles that make f: values at all knots, and beyond, in one
    linear program."""
    e = np.union1d(np.tan((np.arange(lines) + 0.5) / lines * math.pi - math.pi / 2), knots)
    angle = np.concatenate([np.arctan(-e), np.arctan(-e) + math.pi, [math.pi / 2]])
    x = np.concatenate([[e[0] - 1], e, [e[-1] + 1]])
    scale = 1 / np.hypot(1, x)
    rows = np.maximum(np.cos(angle) * x[:, None] + np.sin(angle), 0) * scale[:, None]
    values = f(torch.from_numpy(x)).numpy() * scale
    solved = linprog(np.ones(2 * len(angle)), A_eq=np.hstack([rows, -rows]), b_eq=values)
    assert solved.status == 0, solved.message
    return solved.fun


@pytest.mark.parametrize("seed", range(24))
def test_against_a_linear_program(seed):
    generator = torch.Generator().manual_seed(seed)
    a, b, c = torch.randn(3, 1 + seed % 4, generator=generator, dtype=torch.float64)
    size, tilt = c.abs().sum() * (0.5 + seed % 3), torch.randn(1, generator=generator,
                                                               dtype=torch.float64)
    line = torch.tensor([1.0, -1.0])  # two opposite neurons: a line, no kink
    network = Network(torch.cat([a, line]), torch.cat([b, tilt * line]),
                      torch.cat([c, size * line]), 1.7)
    value, kinks = float(least_variation(network)), float((c * torch.hypot(a, b)).abs().sum() / 1.7)
    exact = program(network, network.knots.numpy())
    assert kinks - 1e-12 <= value <= exact + 1e-7
    assert exact - value < 2e-4 * value
    assert value <= float(total_variation(network)) + 1e-12


def test_functions_that_can_be_priced_by_hand():
    price = lambda *neurons: float(least_variation(Network(*torch.tensor(neurons,
                                                                         dtype=torch.float64).T,
                                                                         1.0)))
    assert price((1, 0, 1), (-1, 0, -1)) == pytest.approx(2)               # x: two neurons, no kink
    assert price((0, -1,
                  3)) == pytest.approx(3)                            # the constant 3: one neuron
    assert price((1, -5, 1), (-1, 5, 1)) == pytest.approx(2 * math.hypot(1, 5))     # a kink far out
    assert price((1, 2, 1), (1, 2, -1)) == pytest.approx(0, abs=1e-12)      # nothing at all
    assert price((1, 1, 1), (-1, -1, 1)) == pytest.approx(2 * math.sqrt(2))         # |x - 1|
    assert price((0, 1, 2)) == 0                                            # a dead neuron


def test_the_function_counts_not_the_network():
    w = Canonical(torch.tensor([2.0, -1.0, 0.5]), torch.tensor([0.4, 2.0, -1.0]))
    value = least_variation(w)
    for delta in (-3.0, 2.0):
        torch.testing.assert_close(least_variation(w.lift(delta, 1.3)), value)
    more = torch.tensor([7.0,
                         -7.0])                                        # and two neurons that cancel
    twice = Canonical(torch.cat([w.r, more]) * 5 / 3,
                      torch.cat([w.theta, torch.tensor([0.9, 0.9])]))
    torch.testing.assert_close(least_variation(twice), value)
    assert total_variation(twice) > value + 1


def test_it_is_a_norm():
    generator = torch.Generator().manual_seed(3)
    one, two = (Network(*torch.randn(3, 4, generator=generator, dtype=torch.float64),
                        1.0) for _ in range(2))
    both = Network(*(torch.cat(pair) for pair in ((one.a, two.a), (one.b, two.b), (one.c, two.c))),
                   1.0)
    assert least_variation(both) <= least_variation(one) + least_variation(two) + 1e-12
    torch.testing.assert_close(least_variation(Network(one.a, one.b, -2 * one.c, 1.0)),
                               2 * least_variation(one))


def test_batches_are_refused():
    with pytest.raises(ValueError, match="network: want one network"):
        least_variation(Network(*torch.ones(3, 2, 4, dtype=torch.float64), 1.0))


def test_knots_that_rounding_parts_are_one():
    """b and 7 b / 7 differ in the last digit: together these neurons make nothing."""
    b = -0.30933624961017103
    twins = Network(torch.tensor([1.0, 7.0]).double(),
                    torch.tensor([b, 7 * b], dtype=torch.float64),
                    torch.tensor([1.0, -1 / 7], dtype=torch.float64), 1.0)
    assert float(least_variation(twins)) == pytest.approx(0, abs=1e-14)


@pytest.mark.parametrize("seed", range(40))
def test_neurons_that_cancel_cost_nothing(seed):
    """The same neuron many times, at other scales and turned round: [t]_+ - [-t]_+ is a line, and
    lines add up."""
    generator = torch.Generator().manual_seed(seed)
    a, b = torch.randn(2, 5, generator=generator, dtype=torch.float64)
    b = b * 10.0 ** torch.randint(-6, 7, (5,), generator=generator)
    k = 10.0 ** (4 * torch.rand(4, 5, generator=generator, dtype=torch.float64) - 2)
    c = torch.randn(4, 5, generator=generator, dtype=torch.float64)
    c[-1] = -(k[:-1] * c[:-1]).sum(0) / k[-1]
    size = (c * k).abs().max() * torch.hypot(a, b).max()
    assert least_variation(Network((k * a).flatten(), (k * b).flatten(), c.flatten(),
                                   1.0)) < 1e-12 * size


@pytest.mark.parametrize("gap", [1e-3, 1e-9, 1e-12])
@pytest.mark.parametrize("at", [0.0, 0.7])
def test_knots_that_are_close_are_two(gap, at):
    """[x - e]_+ - [x - e - gap]_+ has two kinks, however near to a constant it comes."""
    steps = Network(torch.ones(2).double(), torch.tensor([at, at + gap], dtype=torch.float64),
                    torch.tensor([1.0, -1.0], dtype=torch.float64), 1.0)
    assert float(least_variation(steps)) == pytest.approx(2 * math.hypot(1, at), rel=1e-2)


@pytest.mark.parametrize("size", [1e-200, 1e-20, 1e-13, 1e20, 1e200])
def test_it_scales_with_the_function(size):
    generator = torch.Generator().manual_seed(5)
    a, b, c = torch.randn(3, 6, generator=generator, dtype=torch.float64)
    one, other = least_variation(Network(a, b, c, 1.0)), least_variation(Network(a, b, size * c,
                                                                                 1.0))
    assert float(other) / size == pytest.approx(float(one), rel=1e-12)
    inner = Network(a * size**0.5, b * size**0.5, c * size**0.5, 1.0)
    assert float(least_variation(inner)) / size == pytest.approx(float(one), rel=1e-12)
