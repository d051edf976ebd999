"""One hand: widths, sentences and what ruff finds, in the book and in its code."""
import json
import subprocess
import sys
from functools import cache

import jupytext
import pytest
import tree_sitter
import tree_sitter_javascript
from writing import CHAPTERS, COLUMNS, ROOT, one_sentence_a_line, ruff, sentences, side_by_side

WIDTH = 100
FOLDERS = ("lib", "tests", "_ext", "benchmarks", "_static", "tools")
CODE = [ROOT / "conftest.py", ROOT / "tasks.py"]
CODE += [p for f in FOLDERS for end in ("py", "js") for p in sorted((ROOT / f).rglob(f"*.{end}"))]


def name(path):
    return path.relative_to(ROOT).as_posix()


def cells(path, without=None):
    """The sources of its code cells; `without` those of one tag."""
    notebook = jupytext.reads(path.read_text("utf8"), fmt="md:myst")
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [cell.source for cell in code if without not in cell.metadata.get("tags", [])]


def wide(text, width):
    return [line for line in text.splitlines() if len(line) > width]


@pytest.mark.parametrize("path", CODE, ids=name)
def test_no_line_of_code_is_wider_than_a_hundred_columns(path):
    assert not wide(path.read_text("utf8"), WIDTH)


PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_javascript.language()))


def packed(text):
    """The lines of JavaScript that declare a second name, or hold one conditional in another."""
    found = set()

    def walk(node, outer=None):
        if node.type in ("lexical_declaration", "variable_declaration"):
            names = [c for c in node.named_children if c.type == "variable_declarator"]
            if len(names) > 1 and node.parent.type != "for_statement":
                found.add(node.start_point[0] + 1)
        if node.type == "ternary_expression":
            if outer is not None and outer.start_point[0] == node.start_point[0]:
                found.add(node.start_point[0] + 1)
            outer = node
        if node.type in ("arrow_function", "function_expression", "statement_block", "object"):
            outer = None
        for child in node.children:
            walk(child, outer)

    walk(PARSER.parse(text.encode()).root_node)
    return sorted(found)


@pytest.mark.parametrize("path", [p for p in CODE if p.suffix == ".js"], ids=name)
def test_javascript_declares_one_name_a_statement_and_nests_no_conditional_on_a_line(path):
    assert packed(path.read_text("utf8")) == []


def test_what_is_packed_is_seen():
    assert packed("const a = 1, b = 2;") == [1]
    assert packed("const a = b ? 1 : c ? 2 : 3;") == [1]
    fine = "for (let a = 1, b = 2; a < b; a++) c();\nconst d = e ? (f) => (f ? 1 : 2) : 3;"
    assert packed(fine) == []


@cache
def findings():
    """Of each file in which ruff finds something, what it is."""
    command = [sys.executable, "-m", "ruff", "check", ".", "--no-cache"]
    done = subprocess.run(
        [*command, "--output-format", "json"], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    found = {}
    for hit in json.loads(done.stdout):
        place = f"{hit['location']['row']}: {hit['code']} {hit['message']}"
        found.setdefault(hit["filename"], []).append(place)
    return found


@pytest.mark.parametrize("path", [p for p in CODE if p.suffix == ".py"], ids=name)
def test_ruff_finds_nothing_in_a_module(path):
    assert not findings().get(str(path))


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_no_cell_is_wider_than_its_page(path):
    assert not [line for source in cells(path) for line in wide(source, COLUMNS)]


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_ruff_finds_nothing_in_the_cells_of_a_chapter(path):
    found = ruff("check", sources=cells(path, without="stub"))  # what is to be filled in
    assert found.returncode == 0, found.stdout + found.stderr


PROSE = {
    "sentences": ("One. Two? Three!", "One.\nTwo?\nThree!"),
    "a wrapped one": ("One is\nlong. Two.", "One is long.\nTwo."),
    "items": ("- One. Two.\n  Three.\n10. Four. Five.",
              "- One.\n  Two.\n  Three.\n10. Four.\n    Five."),
    "abbreviations": ("By Eq. (4), e.g. There, see Fig. 3. It is.",
                      "By Eq. (4), e.g. There, see Fig. 3.\nIt is."),
    "brackets and emphasis": ("(One.) **Two.** *Three*. Four.",
                              "(One.)\n**Two.**\n*Three*.\nFour."),
    "formulas, code, roles and links": ("$a. B$ is `a. B`. $x$: {eq}`a. B`. [A. B](c. D) is.",
                                        "$a. B$ is `a. B`.\n$x$: {eq}`a. B`.\n[A. B](c. D) is."),
    "the end of a proof": ("So it is. $\\square$", "So it is. $\\square$"),
    "directives": ("```{note} A. B.\n:class: tip\nOne. Two.\n```\nThree. Four.",
                   "```{note} A. B.\n:class: tip\nOne.\nTwo.\n```\nThree.\nFour."),
    "verbatim": ("# A. B\n\n| A. B |\n(a)=\n```\nA. B\n```\n$$\nA. B\n$$ (eq)",) * 2,
}


@pytest.mark.parametrize("case", PROSE)
def test_prose_is_split_into_sentences_and_nothing_else_is(case):
    before, after = PROSE[case]
    assert one_sentence_a_line(before) == one_sentence_a_line(after) == after


def test_a_sentence_that_ends_in_a_formula_ends_there():
    assert sentences("We have $x = 1$. Then $y$.") == ["We have $x = 1$.", "Then $y$."]


def test_arguments_stand_side_by_side_and_a_claim_says_first_what_it_claims():
    exploded = 'claim(\n    "Eq. 1",\n    "it holds",\n    gap,\n    1e-12,\n    of=f,\n)'
    assert side_by_side(exploded) == 'claim(\n    "Eq. 1", "it holds",\n    gap, 1e-12, of=f,\n)'


def test_what_is_no_plain_argument_keeps_its_lines():
    for source in (
        "f(\n    a\n    + b,\n    c,\n)",
        "x = {\n    1: 2,\n    3: 4,\n}",
        "f(\n    a,  # why\n    b,\n)",
        "f(\n    [\n        a,\n    ],\n    b,\n)",
    ):
        assert side_by_side(source) == source
