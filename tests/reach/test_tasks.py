"""make, tasks.py and the workflows know the same steps; set-up is done once, and told in a line."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
import tasks  # noqa: E402

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text("utf8")


def read(path):
    return yaml.safe_load(path.read_text("utf8"))


def steps(path):
    for job in read(path)["jobs"].values():
        yield from job["steps"]


def test_make_and_tasks_have_the_same_steps_and_settings():
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.M))
    assert targets - {"help"} == set(tasks.STEPS)
    assert set(re.search(r"^\.PHONY: (.*)", MAKEFILE, re.M)[1].split()) == targets
    assert set(re.search(r"^export (.*)", MAKEFILE, re.M)[1].split()) == set(tasks.SETTINGS)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_runs_steps_of_tasks_and_nothing_else(path):
    for step in steps(path):
        if "run" in step:
            python, file, name, *given = step["run"].split()
            assert (python, file) == ("python", "tasks.py") and name in tasks.STEPS
            assert {word.partition("=")[0] for word in given} <= set(tasks.SETTINGS)
    for job in read(path)["jobs"].values():
        assert set(job.get("env", {})) <= set(tasks.SETTINGS)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_pins_what_it_uses_may_do_little_and_ends(path):
    text, workflow = path.read_text("utf8"), read(path)
    for line in re.findall(r"uses: (.*)", text):
        assert re.fullmatch(r"actions/[a-z-]+(/[a-z]+)?@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        assert job["timeout-minutes"] <= 120
        assert name == "deploy" or "permissions" not in job
        assert "latest" not in str(job["runs-on"])
    for step in steps(path):
        if "checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


def test_the_same_action_is_pinned_alike_everywhere():
    pins = {}
    for path in WORKFLOWS:
        for action, pin in re.findall(r"uses: ([^/]+/[^/@]+).*?@(\w+)", path.read_text("utf8")):
            assert pins.setdefault(action, pin) == pin


def test_the_versions_of_python_are_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["project"]
    (_, low), (_, high) = tasks.VERSIONS[0], tasks.VERSIONS[-1]
    assert project["requires-python"] == f">=3.{low},<3.{high + 1}"
    matrix = read(ROOT / ".github/workflows/test.yml")["jobs"]["test"]["strategy"]["matrix"]
    assert matrix["python"] == [f"3.{minor}" for _, minor in tasks.VERSIONS]
    assert f"Python 3.{low} to 3.{high}" in (ROOT / "README.md").read_text("utf8")


def ran(*words):
    return subprocess.run(
        [sys.executable, ROOT / "tasks.py", *words], capture_output=True, text=True, timeout=300
    )


@pytest.mark.parametrize("word", ["bok", "TORHC=cpu"])
def test_a_step_or_setting_that_does_not_exist_is_told_in_one_line(word):
    done = ran(word)
    assert done.returncode == 1 and not done.stdout
    assert done.stderr.startswith("tasks.py: no ") and done.stderr.count("\n") == 1


def test_the_list_names_every_step_and_setting():
    told = ran().stdout
    assert all(re.search(rf"^  {name} ", told, re.M) for name in [*tasks.STEPS, *tasks.SETTINGS])


@pytest.fixture
def dry(monkeypatch, tmp_path):
    """tasks with a .venv of its own, which keeps the commands that it would run."""
    calls = []

    def run(command, **options):
        calls.append([str(word) for word in command[1:]])
        return SimpleNamespace(returncode=run.status)

    run.status = 0
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    monkeypatch.setattr(tasks, "VENV", tmp_path)
    monkeypatch.setattr(tasks, "PYTHON", tmp_path / "bin" / "python")
    monkeypatch.setattr(tasks.subprocess, "run", run)
    for name in tasks.SETTINGS:
        monkeypatch.delenv(name, raising=False)
    return SimpleNamespace(calls=calls, run=run, venv=tmp_path)


def installs(dry):
    found = [call for call in dry.calls if call[:3] == ["-m", "pip", "install"]]
    dry.calls.clear()
    return found


def test_what_is_installed_is_not_installed_again_until_it_changes(dry, monkeypatch):
    tasks.install()
    assert [call[-1] for call in installs(dry)] == ["requirements.txt"]
    tasks.install()
    assert installs(dry) == []
    monkeypatch.setenv("TORCH", "cpu")
    tasks.install()
    assert installs(dry)


def test_an_installation_that_fails_is_one_line_and_is_tried_again(dry):
    dry.run.status = 1
    with pytest.raises(SystemExit, match="requirements.txt failed.*goes on from here"):
        tasks.pip("-r", "requirements.txt")
    dry.run.status = 0
    tasks.install()
    dry.calls.clear()
    (dry.venv / "book").unlink()  # it is written last
    tasks.install()
    assert installs(dry)


@pytest.mark.parametrize("wanted, flags", [
    ("cpu", ["--extra-index-url", tasks.CPU_WHEELS]),
    ("https://mirror.example/cpu", ["--extra-index-url", "https://mirror.example/cpu"]),
    ("/srv/wheels", ["--find-links", "/srv/wheels"]),
])
def test_the_cpu_build_of_torch_is_asked_for_alone_and_first(dry, monkeypatch, wanted, flags):
    monkeypatch.setenv("TORCH", wanted)
    monkeypatch.setattr(tasks.sys, "platform", "linux")
    tasks.install()
    first, second = installs(dry)
    assert first[4:7] == ["--no-deps", *flags] and re.fullmatch(r"torch==[\d.]+\+cpu", first[7])
    assert second[4:] == ["-r", "requirements.txt"]


def test_the_newest_versions_have_no_upper_bounds_but_that_of_another_program():
    bounded = [line for line in tasks.unbounded() if re.search("[<=]", line.split(";")[0])]
    assert [line.split(">")[0] for line in bounded] == ["jupyter-book"]


def test_the_newest_versions_stay_when_the_tests_are_installed(dry, monkeypatch):
    monkeypatch.setenv("NEWEST", "1")
    monkeypatch.setenv("TORCH", "cpu")
    monkeypatch.setattr(tasks.sys, "platform", "linux")
    tasks.install("requirements-test.txt")
    words = [call[4:] for call in installs(dry)]
    (at,) = [k for k, line in enumerate(words) if line == ["-r", "requirements-test.txt"]]
    torch, others, needs = words[at + 1:]
    assert torch == ["--no-deps", "--upgrade", "--extra-index-url", tasks.CPU_WHEELS, "torch"]
    assert others[0] == "--upgrade" and "numpy" in others and "torch" not in others
    assert needs == ["torch"]


def test_an_old_python_is_told_which_ones_will_do(monkeypatch):
    monkeypatch.setattr(tasks.sys, "version_info", (3, 9, 1))
    with pytest.raises(SystemExit, match="want one of 3.11, 3.12, 3.13, 3.14"):
        tasks.environment()
