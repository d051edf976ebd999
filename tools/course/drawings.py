"""The drawn figures of a page on slides: row by row, as large as a slide, with larger letters."""
import copy
import re

SHAPE = re.compile(r"aspect-ratio:([\d.]+)/([\d.]+)")
LARGER = 1.2  # what is written in a figure is written larger


def enlarge(drawn):
    """Make a drawing as large as a slide, and what is written in it larger still."""
    sized = drawn if "cut" in drawn["class"] else drawn.svg
    across, down = SHAPE.search(sized["style"]).groups()
    sized["style"] = re.sub(r"(?<![-\w])width:[^;]*",
                            f"width:min(90vw, 65vh * {across} / {down})", sized["style"])
    for text in drawn.find_all("text"):
        _write_larger(text)


def rows(figure):
    """The figure; one that is too high for its rows to be large, row by row."""
    drawn = figure.select_one(".drawn.cut")
    across, down = map(float, SHAPE.search(drawn["style"]).groups()) if drawn else (1.0, 0.1)
    if across >= 2 * down:
        return [figure]
    rows = {}
    for panel in drawn.find_all("svg", recursive=False):
        top, high = (re.search(rf"{key}:([\d.]+)%", panel["style"])[1] for key in ("top", "height"))
        rows.setdefault(top, []).append(panel)
        panel["style"] = re.sub(r"top:[^;]*", "top:0", panel["style"])
        panel["style"] = re.sub(r"(?<!-)height:[^;]*", "height:100%", panel["style"])
        panel["data-high"] = high
    if len(rows) == 1:
        return [figure]
    first, *others = [rows[top] for top in sorted(rows, key=float)]
    for row in others:
        if len(row) == len(first) and not any(map(_title, row)):
            for above, panel in zip(first, row):
                _title_as(above, panel)
    for panel in [one for row in rows.values() for one in row]:
        panel.extract()
    parts = []
    for top in sorted(rows, key=float):
        part = copy.copy(figure)
        shown = part.select_one(".drawn.cut")
        shape = f"{across} / {down * float(rows[top][0]['data-high']) / 100}"
        shown["style"] = f"aspect-ratio:{shape};width:min(90vw, 65vh * {shape})"
        shown.extend(rows[top])
        parts.append(part)
    return parts


def _corner(panel):
    """Where the left axis of a panel ends above, (x, y)."""
    for path in panel.find_all("path"):
        found = re.match(r"M ([1-9][\d.]*) ([\d.]+)\s+L \1 ([\d.]+)\s*$", path.get("d", ""))
        if found and "stroke-width: 0.7" in path.get("style", ""):
            return float(found[1]), min(float(found[2]), float(found[3]))
    return None


def _title(panel):
    """What stands just above the left axis of a panel, or None."""
    corner = _corner(panel)
    for text in panel.find_all("text") if corner else ():
        place = re.search(r"([\d.]+)[ ,]+([\d.]+)\)", str(text.get("transform")
                                                        or text.parent.get("transform")))
        if place and (abs(float(place[1]) - corner[0]) < 1
                      and 0 < corner[1] - float(place[2]) < 12):
            return text.parent
    return None


def _title_as(above, panel):
    """Repeat the title of the panel above, which stands on another slide."""
    title, old, new = _title(above), _corner(above), _corner(panel)
    if title is None or new is None:
        return
    shift = f"translate({new[0] - old[0]:.2f} {new[1] - old[1]:.2f})"
    again = copy.copy(title)
    again.attrs.pop("id", None)
    again["transform"] = f"{shift} {again.get('transform', '')}".strip()
    panel.append(again)


def _write_larger(text):
    """Write larger what stands in a figure, about its middle."""
    for part in [text, *text.find_all("tspan")]:
        part["style"] = re.sub(r"([\d.]+)px", lambda m: f"{LARGER * float(m[1]):.2f}px",
                               part.get("style", ""))
    places = [float(part["x"]) for part in text.find_all("tspan") if part.get("x")]
    if places:  # a formula, letter by letter
        middle = (LARGER - 1) * (max(places) + 5) / 2
        for part in text.find_all("tspan"):
            if part.get("x"):
                part["x"] = f"{LARGER * float(part['x']) - middle:.3f}"
