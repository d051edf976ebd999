"""The explorer of kernel and spline in a headless Chromium, and its traits in Python."""
import json
import math
import re
from functools import partial

import numpy as np
import pytest
import torch
from screen import (
    Work,
    changes,
    choose,
    copied_link,
    evaluate,
    fine,
    number,
    numbers,
    pictures,
    pull,
    remove_point,
    settle,
    swipe,
)

from lib.explorers.kernel import KernelSpline
from lib.kernels import Interpolant, ntk, rf
from lib.laws import Box, Gaussian, Signed

X = torch.linspace(-1.7, 1.7, 301, dtype=torch.float64)

@pytest.fixture(scope="module")
def usual(page_of):
    return page_of(KernelSpline(), "usual")


def shown(page):
    return evaluate(page, X)


def test_every_control_changes_the_picture(open_page, usual):
    page = open_page(usual)
    settle(page)

    change = partial(changes, page)
    laws = {"Box": ["a up to A", "b up to B"], "Signed": ["b up to R"],
            "Gaussian": ["σ of a", "σ of b", "correlation"]}
    for law, names in laws.items():
        if law != "Box":
            change(lambda: choose(page, "law", law))
        visible = [
            text.rsplit(" ", 1)[0]
            for text in page.locator(".ex-stops:not(.ex-hero) label:visible").all_inner_texts()
        ]
        assert sorted(visible) == sorted(names)
        for name in names:
            change(lambda: page.get_by_role("slider", name=name).press("ArrowLeft"))
    change(lambda: choose(page, "train", "ntk"))
    change(lambda: page.get_by_role("slider", name="E c²").press("ArrowLeft"))
    change(lambda: choose(page, "data", "step"))
    change(lambda: page.get_by_role("button", name="Add point").click())
    change(lambda: remove_point(page))
    place = page.get_by_role("button", name=re.compile("^place of the slice"))
    change(lambda: place.press("ArrowRight"))
    change(lambda: page.locator(".ex-hero input").press("ArrowRight"))


def test_both_ends_of_time_are_exact(open_page, usual):
    page = open_page(usual)
    page.get_by_role("button", name=re.compile("^t = infinity")).click()
    settle(page)
    end = numbers(page)
    assert (
        end["loss"] == "0" and end["directions learned"] == "7 of 7" and end["gap to t = ∞"] == "0"
    )
    np.testing.assert_allclose(shown(page), KernelSpline(time=math.inf).interpolant(X), atol=1e-9)
    page.get_by_role("button", name=re.compile("^t = 0")).click()
    settle(page)
    assert np.abs(shown(page)).max() == 0 and numbers(page)["directions learned"] == "0 of 7"
    page.locator(".ex-hero input").press("End")
    settle(page)
    assert numbers(page) == end
    fine(page)


def test_training_runs_to_the_end(open_page, page_of, usual):
    page = open_page(usual)
    page.locator(".ex-hero input").fill("75")
    page.get_by_role("button", name="▶ Train").click()
    page.wait_for_function("document.querySelector('[data-time]').dataset.time === 'inf'")
    settle(page)
    assert numbers(page)["loss"] == "0" and page.get_by_role("button", name="▶ Train").is_visible()
    still = open_page(page_of(KernelSpline(playing=True), "still"), reduced_motion="reduce")
    settle(still)
    assert still.evaluate("document.querySelector('[data-time]').dataset.time") == "inf"
    fine(page)
    fine(still)


def test_the_law_decides_the_spline(open_page, page_of):
    """Corollary 6: knots everywhere give the natural cubic; knots in the middle only give straight
    ends."""
    page = open_page(page_of(KernelSpline(shape="Signed", R=100.0, time=math.inf), "wide"))
    settle(page)
    assert number(numbers(page)["gap to cubic"]) < 0.01
    page.get_by_role("slider", name="b up to R").fill("2")
    settle(page)
    assert number(numbers(page)["gap to cubic"]) > 0.3
    fine(page)


@pytest.mark.parametrize(
    "options",
    [
        {}, {"law": Signed(2.0), "time": math.inf},
        {"law": Gaussian(((1.3, -0.4), (-0.4, 0.5))), "kind": "ntk", "c2": 0.3, "time": 40.0},
    ],
)
def test_python_lines_and_link_bring_the_curve_back(open_page, page_of, options):
    page = open_page(page_of(KernelSpline(**options), f"python{len(options)}"))
    page.locator(".ex-handle").nth(2).press("ArrowUp")
    page.get_by_role("button", name=re.compile("^place of the slice")).press("ArrowRight")
    settle(page)
    page.get_by_role("button", name="Copy as Python").click()
    scope = {}
    exec(page.locator(".ex-code").inner_text(), scope)
    np.testing.assert_allclose(scope["f"](X), shown(page), rtol=0, atol=1e-6)
    assert (
        abs(float(scope["f"].norm2.sqrt()) / number(numbers(page)["norm |f| of the kernel"]) - 1)
        < 5e-3
    )
    again = open_page(copied_link(page))
    settle(again)
    assert numbers(again) == numbers(page) and pictures(again) == pictures(page)
    fine(again)


