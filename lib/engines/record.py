"""What a run keeps on its way: memory set aside beforehand, into which the engines write."""
from bisect import bisect_right

import torch

from ..network import Network


class Record:
    """The states of a network, of any batch shape (...), at the T epochs `stops`, which increase.

    states: (..., 3, T, m) a, b, c, in the dtype of the network;  numbers: (..., T, 2) the time and the loss, float64.
    """

    def __init__(self, stops: list[int], network: Network):
        self.stops = list(stops)
        *batch, m = network.a.shape
        self.states = network.a.new_empty(*batch, 3, len(stops), m)
        kept = torch.float32 if network.a.device.type == "mps" else torch.float64  # Apple's cards have no float64
        self.numbers = self.states.new_empty(*batch, len(stops), 2, dtype=kept)

    def coming(self, epoch: int, end: int) -> list[int]:
        """The stops after `epoch` and up to `end`; then `end` itself."""
        stops = self.stops[bisect_right(self.stops, epoch):bisect_right(self.stops, end)]
        return stops if stops[-1:] == [end] else [*stops, end]

    def look(self, engine) -> None:
        """Keep the state the engine is in, if it is at a stop."""
        row = bisect_right(self.stops, engine.epoch) - 1
        if row >= 0 and self.stops[row] == engine.epoch:
            self.states[..., row, :] = torch.stack(tuple(engine.parameters), -2)
            self.numbers[..., row, 0], self.numbers[..., row, 1] = engine.time, engine.loss

    def cut(self, engine) -> None:
        """The run ends where the engine is now: forget the stops to come, and keep this state as the last."""
        rows = bisect_right(self.stops, engine.epoch)
        if not rows or self.stops[rows - 1] < engine.epoch:
            self.stops[rows:] = [engine.epoch]
            self.look(engine)
        del self.stops[bisect_right(self.stops, engine.epoch):]

    def history(self, alpha) -> tuple[Network, torch.Tensor, torch.Tensor]:
        """The states as networks with a leading axis T, and their times and losses, (T, ...) each."""
        rows, shape = len(self.stops), self.states.shape[:-3]
        a, b, c = self.states[..., :rows, :].movedim((-3, -2), (0, 1))   # (T, ..., m) each
        times, loss = self.numbers[..., :rows, :].movedim((-1, -2), (0, 1))
        return Network(a, b, c, alpha.expand(rows, *shape)), times, loss
