"""What a broken line costs at least: the size of the smallest measure that makes it."""
import torch
from torch import Tensor

from .network import Canonical, Network


def least_variation(network: Network | Canonical) -> Tensor:
    """The least total_variation of all networks with the function f of this one; a 0-dim tensor.

    With w = c/alpha, S = sum_i w_i (a_i, -b_i), and for every knot e the unit normal n_e = (1,
    -e)/sqrt(1 + e^2) and the kink H_e = sqrt(1 + e^2) f''({e}), where the neurons that share the
    knot are added up (signs may cancel):

        ||f|| = max over q in R^2, |q| <= 1, |q_2| <= 1/2,
                of sum_e |H_e| (1 - |<q, n_e>|) + <q, S>.

    The first term alone, at q = 0, is the integral of sqrt(1 + x^2)|f''|; the others are the price
    of the straight part of f. A neuron with |a| <= 1e-12 rho has no knot: it makes a constant.
    network: m neurons, no batch (ValueError). Williams et al. 2019, Eq. (17), corrected (printed
    without the weight and without the straight part).
    """
    if isinstance(network, Canonical):
        network = network.lift(0.0, network.m)
    if network.a.ndim != 1:
        shape = tuple(network.a.shape)
        raise ValueError(f"network: want one network, shape (m,), got shape {shape}")
    w = network.c / network.alpha
    flat = network.a.abs() <= 1e-12 * network.rho
    lift = torch.where(flat, 2 * (-network.b).relu(), -network.b)  # a constant has beta = [-b]_+
    total = torch.stack([(w * network.a).sum(), (w * lift).sum()])
    scale = (w.abs() * network.rho).sum()  # prices are found for size 1: they may be of any size
    if scale == 0:
        return scale
    angle, size = _kinks(network.a[~flat], network.b[~flat], (w * network.rho / scale)[~flat])
    total = total / scale
    normal = torch.stack([torch.cos(angle), torch.sin(angle)], -1)                       # (k, 2)

    # The objective is concave, and linear in each sector where no <q, n_e> changes sign, so its
    # maximum is at q = 0, on a ray between two sectors, at a corner of the region, or on the circle
    # along a sector's own gradient.
    rays = torch.stack([-normal[:, 1], normal[:, 0]], -1)
    # where the sectors end
    turn = torch.cat([angle + torch.pi / 2, angle - torch.pi / 2]).sort().values
    inside = (turn + torch.cat([turn[1:], turn[:1] + 2 * torch.pi])) / 2
    sign = torch.sign(torch.stack([torch.cos(inside), torch.sin(inside)], -1) @ normal.T)
    slopes = torch.nn.functional.normalize(total - (sign * size) @ normal, dim=-1)       # (2k, 2)
    signs = total.new_tensor([-1.0, 1.0])
    corners = torch.cartesian_prod(signs, signs) * total.new_tensor([0.75**0.5, 0.5])
    q = torch.cat([0 * corners, corners, rays, -rays, slopes])
    q = q * (0.5 / q[:, 1].abs()).clamp_max(1)[:, None]  # back to |q_2| <= 1/2
    return scale * (size.sum() + q @ total - (q @ normal.T).abs() @ size).max()


def _kinks(a: Tensor, b: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Of each knot the angle of (a, -b), as a line in (-pi/2, pi/2], and |the sum of its neurons'
    weights|; (k,) each.

    Neighbours in the order of their angles are one knot if they differ by rounding; the order is
    round a circle.
    """
    angle, order = torch.atan(-b / a).sort()
    if not len(angle):
        return angle, weight
    slack = 16 * torch.finfo(angle.dtype).eps
    which = torch.cat([angle.new_zeros(1), (angle.diff() > slack).to(angle).cumsum(0)]).long()
    size = torch.zeros(int(which[-1]) + 1, dtype=angle.dtype).index_add(0, which, weight[order])
    first = torch.cat([which.new_ones(1), which.diff()]).bool()
    angle = angle[first]
    if len(angle) > 1 and angle[0] + torch.pi - angle[-1] <= slack:
        size[0] += size[-1]
        angle, size = angle[:-1], size[:-1]
    return angle, size.abs()
