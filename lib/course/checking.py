"""What checks an answer to an exercise, and names the mistake in it."""
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

TOLERANCE = 1e-9


class Mistake(AssertionError):
    """What is wrong with an answer, in words."""


def agree(what: str, found, expected, tol: float = TOLERANCE) -> None:
    """Say that two results agree to `tol` (absolute, or relative where they are large).

    found, expected: numbers, lists or tensors of one shape.  Raises Mistake where they do not.

    >>> agree("one half", 0.5, 1 / 2)
    ✓ one half
    """
    if not _close(found, expected, tol):
        raise Mistake(f"{what}: found {_plain(found)}, expected {_plain(expected)}")
    print(f"✓ {what}")


@dataclass(frozen=True)
class Check:
    """The checker of a coding exercise: a reference, data from a seed, and typical mistakes.

    wants: what the answer is to return, in words;  right: the reference;  cases: seed -> a list of
    argument tuples;  slips: what a typical mistake is -> a function that makes it.
    Call it with an answer: it prints one line, or raises Mistake with the slip that the answer
    makes.  What the answer itself raises (NotImplementedError of an empty one) passes through.
    """

    name: str
    wants: str
    right: Callable
    cases: Callable
    slips: dict[str, Callable]
    tol: float = TOLERANCE

    def __call__(self, answer: Callable, seed: int = 1) -> None:
        cases = self.cases(seed)
        found = [answer(*case) for case in cases]
        wanted = [self.right(*case) for case in cases]
        if all(self._same(f, w) for f, w in zip(found, wanted)):
            print(f"✓ {self.name}: right in {len(cases)} cases (seed {seed})")
            return
        for slip, wrong in self.slips.items():
            if all(self._same(f, wrong(*case)) for f, case in zip(found, cases)):
                raise Mistake(f"{self.name}: {slip}")
        bad, case, value = next((f, c, w) for f, c, w in zip(found, cases, wanted)
                                if not self._same(f, w))
        if _shape(bad) != _shape(value):
            raise Mistake(f"{self.name}: want {self.wants}, got {_plain(bad)}")
        raise Mistake(f"{self.name}: for {', '.join(map(_plain, case))} it gives {_plain(bad)}, "
                      f"but {self.wants} is something else")

    def _same(self, found, expected) -> bool:
        return _close(found, expected, self.tol)


def _tensor(value) -> Tensor | None:
    if isinstance(value, (tuple, list)):
        parts = [_tensor(v) for v in value]
        shapes = {None if p is None else p.shape for p in parts}
        return torch.stack(parts) if len(shapes) == 1 and None not in shapes else None
    try:
        return torch.as_tensor(value, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError):
        return None


def _shape(value):
    tensor = _tensor(value)
    return None if tensor is None else tuple(tensor.shape)


def _close(found, expected, tol) -> bool:
    found, expected = _tensor(found), _tensor(expected)
    if found is None or expected is None:
        return found is expected
    if found.shape != expected.shape:
        return False
    return torch.allclose(found.detach(), expected.detach(), rtol=tol, atol=tol)


def _plain(value) -> str:
    tensor = _tensor(value)
    if tensor is None:
        return repr(value)
    if tensor.ndim == 0:
        return f"{float(tensor):.4g}"
    return "[" + ", ".join(_plain(v) for v in tensor) + "]"
