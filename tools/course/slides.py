"""A deck of slides for each chapter, made from its built page, in the order of its lecture.

What a lecture treats, and the question with which a section ends, is what the teacher's notes say
(teaching/chapters.md).  A deck uses the styles and scripts of the page beside it, so that formulas,
themes and explorers work as they do there, without a kernel and without a network.
"""
import copy
import html
import re
from dataclasses import replace
from pathlib import Path

from . import tables

ROOM = 13.0  # lines of text that a slide has below its heading
ACROSS = 66  # letters in such a line
STATEMENTS = ("theorem", "proposition", "lemma", "definition", "corollary")
SHAPE = re.compile(r"aspect-ratio:([\d.]+)/([\d.]+)")
LEANS = re.compile(r"\s*(Then|Its?|They|Their|These|This|Such|So|But|With it)\b|"
                   r".*\b(such an?|of them|it is not)\b", re.DOTALL)
LARGER = 1.2  # what is written in a figure is written larger
STYLE = """
html, body { height: 100%; margin: 0; overflow: hidden; }
html { --beyond: 0px; }
body { font-size: min(2.5vw, 4.45vh); line-height: 1.38; }
main { height: 100%; }
/* Those not shown lie beside the screen with their full size: an explorer wants one. */
.slide { box-sizing: border-box; display: flex; flex-direction: column; height: 100%;
    left: -200vw; position: absolute; top: 0; visibility: hidden; width: 100vw;
    overflow: auto; padding: 4vh 5vw 8vh; }
.slide.here { left: 0; visibility: visible; }
.slide > h1, .slide > h2 { flex: none; font: 600 1.3em/1.2 var(--serif); margin: 0 0 .5em; }
.slide > h1 { font-size: 1.9em; margin: auto 0 .5em; }
.slide > h1 + .shown { flex: none; margin-bottom: auto; }
.slide .section-number { color: var(--soft); font-weight: 400; }
.shown { display: flex; flex: 1 0 auto; flex-direction: column; gap: .55em; padding-top: .6em; }
.shown:has(> figure) { justify-content: safe center; padding: 0; }
.shown > * { flex: none; margin: 0; max-width: 100%; }
.slide p, .slide li, .slide label, .slide legend, .slide dd { font-size: 1em !important; }
.slide p { margin: 0; }
.slide .shown :is(section, .admonition, .proof) > * + * { margin-top: .45em; }
.slide li { margin: .3em 0; }
.slide :is(ul, ol) { padding-left: 1.2em; }
.slide div.math { margin: .1em 0; overflow: visible; }
.slide .eqno { color: var(--soft); }
.slide :is(div.admonition, div.proof) { background: none; border: none; border-radius: 0;
    border-left: .1em solid var(--ink); box-shadow: none !important; font-size: 1em; margin: 0;
    max-width: none; overflow: visible; padding: 0 0 0 .8em; width: auto; }
.slide div.predict { border-color: var(--accent); }
.slide :is(.admonition, .proof) > p.admonition-title { background: none !important;
    color: var(--ink); font: 600 1em/1.3 var(--serif); margin: 0 0 .35em; padding: 0; }
.slide .predict > p.admonition-title { color: var(--accent); }
.slide .admonition-title::before, .slide .admonition-title::after { content: none !important; }
.slide :is(.admonition, .proof) :is(p, section) { margin-left: 0 !important; }
.slide :is(.admonition, .proof) > * { padding-left: 0 !important; }
.slide table { border-collapse: collapse; font-size: .9em; margin: 0; }
.slide :is(table, thead, tr) { background: none !important; border: none; }
.slide :is(th, td) { background: none !important; border: none;
    border-bottom: 1px solid var(--line); color: var(--ink); padding: .25em 1em .25em 0;
    text-align: left; }
.slide figure { margin: 0 auto; text-align: center; }
.slide figcaption, .slide figcaption p { color: var(--soft); font-size: .85em !important;
    margin: .3em 0 0; text-align: left; }
.slide .drawn svg { max-height: none; max-width: none; overflow: visible; }
.slide :is(.drawn, .drawn svg) { content-visibility: visible !important; }
.slide clipPath * { visibility: visible; }  /* panels on another slide are cut by it too */
.slide :is(.headerlink, .copybtn) { display: none; }
.slide .question { font-size: 1em; margin: 0; max-width: none; }
.slide .question button { font-size: .9em; }
.slide.alive { overflow: hidden; padding: 1vh 1vw; }
.alive .shown { align-items: center; justify-content: flex-start; padding: 0; }
.alive iframe { border: 0; height: 700px; transform-origin: top; width: 900px; }
.deck-foot { bottom: 0; display: flex; font-size: .5em; gap: 1rem; justify-content: space-between;
    left: 0; padding: .5em 1.5em; pointer-events: none; position: fixed; right: 0; }
.deck-foot button { background: none; border: 1px solid currentColor; border-radius: .25rem;
    color: inherit; min-height: 2.2rem; min-width: 3rem; pointer-events: auto; }
@media print {
    html, body { height: auto; overflow: visible; }
    .slide { break-after: page; height: 96vh; position: static; visibility: visible; }
    .deck-foot { display: none; }
}
"""
SCRIPT = """
const slides = [...document.querySelectorAll(".slide")];
const place = document.querySelector(".deck-foot output");
let here = 0;
function show(number) {
    here = Math.max(0, Math.min(slides.length - 1, number));
    slides.forEach((slide, k) => slide.classList.toggle("here", k === here));
    place.textContent = `${here + 1} / ${slides.length}`;
    history.replaceState(null, "", `#${here + 1}`);
    fit(slides[here]);
}
function fit(slide) {
    const explorer = slide.querySelector("iframe");
    if (explorer) return enlarge(explorer);
    slide.style.fontSize = "";
    for (let size = 100; size >= 70 && slide.scrollHeight > slide.clientHeight; size -= 3) {
        slide.style.fontSize = `${size}%`;
    }
}
// An explorer has a document of its own: it keeps its layout, and is enlarged as a whole.
const wait = (time) => new Promise((done) => setTimeout(done, time));
const inside = (explorer) => explorer.contentDocument?.querySelector("figure");
const scale = (explorer, width = parseFloat(explorer.style.width)) => Math.min(
    0.96 * innerWidth / width, 0.9 * innerHeight / inside(explorer).scrollHeight);
async function enlarge(explorer) {
    const size = `${innerWidth} ${innerHeight}`;
    if (!inside(explorer) || explorer.dataset.size === size) return;
    explorer.dataset.size = size;
    let best = [0, 900];
    for (const width of [1100, 900, 760, 680, 620, 560]) {
        explorer.style.width = `${width}px`;
        await wait(120);
        if (scale(explorer) > best[0]) best = [scale(explorer), width];
    }
    explorer.style.width = `${best[1]}px`;
    explorer.dataset.ready = size;
    put(explorer);
}
function put(explorer) {
    if (!explorer.dataset.ready) return;
    explorer.style.height = `${inside(explorer).scrollHeight + 4}px`;
    explorer.style.transform = `scale(${scale(explorer)})`;
}
const steps = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 };
function turn(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const paging = event.key.startsWith("Page");
    const own = "input, select, textarea, [role=slider], svg, canvas";
    if (!paging && event.target.closest(own)) return;
    if (event.key in steps) show(here + steps[event.key]);
    else if (event.key === "Home") show(0);
    else if (event.key === "End") show(slides.length - 1);
    else return;
    event.preventDefault();
    focus();
}
addEventListener("keydown", turn);
for (const explorer of document.querySelectorAll("iframe")) {
    const ready = () => {
        if (!inside(explorer)) return;  // still the empty document
        explorer.contentDocument.documentElement.dataset.theme = root.dataset.theme;
        explorer.contentWindow.addEventListener("keydown", turn);
        new ResizeObserver(() => put(explorer)).observe(inside(explorer));
        if (slides[here].contains(explorer)) enlarge(explorer);
    };
    explorer.addEventListener("load", ready);
    if (explorer.contentDocument?.readyState === "complete") ready();
}
document.querySelector("#back").addEventListener("click", () => show(here - 1));
document.querySelector("#on").addEventListener("click", () => show(here + 1));
addEventListener("hashchange", () => show((Number(location.hash.slice(1)) || 1) - 1));
addEventListener("resize", () => fit(slides[here]));
show((Number(location.hash.slice(1)) || 1) - 1);
"""


