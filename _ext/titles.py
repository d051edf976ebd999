"""Titles kept beside the pages: their words, and their formulas as formulas."""

from docutils import nodes


def parts(title) -> tuple[tuple[bool, str], ...]:
    """((whether it is a formula, text), ...) of a title, plain enough to be kept."""
    found = []
    for node in title.children:
        if isinstance(node, nodes.math):
            found.append((True, node.astext()))
        else:
            found.append((False, node.astext()))
    return tuple(found)


def link(title, uri: str, **options):
    """A link whose words are a title, or a string."""
    title = ((False, title),) if isinstance(title, str) else title
    words = [nodes.math("", text) if is_formula else nodes.Text(text) for is_formula, text in title]
    return nodes.reference("", "", *words, internal=True, refuri=uri, **options)
