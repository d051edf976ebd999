"""Gradient descent on the parameters of one network or many at once, recorded as it goes.

What an engine does is defined in lib.engines.reference; the others do the same, faster.
"""
import math
import signal
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from .checks import real, whole
from .dynamics import TRAIN
from .engines.engine import Diverged, Engine, Settings
from .engines.record import Record, seen_now
from .network import Network
from .progress import bar as progress_bar
from .samples import Samples

__all__ = ["Diverged", "Run", "train"]


@dataclass(frozen=True, eq=False)
class Run:
    """What training leaves: T recorded states.  Any axes `...` are those of the batch of networks.

    network: the last state;  history: all of them, a Network with a leading axis T;  epochs: (T,);
    times: (T, ...) the sum of the learning rates so far;  loss: (T, ...) = 1/2 sum_j rho_j^2;
    stopped: how the run ended, "epochs" (all of them done), "target" (every network at the loss
    `until`), "at rest" (of those that are not, no sample moves any neuron) or "interrupted" (by the
    user); reached, still: (...) which networks came to the target, and in which no sample moves any
    neuron.
    """

    network: Network
    samples: Samples
    history: Network
    epochs: Tensor
    times: Tensor
    loss: Tensor
    stopped: str
    reached: Tensor
    still: Tensor

    @property
    def interrupted(self) -> bool:
        """Whether the user stopped it early."""
        return self.stopped == "interrupted"

    def __repr__(self):
        worst, count = float(self.loss[-1].max()), self.loss[-1].numel()
        many = f"{count} networks, " if self.loss.ndim > 1 else ""
        ends = {"at the target": self.reached,
                "at rest: no sample moves any neuron": self.still & ~self.reached}
        told = [f"{int(which.sum())} of {count} {how}" if many else how
                for how, which in ends.items() if which.any()]
        told += ["interrupted"] * self.interrupted
        sizes = f"{many}m = {self.network.m}", f"{int(self.epochs[-1])} epochs"
        parts = [*sizes, f"loss {worst:.3g}", *told]
        return f"Run({', '.join(parts)})"


