"""Every explorer where the book has it: from a server and from the disk, network off, wide and
narrow, light and dark."""
import re

import pytest
from built import HTML, places
from screen import GUESS, LOOK, PATIENCE, PICTURE, QUIET, RESTING, UNFOLD, Work

PLACES = places()
WAYS = [("http", 1280, "light"), ("file", 360, "dark")]
OTHER_WAYS = [("http", 360, "light"), ("file", 1280, "dark")]
# remembers when the first frame with something drawn in a canvas was shown
WATCH = """{ const stroke = CanvasRenderingContext2D.prototype.stroke;
    CanvasRenderingContext2D.prototype.stroke = function (...path) {
        if (!window.drawn) { window.drawn = true; requestAnimationFrame(() => {
        window.shown = performance.now(); }); }
        return stroke.apply(this, path); }; }"""
PAINTED = """() => window.shown && performance.getEntriesByName('first-contentful-paint').length
    && [window.shown - performance.getEntriesByName('first-contentful-paint')[0].startTime]"""
# these change no picture, or not always; they have tests of their own
UNSEEN = ("Copy link", "Copy as Python", "speed", "Undo", "Redo")


def first(ways):
    """`make test` looks at explorers in the first of these ways, `make thorough` in the others."""
    return [ways[0], *(pytest.param(*way, marks=pytest.mark.thorough) for way in ways[1:])]


@pytest.fixture
def visit(browser, site):
    """visit(kind, way, width, scheme): the page of an explorer, about to be loaded, with .errors,
    .asked, .address."""
    contexts = []

    def visit_(kind, way, width, scheme):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme,
                                      has_touch=width < 500, reduced_motion="reduce")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(1000 * PATIENCE)
        page.errors, page.asked = [], []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on(
            "console",
            lambda message: (
                page.errors.append(f"{message.text} {message.location}")
                if message.type == "error"
                else None
            ),
        )
        page.on("request", lambda request: page.asked.append(request.url))
        page.add_init_script(
            f"addEventListener('DOMContentLoaded', () => setTimeout(() => {GUESS}))"
        )
        page.home = site if way == "http" else HTML.as_uri()
        context.set_offline(way == "file")  # the other way the network is this server
        page.address = f"{page.home}/{PLACES[kind]}"
        return page

    yield visit_
    for context in contexts:
        context.close()


@pytest.fixture
def explorer(visit):
    """explorer(kind, way, width, scheme): its page and its host element."""

    def open_(kind, *options):
        page = visit(kind, *options)
        page.goto(page.address)
        host = page.locator(f".explorer[data-explorer={kind}] .ex-host").first
        page.evaluate(UNFOLD)
        host.evaluate(QUIET)
        return page, host

    return open_


def sound(page, host, width):
    """No error, no number that is none, nobody asked, nothing beside the page."""
    assert not re.search("NaN|undefined|null", host.inner_text())
    assert (
        host.evaluate("e => e.scrollWidth <= e.clientWidth && e.getBoundingClientRect().right")
        <= width
    )
    assert (
        page.errors == []
        and [url for url in page.asked if not url.startswith((page.home, "data:", "blob:"))] == []
    )


@pytest.mark.parametrize("way,width,scheme", first(WAYS + OTHER_WAYS))
@pytest.mark.parametrize("kind", PLACES)
def test_it_is_there_soon_after_the_first_text(visit, kind, way, width, scheme):
    """Work is counted, not time: others may be at work on this machine, too."""
    page = visit(kind, way, width, scheme)
    page.add_init_script(WATCH)
    counted = Work(page)
    page.goto(page.address, wait_until="commit")
    after = page.wait_for_function(PAINTED).json_value()[0]
    work = counted.usual(counted.so_far())
    print(f"{kind} from {way}: {work:.2f} s of work; painted {after:.0f} ms after the first text")
    assert work < 2
    page.wait_for_load_state()
    sound(page, page.locator(".ex-host").first, width)


def use(control):
    """Work a control as a reader would."""
    kind = control.evaluate("e => { e.scrollIntoView({block: 'center'}); return e.type; }")
    if kind == "range":
        lo, hi, now = control.evaluate("e => [+e.min, +e.max, +e.value]")
        control.fill(
            f"{lo + (hi - lo) // 3:g}" if now > (lo + hi) / 2 else f"{hi - (hi - lo) // 4:g}"
        )
    elif kind == "select-one":
        options = control.evaluate("e => [...e.options].map(o => o.value)")
        control.select_option([o for o in options if o and o != control.input_value()][0])
    elif control.get_attribute("aria-disabled") == "true":  # Undo and Redo: nothing to do yet
        control.press("Enter")
    else:
        control.click()


