"""Mathematics typeset when the book is built: formulas arrive with the page, and no script runs.

MathJax (its TeX input, CHTML output and MathML for screen readers) works in V8 on a light document
of its own.  Glyphs are drawn by the style sheet: it holds the rules of those that pages use, and
the fonts cut down to them, in itself, so that a page from the disk has them in every browser and no
formula waits for a font.
"""

import base64
import hashlib
import html
import io
import json
import re
import shutil
from collections import defaultdict
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from caches import cached
from docutils import nodes
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

LOG = logging.getLogger(__name__)
SHEET = "mathematics.css"
PARTS = [
    "loader.js", "core.js", "adaptors/liteDOM.js", "input/tex-full.js", "output/chtml.js",
    "output/chtml/fonts/tex.js", "a11y/assistive-mml.js",
]
BEFORE = """globalThis.global = globalThis;
globalThis.console = {log() {}, warn() {}, error() {}, info() {}};
globalThis.MathJax = {
    loader: {load: [], ready() {}, paths: {mathjax: ""}},
    startup: {typeset: false, ready() {}},
};
0"""
AFTER = """{
    const part = (place, name) => place[name + "_ts"] || place[name];
    const {mathjax, adaptors, handlers, input, output, a11y} = MathJax._;
    const {TeX} = part(input, "tex");
    const {CHTML} = part(output, "chtml");
    const {TeXFont} = part(output.chtml.fonts, "tex");
    globalThis.adaptor = adaptors.liteAdaptor.liteAdaptor();
    a11y["assistive-mml"].AssistiveMmlHandler(part(handlers, "html").RegisterHTMLHandler(adaptor));
    globalThis.chtml = new CHTML({adaptiveCSS: false, font: new TeXFont({fontURL: ""})});
    globalThis.doc = mathjax.mathjax.document("", {
        InputJax: new TeX({
            packages: ["base", "ams"],
            formatError(jax, error) { throw Error(error.message); },
        }),
        OutputJax: chtml,
    });
}
0"""
DRAWN = re.compile(
    r'class="(mjx-c[0-9A-F]+(?: TEX-\w+)?)[ "]'
)  # the glyphs of a page, and the parts of tall ones
RULE = re.compile(r"\.(mjx-c[0-9A-F]+)(?:\.(TEX-\w+))?")
CONTENT = re.compile(r"\\([0-9A-Fa-f]+) ?|\\?(.)")
FONT = re.compile(r'url\("/([\w-]+\.woff)"\)')
OPENING, CLOSING = re.compile(r"[(\[“‘]+$"), re.compile(r"[,.;:!?)\]”’]+|-\w+|’\w+")
STRETCHED = [
    "MJXTEX-S1", "MJXTEX-S4", "MJXTEX", "MJXTEX-A",
]  # the families that tall and wide glyphs are joined from
EMPTY = "MJXZERO"  # that one has no letters: it says that nothing has no height


class Typesetter:
    """MathJax in V8."""

    def __init__(self):
        from py_mini_racer import MiniRacer

        self.folder = Path(find_spec("sphinx-mathjax-offline").origin).parent / "static" / "mathjax"
        self.js = MiniRacer()
        self.js.eval(BEFORE)
        for part in PARTS:  # "0": an object as a result would keep the interpreter from ending
            self.js.eval((self.folder / part).read_text("utf8") + "; 0")
        self.js.eval(AFTER)
        self.html = cache(self._html)

    def _html(self, tex: str, display: bool) -> str:
        """A formula as an element of a page; ValueError where MathJax cannot read it."""
        from py_mini_racer import JSEvalException

        options = json.dumps({"display": display, "em": 16, "ex": 7, "containerWidth": 1200})
        try:
            return self.js.eval(f"adaptor.outerHTML(doc.convert({json.dumps(tex)}, {options}))")
        except JSEvalException as error:  # its text goes on with the source of MathJax
            raise ValueError(str(error).splitlines()[0].split("Error: ")[-1]) from None

    def css(self, glyphs: set[str]) -> str:
        """The style sheet of pages with these glyphs, each named by its classes: mjx-c28 TEX-S1."""
        self.js.eval("chtml.styleSheet(doc); 0")
        rules, letters = [], defaultdict(str)
        for selector, body in json.loads(
            self.js.eval("JSON.stringify(chtml.cssStyles.styles)")
        ).items():
            named = RULE.search(selector)
            if named and " ".join(filter(None, named.groups())) not in glyphs:
                continue
            rules.append((selector, body))
            drawn = "".join(
                chr(int(code, 16)) if code else letter
                for code, letter in CONTENT.findall(body.get("content", ""))
            )
            for family in (
                STRETCHED if "stretch" in selector else [f"MJX{named and named[2] or 'TEX'}"]
            ):
                letters[family] += drawn
        return "".join(self.rule(*rule, letters) for rule in rules)

    def rule(self, selector: str, body: dict, letters: dict[str, str]) -> str:
        """A rule of the style sheet; fonts go into theirs, those without a letter are left out."""
        if selector.startswith("@font-face"):
            family, name = body["font-family"], FONT.search(body["src"])[1]
            if family not in letters and family != EMPTY:
                return ""
            selector, body = (
                "@font-face",
                body | {"src": f'url("data:font/woff;base64,{self.font(name, letters[family])}")'},
            )
        return f"{selector} {{ {' '.join(f'{name}: {value};' for name, value in body.items())} }}\n"

    def font(self, name: str, letters: str) -> str:
        """A font cut down to some letters, in base64."""
        from fontTools.subset import Options, Subsetter  # slow to import, and seldom needed
        from fontTools.ttLib import TTFont

        font = TTFont(self.folder / "output" / "chtml" / "fonts" / "woff-v2" / name)
        if letters:
            cut = Subsetter(Options(hinting=True, notdef_outline=True, drop_tables=["FFTM"]))
            cut.populate(text=letters)
            cut.subset(font)
        font.save(data := io.BytesIO())
        return base64.b64encode(data.getvalue()).decode()


