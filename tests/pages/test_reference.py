"""The pages of lib in a browser: every name is there with all that its source says."""

import re

import library
import pytest
from built import HTML, ROOT

NAMES = list(library.library(ROOT))


def words(text):
    """Text without the spaces that a page may set otherwise."""
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_every_public_name_with_signature_docstring_and_source(pages, name):
    page = pages[f"appendix/lib/{name}.html"]
    assert page.h1.find(string=True).strip() == f"lib.{name}"
    tops = [entry for each in library.library(ROOT)[name] for entry in each.entries]
    for entry in (each for top in tops for each in (top, *top.members)):
        section = page.find(id=library.anchor(entry.name))
        own = [part for part in section.find_all(recursive=False) if part.name != "section"]
        (signature,) = [part for part in own if "signature" in part.get("class", ())]
        assert words(signature.get_text()).endswith(words(entry.signature)), entry.name
        paragraph = next(part for part in own if part.name in ("p", "div") and part != signature
                         and "used" not in part.get("class", ()))
        assert paragraph.get_text().strip(), entry.name
        for text in re.findall(r"^>>> .*$", entry.doc, re.M):
            assert any(words(text) in words(part.get_text()) for part in own), entry.name
    for entry in tops:
        source = page.find(id=library.anchor(entry.name)).select_one("details.source")
        assert "open" not in source.attrs and source.select_one(".highlight span[class]")
        assert words(entry.source) in words(source.get_text()), entry.name
        assert f"{entry.path}, lines {entry.lines[0]}–{entry.lines[1]}" in source.get_text()


def test_formulas_are_typeset_and_lead_to_the_ledger(pages):
    page = pages["appendix/lib/dynamics.html"]
    assert len(page.select("article mjx-container")) > 60
    entry = page.find(id="lib-dynamics-tangent_kernel")
    assert entry.select("div.math mjx-container")  # the formula that is a sentence of its own
    assert [link["href"] for link in entry.select("a[href*=ledger]")] == ["../ledger.html#row-eq-3"]


def test_a_function_leads_to_where_the_book_uses_it_and_back(pages):
    used = pages["appendix/lib/flow.html"].find(id="lib-flow-gradient_flow").select("p.used a")
    assert {link["href"].split("#")[0] for link in used} >= {
        f"../../chapters/{name}_dynamics.html" for name in ("canonical", "full_parameter")}
    everywhere = [page for name, page in pages.items() if name.startswith("appendix/lib/")]
    assert sum(len(page.select("p.used a")) for page in everywhere) > 300
    back = pages["appendix/ledger.html"].select("a[href^='lib/'][href*='#lib-']")
    assert len(back) > 50


def test_the_functions_are_listed_in_the_order_of_the_map(pages):
    page = pages["appendix/functions.html"]
    assert [part.a["href"] for part in page.select("p.module")] == [
        f"lib/{name}.html" for name in NAMES]
    rows = page.select("table.functions tr td:first-child a")
    assert len(rows) == sum(entry.kind in ("function", "class")
                            for entry in library.names(ROOT).values())


def test_the_search_finds_a_function_by_its_name(open_page):
    page = open_page("search.html?q=gradient_flow")
    link = page.locator("#search-results a[href*='lib/flow.html']").first
    link.wait_for()
    link.click()
    page.wait_for_url("**/appendix/lib/flow.html**")
    assert page.errors == []


def test_a_link_to_a_function_shows_its_signature(open_page):
    page = open_page("appendix/functions.html")
    page.locator("a[href$='#lib-flow-gradient_flow']").first.hover()
    shown = page.locator(".book-preview")
    shown.wait_for()
    assert "tolerance=1e-11" in shown.inner_text() and "gradient flow" in shown.inner_text()


def test_a_word_is_explained_where_a_chapter_first_uses_it(open_page):
    page = open_page("chapters/full_parameter_dynamics.html")
    links = page.locator("article a.word")
    targets = links.evaluate_all("all => all.map(link => link.getAttribute('href'))")
    assert len(targets) > 12 and len(set(targets)) == len(targets)
    assert all(target.startswith("../appendix/glossary.html#term-") for target in targets)
    link = page.locator("a.word[href$='#term-gradient-flow']")
    link.scroll_into_view_if_needed()
    link.hover()
    shown = page.locator(".book-preview")
    shown.wait_for()
    assert "gradient descent" in shown.inner_text()


def test_the_index_has_words_statements_and_functions(pages):
    page = pages["appendix/words.html"]
    lines = page.select("ul.book-index > li")
    entries = [line.get_text(" ", strip=True).replace("'", "’") for line in lines]
    terms = [term.find(string=True).strip()
             for term in pages["appendix/glossary.html"].select("dl.glossary dt")]
    assert len(terms) > 60
    for term in terms:
        assert any(entry.startswith(term) for entry in entries), term
    assert not any("\\" in entry for entry in entries)
    assert "Attractors and repulsors (lemma)" in entries
    assert "gradient_flow (lib.flow)" in entries
    knot = next(line for line in lines if line.a.get_text() == "knot")
    assert len(knot.select("a[href^='../chapters/']")) >= 4


def test_the_pages_of_functions_are_no_part_of_the_pdf():
    from tools import pdf

    toc = {"root": "intro", "parts": [{"caption": "A", "chapters": [
        {"file": "appendix/functions", "sections": [{"file": "appendix/lib/flow"}]}]}]}
    assert pdf.parts(toc)[1] == ("A", ["appendix/functions"])
    assert (HTML / "appendix/lib/flow.html").is_file()
