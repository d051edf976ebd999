"""The engine for graphics cards against the readable one.

`TestEngine` runs on a CUDA device where there is one.  Everywhere triton is installed it also runs
in a process of its own under Triton's interpreter, on smaller sizes: the switch must be set before
triton is imported, and stays there.  The interpreter forgives what a compiler does not, so the
kernels are compiled for a few GPUs too; that needs none.
"""
import math
import os
import subprocess
import sys
from importlib.util import find_spec
from types import SimpleNamespace

import pytest
import torch

from lib import training
from lib.engines import reference
from lib.engines.engine import Diverged, Settings
from lib.network import Network
from lib.samples import Samples, sine

GPU = torch.cuda.is_available()
DEVICE = "cuda" if GPU else "cpu"
needs_triton = pytest.mark.skipif(
    find_spec("triton") is None, reason="triton is not installed; Linux on x86-64 has it"
)
# NumPy computes for the interpreter: overflow
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning:triton")

CASES = {  # m, s, settings
    "plain": (20, 5, dict(step=0.003)),
    "one neuron, one sample": (1, 1, dict(step=0.003)),
    "several tiles of samples": (20, 19, dict(step=0.003)),
    "only c": (20, 5, dict(step=0.003, train="c")),
    "only a and b": (20, 5, dict(step=0.003, train="ab")),
    "variation": (33, 5, dict(step=0.01, tv=0.1)),
    "decay": (20, 5, dict(step=0.01, decay=0.03)),
    "penalties, only a and b": (20, 5, dict(step=0.01, tv=0.1, decay=0.03, train="ab")),
    "automatic": (20, 5, dict(refresh=5)),
    "automatic, only c": (20, 9, dict(train="c", refresh=5)),
    "automatic, only a and b": (20, 9, dict(train="ab", refresh=5)),
    "automatic, another pace": (20, 5, dict(safety=1.0, refresh=6, tv=0.01, decay=0.01)),
}


def network(m, *batch, seed=0, scale=2.0, dtype=torch.float64, alpha=None):
    generator = torch.Generator().manual_seed(seed)
    a, b, c = scale * torch.randn(3, *batch, m, generator=generator, dtype=torch.float64)
    return Network(a, b, c, math.sqrt(m) if alpha is None else alpha).to(dtype)


def distance(one, other):
    return max(
        float((getattr(one, k).cpu().double() - getattr(other, k).cpu().double()).abs().max())
        for k in "abc"
    )


@pytest.fixture(params=["fused", "dense"])
def engine(request, monkeypatch):
    """engine(network, samples, settings) on DEVICE, by either way."""
    from lib.engines import cuda

    if request.param == "dense":
        monkeypatch.setattr(cuda, "ON_CHIP", 0)
    return lambda net, samples, given: cuda.Engine(net.to(DEVICE), samples.to(DEVICE), given)


