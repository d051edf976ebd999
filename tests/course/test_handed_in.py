"""Answers of a reader, written from text and hint alone: right ones pass, slips are named.

An answer is not the reference in other words: it differs in method, and every slip is one change
of it, as one makes it at a desk.
"""
import functools
import re
from pathlib import Path

import pytest
import torch

from lib.course import Mistake
from tools.course import pages

ROOT = Path(__file__).resolve().parents[2]

# label -> (page, an answer, (a part of it, what stands there by mistake, what the checker says)).
HANDED_IN = {
    "exercise-gradient-b": ("setup", """
def gradient_b(a, b, c, alpha, x, y):
    on = (a * x[:, None] > b).double()
    rho = (on * (a * x[:, None] - b)) @ c / alpha - y
    return -c / alpha * (on.T @ rho)
""", [
        ("-c / alpha", "-c", "factor 1/alpha of the network is missing"),
        ("@ c / alpha", "@ c", "missing in the residuals"),
        ("@ c / alpha - y", "@ c / alpha + y", "wrong in 3 of 3 cases"),
        ("-c / alpha", "-c / alpha / len(x)", "not their mean"),
        ("(on.T", "((x[:, None] > b / a).double().T", "ask for a x > b"),
        ("on.T @ rho", "(on * rho[:, None]).sum(1)[0]", "wrong in 3 of 3 cases"),
        ("(on.T @ rho)", "on * rho[:, None]", "want the derivative of the loss in every b_i"),
    ]),
    "exercise-arctan": ("setup", """
def particle(a, b, c, alpha, m):
    theta = math.atan(-b / a) + (math.pi if a < 0 else 0.0)  # up to 3 pi / 2
    return m / alpha * c * math.sqrt(a * a + b * b), theta
""", [
        ("m / alpha", "alpha / m", "not alpha/m"),
        ("math.sqrt(a * a + b * b)", "(a * a + b * b)", "not its square"),
        ("math.atan(-b / a) + (math.pi if a < 0 else 0.0)", "math.atan2(a, -b)",
         "second component of the direction first"),
        ("return m / alpha * c * math.sqrt(a * a + b * b), theta",
         "return math.atan2(-b, a), m / alpha * c * math.sqrt(a * a + b * b)", "in this order"),
    ]),
    "exercise-attracts": ("canonical_dynamics", """
def attracts(x, rho, k, side):
    product = x * x[k] + 1
    others = torch.arange(len(x)) > k if side > 0 else torch.arange(len(x)) < k
    pull, own = rho[k] * (rho * product)[others].sum(), rho[k] ** 2 * (1 + x[k] ** 2)
    return (1 if rho[k] > 0 else -1) if -own < pull < 0 else 0
""", [
        ("x * x[k] + 1", "x * x[k]", "product is x_i x_k"),
        (") > k", ") >= k", "wrong in"),
        ("x)) > k if side > 0 else torch.arange(len(x)) < k",
         "x)) >= k if side > 0 else torch.arange(len(x)) <= k", "does not belong to B"),
        ("x)) > k if side > 0 else torch.arange(len(x)) < k", "x)) == k + side",
         "all those to one side"),
        (" * (1 + x[k] ** 2)", "", "square of the length"),
        ("(1 if rho[k] > 0 else -1) if", "True if", "not whom"),
    ]),
    "exercise-velocity": ("canonical_dynamics", """
def velocity(r, theta, x, rho):
    d = torch.tensor([math.cos(theta), math.sin(theta)])
    t = torch.tensor([-math.sin(theta), math.cos(theta)])
    tilde = torch.stack([x, torch.ones_like(x)], 1)
    sees = tilde @ d > 0
    g = (rho[sees, None] * tilde[sees]).sum(0)
    return -(g @ d), -r * (g @ t)
""", [
        ("-r * (g", "r * (g", "theta' has the wrong sign"),
        ("return -(g", "return (g", "r' has the wrong sign"),
        ("-r * (g @ t)", "-(g @ t)", "factor r of theta' is missing"),
        ("-r * (g @ t)", "-(g @ t) / r", "multiplied by r, not divided"),
        ("-r * (g @ t)", "-abs(r) * (g @ t)", "with its sign"),
    ]),
    "exercise-lift": ("full_parameter_dynamics", """
def lift(r, delta, alpha, m):
    kappa = alpha * r / m
    c = math.copysign(math.sqrt((delta + math.sqrt(delta**2 + 4 * kappa**2)) / 2), r)
    return c, kappa / c
""", [
        ("alpha * r / m", "m * r / alpha", "not m r / alpha"),
        ("c = math.copysign(math.sqrt((delta + math.sqrt(delta**2 + 4 * kappa**2)) / 2), r)",
         "c = math.sqrt((delta + math.sqrt(delta**2 + 4 * kappa**2)) / 2)", "sign went to rho"),
        (") / 2), r", ")), r", "factor 1/2"),
        ("4 * kappa", "kappa", "factor 4"),
        ("return c, kappa / c", "return kappa / c, c", "sign of r belongs to c"),
    ]),
    "exercise-under-force": ("full_parameter_dynamics", """
def under_force(a, b, c, g1, g2, alpha, t):
    size = math.hypot(g1, g2)
    e = torch.tensor([g1, g2]) / size
    q = torch.tensor([a, -b])
    along, cosh, sinh = q @ e, math.cosh(size / alpha * t), math.sinh(size / alpha * t)
    q = q - along * e + (along * cosh - c * sinh) * e
    return q[0], -q[1], c * cosh - along * sinh
""", [
        ("-q[1]", "q[1]", "second part back"),
        ("math.cosh(size / alpha * t), math.sinh(size / alpha * t)",
         "math.cos(size / alpha * t), math.sin(size / alpha * t)", "not cos and sin"),
        ("q - along * e + ", "", "across the force"),
        ("math.cosh(size / alpha * t), math.sinh(size / alpha * t)", "1.0, size / alpha * t",
         "one step of size t"),
    ]),
    "exercise-nearest": ("kernel_regime", """
def nearest(phi, y, c0):
    return c0 - phi.T @ torch.linalg.solve(phi @ phi.T, phi @ c0 - y)
""", [
        ("c0 - phi.T", "c0 + phi.T", "sign of the change is wrong"),
        ("torch.linalg.solve(phi @ phi.T, phi @ c0 - y)", "(phi @ c0 - y)", "one step of descent"),
        ("return c0 - phi.T @ torch.linalg.solve(phi @ phi.T, phi @ c0 - y)",
         "return torch.linalg.lstsq(phi, y).solution", "least norm"),
    ]),
    "exercise-residuals-at": ("kernel_regime", """
def residuals_at(K, rho0, t):
    return torch.linalg.matrix_exp(-t * K) @ rho0
""", [
        (" @ rho0", " * rho0", "applied with @"),
        ("-t * K", "-t * K / 2", "wrong in 3 of 4 cases"),
        ("torch.linalg.matrix_exp(-t * K) @ rho0",
         "torch.exp(-t * torch.linalg.eigvalsh(K)) * (torch.linalg.eigh(K)[1].T @ rho0)",
         "turn back to the samples"),
        ("torch.linalg.matrix_exp(-t * K) @ rho0",
         "torch.exp(-t * torch.linalg.eigvalsh(K)) * rho0", "each eigenvalue decays its own part"),
    ]),
    "exercise-knot-mass": ("experiments", """
def knot_mass(knots, r, x, width):
    reach = width * (x[-1] - x[0])
    at = (knots[:, None] - x).abs().min(1).values <= reach
    among = (knots >= x[0] - reach) & (knots <= x[-1] + reach)
    return r[at].abs().sum() / r[among].abs().sum()
""", [
        ("(knots >= x[0] - reach) & (knots <= x[-1] + reach)", "(knots >= x[0]) & (knots <= x[-1])",
         "just outside the first or last sample"),
        ("values <= reach", "values <= reach / 2", "not from end to end"),
        (" * (x[-1] - x[0])", "", "part of the span"),
        ("r[at].abs().sum() / r[among].abs().sum()", "at.sum() / among.sum()", "counts knots"),
    ]),
    "exercise-first-epoch": ("experiments", """
def first_epoch(epochs, loss, tol):
    for epoch, value in zip(epochs, loss):
        if value <= tol:
            return epoch
""", [
        ("    for", "    if loss[-1] > tol:\n        return None\n    for",
         "it asks the last loss"),
        ("value <= tol", "value < tol", "<=, not <"),
        ("zip(epochs, loss)", "enumerate(loss)", "not its epoch"),
        ("            return epoch", "            return epoch\n    return math.inf",
         "want the first such epoch, or None, got inf"),
    ]),
    "exercise-price-kinks": ("sparsity", """
def price(e, h):
    return sum(abs(height) * math.hypot(1, place) for place, height in zip(e, h))
""", [
        ("abs(height)", "height", "with their signs"),
        ("return sum(abs(height) * math.hypot(1, place) for place, height in zip(e, h))",
         "return abs(sum(height * math.hypot(1, place) for place, height in zip(e, h)))",
         "comes before the sum"),
        (") * math", ") / math", "costs more, not less"),
        ("sum(abs(height) * math.hypot(1, place) for place, height in zip(e, h))",
         "[abs(height) * math.hypot(1, place) for place, height in zip(e, h)]",
         "sum over the kinks"),
        ("math.hypot(1, place)", "(1 + abs(place))", "wrong in 3 of 3 cases"),
    ]),
    "exercise-penalised-step": ("sparsity", """
def penalised_step(r, push, eta, lam):
    s = r - eta * push
    return s - s.clamp(-eta * lam, eta * lam)
""", [
        ("s - s.clamp(-eta * lam, eta * lam)", "torch.where(s.abs() > eta * lam, s, 0)",
         "sizes that survive shrink too"),
        ("r - eta * push", "r - push", "learning rate too"),
        ("r - eta * push", "r + eta * push", "goes down"),
        ("s - s.clamp(-eta * lam, eta * lam)", "(s - eta * lam).clamp_min(0)",
         "negative r is lost"),
        ("s - s.clamp(-eta * lam, eta * lam)", "s - eta * lam * s.sign()", "jumps over zero"),
    ]),
    "exercise-coordinates": ("transition", """
def coordinates(r, delta, alpha, m, y):
    R, size = r.norm() / math.sqrt(len(r)), y.norm() / math.sqrt(len(y))
    return R / size, delta / (alpha / m) / R
""", [
        ("r.norm() / math.sqrt(len(r)), y.norm() / math.sqrt(len(y))", "r.norm(), y.norm()",
         "divide the sums"),
        ("r.norm() / math.sqrt(len(r)), y.norm() / math.sqrt(len(y))", "r.std(), y.std()",
         "not standard deviations"),
        ("(alpha / m) / R", "(alpha / m) / size", "not with"),
        ("R / size, delta / (alpha / m) / R", "delta / (alpha / m) / R, R / size", "in this order"),
    ]),
    "exercise-rotation": ("transition", """
def rotation(a0, b0, a1, b1, c1):
    turn = torch.atan2(b0 * a1 - a0 * b1, a0 * a1 + b0 * b1)  # of the cross product and the dot
    size = (c1**2 * (a1**2 + b1**2)).sqrt()
    return (turn.abs() * size).sum() / size.sum()
""", [
        ("torch.atan2(b0 * a1 - a0 * b1, a0 * a1 + b0 * b1)", "torch.atan(-b1 / a1) + "
         "torch.atan(b0 / a0)", "atan cannot tell"),
        ("(c1**2 * (a1**2 + b1**2)).sqrt()", "(c1**2 * (a0**2 + b0**2)).sqrt()", "size at the end"),
        ("(c1**2 * (a1**2 + b1**2)).sqrt()", "c1 * (a1**2 + b1**2).sqrt()", "not c"),
        ("size.sum()", "len(size)", "divide by the sum"),
    ]),
}
EXERCISES = {one.label: one for page, *_ in HANDED_IN.values()
             for one in pages.exercises(ROOT / "exercises" / f"{page}.md")}


