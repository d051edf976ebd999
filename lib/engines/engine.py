"""What a training engine is, what it is told, and how it says that a run has diverged.

`reference.Engine` is the definition, to be read first; `cpu.Engine` and `cuda.Engine` do the same
sums faster.
"""
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from torch import Tensor

from ..network import Network
from ..samples import Samples


@dataclass(frozen=True)
class Settings:
    """How to train.

    step: a fixed learning rate, or None for safety / curvature, looked at again every `refresh`
    epochs.  The curvature is a bound on the largest eigenvalue of the Hessian: lambda_max of the
    tangent kernel, plus mu, plus, where both layers are trained, (max_k |g_k| + lambda) / alpha
    over the forces g_k of all 2s regions; where nothing moves any neuron the step is 0.
    train: which parameters move, "abc", "c" or "ab".  tv: lambda of (lambda/m) sum |r_i| =
    (lambda/alpha) sum |c_i| rho_i.  decay: mu of (mu/2) sum (a^2 + b^2 + c^2).
    until: the loss at which a network stands still (-1: none is).
    """

    step: float | None = None
    safety: float = 0.5
    refresh: int = 10
    train: str = "abc"
    tv: float = 0.0
    decay: float = 0.0
    threads: int | None = None
    until: float = -1.0

    @property
    def train_ab(self) -> bool:
        """Whether the inner layer moves."""
        return "ab" in self.train

    @property
    def train_c(self) -> bool:
        """Whether the outer layer moves."""
        return "c" in self.train

    @property
    def penalised(self) -> bool:
        """Whether a penalty moves neurons that no sample moves."""
        return bool(self.tv or self.decay)


class Seen(NamedTuple):
    """The states of k moments: parameters (k, 3, ..., m), a, b, c;  time, loss (k, ...)."""

    parameters: Tensor
    time: Tensor
    loss: Tensor


class Engine(Protocol):
    """Gradient descent for every network of a batch (...), from epoch 0 on.

    epoch: how many steps have been taken;  parameters: a, b, c, (..., m) each;  loss, step, time:
    (...) each, 1/2 sum rho^2 without penalties, the last learning rate and the sum of all.
    """

    epoch: int
    parameters: Sequence[Tensor]
    loss: Tensor
    step: Tensor
    time: Tensor

    def __init__(self, network: Network, samples: Samples, settings: Settings):
        """Raises ValueError for networks that it cannot train."""

    def advance(self, epochs: int, stops: Sequence[int] = ()) -> Seen | None:
        """Take that many further steps; what was seen after those of the epochs `stops` it did.

        stops: increasing, after `epoch`, up to `epoch + epochs`.  A network stands still from the
        loss `until` on; where all do, the epochs end there.  Raises Diverged where a loss is not
        finite or 1e6 times beyond the first.
        """


class Diverged(ArithmeticError):
    """A run whose loss left the finite numbers: when, with which step, and which would be stable.

    epoch, step: of the run;  stable: the largest stable step when last looked at;  network: which
    one of a batch, or None.
    """

    def __init__(self, epoch: int, step: float, stable: float, network: int | None = None):
        self.epoch, self.step, self.stable, self.network = epoch, step, stable, network
        which = "" if network is None else f" of network {network}"
        if epoch == 0:
            why = ("the loss is not a finite number at the start: the samples or the network are "
                   "too large; rescale them")
        elif not 0 < stable < math.inf:
            why = "nothing is known of a stable step; rescale the samples or the network"
        else:
            why = ("2 / (lambda_max of the tangent kernel + what residuals and penalties add to "
                   f"it) = {stable:.3g} was the largest stable step when last looked at; use a "
                   f"step below {stable / 2:.3g}, or step='auto' with a smaller safety or refresh")
        with_step = f" with the step {step:.3g}" if epoch else ""
        super().__init__(f"training{which} diverged at epoch {epoch}{with_step}; {why}")

    def __reduce__(self):                                # it has to come back from other processes
        return type(self), (self.epoch, self.step, self.stable, self.network)
