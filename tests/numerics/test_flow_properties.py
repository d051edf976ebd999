"""The exact flow of any network and time: against descent, closed forms, symmetries."""
import math
import time

import numpy as np
import pytest
import torch

from lib.flow import gradient_flow
from lib.network import Canonical, Network
from lib.samples import Samples

UNIQUE = {"cross", "stick", "leave", "death"}


def draw(seed):
    """A network and samples of any size, four in ten with scales of different magnitude."""
    rng = np.random.default_rng(seed)
    m = int(rng.choice([10, 20]) if rng.random() < 0.6 else rng.integers(1, 71))
    s, wild = int(rng.integers(1, 11)), rng.random() < 0.4
    size = lambda decades: 10 ** rng.uniform(-decades, decades) if wild else 1.0
    x, y = np.sort(rng.uniform(-1, 1, s)) * size(1.5), rng.normal(size=s) * size(3)
    a, b, c = rng.normal(size=(3, m)) * np.array([[size(1)], [size(1)], [size(1)]])
    return Network(a, b, c, [1.0, m**0.5, float(m)][rng.integers(3)]), Samples(x, y)


def arrays(network):
    return np.stack([t.double().numpy() for t in (network.a, network.b, network.c)])


def last(flow):
    return arrays(flow.network)[:, -1]


def losses(network, samples):
    """1/2 sum rho^2 of all states, written out."""
    a, b, c = arrays(network)[..., None, :]
    x, y = samples.x.double().numpy()[:, None], samples.y.double().numpy()
    f = (c * np.maximum(a * x - b, 0)).sum(-1) / network.alpha.double().numpy()
    return ((f - y) ** 2).sum(-1) / 2


def descend(network, samples, end, steps):
    a, b, c = arrays(network)
    x, y = samples.x.double().numpy(), samples.y.double().numpy()
    alpha, step = network.alpha.item(), end / steps
    for _ in range(steps):
        pre = np.outer(x, a) - b
        on = pre > 0
        rho = (on * pre) @ c / alpha - y
        g0, g1 = rho @ on, (rho * x) @ on
        h = step / alpha
        a, b, c = a - h * c * g1, b + h * c * g0, c - h * (a * g1 - b * g0)
    return np.stack([a, b, c])


def horizon(network, samples):
    """Some time constants of the fastest direction."""
    a, b, c = arrays(network)
    x, y = samples.x.double().numpy(), samples.y.double().numpy()
    size = (a**2 + b**2 + c**2).sum() + network.alpha.item() * abs(y).max()
    return 20 * network.alpha.item() ** 2 / (size * (1 + x**2).sum())


def check_agrees_with_descent(network, samples):
    end = horizon(network, samples)
    flow = gradient_flow(network, samples, [end])
    if not {event.kind for event in flow.events} <= UNIQUE:
        return False
    got, size = last(flow), abs(last(flow)).max()
    found = [descend(network, samples, end, steps) for steps in (1000, 4000)]
    errors = [abs(state - got).max() / size for state in found]
    assert errors[1] < 2e-2 and (errors[1] < errors[0] / 1.5 or errors[1] < 1e-3), errors
    return True


def check_converges(seed):
    """To t = 1e6: the loss falls, delta stays; returns the CPU time."""
    network, samples = draw(seed)
    began = time.process_time()
    flow = gradient_flow(network, samples, [0.0, 1.0, 1e3, 1e6])
    spent, loss = time.process_time() - began, losses(flow.network, samples)
    assert (np.diff(loss) <= 1e-9 * loss[0]).all(), seed
    moved = (flow.network.delta - network.delta).abs() / (network.delta.abs() + flow.network.c**2)
    assert moved.max() < 1e-5, (seed, moved.max())                       # the sum of all steps
    assert flow.activations.min() >= 0 and flow.activations.max() <= 1
    return spent


@pytest.mark.parametrize("first", range(0, 25, 5))
def test_random_networks_converge(first):
    assert max(map(check_converges, range(first, first + 5))) < 30


@pytest.mark.thorough
@pytest.mark.parametrize("first", range(0, 1000, 50))
def test_a_thousand_random_networks_converge_in_seconds(first):
    assert max(map(check_converges, range(first, first + 50))) < 30      # 2 on a quiet machine


def test_random_networks_agree_with_descent():
    assert sum(check_agrees_with_descent(*draw(seed)) for seed in range(8)) >= 4


@pytest.mark.thorough
@pytest.mark.parametrize("first", range(100, 300, 20))
def test_two_hundred_random_networks_agree_with_descent(first):
    assert sum(check_agrees_with_descent(*draw(seed)) for seed in range(first, first + 20)) >= 10


def test_a_flow_that_has_converged_stays():
    network = Network([-0.4, -0.8], [-0.6, -0.5], [-1.4, -1.0], 1.0)
    samples = Samples([0.0, 1.0], [-2.7, -0.2])
    flow = gradient_flow(network, samples, [20.0, 30.0, 1e6, 1e9, math.inf], limit=50)
    states = arrays(flow.network)
    assert losses(flow.network, samples).max() < 1e-22
    assert abs(states - states[:, :1]).max() < 1e-10 and flow.times[-1] == math.inf


def test_the_limit_of_a_network_at_rest_is_itself():
    network = Network([1.0], [0.0], [2.0], 1.0)
    flow = gradient_flow(network, Samples([0.5], [1.0]), [math.inf])
    assert (last(flow) == arrays(network)).all() and not flow.events


@pytest.mark.parametrize("seed", [2, 5, 8, 12])
def test_the_limit_is_what_late_states_tend_to(seed):
    network, samples = draw(seed)
    flow = gradient_flow(network, samples, [1e9, math.inf])
    loss = losses(flow.network, samples)
    assert abs(loss[1] - loss[0]) <= 1e-8 * losses(network, samples)


