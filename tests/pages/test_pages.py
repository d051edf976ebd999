"""The book in a browser: all of it is there and is seen, at every width, light and dark."""

import json
import re
from itertools import product
from urllib.parse import unquote, urldefrag

import pytest
from built import CHAPTERS, HTML, KINDS_OF_PAGES, documents
from screen import GUESS, PATIENCE, Work

from lib.paper import KEY

STATES = list(product((1280, 768, 390), ("light", "dark")))
# what should not be on a page, with all folds open, and where
FAULTS = """async () => {
    document.querySelectorAll('main details').forEach(part => { part.open = true; });
    for (const hidden of ['toggle-hidden', 'waits']) {
        document.querySelectorAll('.' + hidden).forEach(part => part.classList.remove(hidden));
    }
    for (let k = 0; k < 3; k++) await new Promise(requestAnimationFrame);
    const right = (part) => part.getBoundingClientRect().right;
    const seen = (parts) =>
        [...document.querySelectorAll(parts)].filter(part => part.checkVisibility());
    const out = (part, box) => right(part) > right(box) + 1.5;
    const column = (part) => part.closest('.margin') ?? document.querySelector('article');
    const html = (parts) => parts.map(part => part.parentElement.outerHTML.slice(0, 200));
    const wide = innerWidth >= 1280;
    const more = wide ? seen('article .math :is([data-more])') : [];
    const blank = seen('article mjx-container').filter(part =>
        !(part.querySelector('mjx-math').getBoundingClientRect().width > 3));
    const cut = seen('article :is(mjx-math, .drawn, table)')
        .filter(part => !part.closest('[data-more]'))
        .filter(part => out(part, column(part)) || out(part, part.parentElement));
    const scrolls = wide ? seen('article .cell_input pre')
        .filter(part => part.scrollWidth > part.clientWidth + 1) : [];
    return {blank: html(blank), cut: html([...cut, ...more]), 'code scrolls': html(scrolls),
        beyond: document.documentElement.scrollWidth > innerWidth};
}"""


@pytest.mark.parametrize("name", KINDS_OF_PAGES)
def test_all_of_a_page_is_seen_and_it_asks_nobody(open_page, name):
    """No formula is blank, nothing is cut and no code scrolls; claims' code waits to be asked."""
    page = open_page(name)
    assert page.locator(":is(.cell_input, .claim) >> visible=true").count() == 0
    found = {}
    for width, scheme in STATES:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function("width => innerWidth === width", arg=width)
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function("s => document.documentElement.dataset.theme === s", arg=scheme)
        for fault, where in page.evaluate(FAULTS).items():
            if where:
                found[width, scheme, fault] = where
    assert found == {}
    assert page.foreign == [] and page.errors == []


# labels of panels that stand under each other, out of the box that shows them: the box of a letter
# is taller than the letter
LABELS = """() => [...document.querySelectorAll('.drawn.cut:not(:has(> .broad))')].flatMap(box => {
    const {left, right} = box.getBoundingClientRect();
    return [...box.querySelectorAll('text')].filter(text => text.checkVisibility())
        .map(text => [text.textContent, text.getBoundingClientRect()])
        .filter(([, at]) => at.left < left - 9 || at.right > right + 9)
        .map(([label, ]) => label.trim()); })"""

# a picture that is wider than its box says that more follows
CUED = """() => [...document.querySelectorAll('.drawn')].every(
    box => box.scrollWidth < box.clientWidth + 2 || box.dataset.more)"""


@pytest.mark.parametrize("name", CHAPTERS)
def test_labels_are_whole_on_a_phone_and_wide_pictures_say_that_more_follows(open_page, name):
    page = open_page(f"chapters/{name}.html", viewport={"width": 390, "height": 844})
    page.evaluate(GUESS)
    page.add_style_tag(content=".drawn.cut { content-visibility: visible !important; }")
    assert page.locator(".drawn.cut text").count() > 0
    assert page.evaluate(LABELS) == []
    page.wait_for_function(CUED)  # what stays wide


