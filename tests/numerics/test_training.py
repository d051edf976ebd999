"""Training: engines against a loop that shares no code with them, recording, bad input, divergence,
interruption."""
import copy
import math
import os
import pickle
import signal
import threading
from contextlib import contextmanager

import numpy as np
import pytest
import torch

from lib import samples, starts, training
from lib.flow import gradient_flow
from lib.network import Network
from lib.samples import Samples
from lib.sweeps import sweep
from lib.training import Diverged, train

ENGINES = ["reference", "cpu"]


def by_autograd(z, points, steps, eta, which="abc", tv=0.0, decay=0.0):
    """Gradient descent by automatic differentiation and torch.optim.SGD."""
    values = {k: getattr(z, k).clone().requires_grad_(k in which) for k in "abc"}
    a, b, c = values.values()
    optimizer = torch.optim.SGD([v for v in values.values() if v.requires_grad], lr=eta)
    for _ in range(steps):
        optimizer.zero_grad()
        f = (c * torch.relu(a * points.x[:, None] - b)).sum(-1) / z.alpha
        loss = ((f - points.y) ** 2).sum() / 2 + tv * (c.abs() * torch.hypot(a, b)).sum() / z.alpha
        loss = loss + decay / 2 * sum((v**2).sum() for v in values.values())
        loss.backward()
        optimizer.step()
    return [v.detach() for v in values.values()]


def normal(m, seed, alpha=None, batch=()):
    generator = torch.Generator().manual_seed(seed)
    return Network(
        *torch.randn(3, *batch, m, generator=generator, dtype=torch.float64),
        alpha=alpha or math.sqrt(m),
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "options",
    [
        {}, {"which": "c"}, {"which": "ab"}, {"tv": 0.03}, {"decay": 0.01},
        {"tv": 0.02, "decay": 0.02},
    ],
)
def test_against_automatic_differentiation(engine, options):
    z, points = normal(60, 5), samples.sine(7, phase=0.3)
    kwargs = {("train" if k == "which" else k): v for k, v in options.items()}
    run = train(z, points, 300, step=0.01, engine=engine, **kwargs)
    for mine, truth in zip(
        (run.network.a, run.network.b, run.network.c), by_autograd(z, points, 300, 0.01, **options)
    ):
        np.testing.assert_allclose(mine, truth, atol=1e-10)


@pytest.mark.parametrize("which", ["abc", "c", "ab"])
def test_engines_agree_with_an_automatic_step(which):
    z, points = normal(150, 1), samples.square_wave(9)
    one, other = (
        train(z, points, 1000, train=which, engine=e, snapshots=[0, 10, 1000]) for e in ENGINES
    )
    np.testing.assert_allclose(one.times, other.times, rtol=1e-9)
    for k in "abc":
        np.testing.assert_allclose(getattr(one.network, k), getattr(other.network, k), atol=1e-9)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_batch_trains_each_network_by_itself(engine):
    points = samples.sine(6)
    z = normal(40, 2, batch=(2, 3))
    together = train(z, points, 200, engine=engine, snapshots=5)
    assert together.history.a.shape == (len(together.epochs), 2, 3, 40)
    assert together.loss.shape[1:] == (2, 3)
    for i in range(2):
        for j in range(3):
            alone = train(z[i, j], points, 200, engine=engine, snapshots=5)
            np.testing.assert_allclose(alone.network.c, together.network.c[i, j], atol=1e-10)
            np.testing.assert_allclose(alone.loss, together.loss[:, i, j], atol=1e-10)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_recorded(engine):
    z, points = normal(30, 3), samples.sine(5)
    run = train(z, points, 100, step=0.02, engine=engine, snapshots=[7, 50])
    assert run.epochs.tolist() == [0, 7, 50, 100]
    np.testing.assert_allclose(run.times, 0.02 * run.epochs.double(), rtol=1e-12)
    assert torch.equal(run.history.a[0], z.a) and torch.equal(run.history.c[-1], run.network.c)
    for k in range(4):
        residual = run.history[k](points.x) - points.y
        assert float(run.loss[k]) == pytest.approx(float((residual**2).sum() / 2), rel=1e-12)
    assert torch.equal(z.a, normal(30, 3).a)                             # the start is not touched
    zero = train(z, points, 0, engine=engine)
    assert zero.epochs.tolist() == [0] and torch.equal(zero.network.a, z.a)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_stable_step_never_raises_the_loss(engine):
    run = train(
        normal(200, 4), samples.square_wave(8), 2000, safety=0.5, engine=engine,
        snapshots=range(0, 2001, 10),
    )
    assert float(run.loss.diff().max()) <= 1e-12


