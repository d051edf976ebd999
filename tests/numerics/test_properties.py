"""Properties that hold for every network and every data set, each on a thousand random cases."""
import math

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from laws_at_hand import usual_laws

from lib import dynamics, kernels, laws, splines
from lib.network import Network
from lib.samples import Samples
from lib.training import train

THOUSAND = settings(
    max_examples=1000, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@st.composite
def data(draw, least=1, most=8):
    """Samples with gaps between 0.05 and 1, somewhere in [-4, 4]."""
    gaps = draw(st.lists(st.floats(0.05, 1.0), min_size=least - 1, max_size=most - 1))
    x = draw(st.floats(-4.0, 0.0)) + np.concatenate([[0.0], np.cumsum(gaps)])
    y = draw(st.lists(st.floats(-3, 3), min_size=len(x), max_size=len(x)))
    return Samples(x, np.array(y))


@st.composite
def networks(draw, most=12):
    """Networks from a seed: m, alpha and the scale of each layer vary."""
    m, seed = draw(st.integers(1, most)), draw(st.integers(0, 2**31))
    generator = torch.Generator().manual_seed(seed)
    a, b, c = torch.randn(3, m, generator=generator, dtype=torch.float64)
    inner, outer = draw(st.floats(0.05, 5)), draw(st.floats(0.05, 5))
    return Network(inner * a, inner * b, outer * c, draw(st.floats(0.2, 20)))


LAWS = st.one_of(
    st.builds(laws.Box, st.floats(0.3, 3), st.floats(0.3, 3)),
    st.builds(laws.Signed, st.floats(0.5, 8)),
    st.builds(laws.Gaussian, st.floats(0.3, 3)),
    st.sampled_from(usual_laws()),
)


@THOUSAND
@given(networks(), st.floats(0.01, 100))
def test_rescaling_leaves_the_function(z, k):
    x = torch.linspace(-3, 3, 13, dtype=torch.float64)
    f = z(x)
    assert float((z.rescale(k)(x) - f).abs().max()) <= 1e-10 * (1 + float(f.abs().max()))


@THOUSAND
@given(networks(), data())
def test_delta_does_not_change_along_the_flow(z, points):
    ga, gb, gc = dynamics.gradient(z, points)
    rate = 2 * (z.c * gc - z.a * ga - z.b * gb)
    size = (z.c * gc).abs() + (z.a * ga).abs() + (z.b * gb).abs()
    assert bool((rate.abs() <= 1e-12 * (1 + size)).all())


@THOUSAND
@given(networks(), data(), st.sampled_from(["abc", "c", "ab"]))
def test_a_small_step_does_not_raise_the_loss(z, points, which):
    run = train(z, points, 1, train=which, safety=1e-3, snapshots=2, progress=False)
    assert float(run.loss[1]) <= float(run.loss[0]) * (1 + 1e-12) + 1e-300


@THOUSAND
@given(networks(), data(), st.sampled_from(["abc", "c", "ab"]))
def test_the_tangent_kernel_is_symmetric_and_positive(z, points, which):
    K = dynamics.tangent_kernel(z, points.x, train=which)
    scale = float(K.diagonal().max()) + 1e-300
    assert float((K - K.mT).abs().max()) <= 1e-13 * scale
    assert float(torch.linalg.eigvalsh(K).min()) >= -1e-12 * scale * points.s


@THOUSAND
@given(LAWS, data(least=2))
def test_law_kernels_are_symmetric_and_positive(law, points):
    for K in (law.k_rf(points.x[:, None], points.x), law.both_active(points.x[:, None], points.x)):
        scale = float(K.diagonal().max())
        assert float((K - K.mT).abs().max()) <= 1e-13 * scale
        assert float(torch.linalg.eigvalsh(K).min()) >= -1e-11 * scale


@THOUSAND
@given(data(least=2))
def test_interpolants_interpolate(points):
    for f in (splines.linear_interpolant(points), splines.natural_cubic(points)):
        assert float((f(points.x) - points.y).abs().max()) <= 1e-9


@THOUSAND
@given(
    LAWS.filter(lambda law: not isinstance(law, laws.Signed)), data(least=2, most=5)
)  # no knots beyond R: nothing to bend
def test_kernel_interpolants_interpolate(law, points):
    f = kernels.Interpolant(
        kernels.ntk(law, 1.0), points
    )  # with its kink the kernel is well conditioned
    assert float((f(points.x) - points.y).abs().max()) <= 1e-6 * (1 + float(points.y.abs().max()))


@THOUSAND
@given(networks())
def test_evaluation_is_the_broken_line_through_the_knots(z):
    e = np.sort((z.b / z.a).numpy())
    x = np.concatenate([[e[0] - 1], e, [e[-1] + 1]])
    at = z(torch.as_tensor(x)).numpy()
    middle = (x[1:] + x[:-1]) / 2
    size = 1 + float((z.c.abs() * (z.a.abs() * np.abs(x).max() + z.b.abs())).sum() / z.alpha)
    np.testing.assert_allclose(
        z(torch.as_tensor(middle)), (at[1:] + at[:-1]) / 2, atol=1e-12 * size, rtol=0
    )


@THOUSAND
@given(networks(), data(), st.sampled_from(["abc", "c", "ab"]))
def test_engines_are_equal(z, points, which):
    top = float(torch.linalg.eigvalsh(dynamics.tangent_kernel(z, points.x, train=which))[-1])
    step = 0.01 / (top + 1e-3)  # fixed: the engines find the top eigenvalue in different ways
    one, other = (
        train(z, points, 3, train=which, step=step, engine=e, snapshots=2, progress=False).network
        for e in ("cpu", "reference")
    )
    for name in "abc":
        p, q = getattr(one, name), getattr(other, name)
        assert float((p - q).abs().max()) <= 1e-9 * (1 + float(q.abs().max()))


@THOUSAND
@given(networks())
def test_lift_undoes_the_canonical_map(z):
    back = z.canonical().lift(z.delta, z.alpha)
    kappa, scale = (z.c * z.rho).abs(), 1 + z.c.abs() + z.rho
    fine = kappa > 1e-6 * scale**2  # a neuron with r = 0 has no unique lift
    for name in "abc":
        assert bool(
            ((getattr(back, name) - getattr(z, name)).abs()[fine] <= 1e-9 * scale[fine]).all()
        )


NOT_NUMBERS = [float("nan"), float("inf"), float("-inf")]
WRONG = ["text", [["a"]], None, {"a": 1.0}]


def bad_calls():
    """(what is wrong, the argument that the message must name, a call)."""
    good = dict(a=[1.0, -1.0], b=[0.5, 0.2], c=[1.0, 2.0])
    points = Samples([0.0, 1.0], [0.0, 1.0])
    batch = dict(
        a=torch.ones(2, 3).double(), b=torch.zeros(2, 3).double(), c=torch.ones(2, 3).double()
    )
    z = Network(**good, alpha=1.0)
    for name in "abc":
        for value in (*NOT_NUMBERS, *(-v for v in NOT_NUMBERS)):
            for place in (0, 1):
                row = list(good[name])
                row[place] = value
                yield (
                    f"{name}[{place}] = {value}", name,
                    lambda name=name, row=row: Network(**{**good, name: row}, alpha=1),
                )
        for value in (
            *WRONG, [], [1.0], [1.0] * 3, [[1.0, 2.0]], 1.0, torch.tensor([1, 2]),
            torch.tensor([True, False]),
        ):
            yield (
                f"{name} = {value!r}", name,
                lambda name=name, value=value: Network(**{**good, name: value}, alpha=1),
            )
        for value in NOT_NUMBERS:
            for i in range(2):
                for j in range(3):
                    block = batch[name].clone()
                    block[i, j] = value
                    yield (
                        f"batch {name}[{i}, {j}] = {value}", name,
                        lambda name=name, block=block: Network(**{**batch, name: block}, alpha=1),
                    )
        for shape in ((3,), (3, 2), (2, 3, 1), (0, 3), (2, 0)):
            block = torch.zeros(shape).double()
            yield (
                f"batch {name} of shape {shape}", name,
                lambda name=name, block=block: Network(**{**batch, name: block}, alpha=1),
            )
    for value in (0, -1, -1e-300, *NOT_NUMBERS, [1.0, 2.0], [[1.0]]):
        yield f"alpha = {value}", "alpha", lambda value=value: Network(**good, alpha=value)
        if not isinstance(value, list):
            yield (
                f"lift alpha = {value}", "alpha",
                lambda value=value: z.canonical().lift(0.0, value),
            )
            yield f"k = {value}", "k", lambda value=value: z.rescale(value)
    for value in NOT_NUMBERS:
        yield f"delta = {value}", "delta", lambda value=value: z.canonical().lift(value, 1.0)
    for axis in "xy":
        for value in NOT_NUMBERS:
            for place in range(3):
                row = {"x": [0.0, 1.0, 2.0], "y": [1.0, 2.0, 3.0]}
                row[axis][place] = value
                yield f"{axis}[{place}] = {value}", axis, lambda row=row: Samples(**row)
        for value in (
            *WRONG, [], [0.0], [0.0] * 4, [[0.0, 1.0, 2.0]], 1.0, torch.tensor([0, 1, 2]),
        ):
            row = {"x": [0.0, 1.0, 2.0], "y": [1.0, 2.0, 3.0], axis: value}
            yield f"samples {axis} = {value!r}", axis, lambda row=row: Samples(**row)
    for bad in (
        [0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 0.0, 2.0], [0.0, 2.0, 1.0], [2.0, 1.0, 0.0],
    ):
        for shift in (0.0, -5.0, 1e6, 1e-9):
            yield (
                f"x = {bad} + {shift}", "x",
                lambda bad=bad, shift=shift: Samples(
                    torch.tensor(bad, dtype=torch.float64) + shift, [0.0, 0.0, 0.0]
                ),
            )
    settings_ = {
        "train": ["", "a", "b", "bc", "abcd", None, 3],
        "step": [0, -1.0, *NOT_NUMBERS, "fast", None, [0.1]],
        "safety": [0, -1, 2, 2.5, *NOT_NUMBERS],
        "refresh": [0, -1, 1.5, None, "10"],
        "tv": [-1e-9, *NOT_NUMBERS],
        "decay": [-1e-9, *NOT_NUMBERS],
        "snapshots": [0, 1, -5, [11], [-1], [3, 99]],
        "engine": ["", "gpu", None, 1],
        "threads": [0, -1, 1.5, "2"],
    }
    for name, values in settings_.items():
        for value in values:
            yield (
                f"train {name} = {value!r}", name,
                lambda name=name, value=value: train(z, points, 10, **{name: value}),
            )
    for value in (-1, 1.5, None, "10", float("nan")):
        yield f"epochs = {value!r}", "epochs", lambda value=value: train(z, points, value)
    for value in (0, -1, *NOT_NUMBERS):
        yield f"Box A = {value}", "A", lambda value=value: laws.Box(value, 1.0)
        yield f"Box B = {value}", "B", lambda value=value: laws.Box(1.0, value)
        yield f"Signed R = {value}", "R", lambda value=value: laws.Signed(value)
        yield f"Gaussian = {value}", "", lambda value=value: laws.Gaussian(value)
    for value in (0, -1, 1.5):
        for law in (laws.Box(), laws.Signed(1.0), laws.Gaussian(1.0)):
            yield f"{law} m = {value}", "m", lambda value=value, law=law: law.sample(value, seed=0)
    for name in ("", "a", "cab", None, 1):
        yield (
            f"kernel train = {name!r}", "train",
            lambda name=name: dynamics.tangent_kernel(z, points.x, train=name),
        )
    for value in ([[0.0]], [[0.0, 1.0]], 0.0):
        yield f"x = {value}", "x", lambda value=value: z(value)
        yield f"canonical x = {value}", "x", lambda value=value: z.canonical()(value)


CALLS = list(bad_calls())


def test_there_are_three_hundred_bad_inputs():
    assert len(CALLS) >= 300, len(CALLS)


@pytest.mark.parametrize(
    "name,call", [(name, call) for _, name, call in CALLS], ids=[what for what, _, _ in CALLS]
)
def test_bad_input_gets_an_error_that_names_it(name, call):
    with pytest.raises(ValueError) as caught:
        call()
    assert (
        name in str(caught.value)
        and len(str(caught.value)) > 15
        and math.isfinite(len(str(caught.value)))
    )
