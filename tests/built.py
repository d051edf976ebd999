"""Where the built book lies, and what it holds: read from _toc.yml and the sources."""
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
HTML = ROOT / "_build" / "html"


def documents(toc=None) -> list[str]:
    """The documents of the book, the front page first, as _toc.yml names them."""
    toc = toc or yaml.safe_load((ROOT / "_toc.yml").read_text("utf8"))
    names = [toc.get("root") or toc.get("file")]
    for part in (*toc.get("parts", ()), *toc.get("chapters", ()), *toc.get("sections", ())):
        names += documents(part)
    return [name for name in names if name]


def places() -> dict[str, str]:
    """{explorer: the first page that shows it}, by the calls in the sources, such as Delta()."""
    from lib.explorers.base import KINDS

    found = {}
    for name in documents():
        text = (ROOT / f"{name}.md").read_text("utf8")
        for kind, cls in KINDS.items():
            if re.search(rf"\b{cls.__name__}\(", text):
                found.setdefault(kind, f"{name}.html")
    return found


PAGES = [f"{name}.html" for name in documents()]
CHAPTERS = [Path(name).name for name in documents() if name.startswith("chapters/")]
# The pages of the modules of lib are made alike, and so are those of exercises: the first stands
# for all of them, and the others are looked at in `make thorough`.
MODULES = [name for name in PAGES if name.startswith("appendix/lib/")]
EXERCISES = [name for name in PAGES if name.startswith("exercises/")]
KINDS_OF_PAGES = [
    pytest.param(name, marks=pytest.mark.thorough) if name in MODULES[1:] + EXERCISES[1:] else name
    for name in PAGES
]
