"""The teacher's pages: schedules add up, objectives are assessed, what is named is there."""
import re
from collections import Counter
from pathlib import Path

import pytest

from lib.course.bank import QUESTIONS
from tools.course import edition, pages, tables

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
    assert min(about.reading, about.lecture) >= 20


@paired
def test_the_core_path_assesses_every_objective_and_is_a_part_of_the_page(chapter, page):
    core = [one for one in pages.exercises(page) if one.core]
    assert {n for one in core for n in one.objectives} == {
        n for one in pages.exercises(page) for n in one.objectives}
    assert any(one.stub for one in core) and len({one.kind for one in core}) >= 3
    short, whole = pages.minutes(page)
    assert 60 <= short <= 120 and 2 * short < 1.1 * whole
    assert f"**Core path**, {short} minutes" in tables.path(ROOT, page.stem)
    assert f"{{course}} path {page.stem}\n" in page.read_text("utf8")


@paired
def test_a_card_gets_its_time_for_exercises_from_the_exercises(chapter, page):
    core, whole = pages.minutes(page)
    source = chapter.read_text("utf8")
    assert len(re.findall(r"^\*\*Time\*\* reading \d+ min, lecture \d+ min\.$", source, re.M)) == 1
    plain = "\n".join(cell.source for cell in pages.solutions(chapter).cells)
    assert f"exercises {core} min for the core path, {whole} min for all of them." in plain


def test_the_tables_name_every_chapter_with_a_card():
    assert PAIRS
    for text in (tables.objectives(ROOT), tables.times(ROOT)):
        assert all(tables.card(chapter).title in text for chapter, _ in PAIRS)


def test_the_tables_link_to_pages_from_wherever_they_stand():
    text = tables.objectives(ROOT) + tables.times(ROOT)
    targets = re.findall(r"\{doc\}`(?:[^`<]*<)?([^`>]+)>?`", text)
    assert any("Chapter" in text for text in re.findall(r"\{doc\}`([^`]+)`", text))
    assert [each for each in targets if not (ROOT / f"{each.lstrip('/')}.md").is_file()] == []
    assert all(each.startswith("/") for each in targets)


def test_every_question_stands_in_one_note_of_its_chapter_with_what_each_choice_believes():
    asked = {name: note.chapter for note in tables.notes() for name in note.questions}
    assert sum(len(note.questions) for note in tables.notes()) == len(QUESTIONS)
    assert asked == {one.name: one.chapter for one in QUESTIONS}
    for one in QUESTIONS:
        told = tables.asked(one.name)
        assert told.count("(right)") == 1 and all(belief in told for _, belief in one.choices)
    with pytest.raises(ValueError, match="name: want one of"):
        tables.asked("nobody-asks")


@paired
def test_the_minutes_of_the_sections_add_up_to_the_lecture_on_the_card(chapter, page):
    notes = [note for note in tables.notes() if note.chapter == chapter.stem]
    assert sum(note.minutes for note in notes) == tables.card(chapter).lecture
    assert len({note.section for note in notes}) == len(notes) >= 4
    text = (ROOT / "teaching" / "chapters.md").read_text("utf8")
    for kind in ("Board", "Discuss", "Pitfall"):
        kinds = re.findall(rf"\{{beside\}} {chapter.stem}#(?:(?!```).)*?\*\*{kind}", text, re.S)
        assert kinds, f"{chapter.stem}: no {kind}"


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


def rows(kind):
    """The rows of the guide's table of this class, each a list of its cells."""
    text = (ROOT / "teaching" / "guide.md").read_text("utf8")
    table = re.search(rf":class: course {kind}\n(.*?)\n```", text, re.S)[1]
    return [re.findall(r"^(?:\* -|  -) (.*)$", row, re.M)
            for row in re.split(r"\n(?=\* -)", table)[2:]]


def per_chapter(counted):
    """Minutes by chapter, of (minutes, what) where `what` names one page."""
    sums = Counter()
    for minutes, what in counted:
        sums[re.search(r"\{doc\}`../\w+/(\w+)`", what)[1]] += int(minutes)
    return sums


CARDS = {chapter.stem: tables.card(chapter) for chapter, _ in PAIRS}


