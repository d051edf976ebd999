"""The engine for graphics cards: whole stretches of training in one launch.

Small networks (a, b and c within 16 KiB each: 4096 neurons in float32, 2048 in float64) go to a
fused Triton kernel, one network per program, see `_triton`.  Its neurons stay in registers from the
first epoch of `advance` to the last, so nothing but the samples is read again, and a batch of
networks fills the card.

Larger ones take the dense step in torch, O(m s) memory, recorded once as a CUDA graph and replayed
each epoch.

Both keep the same numbers on the device, one row per network: loss, step, time, epochs done, alpha,
the bound beyond which the loss has diverged, and the share of the trace of the tangent kernel that
its top eigenvalue has.  A network that diverges, or comes to the loss `until`, stands still while
the others go on; the host looks once, when `advance` is over.
"""
from collections.abc import Sequence

import torch
from torch import Tensor

from ..dynamics import residuals, tangent_kernel
from ..network import Network
from ..samples import Samples
from . import _triton
from .engine import Diverged, Seen, Settings
from .record import seen_now, seen_together

LOSS, STEP, TIME, DONE, ALPHA, BOUND = (
    getattr(_triton, name).value for name in ("LOSS", "STEP", "TIME", "DONE", "ALPHA", "BOUND"))
ON_CHIP = 1 << 14  # bytes of each of a, b, c that one program can hold


class Engine:
    """Gradient descent for every network of a batch at once.

    network: any batch shape, float32 or float64, on a CUDA device;  samples: (s,), taken in its
    dtype and device. settings: see Settings (`threads` means nothing here).  A network that nothing
    moves has step 0 under step=None. With TRITON_INTERPRET=1 in the environment when triton is
    first imported, networks on the cpu are taken too (slow: for tests).  Raises ValueError for
    another device or dtype.  Williams et al. 2019, Eq. (2), (46) corrected.
    """

    def __init__(self, network: Network, samples: Samples, settings: Settings):
        device, dtype = network.a.device, network.a.dtype
        wanted = "cpu" if _triton.INTERPRETED else "cuda"
        if device.type != wanted or dtype not in (torch.float32, torch.float64):
            wants = "float32 or float64 on a cuda device"
            raise ValueError(f"network: want {wants}, got {dtype} on {device}")
        self.settings, self.epoch = settings, 0
        self._given, self._samples = network, samples.to(device, dtype)
        parameters = network.a, network.b, network.c
        self._z = torch.stack([t.reshape(-1, network.m) for t in parameters])        # (3, B, m)
        shape = self._z.shape[1], _triton.COLUMNS.value
        self._numbers = torch.zeros(shape, dtype=torch.float64, device=device)       # (B, 7)
        self._numbers[:, STEP] = settings.step or 0
        self._numbers[:, ALPHA] = network.alpha.reshape(-1)
        self._numbers[:, BOUND] = torch.inf
        way = _Fused if network.m * dtype.itemsize <= ON_CHIP else _Dense
        with torch.cuda.device_of(self._z):
            self._way = way(self._z, self._numbers, self._samples, settings)
        self._advance(0)                                                 # finds the loss
        self._numbers[:, BOUND] = 1e6 * (self._numbers[:, LOSS] + 1)

    def advance(self, epochs: int, stops: Sequence[int] = ()) -> Seen | None:
        """Take that many further steps, as every engine does: see lib.engines.engine.Engine."""
        end, seen = self.epoch + epochs, []
        for stop in sorted({*stops, end}):
            self._stretch(stop - self.epoch)
            if self.epoch < stop:                    # all have come to the loss `until`
                break
            if stop in stops:
                seen.append(seen_now(self))
        return seen_together(seen)

    def _stretch(self, epochs):
        before = self._z.clone()
        self._advance(epochs)
        loss, bound, given = self._numbers[:, LOSS], self._numbers[:, BOUND], self.settings
        fine = (loss <= bound) & self._z.isfinite().all(-1).all(0)
        if not fine.all():  # the one wait for the device
            i = int((~fine).nonzero()[0])
            numbers, which = self._numbers[i].tolist(), i if len(fine) > 1 else None
            if given.step is None:
                stable = 2 * numbers[STEP] / given.safety
            else:
                alpha = self._numbers[i, ALPHA]
                stable = 2 / _curvature(before[:, i], alpha, self._samples, given).item()
            raise Diverged(self.epoch + int(numbers[DONE]), numbers[STEP], stable, which)
        self.epoch += int(self._numbers[:, DONE].max())

    def _advance(self, epochs):
        with torch.cuda.device_of(self._z):
            self._way.advance(epochs, self.epoch % self.settings.refresh)

    @property
    def parameters(self) -> Tensor:
        """a, b, c as they are now, (3, ..., m), in the dtype they were given in.

        Training goes on in the same memory.
        """
        return self._z.reshape(3, *self._given.a.shape)

    @property
    def network(self) -> Network:
        """The networks as they are now."""
        return Network(*self.parameters.clone(), self._given.alpha)

    @property
    def loss(self) -> Tensor:
        """1/2 sum rho^2, without penalties, (...) float64."""
        return self._number(LOSS)

    @property
    def step(self) -> Tensor:
        """The last learning rate used, (...) float64."""
        return self._number(STEP)

    @property
    def time(self) -> Tensor:
        """The sum of the learning rates, (...) float64."""
        return self._number(TIME)

    def _number(self, k):
        return self._numbers[:, k].clone().reshape(self._given.a.shape[:-1])


