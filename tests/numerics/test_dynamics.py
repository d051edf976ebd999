"""The velocity fields, against autograd, finite differences and the definition of an attractor."""
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.func import jacrev

from lib.angles import wrap
from lib.attractors import (
    arcs,
    attractors,
    field,
    field_uv,
    jump,
    line_angles,
    potential,
    region,
    second_moments,
)
from lib.dynamics import (
    activations,
    constant_force_flow,
    forces,
    gradient,
    gradient_canonical,
    loss,
    metric,
    residual_velocity,
    residuals,
    tangent_kernel,
    tangent_kernel_canonical,
    tangential_share,
    velocity_canonical,
    velocity_uv,
)
from lib.network import Canonical, Network
from lib.samples import Samples
from lib.variation import shrink, total_variation, tv_gradient

EPS = 1e-12


def pushed(function, point, step):
    """The derivative of function at point along step."""
    jacobians = jacrev(function, argnums=tuple(range(len(point))))(*point)
    split = jacobians if isinstance(jacobians[0], tuple) else (jacobians,)
    out = [sum((jac * h).sum(-1) for jac, h in zip(row, step)) for row in split]
    return out if isinstance(jacobians[0], tuple) else out[0]


def close(got, want, tolerance=1e-11):
    torch.testing.assert_close(got, want, rtol=tolerance, atol=tolerance)


def draw(seed, m=7, s=5, batch=(), alpha=2.3):
    rng = torch.Generator().manual_seed(seed)
    normal = lambda *shape: torch.randn(*shape, generator=rng, dtype=torch.float64)
    samples = Samples(normal(s).sort().values, normal(s))
    return Network(normal(*batch, m), normal(*batch, m), normal(*batch, m), alpha), samples


def plain_loss(a, b, c, alpha, samples):
    """The loss written out neuron by neuron and sample by sample."""
    total = 0.0
    for x, y in zip(samples.x, samples.y):
        total = (
            total
            + (sum(c[i] * torch.relu(a[i] * x - b[i]) for i in range(len(a))) / alpha - y) ** 2 / 2
        )
    return total


def plain_canonical(r, theta, samples):
    pre = samples.x[:, None] * torch.cos(theta) + torch.sin(theta)
    return ((pre.relu() * r).mean(1) - samples.y).square().sum() / 2


@pytest.mark.parametrize("seed", range(4))
def test_gradient_is_autograd(seed):
    network, samples = draw(seed)
    want = jacrev(plain_loss, argnums=(0, 1, 2))(
        network.a, network.b, network.c, network.alpha, samples
    )
    for got, expected in zip(gradient(network, samples), want):
        close(got, expected)
    close(
        loss(network, samples), plain_loss(network.a, network.b, network.c, network.alpha, samples)
    )
    # as printed, Eq. (46): no 1/alpha, and no minus for b
    printed = network.c * forces(network, samples)[..., 1]
    assert (printed - want[1]).abs().max() > 0.1
    assert (printed / network.alpha - want[1]).abs().max() > 0.1


@pytest.mark.parametrize("seed", range(4))
def test_canonical_gradient_is_autograd_and_gradient_of_potential(seed):
    network, samples = draw(seed)
    w = network.canonical()
    got = gradient_canonical(w, samples)
    for mine, expected in zip(got, jacrev(plain_canonical, argnums=(0, 1))(w.r, w.theta, samples)):
        close(mine, expected)
    rho = residuals(w, samples)
    velocity = field(w.r, w.theta, samples, rho)
    slopes = jacrev(lambda r, theta: potential(r, theta, samples, rho).sum(), argnums=(0, 1))(
        w.r, w.theta
    )
    for mine, slope, moving in zip(got, slopes, velocity):
        close(w.m * mine, slope)                                # the factor is m ...
        close(moving, -slope)
        assert (w.m / 2 * mine - slope).abs().max() > 1e-2      # ... not the printed m / 2


@pytest.mark.parametrize("train, moving", [("abc", (0, 1, 2)), ("c", (2,)), ("ab", (0, 1))])
def test_tangent_kernel_is_the_gram_matrix_of_the_gradients(train, moving):
    network, samples = draw(3)
    x2 = torch.tensor([-1.3, 0.2, 2.0], dtype=torch.float64)

    def at(x):
        f = lambda a, b, c: (c * (x[:, None] * a - b).relu()).sum(1) / network.alpha
        return torch.cat(jacrev(f, argnums=moving)(network.a, network.b, network.c), 1)

    close(tangent_kernel(network, samples.x, x2, train), at(samples.x) @ at(x2).T)
    with pytest.raises(ValueError, match="train: want one of"):
        tangent_kernel(network, samples.x, train="b")


