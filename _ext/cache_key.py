"""The execution cache: keyed by the code that chapters call; outputs from it are written too."""

import hashlib
import os
import sys
from functools import wraps
from pathlib import Path

from myst_nb.core.execute.cache import NotebookClientCache


def key_cache(app, config):
    """Keep one cache folder for each state of lib and of the requirements."""
    root = Path(app.srcdir)
    key = hashlib.sha256(sys.version.encode())
    sources = [path for kind in ("py", "js", "css") for path in (root / "lib").rglob(f"*.{kind}")]
    sources += [*(root / "benchmarks").glob("*.json")]
    sources += [root / "requirements.txt", root / "pyproject.toml"]
    for path in sorted(sources):
        key.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    folder = Path(app.outdir).parent / ".jupyter_cache" / key.hexdigest()[:16]
    config.nb_execution_cache_path = str(folder)
    os.environ["TQDM_DISABLE"] = "1"  # no half-finished progress bars on a page


def filled(start):
    """A client that has found its notebook in the cache fills in the one that it was given.

    That is the one that myst-nb writes to jupyter_execute: else it has no outputs whenever a page
    is read again, and no claims for the ledger.
    """

    @wraps(start)
    def start_client(self):
        given = self.notebook
        start(self)
        for cell, run in zip(given.cells, self.notebook.cells, strict=True):
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = run.outputs, run.execution_count

    return start_client


NotebookClientCache.start_client = filled(NotebookClientCache.start_client)


def setup(app):
    app.connect("config-inited", key_cache)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
