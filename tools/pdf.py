"""The built pages as one typeset file: python -m tools.pdf writes book.pdf beside them.

The articles of all pages are put into one document, with a title page, contents with page numbers,
and the solutions at the end; Chromium prints it.  It is printed twice: where the chapters begin is
known after the first time.  Explorers are there as their picture.
"""
import os
import re
import sys
import tomllib
from pathlib import Path

import yaml
from bs4 import BeautifulSoup

from . import chromium

ROOT = Path(__file__).resolve().parents[1]
HTML = ROOT / "_build" / "html"
STYLE = ROOT / "tools" / "pdf.css"
# Code that a page folds away is in the notebooks.
LEFT_OUT = ("script, noscript, iframe, button, .headerlink, .prev-next-footer, .copybtn,"
            " .toggle-button, .book-preview, details.hide, details.check, details.code")
ONLINE = "appendix/lib/"  # the pages of functions, which are looked up and not read
REFERENCES = ("aria-labelledby", "aria-describedby")


def parts(toc: dict) -> list[tuple[str, list[str]]]:
    """[(caption, documents)]: the front page under "", then each part."""
    def files(entries):
        for entry in entries:
            if not entry["file"].startswith(ONLINE):
                yield entry["file"]
            yield from files(entry.get("sections", ()))

    groups = toc.get("parts") or [toc]
    return [("", [toc["root"]])] + [
        (group.get("caption", ""), list(files(group.get("chapters", ())))) for group in groups
    ]


def slug(name: str) -> str:
    return "page-" + re.sub(r"\W+", "-", name)


def address(reference: str, name: str, names: set[str]) -> str | None:
    """Where a page's link leads in the one document; None where it leads to no page of it."""
    if re.match(r"[a-z]+:", reference):
        return reference
    path, _, anchor = reference.partition("#")
    target = name
    if path:
        target = os.path.normpath(os.path.join(os.path.dirname(name), path)).replace(os.sep, "/")
        target = target.removesuffix(".html")
    if target not in names:
        return None
    return f"#{slug(target)}--{anchor}" if anchor else f"#{slug(target)}"


def article(soup, name: str, names: set[str]):
    """The article of a page: ids are its own, links and pictures lead where they should."""
    found = soup.select_one("article.bd-article")
    for element in found.select(LEFT_OUT):
        element.decompose()
    for details in found.select("details"):
        details["open"] = ""
    own = slug(name)
    for element in found.find_all(True):
        if element.get("id"):
            element["id"] = f"{own}--{element['id']}"
        for key in ("src", "data"):
            if element.get(key) and not re.match(r"[a-z]+:", element[key]):
                place = os.path.normpath(os.path.join(os.path.dirname(name), element[key]))
                element[key] = place.replace(os.sep, "/")
        inner = element.get("xlink:href", "")  # a part of the drawing, or a picture's own data
        if inner.startswith("#"):
            element["xlink:href"] = f"#{own}--{inner[1:]}"
        for key in REFERENCES:
            if element.get(key):
                element[key] = " ".join(f"{own}--{word}" for word in element[key].split())
        for key in ("clip-path", "fill", "stroke", "mask", "filter", "style"):
            if "url(#" in str(element.get(key)):
                element[key] = element[key].replace("url(#", f"url(#{own}--")
        if element.name == "a" and element.get("href"):
            place = address(element["href"], name, names)
            if place is None:
                element.unwrap()
            else:
                element["href"] = place
    found.attrs = {"class": ["chapter"], "id": own}
    found.name = "section"
    return found


def heading(part) -> str:
    """The words of an h1, without formulas' hidden twins."""
    h1 = part.select_one("h1")
    return re.sub(r"\s+", " ", h1.get_text()).strip() if h1 else ""


def solutions(chapters: list) -> str:
    """Take answers and solutions out of the chapters: they come back as the last chapter."""
    out = []
    for chapter in chapters:
        found = [answer(question) for question in chapter.select(".question:has(> details)")]
        found += [str(named(solution).extract()) for solution in chapter.select("div.solution")
                  if not solution.find_parent(class_="solution")]
        if found:
            out += [f"<h2>{heading(chapter)}</h2>", *found]
    if not out:
        return ""
    return ('<section class="chapter" id="page-solutions"><h1>Solutions</h1>'
            f'{"".join(out)}</section>')


def answer(question) -> str:
    """What a question asks, with a link to it, and its answers, which are taken out of it."""
    asked = question.find("legend").decode_contents()
    told = question.find("details", recursive=False).extract()
    told.find("summary").decompose()
    return (f'<div class="answer"><p class="asked"><a href="#{question["id"]}">{asked}</a></p>'
            f'{told.decode_contents()}</div>')


def named(solution):
    """A solution whose title says, and links to, what it solves."""
    exercise = solution.find_previous("div", class_="exercise")
    title = solution.find(class_="admonition-title")
    if exercise and title and exercise.get("id"):
        what = re.sub(r"\s+", " ", exercise.find(class_="admonition-title").get_text()).strip()
        title.clear()
        title.append(BeautifulSoup(f'<a href="#{exercise["id"]}">{what}</a>', "html.parser"))
    return solution


