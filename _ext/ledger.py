"""The ledger: a table of every claim that ran, read from the executed chapters."""

import html
import json
import re
from pathlib import Path

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from lib.claims import KEY, VERDICTS
from lib.paper import EQUATIONS, FIGURES, ITEMS, STATEMENTS

FUNCTIONS = "appendix/functions"
LOG = logging.getLogger(__name__)
HEADS = ["Paper", "Verdict", "What was checked, where, and by which function", "Measured"]


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
        for cell in json.loads(path.read_text("utf8"))["cells"] if path.is_file() else ():
            for output in cell.get("outputs", []):
                if claim := output.get("metadata", {}).get(KEY):
                    found.append((document, claim))
    return sorted(found, key=lambda pair: ITEMS.index(pair[1]["item"]))


def anchor(name: str) -> str:
    """The id of the row of an item of the paper, or of a function."""
    return "row-" + re.sub(r"\W+", "-", name).strip("-").lower()


def by(app, docname, function):
    """The function that a claim exercises, with a link to its row in the list of functions."""
    if not function:
        return ""
    page = app.builder.get_relative_uri(docname, FUNCTIONS)
    return f' · <a href="{page}#{anchor(function)}"><code>{html.escape(function)}</code></a>'


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
    rows, before = [], None
    for document, claim in found:
        where = f"{app.builder.get_relative_uri(docname, document)}#{claim['anchor']}"
        title = app.env.titles[document].astext() if document in app.env.titles else document
        relation = "&ge;" if claim["above"] else "&le;"
        first = f' id="{anchor(claim["item"])}"' if claim["item"] != before else ""
        before, verdict = claim["item"], claim["verdict"]
        cells = [
            html.escape(claim["item"]),
            f'<span class="verdict verdict-{verdict}" title="{VERDICTS[verdict]}">{verdict}</span>',
            f"{html.escape(claim['statement'])}<br>"
            f'<small><a href="{where}">{html.escape(title)}</a>'
            f"{by(app, docname, claim['function'])}</small>",
            f"{claim['measured']:.3g} {relation} {claim['tol']:.3g}",
        ]
        rows.append(f"<tr{first}>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    counts = ", ".join(f"{sum(c['verdict'] == v for _, c in found)} {v}" for v in VERDICTS)
    still = f"<p>Items without a claim of their own: {', '.join(missing)}.</p>" if missing else ""
    return (
        f"<p>{len(found)} claims ran ({counts}).</p>{still}"
        f'<div class="wide" tabindex="0" role="region" aria-label="ledger">'
        f'<table class="table ledger"><thead><tr>'
        + "".join(f"<th>{head}</th>" for head in HEADS)
        + f"</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
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
