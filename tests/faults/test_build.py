"""What goes wrong while the book is built ends in a correct book, or in one clear line."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

resource = pytest.importorskip("resource")  # limits are set as POSIX has them
import narrow  # noqa: E402
from screen import patiently  # noqa: E402

pytestmark = pytest.mark.thorough


def cache_files(book, pattern):
    found = list((book.folder / "_build" / ".jupyter_cache").rglob(pattern))
    assert found
    return found


# Chapters that fail


def test_a_failing_cell_is_named_with_chapter_line_and_cell_and_stays_red(book):
    book.write("two", "1 / 0")
    for _ in range(2):
        assert book.build()
        assert book.last.endswith("two.md:18: cell 2: ZeroDivisionError: division by zero")
    assert "executed one" not in book.out  # what went well is kept
    book.write("two")
    book.build()
    assert book.right()


def test_two_failing_chapters_are_both_named(book):
    book.write("one", "undefined")
    book.write("two", "1 / 0")
    assert book.build()
    assert "one.md:18: cell 2: NameError" in book.last
    assert "two.md:18: cell 2: ZeroDivisionError" in book.last


@pytest.mark.parametrize("code, said", [
    ("import os; os.kill(os.getpid(), 9)", "cell 2: the kernel died"),
    ("import os; os._exit(3)", "cell 2: the kernel died"),
    ("def f(:", "cell 2: SyntaxError"),
    ("raise MemoryError('no room')", "cell 2: MemoryError: no room"),
    ("import sys; sys.exit(4)", "cell 2: SystemExit: 4"),
    ("import absent_package", "cell 2: ModuleNotFoundError: No module named 'absent_package'"),
    ("open('/absent/folder/file', 'w')", "cell 2: FileNotFoundError"),
    (
        "class A:\n    def _repr_html_(self):\n        raise ValueError('no picture')\n\n\nA()",
        "cell 2: ValueError: no picture",
    ),
])
def test_a_cell_that_goes_wrong_in_any_way_is_one_line(book, code, said):
    book.write("two", code)
    assert book.build()
    assert "two.md:18" in book.last and said in book.last


def test_a_cell_without_end_is_stopped(book):
    book.config(timeout=20)
    book.write("two", "while True: pass")
    assert book.build()
    assert book.last.endswith("two.md:18: cell 2: no end after 20 seconds")


def test_a_kernel_that_does_not_exist_is_named(book):
    path = book.folder / "two.md"
    path.write_text(path.read_text("utf8").replace("name: python3", "name: fortran"), "utf8")
    assert book.build()
    assert "two.md" in book.last and "fortran" in book.last


def test_a_chapter_that_is_not_utf8_is_named(book):
    path = book.folder / "two.md"
    path.write_bytes(path.read_bytes().replace(b"some", "Fünf".encode("latin-1")))
    assert book.build()
    assert "two.md: not UTF-8 at byte" in book.last


def test_a_chapter_that_the_contents_name_but_is_not_there_is_named(book):
    (book.folder / "two.md").unlink()
    assert book.build()
    assert "two" in book.out and not (book.folder / "_build/html/two.html").exists()


def test_contents_that_cannot_be_read_are_named(book):
    (book.folder / "_toc.yml").write_text("format: jb-book\nroot: [intro", "utf8")
    assert book.build()
    assert "Table of Contents" in book.out or "_toc.yml" in book.out


# What an earlier build left


def test_a_warning_is_not_forgotten_by_the_next_build(book):
    book.write("two", words="see [](nowhere.md)")
    for _ in range(2):
        assert book.build()
        assert "nowhere" in book.out
    book.write("two")
    book.build()
    assert book.right()


def test_a_cache_that_is_no_database_is_begun_anew(built):
    for path in cache_files(built, "global.db"):
        path.write_bytes(b"not a database" * 100)
    shutil.rmtree(built.folder / "_build" / "html")
    built.build()
    assert built.right() and "begun anew" in built.out


@pytest.mark.parametrize("text", ["", "{", "{}"])
def test_a_cached_chapter_that_is_damaged_is_executed_again(built, text):
    for path in cache_files(built, "base.ipynb"):
        path.write_text(text, "utf8")
    shutil.rmtree(built.folder / "_build" / "html")
    built.build()
    assert built.right()


def test_a_cached_chapter_that_is_gone_is_executed_again(built):
    for path in cache_files(built, "base.ipynb"):
        path.unlink()
    shutil.rmtree(built.folder / "_build" / "html")
    built.build()
    assert built.right()


@pytest.mark.parametrize("part", ["html", ".doctrees", "jupyter_execute", ".jupyter_cache"])
def test_a_part_of_the_build_that_was_deleted_is_made_again(built, part):
    shutil.rmtree(built.folder / "_build" / part)
    built.build()
    assert built.right()
    assert (built.folder / "_build" / "jupyter_execute" / "one.ipynb").is_file()


def test_a_damaged_environment_is_read_anew(built):
    (built.folder / "_build/.doctrees/environment.pickle").write_bytes(b"\x80\x05damaged")
    built.build()
    assert built.right()


def test_a_page_that_was_half_written_is_written_again(built):
    page = built.folder / "_build/html/one.html"
    page.write_text(page.read_text("utf8")[:400], "utf8")
    (built.folder / "_build/.unfinished").touch()  # as a killed build leaves it
    built.build()
    assert built.right() and "executed one" not in built.out


def test_an_edit_is_seen_although_the_clock_was_set_back(built):
    built.write("one", 'print("anew")')
    os.utime(built.folder / "one.md", (0, 0))
    built.build()
    assert built.right("anew")


def test_nothing_is_executed_again_although_the_clock_was_set_forward(built):
    for name in ("one", "two"):
        os.utime(built.folder / f"{name}.md", (4e9, 4e9))
    built.build()
    assert built.right() and "executed one" not in built.out


def test_a_lock_that_a_dead_build_left_is_free(built):
    (built.folder / "_build/.lock").write_bytes(b"")
    built.build()
    assert built.right()


def test_a_build_folder_that_is_a_file_is_one_line(book):
    (book.folder / "_build").write_text("in the way", "utf8")
    assert book.build()
    assert "_build" in book.last


# Builds that are interrupted, and builds at the same time


def until(book, process, words):
    """Wait for `words` in what the build prints."""
    end, seen = time.monotonic() + 300, []
    for line in process.stdout:
        seen.append(line)
        if words in line:
            return
        assert time.monotonic() < end, "".join(seen)
    raise AssertionError("".join(seen))


# a chapter that says which kernel it is in, and waits until it may go on
WAITS = """import os, time
open('part', 'w').write(str(os.getpid()))
os.replace('part', 'kernel')
while not os.path.exists('go'): time.sleep(0.1)
print('second')"""


def kernel_of(book):
    """The process of the kernel, once its chapter waits."""
    path = book.folder / "kernel"
    patiently(path.is_file, lambda: "the chapter does not begin")
    return int(path.read_text("utf8"))


def said_of(pid):
    """The state of a process and its parent; a process that is gone is dead."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            state, parent = stat.read().rsplit(")", 1)[1].split()[:2]
            return state, int(parent)
    except OSError:
        return "X", 0


