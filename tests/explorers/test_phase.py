"""The map of regimes in a headless Chromium, and its numbers against lib.sweeps."""
import json
import math
import re
from functools import partial

import numpy as np
import pytest
import torch
from py_mini_racer import MiniRacer
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
    remove_point,
    settle,
    spot,
    values,
)

from lib.explorers import bundle
from lib.explorers.phase import DELTAS, WIDTHS, Phase
from lib.measures import adaptivity
from lib.samples import from_points

FEW = [[-1.0, -0.4], [-0.4, 0.7], [0.3, -0.6], [1.0, 0.5]]


@pytest.fixture(scope="module")
def short(page_of):
    """A map of short runs, with its numbers from Python; the chosen network stands at its end."""
    return page_of(Phase(epochs=200, points=FEW, playing=False, epoch=200), "short")


def test_the_map_is_there_at_once_and_the_page_makes_the_same(open_page, short):
    table = Phase(epochs=200, points=FEW).measured()
    page = open_page(short)
    assert int(page.evaluate("document.querySelector('[data-cells]').dataset.cells")) == len(
        DELTAS
    ) * len(WIDTHS)
    np.testing.assert_allclose(values(page, "adaptivity"), table["adaptivity"][..., 0])
    page.evaluate("() => { window.older = document.querySelector('.ex-host').explorer.cells(); }")
    page.get_by_role("slider", name="mean over").press("ArrowRight")
    settle(page)
    assert page.evaluate("document.querySelector('.ex-host').explorer.cells() !== window.older")
    page.get_by_role("slider", name="mean over").press("ArrowLeft")  # back: from the table again
    settle(page)
    assert page.evaluate("document.querySelector('.ex-host').explorer.cells().done")
    fresh = open_page(f'{short}#phase:{json.dumps({"table": None})}')
    complete(fresh)
    for mine, theirs in (("adaptivity", "adaptivity"), ("knots", "knot_mass"), ("loss", "loss")):
        np.testing.assert_allclose(values(fresh, mine), table[theirs][..., 0], rtol=1e-5, atol=1e-6)
    fine(page)
    fine(fresh)


def test_means_over_starts(open_page, page_of):
    some = Phase(epochs=60, points=FEW, starts=2, seed=3, playing=False)
    html = page_of(some, "means")
    fresh = open_page(f'{html}#phase:{json.dumps({"table": None})}')
    complete(fresh)
    np.testing.assert_allclose(
        values(fresh, "adaptivity"), some.measured().mean("seed")["adaptivity"], rtol=1e-6
    )
    assert (
        some.table["adaptivity"] == some.measured().mean("seed")["adaptivity"].tolist()
        and numbers(fresh)["networks in the map"] == "192 of 192"
    )


def test_a_coarse_map_comes_first():
    racer = MiniRacer()
    racer.eval(bundle.globals_script("cells"))
    made = json.loads(racer.eval("JSON.stringify($cells.order(12, 8))"))
    assert len(made) == 96 == len({tuple(c) for c in made}) and made[:6] == [
        [0, 0], [4, 0], [8, 0], [0, 4], [4, 4], [8, 4],
    ]
    x, y = zip(*FEW)
    racer.eval(
        f"var what = {{x: {list(x)}, y: {list(y)}, scale: 2, seed: 0, starts: 1, epochs: 30}}, c "
        f"= $cells.regimes(what), now = 0, clock = () => now++"
    )
    calls = 0
    while not racer.eval("c.done"):
        racer.eval("c.advance(now + 1, clock)")
        calls += 1
    assert calls > 20 and racer.eval(
        "c.values.every(col => col.every(v => v.count === 1 && v.adaptivity >= 0 && v.adaptivity "
        "<= 1))"
    )
    assert racer.eval(
        "(() => { const d = $cells.regimes(what); d.advance(); return JSON.stringify(d.values) === "
        "JSON.stringify(c.values); })()"
    )


def test_the_page_measures_as_lib_does():
    racer = MiniRacer()
    racer.eval(bundle.globals_script("cells"))
    network = Phase(points=FEW, epoch=50, m=20).network
    net = {
        "m": 20,
        "alpha": float(network.alpha),
        **{key: getattr(network, key).tolist() for key in "abc"},
    }
    x, y = zip(*FEW)
    assert racer.eval(
        f"$cells.yardstick({list(x)}, {list(y)})({json.dumps(net)})"
    ) == pytest.approx(float(adaptivity(network, from_points(FEW))), rel=1e-4)


def test_choosing_cells_by_mouse_finger_and_keys(open_page, short):
    page = open_page(short, has_touch=True)
    settle(page)
    cell = partial(spot, page, columns=len(DELTAS), rows=len(WIDTHS), pad=(16, 4, 36, 34))
    page.mouse.click(*cell(9, 2))
    settle(page)
    assert numbers(page)["cell"] == "δ = 10, m = 50" and numbers(page)["epoch"] == "200"
    page.touchscreen.tap(*cell(0, 7))
    # the click comes after the touch
    page.get_by_text("δ = −∞, m = 2000", exact=True).wait_for()
    settle(page)
    assert numbers(page)["cell"] == "δ = −∞, m = 2000"
    area = page.get_by_role("group", name=re.compile("^map"))
    area.focus()
    for key, name in (
        ("ArrowRight", "δ = −300, m = 2000"), ("ArrowDown", "δ = −300, m = 1000"),
        ("ArrowLeft", "δ = −∞, m = 1000"), ("ArrowLeft", "δ = −∞, m = 1000"),
    ):
        page.keyboard.press(key)
        settle(page)
        assert numbers(page)["cell"] == name
    page.get_by_role("button", name=re.compile("^δ = plus infinity")).click()
    page.get_by_role("slider", name="neurons m").press("Home")
    settle(page)
    assert numbers(page)["cell"] == "δ = +∞, m = 10"
    fine(page)


