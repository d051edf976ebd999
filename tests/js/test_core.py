"""The JavaScript numerics, run under V8, against lib and NumPy/SciPy: the same cases to 1e-9."""
import json
import math
import sys

import numpy as np
import pytest
import torch
from py_mini_racer import MiniRacer
from scipy.interpolate import CubicSpline

from lib import attractors, flow, measures
from lib.explorers import base, bundle
from lib.network import Canonical, Network
from lib.samples import from_points
from lib.starts import counted, stratified
from lib.training import train

RNG = np.random.default_rng
ZIGZAG = [[-0.9, 0.8], [-0.5, -0.6], [-0.1, 0.7], [0.25, -0.5], [0.6, 0.6], [0.95, -0.7]]


@pytest.fixture(scope="module")
def js():
    """js(expression, name=value, ...): values go in as JSON, the result comes out as JSON (typed
    arrays as lists)."""
    v8 = MiniRacer()
    v8.eval(bundle.globals_script("history", "splines", "state", "snippet", "flow", "options"))
    v8.eval("var plain = (key, v) => ArrayBuffer.isView(v) ? Array.from(v) : v")

    def call(expression, **values):
        for key, value in values.items():
            v8.eval(f"var {key} = {json.dumps(value)}")
        return json.loads(v8.eval(f"JSON.stringify((() => {expression})(), plain)"))

    return call


def random_net(seed, m=40):
    a, b, c = RNG(seed).standard_normal((3, m))
    return {"m": m, "alpha": math.sqrt(m), "a": a.tolist(), "b": b.tolist(), "c": c.tolist()}


def as_network(net):
    return Network(net["a"], net["b"], net["c"], net["alpha"])


def close(actual, expected, tolerance=1e-9):
    np.testing.assert_allclose(
        np.asarray(actual, float), np.asarray(expected, float), rtol=tolerance, atol=tolerance
    )


@pytest.mark.parametrize("seed", [0, 1, 12345, 2**32 - 1])
def test_random_numbers(js, seed):
    drawn = js(
        "{ const next = $random.uniforms(seed); return Array.from({length: 1000}, next); }",
        seed=seed,
    )
    np.testing.assert_array_equal(drawn, counted(1000, seed))
    assert 0 < min(drawn) and max(drawn) < 1 and abs(np.mean(drawn) - 0.5) < 0.04


def test_random_numbers_look_independent_and_normal():
    u = counted(200_000, 7)
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 0.01
    r = stratified(60_000, scale=1.0, seed=3).canonical().r / math.sqrt(60_000)
    assert abs(float((r**2).mean()) - 1) < 0.03 and abs(float((r**4).mean()) - 3) < 0.3


@pytest.mark.parametrize("delta", [-math.inf, -1e6, -3.0, 0.0, 1e-9, 2.5, 1e6, math.inf])
def test_start_and_lift(js, delta):
    finite = {-math.inf: -100.0, math.inf: 100.0}.get(delta, delta)
    net = js("{ const {r, theta} = $network.start(30, 2, 5); return $network.lift(r, theta, "
             "delta, Math.sqrt(30)); }",
        delta=finite)
    expected = stratified(30, delta=delta, scale=2.0, seed=5)
    for key in "abc":
        close(net[key], getattr(expected, key), 1e-12)


