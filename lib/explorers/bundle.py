"""Join the small ES modules of js/ into one scope and minify it, without node.

Supported syntax, checked: `import { a, b } from "./name.js";` on one line; at the top level one name a declaration,
`export function|class|const|let`, and `export default <expression>`.  As all modules share one scope, a top-level
name must not occur in two of them.
"""
import re
from pathlib import Path

try:
    import minify
except ImportError:  # no wheel for this machine: scripts are served as they are written, only larger
    minify = None

HERE = Path(__file__).parent
JS = HERE / "js"
_IMPORT = re.compile(r'^import\s*\{([^}\n]*)\}\s*from\s*"\./(\w+)\.js";[ \t]*\n?', re.M)
_DECLARED = re.compile(r"^(export\s+)?(?:async\s+)?(?:function\*?|class|const|let)\s+(\w+|\{[^}\n]*\})", re.M)
_SECOND = re.compile(r"^(?:export\s+)?(?:const|let)\s+\w+ = [^;{(\[\n]*, \w+ = .*$", re.M)
_DEFAULT = re.compile(r"^export\s+default\s+", re.M)


def source(name: str) -> str:
    """The text of the module js/<name>.js."""
    return (JS / f"{name}.js").read_text("utf8")


def order(*entries: str) -> list[str]:
    """The modules that `entries` need, dependencies first; raises ValueError for a cycle."""
    done = []

    def visit(name, trail=()):
        if name in trail:
            raise ValueError(f"import cycle: {' -> '.join(trail + (name,))}")
        if name not in done:
            for _, needed in _IMPORT.findall(source(name)):
                visit(needed, trail + (name,))
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
    """The modules that `entries` need in one scope; raises ValueError where two declare the same name."""
    names, owner = order(*entries), {}
    for name in names:
        exports = {needed: declared(needed)[1] for _, needed in _IMPORT.findall(source(name))}
        for wanted, needed in _IMPORT.findall(source(name)):
            missing = set(re.findall(r"[\w$]+", wanted)) - set(exports[needed])
            if missing:
                raise ValueError(f"{name}.js: {needed}.js exports no {', '.join(sorted(missing))}")
        for word in declared(name)[0]:
            if word in owner:
                raise ValueError(f"{name}.js and {owner[word]}.js both declare {word}: all modules share one scope")
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
    return small(f'(() => {{\n"use strict";\n{joined("runtime", *entries)}enliven({{ {table} }});\n}})();\n')


def globals_script(*names: str) -> str:
    """The modules as globals $name with their exports (for evaluation under V8)."""
    tables = ", ".join(f"${name}: {{ {', '.join(declared(name)[1])} }}" for name in order(*names))
    return f"var {{ {', '.join(f'${name}' for name in order(*names))} }} = (() => {{\n{joined(*names)}return {{ {tables} }};\n}})();\n"


def css() -> str:
    """The style of all explorers."""
    return (HERE / "explorers.css").read_text("utf8")
