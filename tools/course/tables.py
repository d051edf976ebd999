"""Tables about the course, as MyST: objectives with their exercises, times, questions."""
import re
from dataclasses import dataclass
from pathlib import Path

from . import pages

CARD = re.compile(r"```\{admonition\} This chapter\n:class: card\n(.*?)\n```", re.S)
TIME = re.compile(r"reading (\d+) min, lecture (\d+) min, exercises (\d+) min")


@dataclass(frozen=True)
class Card:
    """What the head of a chapter says: its objectives, and minutes to read, to lecture, to work."""

    title: str
    objectives: tuple[str, ...]
    reading: int
    lecture: int
    exercises: int


def card(chapter: Path) -> Card | None:
    """The card of a chapter; None where it has none.  Raises ValueError for one without times."""
    text = Path(chapter).read_text("utf8")
    found = CARD.search(text)
    if not found:
        return None
    able = re.search(r"\*\*You will be able to\*\*(.*?)\n\*\*You need", found[1], re.S)
    times = TIME.search(found[1])
    if not able or not times:
        raise ValueError(f"{chapter}: want 'You will be able to', 'You need' and times on the card")
    told = re.sub(r"\{doc\}`(\w+)`", r"{doc}`/chapters/\1`", able[1].replace("\n", " "))
    parts = tuple(part.strip().rstrip(".") for part in told.split(";"))
    title = re.search(r"^# (.+)$", text, re.M)[1]
    return Card(title, parts, *map(int, times.groups()))


def chapters(root: Path):
    """(chapter, its exercise page) of the chapters that have both, in the book's order."""
    names = re.findall(r"chapters/(\w+)", (root / "_toc.yml").read_text("utf8"))
    for name in names:
        chapter, page = (root / folder / f"{name}.md" for folder in ("chapters", "exercises"))
        if chapter.is_file() and page.is_file():
            yield chapter, page


def objectives(root: Path) -> str:
    """For each chapter its objectives, each with the exercises that assess it."""
    parts = []
    for chapter, page in chapters(root):
        about = card(chapter)
        if about is None:
            continue
        rows = [("", "You will be able to", "Assessed by")]
        for number, text in enumerate(about.objectives, 1):
            links = [f"[{one.title}](#{one.label}) ({one.minutes} min)"
                     for one in pages.exercises(page) if number in one.objectives]
            rows.append((str(number), text, ", ".join(links)))
        parts += [f"**{about.title}**", _list_table(rows, "6 54 40")]
    return "\n\n".join(parts)


def times(root: Path) -> str:
    """Minutes to read, to lecture and to work, chapter by chapter, and in all."""
    rows, sums = [("Chapter", "Reading", "Lecture", "Exercises", "All of them")], [0, 0, 0, 0]
    for chapter, page in chapters(root):
        about, every = card(chapter), pages.exercises(page)
        if about is None:
            continue
        minutes = [about.reading, about.lecture, about.exercises, sum(e.minutes for e in every)]
        sums = [a + b for a, b in zip(sums, minutes)]
        rows.append((about.title, *(f"{m} min" for m in minutes[:3]),
                     f"{len(every)} exercises, {minutes[3]} min"))
    rows.append(("**In all**", *(f"{m} min" for m in sums)))
    return _list_table(rows, "40 15 15 15 15")


def bank(chapter: str) -> str:
    """The questions of a chapter with answers, for a teacher."""
    from lib.course.bank import QUESTIONS

    parts = []
    for one in QUESTIONS:
        if one.chapter == chapter:
            rows = [("Choice", "What it believes")]
            for k, (text, belief) in enumerate(one.choices):
                rows.append((f"**{text}** (right)" if k == one.right else text, belief))
            parts += [f"*{one.asks}*", _list_table(rows, "40 60"), one.because]
    return "\n\n".join(parts)


def _list_table(rows, widths):
    lines = ["```{list-table}", ":header-rows: 1", f":widths: {widths}", ":class: course", ""]
    for row in rows:
        lines += [f"{'* - ' if not k else '  - '}{cell}" for k, cell in enumerate(row)]
    return "\n".join([*lines, "```"])
