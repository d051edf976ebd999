"""Chapters that have changed are executed two at a time, before any page is read.

Each finished chapter goes into the cache at once, so that a build that was interrupted goes on
from there.  A failure names the chapter, the line and the cell; the others are still executed.
"""

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import forked
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.db import NbCacheRecord
from myst_nb.core.read import create_nb_reader
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from sphinx.errors import SphinxError
from sphinx.util import logging

AT_ONCE = 2
LOG = logging.getLogger(__name__)


class NotBuilt(SphinxError):
    """A build that ends with a line of its own, and no traceback."""

    category = "The book was not built"


class Run:
    """One notebook on its way through a kernel."""

    def __init__(self, name, path, notebook, timeout):
        self.name, self.notebook, self.path, self.seconds = name, notebook, path, 0.0
        self.lines = list(notebook.metadata.get("source_map", ()))
        self.at, self.stopped = None, False
        self.client = NotebookClient(
            notebook, timeout=timeout, record_timing=False, on_cell_start=self.started,
            resources={"metadata": {"path": str(path.parent)}},
            extra_arguments=["--IPKernelApp.log_level=40"],  # errors; it warns of its own sockets
        )

    def started(self, cell, cell_index):
        self.at = cell_index

    def __call__(self):
        if self.stopped:
            return
        began = time.perf_counter()
        self.client.execute()
        self.seconds = time.perf_counter() - began

    def stop(self):
        """Kill the kernel, so that the thread that waits for it comes to an end."""
        self.stopped = True
        process = getattr(getattr(self.client.km, "provisioner", None), "process", None)
        if process:
            process.kill()

    def place(self):
        """The file, the line and the cell, as in chapters/setup.md:31: cell 4."""
        if self.at is None:
            return f"{self.name}{self.path.suffix}: its kernel did not start"
        number = sum(cell.cell_type == "code" for cell in self.notebook.cells[:self.at + 1])
        line = f":{self.lines[self.at] + 1}" if self.at < len(self.lines) else ""
        return f"{self.name}{self.path.suffix}{line}: cell {number}"

    def failure(self, error):
        """The line that tells what went wrong, and the traceback below it where there is one."""
        if isinstance(error, DeadKernelError):
            return f"{self.place()}: the kernel died (killed, or out of memory)"
        if isinstance(error, CellTimeoutError):
            return f"{self.place()}: no end after {self.client.timeout} seconds"
        if isinstance(error, CellExecutionError):
            name, value, trace = error.ename, error.evalue, error.traceback
            # of what a result raises while it is shown the kernel's reply knows nothing
            for told in self.notebook.cells[self.at].outputs:
                if told.output_type == "error":
                    name, value, trace = told.ename, told.evalue, "\n".join(told.traceback)
            return f"{self.place()}: {name}: {value}\n{trace}"
        return f"{self.place()}: {type(error).__name__}: {error}"


def cores():
    own = getattr(os, "sched_getaffinity", None)  # not on every system
    return len(own(0)) if own else os.cpu_count() or 1


def opened(folder):
    """The cache of executed notebooks; an unreadable one is begun anew."""
    try:
        cache = get_cache(folder)
        cache.list_cache_records()
    except Exception as error:
        if _full(error):
            raise NotBuilt(f"{folder}: {error}") from None
        LOG.info("the cache of executed chapters cannot be read and is begun anew")
        shutil.rmtree(folder, ignore_errors=True)
        cache = get_cache(folder)
    return cache


def _full(error):
    words = str(error).lower()
    return any(word in words for word in ("disk is full", "no space left", "readonly", "read-only"))


def known(cache, notebook):
    """Whether the cache holds its outputs; an entry that cannot be read is removed."""
    try:
        record = cache.match_cache_notebook(notebook)
    except KeyError:
        return False
    try:
        cache.get_cache_bundle(record.pk)
    except Exception:
        LOG.info("a cached chapter cannot be read and is executed again")
        NbCacheRecord.remove_record(record.pk, cache.db)
        shutil.rmtree(Path(cache.path) / "executed" / record.hashkey, ignore_errors=True)
        return False
    return True


def read(path, env):
    """The notebook in a source file, or None for a page of plain words; raises NotBuilt."""
    if path.suffix not in (".md", ".ipynb"):
        return None
    try:
        text = path.read_text("utf8")
    except UnicodeDecodeError as error:
        raise NotBuilt(f"{path}: not UTF-8 at byte {error.start}") from None
    reader = create_nb_reader(str(path), env.myst_config, env.mystnb_config, text)
    return reader and reader.read(text)


def execute_ahead(app, env, docnames):
    """Run what the pages to be read need and the cache lacks; raises NotBuilt."""
    config, runs = env.mystnb_config, []
    if config.execution_mode != "cache":
        return
    cache = opened(config.execution_cache_path)
    for name in sorted(docnames):
        path = Path(env.doc2path(name))
        notebook = read(path, env)
        if notebook:
            if not known(cache, notebook):
                forked.prepare()
                runs.append(Run(name, path, notebook, config.execution_timeout))
    # the longest first: they would else be alone at the end
    runs.sort(key=lambda run: -sum(len(c.source) for c in run.notebook.cells))
    failures = in_pairs(runs, cache)
    if failures:
        for line in failures:
            LOG.error(line)
        places = "; ".join(line.split("\n")[0] for line in failures)
        raise NotBuilt(places)


def in_pairs(runs, cache):
    """Execute and keep them; the failures, in words."""
    failures = []
    with ThreadPoolExecutor(min(AT_ONCE, cores())) as pool:
        futures = {pool.submit(run): run for run in runs}
        try:
            for future in as_completed(futures):
                run, error = futures[future], future.exception()
                if error:
                    failures.append(run.failure(error))
                    continue
                bundle = CacheBundleIn(
                    run.notebook, str(run.path), data={"execution_seconds": run.seconds}
                )
                cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
                LOG.info(f"executed {run.name} in {run.seconds:.1f} s")
        except BaseException as error:
            for run in runs:
                run.stop()
            if _full(error):
                raise NotBuilt(str(error).split("\n")[0]) from None
            raise
    return failures


def setup(app):
    app.setup_extension("forked")
    app.connect("env-before-read-docs", execute_ahead)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
