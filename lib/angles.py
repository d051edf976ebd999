"""Angles of neurons: their directions d, tangents t = d', parts along both, and wrapping."""
import math

import torch
from torch import Tensor


def directions(theta: Tensor) -> Tensor:
    """d(theta) = (cos theta, sin theta), shape (..., 2)."""
    return torch.stack([torch.cos(theta), torch.sin(theta)], -1)


def tangents(theta: Tensor) -> Tensor:
    """t(theta) = d'(theta) = (-sin theta, cos theta), shape (..., 2)."""
    return torch.stack([-torch.sin(theta), torch.cos(theta)], -1)


def components(vector: Tensor, theta: Tensor) -> tuple[Tensor, Tensor]:
    """<vector, d(theta)> and <vector, t(theta)>; vector: (..., 2)."""
    v1, v2 = vector.unbind(-1)
    cos, sin = torch.cos(theta), torch.sin(theta)
    return v1 * cos + v2 * sin, v2 * cos - v1 * sin


def wrap(theta: Tensor) -> Tensor:
    """Angles brought to [-pi, pi)."""
    return torch.remainder(theta + math.pi, 2 * math.pi) - math.pi
