"""The decks: made from the built chapters, they fit a screen, work offline, hold no answer."""
import pytest
from built import CHAPTERS, HTML

from tools.course.slides import deck

SIZE = {"width": 1280, "height": 720}


@pytest.fixture(scope="module")
def decks(site):
    """The decks, written where `make slides` writes them."""
    folder = HTML / "slides"
    folder.mkdir(exist_ok=True)
    for name in CHAPTERS:
        made = deck(HTML / "chapters" / f"{name}.html", name)
        (folder / f"{name}.html").write_text(made, "utf8")


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_deck_fits_its_screen_and_asks_nobody(decks, open_page, name):
    page = open_page(f"slides/{name}.html", viewport=SIZE)
    count = page.evaluate("document.querySelectorAll('.slide').length")
    assert count >= 10
    state = """() => { const slide = document.querySelector('.slide.here');
        const drawn = slide.querySelector('figure') && !slide.querySelector('.drawn');
        return [drawn, slide.scrollHeight - slide.clientHeight,
                slide.scrollWidth - slide.clientWidth, parseFloat(getComputedStyle(slide).fontSize),
                slide.textContent.trim().length]; }"""
    for number in range(count):
        explorer, tall, wide, size, letters = page.evaluate(state)
        assert wide <= 1 and letters > 0, number
        assert explorer or (tall <= 1 and size >= 13), number
        page.keyboard.press("PageDown")
    assert page.locator(".deck-foot output").inner_text() == f"{count} / {count}"
    assert page.foreign == [] and page.errors == []


def test_keys_go_to_and_fro_and_a_slide_has_an_address(decks, open_page):
    page = open_page(f"slides/{CHAPTERS[0]}.html#3", viewport=SIZE)
    place = page.locator(".deck-foot output")
    assert place.inner_text().startswith("3 /")
    for key, wanted in (("ArrowRight", "4"), ("ArrowLeft", "3"), ("Home", "1"), ("ArrowLeft", "1")):
        page.keyboard.press(key)
        assert place.inner_text().split()[0] == wanted
    page.locator("#on").click()
    assert place.inner_text().split()[0] == "2"


@pytest.mark.parametrize("name", CHAPTERS)
def test_explorers_are_alive_and_answers_are_not_on_the_slides(decks, open_page, name):
    page = open_page(f"slides/{name}.html", viewport=SIZE)
    text = page.evaluate("document.querySelector('main').textContent")
    assert "import torch" not in text and "Solution" not in text
    pictures = "document.querySelectorAll('.slide figure svg, .slide figure canvas').length"
    assert page.evaluate(pictures) > 0
    answers = page.locator(".question-answer")
    assert answers.count() >= 4 and not any(one.is_visible() for one in answers.all())
