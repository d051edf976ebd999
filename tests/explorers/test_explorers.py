"""The explorers in a headless Chromium: a page made from nothing but page_assets() and the widgets'
own HTML."""
import json
import math
import re

import numpy as np
import pytest
import torch
from screen import (
    MONKEY,
    PAINTED,
    REMOVE,
    UNFOLD,
    Work,
    answer,
    bounded,
    copied_link,
    evaluate,
    fine,
    has_colour,
    numbers,
    pause,
    picture,
    pixels,
    press,
    pull,
    remove_point,
    settle,
    swipe,
)

from lib.attractors import attractors
from lib.explorers import Delta, Explorer, Field, KernelSpline, Neurons, Phase, widget_modules
from lib.explorers.base import KINDS, style


@pytest.fixture(scope="module")
def small(page_of):
    """A page with a small delta explorer that stands still at epoch 300."""
    return page_of(Delta(m=100, playing=False, epoch=300), name="small")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_paints_within_a_second_and_is_quiet(open_page, page_of, kind):
    """Work is counted, not time: others may be at work on this machine, too."""
    page = open_page("about:blank")
    work = Work(page)
    page.goto(page_of(KINDS[kind](), name=kind), wait_until="commit")
    page.wait_for_function(PAINTED)
    assert work.usual(work.so_far()) < 1
    page.wait_for_load_state()
    assert page.locator(".explorer-fallback").is_hidden()
    assert (
        "NaN" not in page.locator(".ex-host").inner_text()
        and page.locator(".ex-readout dd").first.inner_text()
    )
    fine(page)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_widget_of_a_notebook(open_page, page_of, kind):
    """The module that anywidget loads draws, follows its model, tells it what a hand does, and
    offers no link."""
    widget = KINDS[kind](**({"playing": False} if "playing" in KINDS[kind].options() else {}))
    page = open_page("about:blank")
    page.set_content("<body></body>")
    page.add_style_tag(content=widget._css)
    page.evaluate(
        """async ([esm, state]) => {
        const handlers = {}, module = await import(URL.createObjectURL(new Blob([esm],
        {type: 'text/javascript'})));
        window.saved = 0;
        window.model = { get: (k) => state[k], save_changes: () => { window.saved++; }, off() {},
            set(k, v) { state[k] = v; for (const act of handlers['change:' + k] || []) act(); },
            on(e, act) { (handlers[e] = handlers[e] || []).push(act); } };
        window.stop = await module.default.render({model, el: document.body});
    }""",
        [widget._esm, widget.get_state(widget.options())],
    )
    page.evaluate(UNFOLD)
    settle(page)
    before = picture(page, 0)
    page.evaluate("model.set('points', [[-1, 0.3], [0, -0.4], [1, 0.2]])")
    settle(page)
    assert picture(page, 0) != before and page.get_by_role("button", name="Copy link").count() == 0
    page.get_by_role("button", name="Add point").click()
    settle(page)
    assert page.evaluate("saved > 0 && model.get('points').length === 4")
    page.evaluate("stop()")
    fine(page)


