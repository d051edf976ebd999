"""The teacher's edition: the built pages once more, with the notes of the guide beside the text.

A note is written once, in teaching/chapters.md, and typeset once, with the guide.  Its head links
to the section that it belongs to, and so says where to put it.  Nothing is executed and nothing is
typeset again: it takes seconds, and the students' pages stay as they are.
"""
import re
import shutil
from pathlib import Path

NOTES = "teaching/chapters.html"


def notes(book: Path) -> dict[str, list[tuple[str, str]]]:
    """{page: [(id of a section, the note as HTML)]} of a built book, such as chapters/setup.html.

    Links are as in the guide: they hold on every page that lies one folder down.
    """
    from bs4 import BeautifulSoup

    guide, found = BeautifulSoup((book / NOTES).read_text("utf8"), "html.parser"), {}
    for note in guide.select("div.beside"):
        head = note.select_one(".beside-head")
        page, _, section = head.a["href"].removeprefix("../").partition("#")
        for once in note.select("[id]"):
            del once["id"]  # an id stands where it was written
        minutes = head.select_one(".beside-minutes")
        head.clear()
        head.append(f"Teacher: {minutes.get_text()}" if minutes else "Teacher")
        found.setdefault(page, []).append((section, note.decode_contents().strip()))
    return found


def beside(page: str, section: str, note: str) -> str:
    """A page with a note below the heading of a section.  Raises ValueError without such one."""
    opened = rf'<section[^>]*\bid="{re.escape(section)}"[^>]*>\s*(?:<span[^>]*></span>\s*)*'
    heading = re.compile(opened + r"<h(\d)>.*?</h\1>", re.S)
    found = heading.search(page)
    if not found:
        raise ValueError(f"no section {section}")
    aside = f'\n<aside class="margin teacher" aria-label="For the teacher">{note}</aside>'
    return page[:found.end()] + aside + page[found.end():]


def write(book: Path, out: Path) -> Path:
    """Copy a built book to `out`, with the notes in it."""
    every = notes(book)
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(book, out, ignore=shutil.ignore_patterns("slides"))
    for path in out.rglob("*.html"):
        text = path.read_text("utf8")
        for section, note in every.get(path.relative_to(out).as_posix(), ()):
            text = beside(text, section, note)
        path.write_text(text.replace("<html ", '<html data-edition="teacher" ', 1), "utf8")
    return out
