"""Join the small ES modules of js/ into one scope and minify it, without node.

A module is js/<folder>/<name>.js, or written by Python (`made`, such as facts.js).  Supported
syntax, checked: `import { a, b } from "./name.js";` or "../folder/name.js"; at the top level one
name a declaration, `export function|class|const|let`, and `export default <expression>`.  As all
modules share one scope, a top-level name must not occur in two of them.
"""
import re
from collections.abc import Callable
from pathlib import Path

try:
    import minify
# no wheel for this machine: scripts are served as they are written, only larger
except ImportError:
    minify = None

HERE = Path(__file__).parent
JS = HERE / "js"
_IMPORT = re.compile(r'^import\s*\{([^}]*)\}\s*from\s*"([./\w]+/)(\w+)\.js";[ \t]*\n?', re.M)
_DECLARED = re.compile(
    r"^(export\s+)?(?:async\s+)?(?:function\*?|class|const|let)\s+(\w+|\{[^}]*\})", re.M)
_SECOND = re.compile(r"^(?:export\s+)?(?:const|let)\s+\w+ = [^;{(\[\n]*, \w+ = .*$", re.M)
_DEFAULT = re.compile(r"^export\s+default\s+", re.M)

made: dict[str, Callable[[], str]] = {}  # modules that Python writes: {name: text()}


def modules() -> dict[str, Path]:
    """Where the modules of js/ lie, {name: path}."""
    return {path.stem: path for path in sorted(JS.rglob("*.js"))}


def source(name: str) -> str:
    """The text of a module."""
    return made[name]() if name in made else modules()[name].read_text("utf8")


def needed(name: str) -> list[tuple[list[str], str]]:
    """What a module imports, [(names, module)]; raises ValueError for one that is not there."""
    found, places = [], modules()
    for names, folder, module in _IMPORT.findall(source(name)):
        path = JS / f"{module}.js" if module in made else places.get(module)
        if path is None or (places[name].parent / folder / f"{module}.js").resolve() != path:
            raise ValueError(f"{name}.js: there is no {folder}{module}.js")
        found.append((re.findall(r"[\w$]+", names), module))
    return found


def order(*entries: str) -> list[str]:
    """The modules that `entries` need, dependencies first; raises ValueError for a cycle."""
    done = []

    def visit(name, trail=()):
        if name in trail:
            raise ValueError(f"import cycle: {' -> '.join(trail + (name,))}")
        if name not in done:
            for _, module in needed(name):
                visit(module, trail + (name,))
            done.append(name)

    for entry in entries:
        visit(entry)
    return done


def declared(name: str) -> tuple[list[str], list[str]]:
    """The top-level names of a module, and those of them that it exports."""
    found = [(bool(export), word) for export, names in _DECLARED.findall(source(name))
             for word in re.findall(r"\w+", names)]
    return [word for _, word in found], [word for export, word in found if export]


def plain(name: str) -> str:
    """Module `name` without its imports and exports, its default export as `const $name`."""
    text = _DEFAULT.sub(f"const ${name} = ", _IMPORT.sub("", source(name)))
    text = re.sub(r"^export\s+(?=(async|function|class|const|let)\b)", "", text, flags=re.M)
    left = re.search(r"^\s*(import|export)\b.*$", text, re.M) or _SECOND.search(text)
    if left:
        raise ValueError(f"{name}.js: unsupported module syntax: {left[0].strip()}")
    return text


def joined(*entries: str) -> str:
    """The modules that `entries` need in one scope; raises ValueError for a name declared twice."""
    names, owner = order(*entries), {}
    for name in names:
        for wanted, module in needed(name):
            missing = set(wanted) - set(declared(module)[1])
            if missing:
                raise ValueError(f"{name}.js: {module}.js exports no {', '.join(sorted(missing))}")
        for word in declared(name)[0]:
            if word in owner:
                both = f"{name}.js and {owner[word]}.js both declare {word}"
                raise ValueError(f"{both}: all modules share one scope")
            owner[word] = name
    return "".join(map(plain, names))


def small(script: str) -> str:
    """The script minified, where the minifier is installed."""
    return minify.string("application/javascript", script) if minify else script


def module(entry: str) -> str:
    """One ES module with the default export of `entry` (for anywidget)."""
    return small(f"export default (() => {{\n{joined(entry)}return ${entry};\n}})();\n")


def page_script(*entries: str) -> str:
    """One classic script with every explorer and the runtime (for pages without a kernel)."""
    table = ", ".join(f"{entry}: ${entry}" for entry in entries)
    whole = f"{joined('runtime', *entries)}enliven({{ {table} }});"
    return small(f'(() => {{\n"use strict";\n{whole}\n}})();\n')


def globals_script(*names: str) -> str:
    """The modules as globals $name with their exports (for evaluation under V8)."""
    all_names = order(*names)
    tables = ", ".join(f"${name}: {{ {', '.join(declared(name)[1])} }}" for name in all_names)
    globs = ", ".join(f"${name}" for name in all_names)
    return f"var {{ {globs} }} = (() => {{\n{joined(*names)}return {{ {tables} }};\n}})();\n"
