"""The explorer of neurons: each is a knot of the function and a particle of the plane."""
import torch

from ..network import Network
from .base import Explorer, Number, Points, Rows

NEURONS = [[-3.2, 2.18, 3.87], [3.26, -2.02, 3.84], [3.91, -0.86, -4.0], [3.3, 0.33, -3.32],
           [4.06, 2.11, 4.57], [-1.6, -1.2, -1.1]]
SAMPLES = [[-1.0, 0.2], [-0.6, -0.6], [-0.2, 0.7], [0.2, 0.4], [0.6, -0.5], [1.0, 0.3]]


class Neurons(Explorer):
    """Drag knots, particles and samples of a small network; rescale a neuron and see what moves.

    neurons: rows (a, b, c), at most 24, with alpha = m;  points: pairs (x, y), or `samples`;
    chosen: the neuron in the readout.
    `network` is the Network on screen; it can be set.  Raises ValueError naming a bad option.
    Williams et al. 2019, Fig. 1, Eq. (5), (6), corrected.
    """

    _js = "neurons"
    alt = ("A piecewise linear function with the knots of its neurons, and the plane of the same "
           "neurons as particles: each line of the plane belongs to a sample, and a particle on it "
           "has its knot at that sample.")
    neurons = Rows(NEURONS, width=3, most=24)
    points = Points(SAMPLES)
    chosen = Number(2, least=0, most=23, whole=True)

    @property
    def network(self) -> Network:
        """The network on screen, alpha = m.

        Setting one with another alpha keeps its function: c is rescaled.
        """
        a, b, c = torch.tensor(self.neurons, dtype=torch.float64).T.contiguous()
        return Network(a, b, c, float(len(a)))

    @network.setter
    def network(self, value):
        if not isinstance(value, Network) or value.a.ndim != 1:
            raise ValueError(f"network: want one lib.network.Network (no batch), got {value!r}")
        c = value.c * (value.m / value.alpha)
        self.neurons = torch.stack([value.a, value.b, c], -1).tolist()

    def fallback(self, figure):
        """The function with its knots, and the uv plane."""
        from .. import figures

        left, right = figure.subplots(1, 2, width_ratios=(1.6, 1))
        x = torch.linspace(-1.5, 1.5, 601, dtype=torch.float64)
        figures.function(left, self.network, self.samples, x=x, knots=True)
        left.set_ylabel("$f(x)$")
        figures.plane(right, self.network, self.samples, regions=True, size=40)
