"""The kernels of the page, run under V8, against lib.laws and lib.kernels: the same cases to
1e-9."""
import json
import math

import mpmath as mp
import numpy as np
import pytest
import torch
from exact_kernels import exact_kernels
from py_mini_racer import MiniRacer

from lib import laws
from lib.explorers import bundle
from lib.explorers.kernel import SHAPES, KernelSpline
from lib.kernels import Interpolant, ntk, rf
from lib.laws import Box, Gaussian, Law, Signed
from lib.samples import Samples
from lib.splines import linear_interpolant, natural_cubic


def usual(shape):
    """The options of a law as they are at first."""
    return {name: trait.default_value for name, (_, trait) in shape.options.items()}


LAWS = {"$kernels.box(1, 1)": Box(), "$kernels.box(0.5, 3)": Box(0.5, 3.0),
        "$kernels.box(4, 0.7)": Box(4.0, 0.7), "$kernels.signed(2.5)": Signed(2.5),
        "$kernels.signed(0.8)": Signed(0.8), "$kernels.gaussian(1, 0, 1)": Gaussian(1.0),
        "$kernels.gaussian(1.3, -0.6, 0.5)": Gaussian(((1.3, -0.6), (-0.6, 0.5)))}
LAWS |= {f"$kernels.LAWS.{name}.make({json.dumps(usual(shape))})": shape.law(**usual(shape))
         for name, shape in SHAPES.items()}
X = torch.cat([torch.linspace(-3.1, 3.2, 40),
               torch.tensor([-40.0, -1.0, 0.0, 0.8, 1.0,
                             7.5])]).double()    # inside and outside every support
POINTS = Samples([-0.9, -0.5, -0.1, 0.25, 0.6, 0.95], [0.8, -0.6, 0.7, -0.5, 0.6, -0.7])
law_cases = pytest.mark.parametrize(("code", "law"), LAWS.items(), ids=[c[9:] for c in LAWS])


@pytest.fixture(scope="module")
def js():
    """js(expression, name=value, ...): values go in as JSON, the result comes out as JSON."""
    v8 = MiniRacer()
    v8.eval(bundle.globals_script("kernels"))
    v8.eval("var plain = (key, v) => ArrayBuffer.isView(v) ? Array.from(v) "
            ": v === Infinity ? 'inf' : v")

    def call(expression, **values):
        for key, value in values.items():
            v8.eval(f"var {key} = {'Infinity' if value == math.inf else json.dumps(value)}")
        return json.loads(v8.eval(f"JSON.stringify((() => {expression})(), plain)"))

    return call


def close(actual, expected, tolerance=1e-9):
    np.testing.assert_allclose(np.asarray(actual, float), np.asarray(expected, float),
                               rtol=tolerance, atol=tolerance)


def test_both_languages_have_the_same_laws_and_say_how_python_makes_them(js):
    assert js("Object.keys($kernels.LAWS)") == list(SHAPES) == [k.__name__
                                                               for k in Law.__subclasses__()]
    for name, shape in SHAPES.items():
        options = {key: 0.4 + 0.1 * k for k, key in enumerate(shape.options)}
        written = eval(js(f"$kernels.LAWS.{name}.python({json.dumps(options)})"), vars(laws))
        assert torch.allclose(written.M, shape.law(**options).M, rtol=1e-14)
        explorer = KernelSpline()
        explorer.law = written
        assert explorer.shape == name
        assert {key: getattr(explorer, key) for key in options} == pytest.approx(options)


@law_cases
def test_densities(js, code, law):
    close(js(f"x.map((u) => $kernels.curvatureWeight({code}, u))", x=X.tolist()), law.nu(X))
    close(js(f"x.map((u) => $kernels.knotDensity({code}, u))", x=X.tolist()), law.n(X))
    close(js(f"{code}.moments"), law.M.flatten()[[0, 1, 3]])
    assert js(f"{code}.breaks") == pytest.approx(list(law.breaks))


