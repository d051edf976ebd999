"""The steps of the Makefile for a machine without make: python tasks.py book.

A step does its own set-up in .venv, once. Settings are given as make takes them, or in the
environment: python tasks.py book TORCH=cpu.
"""
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
BUILD = ROOT / "_build"
VERSIONS = [(3, 11), (3, 12), (3, 13), (3, 14)]
SETTINGS = {
    "TORCH": "which PyTorch: nothing (what the index has), cpu, or the address of CPU wheels",
    "SEED": "the secret number of an assessment, which makes its sheets again (drawn, and printed)",
    "STUDENTS": "how many sheets an assessment has (30)",
    "CHAPTERS": "what an assessment asks about: setup,canonical_dynamics (all)",
    "JOBS": "how many tests run at once (2)",
    "BASE": "what claims measured earlier, to be compared with",
    "NEWEST": "1 for the newest version of everything, whatever the bounds say",
}
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"
# What jupyter-book says of a failed build, without the traceback of its own command line.
JUPYTER_BOOK = """
import gc, sys
gc.set_threshold(100_000, 50, 100)  # a book is large trees that stay: there is little garbage
sys.modules["rfc3987_syntax"] = None  # grammars that take seconds to load, and no schema here wants
from jupyter_book.cli.main import main
try:
    main()
except RuntimeError as error:
    if error.__cause__ is None:
        raise
    cause = error.__cause__
    sys.exit(f"{getattr(cause, 'category', type(cause).__name__)}: {cause}")
finally:
    gc.freeze()  # nor at the end
"""
FAST = [
    "tests/test_architecture.py", "tests/js/test_scopes.py", "tests/js/test_options.py",
    "tests/js/test_state.py", "tests/book/test_style.py", "tests/book/test_repeats.py",
    "tests/book/test_chapters.py",
    "tests/book/test_packaging.py", "tests/book/test_docstring_examples.py",
]
STEPS = {}


def step(function):
    """A step of the Makefile; its docstring is its line in the list."""
    STEPS[function.__name__] = function
    return function


def setting(name, default=""):
    return os.environ.get(name, default).strip() or default


def python(*args, **variables):
    """Run the Python of .venv in the root; a failure ends the step with the same status."""
    done = subprocess.run([PYTHON, *args], cwd=ROOT, env={**os.environ, **variables})
    if done.returncode:
        sys.exit(done.returncode)


def stop(line):
    sys.exit(f"tasks.py: {line}")


# Set-up. A stamp holds a digest of what it was made from: no clock has a say in it, and an
# installation that was interrupted leaves none.


def digest(*parts):
    key = hashlib.sha256()
    for part in parts:
        key.update(part.read_bytes() if isinstance(part, Path) else part.encode())
    return key.hexdigest()


def once(name, made_from, work):
    stamp = VENV / name
    if not stamp.is_file() or stamp.read_text("utf8") != made_from:
        stamp.unlink(missing_ok=True)
        work()
        stamp.write_text(made_from, "utf8")
    return made_from


def environment():
    """The virtual environment; made anew where its Python no longer starts."""
    if sys.version_info[:2] not in VERSIONS:
        known = ", ".join(f"3.{minor}" for _, minor in VERSIONS)
        stop(f"this is Python {sys.version.split()[0]}; want one of {known}, "
             "as in: make PYTHON=python3.12")
    if PYTHON.exists() and _starts():
        return
    if subprocess.run([sys.executable, "-m", "venv", "--clear", VENV]).returncode:
        stop(f"no virtual environment could be made in {VENV} (on Debian: apt-get install "
             "python3-venv)")


def _starts():
    try:
        return not subprocess.run([PYTHON, "-c", "import pip"], capture_output=True).returncode
    except OSError:
        return False


def pip(*args):
    """pip install; a failure is told in one line below pip's own."""
    done = subprocess.run([PYTHON, "-m", "pip", "install", "-q", *args], cwd=ROOT)
    if done.returncode:
        stop(f"pip install {' '.join(map(str, args))} failed: see above; nothing is lost, "
             "the same command goes on from here")


def cpu_wheels():
    """The flags with which pip finds the build that TORCH asks for; none for the index's own."""
    wanted = setting("TORCH")
    if not wanted or sys.platform == "darwin":  # a Mac's wheel is for the CPU as it is
        return []
    index = CPU_WHEELS if wanted == "cpu" else wanted
    return ["--extra-index-url" if "://" in index else "--find-links", index]


def torch_wheel():
    """The wheel of PyTorch that TORCH asks for, before all else is installed."""
    import tomllib

    flags = cpu_wheels()
    if not flags:
        return
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["project"]
    (pin,) = [line for line in project["dependencies"] if line.startswith("torch==")]
    # alone: no other package is looked for there
    pip("--no-deps", *flags, f"{pin}+cpu")


def newest():
    """With NEWEST: what an installation took by its bounds, as new as there is."""
    if not setting("NEWEST"):
        return
    wanted, flags = unbounded(), cpu_wheels()
    if flags:  # the newest of that build, alone again
        pip("--no-deps", "--upgrade", *flags, "torch")
        wanted.remove("torch")
    pip("--upgrade", *wanted)
    if flags:
        pip("torch")  # what that build needs


def install(extra=""):
    """What a step needs: the book, and `extra`, of requirements-test.txt or of benchmarks."""
    environment()
    files = [ROOT / "requirements.txt", ROOT / "pyproject.toml"]

    def book():
        torch_wheel()
        pip("-r", "requirements.txt")
        newest()

    def more():
        pip("-r", extra)
        newest()  # it names requirements.txt, whose bounds have taken hold again

    made = once("book", digest(*files, setting("TORCH"), setting("NEWEST"), str(ROOT)), book)
    if extra:
        once(extra.replace("/", "-"), digest(made, ROOT / extra), more)


