"""What goes wrong around the steps: installation, environments, folders."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from narrow import listening

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(os.name == "nt", reason="signals and links are sent as POSIX has them"),
]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clone(tmp_path):
    """The files that the set-up reads, in a folder of their own."""
    folder = tmp_path / "ein Ordner mit Größe"
    (folder / "lib").mkdir(parents=True)
    for name in ("tasks.py", "Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    yield folder
    shutil.rmtree(tmp_path, ignore_errors=True)


def step(folder, *words, cwd=None, timeout=300, **variables):
    environment = {**os.environ, "PIP_RETRIES": "0", "PIP_DEFAULT_TIMEOUT": "5", **variables}
    return subprocess.run(
        [sys.executable, folder / "tasks.py", *words], cwd=cwd or folder, env=environment,
        capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL,
    )


REFUSED = {
    "HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9",
    "PIP_INDEX_URL": "https://index.invalid/simple", "PIP_CONFIG_FILE": os.devnull,
    "PIP_FIND_LINKS": os.devnull,
}


def test_a_proxy_that_refuses_is_one_line_and_nothing_counts_as_installed(clone):
    done = step(clone, "ready", **REFUSED)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("tasks.py: pip install") and "goes on from here" in last
    assert not (clone / ".venv" / "book").exists()


def test_no_cpu_build_of_torch_where_one_was_asked_for_is_said_before_anything_else(clone):
    (clone / "empty").mkdir()
    done = step(clone, "ready", "TORCH=empty", **REFUSED)
    assert done.returncode == 1
    assert "+cpu failed" in done.stderr.strip().splitlines()[-1]


def test_an_environment_whose_python_is_gone_is_made_anew(clone):
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / "bin" / "python").symlink_to("/absent/python")
    done = step(clone, "ready", **REFUSED)
    assert "pip install" in done.stderr  # it got as far as that
    assert subprocess.run([clone / ".venv/bin/python", "-c", "import pip"]).returncode == 0


def test_a_venv_that_cannot_be_made_is_one_line(clone):
    (clone / ".venv").write_text("in the way", "utf8")
    done = step(clone, "ready")
    assert done.returncode == 1
    assert "no virtual environment could be made" in done.stderr.strip().splitlines()[-1]


def test_steps_work_from_any_folder(clone, tmp_path):
    (clone / "_build").mkdir()
    assert step(clone, "clean", cwd=tmp_path).returncode == 0
    assert not (clone / "_build").exists()


def test_cleaning_what_is_clean_is_no_error(clone):
    assert step(clone, "clean").returncode == 0


def test_an_interrupted_step_ends_with_a_line(clone):
    slow = subprocess.Popen(
        [sys.executable, "-c", "import socket, time; s = socket.socket(); s.settimeout(300);"
         "s.bind(('127.0.0.1', 0));"
         "s.listen(); print(s.getsockname()[1], flush=True); asked = s.accept();"
         "print('asked', flush=True); time.sleep(300)"],
        stdout=subprocess.PIPE, text=True)
    try:
        port = slow.stdout.readline().strip()
        environment = {**os.environ, "PIP_INDEX_URL": f"http://127.0.0.1:{port}/simple",
                       "PIP_CONFIG_FILE": os.devnull, "no_proxy": "*"}
        process = subprocess.Popen(
            [sys.executable, clone / "tasks.py", "ready"], cwd=clone, env=environment,
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, start_new_session=True,
            preexec_fn=listening)
        assert slow.stdout.readline() == "asked\n"  # pip waits for an answer
        os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does
        _, said = process.communicate(timeout=300)
    finally:
        slow.kill()
        slow.wait()
        slow.stdout.close()
    assert process.returncode
    assert "goes on from here" in said.strip().splitlines()[-1]
    assert not (clone / ".venv" / "book").exists()


def test_make_tells_the_same_as_tasks(clone):
    if not shutil.which("make"):
        pytest.skip("no make")
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(["make", "claims", "BASE=x", f"PYTHON={sys.executable}", "-n"],
                          env=alone, cwd=clone, capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == f"{sys.executable} tasks.py claims"
