"""The bar obeys its caller and the environment, also in the form that notebooks get."""
import pytest

from lib import progress


@pytest.mark.parametrize(
    "wanted,variable,shown",
    [(True, "", True), (True, "0", True), (True, "1", False), (False, "", False)],
)
def test_when_there_is_a_bar(monkeypatch, wanted, variable, shown):
    monkeypatch.setenv("TQDM_DISABLE", variable)
    with progress.bar(3, "epoch", wanted) as bar:
        assert bar.disable is not shown and (bar.total == 3 or not shown)