def alive(pid):
    return said_of(pid)[0] not in "ZX"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_build_resumes_where_it_stopped(book, number):
    book.config(timeout=600)
    book.write("two", WAITS)
    process = book.start()
    until(book, process, "executed one")
    kernel_of(book)
    process.send_signal(number)
    assert book.end(process)
    assert number != signal.SIGINT or "traceback" not in book.out.lower()
    (book.folder / "go").touch()
    book.build()
    assert book.right()
    assert "executed two" in book.out and "executed one" not in book.out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_kernel_outlives_an_interrupted_build(book, number):
    book.config(timeout=600)
    book.write("two", WAITS)
    process = book.start()
    kernel = kernel_of(book)
    _, parent = said_of(kernel)  # the build, or what forks for it
    process.send_signal(number)
    assert book.end(process)
    for pid in (kernel, parent):
        patiently(lambda: not alive(pid), lambda: "the kernel goes on")  # noqa: B023


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no kernel is forked")
def test_the_process_that_forks_kernels_is_killed(book):
    book.config(timeout=600)
    book.write("two", WAITS)
    process = book.start()
    kernel = kernel_of(book)
    _, parent = said_of(kernel)
    assert parent not in (1, process.pid)
    os.kill(parent, signal.SIGKILL)
    assert book.end(process)
    assert "two.md" in book.last and "the kernel died" in book.last, book.out
    patiently(lambda: not alive(kernel), lambda: "the kernel goes on")
    (book.folder / "go").touch()
    assert not book.build() and book.right()


