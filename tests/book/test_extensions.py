"""The book's Sphinx extensions, each by itself: claims, outputs, formulas, the search index."""

import io
import json
import re
import shutil
from functools import partial
from types import SimpleNamespace

import cache_key
import caches
import contents
import errata
import faces
import folds
import front
import ledger
import mathematics
import matplotlib.pyplot
import nbformat
import offline
import places
import previews
import pytest
import search_text
import themed_figures
from bs4 import BeautifulSoup
from docutils import nodes, utils
from myst_nb.sphinx_ import HideCodeCellNode

from lib import figures


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
    nbformat.write(notebook, build / "two.ipynb")
    env = SimpleNamespace(metadata={"chapters/two": {"notebook": False}})  # needs the repository
    app, context = SimpleNamespace(outdir=tmp_path / "html", env=env), {}
    offline.offer_notebook(app, "chapters/two", "page.html", context, object())
    assert context == {}
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


@pytest.fixture
def drawn(tmp_path):
    """drawn(rows, columns): a figure of the book, with its panels named, as a page has it."""
    def draw(rows, columns):
        with matplotlib.rc_context():
            figures.style()
            figure, axes = figures.panels(rows, columns, squeeze=False)
            for number, ax in enumerate(axes.flat):
                ax.set_title(f"panel {number}")
            figure.savefig(tmp_path / "figure.svg")
            matplotlib.pyplot.close(figure)
        text = (tmp_path / "figure.svg").read_text("utf8")
        return BeautifulSoup(themed_figures.themed(text, "a curve"), "html.parser").div

    return draw


def test_a_figure_is_one_picture_in_the_colours_and_the_face_of_the_page(drawn):
    for page in (drawn(1, 1), drawn(3, 1)):  # below each other they fit a phone as they are
        (picture,) = page.find_all("svg")
        assert picture["role"] == "img" and picture["aria-label"] == "a curve"
        assert "width:826px" in picture["style"]
        assert picture.find("text", string="panel 0")
        assert "currentColor" in str(picture) and "font-family" not in str(picture)


def test_panels_side_by_side_stand_as_drawn_and_can_be_taken_apart(drawn):
    page = drawn(2, 2)
    assert page["role"] == "img" and page["aria-label"] == "a curve"
    panels = page.find_all("svg", recursive=False)
    assert [panel.find("text", string=re.compile("panel")).string for panel in panels] == [
        f"panel {number}" for number in range(4)
    ]
    area = 0
    for panel in panels:  # in percents, what in the view box is in points
        at = {key: float(value) for key, value in re.findall(r"(\w+):([\d.]+)%", panel["style"])}
        x, y, w, h = map(float, panel["viewbox"].split())
        assert at["left"] * 8.6 * 72 / 100 == pytest.approx(x, abs=0.1)
        assert at["top"] * 5.2 * 72 / 100 == pytest.approx(y, abs=0.1)
        area += at["width"] * at["height"]
    assert area == pytest.approx(100**2, rel=1e-3)  # nothing is left out, nothing is there twice
    ids = [part["id"] for part in page.select("[id]")]
    assert len(ids) == len(set(ids))


def test_equal_panels_have_one_scale_where_they_stand_under_each_other(drawn):
    panels = drawn(1, 3).find_all("svg", recursive=False)
    parts = [float(re.search(r"--part:([\d.]+)", panel["style"])[1]) for panel in panels]
    assert max(parts) == 1 and min(parts) > 0.9
    widths = [float(panel["viewbox"].split()[2]) for panel in panels]
    scales = [part / width for part, width in zip(parts, widths)]
    assert scales == pytest.approx([scales[0]] * 3, rel=1e-3)


