"""The random start of the explorers, number for number the one that js/random.js and js/network.js draw."""
import math

import numpy as np

from ..checks import real, whole
from ..network import Canonical, Network
from ..starts import pairs

LIFTS = {-math.inf: (-100.0, "c"),
    math.inf: (100.0, "ab")}  # the ends train a part of the parameters, from these invariants


def uniforms(count: int, seed: int) -> np.ndarray:
    """`count` numbers in (0, 1): a counter mixed by a 32-bit finaliser, shape (count,)."""
    h = np.uint32(seed & 0xFFFFFFFF) + np.arange(1, count + 1, dtype=np.uint32) * np.uint32(0x9E3779B9)
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return ((h ^ (h >> np.uint32(16))) + 0.5) / 2.0**32


def canonical(m: int = 400, *, scale: float = 2.0, seed: int = 0) -> Canonical:
    """m/2 neurons r = scale sqrt(m) N(0,1), theta uniform in one of m/2 equal arcs each, and their mirror images: f = 0.

    With one neuron an arc, few neurons cover the angles as evenly as many independent ones would.
    Raises ValueError for odd m.
    """
    m, seed = pairs(m), whole("seed", seed)
    first, second, turn = uniforms(3 * (m // 2), seed).reshape(-1, 3).T
    normal = np.sqrt(-2 * np.log(first)) * np.cos(2 * math.pi * second)
    r = real("scale", scale) * math.sqrt(m) * normal
    theta = 2 * math.pi * (np.arange(m // 2) + turn) / (m // 2)
    return Canonical(np.concatenate([r, -r]), np.concatenate([theta, theta]))


def start(m: int = 400, *, delta: float = 0.0, scale: float = 2.0, seed: int = 0) -> Network:
    """The network that an explorer starts from: `canonical` lifted with the invariant delta, alpha = sqrt(m).

    For delta = -inf (+inf) the invariants are -100 (+100), and only c (only a, b) is to be trained.
    Raises ValueError for odd m.
    """
    return canonical(m, scale=scale, seed=seed).lift(LIFTS.get(delta, (delta,))[0], math.sqrt(m))
