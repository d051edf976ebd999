"""The text of a page on slides: which of it is shown, and how it is divided where it is long."""
import copy
import re

ROOM = 13.0  # lines of text that a slide has below its heading
ACROSS = 66  # letters in such a line
STATEMENTS = ("theorem", "proposition", "lemma", "definition", "corollary")
LEANS = re.compile(r"\s*(Then|Its?|They|Their|These|This|Such|So|But|With it)\b|"
                   r".*\b(such an?|of them|it is not)\b", re.DOTALL)


def sentences(paragraph):
    """The HTML of its sentences; in the source each has a line of its own."""
    lines = [""]
    for child in paragraph.contents:
        first, *others = str(child).split("\n") if child.name is None else [str(child)]
        lines[-1] += first
        lines += others
    return [line for line in lines if line.strip()]


def paragraph(sentences):
    """A paragraph of these sentences."""
    from bs4 import BeautifulSoup

    return BeautifulSoup(f"<p>{' '.join(sentences)}</p>", "html.parser").p


def goes_on(paragraph):
    """Whether it goes on with the sentence of the formula above it."""
    return bool(re.match(r"[a-z]", paragraph.get_text().strip()))


def leading(sentences, worked):
    """The sentences that lead to a formula: all in a worked example, else two that can stand."""
    start = 0 if worked else max(0, len(sentences) - 2)
    while start > max(0, len(sentences) - 4) and LEANS.match(sentences[start]):
        start -= 1
    return sentences[start:]


def bold(sentences):
    """Those in which something is named or stressed, and what follows a heading within the line."""
    heads = [re.fullmatch(r"\s*<strong>.*</strong>\s*", one) for one in ["", *sentences]]
    kept = {k for k, one in enumerate(sentences) if heads[k] or "<strong" in one}
    kept |= {k + 1 for k in kept if heads[k] and sentences[k].startswith("Let ")}
    kept |= {k - 1 for k in kept if k and k - 1 not in kept and LEANS.match(sentences[k])}
    return [one for k, one in enumerate(sentences) if k in kept]


def shown(part):
    """Whether it is a formula, a list or a table."""
    return part is not None and ("math" in (part.get("class") or []) or part.name in ("ul", "ol")
                                 or bool(part.select_one("table")))


def together(above, before, group):
    """Whether a formula goes with what is above it: words that lead to it, or a formula."""
    led = before is not None and (before.name == "p" or before.name == "div" and shown(before))
    return led and sum(map(_lines, above + group)) <= 1.4 * ROOM


def _lines(part) -> float:
    """About how many lines of text a part of a slide takes."""
    if "math" in (part.get("class") or []) and part.name == "div":
        rows = (len(rows.find_all(recursive=False)) for rows in part.select("mjx-itable"))
        count = next((number for number in rows if number > 1), 1)  # an outer one has one row
        high = part.select_one("mjx-munder, mjx-munderover, mjx-mfrac, mjx-msubsup")
        return 1.0 + (2.2 if high else 1.5) * count
    if part.name in ("p", "li"):
        return max(1.0, -(-len(part.get_text()) // ACROSS)) + 0.3
    if part.select_one("table"):
        return 1.4 * len(part.select("tr"))
    return sum(map(_lines, part.find_all(recursive=False))) or 0.0


def packed(groups):
    """Groups of parts, as many to a slide as it has room for."""
    parts, taken = [], 0.0
    for group in groups:
        lines = sum(map(_lines, group))
        if parts and taken + lines > ROOM + 1.3 * (lines < 1.5):  # no slide for one line
            yield parts
            parts, taken = [], 0.0
        parts, taken = [*parts, *group], taken + lines
    if parts:
        yield parts


def divided(box):
    """A statement or a prediction on one slide, or on two where it is long."""
    if "proof" in box["class"] and not set(box["class"]) & set(STATEMENTS):
        return
    parts = _inside(box)
    if sum(map(_lines, parts)) + 1.5 <= ROOM or len(parts) < 2:
        yield [box]
        return
    for part in [one for one in parts if one.name == "p" and goes_on(one)]:
        first, *others = sentences(part)
        if others:  # one that goes on stays with its formula
            part.replace_with(paragraph([first]), paragraph(others))
    parts = _inside(box)
    sizes = [_lines(part) for part in parts]
    halves = [k for k in range(1, len(parts)) if parts[k].name != "div"
              and not goes_on(parts[k])] or [len(parts) // 2]
    at = min(halves, key=lambda k: max(sum(sizes[:k]), sum(sizes[k:])))
    for kept in (range(at), range(at, len(parts))):
        half = copy.copy(box)
        for number, part in enumerate(_inside(half)):
            if number not in kept:
                part.decompose()
        if kept[0]:
            half.select_one(".admonition-title").append(", continued")
        yield [half]


def _inside(box):
    """The parts of a box below its title."""
    inner = box.find("section", recursive=False) or box
    return [part for part in inner.find_all(recursive=False)
            if "admonition-title" not in (part.get("class") or [])]