def changes(page, host, control):
    """Does the picture or a readout change when the control is used?"""
    plays = control.evaluate("e => e.classList.contains('ex-play')")
    look = PICTURE if plays else LOOK
    control.evaluate("e => e.scrollIntoView({block: 'center'})")
    host.evaluate(QUIET)  # what was computed out of view is drawn only now
    before = host.evaluate(look)
    use(control)
    if plays:  # it moves, until it is told to stop
        changed = page.wait_for_function(f"([host, before]) => ({look})(host) !== before",
                                         arg=[host.element_handle(), before]).json_value()
        if "Pause" in control.inner_text():
            control.click()
        host.evaluate(QUIET)
        return changed
    host.evaluate(QUIET)
    return host.evaluate(look) != before


@pytest.mark.parametrize("way,width,scheme", first(WAYS))
@pytest.mark.parametrize("kind", PLACES)
def test_every_control_does_something(explorer, kind, way, width, scheme):
    page, host = explorer(kind, way, width, scheme)
    controls = host.locator("button:not(.ex-handle):visible, input:visible, select:visible")
    names = controls.evaluate_all(
        "all => all.map(e => e.ariaLabel || (e.labels && e.labels[0] || e).innerText)"
    )
    assert len(names) > 5
    idle = []
    for k, name in enumerate(names):
        if not name.startswith(UNSEEN) and not changes(page, host, controls.nth(k)):
            # a landmark or Reset may find all as it wants it
            host.locator(".ex-handle").first.press("ArrowUp")
            use(controls.nth((k + 1) % len(names)))
            host.evaluate(QUIET)
            if not changes(page, host, controls.nth(k)):
                idle.append(name)
    assert idle == []
    for mark in host.locator(".ex-mark:visible").all():  # landmarks are exactly reachable
        mark.click()
        host.evaluate(QUIET)
        assert mark.get_attribute("aria-pressed") == "true"
        assert (
            mark.inner_text()
            in mark.locator("xpath=ancestor::div[1]").locator("output").inner_text()
        )
    sound(page, host, width)


@pytest.mark.parametrize("way,width,scheme", first(OTHER_WAYS))
@pytest.mark.parametrize("kind", PLACES)
def test_points_can_be_dragged(explorer, kind, way, width, scheme):
    """By mouse on the wide page, by finger on the narrow one, by keyboard on both."""
    page, host = explorer(kind, way, width, scheme)
    handle = host.locator(".ex-handle").first
    label = lambda: handle.get_attribute("aria-label")  # noqa: E731
    handle.evaluate("e => e.scrollIntoView({block: 'center'})")
    host.evaluate(QUIET)  # what was computed out of view is drawn, and handles move, only now
    box, before, picture = handle.bounding_box(), label(), host.evaluate(PICTURE)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    if width > 500:
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 6, y + 30, steps=4)
        page.mouse.up()
    else:
        page.evaluate(RESTING)
        client = page.context.new_cdp_session(page)
        for kind_, points in (
            ("touchStart", [(x, y)]),
            *(("touchMove", [(x + 2 * k, y + 10 * k)]) for k in (1, 2, 3)), ("touchEnd", []),
        ):
            client.send(
                "Input.dispatchTouchEvent",
                {"type": kind_, "touchPoints": [{"x": p, "y": q} for p, q in points]},
            )
    host.evaluate(QUIET)
    dragged = label()
    assert dragged != before
    page.wait_for_function(f"([host, before]) => ({PICTURE})(host) !== before",
                           arg=[host.element_handle(), picture])
    handle.press("ArrowRight")
    host.evaluate(QUIET)
    assert label() != dragged
    sound(page, host, width)


@pytest.mark.parametrize("kind", PLACES)
def test_the_keyboard_reaches_everything(explorer, kind):
    """Tab comes to every control and every point, one after another, and shows where it is; changes
    are said aloud."""
    page, host = explorer(kind, "file", 1280, "light")
    everything = ("host => [...host.querySelectorAll('button, input, select, summary, [tabindex]')]"
                  ".filter(e => e.checkVisibility())")
    host.evaluate(f"host => ({everything})(host)[0].focus()")
    reached = []
    for _ in range(host.evaluate(f"host => ({everything})(host).length")):
        reached.append(
            host.evaluate(f"host => ({everything})(host).indexOf(document.activeElement)")
        )
        page.keyboard.press("Tab")
    assert reached == list(range(len(reached)))
    handle = host.locator(".ex-handle").first
    ring = "e => getComputedStyle(e, '::before').borderTopColor"
    before = handle.evaluate(ring)
    handle.focus()
    page.keyboard.press("ArrowUp")
    assert handle.evaluate(ring) != before
    page.wait_for_function(
        "host => [...host.querySelectorAll('[aria-live]')].some(e => e.textContent.length > 10)",
        arg=host.element_handle(),
    )
