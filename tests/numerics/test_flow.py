"""The exact flow, against plain gradient descent, an adaptive solver, finite differences and
conservation laws."""
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.angles import directions
from lib.dynamics import loss, residual_velocity, residuals
from lib.flow import gradient_flow
from lib.network import Canonical, Network
from lib.samples import Samples
from lib.starts import gas
from lib.training import train


def draw(seed, m=10, s=6):
    rng = torch.Generator().manual_seed(seed)
    normal = lambda n: torch.randn(n, generator=rng, dtype=torch.float64)
    samples = Samples(
        torch.linspace(-1, 1, s, dtype=torch.float64) + 0.03 * normal(s).clamp(-3, 3),
        1.5 * normal(s),
    )
    return Network(0.5 * normal(m), 0.5 * normal(m), normal(m), m**0.5), samples


def descend(network, samples, time, steps):
    """Gradient descent in NumPy, with no idea of events."""
    a, b, c = (value.numpy().copy() for value in (network.a, network.b, network.c))
    x, y, alpha, step = samples.x.numpy(), samples.y.numpy(), network.alpha.item(), time / steps
    for _ in range(steps):
        pre = np.outer(x, a) - b
        on = pre > 0
        rho = (on * pre) @ c / alpha - y
        g0, g1 = rho @ on, (rho * x) @ on
        a, b, c = (
            a - step * c * g1 / alpha, b + step * c * g0 / alpha,
            c - step * (a * g1 - b * g0) / alpha,
        )
    return np.stack([a, b, c])


def descend_canonical(w, samples, time, steps):
    """Gradient descent for the mean-field flow (11)."""
    r, theta = w.r.numpy().copy(), w.theta.numpy().copy()
    x, y, step = samples.x.numpy()[:, None], samples.y.numpy(), time / steps
    for _ in range(steps):
        pre, slope = x * np.cos(theta) + np.sin(theta), np.cos(theta) - x * np.sin(theta)
        on = pre > 0
        rho = (on * pre) @ r / len(r) - y
        r, theta = r - step * rho @ (on * pre), theta - step * r * (rho @ (on * slope))
    return np.stack([r, theta])


def kinds(flow):
    return {event.kind for event in flow.events}


@pytest.mark.parametrize("seed", [0, 1, 4, 5])
def test_gradient_descent_converges_to_the_flow_at_first_order(seed):
    network, samples = draw(seed)
    flow = gradient_flow(network, samples, [6.0])
    assert {"stick", "cross"} <= kinds(flow) and not {"origin", "release"} & kinds(flow)
    end = torch.stack([flow.network.a[0], flow.network.b[0], flow.network.c[0]]).numpy()
    errors = [abs(descend(network, samples, 6.0, steps) - end).max() for steps in (500, 2000, 8000)]
    assert (
        errors[2] < errors[0] / 4 and errors[2] < 2e-3
    )  # 16 times smaller steps; chattering makes it noisy


@pytest.mark.parametrize("engine", ["cpu", "reference"])
@pytest.mark.parametrize("seed", [10, 12, 24, 29])
def test_engines_converge_to_the_flow_at_first_order(seed, engine):
    """Where neurons cross sample lines but none stays on one, the error is the step times about a
    constant."""
    network, samples = draw(seed)
    flow = gradient_flow(network, samples, [0.5])
    assert kinds(flow) == {"cross"}
    errors = []
    for steps in (100, 400, 1600):
        end = train(
            network, samples, steps, step=0.5 / steps, engine=engine, progress=False
        ).network
        errors.append(
            steps
            * max(float((getattr(end, k) - getattr(flow.network, k)[0]).abs().max()) for k in "abc")
        )
    assert max(errors) < 4 * min(errors), errors  # while the steps shrink by 16


