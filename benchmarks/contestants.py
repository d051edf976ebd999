"""Who takes part: each contestant is a function (network, samples, step) -> run(epochs), and run is
what is timed."""
import jax
import jax.numpy as jnp
import numba
import torch

from lib.engines.cpu import Engine
from lib.engines.engine import Settings
from lib.network import Network
from lib.samples import Samples

single = torch.float32


def torch_autograd(network: Network, samples: Samples, step: float):
    """What one writes first: a loss, backward() and torch.optim.SGD."""
    a, b, c = (torch.nn.Parameter(t.to(single).clone()) for t in (network.a, network.b, network.c))
    x, y, alpha = samples.x.to(single)[:, None], samples.y.to(single), network.alpha.item()
    descent = torch.optim.SGD([a, b, c], lr=step)

    def run(epochs):
        for _ in range(epochs):
            descent.zero_grad()
            loss = (((a * x - b).relu() @ c / alpha - y) ** 2).sum() / 2
            loss.backward()
            descent.step()

    return run


def torch_analytic(network: Network, samples: Samples, step: float):
    """The gradient by hand, as matrix products."""
    a, b, c = (t.to(single).clone() for t in (network.a, network.b, network.c))
    x, y, alpha = samples.x.to(single), samples.y.to(single), network.alpha.item()

    def run(epochs):
        for _ in range(epochs):
            active = torch.addcmul(-b, a, x[:, None]).relu_()            # (s, m)
            rho = active @ c / alpha - y
            on = (active > 0).to(single)
            px, p1 = step / alpha * ((rho * x) @ on), step / alpha * (rho @ on)
            a.sub_(c * px), b.add_(c * p1), c.sub_(step / alpha * (rho @ active))

    return run


def jax_scan(network: Network, samples: Samples, step: float):
    """jax.jit of lax.scan over jax.grad: the whole run is one compiled loop."""
    z = tuple(jnp.asarray(t.to(single).numpy()) for t in (network.a, network.b, network.c))
    x, y, alpha = (
        jnp.asarray(samples.x.to(single).numpy()), jnp.asarray(samples.y.to(single).numpy()),
        network.alpha.item(),
    )

    def loss(z):
        a, b, c = z
        return (((jax.nn.relu(a * x[:, None] - b) @ c) / alpha - y) ** 2).sum() / 2

    def descend(z, _):
        return jax.tree.map(lambda t, g: t - step * g, z, jax.grad(loss)(z)), None

    loop = jax.jit(lambda z, epochs: jax.lax.scan(descend, z, length=epochs)[0], static_argnums=1)
    compiled = {}

    def run(epochs):
        jax.block_until_ready(compiled[epochs](z))

    def prepare(epochs):
        compiled[epochs] = loop.lower(z, epochs).compile()

    run.prepare = prepare
    return run


def _ours(dtype):
    def contestant(network: Network, samples: Samples, step: float):
        engine = Engine(network.to(dtype), samples, Settings(step=step, threads=1))

        def run(epochs):
            engine.advance(epochs)
            return engine.network

        return run

    return contestant


@numba.njit(fastmath=True, nogil=True)
def _stream(a, b, c, p, q, epochs):
    for _ in range(epochs):
        for i in range(len(a)):
            u, v, w = a[i], b[i], c[i]
            a[i], b[i], c[i] = u - p * w, v + q * w, w - p * u + q * v


def stream_bound(network: Network, samples: Samples, step: float):
    """No training: load, update and store a, b, c, with no data; what an engine could at best come
    near."""
    a, b, c = (t.to(single).numpy().copy() for t in (network.a, network.b, network.c))
    tiny = a.dtype.type(1e-9)
    return lambda epochs: _stream(a, b, c, tiny, tiny, epochs)


CONTESTANTS = {
    "ours, float32": _ours(torch.float32),
    "ours, float64": _ours(torch.float64),
    "streaming bound": stream_bound,
    "JAX, jit of scan": jax_scan,
    "torch, by hand": torch_analytic,
    "torch, autograd + SGD": torch_autograd,
}
