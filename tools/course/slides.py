"""A deck of slides for each chapter, made from its built page: statements, figures, explorers.

It uses the styles and scripts of the page beside it, so that formulas, themes and explorers work as
they do there, without a kernel and without a network.
"""
import re
from dataclasses import replace
from pathlib import Path

STATEMENTS = ("theorem", "proposition", "lemma", "definition", "corollary")
STYLE = """
html, body { height: 100%; margin: 0; overflow: hidden; }
body { font-size: clamp(1rem, 2.1vw, 2.6rem); line-height: 1.4; }
main { height: 100%; }
/* Those not shown lie beside the screen with their full size: an explorer wants one. */
.slide { box-sizing: border-box; display: flex; flex-direction: column; height: 100%;
    left: -200vw; position: absolute; top: 0; visibility: hidden; width: 100vw;
    justify-content: safe center; gap: .6em; overflow: auto; padding: 3vh 6vw 9vh; }
.slide.here { left: 0; visibility: visible; }
.slide > * { flex: none; margin: 0; max-width: 100%; }
.slide h1, .slide h2 { font-size: 1.9em; line-height: 1.15; margin: 0 0 .3em; }
.slide h2 { font-size: 1.4em; }
.slide p, .slide li, .slide label, .slide legend, .slide .admonition { font-size: 1em !important; }
.slide .admonition, .slide .proof { max-width: none; }
.slide li { margin: .35em 0; }
.slide figure { margin: 0; text-align: center; }
.slide figure .drawn.cut { margin: 0 auto; }
.slide figure .drawn:not(.cut) svg { height: auto !important; max-height: 62vh !important;
    max-width: 88vw !important; width: min(88vw, 120vh) !important; }
.slide figcaption, .slide figcaption p {
    font-size: .9em !important; margin: .5em 0 0; text-align: left; }
.slide figure:not(:has(.drawn)) { margin: 0 auto; max-width: min(88vw, 118vh); width: 100%; }
.slide figure:not(:has(.drawn)) figcaption { display: none; }
.slide .headerlink, .slide .copybtn { display: none; }
.slide .question { font-size: 1em; max-width: none; }
.deck-foot { bottom: 0; display: flex; font-size: .9rem; gap: 1rem; justify-content: space-between;
    left: 0; padding: .6rem 1.5rem; position: fixed; right: 0; }
.deck-foot button { background: none; border: 1px solid currentColor; border-radius: .25rem;
    color: inherit; min-height: 2.2rem; min-width: 3rem; }
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
    const slide = slides[here];
    for (let size = 100; size >= 55 && slide.scrollHeight > slide.clientHeight; size -= 5) {
        slide.style.fontSize = `${size}%`;
    }
    place.textContent = `${here + 1} / ${slides.length}`;
    history.replaceState(null, "", `#${here + 1}`);
    dispatchEvent(new Event("resize"));
}
const steps = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 };
addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const paging = event.key.startsWith("Page");
    const own = "input, select, textarea, [role=slider], svg, canvas";
    if (!paging && event.target.closest(own)) return;
    if (event.key in steps) show(here + steps[event.key]);
    else if (event.key === "Home") show(0);
    else if (event.key === "End") show(slides.length - 1);
    else return;
    event.preventDefault();
});
document.querySelector("#back").addEventListener("click", () => show(here - 1));
document.querySelector("#on").addEventListener("click", () => show(here + 1));
addEventListener("hashchange", () => show((Number(location.hash.slice(1)) || 1) - 1));
show((Number(location.hash.slice(1)) || 1) - 1);
"""


