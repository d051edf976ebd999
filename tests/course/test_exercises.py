"""The exercises: enough of every kind, in one form; checkers name mistakes; builds hide nothing."""
import json
import re
from collections import Counter
from pathlib import Path

import pytest
import torch

from lib.course import Mistake, agree
from tools.course import pages
from tools.course.__main__ import notebooks

ROOT = Path(__file__).resolve().parents[2]
PAGES = [path for path in sorted((ROOT / "exercises").glob("*.md"))
         if (ROOT / "chapters" / path.name).is_file()]
ALL = {path.stem: pages.exercises(path) for path in PAGES}
CODING = [(stem, one) for stem, many in ALL.items() for one in many if one.stub]
page = pytest.mark.parametrize("path", PAGES, ids=lambda p: p.stem)
coding = pytest.mark.parametrize("stem, one", CODING, ids=lambda v: getattr(v, "label", ""))


def chapter(path):
    return ROOT / "chapters" / path.name


# What is there.


@page
def test_every_chapter_has_enough_exercises_of_every_kind(path):
    kinds = Counter(one.kind for one in ALL[path.stem])
    assert kinds.total() >= 8 and set(kinds) == set(pages.KINDS), kinds
    assert chapter(path).is_file()


def test_there_are_enough_of_them():
    every = [one for many in ALL.values() for one in many]
    assert len(every) >= 45 and len({one.label for one in every}) == len(every)
    toc = (ROOT / "_toc.yml").read_text("utf8")
    assert all(f"file: exercises/{stem}\n" in toc for stem in ALL)


@page
def test_every_exercise_has_time_hint_and_an_executed_solution(path):
    for one in ALL[path.stem]:
        assert 5 <= one.minutes <= 120 and one.objectives and one.hint, one.label
        assert len(one.solution.strip()) > 40 and one.code, one.label
        assert bool(one.stub) == bool(one.checker), one.label
        guarded = re.search(r"\bagree\(|\bassert\b|\bclaim\(", "\n".join(one.code))
        assert one.stub or guarded, f"{one.label}: nothing checks the solution"


@page
def test_exercises_stand_in_the_order_of_the_kinds(path):
    order = [list(pages.KINDS).index(one.kind) for one in ALL[path.stem]]
    assert order == sorted(order)
    headings = re.findall(r"^## (.+)$", path.read_text("utf8"), re.M)
    assert [h for h in headings if h in pages.KINDS.values()] == list(pages.KINDS.values())


# Checkers.  Of every coding exercise two typical mistakes, and what the checker says of each.

