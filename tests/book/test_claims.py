"""Claims: they pass, fail and show themselves as they should; the ledger finds them."""
import json
import shutil
from pathlib import Path

import pytest

from lib.claims import Claim, claim
from lib.paper import ITEMS, KEY
from lib.training import train

ROOT = Path(__file__).resolve().parents[2]


def test_a_true_claim_prints_one_quiet_line(capsys):
    claim("Lemma 3", "delta is conserved", 3e-13, 1e-9)
    assert capsys.readouterr().out == "✓ Lemma 3 · delta is conserved · 3e-13 ≤ 1e-09\n"


@pytest.mark.parametrize(
    "measured,above", [(2.0, False), (0.5, True), (float("nan"), False), (float("nan"), True)]
)
def test_a_false_claim_raises(measured, above):
    with pytest.raises(AssertionError, match="✗ Eq. 45"):
        claim("Eq. 45", "something", measured, 1.0, above=above)


@pytest.mark.parametrize(
    "bad,message",
    [
        ({"item": "Eq. 48"}, "item: 'Eq. 48'"), ({"verdict": "fine"}, "verdict: want"),
        ({"tol": float("inf")}, "tol: want"),
    ],
)
def test_bad_claims_are_named(bad, message):
    good = {"item": "Eq. 1", "statement": "s", "measured": 0.0, "tol": 1.0, "verdict": "holds"}
    with pytest.raises(ValueError, match=message):
        claim(**{**good, **bad})


def test_what_a_page_and_the_ledger_read():
    made = Claim("Eq. 1", "a < b", 1.0, 2.0, "wrong", False, "lib.training.train")
    bundle, metadata = made._repr_mimebundle_()
    assert "a &lt; b" in bundle["text/html"] and made.anchor in bundle["text/html"]
    assert json.loads(json.dumps(metadata[KEY]))["anchor"] == made.anchor
    assert made.anchor != Claim("Eq. 1", "a > b", 1.0, 2.0, "wrong", False, "").anchor


def test_the_function_is_named(capsys, monkeypatch):
    import lib.claims

    seen = []
    monkeypatch.setattr(lib.claims, "_show", seen.append)
    claim("Eq. 2", "s", 0, 1, of=train)
    assert seen[0].function == "lib.training.train"


def test_the_ledger_reads_executed_notebooks(tmp_path):
    import ledger

    made = [
        Claim("Fig. 1", "later", 1.0, 2.0, "holds", False, ""),
        Claim("Eq. 3", "sooner", 1.0, 2.0, "typo", False, ""),
    ]
    outputs = [
        dict(zip(("data", "metadata"), c._repr_mimebundle_()), output_type="display_data")
        for c in made
    ]
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "one.ipynb").write_text(
        json.dumps(
            {"cells": [{"cell_type": "code", "outputs": outputs}, {"cell_type": "markdown"}]}
        )
    )
    shutil.copy(tmp_path / "chapters" / "one.ipynb", tmp_path / "chapters" / "gone.ipynb")
    found = ledger.claims(tmp_path, {"chapters/one", "appendix/without-cells"})
    assert [(doc, c["item"]) for doc, c in found] == [
        ("chapters/one", "Eq. 3"), ("chapters/one", "Fig. 1"),
    ]


def test_items_are_distinct():
    assert len(set(ITEMS)) == len(ITEMS) and "Eq. 47" in ITEMS and "Corollary 6" in ITEMS
