"""The explorer of kernel and spline in a headless Chromium, and its traits in Python."""
import json
import math
import re

import numpy as np
import pytest
import torch

from lib.explorers import page_assets
from lib.explorers.kernel import KernelSpline
from lib.kernels import Interpolant, ntk, rf
from lib.laws import Box, Gaussian, Signed

X = torch.linspace(-1.7, 1.7, 301, dtype=torch.float64)
MONKEY = """async (turns) => {
    let seed = 7; const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647, pick = (list) => list[Math.floor(random() * list.length)];
    const host = document.querySelector('.ex-host'), seen = new Set();
    const fire = (el, type, x, y) => el.dispatchEvent(new PointerEvent(type, {bubbles: true, pointerId: 1, clientX: x, clientY: y, button: 0}));
    HTMLElement.prototype.setPointerCapture = () => {};
    for (let k = 0; k < turns; k++) {
        const what = random(), handle = pick([...host.querySelectorAll('.ex-handle'), null]), canvas = pick([...host.querySelectorAll('canvas')]), box = canvas.getBoundingClientRect();
        const x = box.left + box.width * (1.4 * random() - 0.2), y = box.top + box.height * (1.4 * random() - 0.2);
        if (what < 0.3) pick([...host.querySelectorAll('button.ex-button, button.ex-mark')].filter(b => !/Copy/.test(b.textContent))).click();
        else if (what < 0.45 && handle) { fire(handle, 'pointerdown', x, y); fire(handle, 'pointermove', x + 60 * random(), y); if (random() < 0.9) fire(handle, 'pointerup', x, y); }
        else if (what < 0.6 && handle) handle.dispatchEvent(new KeyboardEvent('keydown', {key: pick(['ArrowLeft', 'ArrowUp', 'ArrowDown', 'Delete', 'x']), bubbles: true}));
        else if (what < 0.7) { canvas.dispatchEvent(new MouseEvent('dblclick', {bubbles: true, clientX: x, clientY: y})); canvas.dispatchEvent(new MouseEvent('click', {bubbles: true, clientX: x, clientY: y})); }
        else { const input = pick([...host.querySelectorAll('input, select')]);
            if (input.tagName === 'SELECT') { input.value = pick([...input.options]).value; input.dispatchEvent(new Event('change')); }
            else { input.value = Math.floor(random() * (+input.max + 1)); input.dispatchEvent(new Event('input')); } }
        if (random() < 0.15) await new Promise(requestAnimationFrame);
        if (/NaN|undefined|null|Infinity/.test(host.innerText)) seen.add(host.innerText.match(/.*(NaN|undefined|null|Infinity).*/)[0]);
    }
    return [...seen];
}"""


@pytest.fixture(scope="module")
def page_of(tmp_path_factory):
    """page_of(explorer, name): the address of a file that holds it."""
    folder, assets = tmp_path_factory.mktemp("kernel"), page_assets()

    def written(explorer, name="page"):
        path = folder / f"{name}.html"
        path.write_text(f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>{assets["explorers.css"]}</style>'
                        f'<body style="margin:0;padding:8px;max-width:760px">{explorer.to_html()}<script>{assets["explorers.js"]}</script></body></html>', "utf8")
        return path.as_uri()

    return written


@pytest.fixture(scope="module")
def usual(page_of):
    return page_of(KernelSpline(), "usual")


def settle(page):
    page.wait_for_function("""() => new Promise(done => { let last = null, same = 0; const look = () => {
        const now = document.querySelector('.ex-readout').textContent; same = now === last ? same + 1 : 0; last = now; same > 6 ? done(true) : requestAnimationFrame(look); }; look(); })""")


def numbers(page):
    return dict(page.eval_on_selector_all(".ex-readout > div", "rows => rows.map(r => [r.children[0].textContent, r.children[1].textContent])"))


def number(text):
    return float(text.replace("−", "-"))


def pictures(page):
    return page.evaluate("[...document.querySelectorAll('canvas')].map(c => c.toDataURL())")


def shown(page):
    return np.array(page.evaluate("x => Array.from(document.querySelector('.ex-host').explorer.evaluate(x))", X.tolist()))


def fine(page):
    assert page.errors == [] and page.foreign == [] and not re.search("NaN|undefined|null", page.locator(".ex-host").inner_text())


