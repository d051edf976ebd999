"""What a page does for its reader: themes, paper, search, folds, predictions, previews of links."""

import json
import re

import pytest
from built import HTML, ROOT, places
from screen import PATIENCE

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
    page.set_default_timeout(1000 * PATIENCE)
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
    mark = "e => getComputedStyle(e, '::before').backgroundImage"
    assert "rgb(0, 158, 115)" in page.locator("figcaption .cubic").first.evaluate(mark)


def test_a_theme_that_was_chosen_is_kept(open_page):
    page = open_page("intro.html", color_scheme="dark")
    page.evaluate("localStorage.setItem('mode', 'light'); localStorage.setItem('theme', 'light')")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "light"


def test_search_shows_words_and_marks_them_on_the_page(open_page):
    page = open_page("search.html?q=splines")
    page.locator("ul.search li p.context").nth(4).wait_for()
    for excerpt in page.locator("ul.search li p.context").all_inner_texts():
        assert not re.search(r"\\[a-z]+|\bimport\b|\$", excerpt), excerpt
    page.locator("ul.search li a").first.click()
    page.wait_for_url(lambda url: "search.html" not in url)
    page.locator("article mark.highlighted").first.wait_for()
    words = page.locator("article mark.highlighted").all_inner_texts()
    assert words and all(word.lower().startswith("spline") for word in words)
    assert page.locator("mjx-container mark, svg mark, .explorer mark").count() == 0
    page.keyboard.press("Escape")
    assert page.locator("mark.highlighted").count() == 0
    page.reload()  # a page that was opened otherwise has no marks
    page.wait_for_timeout(200)
    assert page.locator("mark.highlighted").count() == 0


def test_search_knows_other_words_and_leads_to_sections(open_page):
    page = open_page("search.html?q=breakpoint")  # the book says "knot"
    hit = page.locator("ul.search li", has=page.locator("p.context")).filter(has_text="›").first
    hit.wait_for()
    assert "knot" in page.locator("ul.search").inner_text().lower()
    section = hit.locator("a").get_attribute("href").split("#")[1]
    hit.locator("a").click()
    page.wait_for_url(lambda url: url.endswith(f"#{section}"))
    page.locator(f"#{section} mark.highlighted").first.wait_for(state="attached")
    assert page.errors == []


def test_the_search_lists_no_place_twice(open_page):
    page = open_page("search.html?q=attract")
    page.locator("ul.search li").nth(10).wait_for()
    page.wait_for_load_state("networkidle")  # the texts of the pages have come
    places = page.locator("ul.search li > a").evaluate_all("all => all.map(a => a.href)")
    assert len(set(places)) == len(places) > 10


def test_the_contents_of_a_phone_go_when_a_section_is_chosen(open_page):
    page = open_page("chapters/setup.html", viewport={"width": 390, "height": 844})
    page.locator(".sidebar-toggle.primary-toggle").first.click()
    contents = page.locator("#pst-primary-sidebar-modal")
    contents.locator("a[href='#play-with-it']").click()
    contents.wait_for(state="hidden")
    assert page.url.endswith("#play-with-it")
    assert page.locator("#play-with-it").bounding_box()["y"] < 200
    assert page.errors == []


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


def test_ink_follows_the_theme(open_page):
    colours = set()
    for scheme in ("light", "dark"):
        page = open_page("chapters/setup.html", color_scheme=scheme)
        colours.add(page.locator(".drawn").first.evaluate("e => getComputedStyle(e).color"))
    assert len(colours) == 2


def test_on_paper_nothing_is_cut_and_solutions_stand_at_the_end(open_page):
    page = open_page("exercises/setup.html", viewport={"width": 640, "height": 900})
    page.emulate_media(media="print")
    page.wait_for_function("document.querySelector('article > section:last-of-type > .solution')")
    cut = page.evaluate("""() => {
        const end = document.querySelector('article').getBoundingClientRect().right + 1.5;
        return [...document.querySelectorAll('article :is(mjx-math, .drawn, table, pre, img)')]
            .filter(part => part.checkVisibility() && part.getBoundingClientRect().right > end)
            .map(part => part.outerHTML.slice(0, 200)); }""")
    assert cut == []
    words = page.locator("article > section:last-of-type > .solution p")
    assert words.count() > 2 and all(part.is_visible() for part in words.all())
    of = page.locator("article > section:last-of-type > .solution > p").evaluate_all(
        "titles => titles.map(title => getComputedStyle(title, '::after').content)"
    )
    assert of == [f'" 1.{k + 1}"' for k in range(len(of))]  # each says whose it is
    hints = page.locator("details.sd-dropdown")
    assert hints.count() > 2 and all(hint.get_attribute("open") == "" for hint in hints.all())
    page.emulate_media(media="screen")
    page.wait_for_function("document.querySelector('.exercise ~ .solution')")
    assert page.locator("details.sd-dropdown[open]").count() == 0
    assert page.get_by_role("heading", name="Solutions", exact=True).count() == 0


def test_one_switch_opens_all_code_and_is_remembered(open_page):
    page = open_page("chapters/setup.html")
    code = page.locator(".cell_input:not(details.check *, .solution *, .waits *)")
    shown = lambda: [part.is_visible() for part in code.all()]  # noqa: E731
    assert code.count() > 3 and not any(shown())
    page.get_by_role("button", name="code", exact=True).click()
    assert all(shown())
    page.reload()
    page.wait_for_function("document.querySelector('details.code[open]')")
    assert all(shown())
    page.get_by_role("button", name="code", exact=True).click()
    assert not any(shown())


