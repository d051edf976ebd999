"""Every page and explorer in Firefox: all is there, and a key changes the picture."""

import pytest
from built import HTML, PAGES, places
from firefox import HALF_READ, Firefox, executable
from screen import GUESS, LOOK
from wanted import absent

pytestmark = pytest.mark.thorough
FORMULAS = """[...document.querySelectorAll('article .math')].filter(e => e.checkVisibility())
    .every(e => e.querySelector('mjx-math')?.getBoundingClientRect().width > 3)"""
FONTS = "[...document.fonts].filter(f => f.family.includes('MJX')).every(f => f.status !== 'error')"
PAINTED = """[...document.querySelectorAll('.ex-host canvas')].filter(c => c.checkVisibility())
    .every(c => c.width
    && c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v))"""
UP = "\ue013"


def sound(firefox, home):
    """No error, and nobody else asked; that all formulas are whole: test_formulas.py."""
    assert [error for error in firefox.errors if not error.startswith(HALF_READ)] == []
    assert [url for url in firefox.asked if not url.startswith(home)] == []


@pytest.fixture(scope="module")
def firefox():
    path = executable()
    if path is None:
        absent("firefox was not found")
    running = Firefox(path)
    yield running
    running.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_complete(firefox, site, name):
    firefox.open(f"{site}/{name}")
    assert firefox.wait_for(FORMULAS) and firefox.evaluate(FONTS)
    assert firefox.evaluate("document.documentElement.scrollWidth <= innerWidth")
    sound(firefox, site)


@pytest.mark.parametrize("way,width", [("http", 1280), ("file", 390)])
@pytest.mark.parametrize("kind", places())
def test_an_explorer_is_drawn_and_answers(firefox, site, kind, way, width):
    home = site if way == "http" else HTML.as_uri()
    firefox.open(f"{home}/{places()[kind]}", width)
    host = f"document.querySelector('.explorer[data-explorer={kind}] .ex-host')"
    firefox.wait_for(f"!!{host} && {host}.querySelectorAll('canvas').length > 0")
    firefox.evaluate(GUESS)
    firefox.evaluate(f"{host}.scrollIntoView({{block: 'center'}})")
    firefox.wait_for(f"{PAINTED} && !{host}.hasAttribute('data-busy')")
    look = f"({LOOK})({host})"
    before = firefox.evaluate(f"(window.before = {look}).length")
    assert before > 1000
    firefox.evaluate(f"{host}.querySelector('.ex-handle').focus()")
    firefox.press(UP)
    firefox.wait_for(f"{look} !== window.before")
    assert firefox.evaluate(FORMULAS) and firefox.evaluate(FONTS)
    sound(firefox, home)


def test_print_is_dark_on_white(firefox, site):
    firefox.open(f"{site}/chapters/setup.html")
    firefox.evaluate("document.documentElement.dataset.theme = 'dark'")
    firefox.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert firefox.evaluate("document.documentElement.dataset.theme") == "light"
    firefox.evaluate("dispatchEvent(new Event('afterprint'))")
    assert firefox.evaluate("document.documentElement.dataset.theme") == "dark"