def deck(page: Path, chapter: str) -> str:
    """The deck of a built chapter, as HTML that lies beside the folder of the chapter.

    page: the HTML file of the chapter;  chapter: its name, for what the teacher's notes say of it.
    Slides: the title; what one will be able to do; each section that has a time in the lecture, or
    an explorer, with its formulas and the words before them, its statements without proofs, tables,
    predictions, figures and explorers, and the questions that belong to it; what to remember.
    """
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(Path(page).read_text("utf8"), "html.parser")
    body = soup.select_one("article.bd-article section")
    _prepare(soup, body)
    notes = [note for note in tables.notes() if note.chapter == chapter]
    timed = {note.section for note in notes if note.minutes}
    asked = {note.section: note.questions for note in notes}
    title = body.find("h1")
    slides = [(title, _lead(body)), *_objectives(body)]
    slides += [(None, [part]) for cell in body.find_all(class_="cell", recursive=False)
               for figure in cell.find_all("figure") for part in _rows(figure)]
    last = []
    for section in body.find_all("section", recursive=False):
        inside = {section["id"], *(part["id"] for part in section.find_all("section", id=True))}
        if _text(section.find("h2")) == "What to remember":
            lists = section.find_all(["ul", "ol"], recursive=False)
            last = [(section.find("h2"), lists)]
        elif inside & timed or section.select_one("figure .explorer"):
            slides += _section(section, asked)
        else:
            slides += [part for key in sorted(inside) for part in _questions(asked.get(key, ()))]
    shown = "\n".join(_slide(heading, parts, soup) for heading, parts in slides + last)
    for tag in soup.head.select("link[rel=next], link[rel=prev], link[rel=preload], script"):
        tag.decompose()
    return (f'<!doctype html><html lang="en" data-content_root="../">{soup.head}'
            f"<style>{STYLE}</style><script>{THEME}</script><body><main>{shown}</main>"
            '<nav class="deck-foot" aria-label="Slides"><button id="back" type="button" '
            'aria-label="Back">&larr;</button><output>1</output><button id="on" type="button" '
            f'aria-label="On">&rarr;</button></nav><script>{SCRIPT}</script></body></html>')


