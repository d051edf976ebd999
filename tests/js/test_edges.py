"""Starts all over the plane, their limits and their ends, in JavaScript against lib."""
import json
import math

import numpy as np
import pytest
import torch
from py_mini_racer import MiniRacer

from lib import diagram, dynamics, lazy, measures, order
from lib.explorers import Diagram, bundle
from lib.explorers.diagram import ENDINGS, FAR, NEAR
from lib.network import Network
from lib.samples import from_points
from lib.starts import stratified
from lib.studies.transition import RATIOS, SIZES, TARGET
from lib.training import train

FEW = [[-1.0, -0.4], [-0.4, 0.7], [0.3, -0.6], [1.0, 0.5]]
X = torch.linspace(-1, 1, 101, dtype=torch.float64)


@pytest.fixture(scope="module")
def js():
    """js(expression, name=value, ...), values and result as JSON."""
    v8 = MiniRacer()
    v8.eval(bundle.globals_script("edges"))
    v8.eval("var plain = (key, v) => ArrayBuffer.isView(v) ? Array.from(v) : v")
    x, y = zip(*FEW)
    v8.eval(f"var x = {list(x)}, y = {list(y)}")

    def call(expression, **values):
        for name, value in values.items():
            v8.eval(f"var {name} = {json.dumps(value)}")
        return json.loads(v8.eval(f"JSON.stringify({expression}, plain)"))

    return call


def plain(network):
    """A network as JavaScript has it."""
    parameters = {name: getattr(network, name).tolist() for name in "abc"}
    return {"m": network.m, "alpha": float(network.alpha), **parameters}


def back(net):
    return Network(net["a"], net["b"], net["c"], net["alpha"])


def close(found, meant, tolerance=1e-9):
    np.testing.assert_allclose(np.asarray(found, float), np.asarray(meant, float),
                               rtol=tolerance, atol=tolerance)


def test_the_grid_and_the_edges_are_those_of_lib(js):
    assert js("$edges.COLUMNS") == list(RATIOS) and js("$edges.ROWS") == list(SIZES)
    assert js("$facts.ENDINGS") == list(ENDINGS)
    assert js("[$facts.TARGET, $facts.FAR, $facts.NEAR]") == [TARGET, FAR, NEAR]


@pytest.mark.parametrize(("R", "ratio"), [(0.1, -1000.0), (30.0, 0.0), (3000.0, 100.0)])
def test_a_start_is_where_it_should_be_in_the_plane(js, R, ratio):
    """Its mean delta and, but for drawing, its R, both in units of the root mean square of y."""
    code = "$edges.trained({x, y, m: 4000, seed: 3}, R, R * ratio).first"
    z = back(js(code, R=R, ratio=ratio))
    unit = math.sqrt(sum(y * y for _, y in FEW) / len(FEW))
    size, d = diagram.coordinates(z)
    assert float(size) == pytest.approx(R * unit, rel=0.05)
    assert float(d) == pytest.approx(R * ratio * unit, rel=1e-9, abs=1e-9)
    assert float(z(X).abs().max()) < 1e-9 * R * unit


def test_the_kernel_of_a_start_and_the_turn_of_a_network(js):
    samples = from_points(FEW)
    first = stratified(30, delta=-1.0, scale=0.5, seed=2)
    run = train(first, samples, 300, snapshots=2, progress=False, engine="reference")
    K = np.array(js("$lazy.tangentKernel(net, x)", net=plain(first))) / 30
    close(K, dynamics.tangent_kernel(first, samples.x))
    turned = js("$network.rotation(first, net)", first=plain(first), net=plain(run.network))
    close(turned, measures.rotation(first, run.network))
    assert turned > 1e-3
    f, g = first(X), run.network(X)
    close(js("$cells.apart(f, g)", f=f.tolist(), g=g.tolist()), order.apart(f, g))


def test_when_the_loss_is_at_the_target(js):
    rates, modes = [0.0, 0.5, 3.0], [0.0, 1.0, -2.0]
    t = js("$lazy.settling(rates, modes, 0.01)", rates=rates, modes=modes)
    left = lambda t: sum(p * p * math.exp(-2 * k * t) for k, p in zip(rates, modes))  # noqa: E731
    assert left(t) == pytest.approx(0.01 * left(0), rel=1e-9)
    close(t, lazy.settling(*map(torch.tensor, (rates, modes)), 0.01), 1e-6)
    assert js("$lazy.settling([0, 1], [1, 1], 0.01)") is None            # Infinity: never


