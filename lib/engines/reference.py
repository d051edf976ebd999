"""The readable engine: gradient descent as it is written, in torch, on any device and for any batch."""
import torch

from ..dynamics import gradient, loss, tangent_kernel, tv_gradient
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
        """Take that many further steps, keeping what `record` asks for; raises Diverged."""
        stable = self._stable_step()
        for _ in range(epochs):
            if self.epoch % self.settings.refresh == 0:
                if self.settings.step is None:
                    stable = self._stable_step()
                    self.step = torch.where(stable.isfinite(), self.settings.safety * stable / 2, 0.0)
            self._descend()
            self.epoch += 1
            if not bool((self.loss <= self.limit).all()):                # a nan is not <= either
                worst = int((~(self.loss <= self.limit)).flatten().nonzero()[0])
                raise Diverged(self.epoch, float(self.step.flatten()[worst]), float(stable.flatten()[worst]),
                               worst if self.loss.ndim else None)
            if record:
                record.look(self)

    def _stable_step(self):
        """2 / lambda_max of the tangent kernel at the samples, shape (...); infinite where no sample moves a neuron."""
        top = torch.linalg.eigvalsh(tangent_kernel(self.network, self.samples.x, train=self.trained))[..., -1]
        return 2 / top.clamp_min(0)

    def _descend(self):
        z, settings = self.network, self.settings
        ga, gb, gc = gradient(z, self.samples)                           # (..., m) each
        if settings.tv:
            pa, pb, pc = tv_gradient(z)
            ga, gb, gc = ga + settings.tv * pa, gb + settings.tv * pb, gc + settings.tv * pc
        if settings.decay:
            ga, gb, gc = ga + settings.decay * z.a, gb + settings.decay * z.b, gc + settings.decay * z.c
        eta = self.step[..., None]
        a, b = (z.a - eta * ga, z.b - eta * gb) if settings.train_ab else (z.a, z.b)
        c = z.c - eta * gc if settings.train_c else z.c
        self.time = self.time + self.step
        if not all(bool(t.isfinite().all()) for t in (a, b, c)):
            raise Diverged(self.epoch + 1, float(self.step.max()), float(self._stable_step().min()))
        self.network = Network(a, b, c, z.alpha)