MISTAKES = {
    "exercise-gradient-b": [
        ("def gradient_b(a, b, c, alpha, x, y):\n"
         "    pre = a * x[:, None] - b\n"
         "    rho = (c * torch.relu(pre)).sum(-1) / alpha - y\n"
         "    return c / alpha * ((pre > 0) * rho[:, None]).sum(0)", "sign is wrong"),
        ("def gradient_b(a, b, c, alpha, x, y):\n"
         "    pre = a * x[:, None] - b\n"
         "    rho = (c * torch.relu(pre)).sum(-1) / alpha - y\n"
         "    return -c * ((pre > 0) * rho[:, None]).sum(0)", "1/alpha"),
    ],
    "exercise-arctan": [
        ("def particle(a, b, c, alpha, m):\n"
         "    return m / alpha * c * math.hypot(a, b), math.atan(-b / a)", "mirror image"),
        ("def particle(a, b, c, alpha, m):\n"
         "    return m / alpha * c * math.hypot(a, b), math.atan2(b, a)", r"\(a, -b\)"),
    ],
    "exercise-attracts": [
        ("def attracts(x, rho, k, side):\n"
         "    w = rho * (x * x[k] + 1)\n"
         "    B = w[k + 1:].sum() if side > 0 else w[:k].sum()\n"
         "    return int(torch.sign(rho[k])) if rho[k] * B > -rho[k] * w[k] else 0",
         "only the lower bound"),
        ("def attracts(x, rho, k, side):\n"
         "    w = rho * (x * x[k] + 1)\n"
         "    B = w.sum() - w[k]\n"
         "    return int(torch.sign(rho[k])) if -rho[k] * w[k] < rho[k] * B < 0 else 0",
         "both sides are summed"),
    ],
    "exercise-velocity": [
        ("def velocity(r, theta, x, rho):\n"
         "    d = torch.tensor([math.cos(theta), math.sin(theta)])\n"
         "    t = torch.tensor([-math.sin(theta), math.cos(theta)])\n"
         "    tilde = torch.stack([x, torch.ones_like(x)], -1)\n"
         "    g = ((tilde @ d > 0) * rho) @ tilde\n"
         "    return (g * d).sum(), (g * t).sum()", "climbs, and the factor r"),
        ("def velocity(r, theta, x, rho):\n"
         "    d = torch.tensor([math.cos(theta), math.sin(theta)])\n"
         "    t = torch.tensor([-math.sin(theta), math.cos(theta)])\n"
         "    g = rho @ torch.stack([x, torch.ones_like(x)], -1)\n"
         "    return -(g * d).sum(), -r * (g * t).sum()", "only those that it sees"),
    ],
    "exercise-lift": [
        ("def lift(r, delta, alpha, m):\n"
         "    root = math.sqrt(delta**2 + 4 * r**2)\n"
         "    c = math.copysign(math.sqrt((root + delta) / 2), r)\n"
         "    return c, math.sqrt((root - delta) / 2)", "kappa = alpha r / m belongs"),
        ("def lift(r, delta, alpha, m):\n"
         "    root = math.sqrt(delta**2 + 4 * (alpha * r / m)**2)\n"
         "    return math.sqrt((root + delta) / 2), math.sqrt((root - delta) / 2)",
         "lost the sign of r"),
    ],
    "exercise-under-force": [
        ("def under_force(a, b, c, g1, g2, alpha, t):\n"
         "    size = math.hypot(g1, g2)\n"
         "    p, C, S = (a*g1 - b*g2) / size, math.cosh(size * t), math.sinh(size * t)\n"
         "    move = p * C - c * S - p\n"
         "    return a + move * g1 / size, b - move * g2 / size, c * C - p * S", "1/alpha"),
        ("def under_force(a, b, c, g1, g2, alpha, t):\n"
         "    size = math.hypot(g1, g2); w = size / alpha\n"
         "    p, C, S = (a*g1 - b*g2) / size, math.cosh(w * t), math.sinh(w * t)\n"
         "    move = p * C + c * S - p\n"
         "    return a + move * g1 / size, b - move * g2 / size, c * C + p * S", "uphill"),
    ],
    "exercise-coordinates": [
        ("def coordinates(r, delta, alpha, m, y):\n"
         "    R, size = r.square().mean().sqrt(), y.square().mean().sqrt()\n"
         "    return R / size, delta / R", "in units of alpha / m"),
        ("def coordinates(r, delta, alpha, m, y):\n"
         "    R = r.square().mean().sqrt()\n"
         "    return R / y.norm(), m / alpha * delta / R", "number of samples"),
    ],
    "exercise-rotation": [
        ("def rotation(a0, b0, a1, b1, c1):\n"
         "    turn = (torch.atan2(-b1, a1) - torch.atan2(-b0, a0)).abs()\n"
         "    size = c1.abs() * torch.hypot(a1, b1)\n"
         "    return (turn * size).sum() / size.sum()", "across the angle pi"),
        ("def rotation(a0, b0, a1, b1, c1):\n"
         "    turn = wrap(torch.atan2(-b1, a1) - torch.atan2(-b0, a0)).abs()\n"
         "    return turn.mean()", "weigh with its size"),
    ],
    "exercise-price-kinks": [
        ("def price(e, h):\n    return (h * torch.sqrt(1 + e**2)).sum()", "with their signs"),
        ("def price(e, h):\n    return h.abs().sum()", "weight sqrt"),
    ],
    "exercise-penalised-step": [
        ("def penalised_step(r, push, eta, lam):\n"
         "    return r - eta * (push + lam * torch.sign(r))", "jumps over zero"),
        ("def penalised_step(r, push, eta, lam):\n"
         "    s = r - eta * push\n"
         "    return torch.sign(s) * torch.relu(s.abs() - lam)", "eta lambda, not lambda"),
    ],
    "exercise-nearest": [
        ("def nearest(phi, y, c0):\n    return torch.linalg.pinv(phi) @ y", "least norm"),
        ("def nearest(phi, y, c0):\n    return c0 + torch.linalg.pinv(phi) @ y", "does not fit"),
    ],
    "exercise-residuals-at": [
        ("def residuals_at(K, rho0, t):\n    return torch.exp(-t * K) @ rho0", "entry by entry"),
        ("def residuals_at(K, rho0, t):\n    return torch.exp(-t * K.diagonal()) * rho0",
         "diagonal is not the spectrum"),
    ],
    "exercise-knot-mass": [
        ("def knot_mass(knots, r, x, width):\n"
         "    reach = width * (x[-1] - x[0])\n"
         "    among = (knots >= x[0] - reach) & (knots <= x[-1] + reach)\n"
         "    near = ((knots[:, None] - x).abs() <= reach).any(-1)\n"
         "    return near.sum() / among.sum()", "counts knots"),
        ("def knot_mass(knots, r, x, width):\n"
         "    near = ((knots[:, None] - x).abs() <= width * (x[-1] - x[0])).any(-1)\n"
         "    return (r.abs() * near).sum() / r.abs().sum()", "outside the samples"),
    ],
    "exercise-first-epoch": [
        ("def first_epoch(epochs, loss, tol):\n"
         "    return int(epochs[(loss <= tol).double().argmax()])", "never arrives"),
        ("def first_epoch(epochs, loss, tol):\n"
         "    below = (loss <= tol).nonzero()\n"
         "    return int(below[0, 0]) if len(below) else None", "not its epoch"),
    ],
}


