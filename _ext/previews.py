"""What a link leads to, shown where it is: formulas, theorems, figures, words, citations.

Taken from each page as it is written and kept beside the other caches; one script holds them all,
and a page asks for it when a link is first touched.
"""

import json
import re
from pathlib import Path

from bs4 import BeautifulSoup

SHOWN = "div.math[id], div.proof[id], div.exercise[id], dl.glossary dt[id], div.citation[id]"
LIMIT = 24_000  # characters: a preview is no page
BEGIN = re.compile(
    r'<(div|dl|section)\b[^>]*\bclass="(?:[^"]* )?'
    r'(?:math|proof|exercise|glossary|citation|entry)[ "]|<(figure)\b'
)
DRAWING = re.compile(r"<svg\b.*</svg>", re.DOTALL)


def elements(body: str) -> str:
    """What previews are made of; to parse all of a page takes long."""
    found, end = [], 0
    while begin := BEGIN.search(body, end):
        start, name = begin.start(), begin[1] or begin[2]
        if name == "section":  # a function: it is shown as far as its first paragraph
            end = (body + "</p>").index("</p>", start)
            found.append(f"{body[start:end]}</p></section>")
            continue
        depth = 0
        for tag in re.compile(rf"<(/?){name}\b[^>]*>").finditer(body, start):
            depth += -1 if tag[1] else 1
            end = tag.end()
            if depth == 0:
                break
        else:
            end = len(body)
        # of a figure the caption is shown
        found.append(DRAWING.sub("", body[start:end]) if name == "figure" else body[start:end])
    return "".join(found)


def previews(body: str) -> dict[str, str]:
    """{id: HTML} of everything on a page that a link may show."""
    found = {}
    page = BeautifulSoup(elements(body), "html.parser")
    for node in page.select(SHOWN):
        name = node["id"]
        part = node.find_next_sibling("dd") if node.name == "dt" else node
        for extra in part.select(".headerlink, .backrefs, .eqno"):
            extra.decompose()
        html = str(part)
        if len(html) <= LIMIT:
            found[name] = html
    for entry in page.select("section.entry[id]"):  # a function: its signature, and what it is
        parts = entry.select_one(".signature"), entry.find("p", recursive=False)
        found[entry["id"]] = "".join(str(part) for part in parts if part)
    for figure in page.select("figure[id]"):  # its caption; the drawing itself is too large
        if caption := figure.find("figcaption"):
            for extra in caption.select(".headerlink"):
                extra.decompose()
            found[figure["id"]] = f"<p>{caption.decode_contents().strip()}</p>"
    return found


def folder(app) -> Path:
    return Path(app.outdir).parent / ".previews"


def keep(app, pagename, templatename, context, doctree):
    """Write the previews of a page down, for this build and for those to come."""
    if doctree is None or app.builder.format != "html":
        return
    path = folder(app) / f"{pagename}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(previews(context.get("body", ""))), "utf8")


def write(app, exception):
    """One script with the previews of all pages of the book."""
    if exception or app.builder.format != "html":
        return
    found = {}
    for name in sorted(app.env.found_docs):
        path = folder(app) / f"{name}.json"
        kept = json.loads(path.read_text("utf8")) if path.is_file() else {}
        for page in [name, *(["index"] if name == app.config.root_doc else [])]:
            found |= {f"{page}.html#{key}": html for key, html in kept.items()}
    text = f"window.bookPreviews = {json.dumps(found, ensure_ascii=False, sort_keys=True)};\n"
    (Path(app.outdir) / "_static" / "previews.js").write_text(text, "utf8")


def setup(app):
    app.connect("html-page-context", keep, priority=900)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