class _Fused:
    """advance() by one launch of the kernel: z (3, B, m) and numbers (B, 7) change in place."""

    def __init__(self, z, numbers, samples, settings):
        self.z, self.numbers, self.samples, self.settings = z, numbers, samples, settings
        self.scratch = z.new_empty(z.shape[1], 5, samples.s)
        pace = settings.step or 0.0, settings.safety, settings.tv, settings.decay, settings.until
        self.pace = torch.tensor(pace, dtype=torch.float64, device=z.device)
        self.shape = _triton.shape(z.shape[-1], samples.s, z.dtype.itemsize)

    def advance(self, epochs, start):
        given, (_, networks, m), samples = self.settings, self.z.shape, self.samples
        _triton.train[(networks,)](
            self.z, self.scratch, self.numbers, self.pace, samples.x, samples.y, networks, m,
            samples.s, epochs, start, given.refresh, AUTO=given.step is None, AB=given.train_ab,
            CC=given.train_c, EXTRAS=given.penalised, **self.shape)


class _Dense:
    """advance() by the dense formulas; on a card one step is captured as a graph and replayed."""

    def __init__(self, z, numbers, samples, settings):
        self.z, self.numbers, self.samples, self.settings = z, numbers, samples, settings
        self.pull = torch.zeros_like(z[:2])  # (2, B, m): p and q of `_triton`
        self._respond()
        self.step = self._captured() if z.is_cuda else self._step

    def advance(self, epochs, start):
        self.numbers[:, DONE] = 0
        for epoch in range(start, start + epochs):
            if self.settings.step is None and epoch % self.settings.refresh == 0:
                alive = self._alive()
                sound = torch.where(alive[:, None] & self.z.isfinite(), self.z, 0.0)
                bent = _curvature(sound, self.numbers[:, ALPHA], self.samples, self.settings)
                step = torch.where(bent > 0, self.settings.safety / bent, 0.0)
                self.numbers[:, STEP] = torch.where(alive, step, self.numbers[:, STEP])
            self.step()

    def _captured(self):
        kept = [(t, t.clone()) for t in (self.z, self.numbers, self.pull)]
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):  # libraries make their workspaces here
            for _ in range(3):
                self._step()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._step()
        for t, value in kept:
            t.copy_(value)
        return graph.replay

    def _alive(self):
        loss = self.numbers[:, LOSS]                                     # (B,)
        return (loss <= self.numbers[:, BOUND]) & (loss > self.settings.until)  # False for nan

    def _step(self):
        """Move; networks that have diverged, or come to the loss `until`, stand still."""
        given, (a, b, c), (p, q) = self.settings, self.z, self.pull      # (B, m) each
        change = torch.stack([c * p, -c * q, a * p - b * q])             # (3, B, m)
        if given.penalised:
            tv = given.tv / self.numbers[:, ALPHA, None].to(a.dtype)
            radius = torch.hypot(a, b)
            tilt = tv * torch.where(radius > 0, c.abs() / radius, 0.0)
            shrinking = torch.stack([tilt * a, tilt * b, tv * c.sign() * radius])
            change = change + given.decay * self.z + shrinking
        alive = self._alive()
        step = torch.where(alive, self.numbers[:, STEP], 0.0)
        moved = torch.where(alive[:, None], step[:, None].to(a.dtype) * change, 0.0)
        if given.train_ab:
            self.z[:2] -= moved[:2]
        if given.train_c:
            self.z[2] -= moved[2]
        self.numbers[:, TIME] += step
        self.numbers[:, DONE] += alive
        self._respond()

    def _respond(self):
        (a, b, c), samples = self.z, self.samples
        alpha = self.numbers[:, ALPHA, None].to(a.dtype)                 # (B, 1)
        active = (a[:, None] * samples.x[:, None] - b[:, None]).relu_()  # (B, s, m)
        rho = (active @ c[..., None])[..., 0] / alpha - samples.y        # (B, s)
        self.numbers[:, LOSS] = rho.square().sum(-1) / 2
        on = (active > 0).to(a.dtype)
        pull = torch.stack([rho * samples.x, rho], 1) @ on               # (B, 2, m)
        self.pull.copy_(pull.transpose(0, 1) / alpha)


def _curvature(z, alpha, samples, settings) -> Tensor:
    """What bounds the largest eigenvalue of the Hessian at z: (3, ..., m) (see Settings).

    Shape (...), float64.
    """
    network = Network(*z, alpha.to(z.dtype))
    kernel = tangent_kernel(network, samples.x, train=settings.train)
    top = torch.linalg.eigvalsh(kernel)[..., -1].double().clamp_min(0)
    moved = (top > 0) | settings.penalised
    if settings.train == "abc":  # else f is linear in what is trained
        rho = residuals(network, samples).double()
        terms = torch.stack([rho * samples.x, rho])                      # (2, ..., s)
        ways = terms.cumsum(-1), terms.flip(-1).cumsum(-1)  # neurons that face left, right
        top = top + (torch.hypot(*torch.cat(ways, -1)).amax(-1) + settings.tv) / alpha
    return torch.where(moved, top + settings.decay, 0.0)