@pytest.fixture(autouse=True)
def own_default_dtype():
    before = torch.get_default_dtype()
    yield
    torch.set_default_dtype(before)


@functools.cache
def first_cell(page):
    cells = pages.read(ROOT / "exercises" / f"{page}.md").cells
    return next(cell.source for cell in cells if cell.cell_type == "code")


def hand_in(label, answer, seed):
    """Run the first cell of the page, an answer, and the checker."""
    names = {"__name__": "__main__"}
    exec(first_cell(HANDED_IN[label][0]), names)
    exec(answer, names)
    names["SEED"] = seed
    exec(EXERCISES[label].checker, names)


@pytest.mark.parametrize("label", HANDED_IN)
@pytest.mark.parametrize("seed", (1, 2, 77))
def test_an_answer_by_another_way_passes(label, seed, capsys):
    hand_in(label, HANDED_IN[label][1], seed)
    assert f"(seed {seed})" in capsys.readouterr().out


# label -> a right answer that changes its arguments in place.
IN_PLACE = {
    "exercise-gradient-b": """
def gradient_b(a, b, c, alpha, x, y):
    on = (a * x[:, None] > b).double()
    y -= (on * (a * x[:, None] - b)) @ c / alpha
    return c / alpha * (on.T @ y)
""",
    "exercise-nearest": """
def nearest(phi, y, c0):
    y -= phi @ c0
    return c0 + phi.T @ torch.linalg.solve(phi @ phi.T, y)
""",
    "exercise-residuals-at": """
def residuals_at(K, rho0, t):
    rates, V = torch.linalg.eigh(K)
    rho0.copy_(V.T @ rho0)
    rho0 *= torch.exp(-t * rates)
    return V @ rho0
""",
}


