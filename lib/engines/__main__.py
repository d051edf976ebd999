"""python -m lib.engines compiles the engine; the result stays in numba's cache on disk."""
import sys

import torch

from ..network import Network
from ..samples import square_wave
from .engine import Settings

if __name__ == "__main__":
    try:
        from .cpu import Engine
    except ImportError as error:
        sys.exit(print(f"nothing to compile: numba cannot be imported ({error})", file=sys.stderr))
    for dtype in (torch.float64, torch.float32):
        points = square_wave(4).to(dtype)
        Engine(Network(*torch.randn(3, 8, dtype=dtype), 1.0), points, Settings()).advance(20)