def test_the_three_weeks_have_the_times_on_the_cards():
    table = rows("unit")
    taught = {name: about for name, about in CARDS.items()
              if name in per_chapter([row[2:] for row in table if row[1] == "before"])}
    assert len(taught) == 5
    assert per_chapter(row[2:] for row in table if row[1] == "before") == {
        name: about.reading for name, about in taught.items()}
    assert per_chapter(row[2:] for row in table if "`../chapters" in row[3]
                       and row[1].startswith("lecture")) == {
        name: about.lecture for name, about in taught.items()}
    sessions = Counter()
    for _, when, minutes, what in table:
        if when.startswith(("lecture", "lab")):
            sessions[when] += int(minutes)
        for label in re.findall(r"\(#(exercise-[\w-]+)\)", what):
            assert LABELS[label].minutes == int(minutes), label
    assert len(sessions) == 9 and set(sessions.values()) == {90}


def test_the_three_weeks_work_through_every_core_path_once():
    table = rows("unit")
    in_class = [what for *_, what in table] + [what for _, rows in schedules() for _, what in rows]
    done = Counter(label for what in in_class for label in re.findall(r"\(#(exer[\w-]+)\)", what))
    left = per_chapter(row[2:] for row in table if row[1] == "home")
    for name in left:
        core = [one for one in pages.exercises(ROOT / "exercises" / f"{name}.md") if one.core]
        assert sum(one.minutes for one in core if one.label not in done) == left[name], name
    assert len(left) == 5 and set(done.values()) == {1}
    assert all(LABELS[label].core for label in done)


def test_the_term_has_the_lecture_times_on_the_cards():
    table, weeks = rows("term"), Counter()
    for week, minutes, *_ in table:
        weeks[week] += int(minutes)
    assert len(weeks) == 12 and set(weeks.values()) == {90}
    assert per_chapter(row[1:3] for row in table if "`../chapters" in row[2]) == {
        name: about.lecture for name, about in CARDS.items()}


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


# The teacher's edition.

GUIDE = """<div class="beside docutils container"><p class="beside-head">
<a class="reference internal" href="../chapters/one.html#first">First</a>
<span class="beside-minutes">10 min</span></p><p id="there">A word, <a href="../exercises/one.html">
tried</a>.</p></div>"""
PAGE = """<html lang="en"><section id="one"><h1>One</h1><section id="first"><span id="other"></span>
<h2>First<a href="#first">#</a></h2><p>Text.</p></section></section></html>"""


def test_a_note_comes_to_stand_below_the_heading_of_its_section(tmp_path):
    book, out = tmp_path / "html", tmp_path / "teacher"
    for name, text in (("teaching/chapters", GUIDE), ("chapters/one", PAGE)):
        (book / name).parent.mkdir(parents=True)
        (book / f"{name}.html").write_text(text, "utf8")
    edition.write(book, out)
    made = (out / "chapters" / "one.html").read_text("utf8")
    assert re.search(r'</h2>\s*<aside class="margin teacher" aria-label="For the teacher">', made)
    assert "Teacher: 10 min" in made and "A word, <a" in made and "<p>Text.</p>" in made
    assert 'id="there"' not in made and made.startswith('<html data-edition="teacher" lang="en">')
    assert (book / "chapters" / "one.html").read_text("utf8") == PAGE
    with pytest.raises(ValueError, match="no section second"):
        edition.beside(PAGE, "second", "A word.")


WORDS = "simply|obviously|trivial|trivially|of course(?! material)|clearly|just"
DISMISSIVE = re.compile(rf"\b({WORDS})\b(?! (those|after|below|before|its|to|the|δ|\$))", re.I)


@pytest.mark.parametrize("path", [*TEACHING, *sorted((ROOT / "exercises").glob("*.md"))],
                         ids=lambda p: f"{p.parent.name}/{p.name}")
def test_no_word_of_the_course_makes_light_of_a_difficulty(path):
    prose = re.sub(r"```\{code-cell\}.*?\n```", "", path.read_text("utf8"), flags=re.S)
    assert not DISMISSIVE.findall(prose)
    assert not re.findall(r"\b\w+n't\b|\bit's\b|\bthat's\b", prose)
