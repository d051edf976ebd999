"""The version, from pyproject.toml, and what needs the repository's address, from _config.yml.

`book_address` is the one setting.  Empty, no page has a button that leads nowhere; given, pages
get links to edit, to report and to run them, and the foot of each page says where the book lives.
"""

import tomllib
from pathlib import Path


def version(root) -> str:
    """The version that pyproject.toml gives."""
    return tomllib.loads((Path(root) / "pyproject.toml").read_text("utf8"))["project"]["version"]


def options(address: str, branch: str) -> dict:
    """The theme's options for a book that lives at `address`."""
    if not address:
        return {}
    found = {
        "repository_url": address.rstrip("/"),
        "repository_branch": branch,
        "path_to_docs": "",
        "use_repository_button": True,
        "use_edit_page_button": True,
        "use_issues_button": True,
    }
    if address.startswith(("https://github.com/", "https://gitlab.com/")):
        found["launch_buttons"] = {
            "binderhub_url": "https://mybinder.org", "notebook_interface": "jupyterlab",
        }
    return found


def foot(number: str, address: str) -> str:
    """The line under every page."""
    if not address:
        return f"<p>Version {number}</p>"
    cite = f"{address.rstrip('/')}/blob/v{number}/CITATION.cff"
    return f'<p><a href="{address}">Version {number}</a> &middot; <a href="{cite}">cite</a></p>'


def address_book(app, config):
    number, address = version(app.srcdir), config.book_address.strip()
    config.version = config.release = number
    theme = dict(config.html_theme_options)
    theme.update(options(address, config.book_branch), extra_footer=foot(number, address))
    config.html_theme_options = theme


def setup(app):
    app.add_config_value("book_address", "", "html", str)
    app.add_config_value("book_branch", "main", "html", str)
    app.connect("config-inited", address_book, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