def live(chapter, site: str, name: str):
    """Under the picture of every explorer, the page where it lives."""
    url = f"{site}{name}.html"
    where = f'at <a href="{url}">{url}</a>' if site else f"in the built pages: {url}"
    for explorer in chapter.select(".explorer"):
        explorer.append(BeautifulSoup(f'<p class="live">Live {where}</p>', "html.parser"))
    return chapter


def site_of(repository: str) -> str:
    """Where GitHub or GitLab publish the pages of a repository, "" where that is not known."""
    found = re.fullmatch(r"https://(github|gitlab)\.com/([^/]+)/([^/]+?)/?", repository)
    return "https://{1}.{0}.io/{2}/".format(*found.groups()) if found else ""


def contents(captions: list, pages: dict[str, int]) -> str:
    """The list of chapters with the page on which each begins."""
    rows = []
    for caption, chapters in captions:
        if caption:
            rows.append(f'<li class="part">{caption}</li>')
        for place, title in chapters:
            rows.append(f'<li><a href="#{place}"><span>{title}</span><i></i>'
                        f'<b>{pages.get(title, "")}</b></a></li>')
    return f'<nav class="book-list"><h1>Contents</h1><ol>{"".join(rows)}</ol></nav>'


def whole(pages: dict[str, int]) -> str:
    """The one document; `pages` are the numbers for its contents."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["project"]
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf8"))
    groups = parts(yaml.safe_load((ROOT / "_toc.yml").read_text("utf8")))
    names = {name for _, group in groups for name in group}
    site = site_of(config["sphinx"]["config"].get("book_address", ""))
    styles, captions, chapters = {}, [], []
    for caption, group in groups:
        listed = []
        for name in group:
            soup = BeautifulSoup((HTML / f"{name}.html").read_text("utf8"), "html.parser")
            for link in soup.head.select("link[rel=stylesheet]"):
                href = os.path.normpath(os.path.join(os.path.dirname(name), link["href"]))
                styles[href.replace(os.sep, "/")] = None
            chapter = live(article(soup, name, names), site, name)
            chapters.append(chapter)
            listed.append((slug(name), heading(chapter)))
        captions.append((caption, listed))
    last = solutions(chapters)
    if last:
        captions[-1][1].append(("page-solutions", "Solutions"))
    links = "".join(f'<link rel="stylesheet" href="{href}">' for href in styles)
    title = (f'<header class="title-page"><p class="title">{config["title"]}</p>'
             f'<p class="kind">The executable companion</p>'
             f'<p class="version">Version {project["version"]}</p></header>')
    body = "".join(map(str, chapters)) + last
    return (f'<!doctype html><html lang="en" data-theme="light" data-mode="light"><head>'
            f'<meta charset="utf-8"><title>{config["title"]}</title>{links}'
            f'<style>{STYLE.read_text("utf8")}</style></head>'
            f'<body>{title}{contents(captions, pages)}<main class="bd-article">{body}</main>'
            f'</body></html>')


def printed(browser, text: str, target: Path) -> dict[str, int]:
    """Print it; {title of a chapter: its page}."""
    source = HTML / "book-as-one.html"
    source.write_text(text, "utf8")
    try:
        page = browser.new_page(java_script_enabled=False)
        page.set_default_timeout(300_000)
        page.goto(source.as_uri())
        page.emulate_media(media="print", color_scheme="light")
        page.pdf(path=target, prefer_css_page_size=True, print_background=True, outline=True,
                 tagged=True)
        page.close()
    finally:
        source.unlink()
    return bookmarks(target, titles(text))


def titles(text: str) -> list[tuple[int, str]]:
    """(level, words) of every heading, in order."""
    found = BeautifulSoup(text, "html.parser").find_all(re.compile(r"^h[1-6]$"))
    return [(int(h.name[1]), re.sub(r"\s+", " ", h.get_text()).strip()) for h in found]


def flat(outline):
    for entry in outline:
        if isinstance(entry, list):
            yield from flat(entry)
        else:
            yield entry


def bookmarks(target: Path, headings: list) -> dict[str, int]:
    """Write the bookmarks anew, as Chromium doubles their words; {title of a chapter: its page}."""
    import logging

    from pypdf import PdfReader, PdfWriter

    logging.getLogger("pypdf").setLevel(logging.ERROR)

    reader = PdfReader(target)
    places = [reader.get_destination_page_number(entry) for entry in flat(reader.outline)]
    if len(places) != len(headings):
        sys.exit(f"no PDF: {len(headings)} headings, but {len(places)} bookmarks")
    writer, above, pages = PdfWriter(clone_from=reader), {}, {}
    writer._root_object.pop("/Outlines")
    for (level, words), place in zip(headings, places):
        if level == 1:
            pages[words] = place + 1
        if level <= 2:
            above[level] = writer.add_outline_item(
                title=words, page_number=place, parent=above.get(level - 1)
            )
    writer.page_mode = "/UseOutlines"
    writer.write(target)
    return pages


def main():
    if not (HTML / "index.html").is_file():
        sys.exit("no PDF: build the book first (make book)")
    path, target = chromium.path(), HTML / "book.pdf"
    if path is None:
        sys.exit("no PDF: Chromium was not found (apt-get install chromium, or CHROMIUM=PATH)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        pages = printed(browser, whole({}), target)
        printed(browser, whole(pages), target)
        browser.close()
    print(f"{len(pages)} chapters in {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