def test_tangent_kernels_move_the_residuals():
    network, samples = draw(5)
    h = 1e-6
    ga, gb, gc = gradient(network, samples)
    ends = [
        residuals(
            Network(network.a - e * ga, network.b - e * gb, network.c - e * gc, network.alpha),
            samples,
        )
        for e in (h, -h)
    ]
    close(
        (ends[0] - ends[1]) / (2 * h),
        -tangent_kernel(network, samples.x) @ residuals(network, samples), 1e-7,
    )
    w = network.canonical()
    gr, gt = gradient_canonical(w, samples)
    ends = [residuals(Canonical(w.r - e * gr, w.theta - e * gt), samples) for e in (h, -h)]
    moving = (ends[0] - ends[1]) / (2 * h)                      # under the flow (7)
    close(moving, -tangent_kernel_canonical(w, samples.x) @ residuals(w, samples), 1e-7)
    close(w.m * moving, residual_velocity(w, samples), 1e-7)    # under (11)
    assert (moving - residual_velocity(w, samples)).abs().max() > 1e-2


def test_residual_velocity_is_the_sum_over_the_arcs():
    network, samples = draw(8, m=30)
    w = network.canonical()
    rho, cut, moments = residuals(w, samples), arcs(samples), second_moments(w, samples)
    want = torch.stack(
        [
            -sum(
                x @ moments[k] @ ((cut.active[k] * rho) @ samples.tilde)
                for k in range(2 * samples.s)
                if cut.active[k, j]
            )
            for j, x in enumerate(samples.tilde)
        ]
    )
    close(residual_velocity(w, samples), want)
    close(
        moments.diagonal(dim1=-1, dim2=-2).sum(), (1 + w.r**2).mean()
    )  # nothing lost between the arcs


@pytest.mark.parametrize("s", [1, 2, 5, 8])
def test_there_are_2s_arcs(s):
    _, samples = draw(s, s=s)
    cut = arcs(samples)
    theta = torch.linspace(-4, 4, 20001, dtype=torch.float64)
    seen = (samples.x * torch.cos(theta)[:, None] + torch.sin(theta)[:, None]) > 0
    assert len(seen.unique(dim=0)) == 2 * s
    assert (cut.active[region(theta, samples)] == seen).all()
    assert (region(cut.middle, samples) == torch.arange(2 * s)).all()
    assert (cut.start.diff() > 0).all() and cut.start[-1] - cut.start[0] < 2 * math.pi
    lines = line_angles(samples)[cut.sample, (cut.orientation < 0).long()]
    close(wrap(cut.start - lines), torch.zeros(2 * s, dtype=torch.float64))
    on_line = lambda angle: samples.x[cut.sample] * torch.cos(angle) + torch.sin(angle)
    assert on_line(cut.start).abs().max() < 1e-14
    printed = torch.arctan(samples.x[cut.sample]) + math.pi / 2
    assert on_line(printed).abs().max() > 1e-2


def brute_force(samples, rho, gap=1e-7):
    """theta' just above and below every line, for r = +1 and -1: (s, 2 orientations, 2 signs) x 2
    sides."""
    theta = line_angles(samples)[..., None]                     # (s, 2, 1)
    sides = []
    for offset in (gap, -gap):
        pre = samples.x * torch.cos(theta + offset) + torch.sin(theta + offset)         # (s, 2, s)
        slope = torch.cos(theta + offset) - samples.x * torch.sin(theta + offset)
        slope = ((pre > 0) * slope * rho).sum(-1)[..., None]
        sides.append(-torch.tensor([1.0, -1.0], dtype=torch.float64) * slope)
    return sides


