"""The book as others see it: index.html is the front page; each page has a description and a card.

A card is the picture that is shown where a link to a page is shared.  Its address is absolute where
the book has one (`html_baseurl`), as those who fetch it ask for.
"""

import hashlib
import html
import shutil
from functools import partial
from pathlib import Path

from caches import ahead, cached
from docutils import nodes

from lib.colours import CUBIC, INK, LINEAR

LENGTH = 160  # characters of a description
SIZE = 1200, 630  # pixels of a card
PAPER = "#fffefb"


def description(doctree) -> str:
    """The first words of a page: its first paragraph above sections and boxes, cut at a word."""
    for paragraph in doctree.findall(nodes.paragraph):
        if paragraph.parent.parent is doctree:
            words = paragraph.deepcopy()
            for part in list(words.findall(nodes.raw)):
                part.parent.remove(part)
            text = " ".join(words.astext().split())
            if len(text) > 40 and not list(paragraph.findall(nodes.math)):
                cut = text[:LENGTH].rsplit(" ", 1)[0].rstrip(" ,;:") + " …"
                return text if len(text) <= LENGTH else cut
    return ""


def card(title: str, book: str, target: Path):
    """Draw a card: the title over a smooth and a broken way through the same points."""
    import numpy as np
    from faces import package_file
    from matplotlib import font_manager
    from matplotlib.figure import Figure
    from scipy.interpolate import CubicSpline

    figure = Figure((SIZE[0] / 100, SIZE[1] / 100), dpi=100, facecolor=PAPER)
    x, y = np.linspace(-0.04, 1.04, 8), np.array([0.1, 0.8, 0.2, 0.75, 0.15, 0.9, 0.3, 0.6])
    ax = figure.add_axes((0, 0.04, 1, 0.4))
    ax.axis("off")
    fine = np.linspace(0, 1, 500)
    ax.plot(fine, CubicSpline(x, y, bc_type="natural")(fine), color=CUBIC, lw=5)
    ax.plot(x, y, color=LINEAR, lw=3)
    ax.plot(x, y, "x", color=INK, ms=13, mew=3)
    ax.set(xlim=(0, 1), ylim=(-0.1, 1.1))
    serif = font_manager.FontProperties(fname=package_file("SourceSerifPro-Semibold"))
    sans = font_manager.FontProperties(fname=package_file("SourceSansPro-Regular"))
    figure.text(0.06, 0.86, book, fontproperties=sans, size=26, color="#57606b")
    lines, line = [], ""
    for word in title.split():
        if len(line) + len(word) > 30:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    figure.text(
        0.06, 0.8, "\n".join([*lines, line]), fontproperties=serif, size=50, color=INK,
        va="top", linespacing=1.15,
    )
    figure.savefig(target, format="png")


def card_name(pagename: str) -> str:
    return pagename.replace("/", "-") + ".png"


def tell(app, pagename, templatename, context, doctree):
    """The meta tags of a page."""
    if doctree is None:
        return
    title = app.env.titles[pagename].astext()
    book = app.env.titles[app.config.root_doc].astext()
    image = context["pathto"](f"_static/cards/{card_name(pagename)}", resource=True)
    tags = {
        "description": description(doctree) or f"{title}: {book}.",
        "og:title": title,
        "og:site_name": book,
        "og:type": "article" if pagename.startswith("chapters/") else "website",
    }
    if base := app.config.html_baseurl:
        image = f"{base.rstrip('/')}/_static/cards/{card_name(pagename)}"
        tags["og:url"] = f"{base.rstrip('/')}/{app.builder.get_target_uri(pagename)}"
    tags |= {
        "og:description": tags["description"],
        "og:image": image,
        "og:image:alt": f"{title}: a smooth and a broken line through the same points",
        "twitter:card": "summary_large_image",
    }
    context["metatags"] = context.get("metatags", "") + "".join(
        f'<meta {"property" if name.startswith("og:") else "name"}="{name}"'
        f' content="{html.escape(text)}" />\n'
        for name, text in tags.items()
    )


def cards(app) -> dict[str, tuple[str, list[str]]]:
    """For each page the file of its card beside the other caches, and what stands on it."""
    book = app.env.titles[app.config.root_doc].astext()
    drawing, found = hashlib.sha256(Path(__file__).read_bytes()), {}
    for name in app.env.found_docs:
        title = app.env.titles[name].astext()
        key = drawing.copy()
        key.update(f"{title}|{book}".encode())
        found[name] = f".cards/{key.hexdigest()[:16]}.png", [title, "" if title == book else book]
    return found


def begin(app, env):
    ahead(app, card, dict(cards(app).values()))


def write(app, exception):
    """The cards, and the front page under the name for one."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    target = out / "_static" / "cards"
    target.mkdir(parents=True, exist_ok=True)
    for name, (file, words) in cards(app).items():
        shutil.copy2(cached(app, file, partial(card, *words)), target / card_name(name))
    shutil.copy2(out / app.builder.get_target_uri(app.config.root_doc), out / "index.html")


def setup(app):
    app.connect("env-updated", begin)
    app.connect("html-page-context", tell)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