def test_cells_are_trimmed_to_the_labels_and_a_scale_outside_keeps_its_panel():
    wide = [(60, 10, 160, 110), (400, 10, 500, 110)]
    (_, _, first, _), (x, _, second, _) = themed_figures.cut(wide, 600, 130, trim=True)
    assert first == (160 + 9) - (60 - 46) and x == 400 - 46 and x + second == 500 + 14
    whole = themed_figures.cut(wide, 600, 130)
    assert sum(cell[2] for cell in whole) == 600
    cells = themed_figures.cut(wide, 600, 130, trim=True)
    assert themed_figures.place((300, 50, 310, 60), cells) == 1  # the nearest of both
    assert themed_figures.place(None, cells) == 0


def test_an_accent_stands_over_the_middle_of_its_letter():
    with matplotlib.rc_context():
        figures.style()
        figure, ax = figures.panels(1, 1)
        ax.set_title(r"$\hat\delta/R$")
        text = io.StringIO()
        figure.savefig(text, format="svg")
        matplotlib.pyplot.close(figure)
    assert "\u0302" in text.getvalue()
    page = BeautifulSoup(themed_figures.themed(text.getvalue(), "a hat"), "html.parser")
    hat = page.find("tspan", string="\u02c6")
    assert "text-anchor: middle" in hat["style"] and "\u0302" not in str(page.find("text"))


def test_a_miniature_is_one_panel_without_words(tmp_path):
    with matplotlib.rc_context():
        figures.style()
        figure, (left, right) = figures.panels(1, 2)
        left.plot([0, 1], [0, 1], color=figures.INK)
        right.plot([0, 1], [1, 0], color=figures.NEGATIVE)
        right.set(title="falls", xlabel="$x$")
        text = io.StringIO()
        figure.savefig(text, format="svg")
        matplotlib.pyplot.close(figure)
    page = BeautifulSoup(themed_figures.miniature(text.getvalue(), 2, "small"), "html.parser")
    (picture,) = page.select("div.miniature > svg")
    assert picture["aria-hidden"] == "true" and not picture.find("text")
    assert "--neuron-negative" in str(picture) and picture.select_one("[id^=small-line2d]")
    assert all(part["id"].startswith("small-") for part in picture.select("[id]"))


def statements(*rows):
    """A document with a table of statements, each row an item with its verdict."""
    document = utils.new_document("page")
    body = nodes.tbody()
    for row in rows:
        body += nodes.row("", *(nodes.entry("", nodes.paragraph("", text)) for text in row))
    group = nodes.tgroup("", body, cols=4)
    document += nodes.table("", group, classes=["statements"])
    return document


def test_errata_keep_the_rows_of_a_chapter_each_with_a_place_of_its_own():
    document = statements(
        ("Eq. 5, wrong", "x", "y", "z"), ("Eq. 5, typo", "x", "y", "z"),
        ("Eq. 5, Eq. 6, wrong", "x", "y", "z"),
    )
    env = SimpleNamespace(docname="chapters/one", errata={})
    document.settings.env = env
    errata.Collect(document).apply()
    found = env.errata["chapters/one"]
    assert list(found) == ["erratum-eq-5-wrong", "erratum-eq-5-typo", "erratum-eq-5-wrong-2"]
    assert found["erratum-eq-5-wrong-2"][:2] == (["Eq. 5", "Eq. 6"], "wrong")
    assert [row["ids"] for row in document.findall(nodes.row)] == [[place] for place in found]


@pytest.mark.parametrize("text", ["Eq. 5", "Eq. 5, holds", "wrong", "Eq. 99, wrong", "Eq 5, typo"])
def test_what_names_no_item_or_no_verdict_is_no_erratum(text):
    with pytest.raises(ValueError, match="want items of the paper"):
        errata.read(text)


def test_errata_say_what_is_told_or_checked_alone():
    rows = [("one", "place", ["Eq. 5", "Eq. 6"], "wrong", [])]
    checks = [
        ("one", {"item": item, "verdict": verdict})
        for item, verdict in (("Eq. 5", "wrong"), ("Eq. 5", "typo"), ("Eq. 4", "holds"))
    ]
    assert errata.gaps(rows, checks) == (["Eq. 5 (typo)"], ["Eq. 6 (wrong)"])


