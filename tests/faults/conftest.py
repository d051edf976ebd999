"""A book of two chapters that is built in a second or so, with the same extensions as the book."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from narrow import listening

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
import tasks  # noqa: E402

PATIENCE = 400  # seconds for one build, on a machine that is busy
CHAPTER = """---
file_format: mystnb
kernelspec:
  name: python3
  display_name: Python 3
---
# Chapter {name}

Words: {words}.

```{{code-cell}} ipython3
print("first of {name}")
```

Between.

```{{code-cell}} ipython3
{code}
```
"""
CONFIG = """title: A little book
only_build_toc_files: true
exclude_patterns: [".*", "**/.*"]
execute: {{execute_notebooks: cache, timeout: {timeout}, raise_on_error: true, show_tb: true}}
sphinx:
  local_extensions: {{one_build: {ext}, cache_key: {ext}, execution: {ext}}}
"""
TOC = "format: jb-book\nroot: intro\nchapters: [{file: one}, {file: two}]\n"


class Book:
    """The book in `folder`, and what its last build said."""

    def __init__(self, folder: Path):
        self.folder, self.out, self.status = folder, "", None
        folder.mkdir(parents=True)
        self.config()
        (folder / "_toc.yml").write_text(TOC, "utf8")
        (folder / "intro.md").write_text("# A little book\n", "utf8")
        (folder / "requirements.txt").touch()
        (folder / "pyproject.toml").touch()
        self.write("one")
        self.write("two")

    def config(self, timeout=60):
        text = CONFIG.format(ext=f'"{ROOT / "_ext"}"', timeout=timeout)
        (self.folder / "_config.yml").write_text(text, "utf8")

    def write(self, name, code='print("second")', words="some"):
        text = CHAPTER.format(name=name, code=code, words=words)
        (self.folder / f"{name}.md").write_text(text, "utf8")

    def start(self, before=listening, prefix=(), **variables):
        """Begin to build; `before` is called in the new process."""
        kept = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
        kept.update(variables)
        command = [*prefix, sys.executable, "-c", tasks.JUPYTER_BOOK, "build", ".", "-W",
                   "--keep-going", "-n"]
        return subprocess.Popen(
            command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", preexec_fn=before, stdin=subprocess.DEVNULL,
            env={name: value for name, value in kept.items() if value is not None},
        )

    def end(self, process):
        """Its output, once it has ended; it is killed where that takes too long."""
        try:
            self.out, _ = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            raise
        self.status = process.returncode
        return self.status

    def build(self, **options):
        return self.end(self.start(**options))

    @property
    def last(self):
        """The last line of what the build said."""
        return self.out.strip().splitlines()[-1]

    def page(self, name):
        return (self.folder / "_build" / "html" / f"{name}.html").read_text("utf8")

    def right(self, second="second"):
        """Whether the build ended well, and every page has the outputs of its cells."""
        assert self.status == 0, self.out
        for name in ("one", "two"):
            text = self.page(name)
            assert f"first of {name}" in text and text.rstrip().endswith("</html>")
            assert text.count("cell_output") >= 2
        assert second in self.page("one")
        return True


@pytest.fixture
def book(tmp_path):
    yield Book(tmp_path / "book")
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A book that is built; take a copy of it with `copied`."""
    made = Book(tmp_path_factory.mktemp("finished") / "book")
    made.build()
    assert made.right()
    return made


@pytest.fixture
def built(finished, tmp_path):
    """A copy of a finished book in a folder of its own; its cache is read, its pages are not."""
    copy = Book.__new__(Book)
    copy.folder, copy.out, copy.status = tmp_path / "book", "", None
    shutil.copytree(finished.folder, copy.folder)
    yield copy
    shutil.rmtree(tmp_path, ignore_errors=True)
