"""The tables about the course: ```{course} objectives```, ```{course} times``` and the bank."""
import sys
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

sys.path.append(str(Path(__file__).resolve().parents[1]))
from tools.course import tables  # noqa: E402


class Course(SphinxDirective):
    """`objectives`, `times`, or `questions` and the name of a chapter."""

    required_arguments = 1
    optional_arguments = 1

    def run(self):
        root = Path(self.env.srcdir)
        what = self.arguments[0]
        if what == "questions":
            text = tables.bank(self.arguments[1])
        elif what in ("objectives", "times"):
            text = getattr(tables, what)(root)
        else:
            raise self.error(f"want objectives, times or questions, got {what!r}")
        for pair in tables.chapters(root):
            for path in pair:
                self.env.note_dependency(str(path))
        node = nodes.container()
        self.state.nested_parse(StringList(text.split("\n"), self.env.docname), 0, node)
        return node.children


def setup(app):
    app.add_directive("course", Course)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
