"""Run the chapters again when the code they call changes: the execution cache by itself looks only at the cells."""
import hashlib
import os
import sys
from pathlib import Path


def key_cache(app, config):
    """Keep one cache folder for each state of lib and of the requirements."""
    root = Path(app.srcdir)
    key = hashlib.sha256(sys.version.encode())
    for path in sorted([*(root / "lib").rglob("*.py"), *(root / "lib").rglob("*.js"), *(root / "benchmarks").glob("*.json"), root / "requirements.txt"]):
        key.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    config.nb_execution_cache_path = str(Path(app.outdir).parent / ".jupyter_cache" / key.hexdigest()[:16])
    os.environ["TQDM_DISABLE"] = "1"  # no half-finished progress bars on a page


def keep_outputs():
    """Make the notebook that is written after a cache hit hold the outputs: the ledger and the downloads read them."""
    from myst_nb.core.execute.cache import NotebookClientCache

    usual = NotebookClientCache.start_client

    def start_client(self):
        given = self.notebook
        usual(self)
        if self.notebook is not given:                                   # from the cache: a copy, with outputs
            given.cells = self.notebook.cells

    NotebookClientCache.start_client = start_client


def setup(app):
    keep_outputs()
    app.connect("config-inited", key_cache)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
