"""The book's faces, cut down to its letters: a serif to read, a sans for figures and apparatus."""

import hashlib
import shutil
from functools import partial
from importlib.util import find_spec
from inspect import getsource
from pathlib import Path

from caches import ahead, cached

FACES = [  # file, family, weight, style
    ("SourceSerifPro-Regular", "Source Serif Pro", 400, "normal"),
    ("SourceSerifPro-It", "Source Serif Pro", 400, "italic"),
    ("SourceSerifPro-Semibold", "Source Serif Pro", 600, "normal"),
    ("SourceSansPro-Regular", "Source Sans Pro", 400, "normal"),
    ("SourceSansPro-It", "Source Sans Pro", 400, "italic"),
    ("SourceSansPro-Semibold", "Source Sans Pro", 600, "normal"),
]
LETTERS = ",".join([
    "U+0020-007E,U+00A0-00FF,U+0131",  # Latin
    "U+02C6,U+02D9,U+02DC",  # accents
    "U+2013,U+2014,U+2018-201D,U+2022,U+2026,U+2032",  # dashes, quotes, primes
    "U+2190-2193,U+2202,U+2206,U+2212,U+221E,U+2248,U+2260,U+2264,U+2265",  # signs in figures
    "U+0391-03A9,U+03B1-03C9,U+03D1,U+03D5,U+2713",  # Greek, and a tick
])
FEATURES = "kern,liga,onum,lnum,tnum,smcp,c2sc"


def package_file(name: str) -> Path:
    """Where the package keeps the face `name`."""
    package = "font_source_serif_pro" if "Serif" in name else "font_source_sans_pro"
    return Path(find_spec(package).origin).parent / "files" / f"{name}.ttf"


def rules(folder: str = "faces") -> str:
    """The @font-face rules, beside which the faces lie in `folder`."""
    return "".join(
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; font-style: {style};'
        f' font-display: swap; src: url("{folder}/{name}.woff2") format("woff2"); }}\n'
        for name, family, weight, style in FACES
    )


def subset(name: str, target: Path):
    """Write the letters that the book uses, as WOFF2, each as wide as the face says."""
    from fontTools import subset as fonts
    from fontTools.ttLib.tables._g_l_y_f import USE_MY_METRICS

    options = fonts.Options(
        flavor="woff2", hinting=False, desubroutinize=True, layout_features=FEATURES.split(",")
    )
    chosen = fonts.Subsetter(options)
    chosen.populate(unicodes=fonts.parse_unicodes(LETTERS))
    with fonts.load_font(package_file(name), options) as font:
        chosen.subset(font)
        # a letter made of others may ask for the width of one of them, and Chromium obeys even
        # where the face's own table has another: its per cent sign would be a stroke wide
        outlines = font["glyf"]
        for glyph in map(outlines.__getitem__, outlines.keys()):
            for part in glyph.components if glyph.isComposite() else ():
                part.flags &= ~USE_MY_METRICS
        fonts.save_font(font, target, options)


def files() -> dict[str, list[str]]:
    """The subsets beside the other caches, each with the name of its face."""
    made = f"{FACES}{LETTERS}{FEATURES}{getsource(subset)}"
    key = hashlib.sha256(made.encode()).hexdigest()[:12]
    return {f".faces/{key}/{name}.woff2": [name] for name, *_ in FACES}


def begin(app, env, docnames):
    ahead(app, subset, files())


def write_faces(app, exception):
    """Copy them into the pages."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    (static / "faces").mkdir(parents=True, exist_ok=True)
    for file, (name,) in files().items():
        shutil.copy2(cached(app, file, partial(subset, name)), static / "faces")
    (static / "faces.css").write_text(rules(), "utf8")


def setup(app):
    app.add_css_file("faces.css")
    # after the chapters have been executed, which takes all cores
    app.connect("env-before-read-docs", begin, priority=900)
    app.connect("build-finished", write_faces)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