def test_attractors_by_brute_force_and_the_printed_lemma():
    cases = false_positives = 0
    rng = torch.Generator().manual_seed(0)
    for trial in range(400):
        s = 1 + trial % 8
        samples = Samples(
            torch.randn(s, generator=rng, dtype=torch.float64).sort().values, torch.zeros(s)
        )
        rho = torch.randn(s, generator=rng, dtype=torch.float64)
        above, below = brute_force(samples, rho)
        lines = attractors(samples, rho)
        sign = torch.tensor([1, -1])
        attracted = (above < -EPS) & (below > EPS)
        repelled = (above > EPS) & (below < -EPS)
        assert (attracted == (lines.attracts[..., None] == sign)).all()
        assert (repelled == (lines.repels[..., None] == sign)).all()
        # lines beside the dead arc: nothing moves on one side
        dead = torch.zeros(s, 2, dtype=torch.bool)
        dead[-1, 0] = dead[0, 1] = True
        assert ((lines.kills != 0) == dead).all()
        dies = ((above.abs() < EPS) & (below > EPS)) | ((above < -EPS) & (below.abs() < EPS))
        assert (dies == (lines.kills[..., None] == sign)).all()
        assert (lines.share.isnan() == (lines.attracts == 0)).all()
        cases += attracted.numel()
        # as printed: one of two lower bounds, where no orientation of either sign attracts
        gram = samples.tilde @ samples.tilde.T * rho[:, None] * rho
        printed = (gram.tril(-1).sum(0) > -gram.diagonal()) | (
            gram.triu(1).sum(0) > -gram.diagonal()
        )
        assert not ((lines.attracts != 0).any(-1) & ~printed).any()
        false_positives += int((printed & (lines.attracts == 0).all(-1)).sum())
    assert cases == 7200 and false_positives > 500


def test_printed_condition_14_is_right_for_the_clockwise_tangent_only():
    misses = {1: 0, -1: 0}
    for seed in range(100):
        _, samples = draw(seed)
        s, rho, lines = samples.s, samples.y, attractors(samples, samples.y)
        index = torch.arange(s)
        sets = [index <= k for k in range(s)] + [
            index > k for k in range(s - 1)
        ]  # the paper's C_1 ... C_{2s-1}
        for k in range(2 * s - 2):
            j = int((sets[k] != sets[k + 1]).nonzero())  # the sample lost or won
            o = int(k < s - 1)  # a < 0 while sets grow
            theta = line_angles(samples)[j, o]
            for sense in misses:
                t = sense * torch.stack([-torch.sin(theta), torch.cos(theta)])
                s_k = (sets[k] * rho) @ samples.tilde @ t
                printed = (s_k.abs() < rho[j].abs() * samples.tilde[j].norm()) & (
                    torch.sign(s_k) != torch.sign(rho[j])
                )
                misses[sense] += int(bool(printed) != bool(lines.attracts[j, o]))
    assert misses[-1] == 0 and misses[1] > 200


def test_jump_is_the_difference_of_the_field_across_a_line():
    _, samples = draw(11)
    rho, gap = samples.y, 1e-9
    r = torch.tensor(-1.7, dtype=torch.float64)
    theta = line_angles(samples)
    above, below = (field(r, theta + e, samples, rho) for e in (gap, -gap))
    close(above[0], below[0], 1e-7)  # r' does not jump
    across = torch.stack([above[1] - below[1]] * 2, -1)[..., 0] * torch.tensor(
        [1.0, -1.0], dtype=torch.float64
    )
    close(jump(r, samples, rho), across, 1e-6)
    # A_k - A_k+1, as printed: half of the boundaries have the other sign
    assert ((above[1] - below[1]) * jump(r, samples, rho) < 0).sum() == samples.s


