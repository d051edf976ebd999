"""axe-core finds nothing serious on any page in light, nor on one of each kind in the dark."""
from pathlib import Path

import axe_playwright_python
import pytest
from test_pages import PAGES

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf8")


CASES = [(name, "light") for name in PAGES] + [(name, "dark") for name in ("intro.html", "chapters/setup.html", "appendix/ledger.html")]


@pytest.mark.parametrize("name,scheme", CASES)
def test_nothing_serious(open_page, name, scheme):
    page = open_page(name, color_scheme=scheme)
    page.evaluate(AXE)
    # docutils gives the bibliography role=list with children that are no list items: not ours to mend
    found = page.evaluate("axe.run({exclude: ['.citation-list']}, {resultTypes: ['violations']}).then(r => r.violations)")
    serious = [f"{v['id']}: {node['target']} {node['failureSummary']}" for v in found if v["impact"] in ("serious", "critical")
               for node in v["nodes"]]
    assert serious == []
