"""The words of the glossary: explained where a chapter first uses one, and listed in the index.

In each chapter the first mention of a word in the running text leads to its definition, which is
shown when the mention is touched (previews).  ```{book_index}``` lists words, definitions and
statements, and functions, with the sections where each is.
"""

import re
from hashlib import sha256
from pathlib import Path

import library
import titles
from contents import documents
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

CHAPTERS = "chapters/"
LETTER = re.compile(r"[a-z]", re.I)
# Words of the language, too: a mention need not mean what the glossary says.
PLAIN = {
    "arrived", "caught", "chance", "claim", "dead", "direction", "feature", "force", "law", "lift",
    "measure", "metric", "not finished", "sample", "sees", "size", "standing still", "time", "turn",
    "width", "loss", "mass", "kappa", "delta", "ledger", "verdict", "radius",
}


class book_index(nodes.General, nodes.Element):
    """Where the index goes."""


class BookIndex(SphinxDirective):
    """```{book_index}``` with no argument or content."""

    def run(self):
        self.env.book_index = self.env.docname
        return [book_index()]


def terms(env) -> dict[str, tuple[str, str]]:
    """{word of the glossary: (document, place)}."""
    objects = env.get_domain("std").objects
    return {name: place for (kind, name), place in objects.items() if kind == "term"}


def mention(words):
    """What finds any of the words, the longest first, in singular or plural."""
    longest = sorted(words, key=lambda word: (-len(word), word))
    return re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, longest))})(?:s|es)?(?![\w-])", re.I)


def running(doctree):
    """The paragraphs of the running text: no captions, boxes, tables or lists."""
    return [node for node in doctree.findall(nodes.paragraph)
            if isinstance(node.parent, nodes.section)]


def explain(app, doctree, docname):
    """Lead from the first mention of each word of the glossary in a chapter to its definition."""
    known = {word.lower(): place for word, place in terms(app.env).items() if word not in PLAIN}
    if not docname.startswith(CHAPTERS) or not known:
        return
    wanted = mention(known)
    for paragraph in running(doctree):
        for text in [child for child in paragraph if isinstance(child, nodes.Text)]:
            parts = marked(text, wanted, known, app.builder, docname)
            if len(parts) > 1:
                place = paragraph.index(text)
                paragraph[place : place + 1] = parts


def marked(text, wanted, known, builder, docname):
    """The text with links from the words in it that are still in `known`, which loses them."""
    parts, at = [], 0
    for match in wanted.finditer(text):
        word = match[1].lower()
        if word not in known:
            continue
        document, place = known.pop(word)
        uri = f"{builder.get_relative_uri(docname, document)}#{place}"
        link = nodes.reference("", match[0], internal=True, refuri=uri, classes=["word"])
        parts += [nodes.Text(text[at : match.start()]), link]
        at = match.end()
    return [part for part in [*parts, nodes.Text(text[at:])] if part.astext()]


def kept(env) -> dict[str, list]:
    """{chapter: [(place, title, running text)]}, a section each."""
    env.book_words = getattr(env, "book_words", {})
    return env.book_words


def collect(app, doctree):
    """Keep the running text of a chapter, and the names of statements on any page."""
    env, found = app.env, []
    kept(env).pop(env.docname, None)
    named(env)[env.docname] = [
        (title, node["ids"][0], kind) for node in doctree.findall(nodes.Element)
        if "proof" in node.get("classes", ()) and node["ids"] and (title := name(node))
        and (kind := node["classes"][1]) != "proof"
    ]
    if not env.docname.startswith(CHAPTERS):
        return
    for section in doctree.findall(nodes.section):
        title = next(section.findall(nodes.title), None)
        if title is not None and section["ids"]:
            text = " ".join(node.astext() for node in section
                            if isinstance(node, nodes.paragraph))
            found.append((section["ids"][0], titles.parts(title), text))
    kept(env)[env.docname] = found


def named(env) -> dict[str, list]:
    """{page: [(title, place, kind)]} of its definitions, lemmas and other statements."""
    env.book_statements = getattr(env, "book_statements", {})
    return env.book_statements


