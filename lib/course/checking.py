"""What checks an answer to an exercise, and names the mistake in it."""
import inspect
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor

TOLERANCE = 1e-9
SHOWN = 8  # so many entries of a long list are shown


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
    argument tuples;  slips: what a typical mistake is -> a function that makes it;  tidy: brings
    answers that are equally right to one form, such as angles that differ by full turns.
    Call it with an answer: it prints one line, or raises Mistake with the slip that the answer
    makes, or else with the smallest case in which it is wrong.  What the answer itself raises
    (NotImplementedError of an empty one) passes through.
    """

    name: str
    wants: str
    right: Callable
    cases: Callable
    slips: dict[str, Callable]
    tol: float = TOLERANCE
    tidy: Callable = lambda value: value

    def __call__(self, answer: Callable, seed: int = 1) -> None:
        cases = self.cases(seed)
        found = [self.tidy(on_copies(answer)(*case)) for case in cases]
        wanted = [self.tidy(self.right(*case)) for case in cases]
        wrong = [k for k, value in enumerate(wanted) if not self._same(found[k], value)]
        if not wrong:
            print(f"✓ {self.name}: right in {len(cases)} cases (seed {seed})")
            return
        for slip, make in self.slips.items():
            if all(self._same(f, self.tidy(make(*case))) for f, case in zip(found, cases)):
                raise Mistake(f"{self.name}: {slip}")
        k = min(wrong, key=lambda k: sum(map(_size, cases[k])))
        if _shape(found[k]) != _shape(wanted[k]):
            raise Mistake(f"{self.name}: want {self.wants}, got {_plain(found[k])}")
        raise Mistake(f"{self.name}: wrong in {len(wrong)} of {len(cases)} cases"
                      f"{self._ratio(found, wanted)}.\nFor {_given(answer, cases[k])}\nit gives "
                      f"{_plain(found[k])}, and {_plain(wanted[k])} is right ({self.wants})")

    def _same(self, found, expected) -> bool:
        return _close(found, expected, self.tol)

    def _ratio(self, found, wanted) -> str:
        """That all answers are off by one factor, if they are."""
        found, wanted = (torch.cat([numbers(v).flatten() for v in values])
                         if all(_shape(v) is not None for v in values) else None
                         for values in (found, wanted))
        if found is None or wanted is None or found.shape != wanted.shape:
            return ""
        factor = (found @ wanted) / (wanted @ wanted)
        return f", and {float(factor):.4g} times what is right in all of them" \
            if factor and _close(found, factor * wanted, self.tol) else ""


def on_copies(answer: Callable) -> Callable:
    """The answer, which works on copies of its arguments: it may change them in place."""
    return lambda *case: answer(*deepcopy(case))


def _given(answer, case) -> str:
    """The arguments of a case, each with the name that the answer gives it."""
    try:
        names = list(inspect.signature(answer).bind(*case).arguments)
    except (TypeError, ValueError):
        names = []
    if len(names) != len(case):
        return ", ".join(map(_plain, case))
    return ", ".join(f"{name} = {_plain(value)}" for name, value in zip(names, case))


def _size(value) -> int:
    tensor = numbers(value)
    return 1 if tensor is None else tensor.numel()


def numbers(value) -> Tensor | None:
    """A number, or lists of numbers of one shape, as a tensor; None for anything else."""
    if isinstance(value, (tuple, list)):
        parts = [numbers(v) for v in value]
        shapes = {None if p is None else p.shape for p in parts}
        return torch.stack(parts) if len(shapes) == 1 and None not in shapes else None
    try:
        return torch.as_tensor(value, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError):
        return None


def _shape(value):
    tensor = numbers(value)
    return None if tensor is None else tuple(tensor.shape)


def _close(found, expected, tol) -> bool:
    found, expected = numbers(found), numbers(expected)
    if found is None or expected is None:
        return found is expected
    if found.shape != expected.shape:
        return False
    return torch.allclose(found.detach(), expected.detach(), rtol=tol, atol=tol)


def _plain(value) -> str:
    tensor = numbers(value)
    if tensor is None:
        return repr(value)
    if tensor.ndim == 0:
        return f"{float(tensor):.4g}"
    parts = [_plain(v) for v in tensor[:SHOWN]] + ["..."] * (len(tensor) > SHOWN)
    return "[" + ", ".join(parts) + "]"