def test_two_builds_at_once_do_not_spoil_each_other(book):
    book.config(timeout=600)
    book.write("two", WAITS)
    first = book.start()
    kernel_of(book)
    second = book.start()
    until(book, second, "another build is at work")
    (book.folder / "go").touch()
    out = [process.communicate(timeout=400)[0] for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), out
    book.status = 0
    assert book.right()
    assert [text.count("executed one") for text in out] == [1, 0]


def test_a_build_waits_for_who_holds_the_lock(built):
    holder = sqlite3.connect(built.folder / "_build/.lock", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    process = built.start()
    until(built, process, "another build is at work")
    holder.close()
    built.end(process)
    assert built.right()


# Surroundings


@pytest.mark.parametrize("variables", [
    {"LC_ALL": "C", "LANG": "C"},
    {"LC_ALL": "xx_YY.latin1"},
    {"TZ": "Pacific/Kiritimati"},
    {"TZ": "no/where"},
    {"HOME": "/proc/nowhere", "XDG_CACHE_HOME": "/proc/nowhere"},
    {"HOME": None},
    {"JUPYTER_RUNTIME_DIR": "/proc/nowhere"},
    {"MPLCONFIGDIR": "/proc/nowhere", "NUMBA_CACHE_DIR": "/proc/nowhere"},
    {"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"},
    {"CUDA_VISIBLE_DEVICES": "-1"},
    {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "7"},
    {"TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "20"},
    {"PYTHONWARNINGS": "error::UserWarning"},
    {"TMPDIR": "/proc/nowhere"},
], ids=lambda variables: ",".join(f"{k}={v}" for k, v in variables.items()))
def test_unusual_surroundings_give_the_same_book(book, variables):
    book.build(**variables)
    assert book.right()


def test_a_kernel_that_cannot_start_is_one_line(book):
    assert book.build(IPYTHONDIR="/proc/nowhere")
    assert "one.md: its kernel did not start: FileNotFoundError" in book.last


def few_files():
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))


def deaf():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def own_files_only():
    os.umask(0o077)


@pytest.mark.parametrize("before", [
    narrow.one_core, narrow.little_memory, few_files, deaf, own_files_only,
])
def test_a_narrow_process_gives_the_same_book(book, before):
    book.build(before=before)
    assert book.right()


def test_a_path_with_spaces_and_umlauts(book, tmp_path):
    away = tmp_path / "Bücher & Größen" / "mit Leerzeichen's"
    away.parent.mkdir()
    book.folder = book.folder.rename(away)
    book.build()
    assert book.right()


# The disk; these need the right to mount


def mounted(book, options, commands=""):
    """Build in a mount namespace of its own, with a small or read-only file system."""
    prefix = ["unshare", "-m", "sh", "-c", f'{options}; {commands} exec "$@"', "sh"]
    if not shutil.which("unshare") or subprocess.run(
            ["unshare", "-m", "true"], capture_output=True).returncode:
        pytest.skip("no right to mount here")
    return book.build(prefix=prefix)


def test_a_full_disk_is_told_and_nothing_wrong_stays(book):
    (book.folder / "_build").mkdir()
    status = mounted(book, f"mount -t tmpfs -o size=300k none '{book.folder}/_build'", "cd .;")
    assert status
    assert "No space left" in book.out or "disk is full" in book.out
    book.build()
    assert book.right()


def test_a_read_only_book_is_one_line(book):
    (book.folder / "_build").mkdir()
    status = mounted(book, f"mount -t tmpfs -o ro none '{book.folder}/_build'")
    assert status
    assert "ead-only file system" in book.last or "cannot be written to" in book.last


def test_no_shared_memory(book):
    assert mounted(book, "mount -t tmpfs -o ro,size=4k none /dev/shm") == 0, book.out
    assert book.right()