def test_gradient_descent_converges_to_the_mean_field_flow():
    network, samples = draw(1)
    w = network.canonical()
    flow = gradient_flow(w, samples, [3.0])
    assert "stick" in kinds(flow)
    end = torch.stack([flow.network.r[0], flow.network.theta[0]]).numpy()
    errors = [
        abs(descend_canonical(w, samples, 3.0, steps) - end).max() for steps in (500, 2000, 8000)
    ]
    assert (
        errors[2] < errors[0] / 4 and errors[2] < 2e-3
    )  # 16 times smaller steps; chattering makes it noisy


@given(st.integers(0, 10**6), st.booleans())
@settings(max_examples=12, deadline=None, derandomize=True)
def test_delta_stays_and_the_loss_falls(seed, canonical):
    network, samples = draw(seed)
    start = network.canonical() if canonical else network
    flow = gradient_flow(start, samples, torch.linspace(0, 6, 25))
    assert (loss(flow.network, samples).diff() < 1e-10).all()
    assert (flow.activations >= 0).all() and (flow.activations <= 1).all()
    if not canonical:
        assert (flow.network.delta - network.delta).abs().max() < 1e-9


def test_sliding_neurons_stay_on_their_line_with_a_fractional_activation():
    network, samples = draw(1)
    flow = gradient_flow(network, samples, torch.linspace(0, 6, 61))
    stuck = [event for event in flow.events if event.kind == "stick"]
    assert stuck
    for event in stuck:
        left = [e.time for e in flow.events if e.neuron == event.neuron and e.time > event.time]
        during = (flow.times > event.time) & (flow.times < min(left, default=7.0))
        q = (
            flow.network.a[during, event.neuron] * samples.x[event.sample]
            - flow.network.b[during, event.neuron]
        )
        share = flow.activations[during, event.sample, event.neuron]
        assert q.abs().max() < 1e-12 and (share > 0).all() and (share < 1).all()


@pytest.mark.parametrize("seed", range(4))
def test_residuals_obey_proposition_1_with_fractional_activations(seed):
    network, samples = draw(seed)
    w, h = network.canonical(), 1e-4
    times = torch.tensor([0.4, 1.5, 4.0], dtype=torch.float64)
    flow = gradient_flow(w, samples, (times[:, None] + torch.tensor([-h, 0, h])).flatten())
    assert "stick" in kinds(flow)
    rho = residuals(flow.network, samples).reshape(3, 3, -1)
    measured = (rho[:, 2] - rho[:, 0]) / (2 * h)
    at = Canonical(flow.network.r[1::3], flow.network.theta[1::3])
    got = residual_velocity(at, samples, flow.activations[1::3])
    torch.testing.assert_close(got, measured, rtol=1e-6, atol=1e-6)
    assert (residual_velocity(at, samples) - measured)[
        -1
    ].abs().max() > 1e-2  # 0/1 activations: as printed


def test_without_sticking_an_adaptive_solver_agrees():
    from scipy.integrate import solve_ivp

    network, samples = draw(12)
    flow = gradient_flow(network, samples, [0.5])
    assert kinds(flow) == {"cross"}
    x, y, alpha = samples.x.numpy(), samples.y.numpy(), network.alpha.item()

    def velocity(_, z):
        a, b, c = z.reshape(3, -1)
        on = np.outer(x, a) > b
        rho = (on * (np.outer(x, a) - b)) @ c / alpha - y
        g0, g1 = rho @ on, (rho * x) @ on
        return -np.concatenate([c * g1, -c * g0, a * g1 - b * g0]) / alpha

    start = torch.cat([network.a, network.b, network.c]).numpy()
    want = (
        solve_ivp(velocity, (0, 0.5), start, rtol=1e-10, atol=1e-12, max_step=1e-3)
        .y[:, -1]
        .reshape(3, -1)
    )
    for got, expected in zip((flow.network.a, flow.network.b, flow.network.c), want):
        torch.testing.assert_close(got[0].numpy(), expected, rtol=1e-7, atol=1e-7)