def test_a_check_unfolds_its_claims_first_and_then_its_code(open_page):
    page = open_page("chapters/setup.html")
    word = page.locator("details.check > summary").first
    assert word.inner_text().startswith("checked")
    word.press("Enter")
    check = page.locator("details.check").first
    assert check.locator(".claim").first.is_visible()
    assert not check.locator(".cell_input").first.is_visible()
    check.locator("details.code > summary").first.click()
    assert check.locator(".cell_input").first.is_visible()


def test_the_contents_show_where_the_reader_is(open_page):
    page = open_page("chapters/setup.html")
    section = page.locator("article > section > section").nth(3)
    section.evaluate("e => e.scrollIntoView()")
    here = page.locator(".book-nav a[aria-current=true]")
    page.wait_for_function(
        "id => document.querySelector('.book-nav a[aria-current=true]')?.hash === '#' + id",
        arg=section.get_attribute("id"),
    )
    assert here.count() == 1


def test_a_link_shows_what_it_leads_to_and_asks_for_it_only_then(open_page):
    page = open_page("chapters/full_parameter_dynamics.html")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    assert page.locator(".book-preview").count() == 0
    page.locator("article p a[href*='#equation-']").first.hover()
    page.locator(".book-preview mjx-container").first.wait_for()
    assert [url.split("/")[-1] for url in asked] == ["previews.js"]
    page.keyboard.press("Escape")
    assert page.locator(".book-preview").count() == 0
    page.locator("article p a[href*='bibliography.html#']").first.focus()
    page.locator(".book-preview").wait_for()
    assert len(page.locator(".book-preview").inner_text()) > 40
    assert page.foreign == [] and page.errors == []


PREDICTION = """<article><div class="admonition predict">{}</div>
    <div class="cell" id="next"><svg width="9" height="9"></svg><p>seen</p></div>
    <p>text</p></article>"""
ANSWERS = {
    "choices": ("<ul><li>one</li><li>two</li></ul>", "two"),
    "a guess": ("<p>Which?</p>", "I have a guess: show it"),
    "questions": ("<ol><li>one?</li><li>two?</li></ol>", "I have a guess: show it"),
}


@pytest.mark.parametrize("way", ANSWERS)
def test_a_picture_waits_for_the_prediction(open_page, way):
    asked, answer = ANSWERS[way]
    page = open_page("intro.html")
    page.set_content(f"""<html><style>{(ROOT / "_static" / "book.css").read_text("utf8")}</style>
        <script>{(ROOT / "_static" / "book.js").read_text("utf8")}</script>
        {PREDICTION.format(asked)}</html>""")
    assert not page.get_by_text("seen").is_visible() and page.get_by_text("text").is_visible()
    assert page.get_by_role("button").count() == (2 if way == "choices" else 1)
    button = page.get_by_role("button", name=answer)
    button.click()
    assert page.get_by_text("seen").is_visible()
    assert button.get_attribute("aria-pressed") == "true"


# the explorers that stand behind a prediction
ASKED = {name: kind for kind, name in places().items() if name != "intro.html"}
STATE = "({ epoch, time }) => epoch ?? time"


@pytest.mark.parametrize("name", ASKED)
def test_an_explorer_begins_when_the_prediction_is_made(open_page, name):
    page = open_page(name, reduced_motion="no-preference")
    explorer = page.locator(f".explorer[data-explorer={ASKED[name]}]").first
    body = explorer.locator(".ex-body")
    body.wait_for(state="attached")
    at = f"e => ({STATE})(e.dataset)"
    before = body.evaluate(at)
    page.wait_for_timeout(500)
    assert not explorer.is_visible() and body.evaluate(at) == before
    waits = page.locator(".waits").filter(has=explorer)
    box = waits.locator("xpath=preceding-sibling::div[contains(@class, 'predict')][1]")
    box.locator("button.guess").first.press("Enter")
    explorer.scroll_into_view_if_needed()
    assert explorer.is_visible()
    if body.evaluate("e => !!e.querySelector('.ex-play[aria-pressed=true]')"):
        page.wait_for_function(f"([e, before]) => ({at})(e) !== before",
                               arg=[body.element_handle(), before])
    assert page.errors == []


def test_a_link_to_an_explorer_asks_for_no_prediction(open_page):
    name, kind = next(iter(ASKED.items()))
    page = open_page(f"{name}#{kind}:%7B%7D")
    explorer = page.locator(f".explorer[data-explorer={kind}]").first
    assert explorer.is_visible() and page.locator("button.guess").count() > 0
    page.wait_for_function("scrollY > 500")


def test_a_question_brings_the_explorer_that_answers_it(open_page):
    page = open_page("exercises/canonical_dynamics.html", reduced_motion="no-preference")
    box = page.locator("#question-who-gathers")
    body = box.locator(".ex-body")
    body.wait_for(state="attached")
    before = body.evaluate("e => e.dataset.time")
    page.wait_for_timeout(400)
    assert not body.is_visible() and body.evaluate("e => e.dataset.time") == before
    box.locator("input").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    body.scroll_into_view_if_needed()
    page.wait_for_function("([e, before]) => e.dataset.time !== before",
                           arg=[body.element_handle(), before])
    assert page.locator(".ex-body:visible").count() == 1
    assert page.errors == [] and page.foreign == []
