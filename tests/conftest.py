"""A headless Chromium that can reach no network, for the tests that look at pictures."""
import pytest
from screen import PATIENCE
from wanted import absent

from tools import chromium

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--force-color-profile=srgb", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser():
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        absent("playwright is not installed")
    path = chromium.path()
    if path is None:
        absent("chromium was not found")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=path, args=FLAGS, timeout=1000 * PATIENCE
        )
        yield running
        running.close()


@pytest.fixture
def open_page(browser):
    """open_page(url, **context options): a page that records `foreign` requests and `errors`; all
    are closed at the end."""
    contexts = []

    def opened(url, *, local=("127.0.0.1",), **options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.foreign, page.errors = [], []

        def guard(route):
            address = route.request.url
            if address.startswith(("file:", "data:", "blob:")) or any(
                f"//{host}" in address for host in local
            ):
                route.continue_()
            else:
                page.foreign.append(address)
                route.abort()

        page.route("**/*", guard)
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on(
            "console",
            lambda message: (
                page.errors.append(message.text) if message.type in ("error", "warning") else None
            ),
        )
        page.set_default_timeout(1000 * PATIENCE)
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def page_of(tmp_path_factory):
    """page_of(explorer, name): the address of a file made from nothing but page_assets() and the
    widget's own HTML; `folded` leaves "More controls" as the reader finds it."""
    from screen import UNFOLD

    from lib.explorers import page_assets

    folder, assets = tmp_path_factory.mktemp("pages"), page_assets()

    def written(explorer, name, *, folded=False):
        more = "" if folded else f"addEventListener('DOMContentLoaded', () => {UNFOLD})"
        path = folder / f"{name}.html"
        if not path.exists():
            path.write_text(
                '<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8">'
                '<meta name="viewport" content="width=device-width">'
                f"<style>{assets['explorers.css']}</style>"
                '<body style="margin:0;padding:8px;max-width:760px;font-family:sans-serif">'
                f"{explorer.to_html()}<script>{assets['explorers.js']}</script>"
                f"<script>{more}</script></body></html>",
                "utf8",
            )
        return path.as_uri()

    return written
