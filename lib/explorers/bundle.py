"""Join the small ES modules of js/ into one file and minify it, without node.

Supported syntax, checked by tests: `import { a, b } from "./name.js";` on one line,
`export function|class|const|let`, `export default <expression>`.
"""
import re
from pathlib import Path

try:
    import minify
except ImportError:  # no wheel for this machine: scripts are served as they are written, only larger
    minify = None

HERE = Path(__file__).parent
JS = HERE / "js"
_IMPORT = re.compile(r'^import\s*\{([^}\n]*)\}\s*from\s*"\./(\w+)\.js";[ \t]*$', re.M)
_EXPORT = re.compile(r"^export\s+((?:async\s+)?(?:function\*?|class|const|let)\s+)(\w+)", re.M)
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


def wrap(name: str) -> str:
    """Module `name` as `const $name = (() => {... return {exports}})();`"""
    text = source(name)
    exports = [match[1] for match in _EXPORT.findall(text)]
    text = _IMPORT.sub(r"const {\1} = $\2;", text)
    text = _EXPORT.sub(r"\1\2", text)
    text, has_default = _DEFAULT.subn("const $default = ", text)
    left = re.search(r"^\s*(import|export)\b.*$", text, re.M)
    if left:
        raise ValueError(f"{name}.js: unsupported module syntax: {left[0].strip()}")
    if re.search(r"const \{[^}]*\bas\b", text):
        raise ValueError(f"{name}.js: unsupported module syntax: import with as")
    names = ", ".join(exports + ["default: $default"] * bool(has_default))
    return f"const ${name} = (() => {{\n{text}\nreturn {{ {names} }};\n}})();\n"


def small(script: str) -> str:
    """The script minified, where the minifier is installed."""
    return minify.string("application/javascript", script) if minify else script


def module(entry: str) -> str:
    """One ES module with the default export of `entry` (for anywidget)."""
    modules = "".join(map(wrap, order(entry)))
    return small(f"export default (() => {{\n{modules}return ${entry}.default;\n}})();\n")


def page_script(*entries: str) -> str:
    """One classic script with every explorer and the runtime (for pages without a kernel)."""
    modules = "".join(map(wrap, order("runtime", *entries)))
    table = ", ".join(f'"{entry}": ${entry}.default' for entry in entries)
    return small(f'(() => {{\n"use strict";\n{modules}$runtime.start({{ {table} }});\n}})();\n')


def globals_script(*names: str) -> str:
    """The modules as globals $name (for evaluation under V8)."""
    return "".join(wrap(name).replace("const $", "var $", 1) for name in order(*names))


def css() -> str:
    """The style of all explorers."""
    return (HERE / "explorers.css").read_text("utf8")
