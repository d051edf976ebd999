"""What lib offers, read from its sources: modules in the order of the map, and public names."""

import ast
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from lib.paper import ITEMS

PAGES = "appendix/lib/"
LONG = {
    "Lem.": "Lemma", "Prop.": "Proposition",
    "Thm": "Theorem", "Thm.": "Theorem", "Cor.": "Corollary",
}
CITED = re.compile(
    r"\b(Eq\.|Fig\.|Figures?|Lemma|Lem\.|Prop\.|Proposition|Thm\.?|Theorem|Cor\.|Corollary)"
    r"\s+((?:\(?\d+\)?(?:,\s*|\s+and\s+)?)+)"
)
WIDTH = 66  # columns of a signature on one line


@dataclass
class Entry:
    """A function, a class, or a method or property of a class."""

    name: str
    kind: str
    signature: str
    doc: str
    path: str
    lines: tuple[int, int]
    source: str
    arguments: list[str]
    members: list = field(default_factory=list)

    @property
    def short(self):
        return self.name.rsplit(".", 1)[1]


@dataclass
class Module:
    """A module of lib, or of one of its packages, with what is public in it."""

    name: str
    doc: str
    path: str
    entries: list[Entry]


def items(doc: str) -> list[str]:
    """The items of the paper that a docstring cites, in the paper's order."""
    found = set()
    for kind, numbers in CITED.findall(doc):
        kind = "Fig." if kind.startswith("Fig") else LONG.get(kind, kind)
        found |= {f"{kind} {number}" for number in re.findall(r"\d+", numbers)}
    return [item for item in ITEMS if item in found]


def mapped(doc: str) -> list[tuple[str, str]]:
    """[(module, what it is)]: the map in the docstring of a package, in its order."""
    return re.findall(r"^(\w+)  +(\S.*)", doc, re.M)


def anchor(name: str) -> str:
    """The id of a public name on its page: lib-flow-gradient_flow."""
    return name.replace(".", "-")


def page(name: str) -> str:
    """The document of a public name: that of lib.engines.cpu.Engine is appendix/lib/engines."""
    return PAGES + name.split(".")[1]


@cache
def library(root: Path) -> dict[str, list[Module]]:
    """{name in the map: its modules}: itself, and those of a package in the order of its map."""
    found = {}
    for name, _ in mapped(library_doc(root)):
        path = root / "lib" / f"{name}.py"
        folder = root / "lib" / name
        paths = [path]
        if folder.is_dir():
            paths = [folder / "__init__.py"]
            order = [own for own, _ in mapped(_doc(paths[0]))]
            rest = sorted(p for p in folder.glob("*.py") if not p.name.startswith("_"))
            rest.sort(key=lambda p: order.index(p.stem) if p.stem in order else len(order))
            paths += rest
        found[name] = [module(root, path) for path in paths]
    return found


@cache
def names(root: Path) -> dict[str, Entry]:
    """{qualified name: entry} of all that is public."""
    return {
        entry.name: entry
        for modules in library(root).values()
        for each in modules
        for top in each.entries
        for entry in (top, *top.members)
    }


@cache
def modules(root: Path) -> set[str]:
    """The names of all modules that have a place on a page."""
    return {each.name for group in library(root).values() for each in group}


@cache
def exports(root: Path) -> dict[str, str]:
    """{lib.explorers.Delta: lib.explorers.delta.Delta}: what packages hand on."""
    found = {}
    for path in (root / "lib").glob("*/__init__.py"):
        for node in ast.parse(path.read_text("utf8")).body:
            if isinstance(node, ast.ImportFrom) and node.level == 1:
                for alias in node.names:
                    own = f"lib.{path.parent.name}"
                    found[f"{own}.{alias.name}"] = f"{own}.{node.module}.{alias.name}"
    return found


def module(root: Path, path: Path) -> Module:
    """A module, read from its source."""
    text, own = path.read_text("utf8"), path.relative_to(root).as_posix()
    tree = ast.parse(text)
    name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
    entries = [
        _entry(node, name, own, text) for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name[0] != "_"
    ]
    return Module(name, ast.get_docstring(tree) or "", own, entries)