# A host of anywidget modules without a kernel, as pages have that are made by other tools: it keeps
# nothing, and puts each widget, with its style, into a shadow tree
HOST = """async ([esm, css, state]) => {
    const events = new EventTarget(), module = await import(URL.createObjectURL(new Blob([esm],
        {type: 'text/javascript'})));
    window.model = { get: (k) => state[k], on: (e, act) => events.addEventListener(e, act),
        set(k, v) { state[k] = v; events.dispatchEvent(new CustomEvent('change:' + k)); },
        off() { throw new Error('off not implemented yet.'); },
        save_changes() { throw new Error('save_changes not implemented yet.'); } };
    const el = document.createElement('div'), sheet = document.createElement('style');
    document.body.append(Object.assign(document.createElement('div'), {id: 'shadow'}));
    document.querySelector('#shadow').attachShadow({mode: 'open'}).append(el);
    sheet.textContent = css;
    el.append(sheet);
    window.stop = await module.default.render({model, el});
}"""


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_module_in_a_host_that_keeps_nothing(open_page, kind):
    page = open_page("about:blank", reduced_motion="reduce")
    page.set_content("<body></body>")
    page.evaluate(HOST, [widget_modules()[f"{kind}.js"], style(), {}])
    points = page.locator(".ex-handle[aria-label^='sample'], .ex-handle[aria-label^='residual']")
    points.first.wait_for()
    settle(page)
    assert points.count() == len(KINDS[kind]().points)
    page.evaluate("model.set('points', [[-1, 0.3], [0, -0.4], [1, 0.2]])")
    settle(page)
    assert points.count() == 3
    points.first.press("Delete")
    settle(page)
    assert page.evaluate("model.get('points').length") == 2 and points.count() == 2
    page.evaluate("stop()")
    fine(page)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_narrow_page_does_not_scroll_sideways(open_page, page_of, kind):
    page = open_page(
        page_of(KINDS[kind](), name=kind), viewport={"width": 360, "height": 740}, has_touch=True,
        is_mobile=True,
    )
    page.wait_for_function(PAINTED)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    sizes = page.eval_on_selector_all(
        ".ex-handle", "all => all.map(h => Math.min(h.offsetWidth, h.offsetHeight))"
    )
    assert all(size >= 44 for size in sizes)
    unlabelled = page.evaluate("""[...document.querySelectorAll('input, select, button')]
        .filter(e => !(e.getAttribute('aria-label') || (e.labels && e.labels.length)
            || e.textContent.trim())).length""")
    assert unlabelled == 0
    fine(page)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_picture_inside(open_page, page_of, kind):
    page = open_page(page_of(KINDS[kind](), name=kind), java_script_enabled=False)
    image = page.locator(".explorer-fallback")
    assert image.is_visible() and len(image.get_attribute("alt")) > 40
    assert image.evaluate("i => i.naturalWidth") > 300


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_dark_follows_the_theme(open_page, page_of, kind):
    page = open_page(page_of(KINDS[kind](), name=kind), reduced_motion="reduce")
    page.wait_for_function(PAINTED)
    page.add_style_tag(
        content="html[data-theme=dark] { --pst-color-text-base: #ffffff; --pst-color-background: "
                "#101418; }"
    )
    before = pixels(page)[..., :3].max()
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    settle(page)
    assert has_colour(pixels(page), "#ffffff", 0.02), before
    fine(page)


def test_training_starts_by_itself_but_not_where_motion_is_unwelcome(open_page, page_of):
    address = page_of(Delta(m=100), name="auto")
    page = open_page(address)
    page.wait_for_function("+document.querySelector('[data-epoch]').dataset.epoch > 20")
    still = open_page(address, reduced_motion="reduce")
    settle(still)
    assert (
        numbers(still)["epoch"] == "20\u202f000"
        or int(re.sub(r"\D", "", numbers(still)["epoch"])) == 20_000
    )
    assert "Train" in still.locator(".ex-play").inner_text()
    fine(page)


@pytest.mark.parametrize(
    "made",
    [
        lambda: Delta(m=100), Field, lambda: KernelSpline(playing=True),
        lambda: Phase(epochs=500, points=[[-1, 0], [0, 1], [1, 0]]),
    ],
    ids=["delta", "field", "kernel", "phase"],
)
def test_where_motion_is_unwelcome_nothing_moves_unless_it_is_asked_for(open_page, page_of, made):
    """The end is shown at once; but who presses the button wants to see it move."""
    explorer = made()
    page = open_page(page_of(explorer, f"unmoved-{explorer._js}"), reduced_motion="reduce")
    settle(page)
    play, at = page.locator(".ex-play"), "document.querySelector('.ex-body').dataset"
    assert play.get_attribute("aria-pressed") == "false"
    end = page.evaluate(f"{at}.time ?? {at}.epoch")
    page.wait_for_timeout(200)
    assert page.evaluate(f"{at}.time ?? {at}.epoch") == end
    play.click()
    page.wait_for_function(
        f"end => document.querySelector('[data-busy]') && ({at}.time ?? {at}.epoch) !== end",
        arg=end,
    )
    pause(page)
    settle(page)
    assert play.get_attribute("aria-pressed") == "false"
    fine(page)