def _prepare(soup, body):
    """Captions are their bold words, figures as large as a slide, and links lead nowhere."""
    for caption in body.select("figcaption .caption-text"):
        if bold := caption.find("strong"):
            caption.replace_with(bold)  # what a figure shows; the rest is said
    for drawn in body.select(".drawn"):
        sized = drawn if "cut" in drawn["class"] else drawn.svg
        across, down = SHAPE.search(sized["style"]).groups()
        sized["style"] = re.sub(r"(?<![-\w])width:[^;]*",
                                f"width:min(90vw, 65vh * {across} / {down})", sized["style"])
        for text in drawn.find_all("text"):
            _enlarge(text)
    for link in body.select("a:not(.headerlink)"):
        link.unwrap()
    for link in body.select(".headerlink"):
        link.decompose()


def _rows(figure):
    """The figure; one that is too high for its rows to be large, row by row."""
    drawn = figure.select_one(".drawn.cut")
    across, down = map(float, SHAPE.search(drawn["style"]).groups()) if drawn else (1.0, 0.1)
    if across >= 2 * down:
        return [figure]
    rows = {}
    for panel in drawn.find_all("svg", recursive=False):
        top, high = (re.search(rf"{key}:([\d.]+)%", panel["style"])[1] for key in ("top", "height"))
        rows.setdefault(top, []).append(panel)
        panel["style"] = re.sub(r"top:[^;]*", "top:0", panel["style"])
        panel["style"] = re.sub(r"(?<!-)height:[^;]*", "height:100%", panel["style"])
        panel["data-high"] = high
    if len(rows) == 1:
        return [figure]
    first, *others = [rows[top] for top in sorted(rows, key=float)]
    for row in others:
        if len(row) == len(first) and not any(map(_title, row)):
            for above, panel in zip(first, row):
                _title_as(above, panel)
    for panel in [one for row in rows.values() for one in row]:
        panel.extract()
    parts = []
    for top in sorted(rows, key=float):
        part = copy.copy(figure)
        shown = part.select_one(".drawn.cut")
        shape = f"{across} / {down * float(rows[top][0]['data-high']) / 100}"
        shown["style"] = f"aspect-ratio:{shape};width:min(90vw, 65vh * {shape})"
        shown.extend(rows[top])
        parts.append(part)
    return parts


