"""The list of functions reads docstrings as it should, and every public name has one."""
from pathlib import Path

from function_list import items, public

ROOT = Path(__file__).resolve().parents[2]


def test_citations_are_found():
    assert items("Eq. (20) and Prop. 8, corrected") == ["Eq. 20", "Proposition 8"]
    assert items("Eq. (18), (44).") == ["Eq. 18", "Eq. 44"]
    assert items("Figures 4, 6 and 7") == ["Fig. 4", "Fig. 6", "Fig. 7"]
    assert items("Thm. 5, in 2 pieces") == ["Theorem 5"] and items("equation 5") == []


def test_every_public_name_has_a_docstring():
    assert [name for _, name, doc in public(ROOT) if not doc] == []
    assert len(list(public(ROOT))) > 60
