"""Training in the kernel regime, in closed form: one eigendecomposition gives f at every time."""
import math
import warnings
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .checks import kind, numbers, positive, real
from .laws import Law
from .network import Network
from .samples import Samples


@dataclass(frozen=True)
class Kernel:
    """k(x, x') = scale (K_RF(x, x') + (x x' + 1) c2 P(both on)), the limit of the tangent kernel
    for wide networks.

    c2 = 0 is the random-feature kernel (only c is trained).  Make one with rf(law) or ntk(law, c2).
    """

    law: Law
    c2: float = 0.0
    scale: float = 1.0

    def __post_init__(self):
        if not isinstance(self.law, Law):
            raise ValueError(f"law: want a law of lib.laws, got {self.law!r}")
        finite = lambda v: math.isfinite(v) and v >= 0
        c2 = real("c2", self.c2, "the mean of c^2, a finite number >= 0", finite)
        object.__setattr__(self, "c2", c2)
        object.__setattr__(self, "scale", positive("alpha_ratio", self.scale))

    def __call__(self, x, x2=None) -> Tensor:
        """The Gram matrix k(x_i, x2_j), shape (n, n2), at x: (n,) and x2: (n2,), by default x."""
        x, x2 = self._points(x, x2)
        gram = self.law.k_rf(x, x2)
        if self.c2:
            gram = gram + self.c2 * (x * x2 + 1) * self.law.both_active(x, x2)
        return self.scale * gram

    def curvature(self, x, x2=None) -> Tensor:
        """d^2/dx^2 k(x_i, x2_j) = scale nu(x) |x - x2| / 2, shape (n, n2); for c2 = 0 only, else
        there are kinks."""
        self.smooth()
        x, x2 = self._points(x, x2)
        return self.scale * self.law.nu(x) * (x - x2).abs() / 2

    def smooth(self) -> None:
        """Raises ValueError for c2 > 0."""
        if self.c2:
            raise ValueError(f"c2: a kernel with c2 = {self.c2} > 0 has a kink at x = x', "
                             "so no second derivative")

    @staticmethod
    def _points(x, x2):
        x = numbers("x", x)
        return x[:, None], x if x2 is None else numbers("x2", x2)


def rf(law: Law, alpha_ratio: float = 1.0) -> Kernel:
    """The random-feature kernel alpha_ratio E [a x - b]_+ [a x' - b]_+, alpha_ratio = m / alpha^2.
    Eq. (23)."""
    return Kernel(law, 0.0, alpha_ratio)


def ntk(law: Law, c2: float, alpha_ratio: float = 1.0) -> Kernel:
    """The neural tangent kernel alpha_ratio (K_RF + (x x' + 1) E(c^2) P(both on)), c independent of
    (a, b).

    alpha_ratio = m / alpha^2: 1 for alpha = sqrt(m).  Williams et al. 2019, Eq. (27), for every
    alpha.
    """
    return Kernel(law, c2, alpha_ratio)


def flow(K: Tensor, rho0: Tensor, t) -> Tensor:
    """The weights w(t) = (1 - exp(-t K)) K^-1 rho0 of the gradient flow f_t = f_0 - sum_j w_j(t)
    k(., x_j).

    K: (..., s, s) symmetric, positive semidefinite;  rho0: (..., s) the first residuals;  t: a time
    >= 0 or (T,), inf included.  Returns (..., s), or (T, ..., s).  Directions in which K is zero up
    to rounding keep weight 0: they do not move f, so w(inf) is the pseudo-inverse's K^+ rho0.
    Residuals: rho(t) = rho0 - K w(t).
    """
    t = _times("t", t, K, "times >= 0")
    return _filtered(K, rho0, lambda lam: -torch.expm1(-_outer(t, lam) * lam))


def descent(K: Tensor, rho0: Tensor, eta, steps) -> Tensor:
    """The weights (1 - (1 - eta K)^k) K^-1 rho0 after exactly k steps of gradient descent, as in
    `flow`.

    eta: a learning rate below 2 / lambda_max(K), else ValueError;  steps: a whole number >= 0 or
    (T,), inf included.
    """
    steps = _times("steps", steps, K, "whole numbers >= 0")
    if not (steps == steps.round()).all():
        raise ValueError(f"steps: want whole numbers >= 0, got {steps.tolist()}")
    eta = positive("eta", eta)
    top = float(torch.linalg.eigvalsh(K)[..., -1].max())
    if not eta * top < 2:
        raise ValueError("eta: want a learning rate in (0, 2 / lambda_max) = "
                         f"(0, {2 / top:.4g}), got {eta:.4g}")

    def grown(lam):
        factor = 1 - eta * lam
        k = _outer(steps, lam)
        # exact where eta lam is tiny
        slow = -torch.expm1(k * torch.log1p(-(eta * lam).clamp_max(0.5)))
        return torch.where(eta * lam <= 0.5, slow, 1 - factor ** k)

    return _filtered(K, rho0, grown)


