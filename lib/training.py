"""Gradient descent on the parameters of a network (or of many networks at once), recorded as it goes."""
import math
import signal
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from .checks import real, whole
from .engines.record import Record
from .engines.settings import Diverged, Settings
from .network import Network
from .progress import bar as progress_bar
from .samples import Samples

__all__ = ["Diverged", "Run", "train"]
TRAINABLE = {"abc": (True, True), "c": (False, True), "ab": (True, False)}


@dataclass(frozen=True, eq=False)
class Run:
    """What training leaves: T recorded states.  Any axes `...` are those of the batch of networks.

    network: the last state;  history: all of them, a Network with a leading axis T;  epochs: (T,);
    times: (T, ...) the sum of the learning rates so far;  loss: (T, ...) = 1/2 sum_j residual_j^2;
    interrupted: whether the user stopped it early.
    """

    network: Network
    samples: Samples
    history: Network
    epochs: Tensor
    times: Tensor
    loss: Tensor
    interrupted: bool = False

    def __repr__(self):
        worst = float(self.loss[-1].max())
        many = f"{self.loss[-1].numel()} networks, " if self.loss.ndim > 1 else ""
        stopped = ", interrupted" if self.interrupted else ""
        return f"Run({many}m = {self.network.m}, {int(self.epochs[-1])} epochs, loss {worst:.3g}{stopped})"


def train(
    network: Network,
    samples: Samples,
    epochs: int,
    *,
    train: str = "abc",
    step: float | str = "auto",
    safety: float = 0.5,
    refresh: int = 10,
    tv: float = 0.0,
    decay: float = 0.0,
    snapshots=64,
    engine: str = "auto",
    threads: int | None = None,
    progress: bool = True,
) -> Run:
    """Full-batch gradient descent z <- z - step grad L(z), `epochs` times, from `network`.

    train: "abc", only "c" (the limit delta -> -inf) or only "ab" (+inf).
    step: a learning rate, or "auto": safety / lambda_max of the tangent kernel of the trained parameters at the samples,
    looked at again every `refresh` epochs, for each network of a batch by itself.
    tv: lambda of the penalty (lambda/m) sum |r_i|;  decay: mu of (mu/2) sum (a^2 + b^2 + c^2).
    snapshots: how many states to record, log-spaced, or the epochs to record at (the first and last always are).
    engine: "cpu" (compiled), "cuda" (fused), "reference" (torch, any device), or "auto": by the device of the network.
    Interrupting (Ctrl-C, the stop button) returns the run so far.
    Raises ValueError naming a bad argument, Diverged when the loss leaves the finite numbers.
    Williams et al. 2019, Sec. 2.1 and 4.
    """
    settings = _settings(train, step, safety, refresh, tv, decay, threads)
    if not isinstance(network, Network) or not isinstance(samples, Samples):
        raise ValueError(f"network, samples: want a Network, then Samples, got {type(network).__name__}, {type(samples).__name__}")
    epochs = whole("epochs", epochs)
    if samples.x.device != network.a.device:
        raise ValueError(f"samples: on {samples.x.device}, but the network is on {network.a.device}; use samples.to(...)")
    stops = _stops(snapshots, epochs)
    runner = _engine(engine, network)(network, samples.to(network.a.dtype), settings)
    record = Record(stops, network)
    record.look(runner)
    interrupted = _walk(runner, epochs, record, progress)
    record.cut(runner)
    history, times, loss = record.history(network.alpha)
    return Run(history[-1], samples, history, torch.tensor(record.stops), times, loss, interrupted)


def _walk(runner, epochs, record, progress) -> bool:
    """Advance to the last epoch, in pieces of about a tenth of a second; whether an interrupt ended it before."""
    with progress_bar(epochs, "epoch", progress) as bar, _Interrupt() as interrupt:
        piece = 16
        while runner.epoch < epochs and not interrupt.came:
            todo = min(piece, epochs - runner.epoch)
            began = time.perf_counter()
            runner.advance(todo, record)
            spent = time.perf_counter() - began
            bar.update(todo)
            if spent < 0.05:
                piece *= 2
            elif spent > 0.3:
                piece = max(1, piece // 2)
        return interrupt.came


class _Interrupt:
    """Holds Ctrl-C back while it is open, so that no engine stops half way through a piece; a second one goes through."""

    def __enter__(self):
        self.came, self._usual = False, signal.getsignal(signal.SIGINT)
        self._mine = callable(self._usual) and threading.current_thread() is threading.main_thread()
        if self._mine:                                                   # interrupts come to no other thread
            signal.signal(signal.SIGINT, self._note)
        return self

    def _note(self, number, frame):
        if self.came:
            raise KeyboardInterrupt
        self.came = True

    def __exit__(self, *error):
        if self._mine:
            signal.signal(signal.SIGINT, self._usual)


def _settings(train, step, safety, refresh, tv, decay, threads) -> Settings:
    if train not in TRAINABLE:
        raise ValueError(f"train: want one of 'abc', 'c', 'ab', got {train!r}")
    if isinstance(step, str) and step == "auto":
        step = None
    else:
        rate = lambda v: math.isfinite(v) and v > 0
        step = real("step", step, "'auto' or a positive learning rate", rate)
    stable = "a number in (0, 2) (descent is stable below 2)"
    safety = real("safety", safety, stable, lambda v: 0 < v < 2)
    refresh = whole("refresh", refresh, 1, wants="a whole number of epochs >= 1")
    if threads is not None:
        threads = whole("threads", threads, 1, wants="a whole number >= 1, or None")
    price = lambda v: math.isfinite(v) and v >= 0
    tv, decay = (real(name, value, "a finite number >= 0", price)
                 for name, value in (("tv", tv), ("decay", decay)))
    return Settings(step, safety, refresh, *TRAINABLE[train], tv, decay, threads)


def _stops(snapshots, epochs) -> list[int]:
    if not isinstance(snapshots, Iterable) or isinstance(snapshots, str):
        snapshots = whole("snapshots", snapshots, 2, wants="at least 2 (the first and the last state)")
        spaced = torch.logspace(0, math.log10(max(epochs, 1)), snapshots - 1, dtype=torch.float64).round().int().tolist()
        wanted = [k for k in spaced if k <= epochs]
    else:
        wanted = [whole("snapshots", k, 0, epochs, f"epochs between 0 and {epochs}")
                  for k in snapshots]
    return sorted({0, epochs, *wanted})


def _engine(name, network):
    from importlib.util import find_spec

    if name == "auto":
        device = network.a.device.type
        fused = device == "cuda" and find_spec("triton")                 # torch brings it on Linux, not everywhere
        name = "cpu" if device == "cpu" else "cuda" if fused else "reference"
    if name == "cpu":
        from .engines.cpu import Engine
    elif name == "cuda":
        from .engines.cuda import Engine
    elif name == "reference":
        from .engines.reference import Engine
    else:
        raise ValueError(f"engine: want 'auto', 'cpu', 'cuda' or 'reference', got {name!r}")
    return Engine
