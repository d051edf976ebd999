"""Figures that follow the page's theme: SVGs are put into the page and take the theme's colours."""

import re
from pathlib import Path

from lib.figures import INK, NEGATIVE, PAPER

IMAGE = re.compile(r'<img\b([^>]*?)src="[^"]*_images/([^"/]+\.svg)"([^>]*)/?>')
ALT = re.compile(r'alt="([^"]*)"')
SIZE = re.compile(r'width="([\d.]+)pt" height="([\d.]+)pt"')


def inline(app, pagename, templatename, context, doctree):
    """Replace every <img> of an SVG that the book drew by the SVG itself."""
    if "body" not in context:
        return
    drawn = {
        name: Path(app.srcdir) / path for path, name in getattr(app.builder, "images", {}).items()
    }

    def replace(match):
        path = drawn.get(match[2])
        if path is None or not path.is_file() or INK not in (text := path.read_text("utf8")):
            return match[0]
        alt = ALT.search(match[1] + match[3])
        return themed(text, alt[1] if alt else "")

    context["body"] = IMAGE.sub(replace, context["body"])


def themed(svg: str, alt: str) -> str:
    """The SVG as an element of a page, with its alternative text, never wider than the column."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    size = SIZE.search(svg)
    shape = f"width:{float(size[1]) * 4 / 3:.0f}px;aspect-ratio:{size[1]}/{size[2]}"
    svg = SIZE.sub(f'style="{shape}" role="img" aria-label="{alt}"', svg, count=1)
    blue = f"var(--neuron-negative, {NEGATIVE})"
    for drawn, themed_as in ((INK, "currentColor"), (PAPER, "none"), (NEGATIVE.lower(), blue)):
        svg = svg.replace(drawn, themed_as)
    return f'<div class="drawn">{svg}</div>'


def setup(app):
    app.connect("html-page-context", inline)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
