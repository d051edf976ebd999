"""What a test needs and this machine may lack."""
import os

import pytest


def absent(what):
    """Skip, as `what` says; fail where REQUIRE_BROWSER=1 says that all is here."""
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(f"REQUIRE_BROWSER=1, but {what}")
    pytest.skip(f"{what}; this test needs it")
