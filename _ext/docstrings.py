"""Docstrings as nodes of a page: prose, formulas typeset, arguments, examples, citations."""

import re
from functools import partial

from docutils import nodes
from formulas import tex
from library import items
from prose import split

from lib.paper import ITEMS

SENTENCE = re.compile(r"(?<!Eq\.)(?<!Sec\.)(?<!App\.)(?<!Fig\.)(?<!Prop\.)(?<=[.)])\s+(?=[A-Z])")
SIZES = r"\d*[mnsTk]?2?"
LONG = 60  # letters of a formula on one line
KINDS = {  # what a line of prose has beside words and formulas
    "code": r"`[^`]+`",
    "said": r'"[^"]{1,40}"|\b(?:Sec|App)\. [\w.]*\w|Williams et al\. 2019',
    "shape": r"\((?:\.\.\.(?:, [\w +/]+)*|[\w +*]+,|[\w*]+(?:, \w+)*, \.\.\.(?:, [\w ]+)*"
             r"|\*\w+(?:, \w+)*"
             rf"|{SIZES}(?:, {SIZES})+)\)",
    "cite": r"\b(?:Eq\.|Fig\.|Figures?|Lemma|Prop\.|Thm\.?|Theorem|Cor\.)"
            r"\s+\(?\d+\)?(?:[,-]\s*\(?\d+\)?|\s+and\s+\(?\d+\)?)*",
    "equation": r"(?<=[\w~,] )\(\d{1,2}\)(?!\d)",
    "name": r"(?<![\w.])_?[A-Za-z_]{2,}(?:\.[A-Za-z_]\w*)+\b(?:\(\))?|(?<![\w.)])\.\w{2,}\b"
            r"|[\w/<>]+\.(?:py|js|zip)\b|\bjs/\w*|(?<![\w)\]}'~|>])_[A-Za-z_]\w*",
    "word": r"\b(?:b?float(?:16|32|64)|int32|bool|None|True|False|nan|\w+(?:Error|Warning))\b",
}
PIECE = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in KINDS.items()))
LETTER = re.compile(r"[mnsT]")


def inline(text: str, names=(), link=None):
    """The nodes of a line of prose.

    names: arguments and fields, which are code where they stand alone;  link: name -> whether it is
    public, and so to be linked (what `reference` does with code).
    """
    found, at = [], 0
    text = " ".join(text.split("\n"))
    for match in PIECE.finditer(text):
        made = _piece(match.lastgroup, match[0])
        if made is None:
            continue
        found += _prose(text[at : match.start()], names, link) + made
        at = match.end()
    return found + _prose(text[at:], names, link)


def _piece(kind, text):
    """The nodes of one piece; None where it is prose after all."""
    if kind == "said":
        return [nodes.Text(text)]
    if kind == "shape":
        return [_code(text)] if LETTER.search(text) or "..." in text else None
    if kind == "cite":
        known = items(text)
        return cited(known) or [nodes.Text(text)]
    if kind == "equation":
        item = f"Eq. {text[1:-1]}"
        return [_cited(item, text)] if item in ITEMS else None
    return [_code(text.strip("`"))]


def cited(items):
    """Links to items of the paper, with commas between them."""
    parts = []
    for k, item in enumerate(items):
        parts += [nodes.Text(", ")] * bool(k) + [_cited(item, item)]
    return parts


def _cited(item, text):
    """A link to an item of the paper in the ledger (see reference.lead)."""
    return nodes.raw("", "", format="html", paper_item=item, paper_text=text)


def _code(text):
    return nodes.literal("", text)


def _prose(text, names, link):
    """Words, formulas and names of arguments."""
    found = []
    known = [name for name in names if len(name) > 2]
    for is_formula, part in split(text, known):
        if is_formula:
            found.append(nodes.math("", tex(part)))
            continue
        for word in re.split(r"(\b[A-Za-z_]\w*\b(?:\(\))?)", part):
            plain = word.removesuffix("()")
            public = link and plain and ("_" in plain or plain[0].isupper()) and link(plain)
            found.append(_code(word) if public or "_" in plain and plain in names
                         else nodes.Text(re.sub(r" {2,}", " ", word)))
    return _together(found)


def _together(parts):
    """Words that follow each other as one."""
    found = []
    for part in parts:
        if isinstance(part, nodes.Text) and found and isinstance(found[-1], nodes.Text):
            found[-1] = nodes.Text(found[-1] + part)
        elif part.astext() or not isinstance(part, nodes.Text):
            found.append(part)
    return found


def first(doc: str, names=(), link=None):
    """The nodes of what stands first in a docstring: its first paragraph."""
    return inline(doc.split("\n\n")[0].split(">>>")[0].strip(), names, link)


