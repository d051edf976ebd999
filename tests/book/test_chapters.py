"""Chapters are in their canonical form; figures have caption, name and alternative text."""
import re

import jupytext
import pytest
from writing import CHAPTERS, ROOT, canonical

FIGURES = {f"fig-{k}" for k in range(1, 10)}


def captioned(path):
    """(metadata, source) of the cells that make a figure."""
    cells = jupytext.reads(path.read_text("utf8"), fmt="md:myst").cells
    about = [(cell.metadata.get("mystnb", {}), cell.source) for cell in cells]
    return [(metadata, source) for metadata, source in about if "figure" in metadata]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.name)
def test_chapter_is_canonical(path):
    assert canonical(path) == path.read_text("utf8"), "run: python tests/writing.py"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.name)
def test_every_figure_is_named_captioned_and_described(path):
    for about, source in captioned(path):
        figure = about["figure"]
        assert len(figure["caption"]) > 40 and figure["name"].startswith("fig-")
        explorer = "lib.explorers" in source  # explorers bring their own description
        assert explorer or len(about["image"]["alt"]) > 40, figure["name"]


def test_all_nine_figures_are_there():
    names = [about["figure"]["name"] for path in CHAPTERS for about, _ in captioned(path)]
    assert {found[0] for name in names if (found := re.match(r"fig-\d", name))} == FIGURES


def test_every_chapter_of_the_contents_has_a_card_on_the_front_page():
    front, contents = ((ROOT / name).read_text("utf8") for name in ("intro.md", "_toc.yml"))
    cards = re.findall(r"^:link: (chapters/\w+)$", front, re.M)
    assert len(cards) >= 7 and cards == re.findall(r"file: (chapters/\w+)$", contents, re.M)


def test_chapters_are_called_by_their_number_in_a_form_that_notebooks_show_too():
    """A role whose number only the book can find is shown as "Chapter %s" in JupyterLab."""
    order = re.findall(r"file: chapters/(\w+)$", (ROOT / "_toc.yml").read_text("utf8"), re.M)
    text = "\n".join(path.read_text("utf8") for path in CHAPTERS)
    called = re.findall(r"\{doc\}`(?:Chapters? )?(\d+) <(?:\.\./)?(?:chapters/)?(\w+)>`", text)
    assert len(called) > 50 and "%s <" not in text
    assert [(number, name) for number, name in called if order[int(number) - 1] != name] == []
