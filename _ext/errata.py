"""Errata: the tables of all chapters on one page, a row a statement of the paper, with its checks.

A chapter ends with a `list-table` of class `statements`, columns: items and verdict, as printed,
as it should be, why it matters.  There each item gets a link to its checks; `{errata}` collects the
rows in the paper's order.
"""

import re
from pathlib import Path

from docutils import nodes
from ledger import anchor, claims
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from lib.paper import ITEMS, VERDICTS

LEDGER = "appendix/ledger"
HEADS = {"Item": 14, "As printed": 30, "As it should be": 30, "Why it matters": 26}
LOG = logging.getLogger(__name__)


class errata(nodes.General, nodes.Element):
    """Where the page goes."""


class Errata(SphinxDirective):
    """```{errata}``` with no argument or content."""

    def run(self):
        return [errata()]


def read(text: str) -> tuple[list[str], str]:
    """The items and the verdict of a row; ValueError for what is neither."""
    *items, verdict = [part.strip() for part in re.split(r",\s*", text)]
    faulty = verdict not in VERDICTS or verdict == "holds"
    if faulty or not items or any(item not in ITEMS for item in items):
        raise ValueError(f"want items of the paper, then wrong, condition or typo, got {text!r}")
    return items, verdict


def name(items: list[str], verdict: str, taken=()) -> str:
    """The id of a row, other than those that are taken."""
    first = f"erratum-{anchor(items[0]).removeprefix('row-')}-{verdict}"
    names = [first, *(f"{first}-{k}" for k in range(2, len(taken) + 2))]
    return next(name for name in names if name not in taken)


class Collect(SphinxTransform):
    """Keep the rows of each chapter, and give each a place to link to."""

    default_priority = 600

    def apply(self):
        kept = self.env.errata = getattr(self.env, "errata", {})
        kept.pop(self.env.docname, None)
        found = {}
        for table in list(self.document.findall(nodes.table)):
            if "statements" not in table["classes"]:
                continue
            wide = nodes.container(classes=["wide"])
            table.replace_self(wide)
            wide += table
            for row in next(table.findall(nodes.tbody)).findall(nodes.row):
                try:
                    items, verdict = read(row[0].astext())
                except ValueError as error:
                    LOG.warning("statements: %s", error, location=table)
                    continue
                place = name(items, verdict, found)
                row["ids"].append(place)
                row[0].children = [label(items, verdict)]
                found[place] = items, verdict, [alone(cell) for cell in row]
        if found:
            kept[self.env.docname] = found


def alone(cell):
    """A copy of a cell without references, which are meant for their own page."""
    cell = cell.deepcopy()
    for reference in list(cell.findall(addnodes.pending_xref)):
        reference.replace_self(nodes.Text(reference.astext()))
    return cell


def label(items, verdict):
    """What the first cell shows: the items, then the verdict."""
    paragraph = nodes.paragraph()
    for item in items:
        if len(paragraph):
            paragraph += nodes.Text(", ")
        paragraph += nodes.raw("", "", format="html", ledger_item=item)
    paragraph += nodes.Text(" ")
    paragraph += nodes.inline(verdict, verdict, classes=["verdict", f"verdict-{verdict}"])
    return paragraph


def resolve(app, doctree, docname):
    """Make the page, and lead from each item to its checks in the ledger."""
    for node in list(doctree.findall(errata)):
        node.replace_self(page(app, docname))
    ledger = app.builder.get_relative_uri(docname, LEDGER)
    for node in list(doctree.findall(lambda n: isinstance(n, nodes.raw) and "ledger_item" in n)):
        item = node["ledger_item"]
        address = f"{ledger}#{anchor(item)}"
        node.replace_self(nodes.reference("", item, refuri=address, internal=True))


def collected(env):
    """(document, place, items, verdict, cells) of all rows of the book, in the paper's order."""
    found = [
        (document, place, *row)
        for document, rows in getattr(env, "errata", {}).items()
        for place, row in rows.items()
        if document in env.found_docs
    ]
    return sorted(found, key=lambda row: (ITEMS.index(row[2][0]), row[0], row[1]))


def gaps(rows, checks) -> tuple[list[str], list[str]]:
    """What claims say and no row does, and what rows say and no claim does: "Eq. 5 (wrong)"."""
    told = {(item, verdict) for _, _, items, verdict, _ in rows for item in items}
    checked = {(claim["item"], claim["verdict"]) for _, claim in checks}
    checked = {pair for pair in checked if pair[1] != "holds"}

    def listed(pairs):
        pairs = sorted(pairs, key=lambda pair: (ITEMS.index(pair[0]), pair[1]))
        return [f"{item} ({verdict})" for item, verdict in pairs]

    return listed(checked - told), listed(told - checked)


def page(app, docname):
    """All rows, each with a link to the chapter that explains it."""
    rows = collected(app.env)
    checks = claims(Path(app.outdir).parent / "jupyter_execute", app.env.found_docs)
    untold, unchecked = gaps(rows, checks)
    if app.config.errata_complete:
        for what, which in (("no row for", untold), ("no claim behind the row of", unchecked)):
            if which:
                LOG.warning("errata: %s %s", what, ", ".join(which), location=docname)
    table = nodes.table(classes=["statements", "errata"])
    group = nodes.tgroup(cols=len(HEADS))
    group.extend(nodes.colspec(colwidth=width) for width in HEADS.values())
    head, body = nodes.row(), nodes.tbody()
    head.extend(nodes.entry("", nodes.paragraph("", name)) for name in HEADS)
    places = set()
    for document, there, items, verdict, cells in rows:
        here = name(items, verdict, places)
        places.add(here)
        row = nodes.row("", *(cell.deepcopy() for cell in cells), ids=[here])
        address = f"{app.builder.get_relative_uri(docname, document)}#{there}"
        title = app.env.titles[document].astext()
        link = nodes.reference("", title, internal=True, refuri=address)
        row[-1] += nodes.paragraph("", "", link, classes=["where"])
        body += row
    group += [nodes.thead("", head), body]
    table += group
    counts = ", ".join(
        f"{sum(row[3] == verdict for row in rows)} {verdict}"
        for verdict in VERDICTS if verdict != "holds"
    )
    shown = [nodes.paragraph("", f"{len(rows)} statements: {counts}.")]
    if untold:
        shown.append(nodes.paragraph("", f"Checked, and not yet in a table: {', '.join(untold)}."))
    return [*shown, nodes.container("", table, classes=["wide"])]


def purge(app, env, docname):
    getattr(env, "errata", {}).pop(docname, None)


def merge(app, env, docnames, other):
    env.errata = {**getattr(env, "errata", {}), **getattr(other, "errata", {})}


def outdated(app, env, added, changed, removed):
    """The page is written anew whenever any other is read."""
    anew = added | changed | removed
    return [name for name in env.found_docs if name.endswith("/errata")] if anew else []


def setup(app):
    app.add_node(errata)
    app.add_directive("errata", Errata)
    app.add_config_value("errata_complete", False, "env")
    app.add_transform(Collect)
    app.connect("doctree-resolved", resolve)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("env-get-outdated", outdated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