def _corner(panel):
    """Where the left axis of a panel ends above, (x, y)."""
    for path in panel.find_all("path"):
        found = re.match(r"M ([1-9][\d.]*) ([\d.]+)\s+L \1 ([\d.]+)\s*$", path.get("d", ""))
        if found and "stroke-width: 0.7" in path.get("style", ""):
            return float(found[1]), min(float(found[2]), float(found[3]))
    return None


def _title(panel):
    """What stands just above the left axis of a panel, or None."""
    corner = _corner(panel)
    for text in panel.find_all("text") if corner else ():
        place = re.search(r"([\d.]+)[ ,]+([\d.]+)\)", str(text.get("transform")
                                                        or text.parent.get("transform")))
        if place and (abs(float(place[1]) - corner[0]) < 1
                      and 0 < corner[1] - float(place[2]) < 12):
            return text.parent
    return None


def _title_as(above, panel):
    """Repeat the title of the panel above, which stands on another slide."""
    title, old, new = _title(above), _corner(above), _corner(panel)
    if title is None or new is None:
        return
    shift = f"translate({new[0] - old[0]:.2f} {new[1] - old[1]:.2f})"
    again = copy.copy(title)
    again.attrs.pop("id", None)
    again["transform"] = f"{shift} {again.get('transform', '')}".strip()
    panel.append(again)


def _enlarge(text):
    """Write larger what stands in a figure, about its middle."""
    for part in [text, *text.find_all("tspan")]:
        part["style"] = re.sub(r"([\d.]+)px", lambda m: f"{LARGER * float(m[1]):.2f}px",
                               part.get("style", ""))
    places = [float(part["x"]) for part in text.find_all("tspan") if part.get("x")]
    if places:  # a formula, letter by letter
        middle = (LARGER - 1) * (max(places) + 5) / 2
        for part in text.find_all("tspan"):
            if part.get("x"):
                part["x"] = f"{LARGER * float(part['x']) - middle:.3f}"


def _slide(heading, parts, soup):
    """A slide; an explorer has it for itself, as a document of its own."""
    explorer = next((part for part in parts if hasattr(part, "select_one")
                     and part.select_one(".explorer")), None)
    if explorer is not None:
        styles = "".join(map(str, soup.head.select("link[rel=stylesheet]")))
        script = next(tag for tag in soup.select("script[src]") if "explorers.js" in tag["src"])
        explorer.figcaption.decompose()
        inner = (f'<!doctype html><html lang="en" data-content_root="../"><head>{styles}<style>'
                 "html, body { background: transparent; display: block; overflow: hidden; }"
                 "html, body, figure { margin: 0; min-height: 0; } figure { width: 100%; }"
                 ".ex-bar:has(+ .ex-code) { display: none; }</style></head><body>"
                 f"{script}{explorer}</body></html>")
        frame = f'<iframe title="Explorer" srcdoc="{html.escape(inner)}"></iframe>'
        return f'<section class="slide alive"><div class="shown">{frame}</div></section>'
    name = heading.name if heading and heading.name == "h1" else "h2"
    above = f"<{name}>{heading.decode_contents()}</{name}>" if heading else ""
    inner = "".join(map(str, parts))
    return f'<section class="slide">{above}<div class="shown">{inner}</div></section>'


# The theme of the pages needs its own script to turn "auto" into light or dark.
THEME = """
const root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)");
if (!["light", "dark"].includes(root.dataset.theme)) {
    root.dataset.theme = dark.matches ? "dark" : "light";
}
"""


