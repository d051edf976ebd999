"""The list of functions: every public name of lib, what it is, and what of the paper it cites."""

import ast
import html
import re
from pathlib import Path

from docutils import nodes
from ledger import anchor
from sphinx.util.docutils import SphinxDirective

from lib.paper import ITEMS

LEDGER = "appendix/ledger"
LONG = {
    "Lem.": "Lemma", "Prop.": "Proposition",
    "Thm": "Theorem", "Thm.": "Theorem", "Cor.": "Corollary",
}
CITED = re.compile(
    r"\b(Eq\.|Fig\.|Figures?|Lemma|Lem\.|Prop\.|Proposition|Thm\.?|Theorem|Cor\.|Corollary)"
    r"\s+((?:\(?\d+\)?(?:,\s*|\s+and\s+)?)+)"
)


class functions(nodes.General, nodes.Element):
    """Where the list goes."""


class FunctionList(SphinxDirective):
    """```{function_list}``` with no argument or content."""

    def run(self):
        return [functions()]


def items(doc: str) -> list[str]:
    """The items of the paper that a docstring cites, in the paper's order."""
    found = set()
    for kind, numbers in CITED.findall(doc):
        kind = "Fig." if kind.startswith("Fig") else LONG.get(kind, kind)
        found |= {f"{kind} {number}" for number in re.findall(r"\d+", numbers)}
    return [item for item in ITEMS if item in found]


def public(root: Path):
    """(module, qualified name, docstring) of public functions, classes and documented methods."""
    for path in sorted((root / "lib").rglob("*.py")):
        module = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        if any(part.startswith("_") for part in module.split(".")):
            continue
        for node in ast.parse(path.read_text("utf8")).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
                yield module, f"{module}.{node.name}", ast.get_docstring(node) or ""
                for member in node.body if isinstance(node, ast.ClassDef) else ():
                    if isinstance(member, ast.FunctionDef) and (doc := ast.get_docstring(member)):
                        yield module, f"{module}.{node.name}.{member.name}", doc


def render(app, docname):
    """The list as HTML, a table for each module."""
    ledger, parts, before = app.builder.get_relative_uri(docname, LEDGER), [], None
    for module, name, doc in public(Path(app.srcdir)):
        if module != before:
            parts.append("</tbody></table>" if before else "")
            parts.append(f'<h2>{module}</h2><table class="table ledger"><tbody>')
            before = module
        links = ", ".join(f'<a href="{ledger}#{anchor(item)}">{item}</a>' for item in items(doc))
        first = html.escape(doc.split("\n\n")[0].replace("\n", " "))
        parts.append(
            f'<tr id="{anchor(name)}"><td><code>{name.removeprefix(module + ".")}</code></td>'
            f"<td>{first}</td><td>{links}</td></tr>"
        )
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="functions">'
        + "".join(parts)
        + "</tbody></table></div>"
    )


def fill(app, doctree, docname):
    for node in list(doctree.findall(functions)):
        node.replace_self(nodes.raw("", render(app, docname), format="html"))


def outdated(app, env, added, changed, removed):
    return [name for name in env.found_docs if name.endswith("/functions")]


def setup(app):
    app.add_node(functions)
    app.add_directive("function_list", FunctionList)
    app.connect("doctree-resolved", fill)
    app.connect("env-get-outdated", outdated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
