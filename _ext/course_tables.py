"""The tables about the course, and on the card of a chapter the time for its exercises."""
import re
import sys
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.addnodes import pending_xref
from sphinx.util.docutils import SphinxDirective

sys.path.append(str(Path(__file__).resolve().parents[1]))
from tools.course import pages, tables  # noqa: E402


class Course(SphinxDirective):
    """`objectives` or `times`; `path` and the name of a chapter."""

    required_arguments = 1
    optional_arguments = 1

    def run(self):
        root = Path(self.env.srcdir)
        try:
            text = tables.shown(root, *self.arguments)
        except ValueError as error:
            raise self.error(str(error)) from None
        for pair in tables.chapters(root):
            for path in pair:
                self.env.note_dependency(str(path))
        node = nodes.container()
        self.state.nested_parse(StringList(text.split("\n"), self.env.docname), 0, node)
        return node.children


def time_exercises(app, doctree):
    """Add to the time on a card what the exercises of the chapter take, by their own minutes."""
    name = app.env.docname
    page = Path(app.srcdir) / "exercises" / f"{Path(name).name}.md"
    if not name.startswith("chapters/") or not page.is_file():
        return
    app.env.note_dependency(str(page))
    core, every = pages.minutes(page)
    for card in doctree.findall(nodes.admonition):
        for told in card.findall(nodes.Text) if "card" in card["classes"] else ():
            if re.search(r"lecture \d+ min\.$", told):
                link = pending_xref("", nodes.inline("", "exercises"), refdomain="std",
                                    reftype="doc", reftarget=f"/exercises/{page.stem}",
                                    refexplicit=True, refwarn=True, refdoc=name)
                after = f" {core} min for the core path, {every} min for all of them."
                told.parent.replace(told, [nodes.Text(f"{told.rstrip('.')}, "), link,
                                           nodes.Text(after)])
                return


def setup(app):
    app.add_directive("course", Course)
    app.connect("doctree-read", time_exercises)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
