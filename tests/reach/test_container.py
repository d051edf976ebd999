"""The container's recipe uses steps and files that exist, and copies before it needs them."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
import tasks  # noqa: E402

RECIPE = (ROOT / "binder" / "Dockerfile").read_text("utf8")


def test_it_runs_a_step_that_exists_after_copying_what_that_needs():
    pattern = r"\A(.*)^RUN python tasks.py (\w+) TORCH=cpu"
    before, step = re.search(pattern, RECIPE, re.M | re.S).groups()
    assert step in tasks.STEPS
    copied = re.findall(r"^COPY --chown=\$\{NB_UID\} (.*) \S+$", before, re.M)
    names = [name for line in copied for name in line.split()]
    assert {"requirements.txt", "pyproject.toml", "tasks.py", "lib"} <= set(names)
    assert all((ROOT / name).exists() for name in names)


def test_its_python_is_one_that_the_book_knows_and_it_runs_as_a_user():
    minor = int(re.search(r"^FROM python:3\.(\d+)-slim", RECIPE, re.M)[1])
    assert (3, minor) in tasks.VERSIONS
    assert "USER ${NB_USER}" in RECIPE and "NB_UID=1000" in RECIPE


def test_the_folder_of_the_book_is_the_users_before_it_is_worked_in():
    owned = RECIPE.index("install -d -o ${NB_UID} -g ${NB_UID} ${HOME}/book")  # .venv goes there
    assert owned < RECIPE.index("WORKDIR ${HOME}/book") < RECIPE.index("USER ${NB_USER}")


def test_what_is_built_or_installed_here_stays_out_of_it():
    ignored = (ROOT / ".dockerignore").read_text("utf8").split()
    assert {".venv", "_build", ".git"} <= set(ignored)
