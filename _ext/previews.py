"""What a link leads to, shown where it is: formulas, theorems, figures' captions, glossary words, citations.

Kept for each page when its document is resolved, written as one script that pages ask for when a link is first touched.
"""
import json
from pathlib import Path

from docutils import nodes
from mathematics import aligned, formula
from sphinx import addnodes

LIMIT = 6000                                                             # characters: a preview is no page


def targets(app, doctree):
    """(id, HTML) of everything on a page that a link may show."""
    for node in doctree.findall(nodes.math_block):
        if node.get("number"):
            tex = node.astext()
            whole = node.get("nowrap") or "amsmath" in node.get("classes", ())
            html = formula(node, tex if whole else aligned(tex), True)
            for name in node["ids"]:
                yield name, html
    for node in doctree.findall(shown):
        html = app.builder.render_partial(node)["fragment"]
        for name in node["ids"]:
            yield name, html


def shown(node):
    """Whether this is a theorem, an exercise or a citation with a name."""
    return isinstance(node, nodes.Element) and bool(node.get("ids")) and (
        isinstance(node, nodes.citation) or type(node).__name__ in KINDS)


KINDS = {"definition_node", "lemma_node", "theorem_node", "proposition_node", "corollary_node", "exercise_node"}


def keep(app, doctree, docname):
    """Remember the previews of a page."""
    if app.builder.format != "html":
        return
    kept = {}
    for name, html in targets(app, doctree):
        if len(html) <= LIMIT:
            kept[f"{docname}.html#{name}"] = html
    for item in doctree.findall(nodes.definition_list_item):             # glossary words carry their id on the term
        if isinstance(item.parent.parent, addnodes.glossary):
            definition = next(item.findall(nodes.definition), None)
            for term in item.findall(nodes.term):
                for name in term["ids"]:
                    kept[f"{docname}.html#{name}"] = app.builder.render_partial(definition)["fragment"]
    if not hasattr(app.env, "previews"):
        app.env.previews = {}
    app.env.previews[docname] = kept


def write(app, exception):
    """One script with all previews."""
    if exception or app.builder.format != "html":
        return
    found = {}
    for docname, kept in getattr(app.env, "previews", {}).items():
        if docname in app.env.found_docs:
            found |= kept
    text = f"window.bookPreviews = {json.dumps(found, ensure_ascii=False, sort_keys=True)};\n"
    (Path(app.outdir) / "_static" / "previews.js").write_text(text, "utf8")


def setup(app):
    app.connect("doctree-resolved", keep, priority=900)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
