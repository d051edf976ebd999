"""Modules of lib import one way, as the map says, and keep their private names to themselves."""
import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LIB = ROOT / "lib"
PACKAGES = [path.parent for path in sorted(LIB.rglob("__init__.py"))]
FILES = sorted(LIB.rglob("*.py"))


def name(path):
    return path.relative_to(ROOT).as_posix()


def modules(folder):
    """The modules and packages in a folder of lib."""
    found = {path.stem for path in folder.glob("*.py")} | {p.parent.name
             for p in folder.glob("*/__init__.py")}
    return found - {"__init__", "__main__"}


def mapped(folder):
    """The modules in the docstring of a package, in its order; none where it has no map."""
    text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf8"))) or ""
    return re.findall(r"^(\w+)  +\S", text, re.M)


def imports(path):
    """[(folder, module, names)] of what a file imports from lib, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf8"))):
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.level:
            folder = path.parents[node.level - 1]
            parts = node.module.split(".") if node.module else []
        elif (node.module or "").split(".")[0] == "lib":
            folder, parts = LIB, node.module.split(".")[1:]
        else:
            continue
        names = [alias.name for alias in node.names]
        while parts and (folder / parts[0]).is_dir():
            folder, parts = folder / parts[0], parts[1:]
        if parts:
            yield folder, parts[0], names
        else:                                                            # from . import a, b
            for own in names:
                yield folder, own if own in modules(folder) else "__init__", [own]


@pytest.mark.parametrize("folder", PACKAGES, ids=name)
def test_a_map_names_every_module_once(folder):
    names = mapped(folder)
    if folder == LIB or names:
        assert sorted(names) == sorted(modules(folder))


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_module_imports_only_what_is_above_it_in_the_map(path):
    if path.name in ("__init__.py", "__main__.py"):
        return
    for folder, module, _ in imports(path):
        for shared in [folder, *folder.parents]:                         # where the two part
            if path.is_relative_to(shared):
                break
        own = (path.relative_to(shared).parts[0]).removesuffix(".py")
        other = folder.relative_to(shared).parts[0] if folder != shared else module
        order = mapped(shared)
        if own != other and order:
            assert order.index(other) < order.index(own), f"{own} imports {other}"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_module_imports_a_private_name_of_another(path):
    for folder, module, names in imports(path):
        for own in names:
            private = own.startswith("_") and not own.startswith("__")
            assert not private or own in modules(folder), f"{module}.{own}"
        if module.startswith("_") and not module.startswith("__"):
            assert folder == path.parent, f"{module} is private to {name(folder)}"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_module_reaches_into_another(path):
    tree = ast.parse(path.read_text("utf8"))
    others = {own for folder, module, names in imports(path) for own in names
              if own in modules(folder)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            private = node.attr.startswith("_") and not node.attr.startswith("__")
            assert not private or node.value.id not in others, f"{node.value.id}.{node.attr}"


def test_the_readme_has_the_same_order():
    text = (ROOT / "README.md").read_text("utf8")
    listed = text[text.index("The modules of `lib`"):text.index("Every public docstring")]
    found = [word for word in re.findall(r"`(\w+)`", listed) if word != "lib"]
    assert found == mapped(LIB)


def test_the_rules_see_what_breaks_them(tmp_path):
    path = LIB / "samples.py"
    text = path.read_text("utf8")
    for line, seen in (
        ("from .training import train", (LIB, "training", ["train"])),
        ("from . import network", (LIB, "network", ["network"])),
        ("from lib.engines._lanes import pack", (LIB / "engines", "_lanes", ["pack"])),
    ):

        class Changed(type(path)):
            def read_text(self, encoding, line=line):
                return f"{text}\n\ndef late():\n    {line}\n"
        assert seen in list(imports(Changed(path)))