@pytest.mark.parametrize("engine", ENGINES)
def test_divergence_says_which_step_is_stable(engine):
    z, points = normal(50, 6), samples.sine(6)
    with pytest.raises(Diverged, match="diverged at epoch .* largest stable step") as caught:
        train(z, points, 5000, step=30.0, engine=engine)
    assert caught.value.step == 30.0 and 0 < caught.value.stable < 30.0
    assert float(train(z, points, 500, step=caught.value.stable / 4, engine=engine).loss[-1]) < 10


@pytest.mark.parametrize("network", [None, 3])
def test_divergence_travels_between_processes(network):
    met = Diverged(7, 0.5, 0.1, network)
    for same in (pickle.loads(pickle.dumps(met)), copy.copy(met)):
        assert vars(same) == vars(met) and str(same) == str(met)


def test_single_precision_stays_single():
    z = normal(50, 6).to(torch.float32)
    run = train(z, samples.sine(6), 200, step=0.01)
    assert run.network.a.dtype == torch.float32
    double = train(normal(50, 6), samples.sine(6), 200, step=0.01)
    np.testing.assert_allclose(run.network.c, double.network.c, atol=1e-3)


@contextmanager
def interrupted():
    """Ctrl-C, a little after training has begun to listen for it.

    Also where the tests were started with SIGINT ignored, as nohup does; should it never come, the
    test fails after a minute and does not train for ever.
    """
    before, over = signal.signal(signal.SIGINT, signal.default_int_handler), threading.Event()
    usual = signal.default_int_handler

    def press():
        while signal.getsignal(signal.SIGINT) is usual and not over.wait(0.01):
            pass
        if not over.wait(0.3):
            os.kill(os.getpid(), signal.SIGINT)

    def late(number, frame):
        raise AssertionError("the interrupt has not come within a minute")

    alarm = signal.signal(signal.SIGALRM, late)
    signal.alarm(60)
    hand = threading.Thread(target=press)
    hand.start()
    try:
        yield
        assert signal.getsignal(signal.SIGINT) is usual
    finally:
        signal.alarm(0)
        over.set()
        hand.join()
        signal.signal(signal.SIGALRM, alarm)
        after = signal.signal(signal.SIGINT, before)
    assert after is usual


def test_interrupts_come_where_they_were_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupted():
            run = train(normal(5, 0), samples.sine(3), 10**9, step=1e-9, progress=False)
        assert run.interrupted and signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("engine,threads", [("cpu", 1), ("cpu", 2), ("reference", None)])
def test_interrupting_returns_the_run_so_far(engine, threads):
    points = samples.sine(5)
    nets = Network(
        *(torch.stack([getattr(normal(20, k), name) for k in range(3)]) for name in "abc"), 1.0
    )
    with interrupted():
        run = train(
            nets, points, 10**9, step=1e-3, engine=engine, threads=threads, snapshots=[10, 10**8],
            progress=False,
        )
    assert (
        run.interrupted and run.epochs.tolist()[:2] == [0, 10] and 10 < int(run.epochs[-1]) < 10**9
    )
    assert len(run.epochs) == len(run.times) == len(run.loss) == len(run.history.a) == 3
    assert "interrupted" in repr(run)
    # all three at one epoch
    np.testing.assert_allclose(run.times[-1], 1e-3 * int(run.epochs[-1]), rtol=1e-9)
    np.testing.assert_allclose(
        run.loss[-1], ((run.network(points.x) - points.y) ** 2).sum(-1) / 2, rtol=1e-6, atol=1e-20
    )


