"""Questions to commit to: complete, true, usable with the keyboard and without scripts."""
import json
import math
import re
from collections import Counter
from pathlib import Path

import pytest
import torch

from lib import attractors, dynamics, measures, samples, splines, starts, training, variation
from lib.course import question
from lib.course.bank import QUESTIONS
from lib.course.questions import plain
from lib.course.transition import coordinates
from lib.explorers import page_assets
from lib.kernels import Interpolant, flow, rf, train_c_exact
from lib.laws import Box, Signed
from lib.network import Canonical, Network
from tools.course.tables import bank

ROOT = Path(__file__).resolve().parents[2]
NAMES = [one.name for one in QUESTIONS]


def test_every_chapter_has_four_and_every_page_asks_its_own():
    counts = Counter(one.chapter for one in QUESTIONS)
    assert all(counts[path.stem] >= 4 for path in (ROOT / "exercises").glob("*.md"))
    pages = {folder: "".join(p.read_text("utf8") for p in (ROOT / folder).glob("*.md"))
             for folder in ("exercises", "chapters")}
    for name in NAMES:
        assert sum(f'question("{name}")' in text for text in pages.values()) >= 1, name


@pytest.mark.parametrize("one", QUESTIONS, ids=NAMES)
def test_every_choice_says_what_it_believes(one):
    assert len(one.choices) >= 3 and 0 <= one.right < len(one.choices)
    assert len({text for text, _ in one.choices}) == len(one.choices)
    assert all(len(plain(belief)) > 20 for _, belief in one.choices)
    assert plain(one.asks).endswith("?") and one.because and one.look
    assert NAMES.count(one.name) == 1 and question(one.name) is one


def test_the_right_one_stands_in_every_place():
    assert set(Counter(one.right for one in QUESTIONS)) == {0, 1, 2}


def test_an_unknown_name_is_named():
    with pytest.raises(ValueError, match="name: want one of half-step, .*, got 'nothing'"):
        question("nothing")


def test_the_bank_and_the_text_hold_all_of_it():
    text = "".join(bank(chapter) for chapter in {one.chapter for one in QUESTIONS})
    for one in QUESTIONS:
        assert one.asks in text and all(belief in text for _, belief in one.choices)
        assert "  * " + plain(one.choices[one.right][0]) in repr(one)


# What is right is measured.

POINTS = samples.sine(8, phase=0.4)


def some(seed=0, m=30):
    g = torch.Generator().manual_seed(seed)
    a, b, c = torch.randn(3, m, generator=g, dtype=torch.float64)
    return Network(a, b, c, math.sqrt(m))


def first_move(z):
    after = training.train(z, POINTS, 1, step=1e-6, progress=False).network
    return (after(POINTS.x) - z(POINTS.x)) / 1e-6


def half_step():
    one, other = first_move(some()), first_move(some().rescale(2))
    parallel = (one @ other) / one.norm() / other.norm()
    return (one - other).norm() > 0.1 * one.norm() and parallel < 0.999


def crossing():
    x = torch.tensor([0.5], dtype=torch.float64)
    theta = -math.atan(0.5) + torch.tensor([-1e-7, 1e-7], dtype=torch.float64)
    value = [Canonical([1.0], [t]) for t in theta.tolist()]
    on = [bool(dynamics.activations(w, x)) for w in value]
    return abs(float(value[1](x) - value[0](x))) < 1e-6 and on == [False, True]


def visible_knots():
    x = torch.linspace(-3, 3, 101, dtype=torch.float64)
    return starts.paired(60, 1)(x).abs().max() < 1e-9


def kernel_says():
    z, j = some(), 3
    K = dynamics.tangent_kernel(z, POINTS.x)
    y = z(POINTS.x).clone()
    y[j] -= 1.0  # one residual of 1
    after = training.train(z, samples.Samples(POINTS.x, y), 1, step=1e-6, progress=False).network
    return torch.allclose((after(POINTS.x) - z(POINTS.x)) / 1e-6, -K[:, j], atol=1e-3)


THREE = samples.Samples([-0.5, 0.0, 0.5], [0.0, 0.0, 0.0])


def attracts(*rho):
    return attractors.attractors(THREE, torch.tensor(rho, dtype=torch.float64)).attracts


def caught():
    r, _ = attractors.field(torch.tensor(-1.0).double(), torch.tensor(0.0).double(), THREE,
                            torch.tensor([1.0, -1.2, 1.0]).double())
    return attracts(1, -1.2, 1)[1, 0] == -1 and abs(float(r)) > 0.1