def test_a_map_among_panels_is_legible_on_a_phone_and_scrolls(open_page):
    page = open_page("chapters/transition.html", viewport={"width": 390, "height": 844})
    page.evaluate(GUESS)
    box = page.locator(".drawn:has(> svg.broad)")
    assert box.locator("svg.broad").evaluate("map => map.getBoundingClientRect().width") > 500
    page.locator(".drawn[data-more=right][tabindex='0']:has(> svg.broad)").wait_for()
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_function("!document.querySelector('.drawn:has(> svg.broad)').dataset.more")


def test_every_id_is_one_place_and_every_link_leads_to_one(pages):
    ids = {}
    for name, page in pages.items():
        found = [part["id"] for part in page.select("[id]")]
        assert sorted(found) == sorted(set(found)), name
        ids[name] = set(found)
    for name, page in pages.items():
        for link in page.select("article a[href]:not([href*='://'], [href^='mailto:'])"):
            path, place = urldefrag(unquote(link["href"]))
            target = (HTML / name).parent.joinpath(path).resolve() if path else HTML / name
            assert target.is_file(), f"{name}: {link['href']}"
            if place and (known := ids.get(target.relative_to(HTML).as_posix())) is not None:
                assert place in known, f"{name}: {link['href']}"


def test_every_picture_says_what_it_shows(chapters):
    for page in chapters:
        drawn, images = page.select("main .drawn"), page.select("main article img")
        assert drawn and (images or not page.select("main .explorer"))
        for picture in drawn:
            told = picture if picture.get("role") == "img" else picture.find("svg", role="img")
            assert len(told["aria-label"]) > 40
        assert all(img.get("alt") and not img["alt"].endswith((".png", ".svg")) for img in images)


def test_the_nine_figures_are_numbered(chapters):
    found = set()
    for page in chapters:
        for figure in page.find_all(id=re.compile("^fig-[0-9]-")):
            assert re.search(r"Fig\. \d+", figure.get_text())
            found.add(int(figure["id"].split("-")[1]))
    assert found == set(range(1, 10))


def ran(document):
    """The claims of a chapter that were checked when the book was built."""
    path = HTML.parent / "jupyter_execute" / f"{document}.ipynb"
    cells = json.loads(path.read_text("utf8"))["cells"] if path.is_file() else ()
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return [claim for output in outputs if (claim := output.get("metadata", {}).get(KEY))]


def test_the_ledger_has_a_row_an_item_with_all_its_claims_inside(open_page):
    claims = [claim for document in documents() for claim in ran(document)]
    page = open_page("appendix/ledger.html")
    assert page.locator("table.ledger tbody tr li").count() == len(claims) > 50
    rows = page.locator("table.ledger tbody tr")
    assert rows.count() == len({claim["item"] for claim in claims})
    rows.first.locator("summary").click()
    link = rows.first.locator("li a").first
    target = link.get_attribute("href").split("#")[1]
    link.click()
    page.wait_for_load_state()
    page.locator(f"#{target}").wait_for()  # the fold that it lies in is open


def test_errata_lead_to_their_chapters_and_checks(pages):
    """Each of their links leads to a place that is there: test_every_id_is_one_place above."""
    rows = pages["appendix/errata.html"].select("table.errata tbody tr")
    told = [row for page in pages.values() for row in page.select("table.statements tbody tr")]
    assert len(rows) == len(told) - len(rows)
    for row in rows:
        assert row["id"].startswith("erratum-") and row.select("p.where a[href*='#erratum-']")
        assert row.select("td:first-child a[href^='ledger.html#row-']")


def test_claims_and_their_code_are_behind_one_word(chapters):
    for page in chapters:
        assert all(claim.find_parent("details", class_="check") for claim in page.select(".claim"))
        assert all(
            code.find_parent("details", class_="code") for code in page.select(".cell_input")
        )
        assert not page.select("details.code[open], details.check[open], details.hide")


def test_pages_work_from_the_disk(browser, site):
    page = browser.new_page()
    page.set_default_timeout(1000 * PATIENCE)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((HTML / "index.html").as_uri())
    page.locator(".explorer canvas").first.wait_for()
    page.close()
    assert errors == []


