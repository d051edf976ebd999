"""What training costs: seconds of one core for m neurons, s samples and so many epochs."""

from dataclasses import dataclass

from torch import Tensor

from .checks import floating


@dataclass(frozen=True)
class Cost:
    """seconds = fixed + epochs (epoch + neuron m + sample s) on one core of `device`."""

    fixed: float
    epoch: float
    neuron: float
    sample: float
    device: str = ""

    def seconds(self, m, s, epochs) -> Tensor:
        """For one network each; m, s, epochs: numbers or tensors that broadcast."""
        m, s, epochs = (
            floating(name, value).double()
            for name, value in (("m", m), ("s", s), ("epochs", epochs))
        )
        return self.fixed + epochs * (self.epoch + self.neuron * m + self.sample * s)


TYPICAL = Cost(0.005, 1.1e-7, 1.05e-9, 7.5e-9, "one core of an Intel Xeon")


def fit(m, s, epochs, seconds, device: str = "") -> Cost:
    """The Cost, with no negative part, of least relative error over n timings, (n,) each.

    Raises ValueError for times that are not positive.
    """
    import numpy as np
    from scipy.optimize import nnls

    columns = [
        floating(name, value).double()
        for name, value in (("m", m), ("s", s), ("epochs", epochs), ("seconds", seconds))
    ]
    m, s, epochs, seconds = (column.numpy() for column in columns)
    if not (seconds > 0).all():
        raise ValueError("seconds: want positive times")
    rows = np.stack([np.ones_like(m), epochs, epochs * m, epochs * s], -1) / seconds[:, None]
    scale = np.linalg.norm(rows, axis=0)
    parts, _ = nnls(rows / scale, np.ones(len(rows)))
    return Cost(*map(float, parts / scale), device)


class Left:
    """How long some jobs will still take, by what they should cost and what they took so far."""

    def __init__(self, costs: dict):
        self.costs, self.done = {key: float(cost) for key, cost in costs.items()}, 0.0
        self.total = sum(self.costs.values())

    def add(self, key) -> None:
        """The job is done, now."""
        self.done += self.costs[key]

    def skip(self, key) -> None:
        """The job need not be done."""
        self.total -= self.costs[key]

    def seconds(self, spent: float) -> float:
        """What is left, when what has been done took `spent` seconds; nan before anything has."""
        return spent * (self.total - self.done) / self.done if self.done else float("nan")


def clock(seconds: float) -> str:
    """A time as h:mm:ss."""
    if seconds != seconds:
        return "?"
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