def test_drag_by_mouse_and_finger(open_page, usual):
    page = open_page(usual, has_touch=True)
    settle(page)
    sample, place = (
        page.locator(".ex-handle").nth(3),
        page.get_by_role("button", name=re.compile("^place of the slice")),
    )
    for handle, dx, dy in ((sample, 6, 50), (place, 40, 0)):
        box, label = handle.bounding_box(), handle.get_attribute("aria-label")
        pull(page, handle, dx, dy)
        moved = handle.bounding_box()
        assert handle.get_attribute("aria-label") != label and abs(moved["x"] - box["x"] - dx) < 1.5
    label, box = sample.get_attribute("aria-label"), sample.bounding_box()
    swipe(page, sample, -40)
    assert (
        sample.get_attribute("aria-label") != label
        and abs(sample.bounding_box()["y"] - box["y"] + 40) < 2
    )
    canvas = page.locator("canvas").first.bounding_box()
    count = page.locator(".ex-handle").count()
    page.mouse.dblclick(canvas["x"] + 0.2 * canvas["width"], canvas["y"] + 0.2 * canvas["height"])
    settle(page)
    assert page.locator(".ex-handle").count() == count + 1
    fine(page)


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ({"points": []}, "add a point"), ({"points": [[0.2, 1]]}, ""),
        ({"points": [[0, 1], [0, 2]]}, "share x"),
        ({"points": [[0, 1], [1e-7, 2], [1, 0]]}, "almost share x"),
        (
            {
                "points": [[1, 0], [1.2, 1], [1.4, 0], [1.6, 1]],
                "shape": "Signed",
                "R": 0.5,
                "time": "inf",
            },
            "where there are no knots",
        ),
        (
            {"points": "x", "shape": 3, "A": "y", "c2": None, "time": "z", "kind": 0, "place": []},
            "add a point",
        ),
        ({"points": [[1e300, 1], [-1e300, 2], [3, None]], "A": 1e9}, ""),
    ],
)
def test_few_coincident_and_bad_samples(open_page, usual, state, word):
    page = open_page(f"{usual}#kernel:{json.dumps(state)}")
    settle(page)
    assert word in page.locator(".ex-message").inner_text()
    for landmark in ("infinity", "0"):
        page.get_by_role("button", name=re.compile(f"^t = {landmark}")).click()
    settle(page)
    fine(page)


def test_forty_samples_stay_fluent(open_page, page_of):
    points = [[math.sin(1.3 * k) + 0.02 * k, math.cos(k)] for k in range(40)]
    page = open_page(page_of(KernelSpline(points=points), "forty"))
    settle(page)
    work = Work(page)
    begin = work.so_far()
    page.evaluate("""() => {
        const handle = document.querySelector('.ex-handle');
        for (let k = 0; k < 10; k++) { handle.dispatchEvent(new KeyboardEvent('keydown',
        {key: k % 2 ? 'ArrowUp' : 'ArrowDown', bubbles: true}));
            document.querySelector('.ex-host').explorer.evaluate([0]); } }""")
    spent = 1000 * work.usual(work.so_far() - begin) / 10
    print(f"\n{spent:.1f} ms of work for eigenvectors and kernel tables of 40 samples")
    assert spent < 60
    fine(page)


def test_laws_and_curves_in_python():
    shown_ = KernelSpline(law=Gaussian(((1.3, 0.4), (0.4, 0.7))), kind="ntk", c2=0.2, time=math.inf)
    assert shown_.shape == "Gaussian" and json.dumps(shown_.get_state()["time"]) == '"inf"'
    torch.testing.assert_close(
        shown_.law.M, torch.tensor([[1.3, 0.4], [0.4, 0.7]], dtype=torch.float64)
    )
    torch.testing.assert_close(
        shown_.interpolant(X),
        Interpolant(ntk(Gaussian(((1.3, 0.4), (0.4, 0.7))), 0.2), shown_.samples)(X),
    )
    shown_.law = Box(2.0, 3.0)
    assert (shown_.shape, shown_.A, shown_.B) == ("Box", 2.0, 3.0)
    shown_.set_state({"shape": "Signed", "R": 4.0, "kind": "rf", "time": 5})
    torch.testing.assert_close(
        shown_.interpolant(X), Interpolant(rf(Signed(4.0)), shown_.samples, 5.0)(X)
    )
    for options, word in (
        ({"law": 3}, "law: want"), ({"A": 0}, "A: want"), ({"time": -1}, "time: want"),
        ({"kind": "x"}, "kind: want"), ({"bogus": 1}, "no such option"),
        ({"correlation": 1.0}, "correlation: want"),
    ):
        with pytest.raises(ValueError, match=word):
            KernelSpline(**options)