def deck(page: Path, chapter: str) -> str:
    """The deck of a built chapter, as HTML that lies beside the folder of the chapter.

    page: the HTML file of the chapter;  chapter: its name, for its questions.
    Slides: the title; what one will be able to do; for each section its heading with what it opens
    with, its statements without proofs, its predictions, its figures and explorers; what to
    remember; the questions to commit to.
    """
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(Path(page).read_text("utf8"), "html.parser")
    body = soup.select_one("article.bd-article section")
    title = body.find("h1")
    for caption in body.select("figcaption .caption-text"):
        if bold := caption.find("strong"):
            caption.replace_with(bold)  # what a figure shows; the rest is said
    for drawn in body.select(".drawn.cut"):
        across, down = re.search(r"aspect-ratio:([\d.]+)/([\d.]+)", drawn["style"]).groups()
        drawn["style"] = re.sub(r"(?<![-\w])width:[^;]*",
                                f"width:min(88vw, 62vh * {across} / {down})", drawn["style"])
    slides = [[title, *_lead(body)], _objectives(soup, body)]
    slides += [[figure] for cell in body.find_all(class_="cell", recursive=False)
               for figure in cell.find_all("figure")]
    for section in body.find_all("section", recursive=False):
        heading = _text(section.find("h2"))
        if heading in ("Exercises", "The paper’s statements and ours"):
            continue
        if heading == "What to remember":
            slides.append([section.find("h2"), *section.find_all(["ul", "ol"], recursive=False)])
        else:
            slides += _section(section)
    for link in body.select("a:not(.headerlink)"):
        link.unwrap()  # on a slide there is nowhere to go
    slides = ["".join(map(str, slide)) for slide in slides if slide]
    # explorers have slides of their own
    slides += [replace(one, shows=None)._repr_html_() for one in _questions(chapter)]
    head = soup.head
    for tag in head.select("link[rel=next], link[rel=prev], link[rel=preload]"):
        tag.decompose()
    for tag in head.select("script[src]"):
        name = tag["src"].split("?")[0].rsplit("/", 1)[-1]
        if name != "explorers.js":
            tag.decompose()
    for tag in head.select("script:not([src])"):
        if "dataset.theme" not in (tag.string or ""):
            tag.decompose()
    shown = "\n".join(f'<section class="slide">{slide}</section>' for slide in slides)
    return (f'<!doctype html><html lang="en" data-content_root="../">{head}'
            f"<style>{STYLE}</style><script>{THEME}</script><body><main>{shown}</main>"
            '<nav class="deck-foot" aria-label="Slides"><button id="back" type="button" '
            'aria-label="Back">&larr;</button><output>1</output><button id="on" type="button" '
            f'aria-label="On">&rarr;</button></nav><script>{SCRIPT}</script></body></html>')


# The theme of the pages needs its own script to turn "auto" into light or dark.
THEME = """
const root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)");
if (!["light", "dark"].includes(root.dataset.theme)) {
    root.dataset.theme = dark.matches ? "dark" : "light";
}
"""


def _text(tag):
    """The words of a heading without its number and its link."""
    number = tag.select_one(".section-number")
    words = tag.get_text().replace("#", "")
    return words.replace(number.get_text() if number else "", "", 1).strip()


def _lead(body):
    first = body.find("p", recursive=False)
    return [first] if first and first.find("em") else []


def _objectives(soup, body):
    card = body.select_one(".admonition.card")
    if card is None:
        return []
    text = next(p for p in card.find_all("p") if "You will be able to" in p.get_text())
    text.find("strong").decompose()
    whole = text.decode_contents().split("<strong>You need")[0].strip().rstrip(".")
    parts = [part.strip() for part in _outside_tags(whole, ";")]
    items = "".join(f"<li>{part}</li>" for part in parts)
    return ["<h2>You will be able to</h2>", f"<ul>{items}</ul>"]


def _outside_tags(text, mark):
    """The parts of some HTML between marks that stand in no tag and are no end of an entity."""
    parts, start = [], 0
    for found in re.finditer(rf"<[^>]*>|&#?\w+;|{mark}", text):
        if found[0] == mark:
            parts.append(text[start:found.start()])
            start = found.end()
    return [*parts, text[start:]]


def _section(section):
    """The slides of a section; its heading stands on the first of them."""
    heading, slides = section.find(["h2", "h3"]), []
    for child in section.find_all(recursive=False):
        kinds = child.get("class") or []
        if child.name == "section":
            slides += _section(child)
        elif "math" in kinds and not slides:
            before = child.find_previous_sibling()
            slides.append([before, child] if before.name == "p" else [child])
        elif "proof" in kinds and set(kinds) & set(STATEMENTS) or "predict" in kinds:
            slides.append([child])
        elif "cell" in kinds:
            slides += [[figure] for figure in child.find_all("figure")]
    if slides and slides[0][0].name not in ("h2", "h3"):
        slides[0] = [heading, *slides[0]]
    return slides


def _questions(chapter):
    from lib.course.bank import QUESTIONS

    return [one for one in QUESTIONS if one.chapter == chapter]
