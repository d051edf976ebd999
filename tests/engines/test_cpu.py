"""The compiled engine against gradient descent written with autograd on the dense formula."""
import math
import os
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.engines import _lines
from lib.engines.cpu import Engine
from lib.engines.engine import Diverged, Settings
from lib.network import Network
from lib.samples import Samples, sine, square_wave


def network(m, *batch, seed=0, scale=2.0, dtype=torch.float64, alpha=None):
    generator = torch.Generator().manual_seed(seed)
    a, b, c = scale * torch.randn(3, *batch, m, generator=generator, dtype=torch.float64).to(dtype)
    return Network(a, b, c, math.sqrt(m) if alpha is None else alpha)


def bend(rho, x, alpha, given):
    """What residuals and penalties add to the largest eigenvalue of the Hessian, wherever a knot
    may be."""
    bent = given.decay
    if given.train_ab and given.train_c:
        forces = [
            math.hypot((rho * x)[on].sum(), rho[on].sum()) for k in x for on in (x >= k, x <= k)
        ]
        bent += (max(forces) + given.tv) / float(alpha)
    return bent


def dense(net, samples, epochs, given):
    """The oracle: (a, b, c, loss, step, time) of one network by autograd, the step from the dense
    Jacobian."""
    z = [t.clone().requires_grad_() for t in (net.a, net.b, net.c)]
    trained = [*([0, 1] if given.train_ab else []), *([2] if given.train_c else [])]
    step, time, x = given.step, 0.0, samples.x[:, None]

    def residuals():
        a, b, c = z
        return (c * (a * x - b).relu()).sum(-1) / net.alpha - samples.y

    for epoch in range(epochs):
        if given.step is None and epoch % given.refresh == 0:
            a, b, c = (t.detach() for t in z)
            on = (a * x - b > 0).to(a.dtype)                             # (s, m)
            columns = c * on * x, -c * on, on * (a * x - b)
            jacobian = torch.cat([columns[k] for k in trained], -1) / net.alpha
            top = torch.linalg.eigvalsh(jacobian @ jacobian.T)[-1].item()
            step = given.safety / (top + bend(residuals().detach(), samples.x, net.alpha, given))
        a, b, c = z
        objective = (residuals() ** 2).sum() / 2
        objective = objective + given.tv / net.alpha * (c.abs() * (a**2 + b**2).sqrt()).sum()
        objective = objective + given.decay / 2 * (a**2 + b**2 + c**2).sum()
        gradient = torch.autograd.grad(objective, [z[k] for k in trained])
        with torch.no_grad():
            for k, g in zip(trained, gradient):
                z[k] -= step * g
        time += step
    return *(t.detach() for t in z), (residuals() ** 2).sum().item() / 2, step, time


def distance(net, a, b, c):
    return max((net.a - a).abs().max(), (net.b - b).abs().max(), (net.c - c).abs().max()).item()


CASES = {
    "plain": (50, 6, {}),
    "one sample": (30, 1, {}),
    "two samples": (40, 2, {}),
    "more samples than neurons": (20, 50, {}),
    "long lanes": (700, 5, {}),
    "only c": (100, 10, dict(train="c")),
    "only a and b": (100, 10, dict(train="ab")),
    "penalties": (60, 5, dict(tv=0.01, decay=0.003)),
    "fixed step": (50, 6, dict(step=0.003)),
    "another pace": (50, 6, dict(safety=1.0, refresh=3)),
}


@pytest.mark.parametrize("case", CASES)
def test_1000_steps_agree_with_autograd(case):
    m, s, options = CASES[case]
    samples, net, given = sine(s, phase=0.4), network(m), Settings(**options)
    engine = Engine(net, samples, given)
    for epochs in (1, 332, 667):  # in pieces that do not divide by `refresh`
        engine.advance(epochs)
    a, b, c, loss, step, time = dense(net, samples, 1000, given)
    assert distance(engine.network, a, b, c) < 1e-9
    assert engine.loss.item() == pytest.approx(loss, rel=1e-9, abs=1e-18)
    assert engine.step.item() == pytest.approx(step, rel=1e-9)
    assert engine.time.item() == pytest.approx(time, rel=1e-9)
    assert engine.epoch == 1000


