"""The teacher's pages: schedules add up, objectives are assessed, what is named is there."""
import re
from pathlib import Path

import pytest

from lib.course.bank import QUESTIONS
from tools.course import pages, tables

ROOT = Path(__file__).resolve().parents[2]
TEACHING = sorted((ROOT / "teaching").glob("*.md"))
LABELS = {one.label: one for path in (ROOT / "exercises").glob("*.md")
          for one in pages.exercises(path)}
PAIRS = [pair for pair in tables.chapters(ROOT) if tables.card(pair[0])]
paired = pytest.mark.parametrize("chapter, page", PAIRS, ids=[c.stem for c, _ in PAIRS])


@paired
def test_every_objective_is_assessed_and_every_exercise_assesses_one(chapter, page):
    numbers = set(range(1, len(tables.card(chapter).objectives) + 1))
    assessed = {n for one in pages.exercises(page) for n in one.objectives}
    assert assessed == numbers


@paired
def test_a_card_can_be_read(chapter, page):
    about = tables.card(chapter)
    assert 3 <= len(about.objectives) <= 6 and all(len(o) > 15 for o in about.objectives)
    assert min(about.reading, about.lecture, about.exercises) >= 20


def test_the_tables_name_every_chapter_with_a_card():
    assert PAIRS
    for text in (tables.objectives(ROOT), tables.times(ROOT)):
        assert all(tables.card(chapter).title in text for chapter, _ in PAIRS)
    for chapter in {one.chapter for one in QUESTIONS}:
        assert tables.bank(chapter).count("(right)") == sum(q.chapter == chapter for q in QUESTIONS)


def schedules():
    """(minutes promised in the heading above, rows) of every schedule of the guide."""
    text = (ROOT / "teaching" / "guide.md").read_text("utf8")
    table = r"\((\d+) minutes\)\n(.*?:class: course schedule.*?)\n```"
    for found in re.finditer(table, text, re.S):
        yield int(found[1]), re.findall(r"^\* - (\d+)\n  - (.+)$", found[2], re.M)


def test_schedules_add_up_and_give_exercises_the_time_that_they_ask_for():
    found = list(schedules())
    assert len(found) == 4
    for promised, rows in found:
        assert sum(int(minutes) for minutes, _ in rows) == promised
        for minutes, what in rows:
            for label in re.findall(r"\(#(exercise-[\w-]+)\)", what):
                assert LABELS[label].minutes == int(minutes), label


@pytest.mark.parametrize("path", TEACHING, ids=lambda p: p.name)
def test_what_a_page_names_is_there(path):
    text = path.read_text("utf8")
    for label in re.findall(r"\(#(exercise-[\w-]+)\)", text):
        assert label in LABELS
    for target in re.findall(r"\]\(([\w./]+\.md)\)", text):
        assert (path.parent / target).is_file(), target
    for target in re.findall(r"\{doc\}`([^`]+)`", text):
        assert (path.parent / f"{target}.md").is_file(), target
    for name in re.findall(r"`((?:tests|lib)/[\w/.]*|[\w-]+\.(?:md|txt|yml|cff|bib)|LICENSE[\w-]*|"
                           r"Makefile)`", text):
        assert (ROOT / name).exists() or name.startswith("paper."), name
    for name in re.findall(r'"([a-z]+(?:-[a-z]+)+)"', text):
        assert name in {one.name for one in QUESTIONS}, name


def test_every_item_of_the_checklists_has_a_place_or_a_reason():
    text = (ROOT / "teaching" / "checklists.md").read_text("utf8")
    rows = re.findall(r"^\* - (.+)\n  - (.+)$", text, re.M)
    rows = [(item, answer) for item, answer in rows if item != "Item"]
    assert len(rows) == 16 + 12 + 12
    for item, answer in rows:
        place = re.search(r"\]\(|`[\w./-]+`", answer)
        assert place or answer.startswith(("no: ", "not tested", "the card", "times on")), item


def test_it_says_that_no_class_has_used_it():
    assert "**No class has used it yet.**" in (ROOT / "teaching" / "guide.md").read_text("utf8")


WORDS = "simply|obviously|trivial|trivially|of course(?! material)|clearly|just"
DISMISSIVE = re.compile(rf"\b({WORDS})\b(?! (those|after|below|before|its|to|the|δ|\$))", re.I)


@pytest.mark.parametrize("path", [*TEACHING, *sorted((ROOT / "exercises").glob("*.md"))],
                         ids=lambda p: f"{p.parent.name}/{p.name}")
def test_no_word_of_the_course_makes_light_of_a_difficulty(path):
    prose = re.sub(r"```\{code-cell\}.*?\n```", "", path.read_text("utf8"), flags=re.S)
    assert not DISMISSIVE.findall(prose)
    assert not re.findall(r"\b\w+n't\b|\bit's\b|\bthat's\b", prose)
