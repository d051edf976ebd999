"""Laws of the first layer (a, b): how to draw from them, where their knots lie, and the kernels
they make.

All laws here are symmetric under (a, b) -> (-a, -b).  For such a law two densities on the line say
everything:

    n(u) = E|a| p(b = a u | a),  nu(u) = E|a|^3 p(b = a u | a).

n says where the knots b/a lie, and makes the probability that two points are both on; nu says how
much curvature the neurons can make there, and makes the kernel K_RF.

They differ as soon as |a| varies, and it is nu that belongs in Theorem 5 (the paper prints n
there).
"""
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from .checks import floating, numbers, positive, whole


class Law:
    """A symmetric law of (a, b); each subclass gives one shape, in the variable v = (u - centre) /
    width.

    A subclass sets, in __post_init__, `moments` M = E (a,b)(a,b)^T as ((aa, ab), (ab, bb)),
    `centre`, `width`, the heights `n0`, `nu0` and `breaks`, the knots u at which nu is not smooth
    (`support` where it is not the whole line); and defines the even shapes _n and _nu of v, an odd
    antiderivative _N of _n, and what lies to the left of v,

        _tail = int_-inf^v n(w) dw,  _L1 = int_-inf^v (v - w) nu(w) dw,
        _L2 = int_-inf^v (v - w)^2 nu(w) dw,

    positive and without cancellation, however small.
    """

    breaks: tuple[float, ...] = ()
    support: tuple[float, float] = (-math.inf, math.inf)

    def sample(self, m: int, seed: int, batch: tuple[int, ...] = ()) -> tuple[Tensor, Tensor]:
        """m neurons drawn independently for each network of a batch: (a, b), each (*batch, m),
        float64."""
        m = whole("m", m, 1, wants="a positive whole number of neurons")
        seed = whole("seed", seed, -(2**63), 2**64 - 1)
        return self._draw((*batch, m), torch.Generator().manual_seed(seed))

    @property
    def M(self) -> Tensor:
        """The second moments E (a, b)(a, b)^T, shape (2, 2)."""
        return torch.tensor(self.moments, dtype=torch.float64)

    def n(self, u) -> Tensor:
        """The density of the knots b/a at u, shape of u; integrates to 1."""
        return self.n0 * self._n(self._v(u))

    def nu(self, u) -> Tensor:
        """The curvature weight nu(u) = E|a|^3 p(b = a u | a), shape of u; integrates to E a^2.

        Theorem 5, corrected (printed with |a|).
        """
        return self.nu0 * self._nu(self._v(u))

    def N(self, u) -> Tensor:
        """An antiderivative of n, shape of u: N(u) - N(u') is the probability of a knot between u'
        and u."""
        return self.n0 * self.width * self._N(self._v(u))

    def k_rf(self, x, x2) -> Tensor:
        """E [a x - b]_+ [a x' - b]_+ for all real x, x' that broadcast.

        Both are on where a > 0 and the knot is left of p = min(x, x'), or a < 0 and it is right of
        q = max(x, x'):

            K = 1/2 int_-inf^p (p - u)(q - u) nu(u) du + 1/2 int_q^inf (u - p)(u - q) nu(u) du
              = (M_aa x x' - M_ab (x + x') + M_bb) / 2 + 1/2 int_p^q (u - p)(q - u) nu(u) du.

        The first form is the one in use: nothing cancels, far from the law or between close points.
        Williams et al. 2019, Eq. (23), (26), corrected.
        """
        x, x2 = numbers("x", x), numbers("x2", x2)
        p, q = torch.minimum(x, x2), torch.maximum(x, x2)
        left, right, gap = self._v(p), -self._v(q), (q - p) / self.width
        parts = self._L2(left) + gap * self._L1(left) + self._L2(right) + gap * self._L1(right)
        return self.nu0 * self.width**3 * parts / 2

    def both_active(self, x, x2) -> Tensor:
        """P(a x > b and a x' > b) = (1 - |N(x) - N(x')|) / 2 for all real x, x' that broadcast.  In
        Eq. (27)."""
        x, x2 = numbers("x", x), numbers("x2", x2)
        between = (self.N(x) - self.N(x2)).abs()
        left, right = self._v(torch.minimum(x, x2)), -self._v(torch.maximum(x, x2))
        outside = self._tail(left) + self._tail(right)
        return torch.where(between < 0.5, 1 - between, self.n0 * self.width * outside) / 2

    def _v(self, u) -> Tensor:
        return (numbers("u", u) - self.centre) / self.width


@dataclass(frozen=True)
class Box(Law):
    """a ~ U(-A, A) and b ~ U(-B, B), independent; A = B = 1 is what torch.nn.Linear(1, m) draws.

    nu = A^3/(8B) min(1, v^-4), n = A/(4B) min(1, v^-2) with v = u A/B: constant for |u| <= B/A,
    tails beyond. Raises ValueError unless A, B > 0.
    """

    A: float = 1.0
    B: float = 1.0

    def __post_init__(self):
        A, B = positive("A", self.A), positive("B", self.B)
        _set(self, A=A, B=B, moments=((A * A / 3, 0.0), (0.0, B * B / 3)), centre=0.0, width=B / A,
             n0=A / (4 * B), nu0=A * A * A / (8 * B), breaks=(-B / A, B / A))

    def _draw(self, shape, generator):
        a, b = 2 * torch.rand(2, *shape, generator=generator, dtype=torch.float64) - 1
        return self.A * a, self.B * b

    def _n(self, v):
        return v.abs().clamp_min(1) ** -2

    def _N(self, v):
        return torch.where(v.abs() <= 1, v, v.sign() * (2 - 1 / v.abs().clamp_min(1)))

    def _nu(self, v):
        return v.abs().clamp_min(1) ** -4

    def _tail(self, v):
        w = v.abs().clamp_min(1)
        return torch.where(v <= -1, 1 / w, torch.where(v < 1, 2 + v, 4 - 1 / w))

    def _L1(self, v):
        w = v.abs().clamp_min(1)
        inner, beyond = v**2 / 2 + 4 * v / 3 + 1, 8 * w / 3 + 1 / (6 * w**2)
        return torch.where(v <= -1, 1 / (6 * w**2), torch.where(v < 1, inner, beyond))

    def _L2(self, v):
        w = v.abs().clamp_min(1)
        inner, beyond = ((v / 3 + 4 / 3) * v + 2) * v + 4 / 3, 8 * (w**2 + 1) / 3 - 1 / (3 * w)
        return torch.where(v <= -1, 1 / (3 * w), torch.where(v < 1, inner, beyond))