def test_the_chosen_network_is_the_cell(open_page, short):
    """Where the map shows one start, the number in the cell is the number of the network beside
    it."""
    page = open_page(short)
    settle(page)
    for i, j in ((0, 4), (5, 3), (11, 5)):
        page.get_by_role("slider", name="δ").fill(str(i))
        page.get_by_role("slider", name="neurons m").fill(str(j))
        page.wait_for_function("document.querySelector('[data-epoch]').dataset.epoch === '200'")
        settle(page)
        assert number(numbers(page)["adaptivity"]) == pytest.approx(
            values(page, "adaptivity")[i, j], abs=0.006
        )
    fine(page)


def test_every_control_changes_the_picture(open_page, short):
    page = open_page(short)
    settle(page)

    change = partial(changes, page, wait=finished)
    for index in ("knots", "loss", "adaptivity"):
        change(lambda: choose(page, "map of", index))
    change(lambda: page.get_by_role("slider", name="epoch", exact=True).press("ArrowLeft"))
    change(lambda: page.get_by_role("button", name="▶ Train").click())
    change(lambda: page.get_by_role("button", name="New start").click())
    change(lambda: page.get_by_role("slider", name="size of r").press("ArrowRight"))
    change(lambda: page.locator(".ex-handle").nth(1).press("ArrowUp"))
    change(lambda: page.get_by_role("button", name="Add point").click())
    change(lambda: remove_point(page))
    change(lambda: choose(page, "data", "bump"))


def test_python_lines_and_link_bring_the_network_back(open_page, short):
    page = open_page(short)
    page.get_by_role("slider", name="δ").fill("4")
    page.wait_for_function("document.querySelector('[data-epoch]').dataset.epoch === '200'")
    settle(page)
    page.get_by_role("button", name="Copy as Python").click()
    scope = {}
    exec(page.locator(".ex-code").inner_text(), scope)
    x = torch.linspace(-1.25, 1.25, 301, dtype=torch.float64)
    shown = evaluate(page, x)
    np.testing.assert_allclose(scope["run"].network(x), shown, rtol=0, atol=1e-6)
    np.testing.assert_allclose(
        Phase(points=FEW, delta=-10.0, epoch=200).network(x), shown, rtol=0, atol=1e-6
    )
    again = open_page(copied_link(page))
    settle(again)
    assert numbers(again) == numbers(page) and pictures(again) == pictures(page)
    fine(again)


def test_no_motion_where_it_is_unwelcome(open_page, page_of):
    page = open_page(page_of(Phase(epochs=200, points=FEW), "still"), reduced_motion="reduce")
    settle(page)
    assert (
        numbers(page)["epoch"] == "200" and page.get_by_role("button", name="▶ Train").is_visible()
    )
    page.get_by_role("slider", name="δ").press("ArrowRight")
    settle(page)
    assert numbers(page)["epoch"] == "200"
    fine(page)


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ({"points": []}, "add a point"), ({"points": [[0, 1]]}, "from three points"),
        ({"points": [[0, 1], [1, 0]]}, "from three points"),
        ({"points": [[0, 1], [0, 2], [1, 1]]}, "share x"),
        (
            {
                "points": "x",
                "delta": "y",
                "m": None,
                "epochs": -3,
                "scale": 0,
                "seed": "z",
                "starts": 1e9,
                "index": 3,
                "epoch": "q",
                "table": {"key": 5},
            },
            "add a point",
        ),
        ({"table": {"key": [FEW, 2, 0, 1, 200], "adaptivity": [[1]]}}, ""),
        ({"points": [[0, 1e300], [1e300, 3], [5, 1], [7, None]], "delta": -5}, ""),
    ],
)
def test_few_coincident_and_bad_samples(open_page, short, state, word):
    page = open_page(f"{short}#phase:{json.dumps(state)}")
    page.get_by_role("button", name=re.compile("^δ = 0")).click()
    settle(page)
    assert word in page.locator(".ex-message").inner_text() and "explorer-on" in page.locator(
        ".explorer"
    ).get_attribute("class")
    fine(page)


def test_python_side():
    shown = Phase(points=[[0, 1], [1, 0]])
    # no map for two samples, but a page all the same
    assert "data-explorer" in shown.to_html() and shown.table is None
    for options, word in (
        ({"m": 1}, "m: want"), ({"delta": math.nan}, "delta: want"),
        ({"index": "x"}, "index: want"), ({"starts": 0}, "starts: want"),
    ):
        with pytest.raises(ValueError, match=word):
            Phase(**options)