def test_an_interrupted_sweep_measures_nothing():
    with pytest.raises(KeyboardInterrupt), interrupted():
        sweep(
            samples.sine(5), 10**9, {"m": [50], "scale": 2.0, "delta": [0.0, 1.0]}, step=1e-6,
            progress=False,
        )


BAD = {
    "train": ["b", True, None], "step": [-1.0, True, "1", None], "safety": [2.0, True, "0.5"],
    "refresh": [0, True, 1.0, "10"], "tv": [-1.0, True, "0"], "decay": [float("nan"), False],
    "snapshots": [1, True, "123", b"123", 2.5, None, [1.5], ["1"], [True]], "engine": ["abacus"],
    "threads": [0, True, "2"], "until": [-1.0, float("nan"), "0.1", True],
}


@pytest.mark.parametrize(
    "name,value", [(name, value) for name, values in BAD.items() for value in values]
)
def test_bad_arguments_are_named(name, value):
    with pytest.raises(ValueError, match=f"^{name}: want"):
        train(normal(5, 0), samples.sine(3), 10, **{name: value})


@pytest.mark.parametrize("epochs", [-1, 1.5, None, True, "10"])
def test_bad_epochs(epochs):
    with pytest.raises(ValueError, match="^epochs: want a whole number"):
        train(normal(5, 0), samples.sine(3), epochs)


def test_numbers_of_numpy_and_torch_are_numbers():
    z, points = normal(5, 0), samples.sine(3)
    plain = train(z, points, 20, refresh=3, snapshots=4, safety=0.25, tv=0.5, threads=1)
    for kind in (np.int64, np.int32, torch.tensor):
        real = np.float64 if kind is not torch.tensor else torch.tensor
        run = train(
            z, points, kind(20), refresh=kind(3), snapshots=kind(4), safety=real(0.25),
            tv=real(0.5), threads=kind(1),
        )
        assert (
            torch.equal(run.network.a, plain.network.a)
            and run.epochs.tolist() == plain.epochs.tolist()
        )
    for epochs in (np.array([3, 7]), torch.tensor([7, 3]), range(3, 8, 4), (k for k in (3, 7))):
        assert train(z, points, 20, step=np.float32(0.5), snapshots=epochs).epochs.tolist() == [
            0, 3, 7, 20,
        ]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_stops_at_its_target(engine):
    z, points = normal(40, 3), samples.sine(5)
    whole = train(z, points, 400, engine=engine, snapshots=range(401))
    until = 0.03 * float(whole.loss[0])
    first = int((whole.loss <= until).nonzero()[0])
    run = train(z, points, 400, until=until, engine=engine, snapshots=[7, 390])
    assert (
        7 < first < 390
        and run.epochs.tolist() == [0, 7, first]
        and run.stopped == "target"
        and bool(run.reached)
    )
    assert torch.equal(run.network.c, whole.history.c[first]) and float(run.times[-1]) == float(
        whole.times[first]
    )
    assert f"{first} epochs" in repr(run) and "at the target" in repr(run) and not run.interrupted
    there = train(run.network, points, 400, until=until, engine=engine)
    assert (
        there.epochs.tolist() == [0]
        and there.stopped == "target"
        and torch.equal(there.network.a, run.network.a)
    )
    never = train(z, points, 20, until=0.0, engine=engine)
    assert never.stopped == "epochs" and not bool(never.reached) and "target" not in repr(never)