def raise_one():
    before, after = attracts(1, -1.2, 1), attracts(1, -12.0, 1)
    return (before[1] == after[1]).all() and not after[[0, 2]].any() and before[[0, 2]].any()


def more_kernel():
    moved = []
    for k in (0.1, 10.0):  # c large, (a, b) large
        z = some(m=200).rescale(k)
        end = training.train(z, POINTS, 20_000, safety=1, progress=False).network
        moved.append(float(measures.movement(z, end)))
    return moved[1] < 0.1 * moved[0]


def four_times_wider():
    moved = []
    for m in (400, 1600):
        half = some(m, m // 2)  # and a copy with the opposite sign: f = 0 at first
        twice = half.a.repeat(2), half.b.repeat(2), torch.cat([half.c, -half.c])
        z = Network(*twice, math.sqrt(m))
        run = training.train(z, POINTS, 6000, safety=1, snapshots=200, progress=False)
        below = (run.loss < 0.1 * run.loss[0]).nonzero()
        moved.append(float(measures.movement(z, run.history[int(below[0, 0])])))
    return 1.6 < moved[0] / moved[1] < 2.5


def half_the_step():
    drift = [float((training.train(some(), POINTS, n, step=1 / n, progress=False).network.delta
                    - some().delta).abs().max()) for n in (1000, 2000)]
    return abs(drift[0] / drift[1] - 2) < 0.1


def which_c():
    z = some(m=60)
    end = train_c_exact(z, POINTS, t=math.inf).c
    phi = (z.a * POINTS.x[:, None] - z.b).relu() / z.alpha
    inverse = torch.linalg.pinv(phi)
    nearest = z.c + inverse @ (POINTS.y - phi @ z.c)
    return (end - nearest).norm() < 1e-3 < (end - inverse @ POINTS.y).norm()


def bends_where():
    steep, shallow = Box(2.0, 2.0), Box(1.0, 1.0)
    u = torch.tensor([0.3], dtype=torch.float64)
    return steep.n(u) == shallow.n(u) and steep.nu(u) > 3 * shallow.nu(u)


def large_R():
    cubic = splines.natural_cubic(POINTS)
    away = [float(measures.distance(splines.weighted_spline(POINTS, Signed(R)), cubic, -1, 1).sup)
            for R in (2.0, 64.0)]
    return away[1] < 1e-3 and away[1] < 0.1 * away[0]


def a_tenth():
    K = Interpolant(rf(Box()), POINTS).gram
    values, vectors = torch.linalg.eigh(K)
    learned = (vectors.T @ (K @ flow(K, POINTS.y, 1 / values[-2]))) / (vectors.T @ POINTS.y)
    return learned[-1] > 0.9 and learned[0] < 0.1


def same_start():
    g, wave, fits = torch.Generator().manual_seed(1), samples.square_wave(10), []
    weights = 2 * torch.rand(3, 300, generator=g, dtype=torch.float64) - 1
    for k in (0.1, 10.0):
        z = Network(*weights, math.sqrt(300)).rescale(k)
        run = training.train(z, wave, 400_000, safety=1, progress=False)
        assert run.loss[-1] < 1e-4
        fits.append(run.network)
    return measures.distance(*fits, -1, 1).sup > 0.1


def ten_times_all():
    moved = []
    for k in (1, 10):
        z = starts.paired(200, 1, 0.0)
        z = Network(k * z.a, k * z.b, k * z.c, z.alpha)
        end = training.train(z, POINTS, 20_000, safety=1, progress=False).network
        moved.append(float(measures.movement(z, end)))
    return moved[1] < 0.1 * moved[0]


def mass(m, delta, points=POINTS):
    run = training.train(starts.paired(m, 2, delta), points, 50_000, safety=1, progress=False)
    assert run.loss[-1] < 1e-2
    return float(measures.knot_mass(run.network, points))


def vee():
    points = samples.from_points([(x, abs(x)) for x in (-1.5, -0.5, 0.5, 1.5)])
    return mass(400, 10, points) < 2 * measures.chance_mass(points)


def decay_charges():
    z = some()
    balanced = z.rescale((z.c.abs() / z.rho).sqrt())
    squares = (balanced.a**2 + balanced.b**2 + balanced.c**2).sum() / (2 * z.alpha)
    return abs(float(squares - variation.total_variation(z))) < 1e-9


def priced(e, h):
    e, h = torch.tensor(e, dtype=torch.float64), torch.tensor(h, dtype=torch.float64)
    kinks = Network(torch.ones_like(e), e, h, 1.0)
    return float(variation.total_variation(kinks))


def connects_dots():
    zigzag = samples.Samples([-1.0, -0.5, 0.0, 0.5, 1.0], [0.5, -0.5, 0.5, -0.5, 0.5])
    bowl = samples.from_points([(x, abs(x)) for x in (-1.5, -0.5, 0.5, 1.5)])
    apart = [float(measures.distance(variation.tv_minimal(data), splines.linear_interpolant(data),
                                    float(data.x[0]), float(data.x[-1])).sup)
             for data in (zigzag, bowl)]
    return apart[0] < 1e-8 and apart[1] > 0.1


def weak_force():
    force, lam = torch.tensor([0.4, 0.6]).double(), 0.5
    after = variation.shrink(torch.zeros(2).double() - 0.1 * force, 0.1 * lam)
    return (after != 0).tolist() == [False, True]


def turned(z, points=POINTS, epochs=20_000):
    """(rotation, end) of a training run."""
    run = training.train(z, points, epochs, safety=1, progress=False)
    assert run.loss[-1] < 1e-2
    return float(measures.rotation(z, run.network)), run.network


def corners_at_rest():
    rotation, end = turned(starts.paired(1000, 1000 / math.sqrt(1000), 0.0))
    return rotation < 0.02 and measures.adaptivity(end, POINTS) > 0.5


def width_alone():
    narrow, wide = (turned(starts.paired(m, 100 / math.sqrt(m), 0.0), epochs=50_000)[0]
                    for m in (100, 1600))
    return abs(narrow / wide - 1) < 0.3


def ten_times_data():
    r, y = some().canonical().r, POINTS.y
    before, after = (coordinates.right(r, -2.0, 5.0, 30, k * y) for k in (1, 10))
    return after[0] < before[0] and after[1] == before[1]


def stands_still():
    """A run that rests for a hundredth of its time, far from a fit, and fits in the end."""
    run = training.train(starts.paired(400, 0.2, 0.0), POINTS, 200_000, safety=0.2,
                         snapshots=range(0, 200_001, 500), progress=False)
    loss = run.loss[::4]
    resting = (1 - loss[1:] / loss[:-1] < 0.02) & (loss[1:] > 0.1)
    return resting.any() and loss[-1] < 1e-9


TRUE = {
    "corners-at-rest": corners_at_rest, "width-alone": width_alone,
    "ten-times-data": ten_times_data, "stands-still": stands_still,
    "half-step": half_step, "crossing": crossing, "visible-knots": visible_knots,
    "kernel-says": kernel_says,
    "who-gathers": lambda: (attracts(-1.0, 1.2, -1.0)[1] == 1).all(),
    "same-sign-lines": lambda: not attracts(0.3, 2.0, 0.7).any(),
    "caught": caught, "raise-one": raise_one, "more-kernel": more_kernel,
    "delta-zero": lambda: dynamics.tangential_share(0.0, 3.0) == 0.5,
    "four-times-wider": four_times_wider, "half-the-step": half_the_step, "which-c": which_c,
    "bends-where": bends_where, "large-R": large_R, "a-tenth": a_tenth, "same-start": same_start,
    "ten-times-all": ten_times_all,
    "decay-charges": decay_charges,
    "two-or-one": lambda: priced([-1.0, 1.0], [1.0, 1.0]) > priced([0.0], [2.0]) + 0.5,
    "connects-dots": connects_dots, "weak-force": weak_force,
    "wider-fixed-delta": lambda: mass(1000, -30) < mass(100, -30) - 0.1, "vee": vee,
}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_to_be_right_is_right(name):
    assert TRUE[name]()


# What the explorer shows that belongs to a question.

def lines_of(name):
    shown = question(name).shows()
    return attractors.attractors(shown.samples, shown.residuals).attracts


def test_explorers_are_in_the_state_that_shows_the_answer():
    alternating, raised = lines_of("who-gathers"), lines_of("raise-one")
    residuals = question("who-gathers").shows().residuals
    signs = alternating * residuals.sign()[:, None]
    assert (alternating != 0).any() and (signs >= 0).all()
    assert not lines_of("same-sign-lines").any()
    others = torch.arange(len(raised)) != 3
    assert alternating[others].any() and not raised[others].any() and raised[3].any()
    assert question("more-kernel").shows().delta == -math.inf
    wide = question("large-R").shows()
    x = torch.linspace(-1, 1, 201, dtype=torch.float64)
    gap = wide.interpolant(x) - splines.natural_cubic(wide.samples)(x)
    assert wide.R > 5 * float(wide.samples.x.abs().max()) and gap.abs().max() < 0.02
    trained = question("a-tenth").shows()
    assert trained.time == 0 and trained.playing


# In a browser.

STYLE = (ROOT / "_static" / "course.css").read_text("utf8")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A page with nothing on it but two questions."""
    path = tmp_path_factory.mktemp("questions") / "page.html"
    shown = "".join(question(name)._repr_html_() for name in ("who-gathers", "caught"))
    path.write_text('<!doctype html><html lang="en"><meta charset="utf-8"><title>Questions</title>'
                    '<meta name="viewport" content="width=device-width"><style>:root{color-scheme:'
                    f'light dark;--pst-color-border:gray}}{STYLE}</style><main><h1>Two</h1>{shown}'
                    "</main></html>", "utf8")
    return path.as_uri()


def test_a_question_is_answered_with_the_keyboard_alone(open_page, address):
    page = open_page(address)
    page.evaluate("window.heard = []; addEventListener('committed', e => heard.push(e.detail))")
    button = page.locator("#question-who-gathers button")
    answer = page.locator("#question-who-gathers .question-answer")
    assert button.is_disabled() and not answer.is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")  # the second choice, a wrong one
    assert button.is_enabled() and not answer.is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert answer.is_visible() and page.evaluate("document.activeElement.className") == (
        "question-answer")
    said = answer.inner_text()
    assert "No." in said and "repairs the sample" in said and "Yes." not in said
    assert page.evaluate("heard") == ["question-who-gathers"]
    assert not page.locator("#question-caught .question-answer").is_visible()
    assert page.errors == [] and page.foreign == []


def test_an_explorer_that_answers_begins_when_one_has_committed(open_page, tmp_path):
    assets, name = page_assets(), "question-a-tenth"
    path = tmp_path / "page.html"
    path.write_text(f"<!doctype html><meta charset='utf-8'><style>{assets['explorers.css']}</style>"
                    f"{question('a-tenth')._repr_html_()}<script>{assets['explorers.js']}</script>",
                    "utf8")
    page = open_page(path.as_uri())
    time = "document.querySelector('.ex-body').dataset.time"
    host = page.locator(".ex-host")
    host.wait_for(state="attached")
    before = page.evaluate(time)
    page.wait_for_timeout(400)
    assert not host.is_visible() and page.evaluate(time) == before == "0"
    page.locator("label").first.click()
    page.locator(f"#{name} > button").click()
    page.wait_for_function(f"+{time} > 0")
    assert host.is_visible()
    assert page.locator("[role=status] .ex-host").count() == 0       # its numbers are not read out
    linked = {"time": 100, "playing": False}
    linked = open_page(f"{path.as_uri()}#kernel:{json.dumps(linked)}")
    linked.locator(".ex-host").wait_for()
    assert linked.evaluate(time) == "100" and not linked.locator(".question-answer").is_visible()
    assert page.errors == [] and linked.errors == []


def test_without_scripts_the_answer_is_folded_away(open_page, address):
    page = open_page(address, java_script_enabled=False)
    one = page.locator("#question-caught")
    assert not one.locator("button").is_visible()
    assert not one.locator("li").first.is_visible()
    one.locator("summary").click()
    assert one.locator("li").count() == 3 and one.locator("li").first.is_visible()


@pytest.mark.parametrize("width", (1280, 390))
@pytest.mark.parametrize("scheme", ("light", "dark"))
def test_nothing_stands_in_the_way_of_anyone(open_page, address, width, scheme):
    import axe_playwright_python

    page = open_page(address, viewport={"width": width, "height": 800}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate((Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf8"))
    page.locator("label").first.click()
    page.locator("button").first.click()
    found = page.evaluate("async () => (await axe.run()).violations.map(v => v.id)")
    assert found == []
    heights = page.locator("label").evaluate_all("all => all.map(e => e.offsetHeight)")
    assert min(heights) >= 24


def test_the_page_names_no_other_page():
    for one in QUESTIONS:
        assert not re.search(r"https?:|src=|href=", one._repr_html_())