def library_doc(root: Path) -> str:
    """The docstring of lib, with the map."""
    return _doc(root / "lib" / "__init__.py")


def _doc(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text("utf8"))) or ""


def _entry(node, above: str, path: str, text: str) -> Entry:
    """An entry for a definition; that of a class has its documented public members."""
    name = f"{above}.{node.name}"
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    lines = first, node.end_lineno
    source = "\n".join(text.split("\n")[first - 1 : node.end_lineno])
    doc = ast.get_docstring(node) or ""
    if isinstance(node, ast.FunctionDef):
        kind, signature, arguments = _function(node, text)
        return Entry(name, kind, signature, doc, path, lines, _plain(source), arguments)
    members = [
        _entry(each, name, path, text) for each in node.body
        if isinstance(each, ast.FunctionDef) and ast.get_docstring(each)
        and (each.name[0] != "_" or each.name.startswith("__"))
    ]
    for member in members:
        member.kind = "method" if member.kind == "function" else member.kind
    signature, arguments = _class(node, text)
    return Entry(name, "class", signature, doc, path, lines, source, arguments, members)


def _plain(source: str) -> str:
    """Source without the indentation that it has in a class."""
    indent = len(source) - len(source.lstrip(" "))
    return "\n".join(line[indent:] if line[:indent].isspace() else line
                     for line in source.split("\n"))


def _function(node, text: str):
    """Kind, signature and the names of the arguments."""
    decorators = {ast.unparse(each).split(".")[-1] for each in node.decorator_list}
    args = node.args
    arguments = [each.arg for each in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
    arguments = [each for each in arguments if each not in ("self", "cls")]
    result = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    if decorators & {"property", "cached_property", "setter"}:
        return "property", f"{node.name}{result}", []
    return "function", _fitted(node.name, _parts(args, text), result), arguments


def _parts(args, text: str) -> list[str]:
    """The arguments as they are written, without self."""
    def part(arg, default=None):
        kind = f": {ast.unparse(arg.annotation)}" if arg.annotation else ""
        equals = " = " if kind else "="
        value = f"{equals}{ast.get_source_segment(text, default)}" if default else ""
        return f"{arg.arg}{kind}{value}"

    first = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(first) - len(args.defaults)) + args.defaults
    parts = [part(*each) for each in zip(first, defaults) if each[0].arg not in ("self", "cls")]
    if args.vararg or args.kwonlyargs:
        parts.append(f"*{part(args.vararg)}" if args.vararg else "*")
    parts += [part(*each) for each in zip(args.kwonlyargs, args.kw_defaults)]
    return parts + ([f"**{part(args.kwarg)}"] if args.kwarg else [])


def _class(node, text: str):
    """Signature and names of a class: its fields, the arguments of __init__, or what it extends."""
    bases = [ast.unparse(each) for each in node.bases]
    fields = [each for each in node.body if isinstance(each, ast.AnnAssign)]
    held = {ast.unparse(each).split("(")[0].split(".")[-1] for each in node.decorator_list}
    known = [each.target.id for each in fields]
    known += [target.id for each in node.body if isinstance(each, ast.Assign)
              for target in each.targets if isinstance(target, ast.Name) and target.id[0] != "_"]
    known += [each.name for each in node.body if isinstance(each, ast.FunctionDef)
              and each.name[0] != "_"]
    if "dataclass" in held or "NamedTuple" in bases:
        fields = [each for each in fields if each.target.id[0] != "_"]
        return f"class {_fitted(node.name, [ast.unparse(each) for each in fields])}", known
    for each in node.body:
        if isinstance(each, ast.FunctionDef) and each.name == "__init__":
            own = _function(each, text)[2]
            return f"class {_fitted(node.name, _parts(each.args, text))}", own + known
    return f"class {node.name}" + (f"({', '.join(bases)})" if bases else ""), known


def _fitted(name: str, parts: list[str], result: str = "") -> str:
    """A signature on one line, or with a line for each argument."""
    line = f"{name}({', '.join(parts)}){result}"
    if len(line) <= WIDTH:
        return line
    return f"{name}(\n" + "".join(f"    {part},\n" for part in parts) + f"){result}"
