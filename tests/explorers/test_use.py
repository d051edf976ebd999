"""The explorers as they are used: taken back, shared, printed, out of sight, in other colours."""
import json
import re

import numpy as np
import pytest
import torch
from screen import (
    RESTING,
    choose,
    evaluate,
    fine,
    has_colour,
    numbers,
    pause,
    pixels,
    press,
    pull,
    remove_point,
    settle,
)

from lib.explorers import Delta, Diagram, Field, KernelSpline, Neurons, Phase, page_assets
from lib.explorers.base import KINDS

FEW = [[-1.0, -0.4], [-0.4, 0.7], [0.3, -0.6], [1.0, 0.5]]
INK = "ink => getComputedStyle(document.querySelector('.ex-host')).color === ink"
LABELS = "all => all.map(e => e.ariaLabel)"


def small(kind):
    """An explorer of this kind that stands still and costs little."""
    return {
        "delta": lambda: Delta(m=50, playing=False, epoch=100),
        "diagram": lambda: Diagram(epochs=60, points=FEW, m=16, playing=False, epoch=60),
        "field": lambda: Field(playing=False),
        "kernel": KernelSpline,
        "neurons": Neurons,
        "phase": lambda: Phase(epochs=60, points=FEW, playing=False, epoch=60),
    }[kind]()


@pytest.fixture
def still(open_page, page_of):
    """still(kind, fragment, **context options): the page of a small explorer, settled."""

    def opened(kind, fragment="", **options):
        page = open_page(page_of(small(kind), f"use-{kind}") + fragment, **options)
        settle(page)
        return page

    return opened


def labels(page):
    return page.eval_on_selector_all(".ex-handle", LABELS)


def message(page):
    return page.locator(".ex-message").inner_text()


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


# ---- undo

@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_a_hand_has_done_is_undone_and_done_again(still, kind):
    page = still(kind)
    first = labels(page)
    handle = page.locator(".ex-handle").first
    pull(page, handle, 3, 25)                                             # one drag, many moves
    dragged = labels(page)
    handle.press("Delete")
    settle(page)
    removed = labels(page)
    assert first != dragged and len(removed) < len(dragged)
    there = []
    for keys in ("Control+z", "Meta+z", "Control+Shift+z", "Control+y"):
        page.locator(".ex-handle").last.press(keys)
        settle(page)
        there.append(labels(page))
    assert there == [dragged, first, dragged, removed]
    for name, expected in (("Undo", dragged), ("Undo", first), ("Redo", dragged)):
        button(page, name).press("Enter")
        settle(page)
        assert labels(page) == expected
    fine(page)


def test_a_slider_goes_back_in_one_step_and_training_stays_where_it_is(still):
    page = still("delta")
    slider = page.get_by_role("slider", name="δ")
    press(page, "Step")
    # at once: a change a second later is another step
    slider.evaluate("""slider => { for (let k = 0; k < 4; k++) {
        slider.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true}));
        slider.stepUp();
        slider.dispatchEvent(new Event('input', {bubbles: true})); } }""")
    settle(page)
    assert slider.get_attribute("aria-valuetext") != "0"
    button(page, "Undo").press("Enter")
    settle(page)
    assert slider.get_attribute("aria-valuetext") == "0" and numbers(page)["epoch"] == "101"
    assert button(page, "Undo").get_attribute("aria-disabled") == "true"
    button(page, "Undo").press("Enter")
    assert "nothing to undo" in message(page)
    fine(page)


def test_flowing_is_not_undone_but_what_was_cleared_comes_back(still):
    page = still("field")
    press(page, "▶ Flow")
    page.wait_for_function("+document.querySelector('[data-time]').dataset.time > 0.3")
    pause(page)
    settle(page)
    held = numbers(page)["particles held"]
    assert button(page, "Undo").get_attribute("aria-disabled") == "true"
    press(page, "Clear particles")
    settle(page)
    assert numbers(page)["particles held"] == "0 of 0"
    press(page, "Undo")
    settle(page)
    assert numbers(page)["particles held"].endswith("of 60") and held.endswith("of 60")
    fine(page)


# ---- removing, and one's own data

