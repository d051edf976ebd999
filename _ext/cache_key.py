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


def setup(app):
    app.connect("config-inited", key_cache)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
