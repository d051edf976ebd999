"""A teacher's note, written once: it stands in the guide, and in the teacher's edition beside text.

    ```{beside} setup#a-broken-line
    :minutes: 10
    :questions: crossing

    Text.
    ```

The argument is a chapter and the id of one of its sections; where there is no such section the book
is not built.  `tools/course/edition.py` takes the notes from the built page.
"""
import sys
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

sys.path.append(str(Path(__file__).resolve().parents[1]))
from tools.course import tables  # noqa: E402

LOG = logging.getLogger(__name__)


class place(nodes.Inline, nodes.TextElement):
    """Where the title of a section comes to stand, with a link to it."""


class Beside(SphinxDirective):
    """A note to a section: what it takes in a lecture, words for the teacher, questions."""

    required_arguments = 1
    has_content = True
    option_spec = {"minutes": directives.positive_int, "questions": directives.unchanged_required}

    def run(self):
        head = nodes.paragraph(classes=["beside-head"])
        target = place(target=self.arguments[0])
        self.set_source_info(target)
        head += target
        if "minutes" in self.options:
            head += nodes.inline("", f"{self.options['minutes']} min", classes=["beside-minutes"])
        note = nodes.container("", head, classes=["beside"])
        self.state.nested_parse(self.content, self.content_offset, note)
        for name in self.options.get("questions", "").split():
            try:
                note += nodes.raw("", tables.asked(name), format="html")
            except ValueError as error:
                raise self.error(str(error)) from None
        return [note]


def titled(app, doctree, docname):
    """Put the titles of the sections into the heads of the notes."""
    for target in list(doctree.findall(place)):
        name, _, section = target["target"].partition("#")
        chapter = f"chapters/{name}"
        toc = app.env.tocs.get(chapter)
        found = [link for link in toc.findall(nodes.reference)
                 if link["anchorname"] == f"#{section}"] if toc else []
        if not found:
            LOG.warning("no section %s in %s", section, chapter, location=target)
            continue
        uri = f"{app.builder.get_relative_uri(docname, chapter)}#{section}"
        title = [child.deepcopy() for child in found[0].children]
        target.replace_self(nodes.reference("", "", *title, refuri=uri, internal=True))


def setup(app):
    app.add_node(place)
    app.add_directive("beside", Beside)
    app.connect("doctree-resolved", titled)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
