"""Questions held back for assessment: every sheet has its own numbers, and a key."""
import math
import random
from collections.abc import Callable
from dataclasses import dataclass

import torch

from .. import attractors, dynamics
from ..angles import directions
from ..laws import Signed
from ..measures import chance_mass
from ..network import Canonical, Network
from ..samples import Samples

VARIANTS: list[Callable] = []


@dataclass(frozen=True)
class Question:
    """A question with the numbers of one sheet, and what is right: numbers, in this order."""

    chapter: str
    text: str
    wants: str
    values: tuple[float, ...]


def sheet(seed: int, number: int) -> list[Question]:
    """The questions of sheet `number`, one of each kind; the same for the same two numbers."""
    draw = random.Random(f"{seed}/{number}")
    return [variant(draw) for variant in VARIANTS]


def _variant(chapter):
    def kept(make):
        def question(draw) -> Question:
            text, wants, values = make(draw)
            values = torch.as_tensor(values, dtype=torch.float64).flatten().tolist()
            return Question(chapter, text, wants, tuple(values))

        VARIANTS.append(question)
        return question

    return kept


def _some(draw, *values):
    return draw.choice([v for v in values if v])


def _double(*values):
    return torch.tensor(values, dtype=torch.float64)


@_variant("setup")
def _broken_line(draw):
    e = sorted(draw.sample(range(-3, 4), 3))
    h = [_some(draw, -3, -2, -1, 1, 2, 3) for _ in e]
    at = draw.choice([e[2] + 1, e[2] + 2])
    terms = " ".join(f"{k:+d}[x {-b:+d}]_+" if b else f"{k:+d}[x]_+" for k, b in zip(h, e))
    f = Network(_double(1, 1, 1), _double(*e), _double(*h), 1)
    slope = f([e[1] + 0.25, e[1] + 0.5]).diff() * 4
    return (f"Let $f(x) = {terms.lstrip('+')}$.  What is $f({at})$, and what is the slope of $f$ "
            f"just to the right of ${e[1]}$?", "two numbers", [f([at])[0], slope[0]])


@_variant("setup")
def _rescaled(draw):
    a, b, c = draw.choice([(3, 4), (4, -3), (-3, 4), (6, 8)]) + (_some(draw, -3, -2, 2, 3),)
    k = draw.choice([2, 4, 0.5])
    one = Network([a], [b], [c], 1).rescale(k)
    return (f"A network with $\\alpha = m = 1$ has the neuron $(a, b, c) = ({a}, {b}, {c})$.  It "
            f"is rescaled by $k = {k}$.  What are $r$ and $\\delta$ after that?", "two numbers",
            [one.canonical().r[0], one.delta[0]])


@_variant("setup")
def _kernel(draw):
    b = [draw.choice([-3.5, -2.5, -1.5]) for _ in range(2)]
    c = [_some(draw, -2, -1, 1, 2), _some(draw, -2, -1, 1, 2)]
    x = draw.choice([(0, 1), (0, 2), (1, 2)])
    two = Network(_double(1, -1), _double(*b), _double(*c), 1)
    K = dynamics.tangent_kernel(two, [x[0]], [x[1]])
    return (f"With $\\alpha = 1$ let $f(x) = {c[0]}[x {-b[0]:+g}]_+ {c[1]:+d}[-x {-b[1]:+g}]_+$. "
            f"What is its tangent kernel $K({x[0]}, {x[1]})$?", "one number", K)


def _data(draw):
    x = sorted(draw.sample([-0.8, -0.4, -0.2, 0.0, 0.2, 0.5, 0.8], 3))
    size = [draw.choice([0.6, 0.8, 1.0, 1.2, 1.5]) for _ in x]
    rho = [s if k % 2 else -s for k, s in enumerate(size)]
    return Samples(x, [0.0] * 3), _double(*rho), (
        f"Three samples at $x = {x[0]}, {x[1]}, {x[2]}$ have the residuals "
        f"${rho[0]}, {rho[1]}, {rho[2]}$.")


@_variant("canonical_dynamics")
def _which(draw):
    points, rho, text = _data(draw)
    caught = attractors.attractors(points, rho).attracts
    values = [caught[0, 0], caught[1, 0], caught[1, 1], caught[2, 1]]
    return (f"{text}  Four half lines do not border the dead arc: that of $x_1$ with $a > 0$, the "
            "two of $x_2$ ($a > 0$, then $a < 0$), and that of $x_3$ with $a < 0$.  Give for each "
            "of them the sign of $r$ of the neurons that it attracts, or 0.", "four signs", values)


@_variant("canonical_dynamics")
def _sliding(draw):
    while True:
        points, rho, text = _data(draw)
        share = attractors.attractors(points, rho).share[1, 0]
        if not share.isnan():
            return (f"{text}  A neuron slides on the half line of $x_2$ with $a > 0$.  Which sign "
                    "has its $r$, and with which share does it see $x_2$?",
                    "a sign and a number", [torch.sign(rho[1]), share])


