"""What every training engine is told, and how it says that a run has diverged."""
import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """How to train.

    step: a fixed learning rate, or None for safety / curvature, looked at again every `refresh` epochs.  The curvature
    is a bound on the largest eigenvalue of the Hessian: lambda_max of the tangent kernel, plus mu, plus, where both
    layers are trained, (max_k |g_k| + lambda) / alpha over the forces g_k of all 2s regions; where nothing moves any
    neuron the step is 0.
    train_ab, train_c: which parameters move.  tv: lambda of (lambda/m) sum |r_i| = (lambda/alpha) sum |c_i| rho_i.
    decay: mu of (mu/2) sum (a^2 + b^2 + c^2).  until: the loss at which a network stands still (-1: none is).
    """

    step: float | None = None
    safety: float = 0.5
    refresh: int = 10
    train_ab: bool = True
    train_c: bool = True
    tv: float = 0.0
    decay: float = 0.0
    threads: int | None = None
    until: float = -1.0


class Diverged(ArithmeticError):
    """A run whose loss left the finite numbers: says when, with which step, and which step would be stable."""

    def __init__(self, epoch: int, step: float, stable: float, network: int | None = None):
        self.epoch, self.step, self.stable, self.network = epoch, step, stable, network
        which = "" if network is None else f" of network {network}"
        if epoch == 0:
            why = "the loss is not a finite number at the start: the samples or the network are too large; rescale them"
        elif not 0 < stable < math.inf:
            why = "nothing is known of a stable step; rescale the samples or the network"
        else:
            why = (f"2 / (lambda_max of the tangent kernel + what residuals and penalties add to it) = {stable:.3g} was "
                   f"the largest stable step when last looked at; use a step below {stable / 2:.3g}, or step='auto' "
                   f"with a smaller safety or refresh")
        with_step = f" with the step {step:.3g}" if epoch else ""
        super().__init__(f"training{which} diverged at epoch {epoch}{with_step}; {why}")
