"""The book's pages as plain notebooks: for reading anywhere, for students, with solutions."""
import os
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

FENCE = re.compile(r"(\s*)(`{3,}|:{3,})\{([\w:.+-]+)\}\s*(.*)")
KINDS = {"warm-up": "Warm-up", "compute": "Compute", "prove": "Prove", "explore": "Explore",
         "debug": "Find the mistake", "open": "Open"}
ABOUT = re.compile(r"\*(.+?), (\d+) minutes(, core)?, objectives? ([\d, and]+)\.\*")
SILENT = {"exercise-end", "solution-end", "contents", "tableofcontents", "raw"}


@dataclass
class Exercise:
    """One exercise of a page: what its directive says, and the cells that belong to it."""

    label: str
    title: str
    kind: str
    minutes: int
    objectives: tuple[int, ...]
    hint: bool
    core: bool = False                                  # on the core path of its page
    stub: str = ""
    checker: str = ""
    solution: str = ""                                  # its prose
    code: list[str] = field(default_factory=list)       # the cells of the solution


def read(path: Path):
    """The page as a notebook, by jupytext."""
    return _read(Path(path).read_text("utf8"))


def _read(text):
    import jupytext

    return jupytext.reads(text, fmt="md:myst")


def exercises(path: Path) -> list[Exercise]:
    """The exercises of a page, in its order.  Raises ValueError for one without kind or time."""
    return list(_exercises(Path(path).read_text("utf8")))


@cache  # a build asks for a page many times
def _exercises(text):
    found, inside = [], False
    for cell in _read(text).cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "markdown":
            for name, argument, options, body in _directives(cell.source):
                if name == "exercise":
                    found.append(_exercise(argument, options, body))
                elif name in ("solution-start", "solution-end"):
                    inside = name == "solution-start"
            if inside:
                opened = cell.source.split("```{solution-start}")[-1]
                found[-1].solution += opened.split("```", 1)[1]
        elif found and inside:
            found[-1].code.append(cell.source)
        elif found and "stub" in tags:
            found[-1].stub = cell.source
        elif found and "checker" in tags:
            found[-1].checker = cell.source
    return found


def minutes(path: Path) -> tuple[int, int]:
    """Minutes for the core path of a page of exercises, and for all of them."""
    every = exercises(path)
    return sum(one.minutes for one in every if one.core), sum(one.minutes for one in every)


def student(path: Path):
    """The page without its solutions: stubs and checkers stay, and there is room for answers."""
    return _notebook(path, keep=False)


def solutions(path: Path):
    """The page with its solutions, as a plain notebook."""
    return _notebook(path, keep=True)


def _notebook(path, keep):
    from nbformat import v4

    source, cells, inside = read(path), [], False
    stubs = set() if keep else {one.label for one in exercises(path) if one.stub}
    for cell in source.cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "code":
            if inside and not keep:
                continue
            made = v4.new_code_cell(cell.source)
            if "checker" in tags and not keep:
                made.metadata.tags = ["raises-exception"]  # Run All goes on past what is not filled
            cells.append(made)
            if caption := cell.metadata.get("mystnb", {}).get("figure", {}).get("caption"):
                cells.append(v4.new_markdown_cell(plain(caption, path)))
            continue
        text = _timed(cell.source, Path(path))
        if not keep:
            text, inside = _unsolved(text, inside)
        for part in _at_exercises(text):
            cells.append(v4.new_markdown_cell(plain(part, path).strip()))
            label = re.search(r":label: (\S+)", part)
            if not keep and label and label[1] not in stubs:
                cells.append(v4.new_markdown_cell("*Your answer:*"))
                cells.append(v4.new_code_cell(""))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [cell for cell in cells if cell.cell_type == "code" or cell.source.strip()]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def _timed(text, path):
    """The card of a chapter with the minutes for its exercises, as the book's pages have them."""
    page = path.parents[1] / "exercises" / path.name
    if "**Time**" not in text or not page.is_file():
        return text
    core, every = minutes(page)
    told = f"exercises {core} min for the core path, {every} min for all of them"
    return re.sub(r"(lecture \d+ min)\.", rf"\1, {told}.", text)


def _unsolved(text, inside):
    """Markdown without what stands between the start and the end of a solution."""
    kept = []
    for part in re.split(r"(```\{solution-(?:start|end)\}[^`]*```)", text):
        if part.startswith("```{solution-"):
            inside = "solution-start" in part
        elif not inside:
            kept.append(part)
    return "".join(kept), inside