@pytest.mark.parametrize("engine", ENGINES)
def test_each_network_of_a_batch_stands_still_at_the_target(engine):
    z, points = normal(30, 2, batch=(3,)), samples.sine(5, phase=0.4)
    dead = Network(torch.ones_like(z.a[:1]), 9 + z.b[:1], z.c[:1], z.alpha)
    alone = [train(z[k], points, 500, until=0.2, engine=engine) for k in range(3)]
    ends = [int(run.epochs[-1]) for run in alone]
    assert len(set(ends)) == 3 and max(ends) < 500
    run = train(z, points, 500, until=0.2, engine=engine)
    assert int(run.epochs[-1]) == max(ends) and run.stopped == "target" and run.reached.all()
    for k in range(3):
        np.testing.assert_allclose(run.network.a[k], alone[k].network.a, atol=1e-12)
        assert float(run.times[-1, k]) == pytest.approx(float(alone[k].times[-1]), rel=1e-9)
        still = run.epochs >= ends[k]
        np.testing.assert_array_equal(
            run.history.c[still, k], run.network.c[k].expand(int(still.sum()), -1)
        )
    mixed = Network(
        *(torch.cat([getattr(z, name), getattr(dead, name)]) for name in "abc"), z.alpha
    )
    run = train(mixed, points, 10**7, until=0.2, engine=engine)
    assert (
        run.stopped == "at rest"
        and run.reached.tolist() == [True] * 3 + [False]
        and int(run.epochs[-1]) < 10**6
    )
    assert "3 of 4 at the target" in repr(run) and "1 of 4 at rest" in repr(run)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("step", ["auto", 0.1])
def test_a_run_in_which_no_sample_moves_any_neuron_says_so(engine, step):
    z = Network([1.0, -1.0], [9.0, 9.0], [1.0, 1.0], 1.0)
    run = train(z, samples.sine(5, phase=0.4), 50, step=step, engine=engine, snapshots=3)
    assert (
        run.stopped == "at rest"
        and bool(run.still)
        and "at rest: no sample moves any neuron" in repr(run)
    )
    assert (
        run.epochs[-1] == 50 and torch.equal(run.network.c, z.c) and bool(run.loss.isfinite().all())
    )
    assert (
        train(z, samples.sine(5, phase=0.4), 10**9, until=0.1, engine=engine).stopped == "at rest"
    )
    silent = Network([1.0], [0.0], [0.0], 1.0)  # with c = 0 nothing moves a and b
    assert (
        train(silent, samples.sine(5, phase=0.4), 5, train="ab", engine=engine).stopped == "at rest"
    )
    assert (
        train(silent, samples.sine(5, phase=0.4), 5, train="c", engine=engine).stopped == "epochs"
    )
    pulled = train(z, samples.sine(5, phase=0.4), 50, decay=0.1, engine=engine)
    assert pulled.stopped == "epochs" and float(pulled.network.a[0]) < 1


@pytest.mark.parametrize("engine", ENGINES)
def test_an_overflow_at_the_start_is_divergence_at_epoch_0(engine):
    with pytest.raises(
        Diverged, match="diverged at epoch 0; the loss is not a finite number at the start.*rescale"
    ) as caught:
        train(normal(5, 0), Samples([0.0, 1.0], [1e200, 0.0]), 10, engine=engine)
    assert caught.value.epoch == 0 and caught.value.network is None
    nets = normal(5, 0, batch=(3,))
    nets = Network(
        nets.a, nets.b, nets.c * torch.tensor([[1.0], [1e200], [1.0]], dtype=torch.float64), 1.0
    )
    with pytest.raises(Diverged, match="of network 1 diverged at epoch 0"):
        train(nets, samples.sine(4), 10, engine=engine)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "options", [{}, {"decay": 10}, {"decay": 1e4}, {"tv": 100.0}, {"tv": 30.0, "decay": 30.0}]
)
@pytest.mark.parametrize("y", [[1e6, -1e6, 5e5], [1.0, -1.0, 0.5]])
def test_automatic_steps_see_large_residuals_and_penalties(engine, options, y):
    z = normal(50, 0)
    run = train(z, Samples([-1.0, 0.0, 1.0], y), 300, engine=engine, **options)
    assert float(run.loss[-1]) <= 1.01 * sum(v * v for v in y) / 2 + 1 and not bool(run.still)
    if not options:
        assert float(run.loss[-1]) < 1e-3 * float(run.loss[0])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("scale", [1e-4, 1e-9, 1e-150])
