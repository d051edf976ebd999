"""Executable claims: a statement, what was measured, and what it is held to."""
import hashlib
import html
import math
from dataclasses import asdict, dataclass

from .paper import ITEMS

KEY = "claim"  # of the output metadata in which a notebook keeps the numbers
VERDICTS = {
    "holds": "true as printed",
    "typo": "the intent is clear, a symbol is wrong",
    "condition": "true under a condition that is not stated",
    "wrong": "false as printed; the corrected form is checked",
}
PRINTED = {"typo": "a typo in the paper", "condition": "the paper does not state the condition", "wrong": "wrong in the paper"}


@dataclass(frozen=True)
class Claim:
    """One checked statement; shown in a notebook as one quiet line, kept for the ledger in the metadata of the output."""

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
        return f"{'✓' if self.true else '✗'} {self.item} · {self.statement} · {self.measured:.3g} {relation} {self.tol:.3g}"

    def _repr_mimebundle_(self, **_):
        relation = "&ge;" if self.above else "&le;"
        printed = "" if self.verdict == "holds" else f" <em>({PRINTED[self.verdict]})</em>"
        line = (
            f'<div class="claim claim-{self.verdict}" id="{self.anchor}"><span class="claim-item">{html.escape(self.item)}</span> '
            f'<span class="claim-text">{html.escape(self.statement)}{printed}</span> '
            f'<span class="claim-number">{self.measured:.3g} {relation} {self.tol:.3g}</span></div>'
        )
        return {"text/plain": str(self), "text/html": line}, {KEY: {**asdict(self), "anchor": self.anchor}}


def claim(item, statement, measured, tol, *, verdict="holds", above=False, of=None) -> Claim:
    """State that `measured` is at most `tol` (at least, with above=True); show it, and raise where it is not so.

    item: the paper's item, one of lib.paper.ITEMS ("Eq. 45", "Lemma 2", "Fig. 7", "Sec. 3.1");  verdict: one of VERDICTS, what the paper's
    own form deserves;  of: the function of lib that is exercised (the function, or its name).
    Raises AssertionError when the claim fails, ValueError for an unknown item or verdict, or a tolerance that is not finite.
    """
    if item not in ITEMS:
        raise ValueError(f"item: {item!r} is no item of the paper; want one like 'Eq. 45', 'Lemma 2', 'Theorem 5', 'Fig. 7', 'Sec. 3.1'")
    if verdict not in VERDICTS:
        raise ValueError(f"verdict: want one of {', '.join(VERDICTS)}, got {verdict!r}")
    if not math.isfinite(float(tol)):
        raise ValueError(f"tol: want a finite number, got {tol}")
    name = of if isinstance(of, str) or of is None else f"{of.__module__}.{of.__qualname__}"
    made = Claim(item, statement, float(measured), float(tol), verdict, bool(above), name or "")
    if not made.true:
        raise AssertionError(str(made))
    _show(made)
    return None


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
