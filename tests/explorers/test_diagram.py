"""The diagram of regimes in a headless Chromium, and its numbers against lib."""
import json
import re
from functools import partial

import numpy as np
import pytest
import torch
from screen import (
    changes,
    choose,
    complete,
    copied_link,
    evaluate,
    fine,
    finished,
    number,
    numbers,
    pictures,
    press,
    remove_point,
    settle,
    spot,
    values,
)

from lib.explorers import Diagram
from lib.explorers.diagram import ENDINGS, RATIOS, SIZES
from lib.measures import chance_mass, rotation
from lib.samples import from_points
from lib.studies.transition import TARGET

FEW = [[-1.0, -0.4], [-0.4, 0.7], [0.3, -0.6], [1.0, 0.5]]
OPTIONS = {"points": FEW, "m": 24, "epochs": 3000, "playing": False}
INDICES = ("rotation", "knots", "adaptivity", "loss", "ended")

# all text that pictures draw, with its width
DRAWN = """{ const pen = CanvasRenderingContext2D.prototype, real = pen.fillText;
    window.drawn = [];
    pen.fillText = function (text, ...at) {
        drawn.push([String(text), this.measureText(text).width]);
        real.call(this, text, ...at); }; }"""


@pytest.fixture(scope="module")
def short(page_of):
    """A map of narrow networks, with its numbers from Python; the chosen one stands at its end."""
    return page_of(Diagram(**OPTIONS, epoch=3000), "short")


def go(page, R, ratio):
    """Choose a cell with the sliders, and wait for its end."""
    page.get_by_role("slider", name="δ̂/R").fill(str(RATIOS.index(ratio)))
    page.get_by_role("slider", name="R/|y|").fill(str(SIZES.index(R)))
    page.wait_for_function("![...document.querySelectorAll('dd')].some(e => e.textContent === '–')")
    settle(page)
    return numbers(page)


def gaps(page):
    """How far the network on screen is from each limit, {edge: text}."""
    return dict(zip(("left", "top", "bottom", "right"), page.eval_on_selector_all(
        ".ex-four .ex-caption span", "all => all.map(e => e.textContent.trim())")))


def test_the_map_is_there_at_once_and_the_page_makes_the_same(open_page, short):
    table = Diagram(**OPTIONS).measured()
    page = open_page(short)
    assert int(page.evaluate("document.querySelector('[data-cells]').dataset.cells")) == 130
    fresh = open_page(f'{short}#diagram:{json.dumps({"table": None})}')
    complete(fresh)
    for name in INDICES:
        np.testing.assert_allclose(values(page, name), table[name])
    # where a run goes on for long in corners of the loss, rounding tells
    for name in INDICES:
        off = np.abs(values(fresh, name) - table[name].numpy())
        assert (off < 1e-4).mean() > 0.97, name
    fine(page)
    fine(fresh)


def test_laziness_and_shape_are_two_colours(open_page, short):
    """In the first row nobody moves, in the last all do; the shape of the first row is not one."""
    page = open_page(short)
    turned, shape, mass = (values(page, name) for name in ("rotation", "adaptivity", "knots"))
    assert turned[:, -1].max() < 0.02 and turned[:, 0].min() > 0.05
    assert np.ptp(shape[:, -1]) > 0.2
    chance = chance_mass(from_points(FEW))
    assert mass[:, 0].mean() > 3 * chance > mass[0, -1]
    seen = set()
    for index in ("rotation", "knots", "adaptivity", "loss"):
        choose(page, "map of", index)
        settle(page)
        scale = page.locator(".ex-scale")
        assert scale.is_visible()
        seen.add((scale.inner_text(), pictures(page)[0]))
    assert len(seen) == 4


def test_small_values_have_a_digit_and_fit_their_cell_on_a_phone(open_page, short):
    page = open_page("about:blank", viewport={"width": 390, "height": 844})
    page.add_init_script(DRAWN)
    page.goto(short)
    settle(page)
    rows = values(page, "rotation").T
    small = [float(f"{v:.1g}") for v in rows[rows < 0.0095]]
    found = [(number(text), width) for text, width in page.evaluate("drawn")
             if re.fullmatch(r"\.00\d|\de−\d+", text)]
    read, widths = zip(*found[-len(small):])
    assert list(read) == small and min(small) < 1e-5
    box = page.locator("canvas").first.bounding_box()
    assert max(widths) < (box["width"] - 42) / len(RATIOS)
    fine(page)