def test_a_small_start_does_not_diverge(engine, scale):
    """Its tangent kernel is tiny; only the residuals bound the step."""
    generator = torch.Generator().manual_seed(0)
    a, b = scale * torch.randn(2, 200, generator=generator).double()
    c = torch.hypot(a, b) * torch.where(torch.arange(200) % 2 == 0, 1.0, -1.0)
    points = Samples([-0.75, -0.5, 0.125], [1.1, 0.1, 0.8])
    run = train(Network(a, b, c, 200.0), points, 3000, engine=engine, snapshots=2)
    assert float(run.loss[-1]) < (1e-3 if scale == 1e-4 else 0.94) and run.stopped == "epochs"


@pytest.mark.parametrize("engine", ENGINES)
def test_the_step_is_that_of_the_top_eigenvalue_in_every_block(engine):
    """Neurons that face apart make a kernel of blocks, which a power iteration may never leave."""
    z = Network([5.0, 0.1, -2.0], [-5.0, -0.1, 0.0], [20.0, -0.2, 2.0], 1.0)
    run = train(z, Samples([-1.0, 1.0], [3.9, -100.0]), 60, engine=engine, snapshots=range(61))
    assert float(run.loss[-1]) < 1e-2 and float(run.loss.diff().max()) <= 0


def test_a_fixed_step_costs_no_eigenvalues_in_the_reference(monkeypatch):
    def expensive(*args):
        raise AssertionError("an eigendecomposition")

    monkeypatch.setattr(torch.linalg, "eigvalsh", expensive)
    train(normal(5, 0), samples.sine(9), 30, step=0.1, engine="reference")


def test_arguments_in_the_wrong_order():
    net, points = normal(5, 0), samples.sine(3)
    for call in (
        lambda: train(points, net, 10), lambda: gradient_flow(points, net, [1.0]),
        lambda: train(net, (points.x, points.y), 10),
    ):
        with pytest.raises(
            ValueError,
            match="samples: want a Network.*then Samples, got (Samples, Network|Network, tuple)",
        ):
            call()


def test_snapshots_outside_the_run():
    with pytest.raises(ValueError, match="snapshots: want epochs between 0 and 10"):
        train(normal(5, 0), samples.sine(3), 10, snapshots=[11])


def test_default_start_has_torch_laws():
    z = starts.torch_default(4000, seed=0)
    outer = torch.nn.Linear(4000, 1, bias=False).weight.detach()
    assert float(z.c.abs().max()) == pytest.approx(float(outer.abs().max()), rel=0.01)
    assert float(z.a.abs().max()) == pytest.approx(1, rel=0.01) and training.train is train


def test_numbers_of_numpy_and_torch_are_numbers_and_truth_and_text_are_not():
    z, points = normal(8, 1), samples.sine(4)
    plain = train(z, points, 20, step=0.01, refresh=5, snapshots=[3, 20])
    other = train(z, points, np.int64(20), step=np.float64(0.01), safety=torch.tensor(0.5),
                  refresh=torch.tensor(5), tv=np.float64(0), snapshots=np.array([3, 20]))
    assert torch.equal(plain.network.c, other.network.c) and other.epochs.tolist() == [0, 3, 20]
    for name, value in (
        ("step", True), ("refresh", True), ("snapshots", "123"), ("snapshots", [True]),
        ("snapshots", [2.5]), ("tv", "1"), ("safety", False), ("threads", True),
    ):
        with pytest.raises(ValueError, match=name):
            train(z, points, 20, **{name: value})
    for epochs in (True, 3.0, "3", None):
        with pytest.raises(ValueError, match="epochs"):
            train(z, points, epochs)
