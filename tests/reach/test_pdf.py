"""How pages become one document: links, ids, solutions at the end, contents."""

from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup

from tools import pdf

NAMES = {"intro", "chapters/one", "chapters/two"}


@pytest.mark.parametrize("reference, leads", [
    ("#here", "#page-chapters-one--here"),
    ("two.html#there", "#page-chapters-two--there"),
    ("../intro.html", "#page-intro"),
    ("https://example.org/x", "https://example.org/x"),
    ("../genindex.html", None),
    ("../_sources/chapters/one.ipynb", None),
])
def test_where_a_link_leads_in_the_one_document(reference, leads):
    assert pdf.address(reference, "chapters/one", NAMES) == leads


def page(body):
    return BeautifulSoup(f'<article class="bd-article">{body}</article>', "html.parser")


def test_an_article_keeps_its_ids_apart_and_leaves_out_what_needs_a_screen():
    text = ('<h1 id="top">A<a class="headerlink" href="#top">#</a></h1><script>1</script>'
            '<details class="check"><pre>code</pre></details><img src="../_images/a.png">'
            '<a href="../search.html">search</a><button>copy</button>'
            '<svg><g id="m"></g><use xlink:href="#m" clip-path="url(#m)"></use></svg>')
    found = pdf.article(page(text), "chapters/one", NAMES)
    assert found.h1.get_text() == "A" and found.h1["id"] == "page-chapters-one--top"
    assert not found.select("script, button, details, .headerlink")
    assert found.img["src"] == "_images/a.png" and not found.find_all("a")
    use = found.find("use")
    assert use["xlink:href"] == "#page-chapters-one--m"
    assert use["clip-path"] == "url(#page-chapters-one--m)"
    assert found.g["id"] == "page-chapters-one--m"


def ended(text):
    """A chapter without its solutions, and the chapter of these."""
    chapter = pdf.article(page(text), "chapters/one", NAMES)
    return chapter, BeautifulSoup(pdf.solutions([chapter]), "html.parser")


def test_solutions_come_last_under_the_exercise_that_they_solve():
    text = ('<h1>One</h1><div class="exercise" id="e1"><p class="admonition-title">Exercise 1.1'
            '</p></div><div class="solution"><p class="admonition-title">Solution</p>'
            '<p>Because.</p></div>')
    chapter, end = ended(text)
    assert not chapter.select(".solution")
    assert end.h1.get_text() == "Solutions" and end.h2.get_text() == "One"
    link = end.select_one(".solution .admonition-title a")
    assert link.get_text() == "Exercise 1.1" and link["href"] == "#page-chapters-one--e1"
    assert "Because." in end.get_text()


def test_a_picture_in_a_drawing_keeps_its_data():
    text = '<svg><image xlink:href="data:image/png;base64,AAAA"></image></svg>'
    found = pdf.article(page(text), "chapters/one", NAMES)
    assert found.find("image")["xlink:href"] == "data:image/png;base64,AAAA"


def test_the_answer_to_a_question_is_not_below_it_but_at_the_end():
    text = ('<h1>One</h1><div class="question" id="q"><fieldset><legend>Why?</legend></fieldset>'
            '<details><summary>Answer</summary><ul><li>So. <strong>Yes.</strong></li></ul>'
            '</details></div>')
    chapter, end = ended(text)
    assert "Yes." not in chapter.get_text() and "Why?" in chapter.get_text()
    assert end.select_one(".asked a")["href"] == "#page-chapters-one--q"
    assert end.select_one(".answer").get_text() == "Why?So. Yes."


def test_a_book_without_solutions_has_no_such_chapter():
    assert pdf.solutions([page("<h1>One</h1>")]) == ""


def test_the_contents_give_the_page_of_each_chapter():
    listed = pdf.contents([("Part", [("page-x", "1. One")])], {"1. One": 7})
    found = BeautifulSoup(listed, "html.parser")
    assert found.b.get_text() == "7" and found.a["href"] == "#page-x"
    assert found.select_one(".part").get_text() == "Part"


def test_the_parts_of_a_book_are_those_of_its_contents():
    toc = {"root": "intro", "parts": [
        {"caption": "A", "chapters": [{"file": "x", "sections": [{"file": "y"}]}]}]}
    assert pdf.parts(toc) == [("", ["intro"]), ("A", ["x", "y"])]


def test_explorers_say_where_they_live_once_that_is_known():
    site = pdf.site_of("https://github.com/some/book")
    assert site == "https://some.github.io/book/" and pdf.site_of("https://x.example") == ""
    text = '<div class="explorer"></div>'
    shown = str(pdf.live(page(text), site, "chapters/one"))
    assert "https://some.github.io/book/chapters/one.html" in shown
    shown = pdf.live(page(text), "", "chapters/one")
    assert "chapters/one.html" in shown.get_text() and not shown.find("a")


def test_without_chromium_or_a_built_book_it_ends_with_a_line(monkeypatch, tmp_path):
    monkeypatch.setattr(pdf, "HTML", tmp_path)
    with pytest.raises(SystemExit, match="build the book first"):
        pdf.main()
    (tmp_path / "index.html").touch()
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(pdf.chromium, "shutil", SimpleNamespace(which=lambda name: None))
    with pytest.raises(SystemExit, match="Chromium was not found"):
        pdf.main()