@dataclass(frozen=True)
class Signed(Law):
    """a = +1 or -1 with probability one half, b ~ U(-R, R): n = nu = 1/(2R) on [-R, R].

    Raises ValueError unless R > 0.
    """

    R: float = 1.0

    def __post_init__(self):
        R = positive("R", self.R)
        _set(self, R=R, moments=((1.0, 0.0), (0.0, R * R / 3)), centre=0.0, width=R,
             n0=1 / (2 * R), nu0=1 / (2 * R), breaks=(-R, R), support=(-R, R))

    def _draw(self, shape, generator):
        b = 2 * torch.rand(shape, generator=generator, dtype=torch.float64) - 1
        a = 2 * torch.randint(0, 2, shape, generator=generator).to(b) - 1
        return a, self.R * b

    def _n(self, v):
        return (v.abs() <= 1).to(v)

    def _N(self, v):
        return v.clamp(-1, 1)

    def _nu(self, v):
        return self._n(v)

    def _tail(self, v):
        return (v + 1).clamp(0, 2)

    def _L1(self, v):
        return torch.where(v < 1, (v + 1).relu() ** 2 / 2, 2 * v)

    def _L2(self, v):
        return torch.where(v < 1, (v + 1).relu() ** 3 / 3, 2 * v**2 + 2 / 3)


@dataclass(frozen=True)
class Gaussian(Law):
    """(a, b) ~ N(0, M): covariance a number sigma^2 > 0 (independent, isotropic) or a positive
    definite 2 x 2 table.

    With D = det M and Q(u) = M_bb - 2 u M_ab + u^2 M_aa:  nu = (2/pi) D^(3/2) / Q^2,  n = sqrt(D) /
    (pi Q). K_RF is the arc-cosine kernel of order one (Cho and Saul 2009).  Raises ValueError for
    any other covariance.
    """

    covariance: float | tuple = 1.0

    def __post_init__(self):
        given = floating("covariance", self.covariance).double()
        if isinstance(self.covariance, bool):
            raise ValueError(f"covariance: want a number or a 2 x 2 table, got {self.covariance!r}")
        M = given * torch.eye(2, dtype=torch.float64) if given.ndim == 0 else given
        sound = M.shape == (2, 2) and M.isfinite().all() and M[0, 1] == M[1, 0]
        if not (sound and (M.diagonal() > 0).all() and M.det() > 0):
            raise ValueError("covariance: want a number > 0 or a symmetric positive definite "
                             f"2 x 2 table, got {self.covariance!r}")
        (aa, ab), (_, bb) = M.tolist()
        root = math.sqrt(aa * bb - ab * ab)
        # with v = (M_aa u - M_ab) / sqrt(D):  Q = D (1 + v^2) / M_aa
        table = ((aa, ab), (ab, bb))
        _set(self, covariance=table, moments=table, centre=ab / aa, width=root / aa,
             n0=aa / (math.pi * root), nu0=2 * aa * aa / (math.pi * root))

    def _draw(self, shape, generator):
        factor = torch.linalg.cholesky(self.M)
        z = torch.randn(2, *shape, generator=generator, dtype=torch.float64)
        return factor[0, 0] * z[0], factor[1, 0] * z[0] + factor[1, 1] * z[1]

    def _n(self, v):
        return 1 / (1 + v**2)

    def _N(self, v):
        return torch.atan(v)

    def _nu(self, v):
        return (1 + v**2) ** -2

    def _tail(self, v):
        return torch.atan2(torch.ones_like(v), -v)

    def _L1(self, v):
        near = (1 + v * self._tail(v)) / 2
        return self._near_or_far(v, lambda k: (k > 0) / (2 * k + 1) / 2, 0, near)

    def _L2(self, v):
        near = ((1 + v**2) * self._tail(v) + v) / 2
        return self._near_or_far(v, lambda k: -1 / ((2 * k + 1) * (2 * k + 3)), 1, near)

    @staticmethod
    def _near_or_far(v, term, power, near):
        """`near` or, for v < -2, where it cancels, its series -sum_k (-1)^k term(k) w^(2k + power)
        in w = -1/v."""
        w = 1 / (-v).clamp_min(2)
        far = torch.zeros_like(w)
        for k in reversed(range(28)):
            far = term(k) - w**2 * far
        return torch.where(v < -2, -far * w**power, near)


def _set(law, **values):
    heights = values["n0"], values["nu0"], values["width"], *sum(values["moments"], ())
    if not all(math.isfinite(v) for v in heights) or not min(heights[:3]) > 0:
        names = ", ".join(field for field in law.__dataclass_fields__)
        raise ValueError(f"{names}: so large, small or far apart that the densities are not "
                         f"numbers, got {law!r}")
    for name, value in values.items():
        object.__setattr__(law, name, value)