def test_every_control_changes_picture_and_readout(open_page, small):
    page = open_page(small)
    settle(page)

    def changes(act, readout=True):
        before, shown = [picture(page, k) for k in range(3)], numbers(page)
        act()
        settle(page)
        assert [picture(page, k) for k in range(3)] != before, "the picture stayed as it was"
        assert not readout or numbers(page) != shown, "the readout stayed as it was"
        fine(page)

    # noqa: E731
    click = lambda name: lambda: page.get_by_role("button", name=name, exact=True).click()
    changes(click("Step"))
    assert numbers(page)["epoch"] == "301"
    for landmark in ("minus infinity", "plus infinity", "0"):
        changes(lambda: page.get_by_role("button", name=re.compile(rf"^δ = {landmark}")).click())
    changes(lambda: page.get_by_role("slider", name="δ").press("ArrowRight"), readout=False)
    changes(click("Add point"))
    changes(lambda: remove_point(page))
    changes(click("New start"))
    changes(lambda: page.get_by_role("combobox", name="data").select_option("sine"))
    changes(lambda: page.get_by_role("slider", name="neurons m").press("ArrowRight"))
    changes(lambda: page.get_by_role("slider", name="epoch").press("ArrowLeft"))
    changes(click("Reset"))
    assert numbers(page)["epoch"] == "0"
    page.get_by_role("combobox", name="speed").select_option("most")
    click("▶ Train")()
    page.wait_for_function("+document.querySelector('[data-epoch]').dataset.epoch > 5000")
    pause(page)
    settle(page)
    assert float(numbers(page)["loss"].replace("−", "-")) < 0.1
    fine(page)


def test_both_ends_of_delta(open_page, small):
    page = open_page(small)
    settle(page)
    image = pixels(page)
    assert has_colour(image, "#009E73", 0.25) and has_colour(image, "#E69F00", 0.25)
    found = {}
    for landmark in ("minus infinity", "plus infinity"):
        page.get_by_role("button", name=re.compile(rf"^δ = {landmark}")).click()
        page.get_by_role("slider", name="epoch").fill("112")
        settle(page)
        found[landmark] = numbers(page)
    kernel, adaptive = found["minus infinity"], found["plus infinity"]
    gap = lambda row, name: float(row[f"gap to {name}"].replace("−", "-"))  # noqa: E731
    assert gap(kernel, "cubic") < gap(kernel, "linear") and gap(adaptive, "linear") < 0.1 * gap(
        adaptive, "cubic"
    )
    assert int(adaptive["knots at samples"][:-1]) > 90 > 50 > int(kernel["knots at samples"][:-1])


def test_drag_by_mouse_finger_and_keys(open_page, small):
    page = open_page(small, has_touch=True)
    settle(page)
    handle = page.locator(".ex-handle").nth(2)
    label = lambda: handle.get_attribute("aria-label")  # noqa: E731
    box, before = handle.bounding_box(), label()
    pull(page, handle, 5, 40)
    dragged, after = label(), handle.bounding_box()
    assert (
        dragged != before
        and abs(after["y"] - box["y"] - 40) < 1.5
        and abs(after["x"] - box["x"] - 5) < 1.5
    )
    handle.press("ArrowUp")
    settle(page)
    assert label() != dragged
    keyed, start = label(), handle.bounding_box()
    swipe(page, handle, -40)
    assert label() != keyed and abs(handle.bounding_box()["y"] - start["y"] + 40) < 2
    count = page.locator(".ex-handle").count()
    handle.press("Delete")
    settle(page)
    assert page.locator(".ex-handle").count() == count - 1
    canvas = page.locator("canvas").first.bounding_box()
    page.mouse.dblclick(canvas["x"] + 0.55 * canvas["width"], canvas["y"] + 0.2 * canvas["height"])
    settle(page)
    assert page.locator(".ex-handle").count() == count
    fine(page)