def unbounded():
    """What lib and the book need, without upper bounds; jupyter-book 2 is another program."""
    import re
    import tomllib

    lines = (ROOT / "requirements.txt").read_text("utf8").splitlines()
    lines += tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["project"]["dependencies"]
    wanted = [line.split("#")[0].strip() for line in lines if line[:1].isalpha()]
    return [line if line.startswith("jupyter-book") else
            re.match(r"[\w.-]+", line)[0] + "".join(re.findall(r";.*", line)) for line in wanted]


def engine():
    """Compile the training engine; the result stays on disk, where there is a place for it."""
    sources = sorted((ROOT / "lib" / "engines").glob("*.py"))
    once("engine", digest(*sources, str(PYTHON)), lambda: python("-m", "lib.engines"))


def build(*flags):
    python("-c", JUPYTER_BOOK, "build", ".", "-W", "--keep-going", "-n", *flags)


def pytest(*args):
    python("-m", "pytest", "-n", setting("JOBS", "2"), *args)


# The steps


@step
def ready():
    """only the set-up: everything installed, the engine compiled"""
    install()
    engine()


@step
def book():
    """execute every chapter and write the pages to _build/html"""
    install()
    engine()
    build()
    print("open _build/html/index.html")


@step
def test():
    """unit and property tests, every chapter cell by cell, the book, its pages in a browser"""
    install("requirements-test.txt")
    engine()
    pytest("--dist", "loadfile", "-m", "not thorough", "--ignore", "tests/pages")
    build("-q")
    pytest("-m", "not thorough", "tests/pages")


@step
def check():
    """the fast tests: style, names, architecture, options in both languages, examples"""
    install("requirements-test.txt")
    python("-m", "ruff", "check", ".")
    python("-m", "pytest", "-q", *FAST)


@step
def thorough():
    """what takes longer: long properties, injected faults, every page in a second browser"""
    install("requirements-test.txt")
    install("requirements-dask.txt")
    engine()
    pytest("-m", "thorough", "tests", "--ignore", "tests/pages")
    build("-q")
    pytest("--dist", "loadfile", "-m", "thorough", "tests/pages")


@step
def lab():
    """JupyterLab; a double click opens a chapter as a notebook"""
    install()
    engine()
    python("-m", "jupyterlab", JUPYTER_CONFIG_PATH=str(ROOT / ".jupyter"))


@step
def bench():
    """time the training engine against its peers (installs JAX)"""
    install("benchmarks/requirements.txt")
    python("-m", "benchmarks.training")


@step
def notebooks():
    """chapters and exercises as plain .ipynb, in _build/notebooks"""
    install()
    python("-m", "tools.course", "notebooks")


@step
def student():
    """the exercises without solutions, stubs and checkers kept, in _build/student"""
    install()
    python("-m", "tools.course", "student")


@step
def solutions():
    """the exercises with solutions, executed, in _build/solutions"""
    install()
    engine()
    python("-m", "tools.course", "solutions")


@step
def slides():
    """a deck for each chapter, in _build/html/slides"""
    book()
    python("-m", "tools.course", "slides")


@step
def teacher():
    """the pages once more, with the teacher's notes beside the text, in _build/teacher"""
    book()
    python("-m", "tools.course", "teacher")


@step
def assessment():
    """a sheet for each student and a key: make assessment STUDENTS=30"""
    install()
    given = {name: setting(name) for name in ("SEED", "STUDENTS", "CHAPTERS")}
    python("-m", "tools.course", "assessment",
           *(f"--{name.lower()}={value}" for name, value in given.items() if value))


@step
def claims():
    """what every claim of the built book measures; BASE=FILE lists the changes since"""
    install()
    python("-m", "tools.claims", *filter(None, [setting("BASE")]))


@step
def links():
    """whether the sites that the built book links to answer"""
    install()
    python("-m", "tools.links")


@step
def pdf():
    """the whole book as one typeset file, _build/html/book.pdf (needs Chromium)"""
    book()
    install("tools/requirements.txt")
    python("-m", "tools.pdf")


@step
def clean():
    """remove everything that is built; .venv stays"""
    for path in (BUILD, ROOT / "build"):
        if path.exists():
            shutil.rmtree(path)
    (VENV / "engine").unlink(missing_ok=True)
    for folder, inner, _ in os.walk(ROOT):
        inner[:] = [name for name in inner if name not in (".venv", ".git")]
        if "__pycache__" in inner:
            shutil.rmtree(Path(folder) / "__pycache__")
            inner.remove("__pycache__")


def listed():
    lines = [f"  {name:<12}{function.__doc__}" for name, function in STEPS.items()]
    given = [f"  {name:<12}{told}" for name, told in SETTINGS.items()]
    return "\n".join(["make STEP, or python tasks.py STEP:", *lines, "with NAME=VALUE:", *given])


def main(words):
    for word in [word for word in words if "=" in word]:
        name, _, value = word.partition("=")
        if name not in SETTINGS:
            stop(f"no setting {name}; there are {', '.join(SETTINGS)}")
        os.environ[name] = value
    names = [word for word in words if "=" not in word]
    unknown = [name for name in names if name not in STEPS]
    if unknown:
        stop(f"no step {', '.join(unknown)}; there are {', '.join(STEPS)}")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    os.environ.setdefault("PYTHONUTF8", "1")  # whatever the locale
    if not names:
        print(listed())
    for name in names:
        STEPS[name]()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("tasks.py: interrupted; the same command goes on from here")
