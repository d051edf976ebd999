"""The pages of lib: a page a module of the map, docstrings as they should be read, uses, words."""

import ast
from pathlib import Path
from types import SimpleNamespace

import docstrings
import formulas
import library
import mathematics
import prose
import pytest
import reference
import uses
import words
import yaml
from docutils import nodes

ROOT = Path(__file__).resolve().parents[2]


def test_every_module_of_the_map_has_its_page_and_no_other_has():
    names = [name for name, _ in library.mapped(library.library_doc(ROOT))]
    assert len(names) > 30 and list(library.library(ROOT)) == names
    pages = {path.stem: path.read_text("utf8") for path in (ROOT / "appendix/lib").iterdir()}
    assert pages == {name: f"# lib.{name}\n\n```{{library}} {name}\n```\n" for name in names}
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf8"))
    listed = [
        [section["file"] for section in chapter["sections"]]
        for part in toc["parts"] for chapter in part["chapters"]
        if chapter["file"] == "appendix/functions"
    ]
    assert listed == [[f"appendix/lib/{name}" for name in names]]


def test_every_public_name_has_a_docstring():
    known = library.names(ROOT)
    assert [name for name, entry in known.items() if not entry.doc] == []
    assert len(known) > 300 and "lib.engines.cpu.Engine.advance" in known
    assert not any(part.startswith("_") and not part.startswith("__")
                   for name in known for part in name.split("."))


def test_citations_are_found():
    assert library.items("Eq. (20) and Prop. 8, corrected") == ["Eq. 20", "Proposition 8"]
    assert library.items("Eq. (18), (44).") == ["Eq. 18", "Eq. 44"]
    assert library.items("Figures 4, 6 and 7") == ["Fig. 4", "Fig. 6", "Fig. 7"]
    assert library.items("Thm. 5, in 2 pieces") == ["Theorem 5"]
    assert library.items("equation 5") == []


SIGNATURES = {
    "lib.flow.gradient_flow": "gradient_flow(\n    start: Network | Canonical,"
    "\n    samples: Samples,"
    "\n    times,\n    *,\n    tolerance=1e-11,\n    limit=20_000,\n) -> Flow",
    "lib.network.Network.mass": "mass -> Tensor",
    "lib.laws.Box": "class Box(A: float = 1.0, B: float = 1.0)",
    "lib.engines.cpu.Engine": "class Engine(network: Network, samples: Samples, "
    "settings: Settings)",
}


@pytest.mark.parametrize("name,signature", SIGNATURES.items())
def test_signatures_are_as_they_are_written(name, signature):
    assert library.names(ROOT)[name].signature == signature


def test_sources_are_those_of_the_file():
    for entry in library.names(ROOT).values():
        first, last = entry.lines
        lines = (ROOT / entry.path).read_text("utf8").split("\n")[first - 1 : last]
        assert [line.strip() for line in lines] == [
            line.strip() for line in entry.source.split("\n")]
        ast.parse(entry.source)


TYPESET = {
    "rho_j = f(x_j) - y_j": r"\rho_{j} = f(x_{j}) - y_{j}",
    "<x~_j, d(theta)>_+": r"\langle \tilde {x}_{j}, d(\theta )\rangle_{+}",
    "sqrt(delta^2 + 4 kappa^2)": r"\sqrt{\delta^{2} + 4 \kappa^{2}}",
    "int_-inf^v n(w) dw": r"\int_{-\infty }^{v} n(w) dw",
    "theta ~ U(0, 2 pi)": r"\theta \sim U(0, 2 \pi )",
    "1e-12 rho": r"10^{-12} \rho",
    "k(x_i, x2_j)": r"k(x_{i}, x_{2,j})",
    "x~^T d d^T": r"\tilde {x}^{\top} d d^{\top}",
    "lambda_max": r"\lambda_{\max}",
    "g^ = g/|g|": r"\hat g = g/|g|",
    "E[rho^2 | theta]": r"\operatorname{E}[\rho^{2} \mid \theta ]",
    "_tail": r"\mathtt{\_tail}",
}


@pytest.mark.parametrize("plain,tex", TYPESET.items())
def test_formulas_in_plain_text_are_typeset(plain, tex):
    assert formulas.tex(plain) == tex
    assert mathematics.typesetter().html(tex, False)


FOUND = {  # prose, and the formulas in it
    "A neuron with |a| <= 1e-12 rho has no knot": ["|a| <= 1e-12 rho"],
    "2s arcs (printed 2s - 1), cut at -arctan x_j": ["2s", "2s - 1", "-arctan x_j"],
    "a line, and the sign of a": ["a"],
    "a, b, c: a tensor": ["a", "b", "c"],
    "NumPy's, or a tensor of one number; never 1e-3": [],
    "the sum of all, a > 0 or a < 0": ["a > 0", "a < 0"],
    "seed -> a list, from 0 to 1": [],
    "closed form f_t = f_0 - sum_j w_j(t) k(., x_j)": ["f_t", "= f_0 - sum_j w_j(t) k(., x_j)"],
    "angles in [-pi, pi)": ["[-pi, pi)"],
}


