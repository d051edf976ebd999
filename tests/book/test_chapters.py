"""Chapters are as jupytext writes them, every figure has its caption, name and alternative text, and no macro is private."""
import re
import sys
from pathlib import Path

import jupytext
import pytest
from jupytext.config import load_jupytext_configuration_file

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = [ROOT / "intro.md", *sorted((ROOT / "chapters").glob("*.md"))]
FIGURES = {f"fig-{k}" for k in range(1, 10)}


def canonical(path):
    config = load_jupytext_configuration_file(str(ROOT / "jupytext.toml"))
    notebook = jupytext.reads(path.read_text("utf8"), fmt="md:myst", config=config)
    return jupytext.writes(notebook, fmt="md:myst", config=config)


def captioned(path):
    """(metadata, source) of the cells that make a figure."""
    notebook = jupytext.reads(path.read_text("utf8"), fmt="md:myst")
    return [(c.metadata["mystnb"], c.source) for c in notebook.cells if "figure" in c.metadata.get("mystnb", {})]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.name)
def test_chapter_is_canonical(path):
    assert canonical(path) == path.read_text("utf8"), "run: python tests/book/test_chapters.py"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.name)
def test_every_figure_is_named_captioned_and_described(path):
    for about, source in captioned(path):
        assert len(about["figure"]["caption"]) > 40 and about["figure"]["name"].startswith("fig-")
        explorer = "lib.explorers" in source                             # explorers bring their own description
        assert explorer or len(about["image"]["alt"]) > 40, about["figure"]["name"]


def test_all_nine_figures_are_there():
    names = {about["figure"]["name"] for path in CHAPTERS for about, _ in captioned(path)}
    assert {re.match(r"fig-\d", n)[0] for n in names if re.match(r"fig-\d", n)} == FIGURES


if __name__ == "__main__":  # rewrites the chapters as jupytext would
    for path in CHAPTERS:
        path.write_text(canonical(path), "utf8")
    sys.exit(0)
