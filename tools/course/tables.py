"""What is told about the course, made from its sources: objectives, times, paths, questions."""
import re
from dataclasses import dataclass
from pathlib import Path

from . import pages

ROOT = Path(__file__).resolve().parents[2]
NOTE = re.compile(r"```\{beside\} (\w+)#([\w-]+)\n(.*?)\n?```", re.S)
CARD = re.compile(r"```\{admonition\} This chapter\n:class: card\n(.*?)\n```", re.S)
TIME = re.compile(r"reading (\d+) min, lecture (\d+) min")


@dataclass(frozen=True)
class Card:
    """What the head of a chapter says: its objectives, and minutes to read and to lecture."""

    title: str
    objectives: tuple[str, ...]
    reading: int
    lecture: int


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
    told = re.sub(r"(\{doc\}`(?:[^`<]*<)?)(?=\w+>?`)", r"\1/chapters/", able[1].replace("\n", " "))
    parts = tuple(part.strip().rstrip(".") for part in told.split(";"))
    title = re.search(r"^# (.+)$", text, re.M)[1]
    return Card(title, parts, *map(int, times.groups()))


@dataclass(frozen=True)
class Note:
    """What the teacher's notes say of a section: its minutes in a lecture, and its questions."""

    chapter: str
    section: str
    minutes: int
    questions: tuple[str, ...]


def notes() -> list[Note]:
    """The notes of teaching/chapters.md, in its order."""
    found = []
    for chapter, section, body in NOTE.findall((ROOT / "teaching/chapters.md").read_text("utf8")):
        minutes = re.search(r"^:minutes: (\d+)$", body, re.M)
        questions = re.search(r"^:questions: (.+)$", body, re.M)
        found.append(Note(chapter, section, int(minutes[1]) if minutes else 0,
                          tuple(questions[1].split()) if questions else ()))
    return found


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
    rows, sums = [("Chapter", "Reading", "Lecture", "Core path", "All exercises")], [0, 0, 0, 0]
    for chapter, page in chapters(root):
        about = card(chapter)
        if about is None:
            continue
        told = [about.reading, about.lecture, *pages.minutes(page)]
        sums = [a + b for a, b in zip(sums, told)]
        rows.append((about.title, *(f"{m} min" for m in told)))
    rows.append(("**In all**", *(f"{m} min" for m in sums)))
    return _list_table(rows, "40 15 15 15 15")


def path(root: Path, chapter: str) -> str:
    """The core path of a page of exercises, and how long it takes, beside all of them."""
    page = root / "exercises" / f"{chapter}.md"
    core, every = pages.minutes(page)
    links = ", ".join(f"[{one.title}](#{one.label})" for one in pages.exercises(page) if one.core)
    return (f"**Core path**, {core} minutes, with every objective of the chapter in it: {links}.\n"
            f"All {len(pages.exercises(page))} exercises take {every} minutes.")


def shown(root: Path, what: str, chapter: str = "") -> str:
    """One of these tables by its name.  Raises ValueError for another name."""
    if what == "path":
        return path(root, chapter)
    if what not in ("objectives", "times"):
        raise ValueError(f"want objectives, times or path, got {what!r}")
    return {"objectives": objectives, "times": times}[what](root)


def asked(name: str) -> str:
    """A question for a teacher, as HTML: folded up, what each choice believes.

    Raises ValueError where the bank has no such question.
    """
    from lib.course.bank import question

    one = question(name)
    choices = "".join(f"<li><strong>{text}</strong>{' (right)' if k == one.right else ''} {belief}"
                      "</li>" for k, (text, belief) in enumerate(one.choices))
    return (f'<details class="asked"><summary>{one.asks}</summary><ul>{choices}</ul>'
            f"<p>{one.because} Question &ldquo;{name}&rdquo;.</p></details>")


def _list_table(rows, widths):
    lines = ["```{list-table}", ":header-rows: 1", f":widths: {widths}", ":class: course", ""]
    for row in rows:
        lines += [f"{'* - ' if not k else '  - '}{cell}" for k, cell in enumerate(row)]
    return "\n".join([*lines, "```"])