@given(
    st.floats(-3, 3).filter(lambda r: abs(r) > 0.05), st.floats(-3, 3), st.floats(-5, 5),
    st.floats(0.2, 5),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_metric_is_the_jacobian_of_the_projection(r, theta, delta, alpha):
    canonical = Canonical([r], [theta])
    network = canonical.lift(delta, alpha)

    def project(z):
        return torch.stack([z[2] * torch.hypot(z[0], z[1]) / alpha, torch.atan2(-z[1], z[0])])

    jacobian = jacrev(project)(torch.cat([network.a, network.b, network.c]))
    close(torch.diag(metric(canonical, delta, alpha)[0]), jacobian @ jacobian.T, 1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_velocities_are_push_forwards_of_the_gradient(seed):
    network, samples = draw(seed, alpha=0.7)
    step = tuple(-g for g in gradient(network, samples))
    m, alpha = network.m, network.alpha

    def canonical(a, b, c):
        return m / alpha * c * torch.hypot(a, b), torch.atan2(-b, a)

    def uv(a, b, c):
        return m / alpha * c.abs() * a, -m / alpha * c.abs() * b

    z = (network.a, network.b, network.c)
    want = pushed(canonical, z, step)
    for got, expected in zip(velocity_canonical(network, samples), want):
        close(got, expected)
    moving = torch.stack(pushed(uv, z, step), -1)
    close(velocity_uv(network, samples), moving)
    w = network.canonical()
    # Eq. (47) as printed: (u', v') = (r', theta')
    assert (moving - torch.stack(want, -1)).abs().max() > 0.1
    # the field of a test particle, up to its common factor
    share = tangential_share(network.delta, alpha * w.r / m)
    close(share, network.c**2 / (network.c**2 + network.rho**2))
    scale = m / alpha**2 * (network.c**2 + network.rho**2)
    close(
        scale[:, None] * field_uv(w.uv, torch.sign(w.r), samples, residuals(w, samples), share),
        moving,
    )
    # the canonical flow in the plane: tau = r^2
    flow = field(w.r, w.theta, samples, residuals(w, samples))
    in_plane = lambda r, t: torch.stack([r.abs() * torch.cos(t), r.abs() * torch.sin(t)], -1)
    moving = pushed(in_plane, (w.r, w.theta), flow)
    close(field_uv(w.uv, torch.sign(w.r), samples, residuals(w, samples), w.r**2), moving)
    assert [float(tangential_share(at, 1.0)) for at in (math.inf, -math.inf, 0)] == [1, 0, 0.5]
    assert tangential_share(0, 0) == 0.5


def test_printed_metric_21_misses_a_factor():
    network, samples = draw(1, alpha=0.7)
    w = network.canonical()
    turning = w.r * velocity_canonical(network, samples)[1]                     # d tau / dt
    slope = -gradient_canonical(w, samples)[1] / w.r                            # -dL~/d tau
    on = slope.abs() > 1e-6
    close(
        (turning / slope / network.c**2)[on],
        torch.full((int(on.sum()),), (7 / 0.7) ** 2, dtype=torch.float64),
    )


def test_total_variation_and_its_gradient():
    network, _ = draw(2)
    size = lambda a, b, c: (c.abs() * torch.hypot(a, b)).sum() / network.alpha
    close(total_variation(network), size(network.a, network.b, network.c))
    for got, want in zip(
        tv_gradient(network), jacrev(size, argnums=(0, 1, 2))(network.a, network.b, network.c)
    ):
        close(got, want)
    r = torch.tensor([-2.0, -0.1, 0.0, 0.3, 1.0])
    grid = torch.linspace(-3, 3, 60001)
    want = torch.stack([grid[((grid - v) ** 2 / 2 + 0.25 * grid.abs()).argmin()] for v in r])
    assert (shrink(r, 0.25) - want).abs().max() < 1e-3


def test_constant_force_flow_solves_its_equation():
    network, _ = draw(4, m=3)
    force = torch.tensor([0.6, -1.1], dtype=torch.float64)
    times, h = torch.tensor([0.0, 0.4, 0.9], dtype=torch.float64), 1e-5
    at = constant_force_flow(network, force, times)
    ahead, behind = (constant_force_flow(network, force, times + e) for e in (h, -h))
    close(at.a[0], network.a), close(at.c[0], network.c)
    alpha = network.alpha
    close((ahead.a - behind.a) / (2 * h), -at.c * force[0] / alpha, 1e-8)
    close((ahead.b - behind.b) / (2 * h), at.c * force[1] / alpha, 1e-8)
    close((ahead.c - behind.c) / (2 * h), -(at.a * force[0] - at.b * force[1]) / alpha, 1e-8)
    close(at.delta, network.delta.expand(3, 3))


def test_batches_agree_with_single_networks():
    network, samples = draw(6, batch=(2, 3))
    w = network.canonical()
    functions = [
        lambda n, c: gradient(n, samples)[1], lambda n, c: gradient_canonical(c, samples)[1],
        lambda n, c: tangent_kernel(n, samples.x),
        lambda n, c: tangent_kernel_canonical(c, samples.x),
        lambda n, c: residual_velocity(c, samples), lambda n, c: velocity_uv(n, samples),
        lambda n, c: second_moments(c, samples), lambda n, c: activations(c, samples.x).double(),
        lambda n, c: attractors(samples, residuals(c, samples)).attracts.double(),
        lambda n, c: total_variation(n), lambda n, c: metric(c, 0.3, 1.2),
    ]
    for function in functions:
        close(
            function(network, w)[1, 2], function(network[1, 2], Canonical(w.r[1, 2], w.theta[1, 2]))
        )


def test_bad_residuals_are_refused():
    _, samples = draw(0)
    with pytest.raises(ValueError, match=r"rho: want residuals of shape \(..., 5\)"):
        attractors(samples, torch.zeros(4))
    with pytest.raises(ValueError, match="force: want"):
        constant_force_flow(
            draw(0)[0], torch.zeros(2, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
        )
