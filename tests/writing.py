"""How a chapter is written: jupytext's form, cells of at most 82 columns, one sentence a line."""
import json
import re
import subprocess
import sys
from pathlib import Path

import jupytext
from jupytext.config import load_jupytext_configuration_file

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("chapters", "exercises", "teaching", "appendix")
CHAPTERS = [ROOT / "intro.md", ROOT / "outlook.md"]
CHAPTERS += [path for folder in FOLDERS for path in sorted((ROOT / folder).glob("*.md"))]
COLUMNS = 82  # of a code cell that a page shows without a scroll bar in a window of 1280 pixels
JUPYTEXT = load_jupytext_configuration_file(str(ROOT / "jupytext.toml"))


def canonical(path):
    """The text of a chapter or a page as it should be; it is its own canonical form."""
    text = path.read_text("utf8")
    if not text.startswith("---\njupytext:"):
        return one_sentence_a_line(text)
    notebook = jupytext.reads(text, fmt="md:myst", config=JUPYTEXT)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell, source in zip(cells, formatted([cell.source for cell in cells])):
        cell.source = source
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = one_sentence_a_line(cell.source)
    return jupytext.writes(notebook, fmt="md:myst", config=JUPYTEXT)


# Code.


def ruff(*arguments, sources):
    """Run ruff on the cells of a notebook; the finished process."""
    cells = [
        {"cell_type": "code", "source": s, "metadata": {}, "outputs": [], "execution_count": None}
        for s in sources
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    command = [sys.executable, "-m", "ruff", *arguments, "--line-length", str(COLUMNS)]
    return subprocess.run(
        [*command, "--stdin-filename", "chapters/cells.ipynb", "-"], cwd=ROOT,
        input=json.dumps(notebook), capture_output=True, text=True, timeout=300,
    )


def formatted(sources):
    """Cells as ruff formats them, with the arguments of a broken call side by side."""
    done = ruff("format", sources=sources)
    if done.returncode:
        raise ValueError(done.stderr)
    cells = json.loads(done.stdout)["cells"]
    return [side_by_side("".join(cell["source"])) for cell in cells]


STATEMENT = re.compile(r'(^|\s)f?"[^"]*",$')
UNFINISHED = re.compile(r"[)\]}.]|([-+*/@%&|<>=!]+|and|or|if|else|for|in|not|is) ")


def side_by_side(source):
    """Fill the lines of round and square brackets that ruff has exploded to one element a line.

    A claim breaks where the thought does: what is stated, then what is measured.
    """
    lines, opener = [""], {}  # of an indentation: the line that opened the bracket
    for line in source.split("\n"):
        before, element = lines[-1], line.strip()
        indent = len(line) - len(element)
        if before.endswith(("(", "[", "{")):
            opener[indent] = before.strip()
        fits = len(before) + 1 + len(element) <= COLUMNS
        alike = len(before) - len(before.lstrip()) == indent
        fills = not opener.get(indent, "{").endswith(("{", "import ("))
        flat = before.endswith(",") and line.endswith(",") and "#" not in before + line
        whole = not UNFINISHED.match(before.lstrip())
        stated = opener.get(indent) == "claim(" and STATEMENT.search(before)
        if fits and alike and fills and flat and whole and (not stated or STATEMENT.match(element)):
            lines[-1] += " " + element
        else:
            lines.append(line)
    return "\n".join(lines[1:])


# Prose.

FENCE = re.compile(r"\s*(`{3,}|:{3,})(.*)")
ITEM = re.compile(r"\s*([-*+]|\d+[.)])\s+(?=\S)")
MARKS = ("-", "*", "+")  # an item of a list with nothing in it
KEPT_AS_IT_IS = "{math}", "{glossary}"  # a term stands on a line of its own
VERBATIM = re.compile(r"\s*(#|\||>|<!--|:[\w-]+:|\(\S+\)=|$)")
KEPT = re.compile(  # what no sentence ends in: code and roles, formulas, links, tags
    r"(?:\{[\w:.-]+\})?(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)"
    r"|(?<![\\$])\$(?!\\square)[^$]+\$|\[[^\]]*\]\([^)]*\)|<[^>]+>"
)
END = re.compile(
    r"(?<!\bEq)(?<!\bFig)(?<!\bSec)(?<!\bApp)(?<!\be\.g)(?<!\bi\.e)(?<!\bcf)"
    r"""[.!?][*_)"'\]]*(\s+)(?=[*_(\["']*[A-Z\d\0])"""
)


def sentences(text):
    """The sentences of a paragraph; none ends within code, a formula, a link or a tag."""
    kept = []

    def keep(found):
        kept.append(found[0])
        return f"\0{len(kept) - 1}\1"

    text, start, parts = KEPT.sub(keep, text), 0, []
    for end in END.finditer(text):
        parts.append(text[start : end.start(1)])
        start = end.end()
    parts.append(text[start:])
    return [re.sub("\0(\\d+)\1", lambda found: kept[int(found[1])], part) for part in parts]


def one_sentence_a_line(text):
    """Markdown with each sentence of its paragraphs and list items on a line of its own."""
    written, words = [], []  # words: the paragraph so far; its first line has the indentation
    fences, closing = [], None  # closing: what ends a block that is not prose

    def flush():
        if words:
            first = words[0]
            mark = ITEM.match(first) or re.match(r"\s*", first)
            lines = sentences(" ".join([first[mark.end() :], *(w.strip() for w in words[1:])]))
            written.append(mark[0] + lines[0])
            written.extend(" " * mark.end() + line for line in lines[1:])
            words.clear()

    for line in text.split("\n"):
        fence = FENCE.match(line)
        if closing:
            closing = None if line.strip().startswith(closing) else closing
            written.append(line)
        elif fence or line.startswith("$$") or VERBATIM.match(line):
            flush()
            written.append(line)
            if not fence:
                closing = "$$" if line.strip() == "$$" else None
            elif fences and line.strip() == fences[-1]:
                fences.pop()
            elif fence[2].startswith("{") and not fence[2].startswith(KEPT_AS_IT_IS):
                fences.append(fence[1])
            else:
                closing = fence[1]
        else:
            if ITEM.match(line) or line.strip() in MARKS:
                flush()
            words.append(line)
    flush()
    return "\n".join(written)


if __name__ == "__main__":  # rewrites the chapters and pages
    for path in CHAPTERS:
        path.write_text(canonical(path), "utf8")
