"""Executable claims: a statement, what was measured, and what it is held to."""
import hashlib
import html
import math
from dataclasses import asdict, dataclass

from torch import Tensor

from .checks import real
from .paper import ITEMS, KEY, VERDICTS

PRINTED = {
    "typo": "a typo in the paper",
    "condition": "the paper does not state the condition",
    "wrong": "wrong in the paper",
}


@dataclass(frozen=True)
class Claim:
    """One checked statement: one quiet line in a notebook, with metadata for the ledger."""

    item: str
    statement: str
    measured: float
    tol: float
    verdict: str
    above: bool
    function: str

    @property
    def true(self) -> bool:
        """Whether the measurement keeps to the tolerance; a nan never does."""
        return self.measured >= self.tol if self.above else self.measured <= self.tol

    @property
    def anchor(self) -> str:
        """The id of the claim's line on a page."""
        return "claim-" + hashlib.sha256(f"{self.item}|{self.statement}".encode()).hexdigest()[:10]

    def __str__(self):
        relation = "≥" if self.above else "≤"
        numbers = f"{self.measured:.3g} {relation} {self.tol:.3g}"
        return f"{'✓' if self.true else '✗'} {self.item} · {self.statement} · {numbers}"

    def _repr_mimebundle_(self, **_):
        relation = "&ge;" if self.above else "&le;"
        printed = "" if self.verdict == "holds" else f" <em>({PRINTED[self.verdict]})</em>"
        line = (
            f'<div class="claim claim-{self.verdict}" id="{self.anchor}">'
            f'<span class="claim-item">{html.escape(self.item)}</span> '
            f'<span class="claim-text">{html.escape(self.statement)}{printed}</span> '
            f'<span class="claim-number">{self.measured:.3g} {relation} {self.tol:.3g}</span></div>'
        )
        kept = {KEY: {**asdict(self), "anchor": self.anchor}}
        return {"text/plain": str(self), "text/html": line}, kept


def claim(item, statement, measured, tol, *, verdict="holds", above=False, of=None) -> None:
    """State that `measured` is at most `tol` (at least, with above=True), and show it.

    item: the paper's item, one of lib.paper.ITEMS ("Eq. 45", "Lemma 2", "Fig. 7", "Sec. 3.1");
    verdict: one of VERDICTS, what the paper's own form deserves;
    of: the function of lib that is exercised (the function, or its name).
    Raises AssertionError when the claim fails, also by a nan; ValueError for an unknown item or
    verdict, or numbers that are none.
    """
    if item not in ITEMS:
        wants = "want one like 'Eq. 45', 'Lemma 2', 'Theorem 5', 'Fig. 7', 'Sec. 3.1'"
        raise ValueError(f"item: {item!r} is no item of the paper; {wants}")
    if verdict not in VERDICTS:
        raise ValueError(f"verdict: want one of {', '.join(VERDICTS)}, got {verdict!r}")
    if not isinstance(above, bool):
        raise ValueError(f"above: want True or False, got {above!r}")
    name = of if isinstance(of, str) or of is None else f"{of.__module__}.{of.__qualname__}"
    numbers = _number("measured", measured), real("tol", tol)
    made = Claim(item, statement, *numbers, verdict, above, name or "")
    if not made.true:
        raise AssertionError(str(made))
    _show(made)


def _number(name, value) -> float:
    """`value` as a float; nan makes a claim that fails, it is no bad argument."""
    plain = value.detach() if isinstance(value, Tensor) else value
    try:
        if math.isnan(plain):
            return math.nan
    except (TypeError, ValueError, RuntimeError):
        pass
    return real(name, plain, "a number", lambda v: True)


def _show(made):
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        get_ipython = lambda: None  # noqa: E731
    if get_ipython() is None:
        print(made)
    else:
        display(made)
