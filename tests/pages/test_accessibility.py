"""axe-core finds nothing serious on any page, in light and in dark."""
from pathlib import Path

import axe_playwright_python
import pytest
from test_pages import PAGES

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_serious(open_page, name, scheme):
    page = open_page(name, color_scheme=scheme, reduced_motion="reduce")
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)")
    serious = [f"{v['id']}: {node['target']} {node['failureSummary']}" for v in found if v["impact"] in ("serious", "critical")
               for node in v["nodes"]]
    assert serious == []
