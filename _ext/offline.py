"""Pages that ask no other site for anything: no remote scripts, the notebook beside the page."""

from pathlib import Path

import nbformat

ORIGIN = (
    "*This notebook comes from a book. `lib` is the book's own package: `pip install` a clone of"
    " its repository (the `lib` that PyPI has is another project), or open the chapter there with"
    " `make lab`.*"
)


def write_static(app, exception):
    """Empty the icon script: the web font draws the same icons."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    awesome = static / "scripts" / "fontawesome.js"
    if awesome.is_file():
        awesome.write_text("", "utf8")


def offer_notebook(app, pagename, templatename, context, doctree):
    """Offer the executed notebook in the download menu.

    The theme does so only with a launch button.  The notebook begins with a line that says where
    `lib` comes from.  A page that needs files of the repository says `notebook: false` at its top.
    """
    notebook = Path(app.outdir).parent / "jupyter_execute" / f"{pagename}.ipynb"
    offered = str(app.env.metadata.get(pagename, {}).get("notebook", True)) != "False"
    if doctree is not None and offered and notebook.is_file():
        target = Path(app.outdir) / "_sources" / f"{pagename}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        written = nbformat.read(notebook, as_version=4)
        written.cells.insert(0, nbformat.v4.new_markdown_cell(ORIGIN, id="where-lib-is"))
        nbformat.write(written, target)
        context["ipynb_source"] = f"{pagename}.ipynb"


def drop_remote_scripts(app, pagename, templatename, context, doctree):
    """Leave out thebe (a remote kernel) and the state of widgets that nothing here would read."""
    context["script_files"][:] = [s for s in context["script_files"] if not _remote(s)]


def _remote(script):
    text = str(getattr(script, "filename", script) or "") + str(getattr(script, "attributes", {}))
    return "thebe" in text.lower() or "widget-state" in text


def setup(app):
    app.connect("html-page-context", offer_notebook, priority=400)
    app.connect("html-page-context", drop_remote_scripts, priority=900)
    app.connect("build-finished", write_static)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
