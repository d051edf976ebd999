"""The book's Sphinx extensions, each by itself: claims, outputs, formulas, the search index."""

import json
import re
from types import SimpleNamespace

import cache_key
import ledger
import mathematics
import nbformat
import offline
import pytest
import search_text
import themed_figures
from bs4 import BeautifulSoup
from docutils import nodes, utils


def written(path, *claims):
    """A notebook with one output for each claim."""
    outputs = [
        {"output_type": "display_data", "data": {}, "metadata": {"claim": {"item": item}}}
        for item in claims
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps(
            {"cells": [{"cell_type": "markdown"}, {"cell_type": "code", "outputs": outputs}]}
        ),
        "utf8",
    )


def test_a_chapter_that_has_left_the_book_feeds_no_claims(tmp_path):
    written(tmp_path / "chapters" / "one.ipynb", "Lemma 2", "Eq. 4")
    written(tmp_path / "chapters" / "gone.ipynb", "Eq. 5")
    found = ledger.claims(tmp_path, {"chapters/one", "appendix/notation"})
    assert [(name, claim["item"]) for name, claim in found] == [
        ("chapters/one", "Eq. 4"), ("chapters/one", "Lemma 2"),
    ]


def test_a_notebook_found_in_the_cache_is_written_with_its_outputs():
    def notebook(*outputs):
        cells = [
            nbformat.v4.new_markdown_cell("words"),
            nbformat.v4.new_code_cell("1 + 1", outputs=list(outputs)),
        ]
        return nbformat.v4.new_notebook(cells=cells)

    ran = notebook(nbformat.v4.new_output("stream", text="2"))
    ran.cells[1].execution_count = 1
    given = notebook()
    client = SimpleNamespace(notebook=given)
    cache_key.filled(lambda self: setattr(self, "notebook", ran))(client)
    assert given.cells[1].outputs[0].text == "2" and given.cells[1].execution_count == 1
    assert given.cells[0].source == "words"


def test_the_downloaded_notebook_says_where_lib_comes_from(tmp_path):
    build = tmp_path / "jupyter_execute" / "chapters"
    build.mkdir(parents=True)
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("from lib import training")]
    )
    nbformat.write(notebook, build / "one.ipynb")
    app, context = SimpleNamespace(outdir=tmp_path / "html"), {}
    offline.offer_notebook(app, "chapters/one", "page.html", context, object())
    offered = nbformat.read(tmp_path / "html" / "_sources" / context["ipynb_source"], as_version=4)
    nbformat.validate(offered)
    assert "`lib`" in offered.cells[0].source and "pip install" in offered.cells[0].source
    assert offered.cells[1].source == "from lib import training" and len(offered.cells) == 2


def test_the_index_has_prose_and_no_tex_or_code():
    document = utils.new_document("page")
    document += nodes.paragraph(
        "", "", nodes.Text("the spline "), nodes.math("", r"\frac12"), nodes.literal("", "train")
    )
    document += nodes.math_block("", r"\varrho")
    document += nodes.literal_block("", "import torch")
    document += nodes.raw("", "<td>0.5</td><td>Lemma 2</td>", format="html")
    left = search_text.prose(document)
    assert left.astext().split() == [
        "the", "spline", "train", "<td>", "0.5", "</td>", "<td>", "Lemma", "2", "</td>",
    ]
    assert "varrho" in document.astext()  # the page itself keeps all


def test_a_drawn_figure_is_never_wider_than_the_column():
    drawn = themed_figures.themed(
        '<svg width="420pt" height="200pt" viewBox="0 0 420 200"></svg>', "a curve"
    )
    assert "width:560px" in drawn and "min-width" not in drawn and 'aria-label="a curve"' in drawn


# A fraction, a sum and a tall bracket, and what a reader of the screen should be told
FORMULAS = {
    r"\frac{a}{b}": "ab",
    r"\sum_{j=1}^s\varrho_j": "∑j=1sϱj",
    r"x < 1": "x<1",
    r"\Bigl(\begin{aligned}x&=1\\y&=2\end{aligned}\Bigr)": "(x=1y=2)",
}


@pytest.mark.parametrize("tex,heard", FORMULAS.items())
def test_a_formula_is_drawn_and_can_be_heard(tex, heard):
    page = BeautifulSoup(mathematics.typesetter().html(tex, True), "html.parser")
    assert page.find("mjx-math")["aria-hidden"] == "true" and page.find_all("mjx-c")
    said = page.find("math").get_text()
    assert re.sub(r"[\s\u2061]", "", said) == heard


def test_what_mathjax_cannot_read_is_named():
    with pytest.raises(ValueError, match=r"Undefined control sequence \\nosuch"):
        mathematics.typesetter().html(r"\nosuch", False)
    assert mathematics.typesetter().html("x", False)  # and the next one is set again


def test_the_style_sheet_draws_every_glyph_and_asks_for_no_file():
    html = mathematics.typesetter().html(
        r"\left\{\int_0^1 \mathcal K\,d\mu \geq \frac{\alpha}{2}\right\}", True
    )
    glyphs = set(mathematics.DRAWN.findall(html))
    sheet = mathematics.typesetter().css(glyphs)
    for glyph in glyphs:
        assert "." + glyph.replace(" ", ".") + "::before" in sheet or "." + glyph + " mjx-" in sheet
    assert (
        "mjx-c4B.TEX-C" in sheet and "mjx-c4A" not in sheet
    )  # the calligraphic K; no other letter
    fonts = dict(re.findall(r"@font-face \{ font-family: ([\w-]+); src: url\(\"(\S+?)\"\)", sheet))
    assert {"MJXTEX", "MJXTEX-I", "MJXTEX-C", "MJXTEX-S2"} <= set(
        fonts
    ) and "MJXTEX-FR" not in fonts
    assert all(address.startswith("data:font/woff;base64,") for address in fonts.values())
    assert len(re.findall(r"url\(", sheet)) == len(fonts)


def test_a_formula_and_the_comma_behind_it_stay_on_one_line():
    line = nodes.paragraph(
        "", "", nodes.Text("if ("), nodes.math("", "a"), nodes.Text("), then "),
        nodes.math("", "b"), nodes.Text(" and so"),
    )
    mathematics.keep_together(None, line, "page")
    assert [part.astext() for part in line] == ["if ", "(a),", " then ", "b", " and so"]
    assert line[1]["classes"] == ["whole"] and isinstance(line[3], nodes.math)
    alone = nodes.paragraph("", "", nodes.math("", "a"))
    mathematics.keep_together(None, alone, "page")
    assert len(alone) == 1 and isinstance(alone[0], nodes.math)


def test_equations_below_each_other_are_one_display():
    assert mathematics.aligned("a = b") == "a = b"
    assert mathematics.aligned("a\n\nb") == r"\begin{aligned}a\\b\end{aligned}"
    assert mathematics.typesetter().html(mathematics.aligned("a &= b \\\\ c &= d\n\ne"), True)
