"""The decks: made from the built chapters, they fit a screen, work offline, hold no answer."""
import os
from pathlib import Path

import pytest
from built import CHAPTERS, HTML, places
from screen import QUIET, patiently

from tools.course import tables
from tools.course.slides import deck

SIZE = {"width": 1280, "height": 720}


@pytest.fixture(scope="module")
def decks(site):
    """The decks, written where `make slides` writes them, each at once: other tests may read it."""
    folder = HTML / "slides"
    folder.mkdir(exist_ok=True)
    for name in CHAPTERS:
        made, path = deck(HTML / "chapters" / f"{name}.html", name), folder / f"{name}.html"
        if not path.is_file() or path.read_text("utf8") != made:
            part = HTML.parent / f".{name}.{os.getpid()}"
            part.write_text(made, "utf8")
            part.replace(path)


STATE = """async () => {
    await document.fonts.ready;
    const slide = document.querySelector(".slide.here");
    const sizes = [...slide.querySelectorAll(".drawn svg text, .drawn svg tspan")]
        .filter((text) => text.textContent.trim() && text.style.fontSize)
        .map((text) => {
            const svg = text.closest("svg");
            const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
            return parseFloat(text.style.fontSize) * scale;
        }).sort((a, b) => a - b);
    return { explorer: Boolean(slide.querySelector("iframe")),
        tall: slide.scrollHeight - slide.clientHeight, wide: slide.scrollWidth - slide.clientWidth,
        size: parseFloat(getComputedStyle(slide).fontSize),
        drawn: sizes.length ? sizes[sizes.length >> 1] : null,
        empty: !slide.textContent.trim() && !slide.querySelector("iframe") };
}"""


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_deck_fits_its_screen_is_readable_from_the_last_row_and_asks_nobody(
        decks, open_page, name):
    page = open_page(f"slides/{name}.html", viewport=SIZE)
    count = page.evaluate("document.querySelectorAll('.slide').length")
    minutes = tables.card(HTML.parents[1] / "chapters" / f"{name}.md").lecture
    assert 1.8 <= minutes / count <= 4, f"{count} slides for {minutes} minutes"
    for number in range(1, count + 1):
        state = page.evaluate(STATE)
        assert not state["empty"], number
        if not state["explorer"]:
            assert max(state["wide"], state["tall"]) <= 1 and state["size"] >= 28, (number, state)
            assert state["drawn"] is None or state["drawn"] >= 15, (number, state)
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
def test_a_deck_holds_the_questions_and_neither_answers_nor_code(decks, open_page, name):
    page = open_page(f"slides/{name}.html", viewport=SIZE)
    text = page.evaluate("document.querySelector('main').textContent")
    assert "import torch" not in text and "Solution" not in text
    answers = page.locator(".question-answer")
    assert answers.count() >= 4 and not any(one.is_visible() for one in answers.all())
    assert page.locator(".slide .drawn svg").count() > 0


WITH_EXPLORER = sorted({Path(page).stem for page in places().values()} & set(CHAPTERS))


@pytest.mark.parametrize("name", WITH_EXPLORER)
@pytest.mark.parametrize("size", [SIZE, {"width": 1920, "height": 1080}], ids=["hd", "full hd"])
def test_an_explorer_is_alive_on_its_slide_large_and_lets_go_of_the_keys(
        decks, open_page, name, size):
    page = open_page(f"slides/{name}.html", viewport=size)
    number = page.evaluate("slides.findIndex((slide) => slide.querySelector('iframe')) + 1")
    page.evaluate(f"show({number - 1})")
    page.wait_for_function("slides[here].querySelector('iframe')?.style.transform")
    explorer = page.locator(".slide.here iframe")

    def fits():  # it is enlarged again when it has grown
        box = explorer.bounding_box()
        return (box["x"] >= 0 and box["x"] + box["width"] <= size["width"] + 1
                and box["y"] >= 0 and box["y"] + box["height"] <= 0.94 * size["height"]
                and (box["height"] > 0.6 * size["height"] or box["width"] > 0.8 * size["width"]))

    rest = lambda: page.wait_for_timeout(200)  # noqa: E731
    frame = page.frame_locator(".slide.here iframe")
    frame.locator("canvas").first.wait_for()
    frame.locator(".ex-host").first.evaluate(QUIET)
    patiently(fits, lambda: f"its place: {explorer.bounding_box()}", rest)
    before = explorer.screenshot()
    slider = frame.locator("input[type=range]").first
    if slider.count():
        slider.focus()
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
    else:
        frame.locator("button.ex-button").first.click()
    patiently(lambda: explorer.screenshot() != before, lambda: "it does not answer", rest)
    page.keyboard.press("PageDown")
    assert page.locator(".deck-foot output").inner_text().startswith(f"{number + 1} /")
    assert page.foreign == [] and page.errors == []
