"""Sheets for assessment: the same for a seed, different for students, with a key apart."""
import math
import re
from collections import Counter
from pathlib import Path

import nbformat
import pytest
import torch

import tools.course.__main__ as builds
from lib.course import canonical
from lib.course.assessment import VARIANTS, sheet


def test_every_chapter_has_three_kinds_of_question():
    assert Counter(q.chapter for q in sheet(1, 1)) == dict.fromkeys(
        ("setup", "canonical_dynamics", "full_parameter_dynamics", "kernel_regime", "experiments"),
        3)


def test_a_sheet_is_made_again_and_differs_between_students_and_seeds():
    assert sheet(7, 3) == sheet(7, 3)
    assert sheet(7, 3) != sheet(7, 4) and sheet(7, 3) != sheet(8, 3)
    for k in range(len(VARIANTS)):
        assert len({sheet(1, number)[k].text for number in range(30)}) > 5, sheet(1, 1)[k].text


@pytest.mark.parametrize("number", range(20))
def test_every_answer_is_a_number(number):
    for question in sheet(5, number):
        assert question.values and all(map(math.isfinite, question.values)), question
        assert not re.search(r"\+-|--|nan", question.text), question.text


def by_hand(question):
    """The answer by a formula of its own, from the numbers in the text."""
    n = [float(v) for v in re.findall(r"-?\d+\.?\d*", question.text)]
    if "rescaled by" in question.text:
        a, b, c, k = n[1:]
        return [c * math.hypot(a, b), (c / k) ** 2 - k * k * (a * a + b * b)]
    if "How readily" in question.text:
        delta, kappa = n
        return [(1 + delta / math.sqrt(delta**2 + 4 * kappa**2)) / 2]
    if "straight line" in question.text:
        p, q = re.search(r"= (-?\d)x ([+-]\d)", question.text).groups()
        return [4 * int(p) ** 2 + 12 * int(q) ** 2 / n[-1] ** 2]
    if "per cent of it learned" in question.text:
        return [math.log(100 / (100 - n[1])) / n[0]]
    if "mean of" in question.text:
        return [n[-1] ** 2 / 3 - 2 * n[1] ** 2 / 3]
    if "samples are spread" in question.text:
        s, span, width = n[0], n[1], n[2] / 100
        return [2 * s * width * span / (span + 2 * width * span)]
    return None


def test_answers_agree_with_formulas_of_their_own():
    counted = 0
    for number in range(10):
        for question in sheet(3, number):
            if (own := by_hand(question)) is not None:
                counted += 1
                assert question.values == pytest.approx(own), question
    assert counted == 60


def test_a_neuron_that_turns_does_not_see_all_samples():
    """Who sums all of them, a slip that the checker of the exercise names, is wrong here too."""
    (all_seen,) = (make for name, make in canonical.velocity.slips.items() if "all sam" in name)
    for number in range(50):
        (one,) = (q for q in sheet(1, number) if r"\dot\theta" in q.text)
        x, rho = (torch.tensor([float(v) for v in listed.split(",")]) for listed in
                  re.search(r"x = (.+)\$ have the residuals \$(.+?)\$", one.text).groups())
        r, angle = map(int, re.search(r"r = (-?\d)\$ and .+ = (\d+)\^", one.text).groups())
        slip = all_seen(r, math.radians(angle), x, rho)
        assert any(one.values)
        assert one.values != pytest.approx([float(v) for v in slip], abs=1e-3), one


@pytest.fixture
def write(tmp_path, monkeypatch):
    """What writes sheets and key: write(seed, students)."""
    monkeypatch.setattr(builds, "OUT", tmp_path)
    return builds.assessment


def test_sheets_hold_no_answers_and_the_key_holds_all(write):
    out = write(7, 2)
    assert sorted(p.name for p in out.iterdir()) == ["key.md", "sheet-1.ipynb", "sheet-2.ipynb"]
    key = (out / "key.md").read_text("utf8")
    assert key.count("\n## Sheet ") == 2 and len(re.findall(r"^\d+\. ", key, re.M)) == 30
    cells = nbformat.read(out / "sheet-1.ipynb", 4).cells
    answers = [c.source for c in cells if c.cell_type == "code"]
    assert answers == [f"answer_{k} = None" for k in range(1, 16)]


def test_without_a_seed_a_secret_one_is_drawn_and_told(write, capsys):
    told = []
    for _ in range(2):
        builds.main(["assessment", "--students=1"])
        told.append(re.search(r"SEED=(\d+) ", capsys.readouterr().out)[1])
        sheets = builds.OUT / "assessment" / told[-1] / "sheet-1.ipynb"
        made = sheets.read_bytes()
        builds.main(["assessment", "--students=1", f"--seed={told[-1]}"])
        assert "SEED" not in capsys.readouterr().out and sheets.read_bytes() == made
    assert told[0] != told[1] and max(map(int, told)) > 2**40  # nobody tries so many


def test_fewer_sheets_leave_none_that_the_key_does_not_know(write):
    write(9, 3)
    assert sorted(p.name for p in write(9, 2).glob("sheet-*")) == ["sheet-1.ipynb", "sheet-2.ipynb"]


def test_the_key_says_0_where_an_answer_is_0_but_for_rounding(write):
    assert any(0 < abs(v) < 1e-12 for n in range(1, 31) for q in sheet(7, n) for v in q.values)
    key = (write(7, 30) / "key.md").read_text("utf8")
    assert ", 0" in key and "e-" not in key and not re.search(r"-0\b(?!\.)", key)


def without_numbers(text):
    """A text in which every number is the same, and white space too."""
    return " ".join(re.sub(r"[-+]?\d+(\.\d+)?", "0", text).split())


def test_the_questions_are_held_back():
    """No exercise of the book asks one of them."""
    import lib.course as course

    root = Path(course.__file__).parents[2]
    text = "".join(p.read_text("utf8") for p in (root / "exercises").glob("*.md"))
    text = without_numbers(text)
    for question in sheet(1, 1):
        for sentence in re.split(r"(?<=[.?])\s+", question.text):
            if sentence.endswith("?"):
                assert without_numbers(sentence) not in text
    assert "assessment" not in text