def choose(page, label, value):
    page.get_by_role("combobox", name=label, exact=True).select_option(value)


def test_every_control_changes_the_picture(open_page, usual):
    page = open_page(usual)
    settle(page)

    def changes(act):
        before = pictures(page), numbers(page)
        act()
        settle(page)
        assert (pictures(page), numbers(page)) != before
        fine(page)

    for law, names in (("Box", ["a up to A", "b up to B"]), ("Signed", ["b up to R"]), ("Gaussian", ["σ of a", "σ of b", "correlation"])):
        if law != "Box":
            changes(lambda: choose(page, "law", law))
        visible = [text.rsplit(" ", 1)[0] for text in page.locator(".ex-laws label:visible").all_inner_texts()]
        assert visible == names
        for name in names:
            changes(lambda: page.get_by_role("slider", name=name).press("ArrowLeft"))
    changes(lambda: choose(page, "train", "ntk"))
    changes(lambda: page.get_by_role("slider", name="E c²").press("ArrowLeft"))
    changes(lambda: choose(page, "data", "step"))
    changes(lambda: page.get_by_role("button", name="Add point").click())
    changes(lambda: page.get_by_role("button", name="Remove point").click())
    changes(lambda: page.get_by_role("button", name=re.compile("^place of the slice")).press("ArrowRight"))
    changes(lambda: page.locator(".ex-hero input").press("ArrowRight"))


def test_both_ends_of_time_are_exact(open_page, usual):
    page = open_page(usual)
    page.get_by_role("button", name=re.compile("^t = infinity")).click()
    settle(page)
    end = numbers(page)
    assert end["loss"] == "0" and end["directions learned"] == "7 of 7" and end["gap to t = ∞"] == "0"
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
    """Corollary 6: knots everywhere give the natural cubic; knots in the middle only give straight ends."""
    page = open_page(page_of(KernelSpline(shape="Signed", R=100.0, time=math.inf), "wide"))
    settle(page)
    assert number(numbers(page)["gap to cubic"]) < 0.01
    page.get_by_role("slider", name="b up to R").fill("2")
    settle(page)
    assert number(numbers(page)["gap to cubic"]) > 0.3
    fine(page)


@pytest.mark.parametrize("options", [{}, {"law": Signed(2.0), "time": math.inf}, {"law": Gaussian(((1.3, -0.4), (-0.4, 0.5))), "kind": "ntk", "c2": 0.3, "time": 40.0}])
def test_python_lines_and_link_bring_the_curve_back(open_page, page_of, options):
    page = open_page(page_of(KernelSpline(**options), f"python{len(options)}"))
    page.locator(".ex-handle").nth(2).press("ArrowUp")
    page.get_by_role("button", name=re.compile("^place of the slice")).press("ArrowRight")
    settle(page)
    page.get_by_role("button", name="Copy as Python").click()
    scope = {}
    exec(page.locator(".ex-code").inner_text(), scope)
    np.testing.assert_allclose(scope["f"](X), shown(page), rtol=0, atol=1e-6)
    assert abs(float(scope["f"].norm2.sqrt()) / number(numbers(page)["norm |f| of the kernel"]) - 1) < 5e-3
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: {writeText: async (t) => { window.copied = t; }}})")
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("window.copied")
    again = open_page(page.evaluate("window.copied"))
    settle(again)
    assert numbers(again) == numbers(page) and pictures(again) == pictures(page)
    fine(again)


def test_drag_by_mouse_and_finger(open_page, usual):
    page = open_page(usual, has_touch=True)
    settle(page)
    sample, place = page.locator(".ex-handle").nth(3), page.get_by_role("button", name=re.compile("^place of the slice"))
    for handle, dx, dy in ((sample, 6, 50), (place, 40, 0)):
        box, label = handle.bounding_box(), handle.get_attribute("aria-label")
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + dx, y + dy, steps=4)
        page.mouse.up()
        settle(page)
        moved = handle.bounding_box()
        assert handle.get_attribute("aria-label") != label and abs(moved["x"] - box["x"] - dx) < 1.5
    client, label = page.context.new_cdp_session(page), sample.get_attribute("aria-label")
    box = sample.bounding_box()
    touch = lambda kind, *at: client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": p, "y": q} for p, q in at]})  # noqa: E731
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch("touchStart", (x, y))
    for k in range(1, 5):
        touch("touchMove", (x, y - 10 * k))
    touch("touchEnd")
    settle(page)
    assert sample.get_attribute("aria-label") != label and abs(sample.bounding_box()["y"] - box["y"] + 40) < 2
    canvas = page.locator("canvas").first.bounding_box()
    count = page.locator(".ex-handle").count()
    page.mouse.dblclick(canvas["x"] + 0.2 * canvas["width"], canvas["y"] + 0.2 * canvas["height"])
    settle(page)
    assert page.locator(".ex-handle").count() == count + 1
    fine(page)