@law_cases
def test_kernels_inside_and_outside_the_support(js, code, law):
    close(js(f"$kernels.gram((x, z) => $kernels.bothActive({code}, x, z), x, x)", x=X.tolist()),
          law.both_active(X[:, None], X))
    close(js(f"$kernels.gram($kernels.kernel({code}, 0), x, x)", x=X.tolist()), rf(law)(X))
    close(js(f"$kernels.gram($kernels.kernel({code}, 0.4), x, x)", x=X.tolist()), ntk(law, 0.4)(X))


@pytest.mark.parametrize("s", [1, 2, 3, 10, 40])
def test_eigenvectors(js, s):
    basis = np.random.default_rng(s).standard_normal((s, s))
    matrix = basis @ np.diag(np.geomspace(1e-6, 1e3, s)) @ basis.T
    out = js("$kernels.eigen(matrix)", matrix=((matrix + matrix.T) / 2).tolist())
    values, vectors = np.array(out["values"]), np.array(out["vectors"])
    close(np.sort(values), np.linalg.eigvalsh(matrix), 1e-9)
    np.testing.assert_allclose(vectors @ vectors.T, np.eye(s), atol=1e-12)
    np.testing.assert_allclose(vectors @ np.diag(values) @ vectors.T, matrix,
                               atol=1e-12 * values.max() * s)


@law_cases
@pytest.mark.parametrize("c2", [0.0, 0.4])
@pytest.mark.parametrize("t", [0.0, 1e-3, 1.0, 40.0, 1e4, math.inf])
def test_flow_at_any_time(js, code, law, c2, t):
    theirs = Interpolant(ntk(law, c2) if c2 else rf(law), POINTS, t)
    grid = torch.linspace(-2.5, 2.5, 101, dtype=torch.float64)
    mine = js(f"{{ const k = $kernels.kernel({code}, c2);"
              "const f = $kernels.flow(k, x, y); const w = f.weights(t);"
              "return {f: $kernels.combine($kernels.gram(k, grid, x), w),"
              "norm2: f.norm2(t), loss: f.loss(t), half: f.half(t)}; }",
              c2=c2, t=t, x=POINTS.x.tolist(), y=POINTS.y.tolist(), grid=grid.tolist())
    close(mine["f"], theirs(grid))
    close(mine["norm2"], theirs.norm2, 1e-8)
    residual = theirs(POINTS.x) - POINTS.y
    close(mine["loss"], (residual**2).sum() / 2)
    top = torch.linalg.eigvalsh(theirs.gram)
    assert mine["half"] == int((t * top > math.log(2)).sum())


def test_samples_off_the_support(js):
    """Off the support functions are straight: of three samples there that are not on a line, least
    squares remain."""
    points = Samples([1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 0.0, 1.0])
    mine = js("{ const k = $kernels.kernel($kernels.signed(0.5), 0);"
              "const f = $kernels.flow(k, x, y); const w = f.weights(Infinity);"
              "return [$kernels.combine($kernels.gram(k, x, x), w), f.loss(Infinity),"
              "f.live.filter(Boolean).length]; }", x=points.x.tolist(), y=points.y.tolist())
    line = np.polyval(np.polyfit(points.x, points.y, 1), points.x)
    close(mine[0], line)
    close(mine[1], ((line - points.y.numpy()) ** 2).sum() / 2)
    assert mine[2] == 2
    with pytest.warns(RuntimeWarning, match="^samples: "):
        close(Interpolant(rf(Signed(0.5)), points)(points.x), line)


