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
LABELS = 46.0, 14.0  # points: room for labels left and right of a panel
ACCENT = re.compile(r'(<tspan [^>]*style=")([^>]*>)([\u0302\u0303\u0307])(?=</tspan>)')
ALONE = {"\u0302": "\u02c6", "\u0303": "\u02dc", "\u0307": "\u02d9"}  # combining: on its own

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
    svg = in_theme(svg, name)
    width, height = map(float, SIZE.search(svg).groups())
    pixels = f"{width * 4 / 3:.0f}px"
    shape = f"--whole:{pixels};width:{pixels};aspect-ratio:{width:g}/{height:g}"
    root, figure = parsed(svg)
    boxes = [box(group) for group in figure]
    panels = [b for b in boxes if b and b[2] - b[0] > NARROW]
    cells = cut(panels, width, height, trim=len(panels) == sum(map(bool, boxes)))
    if len(cells) == 1:
        svg = SIZE.sub(f'style="{shape}" role="img" aria-label="{alt}"', svg, count=1)
        return f'<div class="drawn">{svg}</div>'
    parts = [[] for _ in cells]
    parts[0] += [part for part in root if part is not figure]  # styles, and what all of them use
    for group, found in zip(figure, boxes):
        parts[place(found, cells)].append(group)
    widest = max((cell[2] for cell in cells if cell[2] <= BROAD * width), default=width)
    views = "".join(view(*each, width, height, widest) for each in zip(cells, parts))
    return f'<div class="drawn cut" style="{shape}" role="img" aria-label="{alt}">{views}</div>'


def miniature(svg: str, panel: int, name: str) -> str:
    """One panel of a drawn figure, counted from 1, without its labels: a picture of the picture."""
    root, figure = parsed(in_theme(svg, name))
    group = next(group for group in figure if group.get("id") == f"{name}-axes_{panel}")
    left, top, right, bottom = box(group)
    for part in list(group):
        if "matplotlib.axis" in part.get("id", "") or part.get("id", "").startswith(f"{name}-text"):
            group.remove(part)
    shown = ElementTree.Element(f"{SVG}svg", {
        "viewBox": f"{left:.2f} {top:.2f} {right - left:.2f} {bottom - top:.2f}",
        "preserveAspectRatio": "xMidYMid slice", "aria-hidden": "true",
    })
    shown.extend([*(part for part in root if part is not figure), group])
    return f'<div class="miniature">{ElementTree.tostring(shown, encoding="unicode")}</div>'


def in_theme(svg: str, name: str) -> str:
    """The SVG in the face of the page, with ink, paper and blue as its theme has them.

    Its ids begin with `name`: matplotlib gives the same ones to every figure of a page.
    """
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.S)
    svg = FACE.sub("", svg)
    svg = ACCENT.sub(lambda m: f"{m[1]}text-anchor: middle; {m[2]}{ALONE[m[3]]}", svg)
    blue = f"var(--neuron-negative, {NEGATIVE})"
    for drawn, themed_as in ((INK, "currentColor"), (PAPER, "none"), (NEGATIVE.lower(), blue)):
        svg = svg.replace(drawn, themed_as)
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r'(href=")#', rf"\1#{name}-", svg)
    return re.sub(r"url\(#", f"url(#{name}-", svg)


def parsed(svg: str) -> tuple:
    """Its root, and in it the group of the whole figure."""
    root = ElementTree.fromstring(svg)
    return root, next(group for group in root if group.get("id", "").endswith("figure_1"))


def box(group) -> tuple | None:
    """(left, top, right, bottom) of the axes that a group draws; None where it is no axes."""
    if "-axes_" not in group.get("id", ""):
        return None
    path = group.find(f"{SVG}g/{SVG}path")
    numbers = [float(v) for v in re.findall(r"-?\d+\.?\d*", path.get("d", ""))]
    xs, ys = numbers[::2], numbers[1::2]
    return (min(xs), min(ys), max(xs), max(ys)) if xs and ys else None


def cut(boxes, width: float, height: float, trim: bool = False) -> list[tuple]:
    """The cells (x, y, width, height) in which panels lie, row by row; one: it is not cut.

    Cells that are trimmed have room for labels left and right of a panel, and no more.
    """
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
        for x, end, panel in zip(sides, sides[1:], row):
            if trim:
                x, end = max(x, panel[0] - LABELS[0]), min(end, panel[2] + LABELS[1])
            cells.append((x, top, end - x, bottom - top))
    return cells


def place(found, cells) -> int:
    """The number of the cell nearest to the middle of a box; the first for what has none."""
    if not found:
        return 0
    x, y = (found[0] + found[2]) / 2, (found[1] + found[3]) / 2

    def away(cell):
        left, top, w, h = cell
        return max(left - x, x - left - w, 0) + max(top - y, y - top - h, 0)

    return min(range(len(cells)), key=lambda k: away(cells[k]))


def view(cell, parts, width: float, height: float, widest: float) -> str:
    """The part of a figure that lies in a cell, and its part of the widest one."""
    x, y, w, h = cell
    at = {"left": x / width, "top": y / height, "width": w / width, "height": h / height}
    style = ";".join(f"{key}:{value:.4%}" for key, value in at.items())
    style += f";--part:{min(1, w / widest):.4g}"
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