@cache
def typesetter() -> Typesetter:
    return Typesetter()


def formula(node, tex: str, display: bool) -> str:
    """The HTML of a formula; what cannot be read is a warning, and shown as it is."""
    try:
        return typesetter().html(tex.strip(), display)
    except ValueError as error:
        LOG.warning("mathematics: %s: %s", error, " ".join(tex.split()), location=node)
        return html.escape(tex)


def keep_together(app, doctree, docname):
    """No line begins with the comma behind a formula, or ends with the bracket before it."""
    for node in list(doctree.findall(nodes.math)):
        parent, place = node.parent, node.parent.index(node)
        before, after = (
            parent[place - 1] if place else None,
            parent[place + 1] if place + 1 < len(parent) else None,
        )
        opened = OPENING.search(before) if isinstance(before, nodes.Text) else None
        closed = CLOSING.match(after) if isinstance(after, nodes.Text) else None
        if not (opened or closed):
            continue
        whole = nodes.inline("", "", classes=["whole"])
        parent[place] = whole
        if opened:
            parent[place - 1] = nodes.Text(before[: opened.start()])
            whole += nodes.Text(opened[0])
        whole += node
        if closed:
            whole += nodes.Text(closed[0])
            parent[place + 1] = nodes.Text(after[closed.end() :])


def visit_math(self, node):
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    self.body.append(formula(node, node.astext(), False) + "</span>")
    raise nodes.SkipNode


def aligned(text: str) -> str:
    """Blank lines part equations that stand one below the other (as everywhere in Sphinx)."""
    parts = [
        rf"\begin{{split}}{part}\end{{split}}" if r"\\" in part else part
        for part in text.split("\n\n")
        if part.strip()
    ]
    return (
        parts[0] if len(parts) == 1 else r"\begin{aligned}" + r"\\".join(parts) + r"\end{aligned}"
    )


def visit_math_block(self, node):
    tex = node.astext()
    whole = node.get("nowrap") or "amsmath" in node.get(
        "classes", ()
    )  # the author wrote the environment
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append(formula(node, tex if whole else aligned(tex), True) + "</div>\n")
    raise nodes.SkipNode


def write_sheet(app, exception):
    """The style sheet for all pages that are there, those of earlier builds as well."""
    if exception or app.builder.format != "html":
        return
    glyphs = set()
    for page in Path(app.outdir).rglob("*.html"):
        glyphs.update(DRAWN.findall(page.read_text("utf8")))
    key = hashlib.sha256(f"{sorted(glyphs)}".encode() + Path(__file__).read_bytes())
    sheet = cached(app, f".mathematics/{key.hexdigest()[:16]}.css",
                   lambda path: path.write_text(typesetter().css(glyphs), "utf8"))
    shutil.copy2(sheet, Path(app.outdir) / "_static" / SHEET)


def setup(app):
    app.add_html_math_renderer("typeset", (visit_math, None), (visit_math_block, None))
    app.config.html_math_renderer = "typeset"
    app.add_css_file(SHEET)
    app.connect("doctree-resolved", keep_together)
    app.connect("build-finished", write_sheet)
    return {
        "parallel_read_safe": True,
        "parallel_write_safe": False,
    }  # one V8 is not shared between processes
