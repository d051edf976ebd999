"""The readable engine: gradient descent as it is written, in torch, on any device, for any batch.

It is the definition of what the other engines do; start reading here.
"""
from collections.abc import Sequence

import torch

from ..dynamics import gradient, loss, residuals, tangent_kernel
from ..network import Network
from ..samples import Samples
from ..variation import tv_gradient
from .engine import Diverged, Seen, Settings
from .record import seen_now, seen_together


class Engine:
    """Full-batch gradient descent by the dense formulas; O(m s) work an epoch."""

    def __init__(self, network: Network, samples: Samples, settings: Settings):
        self.network, self.samples, self.settings = network, samples, settings
        self.epoch = 0
        self.time = torch.zeros_like(network.a[..., 0])                  # (...)
        self.step = torch.full_like(self.time, settings.step or 0.0)
        self.limit = 1e6 * (self.loss + 1)

    @property
    def parameters(self):
        """a, b, c, (..., m) each."""
        return self.network.a, self.network.b, self.network.c

    @property
    def loss(self):
        """1/2 sum of the squared residuals, shape (...)."""
        return loss(self.network, self.samples)

    def advance(self, epochs: int, stops: Sequence[int] = ()) -> Seen | None:
        """Take that many further steps, as every engine does: see lib.engines.engine.Engine."""
        settings, before, seen = self.settings, self.network, []
        now, stops = self.loss, set(stops)
        for _ in range(epochs):
            moving = now > settings.until
            if not bool(moving.any()):
                break
            if settings.step is None and self.epoch % settings.refresh == 0:
                before = self.network
                curvature = self._curvature(before)
                self.step = torch.where(curvature > 0, settings.safety / curvature, 0.0)
            self._descend(torch.where(moving, self.step, 0.0), before)
            self.epoch += 1
            now = self.loss
            if not bool((now <= self.limit).all()):                      # a nan is not <= either
                worst = int((~(now <= self.limit)).flatten().nonzero()[0])
                self._diverged(before, worst)
            if self.epoch in stops:
                seen.append(seen_now(self))
        return seen_together(seen)

    def _curvature(self, z):
        """What bounds the largest eigenvalue of the Hessian (see Settings), (...).

        0 where nothing moves any neuron.
        """
        settings, x = self.settings, self.samples.x
        kernel = tangent_kernel(z, x, train=settings.train)
        top = torch.linalg.eigvalsh(kernel.nan_to_num())[..., -1].clamp_min(0)
        top = torch.where(kernel.isfinite().all(-1).all(-1), top, torch.inf)
        moved = (top > 0) | settings.penalised
        if settings.train == "abc":                          # else f is linear in what is trained
            terms = residuals(z, self.samples)[..., None] * self.samples.tilde       # (..., s, 2)
            after = terms.flip(-2).cumsum(-2).norm(dim=-1).amax(-1)      # neurons that face right
            before = terms.cumsum(-2).norm(dim=-1).amax(-1)              # and left
            top = top + (torch.maximum(after, before) + settings.tv) / z.alpha
        return torch.where(moved, top + settings.decay, 0.0)

    def _descend(self, step, before):
        z, settings = self.network, self.settings
        ga, gb, gc = gradient(z, self.samples)                           # (..., m) each
        if settings.tv:
            pa, pb, pc = tv_gradient(z)
            ga, gb, gc = ga + settings.tv * pa, gb + settings.tv * pb, gc + settings.tv * pc
        if settings.decay:
            mu = settings.decay
            ga, gb, gc = ga + mu * z.a, gb + mu * z.b, gc + mu * z.c
        eta = step[..., None]
        a, b = (z.a - eta * ga, z.b - eta * gb) if settings.train_ab else (z.a, z.b)
        c = z.c - eta * gc if settings.train_c else z.c
        self.time = self.time + step
        try:
            self.network = Network(a, b, c, z.alpha)
        except ValueError:                                               # they are not finite
            finite = (a.isfinite() & b.isfinite() & c.isfinite()).all(-1)
            self.epoch += 1
            self._diverged(before, int((~finite).flatten().nonzero()[0]))

    def _diverged(self, before, worst):
        """Raises, with the step that was stable for `before`, the network when last looked at."""
        step, stable = self.step.flatten()[worst], (2 / self._curvature(before)).flatten()[worst]
        which = worst if self.time.ndim else None
        raise Diverged(self.epoch, float(step), float(stable), which)
