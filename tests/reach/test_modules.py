"""Every explorer is a plain module, `export default { render({ model, el }) }`, for any host."""

import re

import pytest
from py_mini_racer import MiniRacer

from lib.explorers import bundle
from lib.explorers.base import KINDS


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_module_has_one_default_export_and_imports_nothing(kind):
    text = bundle.module(kind)
    assert len(re.findall(r"\bexport\b", text)) == 1 and text.startswith("export default")
    assert not re.search(r"^\s*import\b|\bimport\(", text, re.M)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_its_default_export_renders_and_loading_it_touches_no_page(kind):
    context = MiniRacer()  # an engine without document or window
    context.eval(bundle.module(kind).replace("export default", "var found =", 1) + "; 0")
    assert context.eval("typeof found.render") == "function"
    assert context.eval("found.render.length") == 1
