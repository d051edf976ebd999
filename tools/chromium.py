"""Where this machine has a Chromium: for the PDF, and for the tests that look at pages."""

import os
import shutil

# the shell first: the same engine, but a page costs no window
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")


def path() -> str | None:
    """That of CHROMIUM in the environment, or of the first of NAMES; None where there is none."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
