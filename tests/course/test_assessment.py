"""Sheets for assessment: the same for a seed, different for students, with a key apart."""
import cmath
import math
import re
from collections import Counter
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch

import tools.course.__main__ as builds
from lib import diagram, lazy
from lib.course import canonical
from lib.course.assessment import CHAPTERS, VARIANTS, sheet
from lib.network import Network
from lib.samples import Samples

ROOT = Path(__file__).resolve().parents[2]


def test_every_chapter_has_three_kinds_of_question():
    chapters = re.findall(r"file: chapters/(\w+)", (ROOT / "_toc.yml").read_text("utf8"))
    assert list(CHAPTERS) == chapters
    assert Counter(q.chapter for q in sheet(1, 1)) == dict.fromkeys(chapters, 3)


@pytest.mark.parametrize("chapters", [["setup"], ["transition", "canonical_dynamics"]])
def test_a_sheet_about_some_chapters_has_their_questions_as_the_sheet_about_all(chapters):
    some = sheet(7, 3, chapters)
    assert len(some) == 3 * len(chapters)
    assert some == [one for one in sheet(7, 3) if one.chapter in chapters]


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
    if "are merged" in question.text:
        h, e = n[0:4:2], n[1:4:2]
        at = (h[0] * e[0] + h[1] * e[1]) / sum(h)
        return [at, sum(abs(u) * math.hypot(1, v) for u, v in zip(h, e)) - abs(sum(h))
                * math.hypot(1, at)]
    if "has shrunk" in question.text:
        x, rho, angle = n[:3], n[3:6], math.radians(n[6])
        pull = sum(q * max(0, p * math.cos(angle) + math.sin(angle)) for p, q in zip(x, rho))
        return [abs(pull), -math.copysign(1, pull)]
    if "one sample," in question.text:
        return cheapest(*n)
    if "It is to learn" in question.text:
        m, y = n[0], n[-3:]
        rho, c = n[-5:-3]
        unit = m / {"1": 1, r"\sqrt m": math.sqrt(m), "m": m}[alpha_of(question)]
        R = unit * c * rho
        return [R / math.sqrt(sum(v * v for v in y) / 3), unit * (c**2 - rho**2) / R]
    if "until" in question.text:
        g1, g2 = map(int, re.search(r"g = \((-?\d), (-?\d)\)", question.text).groups())
        end, start = np.radians(n[-2:])
        u = start + (end - start) * (np.arange(2000) + 0.5) / 2000           # u' = -|g| sin u
        time = (start - end) * (1 / np.sin(u)).mean() / math.hypot(g1, g2)
        towards = complex(g1, g2) * (-1 if "r > 0" in question.text else 1)
        return [math.degrees(cmath.phase(towards)), time]
    if "foretold rotation" in question.text:
        turn, ratio, wider, more = n[-4:]
        first, other = (foretold(alpha_of(question), ratio, *change) for change in
                        ((1, 1.0), (int(wider), more)))
        return [turn * other[0] / first[0], other[1]]
    return None


def alpha_of(question):
    """The rule for alpha in the text."""
    return re.search(r"\\alpha = (1|m|\\sqrt m)\$", question.text)[1]


def cheapest(x, y, price):
    """The value at the sample and the knot of the best neuron of all angles, by trying them."""
    def best(angle):
        """Half the square and the price, and the value, of the best size at an angle."""
        see = max(x * math.cos(angle) + math.sin(angle), 1e-9)
        h = math.copysign(max(abs(y) * see - price, 0) / see**2, y)
        return (h * see - y) ** 2 / 2 + price * abs(h), h * see

    angle, width = math.pi / 2, math.pi / 2
    while width > 1e-9:
        angle = min(np.linspace(angle - width, angle + width, 41), key=lambda t: best(t)[0])
        width /= 10
    return [best(angle)[1], -math.tan(angle)]


def foretold(rule, ratio, copies, size):
    """The foretold rotation and delta / R of a network of which there are copies side by side."""
    power = {"1": 0, r"\sqrt m": 0.5, "m": 1}[rule]
    z = diagram.start(20, 1e6, 1e6 * ratio, law="equal", alpha=1.0)
    z = Network(*(t.repeat(copies) for t in z.parameters), copies**power)
    zigzag = Samples([-0.9, -0.2, 0.5, 0.8], [size, -size, size, -size])
    R, d = diagram.coordinates(z)
    return float(lazy.foretell(z, zigzag, time=math.inf).rotation), float(d / R)


def test_answers_agree_with_formulas_of_their_own():
    counted = 0
    for number in range(10):
        for question in sheet(3, number):
            if (own := by_hand(question)) is not None:
                counted += 1
                assert question.values == pytest.approx(own, rel=1e-5), question
    assert counted == 120


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
    """What writes sheets and key: write(seed, students, chapters)."""
    monkeypatch.setattr(builds, "OUT", tmp_path)
    return builds.assessment


def test_sheets_hold_no_answers_and_the_key_holds_all(write):
    out = write(7, 2)
    assert sorted(p.name for p in out.iterdir()) == ["key.md", "sheet-1.ipynb", "sheet-2.ipynb"]
    key = (out / "key.md").read_text("utf8")
    assert key.count("\n## Sheet ") == 2 and len(re.findall(r"^\d+\. ", key, re.M)) == 42
    cells = nbformat.read(out / "sheet-1.ipynb", 4).cells
    answers = [c.source for c in cells if c.cell_type == "code"]
    assert answers == [f"answer_{k} = None" for k in range(1, 22)]


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


@pytest.mark.parametrize("named", ["setup,sparsity", " sparsity, setup "])
def test_the_chapters_are_chosen_by_name(write, named):
    key = (write(7, 1, named) / "key.md").read_text("utf8")
    assert re.findall(r"\((\w+)\)$", key, re.M) == ["setup"] * 3 + ["sparsity"] * 3


def test_a_chapter_that_does_not_exist_is_told_in_one_line_and_nothing_is_written(write):
    with pytest.raises(SystemExit) as raised:
        builds.main(["assessment", "--chapters=setup,sparsty"])
    told = raised.value.code
    assert told.startswith("no chapter sparsty; ") and "\n" not in told
    assert all(name in told for name in CHAPTERS) and not list(builds.OUT.iterdir())


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
    text = "".join(p.read_text("utf8") for p in (ROOT / "exercises").glob("*.md"))
    text = without_numbers(text)
    for question in sheet(1, 1):
        for sentence in re.split(r"(?<=[.?])\s+", question.text):
            if sentence.endswith("?"):
                assert without_numbers(sentence) not in text
    assert "assessment" not in text
