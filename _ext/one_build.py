"""Builds into one folder come one after another, and what a broken one left is not built upon.

The lock is SQLite's: it exists on every system, and ends with the process that holds it, however
that ends.  What has changed is seen by its text, not by the clock.  A build that did not come to
its end with every page right leaves its mark; then the next one writes all pages anew (chapters
come from the cache), so that no half-written page stays and no warning is forgotten.
"""

import shutil
import sqlite3
from hashlib import sha256
from pathlib import Path

from execution import NotBuilt
from sphinx.util import logging

PATIENCE = 1800  # seconds that one build waits for another
LOG = logging.getLogger(__name__)
held = {}


def begin(app, config):
    """Take the lock; clear away what an unfinished build left; raises NotBuilt."""
    folder = Path(app.outdir).parent
    if folder not in held:
        held[folder] = lock(folder / ".lock")
    mark = folder / ".unfinished"
    parts = [Path(app.outdir), Path(app.doctreedir), folder / "jupyter_execute"]
    there = [any(part.glob("*")) for part in parts]
    if mark.exists() or any(there) and not all(there):
        LOG.info("the last build did not end well: all pages are written anew")
        for part in parts:
            for path in part.glob("*"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    try:
        mark.touch()
    except OSError as error:
        raise NotBuilt(f"{folder} cannot be written to: {error.strerror}") from None


def lock(path):
    """A connection that alone holds the lock, or None where the file system has none."""
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        return connection
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            return None
    LOG.info("another build is at work in this folder: waiting for its end")
    try:
        connection.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000}")
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        raise NotBuilt(f"another build has been at work here for {PATIENCE} s") from None
    return connection


def changed(app, env, added, gone, known):
    """The documents whose text is another than when they were read, whatever the clock says."""
    digests = {name: sha256(Path(env.doc2path(name)).read_bytes()).hexdigest()
               for name in env.found_docs}
    before, env.book_digests = getattr(env, "book_digests", {}), digests
    return [name for name in digests if before.get(name, digests[name]) != digests[name]]


def end(app, exception):
    """Take the mark away if all went well, and let the next build begin."""
    folder = Path(app.outdir).parent
    if not exception and not ((app.keep_going or app.warningiserror) and app._warncount):
        (folder / ".unfinished").unlink(missing_ok=True)
    connection = held.pop(folder, None)
    if connection:
        connection.close()


def setup(app):
    app.connect("config-inited", begin, priority=0)
    app.connect("env-get-outdated", changed)
    app.connect("build-finished", end, priority=1000)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