def test_a_neuron_may_slide_through_the_origin():
    network, samples = draw(23)
    flow = gradient_flow(network, samples, torch.linspace(0, 6, 121))
    [event] = [event for event in flow.events if event.kind == "origin"]
    i, before, after = event.neuron, (flow.times < event.time), (flow.times > event.time)
    assert network.delta[i] > 0 and flow.network.rho[after, i].max() > 0.1
    assert flow.network.a[before, i][-1] * flow.network.a[after, i][0] < 0
    distance = flow.network.a[after, i] * samples.x[event.sample] - flow.network.b[after, i]
    assert distance.abs().max() < 1e-12                         # on the same line
    assert (flow.network.delta - network.delta).abs().max() < 1e-9
    assert (loss(flow.network, samples).diff() < 1e-10).all()


@pytest.mark.parametrize("seed", [26, 30])
def test_a_neuron_may_die_at_the_origin_and_descent_agrees(seed):
    network, samples = draw(seed)
    flow = gradient_flow(network, samples, [1.0])
    [event] = [event for event in flow.events if event.kind == "origin"]
    assert (
        flow.network.rho[0, event.neuron] == 0 and flow.activations[0, :, event.neuron].sum() == 0
    )
    end = torch.stack([flow.network.a[0], flow.network.b[0], flow.network.c[0]]).numpy()
    assert abs(descend(network, samples, 1.0, 8000) - end).max() < 5e-4


def test_a_neuron_is_released_where_its_line_turns_repelling():
    network, samples = draw(23)
    flow = gradient_flow(
        Network(2 * network.a, 2 * network.b, 0.3 * network.c, network.alpha).canonical(), samples,
        torch.linspace(0, 6, 121),
    )
    released = [event for event in flow.events if event.kind == "release"]
    assert released and (loss(flow.network, samples).diff() < 1e-10).all()
    for event in released:
        after = int((flow.times > event.time).nonzero()[0])
        r = flow.network.r[:, event.neuron]
        assert r[after] * r[after - 1] < 0 and flow.activations[
            after, event.sample, event.neuron
        ] in (0, 1)


def test_a_dead_neuron_stays():
    samples = Samples([0.0, 1.0], [-1.0, -2.0])
    flow = gradient_flow(Network([0.3], [-0.2], [2.0], 1.0), samples, torch.linspace(0, 40, 9))
    dead = [event for event in flow.events if event.kind == "death"]
    assert len(dead) == 1 and flow.activations[-1].sum() == 0
    after = flow.times > dead[0].time
    assert (
        flow.network.c[after].diff(dim=0).abs().max() == 0
        and (flow.network(samples.x)[after].abs() < 1e-12).all()
    )


@pytest.mark.parametrize("size", [1e-12, 1e-150])
def test_a_tiny_flow_rests_where_sizes_fit_best_and_angles_hardly_move(size):
    samples = Samples([-1, -0.4, 0, 0.5, 1], size * np.array([0.3, -0.7, 0.5, 0.2, -0.4]))
    start = gas(6, size)
    end = gradient_flow(start, samples, [math.inf]).network
    features = (samples.tilde @ directions(start.theta).T).relu()
    best = features @ torch.linalg.lstsq(features, samples.y / size, driver="gelsd").solution
    assert torch.allclose(end(samples.x)[0] / size, best, rtol=0, atol=1e-9)


def test_bad_input_is_refused():
    network, samples = draw(0)
    for times in ([], [-1.0], [1.0, 1.0]):
        with pytest.raises(ValueError, match="times: want"):
            gradient_flow(network, samples, times)
    batch = Network(network.a[None], network.b[None], network.c[None], network.alpha)
    with pytest.raises(ValueError, match="start: want one network"):
        gradient_flow(batch, samples, [1.0])
    with pytest.raises(ArithmeticError, match="limit: 3 events"):
        gradient_flow(network, samples, [6.0], limit=3)
