"""What the tests of the explorers share: looking at a page, waiting for it, and working it by
hand."""
import base64
import io
import re
import time

import numpy as np
from matplotlib.image import imread

PAINTED = """() => {
    const all = [...document.querySelectorAll('canvas')];
    return all.length && all.every(c => c.width
        && c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v)); }"""
PATIENCE = 180                          # seconds for one thing at the most; a busy machine is slow


def bounded(function):
    """An async function of JavaScript, which fails where it has not ended after PATIENCE."""
    return f"""what => Promise.race([({function})(what), new Promise((_, fail) => setTimeout(
        () => fail(Error('it does not come to rest')), {1000 * PATIENCE}))])"""


# An explorer knows whether it is in view (a younger observer is told after its own), and four
# frames, with what was put off until after them, have found nothing left to compute or draw.
QUIET = bounded("""async host => {
    await document.fonts.ready;
    await new Promise(done => new IntersectionObserver((_, watch) => {
        watch.disconnect();
        done(); }).observe(host));
    for (let quiet = 0; quiet < 4; quiet++) {
        await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
        if (host.hasAttribute('data-busy')) quiet = -1;
    }
}""")
# What comes last to a page that is loaded: its faces, and what observers see of its boxes.
READY = bounded("""async () => {
    await document.fonts.ready;
    for (let k = 0; k < 4; k++) {
        await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
    }
}""")
YARDSTICK = "() => { let sum = 0; for (let k = 1; k < 3e7; k++) sum += 1 / k; return sum; }"
# what is put off when a pointer comes down waits for rest(), however slow the machine is
RESTING = """{ const {setTimeout: real, clearTimeout: clear} = window;
    window.rest = null;
    addEventListener('pointerdown', () => {
        window.setTimeout = act => { window.rest = act; return -1; }; }, true);
    addEventListener('pointerdown', () => { window.setTimeout = real; });
    window.clearTimeout = id => { if (id === -1) window.rest = null; else clear(id); }; }"""
# a picture may wait for a prediction (book.js): make one
GUESS = "document.querySelectorAll('button.guess').forEach(guess => guess.click())"
# and the controls that are not needed at first lie behind a fold: open it
UNFOLD = "document.querySelectorAll('.ex-more').forEach(more => { more.open = true; })"
REMOVE = re.compile("^Remove (sample|residual)")
PICTURES = "[...document.querySelectorAll('canvas')].map(c => c.toDataURL())"
PICTURE = "host => [...host.querySelectorAll('canvas')].map(c => c.toDataURL()).join()"
LOOK = f"""host => ({PICTURE})(host)
    + [...host.querySelectorAll('dd, output, .ex-caption')].map(e => e.textContent).join('|')"""
