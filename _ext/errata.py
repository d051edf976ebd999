"""Errata: the tables "The paper's statements and ours" of all chapters on one page, a row an item, each with its checks.

A chapter ends with a `list-table` of class `statements`, columns: item and verdict, as printed, as it should be, why it
matters.  Here each row gets the links to its checks, and `{errata}` collects the rows in the paper's order.
"""
import re

from docutils import nodes
from ledger import anchor
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from lib.claims import VERDICTS
from lib.paper import ITEMS

LEDGER = "appendix/ledger"
LOG = logging.getLogger(__name__)


class errata(nodes.General, nodes.Element):
    """Where the page goes."""


class Errata(SphinxDirective):
    """```{errata}``` with no argument or content."""

    def run(self):
        return [errata()]


def read(text: str) -> tuple[list[str], str]:
    """The items and the verdict of a row; raises ValueError for what is neither."""
    *items, verdict = [part.strip() for part in re.split(r",\s*", text)]
    if verdict not in VERDICTS or verdict == "holds" or not items or any(item not in ITEMS for item in items):
        raise ValueError(f"want items of the paper, then wrong, condition or typo, got {text!r}")
    return items, verdict


def rows(table):
    """The rows of the body of a table."""
    return list(next(table.findall(nodes.tbody)).findall(nodes.row))


class Collect(SphinxTransform):
    """Keep the rows of each chapter, and give each a place to link to."""

    default_priority = 600

    def apply(self):
        kept = self.env.errata = getattr(self.env, "errata", {})
        kept.pop(self.env.docname, None)
        for table in self.document.findall(nodes.table):
            if "statements" not in table["classes"]:
                continue
            for row in rows(table):
                try:
                    items, verdict = read(row[0].astext())
                except ValueError as error:
                    LOG.warning("statements: %s", error, location=table)
                    continue
                row["ids"].append(f"erratum-{anchor(items[0])[4:]}")
                row[0].children = [label(items, verdict)]
                cells = [cell.deepcopy() for cell in row]
                for cell in cells:                                       # a reference is meant for its own page
                    for reference in list(cell.findall(addnodes.pending_xref)):
                        reference.replace_self(nodes.Text(reference.astext()))
                kept.setdefault(self.env.docname, []).append((items, verdict, cells))


def label(items, verdict):
    """What the first cell shows: the items, then the verdict."""
    paragraph = nodes.paragraph("", "", *[part for k, item in enumerate(items) for part in link(item, bool(k))])
    paragraph += nodes.Text(" ")
    paragraph += nodes.inline(verdict, verdict, classes=["verdict", f"verdict-{verdict}"])
    return paragraph


def link(item, follows):
    """A link to the checks of an item in the ledger."""
    to = nodes.raw("", "", format="html", ledger_item=item)
    return [nodes.Text(", "), to] if follows else [to]


def resolve(app, doctree, docname):
    """Fill the links; make the page."""
    for node in list(doctree.findall(errata)):
        node.replace_self(page(app, docname))
    for node in list(doctree.findall(lambda n: isinstance(n, nodes.raw) and "ledger_item" in n)):
        item = node["ledger_item"]
        address = f"{app.builder.get_relative_uri(docname, LEDGER)}#{anchor(item)}"
        node.replace_self(nodes.reference("", item, refuri=address, internal=True))


def page(app, docname):
    """All rows, in the paper's order, each with the chapter that explains it."""
    found = [(document, *row) for document, rows_ in getattr(app.env, "errata", {}).items() for row in rows_
             if document in app.env.found_docs]
    found.sort(key=lambda row: (ITEMS.index(row[1][0]), row[0]))
    counts = ", ".join(f"{sum(row[2] == v for row in found)} {v}" for v in VERDICTS if v != "holds")
    table = nodes.table(classes=["statements", "errata"])
    group = nodes.tgroup(cols=4)
    group.extend(nodes.colspec(colwidth=width) for width in (14, 30, 30, 26))
    head = nodes.row()
    for name in ("Item", "As printed", "As it should be", "Why it matters"):
        head += nodes.entry("", nodes.paragraph("", name))
    body = nodes.tbody()
    for document, items, _, cells in found:
        row = nodes.row(ids=[f"erratum-{anchor(items[0])[4:]}-{len(body)}"])
        row.extend(cell.deepcopy() for cell in cells)
        title = app.env.titles[document].astext()
        place = nodes.reference("", title, internal=True,
                                refuri=f"{app.builder.get_relative_uri(docname, document)}#erratum-{anchor(items[0])[4:]}")
        row[-1] += nodes.paragraph("", "", place, classes=["where"])
        body += row
    group += nodes.thead("", head)
    group += body
    table += group
    return [nodes.paragraph("", f"{len(found)} rows: {counts}."), nodes.container("", table, classes=["wide"])]


def purge(app, env, docname):
    getattr(env, "errata", {}).pop(docname, None)


def merge(app, env, docnames, other):
    env.errata = {**getattr(env, "errata", {}), **getattr(other, "errata", {})}


def outdated(app, env, added, changed, removed):
    """The page is written anew whenever any other is read."""
    return [name for name in env.found_docs if name.endswith("/errata")] if added | changed | removed else []


def setup(app):
    app.add_node(errata)
    app.add_directive("errata", Errata)
    app.add_transform(Collect)
    app.connect("doctree-resolved", resolve)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("env-get-outdated", outdated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
