"""The contents beside every page: the chapters, and under the open one its sections."""

from bs4 import BeautifulSoup


def book_contents(chapters: str, sections: str) -> str:
    """The list of chapters with the sections of the open one below it."""
    nav, page = BeautifulSoup(chapters, "html.parser"), BeautifulSoup(sections, "html.parser")
    inner = page.select_one("li > ul")
    open_chapter = nav.select_one("li.current")
    if inner and open_chapter and not open_chapter.find("ul"):
        for deeper in inner.select("ul"):
            deeper.decompose()
        open_chapter.append(inner)
    return str(nav)


def add_contents(app, pagename, templatename, context, doctree):
    """book_contents() for the template."""
    def contents():
        chapters = context["toctree"](collapse=True, maxdepth=1, includehidden=True)
        return book_contents(chapters or "", context.get("toc") or "")

    context["book_contents"] = contents


def setup(app):
    app.connect("html-page-context", add_contents, priority=200)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