# Everything that a hand can do, at random: buttons, sliders to their ends, drags onto each other
# and off the canvas, all samples deleted, rapid play and pause, another theme, another width.
# Returns what was on screen and should not have been.
MONKEY = """async (turns) => {
    let seed = 7;
    const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647, chance = (p) =>
        random() < p;
    const pick = (list) => list[Math.floor(random() * list.length)],
        host = document.querySelector('.ex-host'), seen = new Set();
    const all = (what) => [...host.querySelectorAll(what)];
    const remove = () => all('button').find(b => /^Remove (sample|residual)/.test(b.textContent));
    const fire = (el, type, x, y) => el.dispatchEvent(new PointerEvent(type,
        {bubbles: true, pointerId: 1, clientX: x, clientY: y, button: 0}));
    const key = (el, name) => el.dispatchEvent(new KeyboardEvent('keydown', {key: name,
        shiftKey: chance(0.2), bubbles: true}));
    const middle = (el) => { const b = el.getBoundingClientRect();
        return [b.left + b.width / 2, b.top + b.height / 2]; };
    const frame = () => new Promise(requestAnimationFrame);
    HTMLElement.prototype.setPointerCapture = () => {};
    const acts = {
        press: [25, () => pick(all('button.ex-button, button.ex-mark').filter(b =>
        !/Copy/.test(b.textContent))).click()],
        slide: [20, () => { const input = pick(all('input[type=range]')); if (!input) return;
            input.value = chance(0.4) ? pick([input.min,
        input.max]) : Math.floor(random() * (+input.max + 1));
            input.dispatchEvent(new Event('input')); }],
        choose: [8, () => { const input = pick(all('select, input[type=checkbox]'));
        if (!input) return;
            if (input.options) input.value = pick([...input.options]).value;
        else input.checked = !input.checked;
            input.dispatchEvent(new Event('change')); }],
        drag: [15, async () => { const handle = pick(all('.ex-handle')),
        other = pick(all('.ex-handle')); if (!handle) return;
            const box = pick(all('canvas')).getBoundingClientRect();
            const anywhere = [box.left + box.width * (3 * random() - 1),
        box.top + box.height * (3 * random() - 1)];
            fire(handle, 'pointerdown', ...middle(handle));
            for (let k = 0; k < 3; k++) {
        fire(handle, 'pointermove', ...(chance(0.5) ? middle(other) : anywhere));
        if (chance(0.2)) await frame(); }
            if (chance(0.9)) fire(handle, pick(['pointerup', 'pointercancel']), ...anywhere); }],
        type: [15, () => { const el = pick(all('.ex-handle, .ex-plot[tabindex]')); if (el)
            key(el, pick(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Delete', 'Backspace',
        'x'])); }],
        click: [10, () => { const canvas = pick(all('canvas')),
        box = canvas.getBoundingClientRect();
            const at = {bubbles: true, clientX: box.left + box.width * random(),
        clientY: box.top + box.height * random()};
            for (const type of ['click', 'dblclick']) canvas.dispatchEvent(new MouseEvent(type,
        at)); }],
        empty: [1, () => { for (let k = 0; k < 45; k++) remove().click(); }],
        undo: [6, () => pick(all('button').filter(b =>
        /^(Undo|Redo)$/.test(b.textContent))).click()],
        keys: [4, () => { const el = pick(all('button, input, select'));
        el.dispatchEvent(new KeyboardEvent('keydown',
            {key: 'z', ctrlKey: true, shiftKey: chance(0.5), bubbles: true})); }],
        flicker: [3, async () => { for (let k = 0; k < 6; k++) {
        host.querySelector('.ex-play')?.click(); if (chance(0.3)) await frame(); } }],
        theme: [2, () => { document.documentElement.dataset.theme = pick(['light', 'dark']); }],
        resize: [1, () => { document.body.style.maxWidth = pick([240, 360, 760, 1100]) + 'px'; }],
    };
    const bag = Object.values(acts).flatMap(([weight, act]) => Array(weight).fill(act));
    for (let k = 0; k < turns; k++) {
        await pick(bag)();
        if (chance(0.1)) await frame();
        const wrong = k % 8 ? null : host.innerText.match(/.*(NaN|undefined|null|Infinity).*/);
        if (wrong) seen.add(wrong[0]);
    }
    document.body.style.maxWidth = '760px';
    return [...seen];
}"""


def settle(page):
    """Wait until nothing is left to compute or draw."""
    page.locator(".ex-host").first.evaluate(QUIET)


def patiently(look, complaint, rest=lambda: time.sleep(0.2), patience=PATIENCE):
    """Look until there is something to see, and return it.

    rest: what to do meanwhile; beside an open page its own wait_for_timeout, or its requests
    wait too.
    """
    deadline = time.monotonic() + patience
    while not (seen := look()):
        assert time.monotonic() < deadline, complaint()
        rest()
    return seen


def numbers(page):
    """The readout, by name."""
    return dict(page.eval_on_selector_all(".ex-readout > div",
        "rows => rows.map(r => [r.children[0].textContent, r.children[1].textContent])"))


def number(text):
    """A number as the readout writes it."""
    return float(text.replace("−", "-"))


def values(page, index):
    """One index of all cells of a map, -1 where there is none yet."""
    return np.array(
        page.evaluate(
            "k => document.querySelector('.ex-host').explorer.cells().values.map(c => c.map(v => "
            "v ? v[k] : -1))",
            index,
        ),
        float,
    )


def complete(page):
    """Wait until a map is."""
    page.wait_for_function("""() => {
        const cells = document.querySelector('.ex-host').explorer.cells();
        return cells && cells.done; }""")


def finished(page):
    """The map and the network in it are done."""
    complete(page)
    settle(page)