@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_point_that_is_chosen_is_removed(still, kind):
    page = still(kind)
    noun = "residual" if kind == "field" else "sample"
    own = page.locator(f".ex-handle[aria-label^='{noun}']")
    before = own.evaluate_all(LABELS)
    own.nth(1).focus()
    button(page, f"Remove {noun} 2").wait_for()
    remove_point(page)
    settle(page)
    left = own.evaluate_all(LABELS)
    at = lambda names: [name.split(": ")[1] for name in names]  # noqa: E731
    assert at(left) == at(before)[:1] + at(before)[2:]
    own.last.dblclick()
    settle(page)
    assert at(own.evaluate_all(LABELS)) == at(left)[:-1]
    fine(page)


def test_a_finger_that_rests_on_a_point_removes_it_and_one_that_moves_does_not(still):
    page = still("delta", viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    client = page.context.new_cdp_session(page)
    page.evaluate(RESTING)

    def touch(handle, dy):
        box = handle.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        send = lambda type, *at: client.send("Input.dispatchTouchEvent",  # noqa: E731
            {"type": type, "touchPoints": [{"x": p, "y": q} for p, q in at]})
        send("touchStart", (x, y))
        if dy:
            send("touchMove", (x, y + dy))
        settle(page)
        page.evaluate("rest?.()")
        send("touchEnd")
        settle(page)

    before = labels(page)
    touch(page.locator(".ex-handle").nth(2), 30)
    assert len(labels(page)) == len(before)
    touch(page.locator(".ex-handle").nth(2), 0)
    assert len(labels(page)) == len(before) - 1
    fine(page)


def test_of_handles_that_overlap_the_nearest_is_taken(still):
    page = still("neurons", viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    samples = page.locator(".ex-handle[aria-label^='sample']")
    for k in range(samples.count()):
        box = samples.nth(k).bounding_box()
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        assert "sample" in page.evaluate("document.activeElement.ariaLabel"), k
        pull(page, samples.nth(k), 0, 12)
        moved = samples.nth(k).bounding_box()
        assert abs(moved["y"] - box["y"] - 12) < 2, k
    fine(page)


def test_neurons_are_removed_where_they_are_chosen(still):
    page = still("neurons")
    particle = page.locator(".ex-handle[aria-label^='neuron 2']")
    particle.press("Delete")
    settle(page)
    assert numbers(page)["neuron"] == "2 of 5"
    page.get_by_role("button", name="Remove neuron 2").click()
    page.locator(".ex-handle[aria-label^='knot of neuron 1']").dblclick()
    settle(page)
    assert numbers(page)["neuron"].endswith("of 3")
    for _ in range(3):
        page.get_by_role("button", name=re.compile("^Remove neuron")).click()
    settle(page)
    assert numbers(page)["neuron"] == "1 of 1" and "has to stay" in message(page)
    fine(page)


def test_own_data_survive_a_preset(still):
    page = still("delta")
    pull(page, page.locator(".ex-handle").nth(1), 0, 30)
    own = labels(page)
    for preset in ("sine", "step"):
        choose(page, "data", preset)
        settle(page)
        assert labels(page) != own
    choose(page, "data", "")
    settle(page)
    assert labels(page) == own
    fine(page)


# ---- links

@pytest.mark.parametrize("fragment", ["#50%", "#%E0%A4%A", "#some-section", "#delta.7:x", "#:"])
def test_an_address_that_is_no_link_is_left_alone(still, fragment):
    page = still("delta", fragment)
    assert message(page) == "" and numbers(page)["epoch"] == "100"
    page.evaluate("location.hash = '#20%'")
    settle(page)
    fine(page)


@pytest.mark.parametrize("fragment", ["#delta:%7B%22m%22:2%", "#delta:%7B%22m%22:2", "#delta:[1]"])
def test_a_damaged_link_says_so_and_starts_fresh(still, fragment):
    page = still("delta", fragment)
    assert "damaged" in message(page) and numbers(page)["epoch"] == "100"
    fine(page)


def test_a_link_shows_its_explorer_from_the_top(open_page, tmp_path):
    assets = page_assets()
    filler = "<div style='height: 1500px'></div><img id='late' width='10'>"
    path = tmp_path / "long.html"
    path.write_text(f"<!doctype html><meta charset='utf-8'><style>{assets['explorers.css']}</style>"
        f"{filler}{small('delta').to_html()}<div style='height: 3000px'></div>"
        f"<script>{assets['explorers.js']}</script>"
        "<script>document.getElementById('late').style.height = '700px'</script>", "utf8")
    page = open_page(f"{path.as_uri()}#delta:%7B%7D", viewport={"width": 800, "height": 500})
    top = "document.querySelector('.explorer').getBoundingClientRect().top"
    page.wait_for_function(f"{top} >= 0 && {top} < 200")
    fine(page)


# ---- three controls first

# how one makes it move, which is one of the three, and the two others
FIRST = {
    "delta": ({"▶ Train", "epoch"}, {"δ", "data"}),
    "diagram": ({"▶ Train", "epoch"}, {"place in the plane", "map of"}),
    "field": ({"▶ Flow", "Reset"}, {"field shown for", "residuals follow the particles"}),
    "kernel": ({"▶ Train", "t"}, {"law", "b up to B"}),
    "neurons": (set(), {"rescale: k", "Flip its sign", "Add neuron"}),
    "phase": ({"▶ Train", "epoch"}, {"δ", "map of"}),
}
# of a group of buttons the group; what is in the picture is no control
VISIBLE = """() => [...new Set([...document.querySelectorAll('.ex-host :is(button, input, select)')]
    .filter(e => e.checkVisibility() && !e.matches('.ex-handle, .ex-mark'))
    .map(e => e.closest('[role=group]') ?? e)
    .map(e => e.ariaLabel ?? [...(e.labels?.[0] ?? e).childNodes]
        .find(part => part.textContent.trim()).textContent.trim()))]"""


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_three_controls_come_first_and_a_key_brings_the_others(open_page, page_of, kind):
    page = open_page(page_of(KINDS[kind](), f"folded-{kind}", folded=True))
    page.locator(".ex-handle").first.wait_for()
    pause(page)
    settle(page)
    moves, others = FIRST[kind]
    assert bool(moves) + len(others) == 3
    assert set(page.evaluate(VISIBLE)) == moves | others
    first = page.evaluate(VISIBLE)
    more = page.locator(".ex-more > summary")
    assert more.inner_text() == "More controls"
    more.press("Enter")
    shown = page.evaluate(VISIBLE)
    assert shown[:len(first)] == first and {"Undo", "Redo", "Copy link"} < set(shown)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.ex-more') !== null")
    fine(page)


@pytest.mark.parametrize(("kind", "state", "opened"), [
    ("delta", {"delta": 5, "m": 400, "speed": "normal"}, False),
    ("delta", {"m": 50}, True),
    ("field", {"follow": False, "sign": -1}, False),
    ("field", {"flow": "plus"}, True),
    ("kernel", {"shape": "Signed", "R": 3}, False),
    ("kernel", {"kind": "ntk"}, True),
    ("diagram", {"index": "loss", "R": 0.3}, False),
    ("diagram", {"m": 16}, True),
    ("phase", {"index": "loss"}, False),
    ("phase", {"starts": 2}, True),
])
def test_a_link_shows_the_control_that_has_made_it(open_page, page_of, kind, state, opened):
    address = page_of(KINDS[kind](), f"folded-{kind}", folded=True)
    state = {"playing": False, "table": None, **state}
    page = open_page(f"{address}#{kind}:{json.dumps(state)}")
    page.locator(".ex-handle").first.wait_for()
    assert page.locator(".ex-more").evaluate("e => e.open") is opened


def test_a_folded_control_is_undone_all_the_same(open_page, page_of):
    page = open_page(page_of(KernelSpline(), "folded-kernel", folded=True))
    settle(page)
    more = page.locator(".ex-more > summary")
    more.click()
    before = numbers(page)
    choose(page, "train", "ntk")
    settle(page)
    changed = numbers(page)
    more.click()
    assert not page.get_by_role("combobox", name="train").is_visible()
    for keys, expected in (("Control+z", before), ("Control+Shift+z", changed)):
        page.locator(".ex-handle").first.press(keys)
        settle(page)
        assert numbers(page) == expected
    fine(page)


# ---- out of sight, and while the page is read

MOVING = [("delta", lambda: Delta(m=50)), ("field", Field),
    ("kernel", lambda: KernelSpline(playing=True, time=0.0)),
    ("phase", lambda: Phase(points=FEW, epochs=5000)),
    ("diagram", lambda: Diagram(points=FEW, R=0.1, ratio=0.0))]
AT = "JSON.stringify(document.querySelector('.ex-body').dataset)"


@pytest.mark.parametrize(("kind", "explorer"), MOVING)
def test_nothing_moves_while_the_page_scrolls(open_page, page_of, kind, explorer):
    made = explorer()
    made.table = None
    page = open_page(page_of(made, f"scroll-{kind}"))
    page.wait_for_function("document.querySelector('[data-busy]')")
    page.evaluate("document.body.style.minHeight = '4000px'")
    for _ in range(20):  # a machine that halts between scrolling and a frame leaves out a turn
        first, later, halted = page.evaluate(f"""async () => {{
            const frame = () => new Promise(requestAnimationFrame), seen = [];
            let way = 1, halted = false, scrolled;
            addEventListener('scroll', () => {{ scrolled ??= performance.now(); }}, true);
            for (let k = 0; k < 40; k++) {{
                scrolled = undefined;
                window.scrollBy(0, way = -way);
                await frame();
                seen.push({AT});
                halted ||= k > 3 && !(performance.now() - scrolled < 100);
            }}
            return [seen[3], seen[39], halted]; }}""")
        if not halted:
            break
    assert first == later and not halted
    page.wait_for_function(f"before => {AT} !== before", arg=later)
    fine(page)


@pytest.mark.parametrize(("kind", "explorer"), MOVING)
def test_what_is_hidden_has_not_begun(open_page, page_of, kind, explorer):
    """Behind a prediction or a question it stands at its first picture until it is shown."""
    made = explorer()
    made.table = None
    address = page_of(made, f"scroll-{kind}")
    page = open_page("about:blank")
    page.add_init_script("addEventListener('DOMContentLoaded', () => "
                         "{ document.querySelector('.explorer').hidden = true; })")
    page.goto(address)
    page.wait_for_function("!document.querySelector('[data-busy]')")
    before = page.evaluate(AT)
    page.wait_for_timeout(400)
    assert page.evaluate(AT) == before
    at = json.loads(before)
    assert float(at.get("epoch", at.get("time"))) == 0
    page.evaluate("document.querySelector('.explorer').hidden = false")
    page.wait_for_function(f"before => {AT} !== before", arg=before)
    fine(page)


@pytest.mark.parametrize("explorer", [
    lambda: Delta(m=50), Field, lambda: KernelSpline(playing=True, time=0.0),
    lambda: Phase(points=FEW, epochs=5000), lambda: Diagram(points=FEW, R=0.1, ratio=0.0)],
    ids=["delta", "field", "kernel", "phase", "diagram"])
def test_nothing_runs_out_of_sight_and_all_goes_on_when_it_is_back(open_page, page_of, explorer):
    made = explorer()
    made.table = None
    page = open_page(page_of(made, f"sight-{made._js}"))
    page.wait_for_function("document.querySelector('[data-busy]')")
    page.evaluate("""() => { window.asked = 0; const ask = requestAnimationFrame;
        window.requestAnimationFrame = (act) => { window.asked++; return ask(act); };
        const filler = document.createElement('div');
        filler.id = 'filler'; filler.style.height = '4000px'; document.body.prepend(filler); }""")
    page.wait_for_function("!document.querySelector('[data-busy]')")
    state = "JSON.stringify(document.querySelector('.ex-body').dataset) + asked"
    before = page.evaluate(state)
    page.wait_for_timeout(400)
    assert page.evaluate(state) == before
    page.evaluate("document.getElementById('filler').remove()")
    page.wait_for_function(f"before => {state} !== before", arg=before)
    fine(page)


def test_another_density_of_the_screen_draws_anew_while_all_stands_still(still):
    page = still("neurons")
    page.add_init_script("""{ const real = matchMedia; window.asked = [];
        window.matchMedia = (query) => { const list = real.call(window, query);
            if (query.includes('resolution')) list.addEventListener = (_, act) => asked.push(act);
            return list; }; }""")
    page.reload()
    settle(page)
    width = "document.querySelector('canvas').width"
    first = page.evaluate(width)
    for ratio in (2, 1, 3):
        page.evaluate("""ratio => { Object.defineProperty(window, 'devicePixelRatio',
            { value: ratio, configurable: true }); asked.pop()(); }""", ratio)
        page.wait_for_function(f"want => {width} === want", arg=ratio * first)
    fine(page)


# ---- what is on screen

def test_the_function_stays_in_the_picture_while_neurons_are_added(still):
    page = still("neurons")
    for _ in range(6):
        press(page, "Add neuron")
        settle(page)
        image = pixels(page)
        inside = image[30:-40, 45:-12, :]
        dark = (inside[..., :3].max(-1) < 0.35) & (inside[..., 3] > 0.8)
        assert dark.any(0).mean() > 0.85, "the curve is not in every column"
    fine(page)


def test_the_field_has_nothing_to_flow_once_it_is_cleared_until_reset(still):
    page = still("field")
    press(page, "Clear particles")
    press(page, "▶ Flow")
    settle(page)
    assert button(page, "▶ Flow").is_visible() and "nothing to flow" in message(page)
    press(page, "Reset")
    settle(page)
    assert numbers(page)["particles held"].endswith("of 60")
    press(page, "▶ Flow")
    page.wait_for_function("+document.querySelector('[data-time]').dataset.time > 0.2")
    press(page, "❚❚ Pause")
    fine(page)


def test_without_samples_nothing_pretends_to_train(still):
    page = still("delta")
    for _ in range(6):
        remove_point(page)
    press(page, "▶ Train")
    settle(page)
    assert button(page, "▶ Train").is_visible() and "add a point" in message(page)
    fine(page)


def test_a_network_that_no_sample_moves_is_called_so(still):
    """Its knots are just behind the last sample, x = 0.95, and all of them look away."""
    dead = {"initial": {"r": [1.0, -2.0], "theta": [-0.7608, -0.7608], "alpha": 1.0}, "epoch": 20}
    page = still("delta", f"#delta:{json.dumps(dead)}")
    assert "No sample moves any neuron" in message(page)
    assert numbers(page)["knots at samples"] == "–"
    fine(page)


def test_maps_and_axes_say_what_they_show(still):
    page = still("phase")
    scales = set()
    for index in ("adaptivity", "knots", "loss"):
        choose(page, "map of", index)
        settle(page)
        scale = page.locator(".ex-scale")
        bar = scale.locator("span").evaluate("e => getComputedStyle(e).backgroundImage")
        assert scale.is_visible() and "gradient" in bar
        scales.add((scale.inner_text(), bar))
    assert len(scales) == 3
    assert page.locator(".ex-seek span").inner_text() == "epoch"
    fine(page)


def test_the_python_lines_follow_what_is_on_screen(still):
    page = still("delta")
    press(page, "Copy as Python")
    x = torch.linspace(-1.25, 1.25, 101, dtype=torch.float64)
    for act in (lambda: press(page, "Step"), lambda: remove_point(page),
                lambda: page.get_by_role("button", name=re.compile("^δ = plus")).click()):
        act()
        settle(page)
        scope = {}
        exec(page.locator(".ex-code").inner_text(), scope)
        np.testing.assert_allclose(scope["run"].network(x), evaluate(page, x), rtol=0, atol=1e-6)
    fine(page)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_python_lines_run_without_samples(still, kind):
    page = still(kind, f"#{kind}:{json.dumps({'points': []})}")
    press(page, "Copy as Python")
    exec(page.locator(".ex-code").inner_text(), {})
    fine(page)


def test_two_views_of_a_notebook_share_no_id(open_page):
    widget = small("kernel")
    page = open_page("about:blank")
    page.set_content("<body></body>")
    repeated = page.evaluate("""async ([esm, state]) => {
        for (let k = 0; k < 2; k++) {
            const blob = new Blob([esm], {type: 'text/javascript'}), none = () => {};
            const module = await import(URL.createObjectURL(blob));
            const model = { get: (key) => state[key], set: none, save_changes: none, on: none,
                off: none };
            await module.default.render({model, el: document.body}); }
        const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
        return [ids.length, new Set(ids).size]; }""",
        [widget._esm, widget.get_state(widget.options())])
    assert repeated[0] == repeated[1] > 10
    fine(page)


# ---- print and colours

PRINTED = {
    "delta": ["δ = 0", "m = 50", "seed 0", "size of r 2", "epoch 100"],
    "diagram": ["δ̂/R = −3", "R = 30 |y|", "m = 16", "seed 0", "60 epochs at most"],
    "field": ["mean-field", "r > 0", "6 residuals", "time 0"],
    "kernel": ["Box", "a up to A = 1", "b up to B = 0.5", "only c is trained", "t = 3160"],
    "neurons": ["m = 6", "alpha = m", "neuron 3"],
    "phase": ["δ = −30", "m = 200", "seed 0", "size of r 2", "60 epochs", "mean over 1"],
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_on_paper_it_says_what_it_was_made_with_in_dark_ink(still, kind):
    page = still(kind)
    line = page.locator(".ex-print")
    assert line.is_hidden()
    page.add_style_tag(content="""html[data-theme=dark] {
        --pst-color-text-base: #e8e8e8; --pst-color-background: #101418; }""")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(INK, arg="rgb(232, 232, 232)")
    settle(page)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    printed = pixels(page)
    assert has_colour(printed, "#1b1f24", 0.03) and not has_colour(printed, "#e8e8e8", 0.02)
    page.emulate_media(media="print")
    assert line.is_visible() and page.locator(".ex-bar:visible").count() == 0
    for words in PRINTED[kind]:
        assert words in line.inner_text()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert line.is_hidden() and has_colour(pixels(page), "#e8e8e8", 0.03)
    fine(page)


def test_a_dark_page_without_a_theme_has_its_own_ink(open_page, page_of):
    page = open_page(page_of(small("neurons"), "use-neurons"))
    page.add_style_tag(content="body { background: #101010; color: #f0e0d0; }")
    page.evaluate("document.body.className = 'dark'")
    page.wait_for_function(INK, arg="rgb(240, 224, 208)")
    settle(page)
    assert has_colour(pixels(page), "#f0e0d0", 0.03)
    caption = "e => getComputedStyle(e).color"
    assert page.locator(".ex-caption").first.evaluate(caption) == "rgb(240, 224, 208)"
    fine(page)


def test_few_colours_keep_the_knob_and_the_words(still):
    page = still("delta", forced_colors="active")
    track = page.locator(".ex-hero .ex-track")
    assert "gradient" in track.evaluate("e => getComputedStyle(e, '::before').backgroundImage")
    assert track.evaluate("e => getComputedStyle(e, '::before').forcedColorAdjust") == "none"
    cubic = page.locator(".ex-tone.ex-cubic").first
    assert cubic.evaluate("e => getComputedStyle(e).textDecorationColor") == "rgb(0, 158, 115)"
    ink = page.evaluate("getComputedStyle(document.querySelector('.ex-host')).color")
    hexed = "#" + "".join(f"{int(v):02x}" for v in re.findall(r"\d+", ink)[:3])
    assert has_colour(pixels(page), hexed, 0.03)
    fine(page)


def test_a_browser_that_cannot_mix_colours_has_a_pale_grid_and_a_knob(open_page, tmp_path):
    assets = page_assets()
    css = assets["explorers.css"].replace("color-mix(", "no-such-mix(")
    path = tmp_path / "old.html"
    path.write_text(f"<!doctype html><meta charset='utf-8'><style>{css}</style>"
        f"{small('delta').to_html()}<script>{assets['explorers.js']}</script>", "utf8")
    page = open_page(path.as_uri())
    settle(page)
    dark = (pixels(page, 1)[..., :3].max(-1) < 0.1) & (pixels(page, 1)[..., 3] > 0.5)
    assert dark.mean() < 0.02
    track = page.locator(".ex-hero .ex-track")
    assert "gradient" in track.evaluate("e => getComputedStyle(e, '::before').backgroundImage")
    fine(page)
