"""Every explorer where the book has it: from a server and from the disk, network off, wide and narrow, light and dark."""
import pytest
from test_pages import HTML

PLACES = {"delta": "intro.html", "neurons": "chapters/setup.html", "field": "chapters/canonical_dynamics.html",
          "kernel": "chapters/kernel_regime.html", "phase": "chapters/experiments.html"}
WAYS = [("http", 1280, "light"), ("file", 360, "dark")]
LOOK = """host => [...host.querySelectorAll('canvas')].map(c => c.toDataURL()).join() +
    [...host.querySelectorAll('dd, output')].map(e => e.textContent).join('|')"""
QUIET = """host => new Promise(done => { let quiet = 0; const look = () => {
    quiet = host.hasAttribute('data-busy') ? 0 : quiet + 1; quiet > 3 ? done() : requestAnimationFrame(look); }; look(); })"""
PAINTED = """() => { const all = [...document.querySelectorAll('.ex-host canvas')];
    return all.length && all.every(c => c.width && c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v))
    && performance.now() - performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd; }"""
UNSEEN = ("Copy link", "Copy as Python", "speed")  # these change no picture; they have tests of their own


@pytest.fixture
def explorer(browser, site):
    """explorer(kind, way, width, scheme): its page and its host element."""
    contexts = []

    def open_(kind, way, width, scheme):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme,
            has_touch=width < 500, reduced_motion="reduce")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.errors, page.asked = [], []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("console", lambda message: page.errors.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: page.asked.append(request.url))
        home = site if way == "http" else HTML.as_uri()
        took = []
        while len(took) < 3 and min(took, default=9999) > 1000:          # a busy machine may need more than one try
            page.goto(f"{home}/{PLACES[kind]}")
            took.append(page.wait_for_function(PAINTED).json_value())
        assert min(took) < 1000, f"{kind} painted {min(took):.0f} ms after the page"
        context.set_offline(True)
        host = page.locator(f".explorer[data-explorer={kind}] .ex-host").first
        host.evaluate(QUIET)
        return page, host, home

    yield open_
    for context in contexts:
        context.close()


def use(control):
    """Work a control as a reader would."""
    control.evaluate("e => e.scrollIntoView({block: 'center'})")
    kind = control.evaluate("e => e.type")
    if kind == "range":
        lo, hi, now = (float(control.evaluate(f"e => e.{key}")) for key in ("min", "max", "value"))
        control.fill(f"{lo + (hi - lo) // 3:g}" if now > (lo + hi) / 2 else f"{hi - (hi - lo) // 4:g}")
    elif kind == "select-one":
        options = control.evaluate("e => [...e.options].map(o => o.value)")
        control.select_option([o for o in options if o and o != control.input_value()][0])
    else:
        control.click()


@pytest.mark.parametrize("way,width,scheme", WAYS)
@pytest.mark.parametrize("kind", PLACES)
def test_every_control_does_something(explorer, kind, way, width, scheme):
    page, host, home = explorer(kind, way, width, scheme)
    controls = host.locator("button:not(.ex-handle):visible, input:visible, select:visible")
    names = controls.evaluate_all("all => all.map(e => e.ariaLabel || (e.labels && e.labels[0] || e).innerText)")
    assert len(names) > 5
    idle = []
    for k, name in enumerate(names):
        if name.startswith(UNSEEN):
            continue
        for _ in range(3):                                               # Reset does nothing twice: move something, and again
            before = host.evaluate(LOOK)
            use(controls.nth(k))
            host.evaluate(QUIET)
            if host.evaluate(LOOK) != before:
                break
            use(controls.nth((k + 1) % len(names)))
            host.evaluate(QUIET)
        else:
            idle.append(name)
    text = host.inner_text()
    assert idle == [] and "NaN" not in text and "undefined" not in text
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.errors == [] and [url for url in page.asked if not url.startswith((home, "data:", "blob:"))] == []