class TestEngine:
    __test__ = GPU or os.environ.get("TRITON_INTERPRET") == "1"

    @pytest.mark.parametrize("case", CASES)
    def test_agrees_with_the_reference(self, engine, case):
        m, s, options = CASES[case]
        m, epochs = (50 * m, 1000) if GPU else (m, 8)
        net, samples, given = network(m), sine(s, phase=0.4), Settings(**options)
        mine, true = engine(net, samples, given), reference.Engine(net, samples, given)
        assert (
            float(mine.loss) == pytest.approx(float(true.loss), rel=1e-9) and float(mine.time) == 0
        )
        # in pieces that do not divide by `refresh`
        for part in (1, epochs // 3, epochs - 1 - epochs // 3):
            mine.advance(part)
        true.advance(epochs)
        tight = 1e-9 if given.step else 1e-6
        assert distance(mine.network, true.network) < tight and distance(mine.network, net) > 1e-3
        assert float(mine.loss) == pytest.approx(float(true.loss), rel=tight, abs=1e-18)
        assert float(mine.step) == pytest.approx(float(true.step), rel=1e-6)
        assert float(mine.time) == pytest.approx(float(true.time), rel=1e-6)
        assert mine.epoch == epochs

    @pytest.mark.parametrize("dtype, tolerance, given", [
        (torch.float64, 1e-9, Settings(step=0.003)), (torch.float32, 1e-4, Settings(refresh=4))])
    def test_a_batch_is_its_networks_one_by_one(self, engine, dtype, tolerance, given):
        alpha = torch.tensor([[1.0, 2.0], [4.0, 5.0]])
        nets, samples = network(7, 2, 2, dtype=dtype, alpha=alpha), sine(4, phase=0.4)
        mine = engine(nets, samples, given)
        mine.advance(5)
        assert mine.network.a.shape == (2, 2, 7) and mine.network.a.dtype == dtype
        assert mine.loss.shape == mine.time.shape == mine.step.shape == (2, 2)
        for i in range(2):
            for j in range(2):
                true = reference.Engine(nets[i, j].to(torch.float64), samples, given)
                true.advance(5)
                assert distance(mine.network[i, j], true.network) < tolerance
                assert float(mine.step[i, j]) == pytest.approx(
                    float(true.step), rel=max(tolerance, 1e-6)
                )
                assert float(mine.loss[i, j]) == pytest.approx(
                    float(true.loss), rel=100 * tolerance
                )

    def test_the_given_network_is_left_alone(self, engine):
        net = network(10).to(DEVICE)
        before = net.a.clone()
        mine = engine(net, sine(5), Settings(step=0.01))
        now = mine.network
        mine.advance(2)
        assert torch.equal(net.a, before) and torch.equal(now.a, before)

    @pytest.mark.parametrize("given", [Settings(), Settings(step=0.01, decay=0.1)])
    def test_dead_neurons_and_neurons_without_slope(self, engine, given):
        """a = 0 is on everywhere or nowhere; a sample on a knot is off; dead neurons stay, but for
        penalties."""
        a, b = [0.0, 0.0, 1.0, -1.0, 0.5, 1.0], [-1.0, 1.0, 5.0, 5.0, 0.1, -0.5]
        net = Network(a, b, [1.0, 1.0, 1.0, 1.0, 2.0, 3.0], 1.0)
        mine, true = engine(net, sine(5), given), reference.Engine(net, sine(5), given)
        for one in (mine, true):
            one.advance(5)
        assert distance(mine.network, true.network) < 1e-9

    def test_no_sample_moves_any_neuron(self, engine):
        mine = engine(Network([1.0], [9.0], [1.0], 1.0), sine(5), Settings())
        mine.advance(3)
        assert float(mine.step) == 0 and float(mine.network.c) == 1

    @pytest.mark.parametrize(
        "scale, given", [(2.0, Settings(step=50.0)), (0.01, Settings(step=1e5))]
    )
    def test_divergence_says_when_and_what_would_be_stable(self, engine, scale, given):
        """When the reference says it too."""
        net, samples = network(20, scale=scale, alpha=1.0), sine(6, phase=0.4)
        caught = []
        for one in (engine(net, samples, given), reference.Engine(net, samples, given)):
            with pytest.raises(
                Diverged, match="^training diverged at epoch .* largest stable step"
            ) as raised:
                one.advance(40)
            caught.append(raised.value)
        mine, true = caught
        assert 1 <= mine.epoch == true.epoch and mine.network is None
        assert mine.step == pytest.approx(true.step, rel=1e-6) and mine.stable == pytest.approx(
            true.stable, rel=1e-6
        )

    @pytest.mark.parametrize("seed", range(6))
    def test_hard_networks_take_the_steps_of_the_reference(self, engine, seed):
        """Few neurons, in blocks that do not see each other, on sample lines, twins: no start of an
        iteration misses."""
        generator = torch.Generator().manual_seed(seed)
        a, b, c = (
            torch.randn(3, 3, generator=generator).double() * torch.tensor([8.0, 0.1, 1.0]).double()
        )
        x = torch.tensor([-1.0, -0.5, 1.0]).double()
        b = [b, a * x, -a.abs()][seed % 3]
        nets = Network(torch.stack([a, a]), torch.stack([b, b]), torch.stack([c, c.flip(0)]), 1.5)
        samples = Samples(x, [3.9, 1e-3, -100.0])
        given = Settings(refresh=2, train=("abc", "ab", "c")[seed // 2])
        mine, true = engine(nets, samples, given), reference.Engine(nets, samples, given)
        for _ in range(2):
            for one in (mine, true):
                one.advance(2)
            assert mine.step.tolist() == pytest.approx(true.step.tolist(), rel=1e-8)

    def test_a_network_stands_still_at_its_target(self, engine):
        nets, rate = network(20, 2, alpha=torch.tensor([4.0, 1.0])), 0.001
        true = reference.Engine(nets[0], sine(4), Settings(step=rate))
        true.advance(4)
        given = Settings(step=rate, until=float(true.loss) * (1 + 1e-9))
        mine, alone = engine(nets, sine(4), given), engine(nets[0], sine(4), given)
        for one in (mine, alone):
            one.advance(3)
            one.advance(6)
        assert mine.epoch == 9 and mine.time.tolist() == pytest.approx([4 * rate, 9 * rate])
        assert alone.epoch == 4 and distance(alone.network, true.network) < 1e-9
        assert distance(mine.network[0], true.network) < 1e-9

    def test_one_network_of_a_batch_diverges(self, engine):
        nets = network(20, 3)
        nets = Network(nets.a, nets.b, nets.c, torch.tensor([1e3, 1e3, 1.0]))
        mine = engine(nets, sine(6), Settings(step=1.0))
        with pytest.raises(Diverged, match="of network 2 diverged") as caught:
            mine.advance(8)
        # it stands still
        assert 0 < caught.value.epoch < 8 and mine.time.tolist() == [8, 8, caught.value.epoch]
        true = reference.Engine(nets[:2], sine(6), Settings(step=1.0))
        true.advance(8)
        assert float((mine.loss[:2].cpu() - true.loss).abs().max()) < 1e-9

    @pytest.mark.skipif(GPU, reason="nobody counts what a card does")
    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_the_largest_eigenvalue_is_known_after_few_trials(self, dtype, monkeypatch):
        """A constant in float32, where 1 + 1e-10 is 1, once made float64 take all 300."""
        from lib.engines import _triton, cuda

        trials, eliminate = [], _triton.eliminate
        monkeypatch.setattr(
            _triton, "eliminate", lambda *given: trials.append(1) or eliminate(*given)
        )
        mine = cuda.Engine(network(20, dtype=dtype), sine(5, phase=0.4), Settings(refresh=1))
        mine.advance(4)
        assert 4 <= len(trials) <= 4 * 15

    def test_train_takes_it(self, engine):
        net, samples = network(12).to(DEVICE), sine(4).to(DEVICE)
        mine, true = (
            training.train(net, samples, 6, engine=name, snapshots=[4])
            for name in ("cuda", "reference")
        )
        assert distance(mine.history, true.history) < 1e-6
        assert training._engine("auto", _on("cuda")).__module__ == "lib.engines.cuda"

    def test_other_dtypes_are_refused(self, engine):
        with pytest.raises(ValueError, match="^network: want .*float16"):
            engine(network(4, dtype=torch.float16), sine(3), Settings())


def _on(device):
    return SimpleNamespace(a=SimpleNamespace(device=torch.device(device)))


def test_without_triton_a_network_on_a_gpu_goes_to_the_reference(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert training._engine("auto", _on("cuda")) is reference.Engine
    assert training._engine("auto", _on("cpu")).__module__ == "lib.engines.cpu"
    with pytest.raises(ValueError, match="'cuda'"):
        training._engine("abacus", _on("cpu"))


def _process(arguments, **environment):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "TRITON_"))}
    answer = subprocess.run(
        [sys.executable, *arguments], env={**kept, **environment}, capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


@needs_triton
def test_all_of_it_under_the_interpreter():
    told = _process(["-m", "pytest", "-q", "-p", "no:cacheprovider", f"{__file__}::TestEngine"],
                    TRITON_INTERPRET="1", CUDA_VISIBLE_DEVICES="", OMP_NUM_THREADS="1")
    assert "passed" in told and "skipped" not in told


COMPILE = """
import re, subprocess, sys, tempfile
from pathlib import Path
import triton
from triton.backends.compiler import GPUTarget
from lib.engines import _triton

real, m, auto, trained, extras, capability = eval(sys.argv[1])
blocks = _triton.shape(m, 10, int(real[-2:]) // 8)
warps = blocks.pop("num_warps")
fixed = dict(AUTO=auto, AB="ab" in trained, CC="c" in trained, EXTRAS=extras, **blocks)
tensors = dict.fromkeys(("Z", "W", "X", "Y"), real) | dict.fromkeys(("NUMBERS", "PACE"), "fp64")
types = {k: "*" + kind for k, kind in tensors.items()}
types |= dict.fromkeys(("networks", "m", "s", "epochs", "start", "refresh"), "i32")
types |= dict.fromkeys(fixed, "constexpr")
source = triton.compiler.ASTSource(_triton.train, types, fixed)
target = GPUTarget("cuda", capability, 32)
kernel = triton.compile(source, target=target, options={"num_warps": warps})
with tempfile.TemporaryDirectory() as folder:
    binary = Path(folder, "kernel.cubin")
    binary.write_bytes(kernel.asm["cubin"])
    tool = Path(triton.__file__).parent / "backends/nvidia/bin/cuobjdump"
    command = [tool, "--dump-resource-usage", binary]
    print(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
"""


@needs_triton
@pytest.mark.parametrize("variant", [
    ("fp32", 2048, True, "abc", False, 90),
    ("fp64", 1000, False, "ab", True, 80),
    ("fp64", 100, True, "c", True, 89),
], ids=str)
def test_the_kernel_compiles(variant, tmp_path):
    usage = _process(["-c", COMPILE, repr(variant)], TRITON_CACHE_DIR=str(tmp_path))
    registers, stack = (int(usage.split(f"{word}:")[1].split()[0]) for word in ("REG", "STACK"))
    # spilled bytes per thread
    assert 0 < registers <= 255 and stack <= (0 if variant[0] == "fp32" else 256)