def space(stem):
    """The names that the first cell of a page defines."""
    names = {"__name__": "__main__"}
    first = next(c.source for c in pages.read(ROOT / "exercises" / f"{stem}.md").cells
                 if c.cell_type == "code")
    exec(first, names)
    return names


@pytest.fixture(autouse=True)
def own_default_dtype_and_figures():
    import matplotlib.pyplot as plt
    import torch

    before = torch.get_default_dtype()
    yield
    torch.set_default_dtype(before)
    plt.close("all")


def test_every_coding_exercise_has_two_planted_mistakes():
    assert set(MISTAKES) >= {one.label for _, one in CODING}
    assert len(CODING) >= 10 and all(len(two) >= 2 for two in MISTAKES.values())


@coding
def test_the_empty_stub_says_what_is_wanted(stem, one):
    names = space(stem)
    exec(one.stub, names)
    with pytest.raises(NotImplementedError, match="fill in: "):
        exec(one.checker, names)


@coding
@pytest.mark.parametrize("seed", (1, 2, 77))
def test_the_solution_passes_for_every_seed(stem, one, seed, capsys):
    names = space(stem) | {"SEED": seed}
    exec(one.code[0], names)
    exec(one.checker, names)
    said = capsys.readouterr().out
    assert re.search(rf"^✓ .+: right in \d+ cases \(seed {seed}\)$", said, re.M), said


@coding
@pytest.mark.parametrize("which", (0, 1))
@pytest.mark.parametrize("seed", (1, 2, 77))
def test_a_typical_mistake_is_named(stem, one, which, seed):
    names = space(stem) | {"SEED": seed}
    code, message = MISTAKES[one.label][which]
    exec(code, names)
    with pytest.raises(Mistake, match=message):
        exec(one.checker, names)


@coding
def test_what_is_wrong_in_another_way_fails_too(stem, one):
    names = space(stem)
    name = re.match(r"def (\w+)", one.stub)[1]
    names[name] = lambda *case: 12345.0
    with pytest.raises(Mistake):
        exec(one.checker, names)
    names[name] = lambda *case: "a word"
    with pytest.raises(Mistake):
        exec(one.checker, names)


def test_agree_names_what_differs(capsys):
    agree("halves", [0.5, 0.5], [1 / 2, 1 / 2])
    assert capsys.readouterr().out == "✓ halves\n"
    with pytest.raises(Mistake, match=r"halves: found \[0.5, 1\], expected \[0.5, 0.5\]"):
        agree("halves", [0.5, 1], [0.5, 0.5])
    with pytest.raises(Mistake):
        agree("nan", float("nan"), 1.0)


# Builds.


def fragments(path):
    """What only the solutions of a page say: sentences, and lines of code."""
    shown = "".join(cell.source for cell in pages.student(path).cells)
    for one in ALL[path.stem]:
        prose = re.sub(r"\{[\w:]+\}`|[\[\]`]", "", one.solution).split("\n")
        lines = prose + [line.strip() for cell in one.code for line in cell.split("\n")]
        # a line that the page also shows in a stub or a listing is no secret
        yield from ((one.label, line) for line in lines if len(line) > 15 and line not in shown)


