"""What a run keeps on its way: the states at some epochs, in memory set aside beforehand."""
from bisect import bisect_right

import torch
from torch import Tensor

from ..network import Network
from .engine import Engine, Seen


def seen_now(engine: Engine) -> Seen:
    """The state that the engine is in, as one moment."""
    return Seen(torch.stack(tuple(engine.parameters))[None], engine.time[None], engine.loss[None])


def seen_together(moments: list[Seen]) -> Seen | None:
    """Several moments, one after another."""
    return Seen(*map(torch.cat, zip(*moments))) if moments else None


class Record:
    """The states of a network, of any batch shape (...), at the T epochs `stops`, which increase.

    kept: Seen of T moments, times and losses in float64;  those before the stop at `row` are there.
    """

    def __init__(self, stops: list[int], network: Network):
        self.stops, self.row = list(stops), 0
        a, count = network.a, len(stops)
        # Apple's cards have no float64
        kept = torch.float32 if a.device.type == "mps" else torch.float64
        numbers = a.new_empty(count, *a.shape[:-1], dtype=kept)
        self.kept = Seen(a.new_empty(count, 3, *a.shape), numbers, numbers.clone())

    def between(self, epoch: int, end: int) -> list[int]:
        """The stops after `epoch` and up to `end`."""
        return self.stops[bisect_right(self.stops, epoch):bisect_right(self.stops, end)]

    def keep(self, seen: Seen | None) -> None:
        """Keep what was seen at the next stops."""
        if seen is not None:
            for own, part in zip(self.kept, seen):
                own[self.row:self.row + len(part)] = part
            self.row += len(seen.time)

    def end(self, engine: Engine) -> None:
        """The run ends where the engine is now: this state is the last, at the last stop."""
        if self.row == 0 or self.stops[self.row - 1] < engine.epoch:
            self.stops[self.row] = engine.epoch
            self.keep(seen_now(engine))
        del self.stops[self.row:]

    def history(self, alpha: Tensor) -> tuple[Network, Tensor, Tensor]:
        """The states as networks with a leading axis T, and their times and losses, (T, ...)."""
        parameters, time, loss = (part[:self.row] for part in self.kept)
        return Network(*parameters.unbind(1), alpha.expand(self.row, *time.shape[1:])), time, loss