@pytest.mark.parametrize("label", IN_PLACE)
def test_an_answer_that_changes_its_arguments_is_right_if_what_it_gives_is(label, capsys):
    hand_in(label, IN_PLACE[label], 1)
    assert "right in" in capsys.readouterr().out


def test_an_answer_cannot_make_itself_right_by_changing_its_arguments():
    answer = "def nearest(phi, y, c0):\n    y.zero_(); c0.zero_()\n    return c0"
    with pytest.raises(Mistake, match="nearest"):
        hand_in("exercise-nearest", answer, 1)


SLIPS = [(label, *slip) for label, (_, _, slips) in HANDED_IN.items() for slip in slips]


@pytest.mark.parametrize("label, right, wrong, says", SLIPS, ids=[f"{s[0]}: {s[3]}" for s in SLIPS])
@pytest.mark.parametrize("seed", (1, 2, 77))
def test_one_slip_is_named(label, right, wrong, says, seed):
    answer = HANDED_IN[label][1]
    assert answer.count(right) == 1
    with pytest.raises(Mistake, match=re.escape(says)) as raised:
        hand_in(label, answer.replace(right, wrong), seed)
    if "wrong in" in says:  # a slip that nobody foresaw: one case, by the names of the arguments
        assert re.search(r"For \w+ = .+\nit gives .+, and .+ is right", str(raised.value))


def test_every_coding_exercise_has_been_handed_in():
    assert {one.label for one in EXERCISES.values() if one.stub} == set(HANDED_IN)
