"""The readable engine: gradient descent as it is written, in torch, on any device and for any batch."""
import torch

from ..dynamics import gradient, loss, residuals, tangent_kernel, tv_gradient
from ..network import Network
from .record import Record
from .settings import Diverged, Settings


class Engine:
    """Full-batch gradient descent by the dense formulas; O(m s) work an epoch."""

    def __init__(self, network: Network, samples, settings: Settings):
        self.network, self.samples, self.settings = network, samples, settings
        self.epoch = 0
        self.time = torch.zeros_like(network.a[..., 0])                  # (...)
        self.step = torch.full_like(self.time, settings.step or 0.0)
        self.trained = "ab" * settings.train_ab + "c" * settings.train_c
        self.limit = 1e6 * (self.loss + 1)

    @property
    def parameters(self):
        """a, b, c, (..., m) each."""
        return self.network.a, self.network.b, self.network.c

    @property
    def loss(self):
        """1/2 sum of the squared residuals, shape (...)."""
        return loss(self.network, self.samples)

    def advance(self, epochs: int, record: Record | None = None):
        """Take that many further steps, keeping what `record` asks for; raises Diverged.

        A network stands still from the loss `until` on; where all do, the epochs end there.
        """
        settings, before = self.settings, self.network
        now = self.loss
        for _ in range(epochs):
            moving = now > settings.until
            if not bool(moving.any()):
                return
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
            if record:
                record.look(self)

    def _curvature(self, z):
        """What bounds the largest eigenvalue of the Hessian (see Settings), (...); 0 where nothing moves any neuron."""
        settings, x = self.settings, self.samples.x
        kernel = tangent_kernel(z, x, train=self.trained)
        top = torch.linalg.eigvalsh(kernel.nan_to_num())[..., -1].clamp_min(0)
        top = torch.where(kernel.isfinite().all(-1).all(-1), top, torch.inf)
        moved = (top > 0) | bool(settings.tv or settings.decay)
        if self.trained == "abc":                                        # else f is linear in what is trained
            terms = residuals(z, self.samples)[..., None] * self.samples.tilde             # (..., s, 2)
            after = terms.flip(-2).cumsum(-2).norm(dim=-1).amax(-1)      # regions of neurons that face right
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
            ga, gb, gc = ga + settings.decay * z.a, gb + settings.decay * z.b, gc + settings.decay * z.c
        eta = step[..., None]
        a, b = (z.a - eta * ga, z.b - eta * gb) if settings.train_ab else (z.a, z.b)
        c = z.c - eta * gc if settings.train_c else z.c
        self.time = self.time + step
        finite = (a.isfinite() & b.isfinite() & c.isfinite()).all(-1)
        if not bool(finite.all()):
            self.epoch += 1
            self._diverged(before, int((~finite).flatten().nonzero()[0]))
        self.network = Network(a, b, c, z.alpha)

    def _diverged(self, before, worst):
        """Raises, with the step that was stable for `before`, the network when last looked at."""
        stable = (2 / self._curvature(before)).flatten()[worst]
        raise Diverged(self.epoch, float(self.step.flatten()[worst]), float(stable), worst if self.time.ndim else None)