@_variant("canonical_dynamics")
def _turning(draw):
    while True:
        points, rho, text = _data(draw)
        r, angle = _some(draw, -3, -2, 2, 3), draw.choice([0, 30, 150, 180])
        theta = _double(math.radians(angle))
        height = directions(theta) @ points.tilde.T
        if 0 < (height > 0).sum() < 3 and height.abs().min() > 0.01:  # it sees some, none in doubt
            break
    speeds = attractors.field(_double(r), theta, points, rho)
    return (f"{text}  A neuron has $r = {r}$ and $\\theta = {angle}^\\circ$.  What are $\\dot r$ "
            "and $\\dot\\theta$ on the clock of the mean field?", "two numbers",
            [v[0] for v in speeds])


@_variant("full_parameter_dynamics")
def _lifted(draw):
    c, rho, (alpha, m) = _some(draw, -3, -2, 2, 3), draw.choice([1, 4, 5]), draw.choice(
        [(1, 4), (2, 4), (3, 9)])
    r, delta = m * c * rho / alpha, c * c - rho * rho
    one = Canonical([alpha * r / m], [0.0]).lift(delta, 1.0)
    return (f"A network with $m = {m}$ and $\\alpha = {alpha}$ has a neuron with $r = {r:g}$ and "
            f"$\\delta = {delta}$.  What are $c$ and $\\rho$?", "two numbers", [one.c, one.rho])


@_variant("full_parameter_dynamics")
def _share(draw):
    c, rho = draw.sample([1, 2, 3, 4, 5], 2)
    share = dynamics.tangential_share(c * c - rho * rho, c * rho)
    return (f"A neuron has $\\delta = {c * c - rho * rho}$ and $\\kappa = {c * rho}$.  How readily "
            "does it turn, compared with how readily it grows?", "one number", share)


@_variant("full_parameter_dynamics")
def _leak(draw):
    a, b, c = (draw.randint(-3, 3) for _ in range(3))
    eta = draw.choice([0.1, 0.01, 0.02])
    return (f"The derivatives of the loss in $(a, b, c)$ of a neuron are $({a}, {b}, {c})$.  By "
            f"how much does one step of descent with $\\eta = {eta}$ change its $\\delta$?",
            "one number", eta**2 * (c * c - a * a - b * b))


@_variant("kernel_regime")
def _least(draw):
    while True:
        rows = [[draw.randint(0, 3) for _ in range(3)] for _ in range(2)]
        phi = _double(*rows[0], *rows[1]).reshape(2, 3)
        if abs(float(torch.linalg.det(phi @ phi.T))) > 0.5:
            break
    y = [_some(draw, -2, -1, 1, 2), _some(draw, -2, -1, 1, 2)]
    table = r" \\ ".join(" & ".join(map(str, row)) for row in rows)
    return (f"With $\\Phi = \\begin{{pmatrix}}{table}\\end{{pmatrix}}$ and targets $y = ({y[0]}, "
            f"{y[1]})$, to which $c$ does gradient descent from $c = 0$ lead?", "three numbers",
            torch.linalg.pinv(phi) @ _double(*y))


@_variant("kernel_regime")
def _price(draw):
    p, q, R = _some(draw, -2, -1, 1, 2), _some(draw, -3, -1, 1, 3), draw.choice([1, 2, 3])
    ends = _double(2 * p, -2 * q)
    return (f"What does the straight line $f(x) = {p}x {q:+d}$ cost under the law $a = \\pm1$, "
            f"$b \\sim U(-{R}, {R})$?", "one number",
            ends @ torch.linalg.solve(Signed(R).M, ends))


@_variant("kernel_regime")
def _learned(draw):
    rate, part = draw.choice([0.5, 2, 3, 4]), draw.choice([10, 50, 75, 90])
    return (f"A component of the data belongs to the eigenvalue $\\lambda = {rate}$ of the kernel "
            f"matrix.  At which time of the gradient flow is {part} per cent of it learned?",
            "one number", -math.log(1 - part / 100) / rate)


@_variant("experiments")
def _chance(draw):
    s, span, width = draw.choice([5, 6, 11]), draw.choice([1, 2, 4]), draw.choice([0.01, 0.02])
    x = torch.linspace(0, span, s, dtype=torch.float64)
    return (f"{s} samples are spread evenly over an interval of length {span}.  Which part of the "
            f"mass lies within {width:.0%} of the span of a sample, if knots ignore the samples?",
            "one number", chance_mass(Samples(x, 0 * x), width))


@_variant("experiments")
def _needed(draw):
    m, target = draw.choice([100, 400, 2500]), draw.choice([1, 2, 5])
    name, alpha = draw.choice([("1", 1.0), (r"\sqrt m", math.sqrt(m)), ("m", float(m))])
    return (f"{m} equal neurons, each with $\\langle\\tilde x_0, d\\rangle = 1$, make "
            f"$f(x_0) = {target}$ with $\\alpha = {name}$.  Which $\\kappa$ has each of them?",
            "one number", target * alpha / m)


@_variant("experiments")
def _mean_delta(draw):
    g, h = draw.choice([1, 2, 3]), draw.choice([1, 2, 3])
    return (f"A network starts with $a, b \\sim U(-{g}, {g})$ and $c \\sim U(-{h}, {h})$, all "
            "independent.  What is the mean of $\\delta$?", "one number",
            (h * h - 2 * g * g) / 3)
