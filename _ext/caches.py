"""Files that take long to make, kept beside the pages for the builds to come.

A file is there whole or not at all: a build that is stopped leaves no half of it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path

at_work = []  # processes that make files while the pages are made


def kept(app, name: str) -> Path:
    return Path(app.outdir).parent / name


def make_whole(path: Path, make: Callable[[Path], None]):
    part = path.with_name(f"{path.name}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    make(part)
    part.replace(path)


def ahead(app, make: Callable, wanted: dict[str, Sequence[str]]):
    """Begin with files that will be asked for, in another process: `make(*arguments, path)`.

    `wanted` has the arguments of each file by its name; `make` is a function of a module.
    """
    missing = {str(kept(app, name)): arguments for name, arguments in wanted.items()
               if not kept(app, name).exists()}
    if not missing or app.builder.format != "html":
        return
    process = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    process.stdin.write(json.dumps([make.__module__, make.__name__, missing]))
    process.stdin.close()
    at_work.append(process)
    app.connect("build-finished", lambda *_: process.kill(), priority=1000)


def cached(app, name: str, make: Callable[[Path], None]) -> Path:
    """The file or folder `name` beside the pages; where there is none, `make(path)` writes it."""
    path = kept(app, name)
    if not path.exists():
        while at_work:
            at_work.pop().wait()
    if not path.exists():
        make_whole(path, make)
    return path


if __name__ == "__main__":
    module, function, missing = json.load(sys.stdin)
    for name, arguments in missing.items():
        make_whole(Path(name), partial(getattr(import_module(module), function), *arguments))
