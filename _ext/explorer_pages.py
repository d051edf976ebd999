"""The explorers' script and style sheet, on the pages that hold an explorer and on no other."""

import os
import shutil
from pathlib import Path

from caches import cached


def add_assets(app, pagename, templatename, context, doctree):
    if 'class="explorer"' in context.get("body", ""):
        app.add_js_file("explorers.js", loading_method="defer", priority=100)
        app.add_css_file("explorers.css")


def write(folder):
    from lib.explorers import page_assets, widget_modules

    (folder / "explorers").mkdir(parents=True, exist_ok=True)
    for name, text in page_assets().items():
        (folder / name).write_text(text, "utf8")
    for name, text in widget_modules().items():  # for other pages than the book's
        (folder / "explorers" / name).write_text(text, "utf8")


def write_assets(app, exception):
    if exception or app.builder.format != "html":
        return
    # for each state of lib (cache_key.py)
    state = Path(app.config.nb_execution_cache_path).name
    shutil.copytree(cached(app, f".explorers/{state}", write), Path(app.outdir) / "_static",
                    dirs_exist_ok=True)


def setup(app):
    os.environ["EXPLORERS_ON_PAGES"] = "1"           # the kernels of the book draw the pictures too
    app.connect("html-page-context", add_assets)
    app.connect("build-finished", write_assets)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
