"""The teacher's edition: every note beside its section, nothing of it on the students' pages."""
import pytest
from bs4 import BeautifulSoup
from built import CHAPTERS, HTML, PAGES
from screen import PATIENCE, READY

from tools.course import edition, tables

STUDENTS = [name for name in PAGES if not name.startswith("teaching/")]
OVERLAP = """() => {
    const box = (element) => element.getBoundingClientRect();
    const large = "figure, div.wide, div.cell_input, details.check > summary, mjx-container, p, h2";
    const others = [...document.querySelectorAll(large)]
        .filter((one) => !one.closest("aside") && box(one).width > 1)
        .filter((one) => one.checkVisibility({visibilityProperty: true, opacityProperty: true}))
        .filter((one) => one.matches("summary") || !one.closest("details:not([open])"));
    return [...document.querySelectorAll("aside.teacher")].flatMap((note) => {
        const a = box(note);
        return others.filter((one) => {
            const b = box(one);
            const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
            return across > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
        }).map((one) => `${note.textContent.trim().slice(0, 40)} / ${one.outerHTML.slice(0, 80)}`);
    });
}"""


@pytest.fixture(scope="module")
def written(site, tmp_path_factory):
    """The edition, in a folder of its own."""
    return edition.write(HTML, tmp_path_factory.mktemp("edition") / "teacher")


def words(note):
    return " ".join(BeautifulSoup(note, "html.parser").get_text().split())


@pytest.mark.parametrize("name", CHAPTERS)
def test_each_note_is_beside_its_section_and_not_on_the_students_page(written, name):
    page = BeautifulSoup((written / "chapters" / f"{name}.html").read_text("utf8"), "html.parser")
    wanted = [note for note in tables.notes() if note.chapter == name]
    found = page.select("aside.teacher")
    assert [aside.find_parent("section")["id"] for aside in found] == [n.section for n in wanted]
    for aside, note in zip(found, wanted):
        assert aside.find_previous_sibling(True).name in ("h2", "h3")
        assert (f"{note.minutes} min" in aside.get_text()) == bool(note.minutes)
        assert len(aside.select("details.asked")) == len(note.questions)
    for link in page.select("aside.teacher a[href]"):
        path = link["href"].split("#")[0]
        assert not path or (written / "chapters" / path).resolve().is_file(), link


@pytest.fixture(scope="module")
def told(site):
    """What the notes say; questions, which are folded there, stand on other pages too."""
    notes = (BeautifulSoup(note, "html.parser")
             for page in edition.notes(HTML).values() for _, note in page)
    found = [words(str(part)) for note in notes for part in note.select("p:not(.beside-head)")
             if not part.find_parent("details")]
    assert len(found) > 60
    return found


@pytest.mark.parametrize("name", STUDENTS)
def test_no_students_page_holds_a_note(told, name):
    text = (HTML / name).read_text("utf8")
    assert "beside-head" not in text and 'data-edition="teacher"' not in text
    page = words(text)
    assert [note for note in told if note in page] == []


@pytest.mark.parametrize("width, scheme", [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize("name", CHAPTERS)
def test_notes_lie_on_nothing_and_the_page_keeps_its_width(browser, written, name, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme,
                                  reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(1000 * PATIENCE)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((written / "chapters" / f"{name}.html").as_uri(), wait_until="load")
    page.evaluate(READY)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(OVERLAP) == []
    page.evaluate("document.querySelectorAll('details.asked').forEach((one) => one.open = true)")
    assert page.evaluate(OVERLAP) == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    context.close()