def test_lift_conserves_the_function_and_keeps_small_numbers(js):
    r, theta = [1e-8, -2.0, 0.0, 3.0], [0.3, 2.0, 1.0, -2.0]
    net = js("$network.lift(r, theta, -1e4, 2)", r=r, theta=theta)
    reduced = as_network(net).canonical()
    close(reduced.r, r, 1e-12)
    close(net["c"], Canonical(r, theta).lift(-1e4, 2.0).c, 1e-14)
    back = js("$network.canonical(net)", net=net)
    close(back["r"], r, 1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_evaluation_and_particles(js, seed):
    net = random_net(seed)
    # constants, on and off
    net["a"][0], net["a"][1], net["b"][0], net["b"][1] = 0.0, 0.0, -1.0, 1.0
    x = np.sort(RNG(seed + 9).uniform(-3, 3, 200)).tolist()
    close(
        js("$network.evaluate(net, x)", net=net, x=x),
        as_network(net)(torch.tensor(x, dtype=torch.float64)), 1e-11,
    )
    uv = js("$network.particles(net)", net=net)
    close(np.stack([uv["u"], uv["v"]], -1), as_network(net).canonical().uv, 1e-11)


def test_knots_at_samples(js):
    points = from_points(ZIGZAG)
    run = train(
        stratified(200, delta=0.0, seed=1), points, 40, safety=1.0, snapshots=2, progress=False,
        engine="reference",
    )
    z = run.network
    net = {"m": z.m, "alpha": float(z.alpha), **{k: getattr(z, k).tolist() for k in "abc"}}
    ours = js("$network.knotsAtSamples(net, x)", net=net, x=points.x.tolist())
    assert 0.05 < ours < 0.99
    close(ours, measures.knot_mass(z, points))


def dense_kernel(net, x, which):
    """The tangent kernel from the Jacobian, column by column, in NumPy."""
    a, b, c, x = (np.array(v, float) for v in (net["a"], net["b"], net["c"], x))
    pre = np.outer(x, a) - b
    on = pre > 0
    columns = [on * x[:, None] * c, on * -c] * ("ab" in which) + [on * pre] * ("c" in which)
    jacobian = np.concatenate(columns, 1) / net["alpha"]
    return jacobian @ jacobian.T


TOP = "$training.trainer(net, x, x, {train: which}).lambdaMax()"


@pytest.mark.parametrize("which", ["abc", "c", "ab"])
@pytest.mark.parametrize("seed", range(4))
def test_the_largest_eigenvalue(js, which, seed):
    net, x = random_net(seed), np.sort(RNG(seed).uniform(-2, 2, [1, 2, 9, 40][seed])).tolist()
    close(
        js(TOP, net=net, x=x, which=which), np.linalg.eigvalsh(dense_kernel(net, x, which))[-1],
        2e-11,
    )


def hard_net(rng):
    """Few neurons of many sizes, some on sample lines, some alike."""
    m, s = rng.integers(1, 12), rng.integers(1, 10)
    x = np.sort(rng.normal(size=s)) if rng.random() < 0.6 else np.arange(s) - s // 2.0
    a, b, c = rng.normal(size=(3, m)) * np.exp(3 * rng.normal(size=(3, 1)) + 2 * rng.normal(size=m))
    if rng.random() < 0.4:
        b = a * x[rng.integers(0, s, m)]
    if rng.random() < 0.3:
        a, b, c = (
            np.repeat(t, 2) * np.tile([1.0, sign], m) for t, sign in ((a, -1), (b, -1), (c, 1))
        )
    return {
        "m": len(a),
        "alpha": float(np.exp(rng.normal())),
        "a": a.tolist(),
        "b": b.tolist(),
        "c": c.tolist(),
    }, x.tolist()


def test_the_largest_eigenvalue_of_hard_networks(js):
    """Where the kernel falls into blocks, power iteration stays in the one in which it started."""
    cases = [(*hard_net(RNG(seed)), ["abc", "c", "ab"][seed % 3]) for seed in range(2000)]
    found = js(f"cases.map(([net, x, which]) => {TOP})", cases=cases)
    wanted = [np.linalg.eigvalsh(dense_kernel(*case))[-1] for case in cases]
    np.testing.assert_allclose(found, np.maximum(wanted, 0), rtol=1e-9, atol=0)
    # and on their way, where what was found before may have nothing of what is to be found now
    y = [(RNG(seed + 1).normal(size=len(case[1])) * 30).tolist() for seed, case in enumerate(cases)]
    moved = js("""cases.map(([net, x, which], k) => {
        const t = $training.trainer(net, x, y[k], {train: which, refresh: 1});
        t.advance(8); const { a, b, c } = t.net;
        return {a, b, c, alpha: net.alpha, top: t.lambdaMax()}; })""", cases=cases, y=y)
    wanted = [
        np.linalg.eigvalsh(dense_kernel(net, *case[1:]))[-1] for net, case in zip(moved, cases)
    ]
    np.testing.assert_allclose(
        [net["top"] for net in moved], np.maximum(wanted, 0), rtol=1e-8, atol=0
    )


def test_a_trap_of_power_iteration(js):
    """After some steps the eigenvector kept from before has nothing of the top one: 67 times too
    large a step, once."""
    net = {
        "m": 3,
        "alpha": 1.0,
        "a": [5.0, 0.1, -2.0],
        "b": [-5.0, -0.1, 0.0],
        "c": [20.0, -0.2, 2.0],
    }
    shown = js(
        """{ const t = $training.trainer(net, x, y, {safety: 0.5}), off = [];
        for (let k = 0; k < 60; k++) { t.advance(10); const { a, b, c } = t.net;
        off.push([[...a], [...b], [...c], t.lambdaMax()]); }
        return {off, loss: t.loss}; }""",
        net=net,
        x=[-1.0, 1.0],
        y=[3.9, -100.0],
    )
    for a, b, c, top in shown["off"]:
        now = {"alpha": 1.0, "a": a, "b": b, "c": c}
        assert top == pytest.approx(
            np.linalg.eigvalsh(dense_kernel(now, [-1.0, 1.0], "abc"))[-1], rel=1e-9
        )
    assert shown["loss"] < 1e-6


def test_a_small_start_does_not_diverge(js):
    """The tangent kernel of a small network is tiny, but the residuals bend the loss too."""
    shown = js(
        """[0.001, 1e-6].map((scale) => {
        const h = $history.history({m: 100, scale, seed: 1, delta: 0, x, y, safety: 1});
        h.reach(20000); return [h.diverged, h.run.still, h.run.loss]; })""",
        x=[-0.75, -0.5, 0.125],
        y=[1.1, 0.1, 0.8],
    )
    for diverged, still, loss in shown:
        assert not diverged and not still and loss < 0.3


def test_the_trainer_says_that_it_stands_still_or_is_lost(js):
    dead = {"m": 2, "alpha": 1.0, "a": [1.0, -1.0], "b": [9.0, 9.0], "c": [1.0, 1.0]}
    live = random_net(0)
    how = """[[dead, y], [live, y], [live, [1e200, 0]], [live, [1e6, -1e6]]].map(([net, y]) => {
        const t = $training.trainer(net, [-1, 1], y), began = [t.still, t.diverged]; t.advance(100);
        return [...began, t.still, t.diverged, t.time]; })"""
    rest, fine, lost, large = js(how, dead=dead, live=live, y=[1.0, -1.0])
    assert rest == [True, False, True, False, 0] and fine[:4] == [False] * 4 and fine[4] > 0
    assert lost[:2] == [False, True] and large[:4] == [False] * 4


def dense_descent(net, x, y, steps, eta, which):
    """Gradient descent with dense m-by-s arrays, in NumPy."""
    a, b, c = (np.array(net[k]) for k in "abc")
    x, y, alpha = np.array(x), np.array(y), net["alpha"]
    for _ in range(steps):
        pre = np.outer(x, a) - b
        on = pre > 0
        rho = (on * pre) @ c / alpha - y
        ga, gb, gc = (
            c / alpha * (on.T @ (rho * x)), -c / alpha * (on.T @ rho), (on * pre).T @ rho / alpha,
        )
        if "a" in which:
            a, b = a - eta * ga, b - eta * gb
        if "c" in which:
            c = c - eta * gc
    rho = np.maximum(np.outer(x, a) - b, 0) @ c / alpha - y
    return a, b, c, rho @ rho / 2


@pytest.mark.parametrize("which", ["abc", "c", "ab"])
def test_a_thousand_steps(js, which):
    net, x = random_net(2), np.linspace(-1, 1, 7)
    y = np.sin(4 * x)
    mine = js(
        "{ const t = $training.trainer(net, x, y, {train: which, step: 0.02}); t.advance(1000); "
        "return {...t.net, loss: t.loss, time: t.time}; }",
        net=net,
        x=x.tolist(),
        y=y.tolist(),
        which=which,
    )
    *theirs, loss = dense_descent(net, x, y, 1000, 0.02, which)
    for key, expected in zip("abc", theirs):
        close(mine[key], expected)
    close(mine["loss"], loss)
    close(mine["time"], 20.0)
    assert loss < 0.5 * float((y**2).sum())


@pytest.mark.parametrize("delta", [-math.inf, 0.0, math.inf])
def test_automatic_steps_follow_lib(js, delta):
    points = from_points(ZIGZAG)
    mine = js(
        """{ const h = $history.history({m: 60, scale: 2, seed: 3, delta: $state.decode(delta), x,
        y}); h.reach(1000);
        return {...h.at(1000).net, loss: h.run.loss, epoch: h.at(1000).epoch}; }""",
        delta={-math.inf: "-inf", math.inf: "inf"}.get(delta, delta),
        x=points.x.tolist(),
        y=points.y.tolist(),
    )
    how = {-math.inf: "c", math.inf: "ab"}.get(delta, "abc")
    run = train(
        stratified(60, delta=delta, seed=3), points, 1000, train=how, safety=1.0, snapshots=2,
        progress=False, engine="reference",
    )
    assert mine["epoch"] == 1000
    for key in "abc":
        close(mine[key], getattr(run.network, key), 1e-8)


def test_history_is_the_run_itself(js):
    shown = js("""{ const p = {m: 20, scale: 2, seed: 0, delta: 0, x: [-1, 0, 1], y: [0, 1, 0]},
        h = $history.history(p), g = $history.history(p);
        h.reach(300); g.reach($history.GRID[40]);
        const a = h.at($history.GRID[40]), b = g.at($history.GRID[40]);
        return [a.epoch, b.epoch, Array.from(a.net.a), Array.from(b.net.a), h.at(0).loss]; }""")
    assert shown[0] == shown[1] > 30 and shown[2] == shown[3] and shown[4] == 0.5


@pytest.mark.parametrize("seed", range(3))
def test_splines(js, seed):
    rng = RNG(seed)
    x, y = np.sort(rng.uniform(-2, 2, 3 + 4 * seed)), rng.standard_normal(3 + 4 * seed)
    t = np.linspace(x[0], x[-1], 301)
    natural = CubicSpline(x, y, bc_type="natural")
    close(
        js("t.map($splines.cubicSpline(x, y))", x=x.tolist(), y=y.tolist(), t=t.tolist()),
        natural(t),
    )
    close(js("t.map($splines.linearSpline(x, y))", t=t.tolist()), np.interp(t, x, y))
    left, right = js("[x[0] - 1, x[x.length - 1] + 1].map($splines.cubicSpline(x, y))")
    close([left, right], [y[0] - natural(x[0], 1), y[-1] + natural(x[-1], 1)])


def test_splines_of_few_points(js):
    assert js(
        "[[0, 3], [0, 3].map($splines.cubicSpline([0, 3], [1, 4])), "
        "[5].map($splines.cubicSpline([1], [2])), [1].map($splines.linearSpline([], []))]"
    ) == [[0, 3], [1, 4], [2], [None]]


@pytest.mark.parametrize(
    "points",
    [
        [[0.0, 1.0]], [[1e6, 1e6], [-1e6, 5.0], [3.0, 0.0]], [[0.0, 1e-9], [1e-5, 0.0]],
        [[0.0, 0.0], [1.0, 0.0]],
    ],
)
@pytest.mark.parametrize("delta", ["-inf", 0, 1000, "inf"])
def test_nothing_becomes_nan(js, points, delta):
    report = js(
        """{ const {x, y, problem} = $state.samplesOf($state.cleanPoints(points).points);
        const h = $history.history({m: 50, scale: 2, seed: 0, delta: $state.decode(delta), x, y});
        h.reach(2000); const n = h.at(2000).net;
        return [problem, [...n.a, ...n.b, ...n.c].every(Number.isFinite),
        h.at(2000).loss <= h.at(0).loss * (1 + 1e-12) + 1e-20, h.diverged]; }""",
        points=points,
        delta=delta,
    )
    assert report == ["", True, True, False]


def test_state_from_outside_is_made_safe(js):
    clean = js("$state.cleanPoints(points)", points=[[0, 1], [1], "x", [2, 1e9], None, [3, 4, 5]])
    assert clean["points"] == [[0, 1], [2, 1e6], [3, 4]] and clean["note"]
    assert js("$state.samplesOf([]).problem") and "share x" in js(
        "$state.samplesOf([[1, 2], [0, 1], [1, 3]]).problem"
    )
    assert js("[$state.decode('inf') > 1e308, $state.decode(null), $state.decode('x', 3)]") == [
        True, 0, 3,
    ]
    assert js(
        "[$state.freePlace(0.5, [0.5, 0.6], 0.1, [0, 1]), $state.freePlace(0.3, [0.5], 0.1, [0, "
        "1])]"
    ) == pytest.approx([0.4, 0.3])
    assert js("$state.widestGap([[-1, 0], [0, 0], [0.2, 0]], [-1.25, 1.25])") == pytest.approx(
        0.725
    )


def test_modules_join_into_valid_scripts():
    for name, kind in base.KINDS.items():
        MiniRacer().eval(
            "new Function("
            + json.dumps(bundle.module(name).replace("export default", "return"))
            + ")"
        )
        assert kind()._esm == bundle.module(name)
    MiniRacer().eval("new Function(" + json.dumps(base.page_assets()["explorers.js"]) + ")")


@pytest.mark.skipif(
    sys.platform == "darwin" and bundle.minify is None,
    reason="tdewolff-minify has no wheel for every Mac",
)
def test_the_page_script_is_small():
    assert len(base.page_assets()["explorers.js"].encode()) < 80_000


def test_scripts_are_the_same_without_the_minifier(monkeypatch):
    """Where it cannot be installed the pages have the modules as they are written."""
    monkeypatch.setattr(bundle, "minify", None)
    script = bundle.page_script(*sorted(base.KINDS))
    assert bundle.plain("delta") in script
    MiniRacer().eval("new Function(" + json.dumps(script) + ")")


@pytest.mark.parametrize(
    ("modules", "word"),
    [
        ({"a": "const one = 1;\n", "b": 'import { one } from "./a.js";\n'}, "exports no one"),
        (
            {
                "a": "export const one = 1;\n",
                "b": 'import { one } from "./a.js";\nfunction one() {}\n',
            },
            "both declare one",
        ),
        ({"a": 'import { b } from "./b.js";\n', "b": 'import { a } from "./a.js";\n'}, "cycle"),
        ({"b": 'import { a } from "./a.js";\n'}, "there is no ./a.js"),
        ({"b": "const one = 1, two = 2;\n"}, "unsupported"),
        ({"b": 'import * as a from "./a.js";\n'}, "unsupported"),
    ],
)
def test_modules_that_cannot_be_joined_are_named(monkeypatch, tmp_path, modules, word):
    for name, text in modules.items():
        (tmp_path / f"{name}.js").write_text(text, "utf8")
    monkeypatch.setattr(bundle, "JS", tmp_path)
    with pytest.raises(ValueError, match=word):
        bundle.joined("b")


def test_modules_are_short_and_numerics_have_no_dom():
    for path in sorted(bundle.JS.rglob("*.js")):
        assert len(path.read_text("utf8").splitlines()) <= 300, path.name
    for name in bundle.order("history", "splines", "state", "snippet", "flow"):
        for word in ("document", "window", "getContext"):
            assert word not in bundle.source(name), (name, word)


@pytest.mark.parametrize("s", [1, 2, 7])
def test_arcs(js, s):
    x = np.sort(RNG(s).uniform(-2, 2, s))
    ours, theirs = (
        js("$regions.arcs(x)", x=x.tolist()), attractors.arcs(from_points([(v, 0.0) for v in x])),
    )
    key = lambda sees: tuple(sorted(sees))  # noqa: E731
    expected = {
        key(np.flatnonzero(row)): float(start)
        for row, start in zip(theirs.active.numpy(), theirs.start)
    }
    assert len(ours) == 2 * s == len(expected)
    for arc in ours:
        assert math.remainder(
            arc["from"] - expected[key(arc["sees"])], 2 * math.pi
        ) == pytest.approx(0, abs=1e-12)
    assert js("[[], [2], [1, 2, 3], [0, 1, 2, 3, 4]].map((l) => $regions.naming(l, 5))") == [
        "none: it is dead", "sample 3", "samples 2 to 4", "all 5",
    ]


@pytest.mark.parametrize("seed", range(40))
def test_lines_that_attract(js, seed):
    rng, s = RNG(seed), 1 + seed % 7
    x, rho = np.sort(rng.uniform(-2, 2, s)), rng.standard_normal(s) * rng.choice([0.2, 1, 3], s)
    expected = attractors.attractors(from_points([(v, 0.0) for v in x]), torch.tensor(rho))
    for line in js("$flow.classify(x, rho)", x=x.tolist(), rho=rho.tolist()):
        column = 0 if line["side"] > 0 else 1
        assert line["attracts"] == int(expected.attracts[line["sample"], column]), line
        assert line["kills"] == int(expected.kills[line["sample"], column]), line


@pytest.mark.parametrize("kind", ["canonical", "plus", "minus"])
def test_velocity_of_particles(js, kind):
    rng = RNG(3)
    x, rho, p = np.sort(rng.uniform(-1, 1, 6)), rng.standard_normal(6), rng.standard_normal((50, 2))
    ours = js(
        "p.map(([u, v]) => $flow.velocity(x, rho, -1, u, v, flow))", x=x.tolist(), rho=rho.tolist(),
        p=p.tolist(), flow=kind,
    )
    points, tensor = from_points([(v, 0.0) for v in x]), torch.tensor(p)
    share = {"canonical": (tensor**2).sum(-1), "plus": 1.0, "minus": 0.0}[kind]
    close(ours, attractors.field_uv(tensor, -1, points, torch.tensor(rho), tangential=share), 1e-12)


@pytest.mark.parametrize("kind", ["canonical", "plus", "minus"])
def test_a_swarm_descends_and_follows_the_field(js, kind):
    ring = [[0.8 * math.cos(k), 0.8 * math.sin(k), (-1) ** k] for k in range(24)]
    run = js(
        """{ const s = $flow.swarm(x, rho, ring, flow), first = s.places(), losses = [s.loss],
        held = [];
        const v = first.map(([u, v, e]) => $flow.velocity(x, rho, e, u, v, flow));
        s.advance(1e-6, true); const soon = s.places();
        for (let k = 0; k < 60; k++) { s.advance(0.25, true); losses.push(s.loss); }
        const off = s.particles.filter((p) => p.held >= 0).map((p) =>
        p.theta - s.lines[p.held].angle);
        return {first, soon, v, losses, off, rho: s.rho, now: s.places(), targets: s.targets}; }""",
        x=[p[0] for p in ZIGZAG],
        rho=[-p[1] for p in ZIGZAG],
        ring=ring,
        flow=kind,
    )
    moved = (np.array(run["soon"]) - np.array(run["first"]))[:, :2] / 1e-6
    np.testing.assert_allclose(moved, run["v"], atol=1e-4)
    assert (np.diff(run["losses"]) < 1e-9).all() and run["losses"][-1] < 0.9 * run["losses"][0]
    assert (len(run["off"]) > 5) == (kind != "minus") and np.all(np.abs(run["off"]) == 0)
    u, v, sign = np.array(run["now"]).T
    x = torch.tensor([p[0] for p in ZIGZAG], dtype=torch.float64)
    f = Canonical(sign * np.hypot(u, v), np.arctan2(v, u))(x).numpy()
    close(f - run["targets"], run["rho"])


def test_a_swarm_against_the_exact_flow(js):
    """Sticking to lines and leaving them included: first-order steps against lib's event-driven
    integration."""
    ring = [[0.8 * math.cos(k), 0.8 * math.sin(k), (-1) ** k] for k in range(16)]
    x, rho = [p[0] for p in ZIGZAG], [-p[1] for p in ZIGZAG]
    ours = js(
        "[1, 4].map((t) => { const s = $flow.swarm(x, rho, ring); s.advance(t, true); return "
        "s.rho; })",
        x=x,
        rho=rho,
        ring=ring,
    )
    u, v, sign = torch.tensor(ring, dtype=torch.float64).T
    network = Canonical(sign * torch.hypot(u, v), torch.atan2(v, u))
    points = from_points(
        [(a, float(network(torch.tensor([a], dtype=torch.float64))) - b) for a, b in zip(x, rho)]
    )
    exact = flow.gradient_flow(network, points, [1.0, 4.0]).network(points.x) - points.y
    np.testing.assert_allclose(ours, exact, atol=3e-3)
    assert np.abs(np.array(ours) - rho).max() > 0.1