def blocks(doc: str, names=(), link=None):
    """The nodes of a docstring; what it has in backquotes are names, too."""
    names = [*names, *re.findall(r"`([A-Za-z]\w*)`", doc)]
    found, prose, own = [], [], partial(_paragraphs, names=names, link=link)
    lines = doc.split("\n")
    while lines:
        line = lines.pop(0)
        if line.startswith(">>>"):
            found, prose = found + own(prose), []
            example = [line]
            while lines and lines[0].strip():
                example.append(lines.pop(0))
            found.append(nodes.literal_block(
                "", "\n".join(example), language="pycon", classes=["example"]))
        elif line.startswith("    "):
            found, prose = found + own(prose), []
            shown = [line]
            while lines and (lines[0].startswith("    ") or not lines[0].strip()):
                shown.append(lines.pop(0))
            found += _display("\n".join(shown).rstrip())
        elif line.strip():
            prose.append(line)
        else:
            found, prose = found + own(prose), []
    return found + own(prose)


def _display(text):
    """Lines that stand alone: as a formula if all of it is one, with words in it, else as text."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if any(re.search(r"python -m|^\w+ {3,}\w+ \w+ \w+", line) for line in lines):
        return [nodes.literal_block("", "\n".join(line[4:] for line in text.split("\n")),
                                    language="text")]
    whole = "".join(f"{line}  " if line[-1] == "," else f"{line} " for line in lines).rstrip(" .,")
    rows = [row for part in re.split(r",?\s{3,}(?=\S)|,\s\s(?=\S)", whole) for row in _rows(part)]
    body = r"\\".join(rows)
    return [_math(rf"\begin{{aligned}}{body}\end{{aligned}}" if len(rows) > 1 else
                  rows[0].replace("&", ""))]


def _rows(text):
    """The rows of a formula in TeX, aligned at its relations; a long one has one for each."""
    start, *rest = re.split(r"\s(?==\s)", text)
    if not rest:
        return [f"&{tex(start)}"]
    if len(text) <= LONG:
        return [f"{tex(start)} &{tex(' '.join(rest))}"]
    return [f"{tex(start)} &{tex(rest[0])}", *(f"&{tex(part)}" for part in rest[1:])]


def _math(body):
    node = nodes.math_block("", body)
    node["number"], node["nowrap"] = None, True
    return node


def _paragraphs(lines, names, link):
    """A paragraph, cut where arguments are told one by one: these are a list."""
    if not lines:
        return []
    text = "\n".join(lines)
    if not names:
        return _sentences(text, names, link)
    own = "|".join(sorted(map(re.escape, set(names)), key=len, reverse=True))
    told = re.compile(rf"(?:^|(?<=[;.)]\s)|(?<=[;.]\s\s))((?:{own})(?:, (?:{own}))*):\s", re.M)
    found, at, terms = [], 0, None
    for match in told.finditer(text):
        before = text[at : match.start()].strip()
        if before and terms is None:
            found += _sentences(before, names, link)
        elif before:
            terms = _told(terms, before, found, names, link)
        if terms is None:
            terms = nodes.definition_list(classes=["arguments"])
            found.append(terms)
        terms += _argument(match[1])
        at = match.end()
    rest = text[at:].strip()
    if terms is None:
        return found + _sentences(rest, names, link)
    _told(terms, rest, found, names, link)
    return found


def _argument(listed):
    term = nodes.term()
    for k, name in enumerate(listed.split(", ")):
        term += [nodes.Text(", ")] * bool(k) + [_code(name)]
    return nodes.definition_list_item("", term)


def _told(terms, text, found, names, link):
    """What is told of the last argument: its first sentence; what follows is prose again."""
    said, *more = SENTENCE.split(text, maxsplit=1)
    words = nodes.paragraph("", "", *inline(said.rstrip(";").rstrip(), names, link))
    terms[-1] += nodes.definition("", words)
    if more:
        found += _sentences(more[0], names, link)
        return None
    return terms


def _sentences(text, names, link):
    """Prose; a sentence that is nothing but a long formula stands on a line of its own."""
    found, words = [], []

    def flush():
        if words:
            found.append(nodes.paragraph("", "", *inline(" ".join(words), names, link)))
            words.clear()

    for sentence in SENTENCE.split(text):
        whole = " ".join(sentence.split("\n")).rstrip(".")
        parts = split(whole, names)
        alone = all(is_formula or part.isspace() for is_formula, part in parts)
        if alone and len(whole) > 40 and not PIECE.search(whole):
            flush()
            found += _display(whole)
        else:
            words.append(sentence)
    flush()
    return found