@pytest.mark.parametrize(("state", "word"), [
    ({"points": []}, "add a point"), ({"points": [[0.2, 1]]}, ""), ({"points": [[0, 1], [0, 2]]}, "share x"), ({"points": [[0, 1], [1e-7, 2], [1, 0]]}, "almost share x"),
    ({"points": [[1, 0], [1.2, 1], [1.4, 0], [1.6, 1]], "shape": "Signed", "R": 0.5, "time": "inf"}, "where there are no knots"),
    ({"points": "x", "shape": 3, "A": "y", "c2": None, "time": "z", "kind": 0, "place": []}, "add a point"), ({"points": [[1e300, 1], [-1e300, 2], [3, None]], "A": 1e9}, "")])
def test_few_coincident_and_bad_samples(open_page, usual, state, word):
    page = open_page(f"{usual}#kernel:{json.dumps(state)}")
    settle(page)
    assert word in page.locator(".ex-message").inner_text()
    for landmark in ("infinity", "0"):
        page.get_by_role("button", name=re.compile(f"^t = {landmark}")).click()
    settle(page)
    fine(page)


def test_hundreds_of_random_actions(open_page, usual):
    page = open_page(usual)
    assert page.evaluate(MONKEY, 300) == []
    settle_time = page.evaluate("async () => { const t = performance.now(); for (let k = 0; k < 5; k++) await new Promise(requestAnimationFrame); return performance.now() - t; }")
    assert settle_time < 2000
    fine(page)


def test_forty_samples_stay_fluent(open_page, page_of):
    points = [[math.sin(1.3 * k) + 0.02 * k, math.cos(k)] for k in range(40)]
    page = open_page(page_of(KernelSpline(points=points), "forty"))
    settle(page)
    spent = page.evaluate("""async () => { const handle = document.querySelector('.ex-handle'), times = [];
        for (let k = 0; k < 10; k++) { handle.dispatchEvent(new KeyboardEvent('keydown', {key: k % 2 ? 'ArrowUp' : 'ArrowDown', bubbles: true}));
            const t = performance.now(); document.querySelector('.ex-host').explorer.evaluate([0]); times.push(performance.now() - t); await new Promise(requestAnimationFrame); }
        return times.sort((p, q) => p - q)[5]; }""")
    print(f"\n{spent:.1f} ms for eigenvectors and kernel tables of 40 samples")
    assert spent < 60
    fine(page)


def test_laws_and_curves_in_python():
    shown_ = KernelSpline(law=Gaussian(((1.3, 0.4), (0.4, 0.7))), kind="ntk", c2=0.2, time=math.inf)
    assert shown_.shape == "Gaussian" and json.dumps(shown_.get_state()["time"]) == '"inf"'
    torch.testing.assert_close(shown_.law.M, torch.tensor([[1.3, 0.4], [0.4, 0.7]], dtype=torch.float64))
    torch.testing.assert_close(shown_.interpolant(X), Interpolant(ntk(Gaussian(((1.3, 0.4), (0.4, 0.7))), 0.2), shown_.samples)(X))
    shown_.law = Box(2.0, 3.0)
    assert (shown_.shape, shown_.A, shown_.B) == ("Box", 2.0, 3.0)
    shown_.set_state({"shape": "Signed", "R": 4.0, "kind": "rf", "time": 5})
    torch.testing.assert_close(shown_.interpolant(X), Interpolant(rf(Signed(4.0)), shown_.samples, 5.0)(X))
    for options, word in (({"law": 3}, "law: want"), ({"A": 0}, "A: want"), ({"time": -1}, "time: want"), ({"kind": "x"}, "kind: want"), ({"bogus": 1}, "no such option"),
                          ({"correlation": 1.0}, "correlation: want")):
        with pytest.raises(ValueError, match=word):
            KernelSpline(**options)