def cell(*outputs):
    """A cell of a notebook, with outputs as HTML."""
    shown = [nodes.raw("", text, format="html") for text in outputs]
    return nodes.container(
        "", nodes.container("", nodes.literal_block("", "code"), classes=["cell_input"]),
        nodes.container("", *shown, classes=["cell_output"]), classes=["cell"],
    )


def folded(*cells):
    """The cells as a page has them."""
    document = utils.new_document("page")
    document += [HideCodeCellNode("", each) if k else each for k, each in enumerate(cells)]
    app = SimpleNamespace(builder=SimpleNamespace(format="html"))
    folds.fold_page(app, document, "page")
    assert not list(document.findall(HideCodeCellNode))
    return [part.astext() for part in document.findall(nodes.Text)]


CLAIM = '<div class="claim claim-holds">'


def test_checks_that_follow_each_other_are_one_word_with_claims_before_code():
    code = [folds.CODE, "code", "</details>"]
    assert folded(cell(CLAIM), cell(CLAIM, CLAIM)) == [
        folds.CHECKED, CLAIM, *code, CLAIM, CLAIM, *code, "</details>"
    ]


def test_a_cell_that_shows_something_keeps_it_in_sight():
    assert folded(cell("<p>", CLAIM)) == [
        folds.CODE, "code", "</details>", "<p>", folds.CHECKED, CLAIM, "</details>"
    ]


def test_only_what_is_wide_goes_beyond_the_text():
    wide, narrow = cell('<div class="explorer">'), cell("<p>", CLAIM)
    assert folds.is_pictured(wide) and not folds.is_pictured(narrow)


def test_the_sections_of_the_open_chapter_lie_under_it():
    chapters = '<ul><li class="current"><a>one</a></li><li><a>two</a></li></ul>'
    sections = "<ul><li><a>one</a><ul><li><a>first</a><ul><li>deep</li></ul></li></ul></li></ul>"
    assert contents.book_contents(chapters, sections) == (
        '<ul><li class="current"><a>one</a><ul><li><a>first</a></li></ul></li>'
        "<li><a>two</a></li></ul>"
    )
    assert contents.book_contents(chapters, "") == chapters


def test_previews_hold_what_links_lead_to_without_its_own_links():
    body = (
        '<div class="math" id="eq">x<span class="eqno">(1)</span></div><p id="p">no</p>'
        '<dl class="glossary"><dt id="w">word</dt><dd>what it is</dd></dl>'
        '<figure id="f"><svg></svg><figcaption>said<a class="headerlink">#</a></figcaption>'
        "</figure>"
        f'<div class="proof" id="long">{"x" * previews.LIMIT}</div>'
        '<section class="entry" id="go"><div class="signature">go()</div><p>Goes.</p><p>Far.</p>'
        "</section>"
    )
    assert previews.previews(body) == {
        "eq": '<div class="math" id="eq">x</div>', "w": "<dd>what it is</dd>", "f": "<p>said</p>",
        "go": '<div class="signature">go()</div><p>Goes.</p>',
    }


def test_previews_of_what_lies_in_another_thing():
    body = (
        '<div class="proof note" id="a"><div><div class="math" id="b">x</div></div></div>'
        '<section class="entry" id="c"><div class="signature">C()</div>'
        '<section class="entry member" id="d"><div class="signature">d()</div><p>Does.</p>'
        '</section></section><div class="mathless" id="e"></div><div class="math" id="open">y'
    )
    assert previews.previews(body) == {
        "a": '<div class="proof note" id="a"><div><div class="math" id="b">x</div></div></div>',
        "b": '<div class="math" id="b">x</div>', "open": '<div class="math" id="open">y</div>',
        "c": '<div class="signature">C()</div>',
        "d": '<div class="signature">d()</div><p>Does.</p>',
    }


