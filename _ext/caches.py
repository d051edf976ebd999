"""Files that take long to make, kept beside the pages for the builds to come."""

from collections.abc import Callable
from pathlib import Path


def cached(app, name: str, make: Callable[[Path], None]) -> Path:
    """The file or folder `name` beside the pages; where there is none, `make(path)` writes it.

    It is there whole or not at all: a build that is stopped leaves no half of it.
    """
    path = Path(app.outdir).parent / name
    if not path.exists():
        part = path.with_name(f"{path.name}.part")
        part.parent.mkdir(parents=True, exist_ok=True)
        make(part)
        part.replace(path)
    return path
