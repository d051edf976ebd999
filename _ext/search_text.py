"""What the search finds is what is read: prose and claims, not TeX, code or printed output."""

import re

from docutils import nodes

UNREAD = (nodes.math, nodes.math_block, nodes.literal_block, nodes.comment)


def prose(doctree):
    """A copy of a document without what nobody searches for."""
    copy = doctree.deepcopy()
    for node in list(copy.findall(lambda node: isinstance(node, UNREAD))):
        node.parent.remove(node)
    for node in copy.findall(nodes.raw):  # cells of a table are words of their own
        node.children = [nodes.Text(re.sub(r"(<[^>]*>)", r" \1 ", node.astext()))]
    return copy


def index_prose(app):
    """The builder feeds the index with the prose of each page."""
    feed = getattr(app.builder, "index_page", None)
    if feed is not None:
        app.builder.index_page = lambda pagename, doctree, title: feed(
            pagename, prose(doctree), title
        )


def setup(app):
    app.connect("builder-inited", index_prose)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