def test_a_finger_beside_the_handles_scrolls_the_page(open_page, small):
    page = open_page(small, viewport={"width": 360, "height": 500}, has_touch=True, is_mobile=True)
    settle(page)
    box = page.locator("canvas").first.bounding_box()
    client = page.context.new_cdp_session(page)
    client.send("Input.synthesizeScrollGesture",
        {"x": box["x"] + box["width"] - 30, "y": box["y"] + 30, "yDistance": -200, "speed": 2000})
    page.wait_for_function("scrollY > 100")


def test_a_link_brings_everything_back(open_page, small):
    page = open_page(small)
    page.get_by_role("button", name=re.compile("^δ = plus infinity")).click()
    page.get_by_role("button", name="Add point", exact=True).click()
    page.get_by_role("button", name="Step", exact=True).click()
    settle(page)
    again = open_page(copied_link(page))
    settle(again)
    assert (
        numbers(again) == numbers(page)
        and picture(again) == picture(page)
        and picture(again, 1) == picture(page, 1)
    )
    fine(again)


@pytest.mark.parametrize(
    "fragment",
    [
        "delta:", "delta:{", "delta:[1]",
        'delta:{"points":"x","delta":"y","m":null,"epoch":-5,"seed":"a","scale":0}',
        'delta:{"points":[]}', 'delta:{"points":[[0,1]]}', 'delta:{"points":[[0,1],[0,2]]}',
        'delta:{"initial":{"r":5}}', 'delta:{"points":[[0,1e300],[1e300,3],[5,null]]}',
        'delta:{"points":[[100000,1],[-100000,1000000]]}',
    ],
)
def test_a_bad_link_breaks_nothing(open_page, small, fragment):
    page = open_page(f"{small}#{fragment}")
    settle(page)
    page.get_by_role("button", name="Step", exact=True).click()
    settle(page)
    text = page.locator(".ex-host").inner_text()
    assert (
        "NaN" not in text
        and "undefined" not in text
        and "explorer-on" in page.locator(".explorer").get_attribute("class")
    )
    if "[[0,1],[0,2]]" in fragment:
        assert "share x" in page.locator(".ex-message").inner_text()
    if '"points":[]' in fragment:
        assert "add a point" in page.locator(".ex-message").inner_text()
    fine(page)


