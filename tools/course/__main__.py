"""python -m tools.course student | solutions | notebooks | slides | teacher | assessment."""
import argparse
import secrets
import sys
from pathlib import Path

import nbformat

from . import edition, pages

ROOT = Path.cwd()
OUT = ROOT / "_build"
CHOICES = ("student", "solutions", "notebooks", "slides", "teacher", "assessment")
ROUNDING = 1e-12  # answers are of order one: what is smaller is 0


def notebooks(folder: str, make, sources, run=False) -> Path:
    """Write the notebook that `make` makes of every source; executed if `run`."""
    for path in sources:
        notebook, target = make(path), OUT / folder / path.relative_to(ROOT).with_suffix(".ipynb")
        target.parent.mkdir(parents=True, exist_ok=True)
        if run:
            from nbclient import NotebookClient

            NotebookClient(notebook, timeout=300, kernel_name="python3",
                           resources={"metadata": {"path": str(ROOT)}}).execute()
        nbformat.write(notebook, target)
    return OUT / folder


def assessment(seed: int, students: int, chapters: str = "") -> Path:
    """Write a sheet for every student, and one key; chapters: names with commas, or all."""
    from nbformat import v4

    from lib.course.assessment import CHAPTERS, sheet

    chosen = chapters.replace(",", " ").split() or CHAPTERS
    if unknown := [name for name in chosen if name not in CHAPTERS]:
        sys.exit(f"no chapter {', '.join(unknown)}; there are {', '.join(CHAPTERS)}")
    out = OUT / "assessment" / str(seed)
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("sheet-*.ipynb"):  # the key below would not know them
        old.unlink()
    key = [f"# Key to the sheets of seed {seed}\n"]
    for number in range(1, students + 1):
        cells = [v4.new_markdown_cell(f"# Sheet {number}\n\nGive each answer as a list of numbers, "
                                      "to three digits.")]
        key.append(f"\n## Sheet {number}\n")
        for k, question in enumerate(sheet(seed, number, chosen), 1):
            cells.append(v4.new_markdown_cell(f"## Question {k}\n\n{question.text}\n\n"
                                              f"Wanted: {question.wants}."))
            cells.append(v4.new_code_cell(f"answer_{k} = None"))
            values = ", ".join(f"{0.0 if abs(v) < ROUNDING else v:.4g}" for v in question.values)
            key.append(f"{k}. {values} ({question.chapter})")
        for place, cell in enumerate(cells):
            cell["id"] = f"cell-{place}"
        nbformat.write(v4.new_notebook(cells=cells), out / f"sheet-{number}.ipynb")
    (out / "key.md").write_text("\n".join(key) + "\n", "utf8")
    return out


def slides() -> Path:
    """Write a deck for each chapter of the built book, into the book."""
    from .slides import deck

    book = OUT / "html"
    out = book / "slides"
    out.mkdir(parents=True, exist_ok=True)
    for page in sorted((book / "chapters").glob("*.html")):
        (out / page.name).write_text(deck(page, page.stem), "utf8")
    return out


def main(words=None):
    parser = argparse.ArgumentParser(prog="python -m tools.course", description=__doc__)
    parser.add_argument("what", choices=CHOICES)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--students", type=int, default=30)
    parser.add_argument("--chapters", default="")
    given = parser.parse_args(words)
    exercises = sorted((ROOT / "exercises").glob("*.md"))
    chapters = sorted((ROOT / "chapters").glob("*.md"))
    if given.what == "assessment":
        # sheets and key follow from it: it must not be guessed
        seed = secrets.randbits(64) if given.seed is None else given.seed
        out = assessment(seed, given.students, given.chapters)
        if given.seed is None:
            print(f"keep this number to yourself: SEED={seed} makes the same sheets and key again")
    elif given.what == "slides":
        out = slides()
    elif given.what == "teacher":
        out = edition.write(OUT / "html", OUT / "teacher")
    elif given.what == "student":
        out = notebooks("student", pages.student, exercises)
    elif given.what == "solutions":
        out = notebooks("solutions", pages.solutions, exercises, run=True)
    else:
        out = notebooks("notebooks", pages.solutions, [*chapters, *exercises])
    print(f"written to {out}")


if __name__ == "__main__":
    main()
