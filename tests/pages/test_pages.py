"""The rendered book in a real browser: complete, self-contained, readable on a phone, in the dark and without JavaScript."""
import json
import re

import pytest
from bs4 import BeautifulSoup
from built import CHAPTERS, HTML, PAGES

from lib.claims import KEY


@pytest.mark.parametrize("name", PAGES)
def test_page_asks_nobody_and_complains_of_nothing(open_page, name):
    page = open_page(name)
    page.wait_for_function("!document.querySelector('main .math') || document.querySelector('mjx-container')")
    assert page.foreign == [] and page.errors == []


@pytest.mark.parametrize("name", PAGES)
def test_page_fits_a_phone(open_page, name):
    page = open_page(name, viewport={"width": 360, "height": 740}, color_scheme="dark", has_touch=True)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")             # all the mathematics, not only what is in view
    page.wait_for_function("!document.querySelector('mjx-lazy')")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.errors == []


@pytest.fixture(scope="module")
def chapters(site):
    """The HTML of every chapter, parsed."""
    return [BeautifulSoup((HTML / f"chapters/{name}.html").read_text("utf8"), "html.parser") for name in CHAPTERS]


def test_every_picture_says_what_it_shows(chapters):
    for page in chapters:
        drawn, images = page.select("main svg[role=img]"), page.select("main article img")
        assert drawn and (images or not page.select("main .explorer"))
        assert all(len(svg.get("aria-label", "")) > 40 for svg in drawn)
        assert all(img.get("alt") and not img["alt"].endswith((".png", ".svg")) for img in images)


def test_ink_follows_the_theme(open_page):
    colours = set()
    for scheme in ("light", "dark"):
        page = open_page("chapters/setup.html", color_scheme=scheme)
        colours.add(page.locator(".drawn").first.evaluate("e => getComputedStyle(e).color"))
    assert len(colours) == 2


def test_the_nine_figures_are_numbered(chapters):
    found = set()
    for page in chapters:
        for figure in page.find_all(id=re.compile("^fig-[0-9]-")):
            assert re.search(r"Fig\. \d+", figure.get_text())
            found.add(int(figure["id"].split("-")[1]))
    assert found == set(range(1, 10))


def test_the_ledger_lists_every_claim_that_ran(open_page):
    ran = 0
    for notebook in (HTML.parent / "jupyter_execute").rglob("*.ipynb"):
        for cell in json.loads(notebook.read_text("utf8"))["cells"]:
            ran += sum(KEY in output.get("metadata", {}) for output in cell.get("outputs", []))
    page = open_page("appendix/ledger.html")
    rows = page.locator("table.ledger tbody tr")
    assert rows.count() == ran > 50
    link = rows.first.locator("a").first
    target = link.get_attribute("href").split("#")[1]
    link.click()
    page.wait_for_load_state()
    assert page.locator(f"#{target}").is_visible()


def test_pages_work_from_the_disk(browser, site):
    page = browser.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((HTML / "intro.html").as_uri())
    page.locator(".explorer canvas").first.wait_for()
    page.close()
    assert errors == []


def test_front_page_trains_and_answers_with_the_network_off(open_page):
    page = open_page("intro.html", reduced_motion="no-preference")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")             # mathematics and its fonts, too, while there is a network
    page.wait_for_function("!document.querySelector('mjx-lazy') && document.fonts.status === 'loaded'")
    page.context.set_offline(True)
    page.locator("[data-epoch]").first.wait_for(state="attached")
    page.wait_for_function("+document.querySelector('[data-epoch]').dataset.epoch > 200")
    canvas = page.locator(".explorer canvas").first
    canvas.scroll_into_view_if_needed()
    assert page.errors == [] and page.foreign == []


def test_without_javascript_there_is_a_picture(browser, site):
    context = browser.new_context(java_script_enabled=False, base_url=site)
    page = context.new_page()
    page.goto("/intro.html")
    picture = page.locator(".explorer img").first
    assert picture.is_visible() and len(picture.get_attribute("alt")) > 40
    context.close()


def test_paper_is_white_and_its_ink_dark_whatever_the_screen_was(open_page):
    page = open_page("chapters/setup.html", color_scheme="dark")
    ink = """getComputedStyle(document.querySelector('article p')).color
        .match(/[0-9]+/g).slice(0, 3).map(Number)"""
    assert sum(page.evaluate(ink)) > 3 * 150                             # pale, on the dark screen
    page.emulate_media(media="print", color_scheme="dark")
    page.wait_for_function("document.documentElement.dataset.theme === 'light'")
    assert sum(page.evaluate(ink)) < 3 * 100
    page.emulate_media(media="screen", color_scheme="dark")
    page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
