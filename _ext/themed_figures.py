"""Figures that belong to the page: SVG images are put into it, in its colours and face, and cut into their panels on a phone."""
import itertools
import re
from pathlib import Path

from lib.figures import INK, NEGATIVE, PAPER

IMAGE = re.compile(r'<img\b([^>]*?)src="[^"]*_images/([^"/]+\.svg)"([^>]*)/?>')
ALT = re.compile(r'alt="([^"]*)"')
SIZE = re.compile(r'width="([\d.]+)pt" height="([\d.]+)pt"')
FACE = re.compile(r"font-family: [^;\"]*;?\s*")
PANEL = re.compile(r'<g id="axes_\d+">\s*<g id="patch_\d+">\s*<path d="([^"]+)"')
NARROW = 40                                                              # points: not a panel but a scale beside one


def inline(app, pagename, templatename, context, doctree):
    """Replace every <img> of an SVG that the book drew by the SVG itself."""
    if "body" not in context:
        return
    drawn = {name: Path(app.srcdir) / path for path, name in getattr(app.builder, "images", {}).items()}
    count = itertools.count(1)

    def replace(match):
        path = drawn.get(match[2])
        if path is None or not path.is_file() or INK not in (text := path.read_text("utf8")):
            return match[0]
        alt = ALT.search(match[1] + match[3])
        return themed(text, alt[1] if alt else "", f"drawing-{next(count)}")

    context["body"] = IMAGE.sub(replace, context["body"])


def themed(svg: str, alt: str, name: str = "drawing") -> str:
    """The SVG as an element of a page, with its alternative text; with several panels also cut into these, for a phone."""
    svg = svg[svg.index("<svg"):]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    width, height = map(float, SIZE.search(svg).groups())
    cells = panels(svg, width, height)
    for drawn, themed_as in ((INK, "currentColor"), (PAPER, "none"),
                             (NEGATIVE.lower(), f"var(--neuron-negative, {NEGATIVE})")):
        svg = svg.replace(drawn, themed_as)
    svg = unshared(FACE.sub("", svg), name)
    svg = SIZE.sub(f'style="width:{width * 4 / 3:.0f}px;aspect-ratio:{width:g}/{height:g}" role="img" aria-label="{alt}"',
                   svg, count=1)
    parts = ""
    if len(cells) > 1:
        opening = svg.index(">", svg.index("<svg")) + 1
        svg = f'{svg[:opening]}<g id="{name}">{svg[opening:].replace("</svg>", "</g></svg>")}'
        views = "".join(f'<svg viewBox="{x:.1f} {y:.1f} {w:.1f} {h:.1f}"><use href="#{name}"/></svg>' for x, y, w, h in cells)
        parts = f'<div class="parts" aria-hidden="true">{views}</div>'
    kind = "drawn cut" if parts else "drawn"
    return f'<div class="{kind}">{svg}{parts}</div>'


def unshared(svg: str, name: str) -> str:
    """The SVG with its ids made the figure's own: matplotlib gives the same ones to every figure of a page."""
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r'(href=")#', rf"\1#{name}-", svg)
    return re.sub(r"url\(#", f"url(#{name}-", svg)


def panels(svg: str, width: float, height: float) -> list[tuple]:
    """The boxes (x, y, width, height) into which the panels cut a figure, row by row; one box: it is not cut."""
    boxes = []
    for path in PANEL.findall(svg):
        numbers = [float(v) for v in re.findall(r"-?\d+\.?\d*", path)]
        xs, ys = numbers[::2], numbers[1::2]
        if max(xs) - min(xs) > NARROW:
            boxes.append((min(xs), min(ys), max(xs), max(ys)))
    rows = []
    for box in sorted(boxes, key=lambda b: b[1]):
        if rows and box[1] < rows[-1][0][3] - 1:                         # overlaps the row above: belongs to it
            rows[-1].append(box)
        else:
            rows.append([box])
    if all(len(row) == 1 for row in rows):
        return [(0.0, 0.0, width, height)]
    cut = []
    bottoms = [max(b[3] for b in row) for row in rows]
    tops = [min(b[1] for b in row) for row in rows]
    edges = [0.0, *(low + 0.66 * (high - low) for low, high in zip(bottoms, tops[1:])), height]
    for row, top, bottom in zip(rows, edges, edges[1:]):
        row.sort()
        sides = [0.0, *(left[2] + min(9.0, 0.4 * (right[0] - left[2])) for left, right in zip(row, row[1:])), width]
        cut += [(x, top, end - x, bottom - top) for x, end in zip(sides, sides[1:])]
    return cut


def setup(app):
    app.connect("html-page-context", inline)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
