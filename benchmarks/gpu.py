"""Times the engine for graphics cards:  python -m benchmarks.gpu  writes benchmarks/gpu.json.
Needs a CUDA device.

`--layouts` compares ways to cut the kernel's work into tiles and warps, see lib/engines/_triton.py
`shape`.

Every contestant is first held against the reference on the cpu in float64, then timed: a round runs
each once from the same start, and a time is the median over rounds, in microseconds per epoch for
the whole batch.
"""
import argparse
import datetime
import json
import statistics
import time
from pathlib import Path

import torch

from lib.engines import cuda, reference
from lib.engines.engine import Settings
from lib.network import Network
from lib.samples import square_wave
from lib.starts import paired

RESULTS = Path(__file__).with_name("gpu.json")
SIZES = [
    (1, 1000, 10), (132, 1000, 10), (1000, 1000, 10), (1000, 100, 10), (132, 1000, 200),
    (1, 25000, 10), (1, 25000, 1000),
]  # networks, m, s
LAYOUTS = [dict(BLOCK_S=rows, num_warps=warps) for rows in (2, 4, 8, 16) for warps in (2, 4, 8, 16)]


def start(batch, m, s, dtype, device):
    """`batch` networks with delta = 0, data, and half the largest stable step."""
    one, samples = paired(m, 2.0, 0.0), square_wave(s)
    probe = reference.Engine(one, samples, Settings())
    probe.advance(1)
    nets = Network(
        *(t.to(device, dtype).expand(batch, m) for t in (one.a, one.b, one.c)),
        one.alpha.to(device, dtype),
    )
    return nets, samples.to(device, dtype), probe.step.item()


def ours(nets, samples, step):
    """What `train` uses: fused where the network fits on chip, else the graph."""
    return cuda.Engine(nets, samples, Settings(step=step))


def ours_automatic(nets, samples, step):
    return cuda.Engine(nets, samples, Settings())


def graph(nets, samples, step):
    """The dense step in torch, replayed as a CUDA graph."""
    limit, cuda.ON_CHIP = cuda.ON_CHIP, 0
    try:
        return cuda.Engine(nets, samples, Settings(step=step))
    finally:
        cuda.ON_CHIP = limit


def no_graph(nets, samples, step):
    """The same, launched kernel by kernel."""
    engine = graph(nets, samples, step)
    engine._way.step = engine._way._step
    return engine


class Autograd:
    """What one writes first: a loss, backward() and torch.optim.SGD."""

    def __init__(self, nets, samples, step):
        self.z = [torch.nn.Parameter(t.clone()) for t in (nets.a, nets.b, nets.c)]
        self.samples, self.alpha, self.descent = (
            samples, nets.alpha, torch.optim.SGD(self.z, lr=step),
        )

    def advance(self, epochs):
        a, b, c = self.z
        for _ in range(epochs):
            self.descent.zero_grad()
            active = (a[:, None] * self.samples.x[:, None] - b[:, None]).relu()          # (B, s, m)
            rho = (active @ c[..., None])[..., 0] / self.alpha - self.samples.y
            (rho.square().sum() / 2).backward()
            self.descent.step()

    @property
    def network(self):
        return Network(*self.z, self.alpha)


CONTESTANTS = {
    "ours": ours,
    "ours, automatic step": ours_automatic,
    "dense, CUDA graph": graph,
    "dense": no_graph,
    "autograd and SGD": Autograd,
}


def error(contestant, case, epochs=30):
    """The largest difference of a parameter from the reference after `epochs`."""
    nets, samples, step = case
    given = Settings(step=None if contestant is ours_automatic else step)
    true = reference.Engine(
        nets[0].to("cpu", torch.float64), samples.to("cpu", torch.float64), given
    )
    mine = contestant(*case)
    for engine in (mine, true):
        engine.advance(epochs)
    last = mine.network[-1].to("cpu", torch.float64)
    return max(float((getattr(last, k) - getattr(true.network, k)).abs().max()) for k in "abc")


def seconds(engine, epochs):
    wait = torch.cuda.synchronize if torch.cuda.is_available() else lambda: None
    wait()
    began = time.perf_counter()
    engine.advance(epochs)
    wait()
    return time.perf_counter() - began


def epochs_in(engine, target):
    """How many epochs take `target` seconds; a warm-up too."""
    epochs = 1
    engine.advance(1)
    while (spent := seconds(engine, epochs)) < target / 4:
        epochs *= 4
    return max(1, round(epochs * target / spent))


def compare(case, contestants, rounds, target):
    """{contestant: {"us": microseconds per epoch, "error": against the reference}}."""
    epochs = {
        name: epochs_in(contestant(*case), target) for name, contestant in contestants.items()
    }
    times = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, contestant in contestants.items():
            times[name].append(1e6 * seconds(contestant(*case), epochs[name]) / epochs[name])
    return {name: {"us": statistics.median(times[name]), "error": error(contestant, case)}
            for name, contestant in contestants.items()}


def with_layout(layout):
    def contestant(nets, samples, step):
        engine = ours(nets, samples, step)
        engine._way.shape |= layout
        return engine

    return contestant


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.2, help="per contestant and round")
    parser.add_argument(
        "--layouts", action="store_true",
        help="compare layouts of the kernel instead; writes nothing",
    )
    options = parser.parse_args()
    if not torch.cuda.is_available():
        raise SystemExit("benchmarks.gpu: want a CUDA device, found none")
    cases = []
    for dtype in (torch.float32, torch.float64):
        for batch, m, s in SIZES:
            contestants = CONTESTANTS
            if options.layouts:
                if m * dtype.itemsize > cuda.ON_CHIP:
                    continue
                contestants = {str(layout): with_layout(layout) for layout in LAYOUTS}
            table = compare(
                start(batch, m, s, dtype, "cuda"), contestants, options.rounds, options.seconds
            )
            cases.append(
                {"networks": batch, "m": m, "s": s, "dtype": str(dtype), "contestants": table}
            )
            print(f"\n{batch} networks, m = {m}, s = {s}, {dtype}")
            for name, row in table.items():
                print(
                    f"  {name:40} {row['us']:10.2f} us per epoch   error {row['error']:.1e}",
                    flush=True,
                )
    if not options.layouts:
        machine = {
            "gpu": torch.cuda.get_device_name(),
            "torch": torch.__version__,
            "cuda": torch.version.cuda,
        }
        results = {"date": datetime.date.today().isoformat(), "machine": machine, "cases": cases}
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
