"""The built book in another folder, opened from the disk without a network: every page, in both
browsers.

What is not possible there: a page may not read another one, so that hits of the search are titles
without an excerpt.
"""

import shutil

import pytest
from built import HTML, PAGES
from firefox import HALF_READ, Firefox, executable
from screen import GUESS, PATIENCE
from wanted import absent

pytestmark = pytest.mark.thorough
# what is not whole on a page with all folds open and predictions made
LOOKED_AT = f"""(async () => {{
    {GUESS};
    document.querySelectorAll('main details').forEach(part => {{ part.open = true; }});
    const all = document.createElement('style');  // what is out of view, too
    all.textContent = '.drawn {{ content-visibility: visible !important; }}';
    document.head.append(all);
    await document.fonts.ready;
    const shown = (parts) =>
        [...document.querySelectorAll(parts)].filter(part => part.checkVisibility());
    const painted = (canvas) => canvas.width && canvas.getContext('2d')
        .getImageData(0, 0, canvas.width, canvas.height).data.some(v => v);
    const hosts = shown('.ex-host');
    for (const host of hosts) {{
        host.scrollIntoView({{block: 'center'}});
        for (let k = 0; k < 600 && (host.hasAttribute('data-busy')
            || ![...host.querySelectorAll('canvas')].every(painted)); k++) {{
            await new Promise(done => setTimeout(done, 50));
        }}
    }}
    for (let k = 0; k < 3; k++) await new Promise(requestAnimationFrame);
    const html = (parts) => parts.map(part => part.outerHTML.slice(0, 160));
    return {{
        formulas: html(shown('article mjx-container')
            .filter(part => !(part.querySelector('mjx-math').getBoundingClientRect().width > 3))),
        pictures: html(shown('article img')
            .filter(part => !(part.complete && part.naturalWidth > 0))),
        drawings: html(shown('article .drawn svg')
            .filter(part => !(part.getBoundingClientRect().width > 40))),
        explorers: html(shown('.explorer').filter(part => !part.querySelector('canvas'))),
        blank: html(shown('.ex-host canvas').filter(part => !painted(part))),
        faces: [...document.fonts].filter(face => face.status === 'error')
            .map(face => face.family),
    }};
}})()"""
COUNT = "document.querySelectorAll('article mjx-container, article .drawn, .ex-host').length"
# the pointer comes to a link that is in view: a window in the background has no focus
POINT = """(async () => {
    const link = [...document.querySelectorAll("article p a[href*='#equation-']")]
        .find(link => link.checkVisibility());
    for (let k = 0; k < 4; k++) {  // what comes into view may take more room than was thought
        link.scrollIntoView({block: 'center'});
        await new Promise(requestAnimationFrame);
    }
    const box = link.getBoundingClientRect();
    return [Math.round(box.left + box.width / 2), Math.round(box.top + box.height / 2)];
})()"""
HITS = "document.querySelectorAll('ul.search li a').length"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A copy of the pages in an empty folder, which has a space in its name."""
    if not (HTML / "index.html").is_file():
        absent("the book is not built (make book)")
    copy = tmp_path_factory.mktemp("disk") / "the book"
    shutil.copytree(HTML, copy)
    return copy


class Chromium:
    """The part of Firefox (firefox.py) that is used here, over playwright."""

    def __init__(self, browser):
        self.browser = browser
        self.context = browser.new_context(reduced_motion="reduce")
        self.context.set_offline(True)
        self.page = self.context.new_page()
        self.page.set_default_timeout(1000 * PATIENCE)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda message: self.errors.append(message.text)
                     if message.type == "error" else None)
        self.page.on("request", lambda request: self.asked.append(request.url)
                     if not request.url.startswith(("data:", "blob:")) else None)

    def open(self, address):
        self.errors, self.asked = [], []
        self.page.goto(address)

    def evaluate(self, expression):
        return self.page.evaluate(expression)

    def point(self, x, y):
        self.page.mouse.move(x, y)

    def wait_for(self, expression):
        return self.page.wait_for_function(expression).json_value()

    def close(self):
        self.context.close()


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def reader(request):
    """A browser that reaches nobody."""
    if request.param == "chromium":
        running = Chromium(request.getfixturevalue("browser"))
    elif path := executable():
        running = Firefox(path)
    else:
        absent("firefox was not found")
    yield running
    running.close()


def sound(reader, folder):
    assert [error for error in reader.errors if not error.startswith(HALF_READ)] == []
    assert [url for url in reader.asked if not url.startswith(folder.as_uri())] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole(reader, folder, name):
    reader.open((folder / name).as_uri())
    faults = reader.evaluate(LOOKED_AT)
    assert {what: where for what, where in faults.items() if where} == {}
    if name.startswith("chapters/"):
        assert reader.evaluate(COUNT) > 20
    sound(reader, folder)


def test_a_link_to_a_formula_shows_it(reader, folder):
    reader.open((folder / "chapters" / "canonical_dynamics.html").as_uri())
    reader.point(*reader.evaluate(POINT))
    reader.wait_for("!!document.querySelector('.book-preview mjx-container')")
    sound(reader, folder)


def test_the_search_finds_pages_and_asks_for_nothing(reader, folder):
    reader.open((folder / "search.html").as_uri() + "?q=splines")
    reader.wait_for(f"{HITS} > 4")
    reader.evaluate("new Promise(done => setTimeout(done, 500))")
    sound(reader, folder)
