"""Figures that belong to the page: SVGs in its colours and face, cut into panels for a phone."""

import itertools
import re
from pathlib import Path
from xml.etree import ElementTree

from lib.colours import INK, NEGATIVE, PAPER

IMAGE = re.compile(r'<img\b([^>]*?)src="[^"]*_images/([^"/]+\.svg)"([^>]*)/?>')
ALT = re.compile(r'alt="([^"]*)"')
SIZE = re.compile(r'width="([\d.]+)pt" height="([\d.]+)pt"')
FACE = re.compile(r"font-family: [^;\"]*;?\s*")
SVG = "{http://www.w3.org/2000/svg}"
NARROW = 40  # points: not a panel but a scale beside one
BROAD = 0.8  # of the figure: a panel that has a row for itself where others share theirs

ElementTree.register_namespace("", SVG[1:-1])
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")


def inline(app, pagename, templatename, context, doctree):
    """Replace every <img> of an SVG that the book drew by the SVG itself."""
    if "body" not in context:
        return
    drawn = {
        name: Path(app.srcdir) / path for path, name in getattr(app.builder, "images", {}).items()
    }
    count = itertools.count(1)

    def replace(match):
        path = drawn.get(match[2])
        if path is None or not path.is_file() or INK not in (text := path.read_text("utf8")):
            return match[0]
        alt = ALT.search(match[1] + match[3])
        return themed(text, alt[1] if alt else "", f"drawing-{next(count)}")

    context["body"] = IMAGE.sub(replace, context["body"])


def themed(svg: str, alt: str, name: str = "drawing") -> str:
    """The SVG as an element of a page, with its alternative text, never wider than its column.

    With panels side by side it is an SVG a panel: these stand as they were drawn, and below each
    other where there is no room (book.css).
    """
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    blue = f"var(--neuron-negative, {NEGATIVE})"
    for drawn, themed_as in ((INK, "currentColor"), (PAPER, "none"), (NEGATIVE.lower(), blue)):
        svg = svg.replace(drawn, themed_as)
    width, height = map(float, SIZE.search(svg).groups())
    pixels = f"{width * 4 / 3:.0f}px"
    shape = f"--whole:{pixels};width:{pixels};aspect-ratio:{width:g}/{height:g}"
    svg = unshared(FACE.sub("", svg), name)
    root = ElementTree.fromstring(svg)
    figure = next(group for group in root if group.get("id") == f"{name}-figure_1")
    boxes = [box(group) for group in figure]
    cells = cut([b for b in boxes if b and b[2] - b[0] > NARROW], width, height)
    if len(cells) == 1:
        svg = SIZE.sub(f'style="{shape}" role="img" aria-label="{alt}"', svg, count=1)
        return f'<div class="drawn">{svg}</div>'
    parts = [[] for _ in cells]
    parts[0] += [part for part in root if part is not figure]  # styles, and what all of them use
    for group, found in zip(figure, boxes):
        parts[place(found, cells)].append(group)
    views = "".join(view(cell, part, width, height) for cell, part in zip(cells, parts))
    return f'<div class="drawn cut" style="{shape}" role="img" aria-label="{alt}">{views}</div>'


def unshared(svg: str, name: str) -> str:
    """The SVG with ids of its own: matplotlib gives the same ones to every figure of a page."""
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r'(href=")#', rf"\1#{name}-", svg)
    return re.sub(r"url\(#", f"url(#{name}-", svg)


def box(group) -> tuple | None:
    """(left, top, right, bottom) of the axes that a group draws; None where it is no axes."""
    if "-axes_" not in group.get("id", ""):
        return None
    path = group.find(f"{SVG}g/{SVG}path")
    numbers = [float(v) for v in re.findall(r"-?\d+\.?\d*", path.get("d", ""))]
    xs, ys = numbers[::2], numbers[1::2]
    return (min(xs), min(ys), max(xs), max(ys)) if xs and ys else None


def cut(boxes, width: float, height: float) -> list[tuple]:
    """The cells (x, y, width, height) in which panels lie, row by row; one: it is not cut."""
    rows = []
    for found in sorted(boxes, key=lambda b: b[1]):
        if rows and found[1] < rows[-1][0][3] - 1:  # overlaps the row above: belongs to it
            rows[-1].append(found)
        else:
            rows.append([found])
    if all(len(row) == 1 for row in rows):
        return [(0.0, 0.0, width, height)]
    bottoms = [max(b[3] for b in row) for row in rows]
    tops = [min(b[1] for b in row) for row in rows]
    edges = [0.0, *(low + 0.66 * (high - low) for low, high in zip(bottoms, tops[1:])), height]
    cells = []
    for row, top, bottom in zip(rows, edges, edges[1:]):
        row.sort()
        gaps = [(left[2], right[0] - left[2]) for left, right in zip(row, row[1:])]
        sides = [0.0, *(end + min(9.0, 0.4 * gap) for end, gap in gaps), width]
        cells += [(x, top, end - x, bottom - top) for x, end in zip(sides, sides[1:])]
    return cells


def place(found, cells) -> int:
    """The number of the cell in which the middle of a box lies; the first for what has no box."""
    if found:
        x, y = (found[0] + found[2]) / 2, (found[1] + found[3]) / 2
        for number, (left, top, w, h) in enumerate(cells):
            if left <= x <= left + w and top <= y <= top + h:
                return number
    return 0


def view(cell, parts, width: float, height: float) -> str:
    """The part of a figure that lies in a cell."""
    x, y, w, h = cell
    at = {"left": x / width, "top": y / height, "width": w / width, "height": h / height}
    style = ";".join(f"{key}:{value:.4%}" for key, value in at.items())
    svg = ElementTree.Element(f"{SVG}svg", {
        "viewBox": f"{x:.2f} {y:.2f} {w:.2f} {h:.2f}", "style": style, "aria-hidden": "true",
    })
    if w > BROAD * width:
        svg.set("class", "broad")
    svg.extend(parts)
    return ElementTree.tostring(svg, encoding="unicode")


def setup(app):
    app.connect("html-page-context", inline)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