def test_slow_algebraic_decay_is_followed_to_the_end():
    """One balanced neuron, one sample at 0 with y = 0: f' = -2 f^2."""
    network, times = Network([0.0], [-1.0], [1.0], 1.0), np.array([1.0, 1e3, 1e6, 1e9, math.inf])
    flow = gradient_flow(network, Samples([0.0], [0.0]), times)
    f = (flow.network.c * -flow.network.b)[:, 0].numpy()
    np.testing.assert_allclose(f[:-1], 1 / (1 + 2 * times[:-1]), rtol=1e-6)
    assert 0 <= f[-1] < 1e-12


@pytest.mark.parametrize("y", [0.3, 2.0])
def test_logistic_growth_of_one_neuron(y):
    """The same with y > 0: f' = -2 f (f - y)."""
    times = np.array([0.1, 1.0, 3.0, 50.0, math.inf])
    flow = gradient_flow(Network([0.0], [-1.0], [1.0], 1.0), Samples([0.0], [y]), times)
    f = (flow.network.c * -flow.network.b)[:, 0].numpy()
    np.testing.assert_allclose(f, y / (1 + (y - 1) * np.exp(-2 * y * times)), rtol=1e-9)


@pytest.mark.parametrize("power", [-248, -60, 60, 248])
def test_the_flow_knows_no_scale(power):
    """(z, y, t) -> (k z, k^2 y, t / k^2) is a symmetry; k up to 1e75, so y up to 1e150."""
    k, (network, samples) = 2.0**power, draw(3)
    times = torch.tensor([0.5, 2.0, 10.0], dtype=torch.float64)
    one = gradient_flow(network, samples, times)
    scaled = Network(k * network.a, k * network.b, k * network.c, network.alpha)
    two = gradient_flow(scaled, Samples(samples.x, k * k * samples.y), times / k**2)
    np.testing.assert_allclose(arrays(two.network) / k, arrays(one.network), rtol=1e-7, atol=1e-7)
    assert [event.kind for event in two.events] == [event.kind for event in one.events]


@pytest.mark.parametrize("y", [1e-150, 1e150])
def test_targets_of_any_size(y):
    network, samples = draw(3)
    extreme = Samples(samples.x, y * samples.y)
    for start in (network, network.canonical()):
        flow = gradient_flow(start, extreme, [0.0, 1e-3, 1.0])
        values = flow.network(samples.x) / max(1.0, y) - extreme.y / max(1.0, y)
        assert (values.norm(dim=-1).diff() <= 1e-9 * values[0].norm()).all()


SPECIAL = {
    "one neuron": ([0.7], [-0.4], [0.9]),
    "a dead neuron": ([0.7, 0.1], [-0.4, 3.0], [0.9, 1.0]),
    "twins": ([0.7, 0.7, -0.5], [0.2, 0.2, -0.3], [-0.9, -0.9, 0.4]),
    "on a line": ([1.0, -1.0, 0.5], [0.25, -0.25, 0.1], [0.8, -0.6, 0.3]),
    "a = b = 0": ([0.0, 0.5], [0.0, 0.1], [1.0, 0.3]),
    "c = 0": ([0.6, -0.5], [-0.2, -0.3], [0.0, 0.0]),
    "all zero": ([0.0], [0.0], [0.0]),
}


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("x", [[0.25], [-0.5, 0.25, 0.75]])
@pytest.mark.parametrize("name", SPECIAL)
def test_special_starts_agree_with_descent(name, x, dtype):
    network = Network(*(torch.tensor(value, dtype=dtype) for value in SPECIAL[name]), 1.0)
    y = [0.8, -0.6, 0.5][:len(x)]
    samples = Samples(torch.tensor(x, dtype=dtype), torch.tensor(y, dtype=dtype))
    flow = gradient_flow(network, samples, [2.0, 1e6, math.inf])
    assert {event.kind for event in flow.events} <= UNIQUE
    end = arrays(flow.network)[:, 0]
    assert abs(end - descend(network, samples, 2.0, 20_000)).max() < 2e-3
    if name == "twins":
        assert abs(end[:, 0] - end[:, 1]).max() < 1e-9


def test_the_mean_field_flow_converges_too():
    for seed in (0, 2, 3):
        network, samples = draw(seed)
        w = network.canonical()
        flow = gradient_flow(w, samples, [0.0, 1.0, 1e3])
        square = (flow.network(samples.x) - samples.y).square().sum(-1)
        assert (square.diff() <= 1e-9 * square[0]).all() and isinstance(flow.network, Canonical)


def test_times_tolerance_and_limit_are_checked():
    network, samples = draw(0)
    for times in ([math.nan], [0.0, math.nan], [math.nan, 1.0], [math.inf, math.inf], ["soon"],
                  None, 1.0, [[1.0]], [True], "1"):
        with pytest.raises(ValueError, match="times: want"):
            gradient_flow(network, samples, times)
    for tolerance in (0, -1e-9, math.nan, 1.0, "fine", True):
        with pytest.raises(ValueError, match="tolerance: want"):
            gradient_flow(network, samples, [1.0], tolerance=tolerance)
    for limit in (-1, 1.5, "many", math.inf):
        with pytest.raises(ValueError, match="limit: want"):
            gradient_flow(network, samples, [1.0], limit=limit)


def test_times_may_be_lists_arrays_and_whole_numbers():
    network, samples = draw(0)
    kinds = ([0, 1], np.array([0, 1]), np.array([0, 1], np.float32), torch.tensor([0, 1]),
             (0.0, np.float64(1)))
    ends = [last(gradient_flow(network, samples, times)) for times in kinds]
    assert all((end == ends[0]).all() for end in ends)