def test_choosing_cells_by_mouse_finger_and_keys(open_page, short):
    page = open_page(short, has_touch=True)
    settle(page)
    cell = partial(spot, page, columns=len(RATIOS), rows=len(SIZES), pad=(18, 4, 36, 38))
    page.mouse.click(*cell(7, 2))
    settle(page)
    assert numbers(page)["cell"] == "δ̂ = 0 R, R = 1 |y|"
    page.touchscreen.tap(*cell(0, 9))
    # the click comes after the touch
    page.get_by_text("δ̂ = −1000 R, R = 3000 |y|", exact=True).wait_for()
    settle(page)
    assert numbers(page)["cell"] == "δ̂ = −1000 R, R = 3000 |y|"
    page.get_by_role("group", name=re.compile("^map")).focus()
    for key, name in (("ArrowRight", "δ̂ = −300 R, R = 3000 |y|"),
                      ("ArrowUp", "δ̂ = −300 R, R = 3000 |y|"),
                      ("ArrowDown", "δ̂ = −300 R, R = 1000 |y|"),
                      ("ArrowLeft", "δ̂ = −1000 R, R = 1000 |y|")):
        page.keyboard.press(key)
        settle(page)
        assert numbers(page)["cell"] == name
    fine(page)


def test_the_chosen_network_is_the_cell(open_page, short):
    page = open_page(short)
    settle(page)
    for R, ratio in ((30.0, -3.0), (300.0, 0.0), (0.1, 30.0)):
        shown, i, j = go(page, R, ratio), RATIOS.index(ratio), SIZES.index(R)
        for name, label, error in (("rotation", "turned by (rad)", 0.006),
                                   ("adaptivity", "adaptivity", 0.006),
                                   ("loss", "part of the loss", 0.006)):
            cell = values(page, name)[i, j]
            assert number(shown[label]) == pytest.approx(cell, rel=error, abs=error)
        assert shown["how it ends"] == ENDINGS[int(values(page, "ended")[i, j])]
    assert shown["how it ends"] == "stuck" and number(shown["part of the loss"]) > 10 * TARGET
    fine(page)


def test_the_limits_are_drawn_and_named(open_page, short):
    """Near an edge the network is its limit; elsewhere it is not; stuck ones are called so."""
    page = open_page(short)
    for R, ratio, edge in ((3000.0, -1000.0, "left"), (300.0, 100.0, "right"),
                           (0.1, -300.0, "bottom")):
        go(page, R, ratio)
        off = {name: number(text.split(",")[0]) for name, text in gaps(page).items()}
        assert off[edge] < 0.02 and max(off.values()) > 0.1
    go(page, 0.1, 30.0)
    assert gaps(page)["bottom"].endswith("stuck") and number(gaps(page)["left"]) > 0.1
    x = torch.linspace(-1, 1, 51, dtype=torch.float64)
    limits = Diagram(**OPTIONS, R=300.0, ratio=-3.0).limits()
    go(page, 300.0, -3.0)
    for name, f in limits.items():
        drawn = page.evaluate("([name, x]) => Array.from(document.querySelector('.ex-host')"
                              ".explorer.edges()[name].evaluate(x))", [name, x.tolist()])
        np.testing.assert_allclose(drawn, f(x), atol=1e-5)
    fine(page)


def test_every_control_changes_the_picture(open_page, short):
    page = open_page(short)
    finished(page)
    change = partial(changes, page, wait=finished)
    for index in ("knots", "adaptivity", "loss", "rotation"):
        change(lambda: choose(page, "map of", index))
    for name in ("δ̂/R", "R/|y|", "neurons m"):
        change(lambda: page.get_by_role("slider", name=name).press("ArrowRight"))
    change(lambda: page.get_by_role("slider", name="epoch", exact=True).press("Home"))
    change(lambda: press(page, "▶ Train"))
    change(lambda: press(page, "New start"))
    change(lambda: page.get_by_role("slider", name="epochs").press("ArrowLeft"))
    change(lambda: page.locator(".ex-handle").nth(1).press("ArrowUp"))
    change(lambda: press(page, "Add point"))
    change(lambda: remove_point(page))
    change(lambda: choose(page, "data", "bump"))