@pytest.mark.parametrize("line,found", FOUND.items())
def test_formulas_are_found_in_prose(line, found):
    parts = prose.split(line)
    assert [text for is_formula, text in parts if is_formula] == found
    assert "".join(text for _, text in parts) == line


def math(found):
    return [each for node in found for each in node.findall(
        lambda part: isinstance(part, (nodes.math, nodes.math_block)))]


def test_every_formula_of_every_docstring_can_be_typeset():
    typed = mathematics.typesetter()
    docs = [(entry.doc, entry.arguments) for entry in library.names(ROOT).values()]
    docs += [(each.doc, ()) for group in library.library(ROOT).values() for each in group]
    found = [node.astext() for doc, names in docs for node in math(docstrings.blocks(doc, names))]
    assert len(found) > 500
    for tex in set(found):
        assert typed.html(tex, True), tex


def test_arguments_are_a_list_and_examples_are_code():
    entry = library.names(ROOT)["lib.network.Network"]
    found = docstrings.blocks(entry.doc, entry.arguments)
    assert [type(node).__name__ for node in found] == [
        "math_block", "definition_list", "paragraph", "literal_block", "paragraph"]
    terms = [term.astext() for term in found[1].findall(nodes.term)]
    assert terms == ["a, b, c", "alpha"]
    assert found[3].astext().startswith(">>> hat = Network(") and found[3]["language"] == "pycon"
    assert [node["paper_item"] for node in found[4].findall(nodes.raw)] == ["Eq. 1"]


def test_no_word_of_a_docstring_is_lost():
    for entry in library.names(ROOT).values():
        shown = " ".join(node.astext() for node in docstrings.blocks(entry.doc, entry.arguments))
        for word in ("Raises", "ValueError", "Williams", "corrected", "default"):
            assert entry.doc.count(word) == shown.count(word), entry.name


MEANT = {
    ("", "lib.flow.gradient_flow"): "lib.flow.gradient_flow",
    ("", "flow.gradient_flow"): "lib.flow.gradient_flow",
    ("lib.flow", "gradient_flow()"): "lib.flow.gradient_flow",
    ("lib.flow", "knot_mass"): "lib.measures.knot_mass",
    ("", "lib.explorers.Delta"): "lib.explorers.delta.Delta",
    ("", "lib.engines.reference"): "lib.engines.reference",
    ("", "loss"): "",
    ("lib.flow", "Engine"): "",  # there are three
    ("", "torch.float64"): "",
}


@pytest.mark.parametrize("where,name", MEANT.items())
def test_code_leads_to_the_function_that_it_names(where, name):
    assert reference.public(ROOT, *where) == name


def test_cells_say_what_they_use():
    bound = {}
    first = "from lib import flow, samples as data\nfrom lib.network import Canonical as C"
    assert uses.calls(ast.parse(first), bound, ROOT) == set()
    cell = "run = flow.gradient_flow(C([1], [0]), data.sine(5), [1])\nclaim(of='lib.laws.Box')"
    assert uses.calls(ast.parse(cell), bound, ROOT) == {
        "lib.flow.gradient_flow", "lib.network.Canonical", "lib.samples.sine", "lib.laws.Box"}
    cell = "from lib.explorers import Delta\nDelta()\nflow.no_such_name"
    assert uses.calls(ast.parse(cell), bound, ROOT) == {"lib.explorers.delta.Delta"}


def test_a_source_has_a_link_where_the_book_has_an_address():
    env = SimpleNamespace(config=SimpleNamespace(book_address="", book_branch="main"))
    shown = reference.source(env, "lib/flow.py", (3, 5), "x")[0].astext()
    assert "lib/flow.py, lines 3–5" in shown and "href" not in shown and "open" not in shown
    env.config.book_address = "https://github.com/some/book/"
    shown = reference.source(env, "lib/flow.py", (3, 5), "x")[0].astext()
    assert 'href="https://github.com/some/book/blob/main/lib/flow.py#L3-L5"' in shown


def test_the_first_mention_of_a_word_leads_to_the_glossary():
    known = {"knot": ("appendix/glossary", "term-knot"), "free knot": ("appendix/glossary", "f")}
    builder = SimpleNamespace(get_relative_uri=lambda page, target: f"../{target}.html")
    text = nodes.Text("Free knots and knots, a knot; knotted.")
    parts = words.marked(text, words.mention(known), known, builder, "chapters/setup")
    assert [part.astext() for part in parts] == [
        "Free knots", " and ", "knots", ", a knot; knotted."]
    assert parts[2]["refuri"] == "../appendix/glossary.html#term-knot" and known == {}