@pytest.mark.parametrize("delta", ["minus infinity", "0", "plus infinity"])
def test_the_python_lines_give_the_curve_on_screen(open_page, small, delta):
    page = open_page(small)
    page.get_by_role("button", name=re.compile(rf"^δ = {delta}")).click()
    page.get_by_role("slider", name="epoch").fill("85")
    settle(page)
    page.get_by_role("button", name="Copy as Python").click()
    code = page.locator(".ex-code").inner_text()
    scope = {}
    exec(code, scope)
    assert int(scope["run"].epochs[-1]) > 2000
    x = torch.linspace(-1.25, 1.25, 501, dtype=torch.float64)
    np.testing.assert_allclose(scope["run"].network(x), evaluate(page, x), rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_thousand_random_actions(open_page, page_of, kind):
    """Nothing a hand can do makes an error or shows a number that is none, and afterwards the
    explorer still answers."""
    page = open_page(
        page_of(
            KINDS[kind](**({"m": 50} if "m" in KINDS[kind].options() else {})), f"monkey-{kind}"
        )
    )
    assert page.evaluate(MONKEY, 1000) == []
    pause(page)
    settle(page)
    work = Work(page)
    begin = work.so_far()
    for name in ("Add point", "Remove (sample|residual)"):
        answer(page, "[...document.querySelectorAll('button')].find(b => "
                     f"/^{name}/.test(b.textContent)).click()")
    assert work.usual(work.so_far() - begin) < 2
    fine(page)


def test_speed_at_a_thousand_neurons(open_page, page_of):
    """Training and drawing together: many steps a second, and frames that keep coming.  Work is
    counted, not time."""
    points = [
        [-1 + 2 * j / 9, math.copysign(1, math.sin(2 * math.pi * (0.75 * (-1 + 2 * j / 9) + 0.1)))]
        for j in range(10)
    ]
    page = open_page(page_of(Delta(m=1000, points=points, speed="most"), name="speed"))
    page.wait_for_function("+document.querySelector('[data-epoch]')?.dataset.epoch > 100")
    work = Work(page)
    begin = work.so_far()
    epochs, frames = page.evaluate(bounded("""() => new Promise(done => {
        const at = () => +document.querySelector('[data-epoch]').dataset.epoch, first = at();
        let frames = 0;
        const look = () => { frames++;
            at() - first > 5000 ? done([at() - first, frames]) : requestAnimationFrame(look); };
        requestAnimationFrame(look); })"""))
    seconds = work.usual(work.so_far() - begin)
    print(f"\n{epochs / seconds:.0f} gradient steps and {frames / seconds:.0f} frames a second "
          "of work")
    assert epochs / seconds > 2000 and frames / seconds > 5
    fine(page)


def test_a_picture_of_the_field_costs_no_more_for_the_way_behind_it(open_page, page_of):
    """What is drawn is counted, line by line."""
    page = open_page(page_of(Field(playing=True), name="way"))
    page.evaluate("""() => { const pen = CanvasRenderingContext2D.prototype, line = pen.lineTo;
        let count = 0;
        window.drawn = [];
        pen.lineTo = function (...to) { count++; line.apply(this, to); };
        const look = () => { if (count) drawn.push(count);
            count = 0;
            requestAnimationFrame(look); };
        requestAnimationFrame(look); }""")
    page.wait_for_function("drawn.length > 100")
    drawn = page.evaluate("drawn")
    assert np.median(drawn[70:100]) < 1.5 * np.median(drawn[2:20])
    fine(page)


def test_bad_options_are_named():
    for options, word in [
        ({"delta": "x"}, "delta"), ({"m": 3}, "m: want an even"),
        ({"points": [[0, math.nan]]}, "points: point 0"), ({"epoch": -1}, "epoch"),
        ({"speed": "warp"}, "speed"), ({"bogus": 1}, "no such option: bogus"),
        ({"delta": math.nan}, "delta"), ({"points": [[0, 0]] * 41}, "at most 40"),
    ]:
        with pytest.raises(ValueError, match=word):
            Delta(**options)
    with pytest.raises(ValueError, match="coincide"):
        assert Delta(points=[[0, 1], [0, 2]]).samples


def test_traits_go_both_ways_through_json():
    delta = Delta(delta=-math.inf)
    state = delta.get_state()
    assert state["delta"] == "-inf" and json.dumps(state["delta"], allow_nan=False)
    delta.set_state({"delta": "inf", "epoch": 7, "points": [[0, 1], [1, 2]], "playing": False})
    assert delta.delta == math.inf and delta.epoch == 7 and delta.samples.s == 2
    network = Delta(delta=2.0, m=20).start
    delta.network = network
    torch.testing.assert_close(delta.start.a, network.a)
    assert delta.delta == pytest.approx(2.0) and delta.epoch == 0
    assert isinstance(delta, Explorer) and "explorer" in delta.to_html()


# ---- Neurons and knots

@pytest.fixture(scope="module")
def few(page_of):
    return page_of(Neurons(), name="few")


def test_particles_and_knots_move_together(open_page, few):
    page = open_page(few)
    settle(page)
    knot, particle = (
        page.locator(".ex-handle[aria-label^='knot of neuron 3']"),
        page.locator(".ex-handle[aria-label^='neuron 3']"),
    )
    x, before = np.linspace(-1.5, 1.5, 50), numbers(page)
    f, where = evaluate(page, x), particle.bounding_box()
    np.testing.assert_allclose(f, Neurons().network(torch.tensor(x)), atol=1e-12)
    pull(page, knot, 40, 0)
    assert (
        float(numbers(page)["knot b/a"].replace("−", "-"))
        > float(before["knot b/a"].replace("−", "-")) + 0.1
    )
    moved = particle.bounding_box()
    assert math.hypot(moved["x"] - where["x"], moved["y"] - where["y"]) > 3
    assert np.abs(evaluate(page, x) - f).max() > 0.1
    e = knot.bounding_box()["x"]
    pull(page, particle, 0, -60)
    assert abs(knot.bounding_box()["x"] - e) > 5
    pull(page, page.locator(".ex-handle[aria-label^='sample 6']"), -30, -30)
    fine(page)


def test_rescaling_moves_delta_and_nothing_else(open_page, few):
    page = open_page(few)
    settle(page)
    x = np.linspace(-1.5, 1.5, 50)
    places = "[...document.querySelectorAll('.ex-handle')].map(h => h.style.transform)"
    f, plane, before = evaluate(page, x), page.evaluate(places), numbers(page)
    page.get_by_role("button", name="rescale: k = 4").click()
    settle(page)
    after = numbers(page)
    np.testing.assert_allclose(evaluate(page, x), f, atol=1e-12)
    assert page.evaluate(places) == plane
    assert {key for key in before if before[key] != after[key]} == {"a, b, c", "δ = c² − a² − b²"}
    fine(page)


def test_every_button_of_neurons(open_page, few):
    page = open_page(few)
    settle(page)
    for name in (
        "Next neuron", "Flip its sign", "Add neuron", re.compile("^Remove neuron"), "Add point",
        REMOVE,
    ):
        before = [picture(page, k) for k in (0, 1)], numbers(page)
        page.get_by_role("button", name=name, exact=True).click()
        settle(page)
        assert ([picture(page, k) for k in (0, 1)], numbers(page)) != before, name
    page.get_by_role("button", name="Copy as Python").click()
    scope = {}
    exec(page.locator(".ex-code").inner_text(), scope)
    x = np.linspace(-1.5, 1.5, 99)
    np.testing.assert_allclose(scope["network"](torch.tensor(x)), evaluate(page, x), atol=1e-12)
    again = open_page(
        few
        + "#neurons:"
        + json.dumps({"neurons": [[1, 2, 3], ["x"], [0, 0, 0]], "points": [], "chosen": 99})
    )
    settle(again)
    again.get_by_role("button", name=re.compile("^Remove neuron")).click()
    again.get_by_role("button", name=re.compile("^Remove neuron")).click()
    settle(again)
    assert (
        numbers(again)["neuron"] == "1 of 1" and "NaN" not in again.locator(".ex-host").inner_text()
    )
    fine(page)
    fine(again)


def test_the_network_of_neurons_can_be_set():
    shown = Neurons()
    network = Delta(m=20).start
    shown.network = network
    x = torch.linspace(-2, 2, 30, dtype=torch.float64)
    torch.testing.assert_close(shown.network(x), network(x))
    for bad in ([], [[1, 2]], [[1, 2, math.nan]], [[0, 0, 0]] * 25, "x"):
        with pytest.raises(ValueError, match="neurons: want"):
            Neurons(neurons=bad)


# ---- The field the residuals make

@pytest.fixture(scope="module")
def still_field(page_of):
    return page_of(Field(playing=False), name="field-still")


def test_residuals_decide_which_lines_attract(open_page, still_field):
    page = open_page(still_field)
    settle(page)
    shown = Field()
    expected = attractors(shown.samples, shown.residuals).attracts
    for sign, name in ((1, "r > 0"), (-1, "r < 0")):
        page.get_by_role("button", name=name).click()
        settle(page)
        assert numbers(page)["attract"].split() == [f"{j + 1}{'→←'[o]}" for o,
            j in (expected == sign).T.nonzero().tolist()] != []
    before = picture(page, 1)
    for handle in page.locator(".ex-handle").all():  # all residuals up: nothing alternates any more
        box = handle.bounding_box()
        frame = page.locator("canvas").first.bounding_box()
        pull(page, handle, 0, frame["y"] + 40 - box["y"] - box["height"] / 2)
    assert numbers(page)["attract"] == "none" and picture(page, 1) != before
    fine(page)


def test_particles_flow_get_stuck_and_come_back(open_page, still_field):
    page = open_page(still_field)
    settle(page)
    start = page.evaluate("document.querySelector('.ex-host').explorer.places()")
    page.get_by_role("button", name="▶ Flow").click()
    page.wait_for_function("+document.querySelector('[data-time]').dataset.time > 3")
    pause(page)
    settle(page)
    assert (
        int(numbers(page)["particles held"].split()[0]) > 15
        and float(numbers(page)["loss ½ Σ ϱ²"]) < 1.31
    )
    page.get_by_role("button", name="Clear particles").click()
    settle(page)
    box = page.locator("canvas").nth(1).bounding_box()
    page.mouse.click(box["x"] + 0.6 * box["width"], box["y"] + 0.3 * box["height"])
    settle(page)
    assert numbers(page)["particles held"].endswith("of 1")
    page.get_by_role("button", name="Drop 40").click()
    settle(page)
    assert numbers(page)["particles held"].endswith("of 41")
    for name in ("Add point", REMOVE):
        before = picture(page, 1)
        page.get_by_role("button", name=name).click()
        settle(page)
        assert picture(page, 1) != before
    before = picture(page, 1)
    page.get_by_role("combobox", name="flow").select_option("minus")
    settle(page)
    assert picture(page, 1) != before and len(start) == 60
    fine(page)


def test_held_residuals_come_to_rest(open_page, page_of):
    """With the residuals held all particles end on lines, dead or out of the picture: then the flow
    stops by itself."""
    page = open_page(page_of(Field(follow=False), "held"))
    assert "stay where you put them" in page.locator(".ex-caption").first.inner_text()
    loss = numbers(page)["loss ½ Σ ϱ²"]
    page.wait_for_function(
        "document.querySelector('.ex-message').textContent === 'At rest.'"
    )
    settle(page)
    assert (
        numbers(page)["loss ½ Σ ϱ²"] == loss
        and page.get_by_role("button", name="▶ Flow").is_visible()
    )
    page.get_by_role("checkbox", name="residuals follow the particles").check()
    settle(page)
    assert "follow the particles" in page.locator(".ex-caption").first.inner_text()
    fine(page)


def test_reset_brings_back_what_a_hand_has_made(open_page, still_field):
    page = open_page(still_field)
    page.locator(".ex-handle").first.press("ArrowUp")
    settle(page)
    places, labels = (
        "document.querySelector('.ex-host').explorer.places()", "all => all.map(h => h.ariaLabel)",
    )
    before = page.evaluate(places), page.eval_on_selector_all(".ex-handle", labels)
    press(page, "▶ Flow")
    page.wait_for_function("+document.querySelector('[data-time]').dataset.time > 0.5")
    pause(page)
    settle(page)
    assert page.evaluate(places) != before[0]
    press(page, "Reset")
    settle(page)
    np.testing.assert_allclose(page.evaluate(places), before[0], atol=1e-12)
    assert (
        page.eval_on_selector_all(".ex-handle", labels) == before[1]
        and numbers(page)["time"] == "0"
    )
    fine(page)


def test_the_python_lines_of_the_field(open_page, still_field):
    page = open_page(still_field)
    settle(page)
    page.get_by_role("button", name="Copy as Python").click()
    code = page.locator(".ex-code").inner_text()
    scope = {}
    exec(re.sub(r"^field_uv", "velocity = field_uv", code, flags=re.M), scope)
    shown = page.evaluate(
        "[[0.5, 0.5], [-0.5, 0.5]].map(([u, v]) => "
        "document.querySelector('.ex-host').explorer.velocity(u, v))"
    )
    np.testing.assert_allclose(scope["velocity"], shown, atol=1e-12)
    for line in page.evaluate("document.querySelector('.ex-host').explorer.lines()"):
        assert (
            int(scope["lines"].attracts[line["sample"], 0 if line["side"] > 0 else 1])
            == line["attracts"]
        )


def test_a_bad_field_is_made_safe(open_page, still_field):
    page = open_page(still_field + "#field:" + json.dumps({"points": [[0, 1], [0, 2]],
        "particles": [[1, 2], "x", [1, 1, 5]], "flow": "x", "sign": "y"}))
    settle(page)
    remove_point(page)
    settle(page)
    assert "NaN" not in page.locator(".ex-host").inner_text()
    fine(page)
    assert Field(particles=[]).particles == [] and Field().network.m == 60
    for options in ({"sign": 2}, {"flow": "x"}, {"particles": [[1, 2]]}):
        with pytest.raises(ValueError):
            Field(**options)