@pytest.mark.parametrize("seed", [0, 1])
def test_the_flow_of_a_kernel_that_stays_is_a_straight_descent_of_its_features(js, seed):
    """Against small steps of descent on the parameters of the linearised network, in NumPy."""
    samples = from_points(FEW)
    z = stratified(12, delta=0.3, scale=0.8, seed=seed)
    a, b, c = (getattr(z, name).numpy() for name in "abc")

    def features(x):
        on = (a * x[:, None] > b).astype(float)
        rows = [on * c * x[:, None], -on * c, on * (a * x[:, None] - b)]
        return np.concatenate(rows, 1) / float(z.alpha)

    x, y = samples.x.numpy(), samples.y.numpy()
    J, moved, goal = features(x), np.zeros(36), TARGET * (y @ y)
    step = 0.002 / np.linalg.eigvalsh(J @ J.T)[-1]
    while (rho := J @ moved - y) @ rho > goal:
        moved -= step * J.T @ rho
    found = js("$lazy.lazyEnd(net, x, y).evaluate(at)", net=plain(z), at=X.tolist())
    close(found, features(X.numpy()) @ moved, 2e-3)
    assert js("$lazy.lazyEnd(net, x, y).unreachable") < 1e-20


def test_the_limits_are_those_of_lib(js):
    here = {"m": 24, "seed": 5, "R": 3.0, "ratio": -10.0, "epochs": 2000}
    found = js("{ const found = $edges.limits({...here, x, y}); found.advance(); "
               "return Object.fromEntries(Object.entries(found.edges).map(([name, edge]) => "
               "[name, edge.evaluate(at)])); }".join(["(() => ", ")()"]), here=here, at=X.tolist())
    limits = Diagram(points=FEW, **here).limits()
    assert list(found) == list(limits) and len(limits) == 4
    for name, f in limits.items():
        close(found[name], f(X), 1e-7)
    away = [np.abs(np.subtract(found[p], found[q])).max()
            for p, q in (("left", "top"), ("top", "right"), ("right", "bottom"))]
    assert min(away) > 0.02


def test_a_run_stops_where_it_is_at_its_target(js):
    """At the epoch at which lib's does; one that is there from the beginning does not begin."""
    samples, goal = from_points(FEW), 1e-3
    first = stratified(24, delta=-1.0, scale=1.0, seed=1)
    run = train(first, samples, 5000, until=goal, safety=1.0, snapshots=range(5001), progress=False,
                engine="reference")
    at = int((run.loss > goal).sum())
    code = ("(() => { const run = $training.trainer(net, x, y, { until }); run.advance(5000); "
            "return [run.epoch, run.loss, run.reached, run.diverged]; })()")
    epoch, loss, reached, diverged = js(code, net=plain(first), until=goal)
    assert 10 < epoch == at < 5000 and reached and not diverged
    close(loss, run.loss[at], 1e-7)
    assert js(code, net=plain(first), until=100.0)[0] == 0


@pytest.mark.parametrize(("options", "R", "ratio", "meant"), [
    ({"m": 24}, 30.0, -3.0, "arrived"),
    ({"m": 24}, 0.1, 30.0, "stuck"),
    ({"m": 24, "epochs": 20}, 30.0, -3.0, "unfinished"),
    ({"m": 4}, 30.0, -3.0, "too few neurons"),
])
def test_how_a_run_ends(js, options, R, ratio, meant):
    epochs = options.get("epochs", 20_000)
    code = ("(() => { const run = $edges.trained({x, y, m, seed: 0}, R, R * ratio); "
            "$cells.reach(run, epochs); return $lazy.ending(run, run.first, x, y); })()")
    assert ENDINGS[js(code, m=options["m"], epochs=epochs, R=R, ratio=ratio)] == meant
    table = Diagram(points=FEW, m=options["m"], epochs=epochs).measured().at(ratio=ratio, R=R)
    assert ENDINGS[int(table["ended"])] == meant
