"""A deck of slides for each chapter, made from its built page, in the order of its lecture.

What a lecture treats, and the question with which a section ends, is what the teacher's notes say
(teaching/chapters.md).  A deck uses the styles and scripts of the page beside it, so that formulas,
themes and explorers work as they do there, without a kernel and without a network.
"""
import html
import re
from dataclasses import replace
from pathlib import Path

from . import drawings, room, tables

# The theme of the pages needs its own script to turn "auto" into light or dark.
THEME = """
const root = document.documentElement;
if (!["light", "dark"].includes(root.dataset.theme)) {
    root.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}
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
    _prepare(body)
    notes = [note for note in tables.notes() if note.chapter == chapter]
    timed = {note.section for note in notes if note.minutes}
    asked = {note.section: note.questions for note in notes}
    title = body.find("h1")
    slides = [(title, _lead(body)), *_objectives(body)]
    slides += [(None, [part]) for cell in body.find_all(class_="cell", recursive=False)
               for figure in cell.find_all("figure") for part in drawings.rows(figure)]
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
    style, script = (Path(__file__).with_suffix(end).read_text("utf8") for end in (".css", ".js"))
    return (f'<!doctype html><html lang="en" data-content_root="../">{soup.head}'
            f"<style>{style}</style><script>{THEME}</script><body><main>{shown}</main>"
            '<nav class="deck-foot" aria-label="Slides"><button id="back" type="button" '
            'aria-label="Back">&larr;</button><output>1</output><button id="on" type="button" '
            f'aria-label="On">&rarr;</button></nav><script>{script}</script></body></html>')


def _prepare(body):
    """Captions are their bold words, figures as large as a slide, and links lead nowhere."""
    for caption in body.select("figcaption .caption-text"):
        if bold := caption.find("strong"):
            caption.replace_with(bold)  # what a figure shows; the rest is said
    for drawn in body.select(".drawn"):
        drawings.enlarge(drawn)
    for link in body.select("a:not(.headerlink)"):
        link.unwrap()
    for link in body.select(".headerlink"):
        link.decompose()


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
        map(room.shown, section.find_all(recursive=False)))

    def flush():
        slides.extend((heading, parts) for parts in room.packed(groups))
        groups.clear()

    used = set()
    for child in section.find_all(recursive=False):
        kinds = set(child.get("class") or [])
        if child.name == "section":
            flush()
            slides += _section(child, asked)
        elif room.shown(child):
            before, after = child.find_previous_sibling(), child.find_next_sibling()
            group = [child]
            if before is not None and before.name == "p":
                said = room.sentences(before)
                left = said[1:] if id(before) in used else said  # the first went on from above
                group = [room.paragraph(room.leading(left, worked)), child] if left else group
            if after is not None and after.name == "p" and room.goes_on(after):
                group.append(room.paragraph(room.sentences(after)[:1]))
                used.add(id(after))
            if groups and group[0] is child and room.together(groups[-1], before, group):
                groups[-1] += group
            else:
                groups.append(group)
        elif "proof" in kinds or "predict" in kinds:
            groups += room.divided(child)
        elif "cell" in kinds and child.find("figure"):
            flush()
            slides += [(heading, [part]) for figure in child.find_all("figure")
                       for part in drawings.rows(figure)]
        elif child.name == "p" and alone:
            groups.append([child])
        elif worked and child is section.find("p") and not room.shown(child.find_next_sibling()):
            groups.append([child])  # what the example is about
        elif child.name == "p" and not room.shown(child.find_next_sibling()):
            if told := room.bold(room.sentences(child)[id(child) in used:]):
                groups.append([room.paragraph(told)])
    flush()
    if not slides and (said := section.find_all("p", recursive=False)):
        slides += [(heading, parts) for parts in room.packed([[part] for part in said])][:1]
    return slides + list(_questions(asked.get(section["id"], ())))


def _questions(names):
    """A slide for each question: choose, commit, see."""
    from lib.course.bank import question

    for name in names:
        alone = replace(question(name), shows=None)  # explorers have slides of their own
        yield _titled("Commit, then see"), [alone._repr_html_()]


def _titled(words):
    from bs4 import BeautifulSoup

    return BeautifulSoup(f"<h2>{words}</h2>", "html.parser").h2