def test_a_description_is_the_first_words_of_a_page():
    document = utils.new_document("page")
    section = nodes.section()
    section += nodes.note("", nodes.paragraph("", "In a box. " * 9))
    section += nodes.paragraph("", "Short.")
    section += nodes.paragraph("", "One word " * 30)
    document += section
    told = front.description(document)
    assert told.startswith("One word One") and told.endswith((" One …", " word …"))
    assert len(told) <= 162
    assert front.description(utils.new_document("page")) == ""


def test_an_id_that_comes_again_is_dropped():
    body = '<p id="a">x</p><b class="c" id="a"><i id="b"></i></b><s data-id="a"></s>'
    left = '<p id="a">x</p><b class="c"><i id="b"></i></b><s data-id="a"></s>'
    assert places.once(body) == left == places.once(left)


def test_the_faces_have_the_letters_of_the_book(tmp_path):
    from fontTools.ttLib import TTFont

    faces.subset("SourceSansPro-Regular", tmp_path / "sans.woff2")
    known = TTFont(tmp_path / "sans.woff2").getBestCmap()
    assert set(map(ord, "aZ09δθρ−≤∞’")) <= set(known)
    assert (tmp_path / "sans.woff2").stat().st_size < 40_000
    assert faces.rules().count("@font-face") == len(faces.FACES)


@pytest.mark.parametrize("name", [face[0] for face in faces.FACES])
def test_no_letter_takes_the_width_of_one_of_its_parts(name, tmp_path):
    from fontTools.ttLib import TTFont

    faces.subset(name, tmp_path / "face.woff2")
    with TTFont(tmp_path / "face.woff2") as font:
        outlines = font["glyf"]
        made = [outlines[letter] for letter in outlines.keys() if outlines[letter].isComposite()]
        assert made and not any(part.flags & 0x200 for glyph in made for part in glyph.components)


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


def test_what_is_cached_is_made_once_and_whole(tmp_path):
    app, calls = SimpleNamespace(outdir=tmp_path / "html"), []

    def make(path):
        path.mkdir(exist_ok=True)
        calls.append(path)
        if len(calls) == 1:
            raise KeyboardInterrupt
        (path / "one.css").write_text("a", "utf8")

    with pytest.raises(KeyboardInterrupt):
        caches.cached(app, ".some/state", make)
    assert not (tmp_path / ".some" / "state").exists()
    for _ in range(2):
        assert (caches.cached(app, ".some/state", make) / "one.css").read_text("utf8") == "a"
    assert len(calls) == 2


def test_files_are_begun_in_another_process_and_waited_for(tmp_path):
    ends = []
    app = SimpleNamespace(outdir=tmp_path / "html", builder=SimpleNamespace(format="html"),
                          connect=lambda event, end, priority: ends.append(end))
    (tmp_path / "here").write_text("a", "utf8")
    wanted = {".some/a": [str(tmp_path / "here")], ".some/b": [str(tmp_path / "nowhere")]}
    caches.ahead(app, shutil.copyfile, wanted)
    assert caches.cached(app, ".some/a", pytest.fail).read_text("utf8") == "a"
    # what went wrong there is tried here
    (tmp_path / "nowhere").write_text("b", "utf8")
    make = partial(shutil.copyfile, tmp_path / "nowhere")
    assert caches.cached(app, ".some/b", make).read_text("utf8") == "b"
    caches.ahead(app, shutil.copyfile, wanted)  # all there: no process
    assert len(ends) == 1 and not caches.at_work
    ends[0](app, None)


def test_a_check_goes_below_a_note_in_the_margin():
    def opened(*before):
        check = cell(CLAIM)
        return [text for text in folded(*before, check) if text.startswith("<details")][0]

    note, text = nodes.sidebar("", nodes.paragraph("", "note")), nodes.paragraph("", "text")
    assert opened(note) == opened(note.deepcopy(), text) == folds.BELOW
    assert opened(text.deepcopy(), text.deepcopy()) == folds.CHECKED
