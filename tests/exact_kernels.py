"""The kernels of the laws in many digits, each from the definition of its law alone."""
import mpmath as mp

from lib.laws import Box, Gaussian, Signed

mp.mp.dps = 80  # the same in every oracle: the precision is global


def _over_b(p, q, B):
    """int (p - b)_+ (q - b)_+ db and the length of {b < p, b < q}, b from -B to B: p, q = a x, a
    x'."""
    top = min(B, p, q)
    if top <= -B:
        return mp.mpf(0), mp.mpf(0)
    F = lambda b: p * q * b - (p + q) * b**2 / 2 + b**3 / 3  # noqa: E731
    return F(top) - F(-B), top + B


def box(A, B):
    """A cubic and a line in a between the slopes at which a kink leaves the box: Simpson's rule is
    exact."""
    A, B = mp.mpf(A), mp.mpf(B)

    def kernels(x, z):
        cuts = sorted({-A, mp.mpf(0), A,
                       *(s * B / abs(t) for t in (x, z) if t for s in (1, -1) if B / abs(t) < A)})
        ends = [mp.matrix(_over_b(p * x, p * z, B)) for p in cuts]
        total = mp.matrix([0, 0])
        for p, q, low, high in zip(cuts, cuts[1:], ends, ends[1:]):
            a = (p + q) / 2
            total += (q - p) / 6 * (low + 4 * mp.matrix(_over_b(a * x, a * z, B)) + high)
        return total / (4 * A * B)

    return kernels


def signed(R):
    R = mp.mpf(R)
    return lambda x, z: (mp.matrix(_over_b(x, z, R)) + mp.matrix(_over_b(-x, -z, R))) / (4 * R)


def gaussian(moments):
    """Cho and Saul 2009, orders one and zero; the angle from its tangent."""
    (aa, ab), (_, bb) = [[mp.mpf(v) for v in row] for row in moments]
    root = mp.sqrt(aa * bb - ab * ab)

    def kernels(x, z):
        k, cross = aa * x * z - ab * (x + z) + bb, root * abs(x - z)
        away = mp.pi - mp.atan2(cross, k)
        return mp.matrix([(away * k + cross) / (2 * mp.pi), away / (2 * mp.pi)])

    return kernels


KERNELS = {Box: lambda law: box(law.A, law.B), Signed: lambda law: signed(law.R),
           Gaussian: lambda law: gaussian(law.moments)}


def exact_kernels(law):
    """(x, x') -> (E [a x - b]_+ [a x' - b]_+, P(a x > b and a x' > b)), x and x' of mpmath."""
    return KERNELS[type(law)](law)
