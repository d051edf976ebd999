"""Options, bounds, colours and tables are one and the same in Python, in scripts and in styles."""
import json
import math
import re
from pathlib import Path

import pytest
from py_mini_racer import MiniRacer

from lib import figures, starts
from lib.explorers import bundle, facts
from lib.explorers.base import KINDS, Choice, Flag, Number, Rows, style

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = [(kind, name) for kind in sorted(KINDS) for name in KINDS[kind].readings()]
STRANGE = ["x", "inf", "-inf", "constructor", None, [], {}, True, -1e300, 1e300, -7.3, 0, 0.4, 201,
           [[1, 2, 3]], [[1, 2]], [[1e9, 0, 0], [1, 2, -1]], [[1, 2, 3]] * 500]


def scripts():
    v8 = MiniRacer()
    v8.eval(bundle.globals_script("options", "network", "cells", "facts"))
    return v8


@pytest.fixture(scope="module")
def v8():
    return scripts()


def read(v8, kind, name, value):
    """What JavaScript makes of a value that an option has been given, as Python would get it."""
    call = f"$state.encode($options.readers('{kind}')['{name}']({json.dumps(value)}))"
    return json.loads(v8.eval(f"JSON.stringify({call})"))


def test_every_option_is_known_in_both_languages_and_nothing_else(v8):
    known = json.loads(v8.eval("JSON.stringify($facts.OPTIONS)"))
    assert known == {kind: KINDS[kind].readings() for kind in KINDS}
    # what the kernel keeps
    own = {"delta": {"initial"}, "phase": {"table"}, "diagram": {"table"}}
    for kind, cls in KINDS.items():
        assert set(known[kind]) | own.get(kind, set()) == set(cls.options())
        source = bundle.source(kind)
        assert f'explorer("{kind}"' in source
        for name in re.findall(r"\bnow\.(\w+)", source):
            assert name in cls.options(), f"{kind}.js: now.{name} is no option"


@pytest.mark.parametrize(("kind", "name"), OPTIONS)
def test_whatever_comes_in_is_read_as_something_that_python_takes(v8, kind, name):
    trait = KINDS[kind].class_traits()[name]
    usual = facts.encoded(trait.default_value)
    assert read(v8, kind, name, usual) == usual
    if not isinstance(trait, (Number, Choice, Flag, Rows)):
        return                                                           # points: the board's
    explorer = KINDS[kind]()
    for value in STRANGE:
        setattr(explorer, name, read(v8, kind, name, value))             # raises what it refuses


@pytest.mark.parametrize(("kind", "name"), OPTIONS)
def test_bounds_are_the_same(v8, kind, name):
    trait = KINDS[kind].class_traits()[name]
    if not isinstance(trait, Number):
        return
    for bound in (trait.least, trait.most):
        if math.isfinite(bound):
            assert read(v8, kind, name, bound) == bound
            beyond = bound + math.copysign(1e9, bound - (trait.least + trait.most) / 2 or 1)
            assert read(v8, kind, name, beyond) == (beyond if trait.ends and beyond > 0 else bound)
    for end in (-math.inf, math.inf):
        taken = trait.ends and trait.least <= end
        wanted = end if taken else max(trait.least, 0) if trait.ends else trait.default_value
        assert read(v8, kind, name, facts.encoded(end)) == facts.encoded(wanted)


def test_a_bound_that_changes_in_python_changes_on_the_page(monkeypatch):
    trait = KINDS["phase"].class_traits()["starts"]
    monkeypatch.setattr(trait, "most", 7)
    assert read(scripts(), "phase", "starts", 64) == 7


def test_the_tables_are_the_same(v8):
    ask = lambda code: json.loads(v8.eval(f"JSON.stringify({code})"))
    assert ask("$facts.INKS") == {name: getattr(figures, name.upper()) for name in facts.COLOURS}
    assert ask("$cells.DELTAS.map((v) => $state.encode(v))") == facts.encoded(
        facts.CELLS["delta"]
    )
    assert ask("$cells.WIDTHS") == list(facts.CELLS["m"])
    for delta in (-math.inf, -3.0, 0.0, math.inf):
        value, train = starts.regime(delta)
        made = ask(f"$network.regime($state.decode({json.dumps(facts.encoded(delta))}))")
        assert made == {"lift": value, "train": train}


def test_the_colours_of_the_style_sheets_are_those_of_the_figures():
    sheet = style()
    for name, colour in facts.COLOURS.items():
        assert f"--ex-{name}: {colour};" in sheet
        assert (ROOT / "lib/explorers/explorers.css").read_text("utf8").count(colour) == 0
    book = (ROOT / "_static/book.css").read_text("utf8")
    dark = re.findall(r"--neuron-negative: (#\w+)", book)
    assert facts.DARK["negative"] in dark
    assert set(dark) <= {facts.DARK["negative"], facts.COLOURS["negative"]}
    logo = (ROOT / "_static/logo.svg").read_text("utf8")
    assert set(re.findall(r'"(#\w{6})"', logo)) <= set(facts.COLOURS.values())
