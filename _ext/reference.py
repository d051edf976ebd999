"""The functions of lib: a page a module, an index of them, and links from code in the text.

```{library} flow``` makes a page of lib.flow, or of the modules of a package: each public name with
its signature, its docstring, its source, and where the book uses it.  ```{functions}``` lists all
names in the order of the map.  Uses are read from the cells of all pages.
"""

import html
from functools import partial
from pathlib import Path

import library
from docstrings import blocks, cited, first
from docutils import nodes
from ledger import LEDGER, anchor
from library import page
from sphinx.util.docutils import SphinxDirective
from uses import uses

APART = "\u2002"  # an en space


class Library(SphinxDirective):
    """The page of a module of the map."""

    required_arguments = 1

    def run(self):
        root, name = Path(self.env.srcdir), self.arguments[0]
        modules = library.library(root).get(name)
        if modules is None:
            raise self.error(f"the map of lib has no module {name!r}")
        for each in modules:
            self.env.note_dependency(str(root / each.path))
        head, *rest = modules
        shown = blocks(_told(head.doc), link=partial(public, root, head.name))
        found = [*shown, *(self.entry(each, head) for each in head.entries)]
        for each in rest:
            section = self.section(each.name, each.name.removeprefix(f"lib.{name}."))
            section += blocks(each.doc, link=partial(public, root, each.name))
            section += [self.entry(entry, each) for entry in each.entries]
            found.append(section)
        if not any(each.entries for each in modules):
            found += source(self.env, head.path, None, (root / head.path).read_text("utf8"))
        return found

    def section(self, name, title, *classes):
        """A section with the place of a name, which the search finds too."""
        place = library.anchor(name)
        section = nodes.section("", nodes.title("", title), ids=[place], names=[name])
        section["classes"] += classes
        self.state.document.note_explicit_target(section)
        return section

    def entry(self, entry, module):
        """The section of a function or class; methods are sections of their class."""
        root, names = Path(self.env.srcdir), entry.arguments
        section = self.section(entry.name, entry.short, "entry")
        code = nodes.literal_block(
            "", entry.signature, language="python", classes=["signature"])
        link = partial(public, root, module.name)
        section += [code, *blocks(entry.doc, names, link), uses(name=entry.name)]
        section += source(self.env, entry.path, entry.lines, entry.source)
        for member in entry.members:
            own = [*member.arguments, *names]
            part = self.section(member.name, member.short, "entry", "member")
            kind = "property " if member.kind == "property" else ""
            part += nodes.literal_block(
                "", kind + member.signature, language="python", classes=["signature"])
            part += [*blocks(member.doc, own, link), uses(name=member.name)]
            section += part
        for node in section.findall(nodes.literal):
            node.setdefault("module", module.name)
        return section


class Functions(SphinxDirective):
    """The index of all modules."""

    def run(self):
        root, found = Path(self.env.srcdir), []
        told = dict(library.mapped(library.library_doc(root)))
        for name, modules in library.library(root).items():
            found.append(nodes.paragraph(
                "", "", lib_link(f"lib.{name}", name), nodes.Text(f"{APART}{told[name]}"),
                classes=["module"]))
            entries = [entry for each in modules for entry in each.entries]
            if entries:
                found.append(nodes.container("", rows(root, entries), classes=["wide"]))
        return found


def _told(doc):
    """The docstring of a module without the map of a package."""
    return "\n\n".join(part for part in doc.split("\n\n") if not library.mapped(part))


def rows(root, entries):
    """A table: name, what it is, and what of the paper it cites."""
    group = nodes.tgroup(cols=3)
    group.extend(nodes.colspec(colwidth=width) for width in (24, 56, 20))
    body = nodes.tbody()
    for entry in entries:
        above = entry.name.rsplit(".", 1)[0]
        doc = first(entry.doc, entry.arguments, partial(public, root, above))
        paper = nodes.paragraph("", "", *cited(library.items(entry.doc)))
        for node in doc:
            if isinstance(node, nodes.literal):
                node["module"] = above
        link = nodes.paragraph("", "", lib_link(entry.name, entry.short))
        body += nodes.row("", nodes.entry("", link),
                          nodes.entry("", nodes.paragraph("", "", *doc)), nodes.entry("", paper))
    table = nodes.table("", group, classes=["functions"])
    group += body
    return table


def lib_link(name, text):
    """Code that leads to a name of lib when the page is resolved."""
    return nodes.literal("", text, lib_name=name)


def source(env, path, lines, text):
    """The source, folded, and where it is; with a link where the book has an address."""
    where = path if lines is None else f"{path}, lines {lines[0]}–{lines[1]}"
    shown = html.escape(where)
    address = env.config.book_address.strip().rstrip("/")
    if address:
        line = "" if lines is None else f"#L{lines[0]}-L{lines[1]}"
        place = f"{address}/blob/{env.config.book_branch}/{path}{line}"
        shown = f'<a href="{html.escape(place)}">{shown}</a>'
    return [
        nodes.raw("", '<details class="code source"><summary>source</summary>'
                      f'<p class="where">{shown}</p>', format="html"),
        nodes.literal_block("", text, language="python"),
        nodes.raw("", "</details>", format="html"),
    ]


def public(root, module, word):
    """The public name of lib that a word of code means in a module; "" where it means none."""
    known, handed = library.names(root), library.exports(root)
    word = word.strip().split("(")[0]
    for name in (word, f"{module}.{word}", f"lib.{word}", f"{module.rsplit('.', 1)[0]}.{word}"):
        name = handed.get(name, name)
        if name in known or name in library.modules(root):
            return name
    if module and "." not in word and ("_" in word or word[:1].isupper()):
        found = [name for name, entry in known.items()
                 if entry.short == word and entry.kind in ("function", "class")
                 and not name.startswith("lib.course.")]               # pictures have like names
        return found[0] if len(found) == 1 else ""
    return ""


def lead(app, doctree, docname):
    """Links from code to the functions it names, and from citations to the ledger."""
    root = Path(app.srcdir)
    for node in list(doctree.findall(nodes.literal)):
        name = node.get("lib_name") or public(root, node.get("module", ""), node.astext())
        if name and not _within(node, nodes.reference, nodes.title):
            place = address(app, docname, name)
            if place:
                node.replace_self(nodes.reference("", "", node.deepcopy(), internal=True,
                                                  refuri=place))
    ledger = app.builder.get_relative_uri(docname, LEDGER)
    for node in list(doctree.findall(lambda n: isinstance(n, nodes.raw) and "paper_item" in n)):
        node.replace_self(nodes.reference("", node["paper_text"], internal=True,
                                          refuri=f"{ledger}#{anchor(node['paper_item'])}"))


def address(app, docname, name):
    """Where a public name is told, from a page; "" on the same page, at the same place."""
    target = page(name)
    if target not in app.env.found_docs:
        return ""
    place = "" if name.count(".") == 1 else f"#{library.anchor(name)}"
    if target == docname:
        return place
    return app.builder.get_relative_uri(docname, target) + place


def _within(node, *kinds):
    while node.parent is not None:
        node = node.parent
        if isinstance(node, kinds):
            return True
    return False


def setup(app):
    app.add_directive("library", Library)
    app.add_directive("functions", Functions)
    app.connect("doctree-resolved", lead, priority=700)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
