"""The paper about the module cites what the bibliography has, and names steps that exist."""

import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
import tasks  # noqa: E402

TEXT = (ROOT / "paper.md").read_text("utf8")


def test_citations_and_steps_exist():
    head = yaml.safe_load(TEXT.split("---")[1])
    keys = set(re.findall(r"@\w+\{([^,\s]+)", (ROOT / head["bibliography"]).read_text("utf8")))
    cited = set(re.findall(r"\[@([\w-]+)\]", TEXT))
    assert cited and cited <= keys
    assert set(re.findall(r"`make (\w+)`", TEXT)) <= set(tasks.STEPS)


def test_it_says_plainly_that_no_class_has_used_it():
    assert "has not been used in a classroom" in TEXT