class Interpolant:
    """f_t of the gradient flow from f_0 = 0 with a fixed kernel; t = inf is the least-norm
    interpolant.  Eq. (24).

    f(x) = sum_j w_j k(x, x_j),  w = (1 - exp(-t K)) K^-1 y,  K = k(X, X); a fit of least squares
    and least norm where K is singular.  kernel: a Kernel, or any k(x, x2) -> (n, n2) (only a Kernel
    has a curvature and a spline); t: a time or (T,); then everything has a leading axis T.  Warns
    (RuntimeWarning) where f(x_j) at t = inf is off y_j by more than 1e-3 max|y|: K is singular, or
    the samples are so close that the rounding of k(x, x_j) decides.  Raises ValueError where K is
    not finite.
    """

    def __init__(self, kernel, samples: Samples, t=math.inf):
        if not callable(kernel):
            raise ValueError(f"kernel: want a Kernel or a function k(x, x2), got {kernel!r}")
        self.kernel, self.samples = kernel, kind("samples", samples, Samples)
        self.gram = kernel(samples.x, samples.x)
        if not self.gram.isfinite().all():
            raise ValueError("samples: so far apart that k(x, x) has values that are not finite")
        self.weights = flow(self.gram, samples.y, t)                                    # (..., s)
        tiny = torch.finfo(samples.y.dtype).tiny             # below it nothing has digits
        size = max(float(samples.y.abs().max()), tiny)
        off = self.residual[numbers("t", t, self.gram) == math.inf]
        if not (off <= 1e-3 * size).all():                              # nan is off too
            warnings.warn("samples: their kernel matrix is singular, or nearly: "
                          f"f is off y by up to {float(off.max()):.2g}",
                          RuntimeWarning, stacklevel=2)

    def __call__(self, x) -> Tensor:
        """f at x: (n,), shape (..., n)."""
        return self.weights @ self.kernel(numbers("x", x, self.gram), self.samples.x).mT

    def curvature(self, x) -> Tensor:
        """f'' at x: (n,), shape (..., n): nu times the linear spline `spline`.  Theorem 5,
        corrected."""
        return self.weights @ self.kernel.curvature(x, self.samples.x).mT

    def spline(self, x) -> Tensor:
        """f'' / nu = 1/2 sum_j w_j |x - x_j| (times the kernel's scale): piecewise linear with
        knots at the samples."""
        self.kernel.smooth()
        x = numbers("x", x)
        return self.kernel.scale * (self.weights @ (x[:, None] - self.samples.x).abs().mT) / 2

    @property
    def residual(self) -> Tensor:
        """max_j |f(x_j) - y_j|, shape (...): at t = inf what the arithmetic leaves."""
        return (self.weights @ self.gram.mT - self.samples.y).abs().amax(-1)

    @property
    def norm2(self) -> Tensor:
        """|f|^2 in the kernel's space, w^T K w, shape (...)."""
        return torch.einsum("...i,ij,...j->...", self.weights, self.gram, self.weights)


def train_c_exact(network: Network, samples: Samples, *, steps=None, t=None, eta=None) -> Network:
    """The network after training only c, exactly: k steps of gradient descent, or gradient flow for
    a time t.

    With Phi_ji = [a_i x_j - b_i]_+ / alpha and K = Phi Phi^T:  c = c_0 - Phi^T w, w from `descent`
    or `flow`, so that k = inf gives the c of least |c - c_0| that fits.  network: (..., m);  steps
    or t: one number, inf included; eta: the learning rate, by default 1 / lambda_max(K) of each
    network.  Eq. (22), corrected (c - c_0, not c).
    """
    if (steps is None) == (t is None):
        raise ValueError(f"steps, t: want exactly one of them, got steps={steps}, t={t}")
    samples = kind("samples", samples, Samples).like(kind("network", network, Network).a)
    pre = network.a[..., None, :] * samples.x[:, None] - network.b[..., None, :]  # (..., s, m)
    phi = pre.relu() / network.alpha[..., None, None]
    K, rho0 = phi @ phi.mT, network(samples.x) - samples.y
    if t is not None:
        weights = flow(K, rho0, t)
    elif eta is not None:
        weights = descent(K, rho0, eta, steps)
    else:  # each network has its own 1 / lambda_max: descend on K / lambda_max with learning rate 1
        top = torch.linalg.eigvalsh(K)[..., -1:]
        top = torch.where(top > 0, top, 1.0)  # no neuron on at any sample: c stays
        weights = descent(K / top[..., None], rho0, 1.0, steps) / top
    return replace(network, c=network.c - (weights[..., None, :] @ phi).squeeze(-2))


def _filtered(K: Tensor, rho0: Tensor, grown) -> Tensor:
    """V (grown(lam) / lam) V^T rho0 over the eigenvalues lam of K that are not zero up to
    rounding."""
    lam, V = torch.linalg.eigh(K)  # (..., s), (..., s, s)
    live = lam > min(K.shape[-1], 16) * torch.finfo(K.dtype).eps * lam[..., -1:]
    safe = torch.where(live, lam, 1.0)
    part = torch.where(live, grown(safe), 0.0)

    def along(weights, v):
        return (V @ (weights * (V.mT @ v[..., None]).squeeze(-1))[..., None]).squeeze(-1)

    wanted = along(part, rho0.to(K.dtype))
    weights = along(part / safe, rho0.to(K.dtype))
    # eigenvalues are right to lambda_max eps only: K w is brought to what it should be
    for _ in range(2):
        weights = weights + along(part / safe, wanted - (K @ weights[..., None]).squeeze(-1))
    return weights


def _times(name: str, value, K: Tensor, wants: str) -> Tensor:
    """Numbers >= 0, or a vector of them, inf included, in the dtype of K."""
    times = numbers(name, value, K)
    if times.ndim > 1 or not (times >= 0).all():
        raise ValueError(f"{name}: want {wants}, got {value!r}")
    return times


def _outer(t: Tensor, lam: Tensor) -> Tensor:
    """t with one new axis for each axis of lam."""
    return t.reshape(*t.shape, *[1] * lam.ndim)
