"""What every training engine is told, and how it says that a run has diverged."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """How to train.

    step: a fixed learning rate, or None for safety / lambda_max(tangent kernel), looked at again every `refresh` epochs.
    train_ab, train_c: which parameters move.  tv: lambda of (lambda/m) sum |r_i| = (lambda/alpha) sum |c_i| rho_i.
    decay: mu of (mu/2) sum (a^2 + b^2 + c^2).
    """

    step: float | None = None
    safety: float = 0.5
    refresh: int = 10
    train_ab: bool = True
    train_c: bool = True
    tv: float = 0.0
    decay: float = 0.0
    threads: int | None = None


class Diverged(ArithmeticError):
    """A run whose loss left the finite numbers: says when, with which step, and which step would be stable."""

    def __init__(self, epoch: int, step: float, stable: float, network: int | None = None):
        self.epoch, self.step, self.stable, self.network = epoch, step, stable, network
        which = "" if network is None else f" of network {network}"
        super().__init__(
            f"training{which} diverged at epoch {epoch} with the step {step:.3g}; 2 / lambda_max = {stable:.3g} was "
            f"the largest stable step at the last finite state; use a step below {stable / 2:.3g}, or step='auto' "
            f"with a smaller safety or refresh"
        )
