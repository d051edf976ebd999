"""axe-core finds nothing serious on any page."""

from pathlib import Path

import axe_playwright_python
import pytest
from built import KINDS_OF_PAGES

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf8")
# Code is coloured alike everywhere, and to look at its thousands of words takes longer than all
# the rest: one chapter is enough for that; of the others it is asked whether the keyboard can
# scroll it.
LOOK = """async (code) => {
    // .citation-list: docutils' role=list without items, not ours to mend
    const unseen = ['.citation-list', ...(code ? [] : ['.highlight pre'])];
    const all = [await axe.run({exclude: unseen}, {resultTypes: ['violations']})];
    if (!code && document.querySelector('.highlight pre')) {
        all.push(await axe.run('.highlight pre', {runOnly: ['scrollable-region-focusable']}));
    }
    return all.flatMap(r => r.violations);
}"""
DARK = ["intro.html", "chapters/setup.html", "appendix/ledger.html"]


def nothing_serious(page, name):
    page.evaluate(AXE)
    found = page.evaluate(LOOK, "setup" in name)
    serious = [
        f"{v['id']}: {node['target']} {node['failureSummary']}"
        for v in found
        if v["impact"] in ("serious", "critical")
        for node in v["nodes"]
    ]
    assert serious == []


@pytest.mark.parametrize("name", KINDS_OF_PAGES)
def test_nothing_serious(open_page, name):
    nothing_serious(open_page(name), name)


@pytest.mark.parametrize("name", DARK)
def test_nothing_serious_in_the_dark(open_page, name):
    nothing_serious(open_page(name, color_scheme="dark"), name)
