"""Two columns for two readers: code behind one word, checks behind another.

The code of a cell folds into the word "code"; a switch at the top of the page opens all of it, and
is remembered.  Claims fold into the word "checked" beside the paragraph that they follow; opened,
it shows them.  A cell that makes nothing but claims is a check as a whole: its claims first, then
its code.
"""

import re

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode

CODE = '<details class="code"><summary>code</summary>'
CHECKED = '<details class="check"><summary>checked</summary>'
BELOW = CHECKED.replace("check", "check below", 1)  # where a note has the margin


def cells(doctree):
    """The cells of a page, in order."""
    return [node for node in doctree.findall(nodes.container) if "cell" in node["classes"]]


def parts(cell, kind):
    """The children of a cell of one kind: cell_input or cell_output."""
    return [node for node in cell.children if isinstance(node, nodes.Element) and
            kind in node.get("classes", ())]


def is_claim(node):
    """Whether this is the line of a claim."""
    return isinstance(node, nodes.raw) and 'class="claim ' in node.astext()


def is_check(cell):
    """Whether a cell makes claims and nothing else."""
    shown = [node for part in parts(cell, "cell_output") for node in part.children]
    return bool(shown) and all(map(is_claim, shown))


def is_pictured(cell):
    """Whether a cell shows a figure, an explorer or a wide table: these go beyond the text."""
    shown = [node for part in parts(cell, "cell_output") for node in part.findall()]
    return any(
        isinstance(node, (nodes.figure, nodes.image))
        or isinstance(node, nodes.raw) and re.search('class="(explorer|wide)', node.astext())
        for node in shown
    )


def beside(node):
    """Whether the margin is taken: by a note just before, or before the last paragraph."""
    place = node.parent.index(node)
    near = node.parent.children[max(0, place - 2) : place]
    notes = [isinstance(each, nodes.sidebar) for each in near]
    return bool(near) and (notes[-1] or notes[0] and isinstance(near[-1], nodes.paragraph))


def fold(opening, run):
    """Put nodes that follow each other into one <details>."""
    parent = run[0].parent
    parent.insert(parent.index(run[0]), nodes.raw("", opening, format="html"))
    parent.insert(parent.index(run[-1]) + 1, nodes.raw("", "</details>", format="html"))


def runs(found):
    """Nodes grouped into runs that directly follow each other under one parent."""
    grouped = []
    for node in found:
        last = grouped[-1][-1] if grouped else None
        siblings = last is not None and last.parent is node.parent
        if siblings and node.parent.index(node) == node.parent.index(last) + 1:
            grouped[-1].append(node)
        else:
            grouped.append([node])
    return grouped


def fold_page(app, doctree, docname):
    """Fold the code and the checks of a page."""
    if app.builder.format != "html":
        return
    for hidden in list(doctree.findall(HideCodeCellNode)):  # "hide-input": all code is folded alike
        hidden.replace_self(hidden.children)
    checks = [cell for cell in cells(doctree) if is_check(cell)]
    inside = {id(node) for cell in checks for node in cell.findall(is_claim)}
    mixed = [node for node in doctree.findall(is_claim) if id(node) not in inside]
    for run in [*runs(checks), *runs(mixed)]:
        fold(BELOW if beside(run[0]) else CHECKED, run)
    for cell in cells(doctree):
        if is_pictured(cell):
            cell["classes"].append("pictured")
        code = parts(cell, "cell_input")
        if cell in checks:  # claims before the code that makes them
            for part in code:
                cell.remove(part)
            cell.extend(code)
        for part in code:
            fold(CODE, [part])


def add_switch(app, pagename, templatename, context, doctree):
    """The switch at the top of a page that has code."""
    if 'class="code"' in context.get("body", ""):
        context["header_buttons"].insert(0, {
            "type": "javascript", "javascript": "switchCode()", "text": "code",
            "tooltip": "Show or hide all code of this book", "label": "code-switch",
        })


def setup(app):
    app.connect("doctree-resolved", fold_page, priority=800)
    app.connect("html-page-context", add_switch, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
