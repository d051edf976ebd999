"""Questions held back for assessment: every sheet has its own numbers, and a key."""
import math
import random
from collections.abc import Callable
from dataclasses import dataclass

import torch

from .. import attractors, diagram, dynamics, variation
from ..angles import directions
from ..laws import Signed
from ..measures import chance_mass
from ..network import Canonical, Network
from ..samples import Samples

CHAPTERS = ("setup", "canonical_dynamics", "full_parameter_dynamics", "kernel_regime",
            "experiments", "sparsity", "transition")
VARIANTS: list[Callable] = []


@dataclass(frozen=True)
class Question:
    """A question with the numbers of one sheet, and what is right: numbers, in this order."""

    chapter: str
    text: str
    wants: str
    values: tuple[float, ...]


def sheet(seed: int, number: int, chapters=CHAPTERS) -> list[Question]:
    """The questions of sheet `number` on these chapters, one of each kind.

    The same for the same two numbers, whatever the other chapters.
    """
    draw = random.Random(f"{seed}/{number}")
    return [one for one in [variant(draw) for variant in VARIANTS] if one.chapter in chapters]


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
    flip = draw.choice([-1, 1])
    rho = [flip * (s if k % 2 else -s) for k, s in enumerate(size)]
    return Samples(x, [0.0] * 3), _double(*rho), (
        f"Three samples at $x = {x[0]}, {x[1]}, {x[2]}$ have the residuals "
        f"${rho[0]}, {rho[1]}, {rho[2]}$.")


def _looking(draw):
    """Data, and the angle of a neuron that sees some of the samples: no line is near it."""
    while True:
        points, rho, text = _data(draw)
        angle = draw.choice([0, 30, 150, 180])
        height = directions(_double(math.radians(angle))) @ points.tilde.T
        if 0 < (height > 0).sum() < 3 and height.abs().min() > 0.01:
            return points, rho, angle, text


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
    points, rho, angle, text = _looking(draw)
    r, theta = _some(draw, -3, -2, 2, 3), _double(math.radians(angle))
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


def _rule(draw, m):
    """A rule for alpha, a power of the width: its name, and alpha for m neurons."""
    return draw.choice([("1", 1.0), (r"\sqrt m", math.sqrt(m)), ("m", float(m))])


@_variant("experiments")
def _needed(draw):
    m, target = draw.choice([100, 400, 2500]), draw.choice([1, 2, 5])
    name, alpha = _rule(draw, m)
    return (f"{m} equal neurons, each with $\\langle\\tilde x_0, d\\rangle = 1$, make "
            f"$f(x_0) = {target}$ with $\\alpha = {name}$.  Which $\\kappa$ has each of them?",
            "one number", target * alpha / m)


@_variant("experiments")
def _mean_delta(draw):
    g, h = draw.choice([1, 2, 3]), draw.choice([1, 2, 3])
    return (f"A network starts with $a, b \\sim U(-{g}, {g})$ and $c \\sim U(-{h}, {h})$, all "
            "independent.  What is the mean of $\\delta$?", "one number",
            (h * h - 2 * g * g) / 3)


@_variant("sparsity")
def _merged(draw):
    e = sorted(draw.sample([-2, -1, -0.5, 0, 0.5, 1, 2], 2))
    sign = draw.choice([-1, 1])
    h = [sign * draw.choice([1, 2, 3]) for _ in e]
    at = (h[0] * e[0] + h[1] * e[1]) / sum(h)
    two, one = Network([1, 1], e, h, 1), Network([1], [at], [sum(h)], 1)
    return (f"Two neurons that look to the right make kinks of height ${h[0]}$ at ${e[0]}$ and of "
            f"height ${h[1]}$ at ${e[1]}$.  They are merged into one neuron, and $f$ changes only "
            "between the two.  Where is its knot, and by how much does the mass fall?",
            "two numbers",
            [at, variation.total_variation(two) - variation.total_variation(one)])


@_variant("sparsity")
def _pays(draw):
    while True:
        points, rho, angle, text = _looking(draw)
        pull = attractors.potential(_double(1), _double(math.radians(angle)), points, rho)
        if pull.abs() > 0.1:
            return (f"{text}  A neuron with $\\theta = {angle}^\\circ$ has shrunk to $r = 0$, and "
                    "a unit of $\\lvert r\\rvert$ has the price $\\lambda$.  What is the least "
                    "$\\lambda$ with which it stays there, and which sign does its $r$ take with a "
                    "smaller one?", "a number and a sign", [pull.abs(), -torch.sign(pull)])


@_variant("sparsity")
def _cheapest(draw):
    x, y = _some(draw, -2, -1, -0.75, -0.5, 0.5, 0.75, 1, 2), _some(draw, -3, -2, 2, 3)
    price = draw.choice([0.25, 0.5, 1])
    return (f"There is one sample, $({x}, {y})$.  Among all networks one minimises half the square "
            f"of its residual plus ${price}$ times its mass.  What is its value at the sample, and "
            "where is its only knot?", "two numbers",
            [y - math.copysign(price / math.hypot(1, x), y), -1 / x])


@_variant("transition")
def _placed(draw):
    m = draw.choice([100, 400])
    (name, alpha), (rho, c) = _rule(draw, m), draw.sample([0.5, 1, 2, 3], 2)
    y = [_some(draw, -3, -2, -1, 1, 2, 3) for _ in range(3)]
    R, d = diagram.coordinates(Network([rho] * m, [0] * m, [c] * m, alpha))
    return (f"A network has {m} neurons, $\\alpha = {name}$, and $\\rho = {rho}$ and $\\lvert "
            f"c\\rvert = {c}$ for each of them.  It is to learn $y = ({y[0]}, {y[1]}, {y[2]})$.  "
            "What are $R/\\lvert y\\rvert$ and $\\hat\\delta/R$?", "two numbers",
            [R / _double(*y).square().mean().sqrt(), d / R])


@_variant("transition")
def _aligned(draw):
    g, sign = draw.choice([(3, 4), (-3, 4), (4, -3), (-4, -3), (6, 8), (-8, 6)]), _some(draw, -1, 1)
    first, last = draw.choice([60, 90, 120]), draw.choice([10, 30, 45])
    half = [math.tan(math.radians(angle / 2)) for angle in (first, last)]
    return (f"At $\\hat\\delta = 0$ and near $f = 0$ a neuron with $r {'<>'[sign > 0]} 0$ feels a "
            f"force $g = {g}$ that stays as it is.  Towards which angle between $-180^\\circ$ and "
            f"$180^\\circ$ does it turn, and how long, in the time $\\tau$, until ${last}^\\circ$ "
            f"are left of a distance of ${first}^\\circ$?",
            "an angle in degrees and a time",
            [math.degrees(math.atan2(-sign * g[1], -sign * g[0])),
             math.log(half[0] / half[1]) / math.hypot(*g)])


@_variant("transition")
def _foretold(draw):
    wider, more = draw.choice([4, 9, 16]), draw.choice([2, 3, 5])
    name, alpha = _rule(draw, wider)
    turn, ratio = draw.choice([0.002, 0.003, 0.004]), _some(draw, -3, -2, -1, 1, 2, 3)
    return (f"With $\\alpha = {name}$ a network far up in the plane has the foretold rotation "
            f"${turn}$ and $\\hat\\delta/R = {ratio}$.  Another one has {wider} times as many "
            "neurons of the same law of $(a, b, c)$, $\\alpha$ by the same rule, and is to learn "
            f"the data times {more}.  What are its foretold rotation and its $\\hat\\delta/R$?",
            "two numbers", [turn * more * alpha / wider, ratio])
