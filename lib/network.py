"""One-hidden-layer ReLU networks of one variable, in full and in canonical parameters.

Both classes are batches: the last axis counts the m neurons, any axes before it count networks.
"""
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from .angles import directions
from .checks import floating, numbers, points
from .scales import ordinary, power, product, span

CHUNK = 1 << 16  # a dense (..., n, m) table of this size stays in the cache of a processor


@dataclass(frozen=True, eq=False)
class Network:
    """f(x) = (1/alpha) sum_i c_i [a_i x - b_i]_+.

    a, b, c: (..., m);  alpha: a positive number, or one per network, shape (...).
    All are copied.  Raises ValueError naming the argument for shapes that do not match, m = 0,
    values that are not finite, alpha <= 0.

    >>> hat = Network([1, 1, 1], [-1, 0, 1], [1, -2, 1], alpha=1)
    >>> hat([-2, -0.5, 0, 1]).tolist()
    [0.0, 0.5, 1.0, 0.0]
    >>> hat.m, hat.knots.tolist(), hat.delta.tolist()
    (3, [-1.0, 0.0, 1.0], [-1.0, 3.0, -1.0])

    Williams et al. 2019, Eq. (1).
    """

    a: Tensor
    b: Tensor
    c: Tensor
    alpha: Tensor | float

    def __post_init__(self):
        a, b, c = _parameters(a=self.a, b=self.b, c=self.c)
        alpha = _normalisation(self.alpha, a)
        plain = ordinary(*_finite(a=a, b=b, c=c, alpha=alpha), a.dtype)
        for name, value in dict(a=a, b=b, c=c, alpha=alpha, _plain=plain).items():
            object.__setattr__(self, name, value)

    @property
    def m(self) -> int:
        """The number of neurons."""
        return self.a.shape[-1]

    @property
    def parameters(self) -> tuple[Tensor, Tensor, Tensor]:
        """a, b, c, (..., m) each."""
        return self.a, self.b, self.c

    @property
    def mass(self) -> Tensor:
        """(1/m) sum |r_i| = (1/alpha) sum |c_i| rho_i, shape (...)."""
        return product(self.c.abs(), self.rho, over=(self.alpha[..., None],)).sum(-1)

    @property
    def rho(self) -> Tensor:
        """The radii rho_i = sqrt(a_i^2 + b_i^2), shape (..., m)."""
        return torch.hypot(self.a, self.b)

    @property
    def delta(self) -> Tensor:
        """The invariants delta_i = c_i^2 - a_i^2 - b_i^2, shape (..., m).  Eq. (18), (44)."""
        unit = power(torch.maximum(self.c.abs(), self._size))
        a, b, c = self.a / unit, self.b / unit, self.c / unit
        return product(c**2 - a**2 - b**2, unit, unit)

    @property
    def knots(self) -> Tensor:
        """Where each neuron switches, e_i = b_i / a_i, (..., m); no finite number where a_i = 0.

        Williams et al. 2019, Sec. 2.2.
        """
        return self.b / self.a

    def __call__(self, x) -> Tensor:
        """f at the points x: (n,), as (..., n)."""
        if self._plain:
            return _evaluate(self.a, self.b, self.c / self.alpha[..., None], x)
        return _evaluate(*_balanced(self.a, self.b, self.c, self.alpha), x)

    def activations(self, x) -> Tensor:
        """Which neurons are on at which points, 1(a_i x_j - b_i > 0), as bool (..., n, m)."""
        x, a, b = points(x, self.a), self.a, self.b
        if not self._plain:
            a, b = (value / power(self._size) for value in (a, b))
        return a[..., None, :] * x[:, None] - b[..., None, :] > 0

    def canonical(self) -> "Canonical":
        """pi(z): r = (m/alpha) c rho, theta = atan2(-b, a).

        >>> point = Network([3], [-4], [2], alpha=1).canonical()
        >>> point.r.tolist(), round(point.theta.item(), 4)
        ([10.0], 0.9273)

        Eq. (5), corrected (the printed arctan fails for a < 0).
        """
        r = product(self.a.new_tensor(self.m), self.c, self.rho, over=(self.alpha[..., None],))
        return Canonical(r, torch.atan2(-self.b, self.a))

    def full(self) -> "Network":
        """Itself: what a Canonical answers, this does."""
        return self

    def rescale(self, k) -> "Network":
        """(a, b, c) -> (k a, k b, c / k) for k > 0, a number or (..., m): equal f, another delta.

        Raises ValueError for other k.  Williams et al. 2019, Sec. 2.1.
        """
        k = numbers("k", k, self.a)
        _fits("k", k, self.a)
        if not (k.isfinite() & (k > 0)).all():
            raise ValueError(f"k: want positive finite factors, got {k}")
        return Network(k * self.a, k * self.b, self.c / k, self.alpha)

    def to(self, *args, **kwargs) -> "Network":
        """The same network on another device or in another dtype (as torch.Tensor.to)."""
        return Network(*(t.to(*args, **kwargs) for t in (self.a, self.b, self.c, self.alpha)))

    def __getitem__(self, index) -> "Network":
        """The networks at `index` of the leading axes."""
        if not self.a.ndim > 1:
            raise IndexError("this is one network, not a batch of them")
        alpha = self.alpha[index] if self.alpha.ndim else self.alpha
        return Network(self.a[index], self.b[index], self.c[index], alpha)

    @property
    def _size(self) -> Tensor:
        return torch.maximum(self.a.abs(), self.b.abs())