def name(statement) -> str:
    """The title of a statement without its brackets, "" for one with none or with a formula."""
    title = next(statement.findall(nodes.title), None)
    if title is None or any("\\" in node.astext() for node in title.findall(nodes.math)):
        return ""
    return title.astext().strip(" ()")


def purge(app, env, docname):
    kept(env).pop(docname, None)
    named(env).pop(docname, None)


def merge(app, env, docnames, other):
    for store in (kept, named):
        store(env).update({name: all_ for name, all_ in store(other).items() if name in docnames})


def where(env) -> dict[str, list[tuple]]:
    """{word: [(chapter, place, title)]}: in each chapter the section that says it most."""
    words = {word.lower(): word for word in terms(env) if word not in PLAIN}
    found = {word: [] for word in words.values()}
    if not words:
        return found
    wanted = mention(words)
    for document in filter(kept(env).__contains__, documents(env)):
        counts = {}
        for place, title, text in kept(env)[document]:
            for match in wanted.finditer(text):
                at = counts.setdefault(words[match[1].lower()], {})
                at[place, title] = at.get((place, title), 0) + 1
        for word, at in counts.items():
            found[word].append((document, *max(at, key=at.get)))
    return found


def entries(app, docname) -> list[tuple[str, list]]:
    """[(word, nodes)] of the index, in the order of the alphabet."""
    env, uri = app.env, lambda document: app.builder.get_relative_uri(docname, document)

    def link(text, document, place="", code=False):
        words = nodes.literal("", text, module="none") if code else nodes.Text(text)
        return nodes.reference("", "", words, internal=True,
                               refuri=uri(document) + (f"#{place}" if place else ""))

    found, sections = [], where(env)
    for word, (document, place) in terms(env).items():
        line = [link(word, document, place)]
        for k, (chapter, at, title) in enumerate(sections.get(word, ())):
            line += [nodes.Text(", " if k else ": "), titles.link(title, f"{uri(chapter)}#{at}")]
        found.append((word, line))
    for document, statements in named(env).items():
        for title, place, kind in statements:
            found.append((title, [link(title, document, place), nodes.Text(f" ({kind})")]))
    for name, entry in library.names(Path(app.srcdir)).items():
        if entry.kind in ("function", "class"):
            above = name.rsplit(".", 1)[0]
            found.append((entry.short, [
                link(entry.short, library.page(name), library.anchor(name), code=True),
                nodes.Text(f" ({above})")]))
    return sorted(found, key=lambda pair: (pair[0].lower(), pair[0]))


def fill(app, doctree, docname):
    """The index: the letters, and under each its entries."""
    for node in list(doctree.findall(book_index)):
        letters = {}
        for word, line in entries(app, docname):
            first = LETTER.search(word)
            letters.setdefault(first[0].upper() if first else "#", []).append(line)
        bar = nodes.paragraph(classes=["letters"])
        lists = []
        for letter, lines in sorted(letters.items()):
            place = f"letter-{letter.lower()}"
            bar += [nodes.Text(" ")] * bool(len(bar)) + [
                nodes.reference("", letter, internal=True, refuri=f"#{place}")]
            lists.append(nodes.paragraph("", letter, classes=["letter"], ids=[place]))
            lists.append(nodes.bullet_list("", *(
                nodes.list_item("", nodes.paragraph("", "", *line)) for line in lines),
                classes=["book-index"]))
        node.replace_self([bar, *lists])


def changed(app, env):
    """The index when a chapter says other words; the chapters too when the glossary has others."""
    words = sha256(repr(sorted(terms(env).items())).encode()).hexdigest()
    told = sorted(kept(env).items()), sorted(named(env).items())
    texts = sha256(repr(told).encode()).hexdigest()
    before, env.book_words_written = getattr(env, "book_words_written", None), (words, texts)
    if before == (words, texts):
        return []
    chapters = kept(env) if before is None or before[0] != words else ()
    return sorted({*chapters, getattr(env, "book_index", "")} & env.found_docs)


def setup(app):
    app.add_node(book_index)
    app.add_directive("book_index", BookIndex)
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", changed)
    app.connect("doctree-resolved", explain, priority=650)
    app.connect("doctree-resolved", fill, priority=650)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "env_version": 1}
