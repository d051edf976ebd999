"""The order of the book, and its contents beside every page, with the sections of the open one."""

from functools import cache

from bs4 import BeautifulSoup


def documents(env) -> list[str]:
    """All documents in the order of the book."""
    found, waiting = [], [env.config.root_doc]
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found.append(name)
            waiting = list(env.toctree_includes.get(name, ())) + waiting
    return found


def book_contents(pages: str, sections: str) -> str:
    """The list of pages with the sections of the open one below it, above the pages it has."""
    nav, page = BeautifulSoup(pages, "html.parser"), BeautifulSoup(sections, "html.parser")
    inner, path = page.select_one("li > ul"), nav.select("li.current")
    if inner and path:
        for deeper in inner.select("ul"):
            deeper.decompose()
        own = path[-1].find("ul", recursive=False)
        if own:
            for item in reversed(inner.find_all("li", recursive=False)):
                own.insert(0, item)
        else:
            path[-1].append(inner)
    return str(nav)


def add_contents(app, pagename, templatename, context, doctree):
    """book_contents() for the template, which shows it twice."""
    @cache
    def contents():
        pages = context["toctree"](collapse=True, maxdepth=2, titles_only=True, includehidden=True)
        return book_contents(pages or "", context.get("toc") or "")

    context["book_contents"] = contents


def setup(app):
    app.connect("html-page-context", add_contents, priority=200)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
