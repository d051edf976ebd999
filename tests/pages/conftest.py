"""The built book, served on this machine, and pages that record what they ask others for."""

import functools
import http.server
import threading
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from built import CHAPTERS, HTML, PAGES
from screen import PATIENCE, READY
from wanted import absent


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def site():
    """The address of the built book."""
    if not (HTML / "index.html").is_file():
        absent("the book is not built (make book)")
    handler = functools.partial(Quiet, directory=str(HTML))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def open_page(browser, site):
    """open_page(name, **context options): a page, .errors and .foreign; no other host answers."""
    contexts = []

    def open_(name, **options):
        # nothing plays by itself
        usual = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}
        context = browser.new_context(base_url=site, **usual | options)
        contexts.append(context)
        page = context.new_page()
        page.foreign, page.errors = [], []

        def guard(route):
            if urlsplit(route.request.url).hostname in ("127.0.0.1", None):
                route.continue_()
            else:
                page.foreign.append(route.request.url)
                route.abort()

        def told(message):
            # the browser asks for the icon when the page is there, maybe without a network by then
            icon = message.location["url"].endswith("/logo.svg") and "DISCONNECTED" in message.text
            if message.type == "error" and not icon:
                page.errors.append(message.text)

        page.route("**/*", guard)
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("console", told)
        page.set_default_timeout(1000 * PATIENCE)
        page.goto(f"/{name}", wait_until="load")
        page.evaluate(READY)
        return page

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def pages(site):
    """{name: the HTML of a page, parsed}, of every page."""
    return {name: BeautifulSoup((HTML / name).read_text("utf8"), "html.parser") for name in PAGES}


@pytest.fixture(scope="session")
def chapters(pages):
    """The chapters among them."""
    return [pages[f"chapters/{name}.html"] for name in CHAPTERS]