def test_front_page_trains_and_answers_with_the_network_off(open_page):
    page = open_page("index.html", reduced_motion="no-preference")
    page.context.set_offline(True)
    page.locator("[data-epoch]").first.wait_for(state="attached")
    page.wait_for_function("+document.querySelector('[data-epoch]').dataset.epoch > 200")
    canvas = page.locator(".explorer canvas").first
    canvas.scroll_into_view_if_needed()
    assert page.errors == [] and page.foreign == []


def test_without_javascript_there_is_a_picture(browser, site):
    context = browser.new_context(java_script_enabled=False, base_url=site)
    page = context.new_page()
    page.set_default_timeout(1000 * PATIENCE)
    page.goto("/intro.html")
    picture = page.locator(".explorer img").first
    assert picture.is_visible() and len(picture.get_attribute("alt")) > 40
    context.close()


def test_an_explorer_out_of_view_waits(open_page):
    page = open_page("chapters/canonical_dynamics.html", reduced_motion="no-preference")
    picture = """() => [...document.querySelectorAll('.ex-host canvas')]
        .map(canvas => canvas.toDataURL()).join()"""
    page.locator(".ex-host canvas").first.wait_for(state="attached")
    before = page.evaluate(picture)
    page.wait_for_timeout(500)
    assert page.evaluate(picture) == before
    page.evaluate(GUESS)
    page.locator(".ex-host").first.evaluate("host => host.scrollIntoView({block: 'center'})")
    page.wait_for_function(f"before => ({picture})() !== before", arg=before)


FIRST = """() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"""


@pytest.mark.parametrize("name", ["intro", *(f"chapters/{chapter}" for chapter in CHAPTERS)])
def test_the_first_content_is_there_within_a_second(browser, site, name):
    """On a cold load, formulas and all: they are text.  Work is counted, not time: others may be at
    work on this machine, too."""
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(1000 * PATIENCE)
    counted = Work(page)
    page.goto(f"{site}/{name}.html", wait_until="commit")
    took = page.wait_for_function(FIRST).json_value()
    first = counted.so_far()
    page.wait_for_load_state()
    first, work = counted.usual(first), counted.usual(counted.so_far())
    context.close()
    print(f"{name}: {took:.0f} ms and {first:.2f} s of work, all of it {work:.2f} s")
    assert first < 1 and work < 2


def test_index_is_the_front_page(pages):
    index = (HTML / "index.html").read_text("utf8")
    assert 'http-equiv="refresh"' not in index.lower()
    assert index == (HTML / "intro.html").read_text("utf8")


def test_every_page_has_a_description_and_a_card(pages):
    told = {}
    for name, page in pages.items():
        told[name] = page.find("meta", attrs={"name": "description"})["content"]
        assert 20 < len(told[name]) <= 165, name
        assert page.find("meta", property="og:title")["content"] in page.find("h1").get_text()
        image = (HTML / name).parent / page.find("meta", property="og:image")["content"]
        header = image.read_bytes()[:24]
        assert header[:4] == b"\x89PNG"
        size = int.from_bytes(header[16:20], "big"), int.from_bytes(header[20:24], "big")
        assert size == (1200, 630)
    assert len(set(told.values())) == len(told)


def test_the_faces_are_the_books_own_and_small(open_page):
    faces = list((HTML / "_static" / "faces").glob("*.woff2"))
    assert len(faces) == 6 and sum(face.stat().st_size for face in faces) < 200_000
    page = open_page("chapters/setup.html")
    page.evaluate("document.fonts.ready")
    loaded = page.evaluate("""[...document.fonts].filter(face => face.status === 'loaded')
        .map(face => face.family.replaceAll('"', ''))""")
    assert {"Source Serif Pro", "Source Sans Pro"} <= set(loaded)
    text = page.locator(".drawn text").first
    assert "Source Sans Pro" in text.evaluate("e => getComputedStyle(e).fontFamily")
