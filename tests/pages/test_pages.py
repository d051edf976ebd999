"""The book in a browser: complete, self-contained, readable on a phone, in the dark, on paper."""

import json
import re

import pytest
from bs4 import BeautifulSoup
from built import CHAPTERS, HTML, PAGES

from lib.claims import KEY

# formulas, figures and tables beyond their column, with no box that lets the reader scroll there
CUT = """async () => {
    document.querySelectorAll('main details').forEach(part => { part.open = true; });
    for (let k = 0; k < 3; k++) await new Promise(requestAnimationFrame);
    const right = (part) => part.getBoundingClientRect().right;
    const out = (part, box) => right(part) > right(box) + 1.5;
    const column = (part) => part.closest('.margin') ?? document.querySelector('article');
    const unboxed = [...document.querySelectorAll('article :is(mjx-math, .drawn svg, table)')]
        .filter(part => part.checkVisibility() && !part.closest('[data-more]'));
    return unboxed.filter(part => out(part, column(part)) || out(part, part.parentElement))
        .map(part => part.parentElement.outerHTML.slice(0, 200));
}"""


@pytest.mark.parametrize("name", PAGES)
def test_page_asks_nobody_complains_of_nothing_and_shows_all(open_page, name):
    page = open_page(name)
    assert page.evaluate(CUT) == []
    assert page.foreign == [] and page.errors == []


@pytest.mark.parametrize("name", PAGES)
def test_page_fits_a_phone(open_page, name):
    page = open_page(
        name, viewport={"width": 360, "height": 740}, color_scheme="dark", has_touch=True
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate(CUT) == []
    assert page.errors == []


def test_a_wide_formula_fades_where_it_goes_on(open_page):
    page = open_page("chapters/canonical_dynamics.html", viewport={"width": 390, "height": 844})
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


@pytest.fixture(scope="module")
def pages(site):
    """The HTML of every page, parsed."""
    return {name: BeautifulSoup((HTML / name).read_text("utf8"), "html.parser") for name in PAGES}


@pytest.fixture(scope="module")
def chapters(pages):
    """The chapters among them."""
    return [pages[f"chapters/{name}.html"] for name in CHAPTERS]


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
            number = re.match(r"\((\d+\.\d+)\)", shown.get_text())[1]
            numbers[number] = (
                f"{name}#{shown.find('a', class_='headerlink')['href'].removeprefix('#')}"
            )
            assert shown.parent["id"] == numbers[number].split("#")[1]
    assert len(numbers) > 40
    links = [
        (name, link)
        for name, page in pages.items()
        for link in page.select('article a[href*="#equation-"]:not(.headerlink)')
    ]
    assert len(links) > 40
    for name, link in links:
        path, anchor = link["href"].split("#")
        place = (
            (HTML / name).parent.joinpath(path).resolve().relative_to(HTML).as_posix()
            if path
            else name
        )
        assert numbers[link.get_text().strip("()")] == f"{place}#{anchor}"


# formulas that take no room
BLANK = """() => [...document.querySelectorAll('article mjx-container')]
    .filter(e => e.checkVisibility()
    && !(e.querySelector('mjx-math').getBoundingClientRect().width > 3)).length"""


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no scripts"])
def test_no_formula_waits_for_a_script_or_a_file(browser, site, script):
    """In the chapter whose explorer moves, from the first moment on; fonts come with the style."""
    context = browser.new_context(java_script_enabled=script)
    page = context.new_page()
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


LIGHTNESS = """selector => {
    const colour = getComputedStyle(document.querySelector(selector)).color;
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number);
    return (r + g + b) / 3; }"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_print_is_dark_on_white(open_page, scheme):
    page = open_page("chapters/setup.html", color_scheme=scheme)
    on_screen = page.evaluate(LIGHTNESS, "article p")
    assert (on_screen > 128) == (scheme == "dark")
    page.emulate_media(media="print")
    page.wait_for_function("document.documentElement.dataset.theme === 'light'")
    for part in ("article p", "article mjx-container", ".drawn", ".claim-text", ".highlight pre"):
        assert page.evaluate(LIGHTNESS, part) < 110, part
    page.emulate_media(media="screen")
    page.wait_for_function("theme => document.documentElement.dataset.theme === theme", arg=scheme)
    page.evaluate(
        "dispatchEvent(new Event('beforeprint'))"
    )  # the way of browsers' own print command
    assert page.evaluate(LIGHTNESS, "article p") < 110
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(LIGHTNESS, "article p") == on_screen


def test_a_dark_page_is_dark_from_the_first_picture_on(browser, site):
    """Also while the theme's own script, which comes last, has not come yet."""
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.route("**/pydata-sphinx-theme.js*", lambda route: route.abort())
    page.goto(f"{site}/chapters/setup.html")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert (
        sum(
            map(
                int,
                re.findall(
                    r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor")
                )[:3],
            )
        )
        < 150
    )
    context.close()


def test_the_readers_own_colours_leave_the_pictures_readable(open_page):
    page = open_page("chapters/kernel_regime.html", forced_colors="active", color_scheme="dark")
    ink = page.evaluate("""() => {
        const probe = document.createElement('i');
        probe.style.color = 'CanvasText';
        document.body.append(probe);
        return getComputedStyle(probe).color;
    }""")
    colour = "(selector) => getComputedStyle(document.querySelector(selector)).color"
    for part in (".drawn", "figcaption .cubic", ".claim-text"):
        assert page.evaluate(colour, part) == ink, part
    line = "e => getComputedStyle(e).textDecorationColor"
    assert page.locator("figcaption .cubic").first.evaluate(line) == "rgb(0, 158, 115)"


def test_a_theme_that_was_chosen_is_kept(open_page):
    page = open_page("intro.html", color_scheme="dark")
    page.evaluate("localStorage.setItem('mode', 'light'); localStorage.setItem('theme', 'light')")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "light"


def test_search_shows_words_and_marks_them_on_the_page(open_page):
    page = open_page("search.html?q=splines")
    page.set_default_timeout(60_000)
    page.locator("ul.search li p.context").nth(4).wait_for()
    for excerpt in page.locator("ul.search li p.context").all_inner_texts():
        assert not re.search(r"\\[a-z]+|\bimport\b|\$", excerpt), excerpt
    page.locator("ul.search li a").first.click()
    page.locator("article mark.highlighted").first.wait_for()
    words = page.locator("article mark.highlighted").all_inner_texts()
    assert words and all(word.lower().startswith("spline") for word in words)
    assert page.locator("mjx-container mark, svg mark, .explorer mark").count() == 0
    page.keyboard.press("Escape")
    assert page.locator("mark.highlighted").count() == 0
    page.reload()  # a page that was opened otherwise has no marks
    page.wait_for_timeout(200)
    assert page.locator("mark.highlighted").count() == 0


def test_the_search_index_has_no_tex_and_no_code(site):
    index = json.loads(
        (HTML / "searchindex.js")
        .read_text("utf8")
        .removeprefix("Search.setIndex(")
        .removesuffix(")")
    )
    found = {word: where for word, where in index["terms"].items() if where != []}
    assert not {"frac", "varrho", "lvert", "mathrm", "linspac", "noqa"}.intersection(found)
    assert {"spline", "kernel", "invari"} <= set(found)
