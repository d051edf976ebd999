"""Where the book uses the functions of lib: read from the cells of all pages, told on theirs."""

import ast
from hashlib import sha256
from pathlib import Path

import library
import titles
from contents import documents
from docutils import nodes
from library import page

FEW = 12  # sections that use a name; where there are more, each page is named once


class uses(nodes.General, nodes.Element):
    """Where the links to the book go."""


def collect(app, doctree):
    """What of lib the cells of a page use, and in which sections."""
    root, found, bound = Path(app.srcdir), {}, {}
    for cell in doctree.findall(nodes.container):
        if "cell_input" not in cell["classes"]:
            continue
        section = cell.parent
        while section is not None and not (isinstance(section, nodes.section) and section["ids"]):
            section = section.parent
        title = section and next(section.findall(nodes.title), None)
        if not title:
            continue
        try:
            code = [block.astext() for block in cell.findall(nodes.literal_block)]
            tree = ast.parse("\n".join(code))
        except SyntaxError:                                            # of a magic, such as %timeit
            continue
        place = section["ids"][0], titles.parts(title)
        for name in sorted(calls(tree, bound, root)):
            places = found.setdefault(name, [])
            if place not in places:
                places.append(place)
    used(app.env).pop(app.env.docname, None)
    if found:
        used(app.env)[app.env.docname] = found


def calls(tree, bound, root):
    """The public names of lib in a cell; `bound` keeps what its imports, and earlier ones, bind."""
    known, handed, found = library.names(root), library.exports(root), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "lib":
            for alias in node.names:
                bound[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Attribute):
            name = ast.unparse(node)
            first_, _, rest = name.partition(".")
            if first_ in bound and rest.replace(".", "").replace("_", "").isalnum():
                found.add(f"{bound[first_]}.{rest}")
        elif isinstance(node, ast.keyword) and node.arg == "of" and isinstance(
            node.value, ast.Constant
        ):
            found.add(str(node.value.value))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in bound:
            found.add(bound[node.id])
    return {name for each in found if (name := handed.get(each, each)) in known}


def used(env):
    """{document: {name: [(place, title of the section)]}}."""
    kept = env.lib_uses = getattr(env, "lib_uses", {})
    return kept


def purge(app, env, docname):
    used(env).pop(docname, None)


def merge(app, env, docnames, other):
    used(env).update({name: kept for name, kept in used(other).items() if name in docnames})


def changed(app, env):
    """The pages of modules whose uses in the book are others than when they were written."""
    known = {}
    for document in sorted(used(env)):
        for name, places in used(env)[document].items():
            known.setdefault(page(name), []).append((document, name, places))
    digests = {name: sha256(repr(told_).encode()).hexdigest() for name, told_ in known.items()}
    before, env.lib_uses_written = getattr(env, "lib_uses_written", {}), digests
    return sorted(name for name in {*before, *digests} & env.found_docs
                  if before.get(name) != digests.get(name))


def fill(app, doctree, docname):
    """Tell on the page of a module where the book uses each of its names."""
    waiting = list(doctree.findall(uses))
    order = documents(app.env) if waiting else []
    for node in waiting:
        known = {document: used(app.env).get(document, {}).get(node["name"]) for document in order}
        node.replace_self(told(app, docname, {key: all_ for key, all_ in known.items() if all_}))


def told(app, docname, places):
    """{document: [(place, title)]} as links to the sections, or to the pages where many use it."""
    if not places:
        return []
    paragraph = nodes.paragraph("", "In the book: ", classes=["used"])
    many = sum(map(len, places.values())) > FEW
    for k, (document, sections) in enumerate(places.items()):
        uri = app.builder.get_relative_uri(docname, document)
        paragraph += [nodes.Text("; ")] * bool(k)
        if many:
            sections = [(sections[0][0], titles.parts(app.env.titles[document]))]
        for each, (place, title) in enumerate(sections):
            paragraph += [nodes.Text(", ")] * bool(each) + [
                titles.link(title, f"{uri}#{place}")]
    paragraph += nodes.Text(".")
    return [paragraph]


def setup(app):
    app.add_node(uses)
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", changed)
    app.connect("doctree-resolved", fill, priority=700)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "env_version": 1}