@dataclass(frozen=True, eq=False)
class Canonical:
    """f(x) = (1/m) sum_i r_i <x~, d(theta_i)>_+,  x~ = (x, 1), d(theta) = (cos theta, sin theta).

    r, theta: (..., m).  Raises ValueError as Network does.

    >>> one = Canonical([10], [0])
    >>> one([-1, 0, 0.5]).tolist(), one.uv.tolist()
    ([0.0, 0.0, 5.0], [[10.0, 0.0]])

    Williams et al. 2019, Eq. (4).
    """

    r: Tensor
    theta: Tensor

    def __post_init__(self):
        r, theta = _parameters(r=self.r, theta=self.theta)
        _finite(r=r, theta=theta)
        object.__setattr__(self, "r", r)
        object.__setattr__(self, "theta", theta)

    @property
    def m(self) -> int:
        """The number of neurons."""
        return self.r.shape[-1]

    @property
    def parameters(self) -> tuple[Tensor, Tensor]:
        """r, theta, (..., m) each."""
        return self.r, self.theta

    @property
    def mass(self) -> Tensor:
        """(1/m) sum |r_i|, shape (...)."""
        return (self.r.abs() / self.m).sum(-1)

    @property
    def knots(self) -> Tensor:
        """e_i = -tan(theta_i), shape (..., m)."""
        return -torch.tan(self.theta)

    @property
    def uv(self) -> Tensor:
        """The particles (u, v) = |r| (cos theta, sin theta), shape (..., m, 2).  Eq. (6)."""
        return self.r.abs()[..., None] * directions(self.theta)

    def __call__(self, x) -> Tensor:
        """f at the points x: (n,), as (..., n)."""
        return _evaluate(torch.cos(self.theta), -torch.sin(self.theta), self.r / self.m, x)

    def activations(self, x) -> Tensor:
        """Which neurons are on at which points, 1(<x~_j, d(theta_i)> > 0), as bool (..., n, m)."""
        x, theta = points(x, self.r), self.theta[..., None, :]
        return torch.cos(theta) * x[:, None] + torch.sin(theta) > 0

    def canonical(self) -> "Canonical":
        """Itself: what a Network answers, this does."""
        return self

    def full(self) -> Network:
        """The network with the same function, equal layers (delta = 0) and alpha = m."""
        return self.lift(0.0, self.m)

    def lift(self, delta, alpha) -> Network:
        """The network with these (r, theta) and the given invariants delta: a number or (..., m).

        With kappa = alpha r / m:  c^2 = (delta + sqrt(delta^2 + 4 kappa^2)) / 2,  sign c = sign r,
        rho = |kappa / c|.  Raises ValueError for infinite delta, alpha <= 0.
        >>> lifted = Canonical([10], [0]).lift(delta=-21, alpha=1)
        >>> [lifted.a.item(), lifted.c.item(), lifted.delta.item()]
        [5.0, 2.0, -21.0]

        Unique unless r = 0 and delta > 0, where the sign of c is free: we take c > 0.
        Eq. (45), corrected (the printed one holds for alpha = m only).
        """
        delta = numbers("delta", delta, self.r)
        _fits("delta", delta, self.r)
        if not delta.isfinite().all():
            cause = "for delta = -inf train only c, for +inf only (a, b)"
            raise ValueError(f"delta: want finite invariants; {cause}")
        alpha = _normalisation(alpha, self.r)
        m = self.r.new_tensor(self.m)
        kappa = product(alpha[..., None], self.r, over=(m,)).abs()       # |c| rho, (..., m)
        # sqrt(delta^2 + 4 kappa^2) + delta cancels for delta < 0; the product |c| rho does not
        half = delta.abs() / 2
        large = (torch.hypot(half, kappa) + half).sqrt()                 # max(|c|, rho)
        small = torch.where(large > 0, kappa / large, 0.0)
        c, rho = (torch.where(delta >= 0, p, q) for p, q in ((large, small), (small, large)))
        c = torch.where(self.r < 0, -c, c)
        return Network(rho * torch.cos(self.theta), -rho * torch.sin(self.theta), c, alpha)


