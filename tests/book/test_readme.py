"""What the README shows works as it stands, and what it names is there."""
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf8")


def test_the_example_runs():
    lines = [
        line[4:]
        for line in README.splitlines()
        if line.startswith("    ") and not line.startswith(("    make ", "    python tasks.py"))
    ]
    space = {}
    *body, last = lines
    exec("\n".join(body), space)                                         # the README's own lines
    f, loss = eval(last, space)
    assert f.shape == (2,) and float(loss) < 0.5


def test_every_target_and_module_that_it_names_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf8"), re.M))
    assert set(re.findall(r"make ([a-z]+)\b(?= |`)", README)) - {"and"} <= targets
    modules = README[README.index("The modules of `lib`"):README.index("Every public docstring")]
    for name in re.findall(r"`([a-z]+)`", modules.replace("`lib`", "")):
        assert (ROOT / "lib" / f"{name}.py").is_file() or (ROOT / "lib" / name).is_dir(), name