def test_many_crossings_and_fresh_packings():
    """Knots that sweep over many sample lines, with no spare lanes; the answer stays that of
    autograd."""
    samples, given, m, s = square_wave(40), Settings(step=2e-3), 400, 40
    net = network(m, scale=0.3, seed=3)
    net = Network(net.a * 0.1, net.b * 0.1, net.c * 20, net.alpha)
    engine = Engine(net, samples, given)
    state = engine._states[0]
    enough = m // state.lanes.depth + min(m, 2 * s)                      # for a fresh packing
    engine._states[0] = state._replace(lanes=state.lanes._replace(size=state.lanes.size[:enough]))
    crossings = packings = 0
    for _ in range(300):
        before, used = engine.network.activations(samples.x), int(state.lanes.used[0])
        engine.advance(1)
        crossings += int((engine.network.activations(samples.x) != before).sum())
        packings += int(state.lanes.used[0]) < used  # nothing else makes lanes fewer
    assert crossings > 3 * m and packings > 0
    a, b, c, *_ = dense(net, samples, 300, given)
    assert distance(engine.network, a, b, c) < 1e-9


@pytest.mark.parametrize("dtype, tolerance", [(torch.float64, 1e-12), (torch.float32, 2e-4)])
def test_a_batch_is_its_networks_one_by_one(dtype, tolerance):
    alpha = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype=dtype)
    nets, samples = network(31, 2, 3, dtype=dtype, alpha=alpha), sine(7, phase=0.4)
    engine = Engine(nets, samples, Settings(threads=2))
    engine.advance(60)
    assert engine.network.a.shape == (2, 3, 31) and engine.network.a.dtype == dtype
    assert engine.loss.shape == engine.time.shape == engine.step.shape == (2, 3)
    for i in range(2):
        for j in range(3):
            a, b, c, loss, *_ = dense(nets[i, j].to(torch.float64), samples, 60, Settings())
            assert distance(engine.network[i, j], a, b, c) < tolerance
            assert engine.loss[i, j].item() == pytest.approx(loss, rel=100 * tolerance)


def test_the_given_network_is_left_alone():
    net = network(10)
    before = net.a.clone()
    Engine(net, sine(5), Settings()).advance(10)
    assert torch.equal(net.a, before)


def test_dead_neurons_and_neurons_without_slope():
    """a = 0 is on everywhere or nowhere; dead neurons stay, but for penalties."""
    net = Network(
        [0.0, 0.0, 1.0, -1.0, 0.5], [-1.0, 1.0, 5.0, 5.0, 0.1], [1.0, 1.0, 1.0, 1.0, 2.0], 1.0
    )
    for how in (Settings(), Settings(step=0.01, decay=0.1)):
        engine = Engine(net, sine(5), how)
        engine.advance(50)
        a, b, c, *_ = dense(net, sine(5), 50, how)
        assert distance(engine.network, a, b, c) < 1e-12
    all_dead = Engine(Network([1.0], [9.0], [1.0], 1.0), sine(5), Settings())
    all_dead.advance(20)
    assert all_dead.step.item() == 0 and all_dead.network.c.item() == 1


@settings(max_examples=300, deadline=None)
@given(
    st.integers(1, 9), st.integers(-12, 12), st.integers(-40, 40),
    st.sampled_from([np.float32, np.float64]),
)
def test_every_neuron_gets_a_line_that_knows_where_it_is_on(s, a, b, dtype):
    """Against exact rational arithmetic, on a lattice where neurons do sit on sample lines."""
    x = np.arange(s) - s // 2
    lines = _lines.lines_of(x.astype(dtype))
    t = _lines.line_of(lines.x, dtype(a), dtype(b))
    assert t != s
    assert _lines.inside(lines.edges, t, dtype(a), dtype(b))
    on = [Fraction(a) * int(j) - b > 0 for j in x]
    region = lines.on[t] if on[t if t < s else t - s - 1] else lines.off[t]
    wanted = (
        [j >= region for j in range(s)] if region <= s else [j <= region - s - 2 for j in range(s)]
    )
    assert on == wanted


