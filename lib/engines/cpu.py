"""The compiled engine: gradient descent in O(m + s) per step, with numba.

A neuron sees the data only through its pull, (1/alpha) sum (rho_j x_j, rho_j) over the samples
where it is on, and the function sees the neurons only through the sums of (c a, c b) over neurons
that are on at the same samples.  So neurons are kept in groups, and one step is a stream over each
group (`_steps.descend`) that updates its neurons, sums them up anew and looks whether any has left;
then a few running sums over the samples (`_steps.respond`).

A group belongs to a sample line rather than to a region: it holds neurons of the two regions
beside the line, which differ in one sample, and the stream picks between two pulls.  Neurons that
stick to a sample cross its line back and forth at nearly every step; this way that costs nothing,
and only a neuron that comes to a second line has to be moved.  One that passes that line goes to
the line behind it, which has both regions still before it; one that is caught there (the lines of
Lemma 2) goes to the line that caught it.

A group is cut into lanes of bounded length, and the lanes are run side by side as the entries of
SIMD vectors (`_lanes`, `_vectors`).  Long groups fill many lanes and short ones share a vector, so
that ten samples or a thousand cost much the same.  Dead neurons that no penalty moves are left out.

No sum outlives its step, so nothing drifts.  Region sums and all that is done with samples are
float64, also where the neurons are float32.
"""
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from ..network import Network
from ..samples import Samples
from . import _steps
from ._lanes import empty_lanes
from ._lines import lines_of
from ._steps import LOSS, STABLE, STEP, TIME
from ._vectors import BYTES
from .engine import Diverged, Seen, Settings


class Engine:
    """Gradient descent for every network of a batch, each in one thread.

    network: any batch shape, float32 or float64, on the cpu;  samples: (s,), taken in the dtype of
    the network;  settings: see Settings, threads None means one per core.  A network that nothing
    moves has step 0 under step=None.  Raises ValueError for another device or dtype.
    Williams et al. 2019, Eq. (2), (46) corrected.
    """

    def __init__(self, network: Network, samples: Samples, settings: Settings):
        device, dtype = network.a.device, network.a.dtype
        if device.type != "cpu" or dtype not in (torch.float32, torch.float64):
            wants = "float32 or float64 on the cpu"
            raise ValueError(f"network: want {wants}, got {dtype} on {device}")
        self.settings, self.epoch = settings, 0
        self._given, self._shape = network, network.a.shape
        # training writes into these copies, one row per network
        self._a, self._b, self._c = (t.detach().reshape(-1, network.m).numpy().copy()
                                     for t in (network.a, network.b, network.c))
        self._views = tuple(torch.from_numpy(t.reshape(self._shape))
                            for t in (self._a, self._b, self._c))
        count, dtype = len(self._a), self._a.dtype
        x, y = samples.x.numpy().astype(dtype), samples.y.numpy().astype(dtype)
        lines = lines_of(x)
        alphas = np.broadcast_to(network.alpha.double().reshape(-1).numpy(), count)
        self._states = [self._state(i, float(alphas[i]), lines, x, y) for i in range(count)]
        self._numbers = np.zeros((count, 4))                             # LOSS, STEP, TIME, STABLE
        self._numbers[:, LOSS] = self._each(lambda i: _steps.begin(self._states[i]))
        self._bounds = 1e6 * (self._numbers[:, LOSS] + 1)

    def _state(self, i, alpha, lines, x, y) -> _steps.State:
        s, m, given = len(x), self._shape[-1], self.settings
        spare = np.zeros(BYTES // 8)                  # a vector may start at the last sample
        top = 1 + 0.5 * np.cos(2.399963 * np.arange(s))      # fixed, orthogonal to nothing likely
        regions = 2 * s + 2 + len(spare)
        return _steps.State(
            self._a[i], self._b[i], self._c[i], empty_lanes(m, s, x.dtype), lines, s,
            np.append(x, spare), np.append(y, spare), np.zeros((3, regions)),
            np.zeros((2, regions), x.dtype), np.zeros(s + len(spare)), top,
            np.zeros((5, s + len(spare))), alpha, given.train_ab, given.train_c, float(given.tv),
            float(given.decay))

    def advance(self, epochs: int, stops: Sequence[int] = ()) -> Seen | None:
        """Take that many further steps, as every engine does: see lib.engines.engine.Engine."""
        given, (count, m), start = self.settings, self._a.shape, self.epoch
        places = np.array(stops, np.int64)                               # (k,)
        states = np.empty((count, 3, len(places), m), self._a.dtype)
        kept = np.empty((count, len(places), 2))                         # time and loss

        def run(i):
            pace = _steps.Pace(float(given.step or 0), float(given.safety), given.refresh,
                               self._bounds[i], given.until)
            return _steps.advance(self._states[i], pace, epochs, start, *self._numbers[i],
                                  places, states[i], kept[i])

        results = np.array(self._each(run))                              # (networks, 5)
        done, self._numbers = results[:, 0], results[:, 1:]
        # the loss does not see dead neurons, but their c a and c b are in the sums
        finite = self._numbers[:, LOSS] <= self._bounds
        finite &= [np.isfinite(state.sums[:2]).all() for state in self._states]
        if not finite.all():
            i = int(np.argmin(finite))
            step, stable = (float(self._numbers[i, column]) for column in (STEP, STABLE))
            raise Diverged(start + int(done[i]), step, stable, i if count > 1 else None)
        self.epoch += int(done.max())
        passed = int(np.searchsorted(places, self.epoch, "right"))       # all may stand still
        return self._seen(states[:, :, :passed], kept[:, :passed]) if passed else None

    def _seen(self, states, kept) -> Seen:
        k, batch = states.shape[2], self._shape[:-1]
        states, kept = torch.from_numpy(states), torch.from_numpy(kept)
        time, loss = kept.movedim((2, 1), (0, 1)).reshape(2, k, *batch)
        return Seen(states.movedim((2, 1), (0, 1)).reshape(k, 3, *self._shape), time, loss)

    def _each(self, work) -> list:
        """[work(0), work(1), ...] over the networks, in parallel."""
        count = len(self._states)
        threads = min(count, self.settings.threads or _cores())
        if threads == 1:
            return [work(i) for i in range(count)]
        todo, results = iter(range(count)), [None] * count

        def take():
            for i in todo:                                               # whoever is free
                results[i] = work(i)

        with ThreadPoolExecutor(threads) as pool:
            for future in [pool.submit(take) for _ in range(threads)]:
                future.result()
        return results

    @property
    def parameters(self) -> tuple[torch.Tensor, ...]:
        """a, b, c as they are now, in the shape and dtype they were given in.

        Training goes on in the same memory.
        """
        self._each(lambda i: _steps.read(self._states[i]))
        return self._views

    @property
    def network(self) -> Network:
        """The networks as they are now."""
        return Network(*(t.clone() for t in self.parameters), self._given.alpha)

    @property
    def loss(self) -> torch.Tensor:
        """1/2 sum rho^2, without penalties, (...) float64."""
        return self._number(LOSS)

    @property
    def step(self) -> torch.Tensor:
        """The last learning rate used, (...) float64."""
        return self._number(STEP)

    @property
    def time(self) -> torch.Tensor:
        """The sum of the learning rates, (...) float64."""
        return self._number(TIME)

    def _number(self, k):
        return torch.from_numpy(self._numbers[:, k].copy()).reshape(self._shape[:-1])


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
