"""No six equal lines stand twice: what is said twice is a function."""
import ast
from collections import defaultdict

from writing import ROOT

EQUAL = 6
FOLDERS = ("lib", "_ext", "_static", "benchmarks", "tests", "tools")
FILES = [ROOT / "conftest.py", ROOT / "tasks.py"]
FILES += [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*"))
          if path.suffix in (".py", ".js") and path.is_file()]


def lines(path):
    """[(number, line)] of what says something: no imports, no lines of brackets alone."""
    text, left_out = path.read_text("utf8"), set()
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                left_out.update(range(node.lineno, node.end_lineno + 1))
    rows = ((k, line.strip()) for k, line in enumerate(text.splitlines(), 1))
    return [(k, line) for k, line in rows if k not in left_out and any(map(str.isalnum, line))]


def repeated(files):
    """{places: first line} of blocks that stand in two places."""
    found = defaultdict(list)
    for path in files:
        rows = lines(path)
        for start in range(len(rows) - EQUAL + 1):
            block = tuple(line for _, line in rows[start:start + EQUAL])
            found[block].append(f"{path.name}:{rows[start][0]}")
    return {tuple(places): block[0] for block, places in found.items() if len(places) > 1}


def test_no_six_equal_lines_stand_twice():
    assert repeated(FILES) == {}


def test_a_repeated_block_is_seen(tmp_path):
    block = "".join(f"a{k} = {k}\n" for k in range(EQUAL))
    for name in ("one.py", "two.py"):
        (tmp_path / name).write_text(f"import os\n\n{block}print({name!r})\n", "utf8")
    assert list(repeated(sorted(tmp_path.iterdir()))) == [("one.py:3", "two.py:3")]