@page
def test_no_solution_is_in_the_student_notebook(path, tmp_path, monkeypatch):
    import tools.course.__main__ as builds

    monkeypatch.setattr(builds, "OUT", tmp_path)
    notebooks("student", pages.student, [path])
    written = json.loads((tmp_path / "student" / "exercises" / f"{path.stem}.ipynb").read_text())
    text = "\n".join("".join(cell["source"]) for cell in written["cells"])
    assert not any(cell.get("outputs") for cell in written["cells"])
    secrets = list(fragments(path))
    assert len(secrets) > 5 * len(ALL[path.stem])
    assert [secret for secret in secrets if secret[1] in text] == []
    for one in ALL[path.stem]:
        assert one.title in text and (not one.stub or one.stub in text and one.checker in text)


@page
def test_a_student_notebook_runs_and_only_stubs_stop_it(path):
    """From top to bottom; what is not filled in raises NotImplementedError, and it alone."""
    names, stopped = {"__name__": "__main__"}, 0
    for cell in pages.student(path).cells:
        if cell.cell_type == "code":
            try:
                exec(cell.source, names)
            except NotImplementedError:
                stopped += 1
                assert cell.metadata["tags"] == ["raises-exception"]
    assert stopped == sum(bool(one.stub) for one in ALL[path.stem]) >= 2


@pytest.mark.parametrize("path", [*PAGES, *map(chapter, PAGES)], ids=lambda p: f"{p.parent.name}")
def test_plain_notebooks_hold_no_directive_and_no_role(path):
    for cell in pages.solutions(path).cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"^\s*[`:]{3,}\{|\{[\w:-]+\}`|^\([\w-]+\)=$", cell.source, re.M)


def test_plain_text_of_what_a_page_may_hold():
    page = ROOT / "exercises" / "setup.md"
    given = ("```{admonition} Look\n:class: tip\nAt {eq}`eq-x`.\n```\n"
             "```{list-table}\n:header-rows: 1\n* - A\n  - B\n* - 1\n  - 2\n```\n"
             "(a-label)=\n[](../chapters/setup.md), [here](../chapters/setup.md)")
    made = pages.plain(given, page)
    assert "**Look.**\n\nAt (eq-x)." in made and "| A | B |\n| --- | --- |\n| 1 | 2 |" in made
    assert "{" not in made and "a-label" not in made and made.endswith("*, here")


# Expected pictures.


def named(one):
    """The name of the function that a coding exercise asks for."""
    return re.match(r"def (\w+)", one.stub)[1]


@coding
def test_an_expected_picture_shows_an_answer_as_dots_where_it_is_right(stem, one):
    import importlib

    import matplotlib.pyplot as plt
    import numpy as np

    from lib.course import pictures

    name = named(one)
    module = re.search(r"^(\w+)\.\w+\(", one.checker, re.M)[1]
    check = getattr(importlib.import_module(f"lib.course.{module}"), name)
    draw = getattr(pictures, name)

    def seen(*answer):
        plt.close("all")
        draw(*answer)
        lines = [line for ax in plt.gcf().axes for line in ax.lines]
        return [(line.get_xydata().round(4).tolist(), line.get_color()) for line in lines]

    def spoils(*case):
        given = check.right(*case)
        for tensor in (value for value in case if isinstance(value, torch.Tensor)):
            tensor.zero_()
        return given

    expected, places = seen(), seen(check.right)
    assert seen(spoils) == places                         # it may change its arguments in place
    curves = np.concatenate([points for points, _ in expected])
    for point in np.concatenate([points for points, _ in places]):
        assert np.abs(curves - point).max(-1).min() < 1e-3
    assert len(places) > len(expected) or name == "attracts"             # it has dots as it is
    shown = 0
    for slip in check.slips.values():
        try:
            shown += seen(slip) != places
        except (RuntimeError, ValueError):
            pass             # a slip of another shape, or that only the checker's own data can bear
    assert shown >= 2
    with pytest.raises(NotImplementedError):
        draw(_unfinished)


@coding
def test_a_page_shows_the_expected_picture_above_the_stub_with_words_for_it(stem, one):
    text = (ROOT / "exercises" / f"{stem}.md").read_text("utf8")
    place = text.index(f":label: {one.label}\n")
    between = text[place:text.index(one.stub, place)]
    assert "\nfigures.style()\n" in text[:place]
    assert between.count("{exercise}") == 0 and f"\npictures.{named(one)}()\n```" in between
    caption = " ".join(between.split())
    assert "**The expected picture.**" in caption and "alt: " in caption
    assert f"`pictures.{named(one)}({named(one)})`" in caption
    told = [c.source for c in pages.student(ROOT / "exercises" / f"{stem}.md").cells]
    drawn = told.index(f"pictures.{named(one)}()")
    assert "The expected picture" in told[drawn + 1]


def _unfinished(*case):
    raise NotImplementedError