def _at_exercises(text):
    return re.split(r"\n(?=`{3,}\{exercise\})", text)


def plain(text: str, page: Path) -> str:
    """Markdown that any notebook shows: no directive or role of MyST is left."""
    lines, written = text.split("\n"), []
    k = 0
    while k < len(lines):
        opened = FENCE.fullmatch(lines[k])
        if not opened:
            written.append(lines[k])
            k += 1
            continue
        end = next((n for n in range(k + 1, len(lines)) if lines[n].strip() == opened[2]),
                   len(lines))
        options, body = _options(lines[k + 1:end])
        written.append(_shown(opened[3], opened[4], options, body, page))
        k = end + 1
    text = re.sub(r"^\([\w-]+\)=\n", "", "\n".join(written), flags=re.M)      # labels
    text = re.sub(r"^(\s*\$\$) \(eq-[\w-]+\)$", r"\1", text, flags=re.M)
    text = re.sub(r"\[([^\]]*)\]\(([^)\s]+\.md)\)", lambda m: m[1] or _title(page, m[2]), text)
    text = re.sub(r"\[([^\]]+)\]\(#[\w-]+\)", r"\1", text)
    return re.sub(r"\{[\w:.+-]+\}`([^`]*)`", _role, text)


def _shown(name, argument, options, body, page):
    inner = plain("\n".join(body), page).strip("\n")
    if name in SILENT:
        return ""
    if name == "course":
        from . import tables

        return plain(tables.shown(page.resolve().parents[1], *argument.split()), page)
    if name in ("exercise", "exercise-start"):
        return f"### {argument or 'Exercise'}\n\n{inner}"
    if name == "solution-start":
        return "#### Solution"
    if name == "dropdown" or "dropdown" in options.get("class", ""):
        summary = argument or name.split(":")[-1].capitalize()
        return f"<details><summary>{summary}</summary>\n\n{inner}\n\n</details>"
    if name == "list-table":
        return _table(body)
    if name == "math":
        return f"$$\n{inner}\n$$"
    if name in ("margin", "grid", "grid-item-card", "figure", "image", "div"):
        return inner
    kind = "" if name == "admonition" else name.split(":")[-1].capitalize()
    title = f"{kind} ({argument})" if kind and argument else kind or argument
    return f"**{title}.**\n\n{inner}" if title else inner


def _table(body):
    rows, row = [], []
    for line in body:
        if line.startswith("* - "):
            row = [line[4:]]
            rows.append(row)
        elif line.startswith("  - "):
            row.append(line[4:])
        elif line.strip() and row:
            row[-1] += " " + line.strip()
    rule = ["---"] * len(rows[0]) if rows else []
    rows[1:1] = [rule]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _role(found):
    text = found[1].split("<")[0].strip() or found[1]
    return f"({text})" if found[0].startswith(("{eq}", "{numref}", "{prf")) else text


def _title(page, target):
    path = Path(os.path.normpath(Path(page).parent / target))
    heading = re.search(r"^# (.+)$", path.read_text("utf8"), re.M)
    return f"*{heading[1]}*"


def _directives(text):
    """(name, argument, options, body) of the directives that stand on the outside."""
    lines, k = text.split("\n"), 0
    while k < len(lines):
        opened = FENCE.fullmatch(lines[k])
        k += 1
        if opened:
            end = next(n for n in range(k, len(lines)) if lines[n].strip() == opened[2])
            options, body = _options(lines[k:end])
            yield opened[3], opened[4], options, "\n".join(body)
            k = end + 1


def _options(lines):
    options, k = {}, 0
    while k < len(lines) and (found := re.fullmatch(r"\s*:([\w-]+):\s*(.*)", lines[k])):
        options[found[1]] = found[2]
        k += 1
    return options, lines[k:]


def _exercise(title, options, body):
    about = ABOUT.search(body)
    kind = options.get("class")
    if kind not in KINDS or not about or about[1] != KINDS[kind]:
        raise ValueError(f"exercise {title!r}: want a class of {', '.join(KINDS)} and a line such "
                         "as *Compute, 10 minutes, objective 1.*")
    numbers, hint = tuple(map(int, re.findall(r"\d+", about[4]))), "{dropdown} Hint" in body
    return Exercise(options["label"], title, kind, int(about[2]), numbers, hint, bool(about[3]))
