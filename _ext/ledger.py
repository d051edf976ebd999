"""The ledger: a table of every claim that ran, read from the executed chapters."""

import html
import re
from itertools import groupby
from pathlib import Path

import library
from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from lib.claims import VERDICTS, recorded
from lib.paper import EQUATIONS, FIGURES, ITEMS, STATEMENTS

LEDGER = "appendix/ledger"
SEVERITY = ["holds", "typo", "condition", "wrong"]
LOG = logging.getLogger(__name__)
HEADS = ["Paper", "Verdict", "What was checked"]


class ledger(nodes.General, nodes.Element):
    """Where the table goes."""


class Ledger(SphinxDirective):
    """```{ledger}``` with no argument or content."""

    def run(self):
        return [ledger()]


def claims(folder: Path, documents):
    """(document, claim) for every claim in the notebooks of these documents, in the paper's order.

    folder: where the executed notebooks are; those of chapters that left the book do not count.
    """
    found = []
    for document in sorted(documents):
        path = folder / f"{document}.ipynb"
        found += [(document, claim) for claim in (recorded(path) if path.is_file() else ())]
    return sorted(found, key=lambda pair: ITEMS.index(pair[1]["item"]))


def anchor(name: str) -> str:
    """The id of the row of an item of the paper."""
    return "row-" + re.sub(r"\W+", "-", name).strip("-").lower()


def by(app, docname, function):
    """The function that a claim exercises, with a link to its page."""
    if not function:
        return ""
    uri = app.builder.get_relative_uri(docname, library.page(function))
    place = f"{uri}#{library.anchor(function)}"
    return f' · <a href="{place}"><code>{html.escape(function)}</code></a>'


def table(app, docname):
    """The ledger as HTML."""
    found = claims(Path(app.outdir).parent / "jupyter_execute", app.env.found_docs)
    missing = [
        item
        for item in (*EQUATIONS, *STATEMENTS, *FIGURES)
        if item not in {claim["item"] for _, claim in found}
    ]
    if missing and app.config.ledger_complete:
        LOG.warning("the ledger has no claim for %s", ", ".join(missing), location=docname)
    by_item = [(item, list(all_)) for item, all_ in groupby(found, lambda pair: pair[1]["item"])]
    rows = [row(app, docname, item, group) for item, group in by_item]
    verdicts = [worst(claim for _, claim in group) for _, group in by_item]
    counts = ", ".join(f"{verdicts.count(v)} {v}" for v in VERDICTS)
    still = f"<p>Items without a claim of their own: {', '.join(missing)}.</p>" if missing else ""
    return (
        f"<p>{len(rows)} items of the paper ({counts}), {len(found)} claims that ran.</p>{still}"
        '<div class="wide" tabindex="0" role="region" aria-label="ledger">'
        '<table class="table ledger"><thead><tr>'
        + "".join(f"<th>{head}</th>" for head in HEADS)
        + f"</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def worst(claims) -> str:
    """The verdict on an item: the gravest of its claims'."""
    return max((claim["verdict"] for claim in claims), key=SEVERITY.index)


def row(app, docname, item, group):
    """An item with its claims inside, each with its place and its numbers."""
    verdict = worst(claim for _, claim in group)
    lines = "".join(line(app, docname, document, claim) for document, claim in group)
    count = f"{len(group)} check" + "s" * (len(group) > 1)
    return (
        f'<tr id="{anchor(item)}"><td>{html.escape(item)}</td>'
        f'<td><span class="verdict verdict-{verdict}" title="{VERDICTS[verdict]}">'
        f"{verdict}</span></td>"
        f"<td><details><summary>{count}: {html.escape(group[0][1]['statement'])}</summary>"
        f"<ul>{lines}</ul></details></td></tr>"
    )


def line(app, docname, document, claim):
    """One claim: what was checked, what was measured, where, and by which function."""
    where = f"{app.builder.get_relative_uri(docname, document)}#{claim['anchor']}"
    title = app.env.titles[document].astext() if document in app.env.titles else document
    relation = "&ge;" if claim["above"] else "&le;"
    return (
        f"<li>{html.escape(claim['statement'])}: "
        f'<span class="number">{claim["measured"]:.3g} {relation} {claim["tol"]:.3g}</span>'
        f' ({claim["verdict"]})<br><small><a href="{where}">{html.escape(title)}</a>'
        f"{by(app, docname, claim['function'])}</small></li>"
    )


def fill(app, doctree, docname):
    for node in list(doctree.findall(ledger)):
        node.replace_self(nodes.raw("", table(app, docname), format="html"))


def outdated(app, env, added, changed, removed):
    """The page is written anew whenever any other is read."""
    return (
        [name for name in env.found_docs if name.endswith("/ledger")]
        if added | changed | removed
        else []
    )


def setup(app):
    app.add_node(ledger)
    app.add_directive("ledger", Ledger)
    app.add_config_value("ledger_complete", False, "env")
    app.connect("doctree-resolved", fill)
    app.connect("env-get-outdated", outdated)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