def _parameters(**named) -> list[Tensor]:
    values = {name: floating(name, value) for name, value in named.items()}
    shapes = {name: tuple(value.shape) for name, value in values.items()}
    if len(set(shapes.values())) > 1 or () in shapes.values():
        raise ValueError(f"{', '.join(named)}: want one shape (..., m) for all, got {shapes}")
    first = next(iter(values.values()))
    for name, value in values.items():
        if value.numel() == 0:
            shape = tuple(value.shape)
            raise ValueError(f"{name}: want at least one neuron and one network, got shape {shape}")
        if value.dtype != first.dtype or value.device != first.device:
            got = f"{value.dtype} on {value.device}"
            raise ValueError(f"{name}: want the dtype and device of the others, got {got}")
    return list(values.values())


def _finite(**values: Tensor) -> tuple[float, float]:
    """The span of these values, which must all be finite."""
    low, high = span(*values.values())
    if not math.isfinite(high):
        name, bad = next((n, k) for n, v in values.items() if (k := int((~v.isfinite()).sum())))
        raise ValueError(f"{name}: {bad} of {values[name].numel()} values are not finite")
    return low, high


def _normalisation(alpha, parameters: Tensor) -> Tensor:
    """alpha as a positive number, or one for each network of the parameters (..., m); a copy."""
    alpha, batch = numbers("alpha", alpha, parameters).detach().clone(), parameters.shape[:-1]
    if alpha.ndim and alpha.shape != batch:
        wants = f"a number or shape {tuple(batch)} (one per network)"
        raise ValueError(f"alpha: want {wants}, got {tuple(alpha.shape)}")
    low, high = (end.item() for end in alpha.aminmax())
    if not 0 < low <= high < math.inf:
        raise ValueError(f"alpha: want a positive finite normalisation, got {alpha}")
    return alpha


def _fits(name: str, value: Tensor, parameters: Tensor) -> None:
    """Refuse what has no value for each of the parameters."""
    try:
        value.expand(parameters.shape)
    except RuntimeError:
        wants = f"a number or shape {tuple(parameters.shape)}"
        raise ValueError(f"{name}: want {wants}, got shape {tuple(value.shape)}") from None


def _balanced(a: Tensor, b: Tensor, c: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(a, b, c / alpha) of the same function, each neuron rescaled by a power of two: equal layers.

    Then no product of the two overflows or vanishes where the function does not.
    """
    outer = torch.frexp(c).exponent - torch.frexp(alpha).exponent[..., None]
    shift = (outer - torch.frexp(torch.maximum(a.abs(), b.abs())).exponent) // 2
    edge = math.frexp(torch.finfo(c.dtype).max)[1] - 4
    unit = torch.ldexp(torch.ones_like(c), shift.clamp(-edge, edge))
    return a * unit, b * unit, c / unit / alpha[..., None]


def _evaluate(a: Tensor, b: Tensor, weight: Tensor, x) -> Tensor:
    """sum_i weight_i [a_i x - b_i]_+ at x: (n,), in pieces, for a small (..., n, m) table."""
    x = points(x, a)
    a, b, weight = (t[..., None, :] for t in (a, b, weight))
    dense = lambda p: (weight * (a * p[:, None] - b).relu()).sum(-1)
    at_once = max(1, CHUNK // a.numel())
    if len(x) <= at_once:
        return dense(x)
    return torch.cat([dense(piece) for piece in x.split(at_once)], -1)