def test_hundreds_of_cases_without_nan(js):
    """Every slider setting that the page offers, with ordinary, huge and close samples."""
    bad = js("""{ const bad = [], sizes = [0.01, 0.3, 1, 30, 1000], laws = [];
        for (const A of sizes) for (const B of sizes) {
            laws.push($kernels.box(A, B), $kernels.gaussian(A * A, -0.95 * A * B, B * B)); }
        for (const R of sizes) laws.push($kernels.signed(R));
        const times = [0, 1e-2, 1e8, Infinity];
        for (const law of laws) for (const c2 of [0, 1e-3, 100])
        for (const [x, y] of sets) for (const t of times) {
            const k = $kernels.kernel(law, c2), f = $kernels.flow(k, x, y);
            const all = [...f.weights(t), f.loss(t), f.norm2(t)];
            if (!all.every(Number.isFinite)) bad.push([law.moments, c2, x, t]); }
        return bad; }""",
        sets=[[[], []], [[0.3], [1]], [[-1, 0, 1], [1, -1, 1]], [[-1e6, 0, 1e6], [1e6, 0, -1e6]],
              [[0, 2e-6, 1], [0, 1, 0]]])
    assert bad == []


def test_the_numerics_have_no_dom():
    assert bundle.order("kernels") == ["maths", "kernels"]
    sources = [bundle.source(name) for name in bundle.order("kernels")]
    assert not any(word in source for source in sources
                   for word in ("document", "window", "getContext"))


WIDE = [-1e9, -1e3, -2.5, -1.0, -1e-9, 0.0, 0.3, 0.3 + 1e-9, 1.0, 1.0 + 1e-12, 30.0, 1e9]


@law_cases
def test_kernels_near_and_far_to_the_last_digits(js, code, law):
    exact = exact_kernels(law)
    wanted = [[exact(mp.mpf(x), mp.mpf(z)) for z in WIDE] for x in WIDE]
    for k, name in enumerate(("randomFeature", "bothActive")):
        mine = js(f"x.map((p) => x.map((q) => $kernels.{name}({code}, p, q)))", x=WIDE)
        np.testing.assert_allclose(mine, [[float(pair[k]) for pair in row] for row in wanted],
                                   rtol=1e-9 if law.centre else 1e-12)


@law_cases
@pytest.mark.parametrize("gap", [1e-3, 1e-5])
def test_flow_with_close_samples(js, code, law, gap):
    points = Samples([-0.7, -0.7 + gap, 0.2, 0.2 + 3 * gap], [1.0, 1.0 + gap, -1.0, -1.0 - gap])
    mine = js(f"{{ const k = $kernels.kernel({code}, 0);"
              "const w = $kernels.flow(k, x, y).weights(Infinity);"
              "return $kernels.combine($kernels.gram(k, x, x), w); }", x=points.x.tolist(),
              y=points.y.tolist())
    theirs = Interpolant(rf(law), points)
    assert np.abs(np.array(mine) - points.y.numpy()).max() < max(1e-6, 4 * theirs.residual.item())


@pytest.mark.parametrize("size", [1e-150, 1.0, 1e150])
@pytest.mark.parametrize("gap", [1e-9, 1e-3, 1.0, 1e3])
def test_cubics_and_lines_with_close_and_far_samples(gap, size):
    v8 = MiniRacer()
    v8.eval(bundle.globals_script("splines"))
    x = [-1.0, -1.0 + gap, 0.5 + gap, 0.5 + 3 * gap, 4.0 + 5 * gap]
    points = Samples(x, [size * v for v in (1.0, -0.5, 0.7, 0.2, -1.0)])
    at = [-3.0, *x, *(p + t * (q - p) for p, q in zip(x, x[1:]) for t in (0.2, 0.7)), 9.0 + 9 * gap]
    for name, make in (("cubicSpline", natural_cubic), ("linearSpline", linear_interpolant)):
        spline = f"$splines.{name}({x}, {points.y.tolist()})"
        mine = json.loads(v8.eval(f"JSON.stringify({at}.map({spline}))"))
        theirs = (make(points)(at) / size).numpy()
        np.testing.assert_allclose(np.array(mine) / size, theirs, rtol=1e-6,
                                   atol=1e-9 * np.abs(theirs).max())