@settings(max_examples=200, deadline=None)
@given(
    st.integers(2, 9), st.integers(-12, 12), st.integers(-40, 40), st.integers(0, 18),
    st.integers(0, 2**32 - 1),
)
def test_a_neuron_that_left_its_line_finds_another(s, a, b, t, seed):
    lines = _lines.lines_of(np.arange(s) - s // 2.0)
    t = t % (2 * s + 1)
    pull = np.random.default_rng(seed).normal(size=(2, 2 * s + 2))
    if t == s or _lines.inside(lines.edges, t, float(a), float(b)):
        return
    found = _lines.next_line(lines, pull, t, float(a), float(b), 1.0)
    assert found not in (s, t) and _lines.inside(lines.edges, found, float(a), float(b))


def test_who_is_caught_stays_and_who_passes_goes_on():
    """Over the line of an odd sample: to that line where both sides push towards it, else to the
    line behind."""
    lines, a, c, s = _lines.lines_of(np.arange(4.0)), 1.0, 1.0, 4
    b = 1.3  # came from line 0 or 2 over that of sample 1
    on, off = lines.on[1], lines.off[1]
    pull = np.zeros((2, 2 * s + 2))
    pull[1, on], pull[1, off] = 1.0, -1.0  # b grows where it is on, and shrinks where it is off
    assert (
        _lines.next_line(lines, pull, 0, a, b, c) == 1
        and _lines.next_line(lines, -pull, 0, a, b, c) == 2
    )
    assert _lines.next_line(lines, pull, 0, a, b, -c) == 2  # the other sign is repelled
    pull[1, off] = 1.0
    assert _lines.next_line(lines, pull, 0, a, b, c) == 2
    # the line of an even sample is as good as any
    assert _lines.next_line(lines, pull, 1, a, 2.5, c) == 2


def test_rounding_flips_no_neuron():
    """Knots within an ulp of a sample: the sign of the rounded product decides, as it does in the
    dense formula."""
    x = torch.tensor([0.1, 0.3, 0.7], dtype=torch.float32)
    sides = torch.tensor([1.0, -1.0]).repeat(3000)
    a = torch.linspace(0.5, 3, 2000, dtype=torch.float32).repeat(3) * sides
    b = a * x.repeat_interleave(2000)
    b = torch.nextafter(b, b + torch.tensor([-1.0, 0.0, 1.0]).repeat(2000))
    lines = _lines.lines_of(x.numpy())
    net = Network(a, b, torch.ones_like(a), 1.0)
    for on, ai, bi in zip(net.activations(x).T.tolist(), a.numpy(), b.numpy()):
        t = _lines.line_of(lines.x, ai, bi)
        region = lines.on[t] if on[t if t < 3 else t - 4] else lines.off[t]
        assert on == (
            [j >= region for j in range(3)] if region <= 3 else [j <= region - 5 for j in range(3)]
        )


def test_divergence_says_when_and_what_would_be_stable():
    net, samples = network(50), sine(6, phase=0.4)
    engine = Engine(net, samples, Settings(step=50.0))
    with pytest.raises(Diverged) as caught:
        engine.advance(1000)
    auto = Engine(net, samples, Settings(safety=1.0))
    auto.advance(1)
    assert 1 <= caught.value.epoch < 20 and caught.value.step == 50 and caught.value.network is None
    assert caught.value.stable == pytest.approx(2 * auto.step.item(), rel=1e-9)
    with pytest.raises(Diverged) as caught:
        Engine(network(50, 3), samples, Settings(step=1e300)).advance(3)
    assert caught.value.network == 0


def test_other_dtypes_are_refused():
    with pytest.raises(ValueError, match="float16"):
        Engine(network(4, dtype=torch.float16), sine(3), Settings())


def test_float32_follows_float64():
    samples, net = square_wave(10), network(1000, scale=1.0)
    exact, rough = (
        Engine(net, samples, Settings()), Engine(net.to(torch.float32), samples, Settings()),
    )
    for engine in (exact, rough):
        engine.advance(500)
    assert distance(exact.network, *(getattr(rough.network, k).double() for k in "abc")) < 1e-2
    assert rough.loss.item() == pytest.approx(exact.loss.item(), rel=1e-3)


def test_importing_the_library_does_not_import_numba():
    code = "import sys, lib, lib.training, lib.engines.engine; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_samples_given_as_a_list():
    engine = Engine(network(8), Samples([0.0, 1.0], [1.0, -1.0]), Settings())
    engine.advance(5)
    assert math.isfinite(engine.loss.item())


TRAINED = """
from lib import samples, starts
from lib.training import train
run = train(starts.paired(20, 2.0), samples.sine(5), 50, progress=False)
print(__import__("lib").__file__, run)
"""


def test_without_a_folder_for_the_cache_everything_works(tmp_path):
    """Files lie where the folders of the cache would be made: this stops also those who may write
    everywhere."""
    lib = tmp_path / "lib"
    shutil.copytree(
        Path(_lines.__file__).parent.parent, lib, ignore=shutil.ignore_patterns("__pycache__")
    )
    (lib / "engines" / "__pycache__").write_text("")
    home = tmp_path / "home"
    home.write_text("")
    kept = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    changed = {
        "PYTHONPATH": str(tmp_path),
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    answer = subprocess.run([sys.executable, "-c", TRAINED], env=kept | changed, cwd=tmp_path,
                            capture_output=True, text=True, timeout=900)
    assert answer.returncode == 0, answer.stderr
    assert "50 epochs" in answer.stdout and str(tmp_path) in answer.stdout


def hard(rng):
    """Few neurons of many sizes, some on sample lines, some alike, and data of any size: (network,
    samples)."""
    m, s = rng.integers(1, 12), rng.integers(1, 9)
    x = np.sort(rng.normal(size=s)) if rng.random() < 0.6 else np.arange(s) - s // 2.0
    y = rng.normal(size=s) * np.exp(3 * rng.normal())
    a, b, c = rng.normal(size=(3, m)) * np.exp(2 * rng.normal(size=(3, 1)) + rng.normal(size=m))
    if rng.random() < 0.4:
        b = a * x[rng.integers(0, s, m)]
    if rng.random() < 0.3:
        a, b, c = (
            np.repeat(t, 2) * np.tile([1.0, sign], m) for t, sign in ((a, -1), (b, -1), (c, 1))
        )
    return Network(*(torch.tensor(t) for t in (a, b, c)), np.exp(rng.normal())), Samples(
        torch.tensor(x), torch.tensor(y)
    )


WAYS = [dict(), dict(train="c"), dict(train="ab")]


def steps_that_missed(seeds):
    """Hard runs in which a step was not that of the largest eigenvalue of the dense Jacobian,
    looked at as they go."""
    missed = []
    for seed in seeds:
        net, samples = hard(np.random.default_rng(seed))
        given = Settings(refresh=1, threads=1, **WAYS[seed % 3])
        engine = Engine(net, samples, given)
        x, alpha = samples.x.numpy(), float(net.alpha)
        for _ in range(3):
            a, b, c = (t.numpy() for t in engine.parameters)
            pre = np.outer(x, a) - b
            on = pre > 0
            parts = [on * x[:, None] * c, on * -c] * given.train_ab + [on * pre] * given.train_c
            jacobian = np.concatenate(parts, 1) / alpha
            top = np.linalg.eigvalsh(jacobian @ jacobian.T)[-1]
            rho = torch.from_numpy((on * pre) @ c / alpha) - samples.y
            wanted = 0.5 / (top + bend(rho, samples.x, alpha, given)) if on.any() else 0
            engine.advance(1)
            if engine.step.item() != pytest.approx(wanted, rel=1e-8):
                missed.append((seed, engine.step.item(), wanted))
            engine.advance(6)
    return missed


def test_the_largest_eigenvalue_in_hard_runs():
    assert steps_that_missed(range(1000)) == []


@pytest.mark.thorough
def test_the_largest_eigenvalue_in_a_great_many_hard_runs():
    assert steps_that_missed(range(1000, 43_613)) == []


def test_many_samples_far_from_the_origin():
    """Activities near a knot are small beside a x and b: their squares must not come from those of
    a and b."""
    x = 1e6 + torch.linspace(0, 1, 40, dtype=torch.float64)
    rng = np.random.default_rng(0)
    a = torch.tensor(rng.normal(size=30))
    b = a * (1e6 + torch.tensor(rng.uniform(size=30)))
    net, samples = Network(a, b, torch.ones(30).double(), 1.0), Samples(x, torch.zeros(40).double())
    engine = Engine(net, samples, Settings(train="c"))
    engine.advance(1)
    pre = np.maximum(np.outer(x.numpy(), a.numpy()) - b.numpy(), 0)
    assert engine.step.item() == pytest.approx(0.5 / np.linalg.eigvalsh(pre @ pre.T)[-1], rel=1e-8)