def _text(tag):
    """The words of a heading without its number."""
    number = tag.select_one(".section-number")
    return tag.get_text().replace(number.get_text() if number else "", "", 1).strip()


def _lead(body):
    first = body.find("p", recursive=False)
    return [first] if first and first.find("em") else []


def _objectives(body):
    card = body.select_one(".admonition.card")
    if card is None:
        return
    text = next(p for p in card.find_all("p") if "You will be able to" in p.get_text())
    whole = text.decode_contents().split("able to</strong>")[1].split("<strong>You need")[0]
    parts = [re.sub(r"\.((</\w+>)*)$", r"\1", part.strip()) for part in _outside_tags(whole, ";")]
    items = "".join(f"<li>{part}</li>" for part in parts)
    yield _titled("You will be able to"), [f"<ul>{items}</ul>"]


def _outside_tags(text, mark):
    """The parts of some HTML between marks that stand in no tag and are no end of an entity."""
    parts, start = [], 0
    for found in re.finditer(rf"<[^>]*>|&#?\w+;|{mark}", text):
        if found[0] == mark:
            parts.append(text[start:found.start()])
            start = found.end()
    return [*parts, text[start:]]


def _section(section, asked):
    """The slides of a section, (heading, parts) each, with its questions at their end."""
    heading, groups, slides = section.find(["h2", "h3"]), [], []
    worked = _text(heading).startswith("Worked example")
    alone = worked and not section.find("figure") and not any(
        map(_shown, section.find_all(recursive=False)))

    def flush():
        slides.extend((heading, parts) for parts in _packed(groups))
        groups.clear()

    used = set()
    for child in section.find_all(recursive=False):
        kinds = set(child.get("class") or [])
        if child.name == "section":
            flush()
            slides += _section(child, asked)
        elif _shown(child):
            before, after = child.find_previous_sibling(), child.find_next_sibling()
            group = [child]
            if before is not None and before.name == "p":
                said = _sentences(before)
                left = said[1:] if id(before) in used else said  # the first went on from above
                group = [_paragraph(_leading(left, worked)), child] if left else group
            if after is not None and after.name == "p" and _goes_on(after):
                group.append(_paragraph(_sentences(after)[:1]))
                used.add(id(after))
            if groups and group[0] is child and _together(groups[-1], before, group):
                groups[-1] += group
            else:
                groups.append(group)
        elif "proof" in kinds or "predict" in kinds:
            groups += _divided(child)
        elif "cell" in kinds and child.find("figure"):
            flush()
            slides += [(heading, [part]) for figure in child.find_all("figure")
                       for part in _rows(figure)]
        elif child.name == "p" and alone:
            groups.append([child])
        elif worked and child is section.find("p") and not _shown(child.find_next_sibling()):
            groups.append([child])  # what the example is about
        elif child.name == "p" and not _shown(child.find_next_sibling()):
            if told := _bold(_sentences(child)[id(child) in used:]):
                groups.append([_paragraph(told)])
    flush()
    if not slides and (said := section.find_all("p", recursive=False)):
        slides += [(heading, parts) for parts in _packed([[part] for part in said])][:1]
    return slides + list(_questions(asked.get(section["id"], ())))


def _leading(sentences, worked):
    """The sentences that lead to a formula: all in a worked example, else two that can stand."""
    start = 0 if worked else max(0, len(sentences) - 2)
    while start > max(0, len(sentences) - 4) and LEANS.match(sentences[start]):
        start -= 1
    return sentences[start:]


def _together(above, before, group):
    """Whether a formula goes with what is above it: words that lead to it, or a formula."""
    led = before is not None and (before.name == "p" or before.name == "div" and _shown(before))
    return led and sum(map(_lines, above + group)) <= 1.4 * ROOM


def _goes_on(paragraph):
    """Whether it goes on with the sentence of the formula above it."""
    return bool(re.match(r"[a-z]", paragraph.get_text().strip()))


def _shown(part):
    """Whether it is a formula, a list or a table."""
    return part is not None and ("math" in (part.get("class") or []) or part.name in ("ul", "ol")
                                 or bool(part.select_one("table")))