def train(
    network: Network,
    samples: Samples,
    epochs: int,
    *,
    until: float | None = None,
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

    until: the loss at which a network stands still, at the first epoch that comes down to it; None
    for no such loss.
    train: "abc", only "c" (the limit delta -> -inf) or only "ab" (+inf).
    step: a learning rate, or "auto": safety / curvature, looked at again every `refresh` epochs,
    for each network of a batch by itself.  The curvature bounds the largest eigenvalue of the
    Hessian: lambda_max of the tangent kernel of the trained parameters at the samples, plus mu,
    plus, for "abc", (max_k |g_k| + lambda) / alpha with the forces g_k = sum of rho_j (x_j, 1) over
    the samples of each of the 2s regions.
    tv: lambda of the penalty (lambda/m) sum |r_i|;  decay: mu of (mu/2) sum (a^2 + b^2 + c^2).
    snapshots: how many states to record, log-spaced, or the epochs to record at (the first and last
    always are).
    engine: "cpu" (compiled), "cuda" (fused), "reference" (torch, any device), or "auto": by the
    device of the network, and "reference" where numba is missing.
    A run with a target ends early once every network has come to it or is at rest (no sample moves
    any neuron, and no penalty does); interrupting (Ctrl-C, the stop button) returns the run so far.
    Raises ValueError naming a bad argument, Diverged when the loss leaves the finite numbers.

    >>> from lib import samples, starts
    >>> run = train(starts.paired(100, scale=2), samples.square_wave(6), 200, progress=False)
    >>> run.epochs[-1].item(), bool(run.loss[-1] < run.loss[0])
    (200, True)

    Williams et al. 2019, Sec. 2.1 and 4.
    """
    settings = _settings(until, train, step, safety, refresh, tv, decay, threads)
    if not isinstance(network, Network) or not isinstance(samples, Samples):
        raise ValueError("network, samples: want a Network, then Samples, "
                         f"got {type(network).__name__}, {type(samples).__name__}")
    epochs = whole("epochs", epochs)
    if samples.x.device != network.a.device:
        places = f"on {samples.x.device}, but the network is on {network.a.device}"
        raise ValueError(f"samples: {places}; use samples.to(...)")
    record = Record(_stops(snapshots, epochs), network)
    samples_as_given, samples = samples, samples.to(network.a.dtype)
    runner = _engine(engine, network)(network, samples, settings)
    _check(runner.loss)
    record.keep(seen_now(runner))
    still = lambda: _still(runner, samples, settings)
    stopped = _walk(runner, epochs, record, still, settings.until, progress)
    record.end(runner)
    history, times, loss = record.history(network.alpha)
    return Run(history[-1], samples_as_given, history, torch.tensor(record.stops), times, loss,
               stopped, runner.loss <= settings.until, still())


def _check(loss):
    """Raises Diverged where training cannot even begin."""
    lost = (~loss.isfinite()).flatten().nonzero()
    if len(lost):
        raise Diverged(0, math.nan, math.nan, int(lost[0]) if loss.ndim else None)


def _walk(runner: Engine, epochs, record, still, until, progress) -> str:
    """Advance in pieces of about a tenth of a second, to the last epoch or to the loss `until`.

    Says how it ended.
    """
    with progress_bar(epochs, "epoch", progress) as bar, _Interrupt() as interrupt:
        piece, past = 16, None
        while True:
            loss, began = runner.loss, time.perf_counter()
            if (loss <= until).all():
                return "target"
            if interrupt.came:
                return "interrupted"
            done = runner.epoch >= epochs
            # who rests keeps the loss to the last bit: that is quicker to see
            if done or until >= 0 and (past is None or (loss == past).all()):
                if (still() | (loss <= until)).all():
                    return "at rest"
            if done:
                return "epochs"
            past, before = loss, runner.epoch
            more = min(piece, epochs - before)
            record.keep(runner.advance(more, record.between(before, before + more)))
            bar.update(runner.epoch - before)
            spent = time.perf_counter() - began
            if spent < 0.05:
                piece *= 2
            elif spent > 0.3:
                piece = max(1, piece // 2)


def _still(runner, samples, settings) -> Tensor:
    """In which networks no sample moves any neuron, whatever it asks for, (...) bool.

    That is where the tangent kernel is zero.
    """
    if settings.penalised:
        return torch.zeros_like(runner.loss, dtype=torch.bool)
    a, b, c = runner.parameters                                          # (..., m)
    # who is off at both ends is off in between
    unmoved = (a * samples.x[0] <= b) & (a * samples.x[-1] <= b)
    if not settings.train_c:
        unmoved = unmoved | (c == 0)
    return unmoved.all(-1)


class _Interrupt:
    """Holds Ctrl-C back while it is open, so that no engine stops half way through a piece.

    A second one goes through.
    """

    def __enter__(self):
        self.came, self._usual = False, signal.getsignal(signal.SIGINT)
        self._mine = callable(self._usual) and threading.current_thread() is threading.main_thread()
        if self._mine:  # interrupts come to no other thread
            signal.signal(signal.SIGINT, self._note)
        return self

    def _note(self, number, frame):
        if self.came:
            raise KeyboardInterrupt
        self.came = True

    def __exit__(self, *error):
        if self._mine:
            signal.signal(signal.SIGINT, self._usual)


def _settings(until, train, step, safety, refresh, tv, decay, threads) -> Settings:
    if not isinstance(train, str) or train not in TRAIN:
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
    if until is not None:
        until = real("until", until, "a loss >= 0, or None", price)
    tv, decay = (real(name, value, "a finite number >= 0", price)
                 for name, value in (("tv", tv), ("decay", decay)))
    ends = -1.0 if until is None else until
    return Settings(step, safety, refresh, train, tv, decay, threads, ends)


def _stops(snapshots, epochs) -> list[int]:
    wants = "how many states to record, at least 2 (the first and the last), or a list of epochs"
    several = not isinstance(snapshots, (str, bytes)) and getattr(snapshots, "ndim", 1) == 1
    if several and isinstance(snapshots, Iterable):
        wanted = [whole("snapshots", k, 0, epochs, f"epochs between 0 and {epochs}")
                  for k in snapshots]
    else:
        count = whole("snapshots", snapshots, 2, wants=wants)
        last = math.log10(max(epochs, 1))
        spaced = torch.logspace(0, last, count - 1, dtype=torch.float64).round().long().tolist()
        wanted = [k for k in spaced if k <= epochs]
    return sorted({0, epochs, *wanted})


def _engine(name, network):
    from importlib.util import find_spec

    chosen = name == "auto"
    if chosen:
        device = network.a.device.type
        fused = device == "cuda" and find_spec("triton")  # torch brings it on Linux, not everywhere
        name = "cpu" if device == "cpu" else "cuda" if fused else "reference"
    if name == "cpu":
        try:
            from .engines.cpu import Engine
        except ImportError as error:  # numba is missing, or does not fit NumPy
            if not chosen:
                raise ImportError("engine: 'cpu' is compiled by numba, which cannot be imported "
                                  f"({error}); 'reference' does without") from None
            _tell_that_it_is_slow()
            from .engines.reference import Engine
    elif name == "cuda":
        from .engines.cuda import Engine
    elif name == "reference":
        from .engines.reference import Engine
    else:
        raise ValueError(f"engine: want 'auto', 'cpu', 'cuda' or 'reference', got {name!r}")
    return Engine


@cache
def _tell_that_it_is_slow():
    """Once a process."""
    print("numba cannot be imported: training takes the reference engine, which is slower by far",
          file=sys.stderr)
