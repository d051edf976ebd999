"""Formulas are set when the book is built: they are there from the first moment, and stay whole."""

import re

import pytest
from built import HTML
from screen import PATIENCE

# formulas that take no room
BLANK = """() => [...document.querySelectorAll('article mjx-container')]
    .filter(e => e.checkVisibility()
    && !(e.querySelector('mjx-math').getBoundingClientRect().width > 3)).length"""


def test_a_wide_formula_fades_where_it_goes_on(open_page):
    page = open_page("chapters/canonical_dynamics.html", viewport={"width": 280, "height": 844})
    box = page.locator("div.math mjx-container[data-more]").first.element_handle()
    assert box.get_attribute("data-more") == "right" and box.get_attribute("tabindex") == "0"
    assert "gradient" in box.evaluate(
        "e => getComputedStyle(e).maskImage || getComputedStyle(e).webkitMaskImage"
    )
    box.focus()
    box.evaluate("e => { e.scrollLeft = e.scrollWidth; }")
    page.wait_for_function("e => e.dataset.more === 'left'", arg=box)
    page.set_viewport_size({"width": 1280, "height": 844})  # there is room enough
    page.wait_for_function("e => !('more' in e.dataset) && !e.hasAttribute('tabindex')", arg=box)


def test_every_formula_arrives_with_the_page(pages):
    count = 0
    for name, page in pages.items():
        for formula in page.select("article .math"):
            drawn = formula.find("mjx-container")
            assert drawn and drawn.find("mjx-math")["aria-hidden"] == "true", f"{name}: {formula}"
            assert drawn.find("math").get_text(strip=True), f"{name}: {formula}"
            count += 1
        assert not [
            script for script in page.find_all("script") if "mathjax" in str(script).lower()
        ]
    assert count > 800


def test_every_script_and_fraction_that_is_heard_has_its_two_parts(pages):
    parts = [part for page in pages.values() for part in page.select("msup, msub, mfrac, mover")]
    assert len(parts) > 1000
    for part in parts:
        assert len(part.find_all(True, recursive=False)) == 2, part


def test_formulas_are_typeset_where_they_are_hidden_or_beside_figures(pages):
    assert any(page.select("figcaption mjx-container") for page in pages.values())
    assert any(
        page.select(".dropdown mjx-container, .toggle mjx-container, details mjx-container")
        for page in pages.values()
    )
    assert pages["appendix/notation.html"].select("td mjx-container")


def test_equations_keep_their_numbers_and_links(pages):
    numbers = {}
    for name, page in pages.items():
        for shown in page.select("div.math .eqno"):
            place = shown.find("a", class_="headerlink")["href"].removeprefix("#")
            assert shown.parent["id"] == place
            numbers[f"{name}#{place}"] = re.match(r"\((\d+(?:\.\d+)?)\)", shown.get_text())[1]
    assert len(numbers) > 40
    count = 0
    for name, page in pages.items():
        for link in page.select('article a[href*="#equation-"]:not(.headerlink)'):
            path, anchor = link["href"].split("#")
            target = (HTML / name).parent.joinpath(path).resolve() if path else HTML / name
            place = f"{target.relative_to(HTML).as_posix()}#{anchor}"
            assert numbers[place] == link.get_text().strip("()")
            count += 1
    assert count > 40


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no scripts"])
def test_no_formula_waits_for_a_script_or_a_file(browser, site, script):
    """In the chapter whose explorer moves, from the first moment on; fonts come with the style."""
    context = browser.new_context(java_script_enabled=script)
    page = context.new_page()
    page.set_default_timeout(1000 * PATIENCE)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/chapters/canonical_dynamics.html")
    assert page.locator("article mjx-container").count() > 200
    if script:
        assert page.evaluate(BLANK) == 0
        page.wait_for_function(
            "[...document.fonts].some(f => /MJXTEX/.test(f.family) && f.status === 'loaded')"
        )
    assert not [url for url in asked if "mathjax" in url.lower()]
    context.close()


def test_formulas_are_there_after_a_jump_while_an_explorer_runs_and_in_what_is_opened(open_page):
    page = open_page("chapters/canonical_dynamics.html", reduced_motion="no-preference")
    page.locator(".ex-host").first.evaluate("host => host.scrollIntoView()")
    for part in (0.3, 0.7, 1.0):
        page.evaluate("part => scrollTo(0, part * document.documentElement.scrollHeight)", part)
        assert page.evaluate(BLANK) == 0
    page = open_page("exercises/canonical_dynamics.html")
    page.locator(".solution .toggle-button").first.click()
    solution = page.locator(".solution mjx-container").first
    solution.scroll_into_view_if_needed()
    assert solution.is_visible() and page.evaluate(BLANK) == 0
