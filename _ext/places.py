"""An id is one place of its page: boxes bring the same ones again, and the first counts."""

import re

ID = re.compile(r'(<[a-zA-Z][^<>]*?) id="([^"]*)"')


def once(body: str) -> str:
    """The HTML without the ids that are there already."""
    seen = set()

    def first(match):
        known = match[2] in seen
        seen.add(match[2])
        return match[1] if known else match[0]

    return ID.sub(first, body)


def tidy(app, pagename, templatename, context, doctree):
    if "body" in context:
        context["body"] = once(context["body"])


def setup(app):
    app.connect("html-page-context", tidy, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
