"""One version, one address: what the page, the citation and the change log say is the same."""

import re
import tomllib
from pathlib import Path

import address
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["project"]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf8"))
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf8"))
HOME = "https://github.com/someone/book"


def test_citation_and_change_log_have_the_version_of_the_project():
    assert CITATION["version"] == PROJECT["version"] == address.version(ROOT)
    log = (ROOT / "CHANGELOG.md").read_text("utf8")
    assert re.search(rf"^## (Unreleased|{re.escape(PROJECT['version'])}\b)", log, re.M)
    assert re.search(rf"^## {re.escape(PROJECT['version'])}\b", log, re.M)


def test_citation_names_the_address_once_there_is_one():
    given = CONFIG["sphinx"]["config"]["book_address"]
    assert CITATION.get("repository-code", "") == given


def test_without_an_address_there_is_no_button_and_no_link():
    assert address.options("", "main") == {}
    assert "href" not in address.foot("1.2.3", "")
    assert not {"repository", "launch_buttons"} & set(CONFIG)


def test_an_address_turns_on_edit_report_binder_and_citation():
    found = address.options(HOME + "/", "main")
    assert found["repository_url"] == HOME and found["use_edit_page_button"]
    assert found["use_issues_button"] and found["launch_buttons"]["binderhub_url"]
    assert f'{HOME}/blob/v1.2.3/CITATION.cff' in address.foot("1.2.3", HOME)


@pytest.mark.parametrize("home", ["https://codeberg.org/someone/book", "https://git.example/x"])
def test_a_host_that_binder_does_not_know_has_no_launch_button(home):
    assert "launch_buttons" not in address.options(home, "main")
