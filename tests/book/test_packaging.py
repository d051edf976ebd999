"""What lib imports is declared, once, so that `pip install` of a clone is enough to use it."""

import ast
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))
DISTRIBUTION = {
    "matplotlib_inline": "ipywidgets",
    "IPython": "ipywidgets",
    "llvmlite": "numba",
}  # they bring these
OPTIONAL = {"triton", "minify", "distributed"}  # lib works without them


def name(requirement):
    return re.match(r"[A-Za-z0-9._-]+", requirement)[0].lower().replace("_", "-")


def imported(path):
    """The top-level names that a module imports from outside."""
    for node in ast.walk(ast.parse(path.read_text("utf8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.split(".")[0]


def test_all_that_lib_imports_is_declared():
    declared = {name(requirement) for requirement in PROJECT["project"]["dependencies"]}
    used = {found for path in (ROOT / "lib").rglob("*.py") for found in imported(path)}
    foreign = used - set(sys.stdlib_module_names) - OPTIONAL - {"lib"}
    assert {name(DISTRIBUTION.get(module, module)) for module in foreign} <= declared


def test_every_folder_of_lib_is_packaged():
    folders = {
        path.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for path in (ROOT / "lib").rglob("*.py")
    }
    assert folders == set(PROJECT["tool"]["setuptools"]["packages"])


def test_no_requirement_is_written_twice():
    files = [ROOT / "requirements.txt", ROOT / "requirements-test.txt"]
    lines = [
        line for path in files for line in path.read_text("utf8").splitlines() if line[:1].isalpha()
    ]
    names = [name(line) for line in [*lines, *PROJECT["project"]["dependencies"]]]
    assert sorted(names) == sorted(set(names))
    assert "-e ." in (ROOT / "requirements.txt").read_text("utf8").splitlines()