def spot(page, i, j, columns, rows, pad):
    """Where the middle of a cell of a map is on screen; pad: that of the plot."""
    box = page.locator("canvas").first.bounding_box()
    top, right, bottom, left = pad
    return (box["x"] + left + (box["width"] - left - right) * (i + 0.5) / columns,
            box["y"] + box["height"] - bottom - (box["height"] - top - bottom) * (j + 0.5) / rows)


def pictures(page):
    """All canvases as bytes of PNGs."""
    return page.evaluate(PICTURES)


def picture(page, k=0):
    """The k-th of them."""
    return pictures(page)[k]


def pixels(page, k=0):
    """The k-th canvas as an array (height, width, 4)."""
    return imread(io.BytesIO(base64.b64decode(picture(page, k).split(",")[1])))


def changes(page, act, wait=settle):
    """Do something to an explorer: the picture or the readout changes, and nothing goes wrong."""
    before = pictures(page), numbers(page)
    act()
    wait(page)
    assert (pictures(page), numbers(page)) != before
    fine(page)


def has_colour(image, colour, tolerance=0.12):
    wanted = np.array([int(colour[k:k + 2], 16) / 255 for k in (1, 3, 5)])
    return bool(
        ((np.abs(image[..., :3] - wanted).max(-1) < tolerance) & (image[..., 3] > 0.5)).sum() > 20
    )


def fine(page):
    """Nothing went wrong, nothing was asked of another host, and every number on the page is
    one."""
    assert page.errors == [] and page.foreign == []
    assert not re.search("NaN|undefined|null", page.locator("body").inner_text())


def evaluate(page, x):
    """The function on screen at x."""
    return np.array(
        page.evaluate(
            "x => Array.from(document.querySelector('.ex-host').explorer.evaluate(x))",
            list(map(float, x)),
        )
    )


def choose(page, label, value):
    page.get_by_role("combobox", name=label, exact=True).select_option(value)


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def remove_point(page):
    """Press the button that removes the chosen sample."""
    page.get_by_role("button", name=REMOVE).click()


def pause(page):
    """Press Pause, unless the run has come to its end by itself in the meantime."""
    page.evaluate(
        "[...document.querySelectorAll('button')].find(b => "
        "b.textContent.includes('Pause'))?.click()"
    )


def pull(page, handle, dx, dy):
    """Drag a handle by mouse."""
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=5)
    page.mouse.up()
    settle(page)


def swipe(page, handle, dy):
    """Drag a handle up or down with a finger."""
    client, box = page.context.new_cdp_session(page), handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = lambda kind, *points: client.send("Input.dispatchTouchEvent",  # noqa: E731
        {"type": kind, "touchPoints": [{"x": p, "y": q} for p, q in points]})
    page.evaluate(RESTING)
    touch("touchStart", (x, y))
    for k in range(1, 6):
        touch("touchMove", (x, y + dy * k / 5))
    touch("touchEnd")
    settle(page)


def copied_link(page):
    """The address that "Copy link" puts on the clipboard."""
    page.evaluate(
        "Object.defineProperty(navigator, 'clipboard', {value: {writeText: async (t) => { "
        "window.copied = t; }}})"
    )
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("window.copied")
    return page.evaluate("window.copied")


def answer(page, act):
    """Wait until `act`, a JavaScript expression, shows in the pictures."""
    page.evaluate(f"""() => new Promise((done, fail) => {{
        const look = () => {PICTURES}.join(), before = look();
        const begin = performance.now(), wait = () => look() !== before ? done()
            : performance.now() - begin > {1000 * PATIENCE} ? fail('no answer')
                : requestAnimationFrame(wait);
        {act}; wait(); }})""")


class Work:
    """What the main thread of a page has done, in seconds of a processor of usual speed.

    No clock on the wall has a say in it, nor what else is at work on this machine.
    """

    def __init__(self, page):
        self.page, self.session = page, page.context.new_cdp_session(page)
        self.session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def so_far(self):
        metrics = self.session.send("Performance.getMetrics")["metrics"]
        return next(each["value"] for each in metrics if each["name"] == "TaskDuration")

    def usual(self, seconds):
        """Seconds of this machine, as that many of one on which the yardstick takes 0.03."""
        begin = self.so_far()
        self.page.evaluate(YARDSTICK)
        return 0.03 * seconds / (self.so_far() - begin)
