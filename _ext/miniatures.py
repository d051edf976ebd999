"""Chapters by their pictures: `{miniature} fig-name 2` is the second panel of a figure, small.

The figure may be on any page; what it shows is said there, so a screen reader passes this one by.
"""

from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from themed_figures import miniature as panel_of

LOG = logging.getLogger(__name__)


class miniature(nodes.General, nodes.Element):
    """Where the panel goes."""


class Miniature(SphinxDirective):
    """The name of a figure, and the number of its panel from 1."""

    required_arguments = 2

    def run(self):
        name, panel = self.arguments
        return [miniature(figure=name, panel=directives.positive_int(panel))]


def drawing(env, name: str) -> Path | None:
    """The file of the figure `name`, of whatever page; None if there is none."""
    document, place = env.domaindata["std"]["anonlabels"].get(name, (None, None))
    if document is None:
        return None
    for figure in env.get_doctree(document).findall(nodes.figure):
        if place in figure["ids"]:
            for image in figure.findall(nodes.image):
                return Path(env.srcdir) / image["uri"]
    return None


def resolve(app, doctree, docname):
    for count, node in enumerate(list(doctree.findall(miniature))):
        path = drawing(app.env, node["figure"])
        if path is None or path.suffix != ".svg" or app.builder.format != "html":
            if app.builder.format == "html":
                LOG.warning("miniature: no figure %s", node["figure"], location=docname)
            node.parent.remove(node)
            continue
        text = panel_of(path.read_text("utf8"), node["panel"], f"miniature-{count}")
        node.replace_self(nodes.raw("", text, format="html"))


def outdated(app, env):
    """Pages with miniatures are written anew: the figures may have been drawn anew."""
    return [env.config.root_doc]


def setup(app):
    app.add_node(miniature)
    app.add_directive("miniature", Miniature)
    app.connect("doctree-resolved", resolve)
    app.connect("env-updated", outdated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