def test_python_lines_and_link_bring_the_network_back(open_page, short):
    page = open_page(short)
    go(page, 100.0, -10.0)
    press(page, "Copy as Python")
    scope = {}
    exec(page.locator(".ex-code").inner_text(), scope)
    x = torch.linspace(-1.25, 1.25, 301, dtype=torch.float64)
    shown = evaluate(page, x)
    np.testing.assert_allclose(scope["run"].network(x), shown, rtol=0, atol=1e-6)
    chosen = Diagram(**OPTIONS, R=100.0, ratio=-10.0, epoch=3000)
    np.testing.assert_allclose(chosen.network(x), shown, rtol=0, atol=1e-6)
    begin = Diagram(**OPTIONS, R=100.0, ratio=-10.0).network
    turned = float(rotation(begin, chosen.network))
    assert turned == pytest.approx(float(chosen.measured().at(R=100.0, ratio=-10.0)["rotation"]))
    again = open_page(copied_link(page))
    settle(again)
    assert numbers(again) == numbers(page) and pictures(again) == pictures(page)
    fine(again)


def test_it_trains_to_its_target_and_stands_still_there(open_page, page_of):
    page = open_page(page_of(Diagram(**{**OPTIONS, "playing": True}), "playing"))
    page.wait_for_function("[...document.querySelectorAll('dd')].some(e => "
                           "e.textContent === 'arrived')")
    settle(page)
    end = numbers(page)
    assert page.get_by_role("button", name="▶ Train").is_visible()
    assert 0.9 * TARGET < number(end["part of the loss"]) <= TARGET
    assert number(end["epoch"].replace(" ", "")) < 3000
    page.evaluate("""() => { const body = document.querySelector('[data-epoch]');
        window.least = Infinity;
        new MutationObserver(() => { least = Math.min(least, body.dataset.epoch); })
            .observe(body, {attributeFilter: ['data-epoch']}); }""")
    press(page, "▶ Train")                                               # once more from the start
    settle(page)
    assert numbers(page) == end and page.evaluate("least") < 100
    fine(page)


def test_no_motion_where_it_is_unwelcome(open_page, page_of):
    playing = {**OPTIONS, "playing": True}
    page = open_page(page_of(Diagram(**playing), "playing"), reduced_motion="reduce")
    settle(page)
    assert numbers(page)["how it ends"] == "arrived"
    page.get_by_role("slider", name="δ̂/R").press("ArrowRight")
    settle(page)
    assert numbers(page)["how it ends"] == "arrived"
    fine(page)


@pytest.mark.parametrize(("state", "word"), [
    ({"points": []}, "add a point"), ({"points": [[0, 1], [1, 0]]}, "from three points"),
    ({"points": [[0, 1], [0, 2], [1, 1]]}, "share x"),
    ({"points": [[0, 0], [1, 0], [2, 0]]}, ""),
    ({"points": "x", "R": "y", "m": None, "epochs": -3, "ratio": 7, "seed": "z", "index": 3,
      "epoch": "q", "table": {"key": 5}}, "add a point"),
    ({"points": [[0, 1e300], [1e300, 3], [5, 1], [7, None]]}, ""),
])
def test_few_coincident_and_bad_samples(open_page, short, state, word):
    page = open_page(f"{short}#diagram:{json.dumps(state)}")
    page.get_by_role("slider", name="δ̂/R").press("ArrowLeft")
    settle(page)
    assert word in page.locator(".ex-message").inner_text()
    assert "explorer-on" in page.locator(".explorer").get_attribute("class")
    fine(page)


def test_python_side():
    shown = Diagram(points=[[0, 1], [1, 0]])
    assert "data-explorer" in shown.to_html() and shown.table is None    # no map for two samples
    for options, word in (({"m": 1}, "m: want"), ({"ratio": -2.0}, "ratio: want"),
                          ({"R": 5.0}, "R: want"), ({"index": "x"}, "index: want")):
        with pytest.raises(ValueError, match=word):
            Diagram(**options)