def _sentences(paragraph):
    """The HTML of its sentences; in the source each has a line of its own."""
    lines = [""]
    for child in paragraph.contents:
        first, *others = str(child).split("\n") if child.name is None else [str(child)]
        lines[-1] += first
        lines += others
    return [line for line in lines if line.strip()]


def _bold(sentences):
    """Those in which something is named or stressed, and what follows a heading within the line."""
    heads = [re.fullmatch(r"\s*<strong>.*</strong>\s*", one) for one in ["", *sentences]]
    kept = {k for k, one in enumerate(sentences) if heads[k] or "<strong" in one}
    kept |= {k + 1 for k in kept if heads[k] and sentences[k].startswith("Let ")}
    kept |= {k - 1 for k in kept if k and k - 1 not in kept and LEANS.match(sentences[k])}
    return [one for k, one in enumerate(sentences) if k in kept]


def _paragraph(sentences):
    """A paragraph of these sentences."""
    from bs4 import BeautifulSoup

    return BeautifulSoup(f"<p>{' '.join(sentences)}</p>", "html.parser").p


def _lines(part) -> float:
    """About how many lines of text a part of a slide takes."""
    if "math" in (part.get("class") or []) and part.name == "div":
        rows = (len(rows.find_all(recursive=False)) for rows in part.select("mjx-itable"))
        count = next((number for number in rows if number > 1), 1)  # an outer one has one row
        high = part.select_one("mjx-munder, mjx-munderover, mjx-mfrac, mjx-msubsup")
        return 1.0 + (2.2 if high else 1.5) * count
    if part.name in ("p", "li"):
        return max(1.0, -(-len(part.get_text()) // ACROSS)) + 0.3
    if part.select_one("table"):
        return 1.4 * len(part.select("tr"))
    return sum(map(_lines, part.find_all(recursive=False))) or 0.0


def _packed(groups):
    """Groups of parts, as many to a slide as it has room for."""
    parts, taken = [], 0.0
    for group in groups:
        lines = sum(map(_lines, group))
        if parts and taken + lines > ROOM + 1.3 * (lines < 1.5):  # no slide for one line
            yield parts
            parts, taken = [], 0.0
        parts, taken = [*parts, *group], taken + lines
    if parts:
        yield parts


def _divided(box):
    """A statement or a prediction on one slide, or on two where it is long."""
    if "proof" in box["class"] and not set(box["class"]) & set(STATEMENTS):
        return
    inner = box.find("section", recursive=False) or box
    parts = [p for p in inner.find_all(recursive=False) if "admonition-title" not in
             (p.get("class") or [])]
    if sum(map(_lines, parts)) + 1.5 <= ROOM or len(parts) < 2:
        yield [box]
        return
    for part in [one for one in parts if one.name == "p" and _goes_on(one)]:
        first, *others = _sentences(part)
        if others:  # one that goes on stays with its formula
            part.replace_with(_paragraph([first]), _paragraph(others))
    parts = [p for p in inner.find_all(recursive=False) if "admonition-title" not in
             (p.get("class") or [])]
    sizes = [_lines(part) for part in parts]
    halves = [k for k in range(1, len(parts)) if parts[k].name != "div"
              and not _goes_on(parts[k])] or [len(parts) // 2]
    at = min(halves, key=lambda k: max(sum(sizes[:k]), sum(sizes[k:])))
    for kept in (range(at), range(at, len(parts))):
        half = copy.copy(box)
        inside = half.find("section", recursive=False) or half
        left = [p for p in inside.find_all(recursive=False) if "admonition-title" not in
                (p.get("class") or [])]
        for number, part in enumerate(left):
            if number not in kept:
                part.decompose()
        if kept[0]:
            half.select_one(".admonition-title").append(", continued")
        yield [half]


def _questions(names):
    """A slide for each question: choose, commit, see."""
    from lib.course.bank import question

    for name in names:
        alone = replace(question(name), shows=None)  # explorers have slides of their own
        yield _titled("Commit, then see"), [alone._repr_html_()]


def _titled(words):
    from bs4 import BeautifulSoup

    return BeautifulSoup(f"<h2>{words}</h2>", "html.parser").h2
