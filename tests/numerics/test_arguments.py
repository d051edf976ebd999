"""Arguments: any library's numbers are numbers, truth and text are not; nothing is shared."""
import math
import warnings

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from lib import attractors, checks, diagram, dynamics, figures, splines, starts, variation
from lib.claims import claim
from lib.kernels import Interpolant, ntk, rf
from lib.laws import Box
from lib.measures import knot_mass, movement, rotation
from lib.network import Canonical, Network
from lib.samples import Samples, from_points, sine, square_wave
from lib.sweeps import Table

NOT_NUMBERS = [True, False, np.True_, torch.tensor(True), "123", b"1", "", None, 1j, object()]
Z = Network([1.0, 2.0], [0.5, -0.5], [1.0, -1.0], 2.0)
POINTS = Samples([-1.0, 0.0, 2.0], [1.0, -1.0, 0.5])
RHO = torch.tensor([0.3, -0.75, 0.2], dtype=torch.float64)
single = lambda t: t.float()  # noqa: E731


@pytest.mark.parametrize("value", [3, np.int8(3), np.uint64(3), np.array(3), torch.tensor(3)])
def test_whole_numbers_of_every_library(value):
    assert checks.whole("n", value) == 3 and type(checks.whole("n", value)) is int
    assert starts.paired(value + 1, scale=2).m == 4 and starts.torch_default(value).m == 3
    assert square_wave(value).s == sine(value).s == 3
    assert starts.stratified(value + 1).m == 4
    assert torch.equal(starts.paired(4, 2, seed=value).a, starts.paired(4, 2, seed=3).a)


@pytest.mark.parametrize("value", [0.5, np.float32(0.5), np.array(0.5), torch.tensor(0.5),
                                   torch.tensor(0.5, dtype=torch.float64, requires_grad=True)])
def test_real_numbers_of_every_library(value):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert checks.real("x", value) == checks.positive("x", value) == 0.5
        assert starts.paired(2, value).m == 2 and Network([1], [1], [1], value).alpha == 0.5
        assert Canonical([1.0], [0.0]).lift(value, value).delta.item() == pytest.approx(0.5)
        assert dynamics.tangential_share(value, 0.0).detach() == 1.0
        assert Z([value, 1.0]).shape == (2,) and knot_mass(Z, POINTS, value) >= 0


CALLS = {
    "m": lambda v: starts.paired(v, 1.0),
    "scale": lambda v: starts.paired(2, v),
    "m ": starts.torch_default,
    "seed": lambda v: starts.paired(2, 1.0, seed=v),
    "m  ": lambda v: starts.from_law(Box(), v),
    "law": lambda v: starts.from_law(v, 3),
    "c": lambda v: starts.from_law(Box(), 3, v),
    "alpha": lambda v: Network([1.0], [1.0], [1.0], v),
    "a": lambda v: Network([v], [1.0], [1.0], 1.0),
    "theta": lambda v: Canonical([1.0], [v]),
    "delta": lambda v: Canonical([1.0], [0.0]).lift(v, 1.0),
    "k": Z.rescale,
    "alpha ": lambda v: Canonical([1.0], [0.0]).lift(0.0, v),
    "x": lambda v: Z([0.0, v]),
    "x ": lambda v: Samples([v], [1.0]),
    "y": lambda v: Samples([0.0], [v]),
    "s": square_wave,
    "points": lambda v: from_points([(0.0, v)]),
    "phase": lambda v: sine(3, 1.0, v),
    "frequency": lambda v: square_wave(3, v),
    "cycles": lambda v: sine(3, v),
    "network": lambda v: dynamics.loss(v, POINTS),
    "samples": lambda v: dynamics.loss(Z, v),
    "network ": variation.total_variation,
    "delta ": lambda v: dynamics.tangential_share(v, 1.0),
    "kappa": lambda v: dynamics.tangential_share(1.0, v),
    "train": lambda v: dynamics.tangent_kernel(Z, POINTS.x, train=v),
    "force": lambda v: dynamics.constant_force_flow(Z, v, torch.ones(1)),
    "rho": lambda v: attractors.attractors(POINTS, v),
    "samples ": lambda v: attractors.arcs(v),
    "theta ": lambda v: attractors.region(v, POINTS),
    "r": lambda v: attractors.jump(v, POINTS, RHO),
    "width": lambda v: knot_mass(Z, POINTS, v),
    "before": lambda v: movement(v, Z),
    "after": lambda v: movement(Z, v),
    "n": lambda v: figures.grid(POINTS, v),
    "margin": lambda v: figures.grid(POINTS, margin=v),
    "scale ": lambda v: starts.stratified(2, scale=v),
    "every": lambda v: figures.plane(axes(), Z, every=v),
    "seed ": lambda v: starts.stratified(2, seed=v),
    "sign": lambda v: figures.velocity_arrows(axes(), POINTS, RHO, v, 1.0),
    "across": lambda v: figures.velocity_arrows(axes(), POINTS, RHO, 1, 1.0, across=v),
    "tol": lambda v: claim("Eq. 1", "s", 0.0, v),
    "measured": lambda v: claim("Eq. 1", "s", v, 1.0),
}


def axes():
    return Figure().add_subplot()


@pytest.mark.parametrize("name", CALLS)
def test_truth_and_text_are_no_numbers(name):
    for value in NOT_NUMBERS:
        with pytest.raises(ValueError, match=rf"\b{name.strip()}\b"):
            CALLS[name](value)


@pytest.mark.parametrize("call,word", [
    (lambda: dynamics.loss(POINTS, Z), "network: want a Network or a Canonical, got Samples"),
    (lambda: dynamics.gradient_canonical(Z, POINTS), "canonical: want a Canonical"),
    (lambda: dynamics.velocity_uv(Z.canonical(), POINTS), "network: want a Network, got Canonical"),
    (lambda: Samples(1.0, 2.0), "x and y: want two vectors"),
    (lambda: Canonical([1.0], [0.0]).lift([1.0] * 3, 1.0), "delta: want a number or shape"),
    (lambda: Canonical([1.0], [0.0]).lift(0.0, [1.0, 2.0]), "alpha: want a number or shape"),
    (lambda: Z.rescale([1.0] * 3), "k: want a number or shape"),
    (lambda: dynamics.forces(Z, POINTS, torch.ones(2, 3)), "active: want a tensor of shape"),
    (lambda: dynamics.constant_force_flow(Z, [1.0] * 3, [0.0]), "force: want shape"),
    (lambda: movement(Z, Network([1.0], [1.0], [1.0], 1.0)), "want networks of one shape"),
    (lambda: movement(Z, Z.to(torch.float32)), "want one dtype and device"),
    (lambda: rotation(Z, Network([1.0], [1.0], [1.0], 1.0)), "want networks of one shape"),
    (lambda: rotation(Z, 3), "after: want"),
    (lambda: attractors.attractors(POINTS, [math.nan, 1.0, 1.0]), "rho: want finite residuals"),
    (lambda: attractors.attractors(POINTS, [math.inf, 1.0, 1.0]), "rho: want finite residuals"),
    (lambda: attractors.field_uv(torch.ones(3), 1, POINTS, RHO), "p: want points of the plane"),
    (lambda: figures.function(axes(), Z), "x: want points, or samples"),
    (lambda: figures.plane(axes(), Network(*torch.ones(3, 2, 2), 1.0)), "network: want one"),
    (lambda: figures.rug(axes(), Network(*torch.ones(3, 2, 2), 1.0)), "network: want one"),
    (lambda: figures.trails(axes(), Z), "history: want one network at T times"),
    (lambda: figures.plane(axes(), Z, limit=0), "limit: want a positive"),
    (lambda: Table({"m": (1, 2)}, {"loss": [1.0]}), "loss: want one value for each place"),
    (lambda: Table({"m": (1,)}, {"m": [1.0]}), "m is an axis"),
    (lambda: claim("Eq. 1", "s", torch.ones(2), 1.0), "measured: want a number"),
    (lambda: claim("Eq. 1", "s", 0.0, 1.0, above=1), "above: want True or False"),
])
def test_what_does_not_fit_is_named(call, word):
    with pytest.raises(ValueError, match=word):
        call()


def test_claims_take_any_number_without_a_word(capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for measured in (np.float32(0.5), torch.tensor(0.5, requires_grad=True), -math.inf):
            claim("Eq. 1", "s", measured, 1.0)
    for nan in (np.float64("nan"), torch.tensor(math.nan)):
        with pytest.raises(AssertionError):
            claim("Eq. 1", "s", nan, 1.0)


FEW = Samples([-1.0, 0.0, 1.0], [1.0, -1.0, 0.5])
FUNCTIONS = {
    "line": splines.linear_interpolant(FEW),
    "cubic": splines.natural_cubic(FEW),
    "weighted": splines.weighted_spline(FEW, Box()),
    "its curvature": splines.weighted_spline(FEW, Box()).curvature,
    "its line": splines.weighted_spline(FEW, Box()).spline,
    "interpolant": Interpolant(rf(Box()), FEW),
    "its second derivative": Interpolant(rf(Box()), FEW).curvature,
    "that over nu": Interpolant(rf(Box()), FEW).spline,
    "of any kernel": Interpolant(lambda x, x2: torch.exp(-(x[:, None] - x2).abs()), FEW),
    "kernel": lambda x: ntk(Box(), 1.0)(x).sum(-1),
    "kernel of two": lambda x: ntk(Box(), 1.0)([0.5], x)[0],
    "nu": Box().nu,
    "N": Box().N,
    "both active": lambda x: Box().both_active(x, 0.5),
    "k_rf": lambda x: Box().k_rf(0.5, x),
    "angular": lambda x: diagram.Angular(*[torch.ones_like] * 3)(x).sum(-1),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_points_take_numbers_of_every_library_and_no_others(name):
    f, x = FUNCTIONS[name], [-0.75, 0.25, 0.5]
    meant = f(x)
    for same in (np.array(x), np.array(x)[::-1].copy()[::-1], torch.tensor(x), tuple(x)):
        assert torch.equal(f(same), meant)
    assert torch.equal(f(torch.tensor(x, requires_grad=True)).detach(), meant)
    for bad in ([True, False, True], np.array([1j, 1.0, 2.0]), np.array(x, dtype=object), "123",
                None):
        if name == "kernel of two" and bad is None:
            continue
        with pytest.raises(ValueError, match=r"^(x|x2|u): want"):
            f(bad)


def arrays():
    """The same three numbers, in whatever may hold them."""
    x = np.array([1.0, 2.0, 4.0])
    frozen = x.copy()
    frozen.setflags(write=False)
    return [x, frozen, x[::-1].copy()[::-1], x.astype(">f8"), x.astype("f4"), x.astype(int),
            np.repeat(x, 2)[::2], list(x), tuple(x), [np.array(v) for v in x],
            [torch.tensor(v) for v in x], torch.tensor(x), [1, 2.0, np.int16(4)]]


@pytest.mark.parametrize("which", range(len(arrays())))
def test_whatever_holds_numbers_is_taken_and_copied(which):
    x = arrays()[which]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = [Samples(x, x).x, Samples(x, x).y, Network(x, x, x, 1.0).b, Canonical(x, x).r,
                Network(*torch.ones(3, 3, 1), alpha=single(torch.as_tensor([1.0, 2, 4]))).alpha,
                Table({"m": (1, 2, 3)}, {"loss": x})["loss"]]
    for mine in made:
        assert mine.tolist() == [1.0, 2.0, 4.0]
    if getattr(x, "flags", None) is not None and not x.flags.writeable:
        return
    x = x if isinstance(x, (list, torch.Tensor, np.ndarray)) else list(x)
    x[0] = -1000.0
    assert all(mine.tolist() == [1.0, 2.0, 4.0] for mine in made)


def test_nothing_is_shared():
    a, alpha = torch.ones(2, 3, dtype=torch.float64), torch.ones(2, dtype=torch.float64)
    z = Network(a, a, a, alpha)
    one, same = z[0], z.to(torch.float64)
    a[:], alpha[:] = math.nan, math.nan
    for network in (z, one, same):
        parts = network.a, network.b, network.c, network.alpha
        assert all(bool(t.isfinite().all()) for t in parts)
    z.a[:] = 5.0
    assert one.a.tolist() == [1, 1, 1] and bool((same.a == 1).all())
    w = Canonical(z.a, z.b)
    z.a[:] = 6.0
    assert bool((w.r == 5).all())
    table = Table({"m": (1, 2), "seed": (0, 1)}, {"loss": torch.zeros(2, 2)})
    table.at(m=1)["loss"][:] = 9.0
    assert bool((table["loss"] == 0).all())


@pytest.mark.parametrize("cast", [lambda t: t.float(), lambda t: t.double(), lambda t: t.tolist()])
def test_one_dtype_is_as_good_as_another(cast):
    theta, r = torch.tensor([0.5, 2.0, -1.0], dtype=torch.float64), torch.tensor([1.0, -2.0, 0.5])
    p = torch.tensor([[0.5, 1.0], [-1.0, 0.25]], dtype=torch.float64)
    loose = {"rtol": 1e-6, "atol": 1e-6, "equal_nan": True}
    close = lambda got, want: torch.testing.assert_close(got, want, **loose)  # noqa: E731
    rho = cast(RHO)
    close(attractors.attractors(POINTS, rho).share, attractors.attractors(POINTS, RHO).share)
    assert torch.equal(attractors.region(cast(theta), POINTS), attractors.region(theta, POINTS))
    close(attractors.force(cast(theta), POINTS, rho), attractors.force(theta, POINTS, RHO))
    for function in (attractors.potential, attractors.field):
        close(function(cast(r), cast(theta), POINTS, rho), function(r, theta, POINTS, RHO))
    close(attractors.jump(cast(r), POINTS, rho), attractors.jump(r, POINTS, RHO))
    close(attractors.field_uv(cast(p), -1, POINTS, rho), attractors.field_uv(p, -1, POINTS, RHO))
    figures.portrait(axes(), POINTS, rho, 1)


@pytest.mark.parametrize("network,points", [(Z.to(torch.float32), POINTS),
                                            (Z, POINTS.to(torch.float32))])
def test_networks_and_samples_of_two_dtypes(network, points):
    kind, w = network.a.dtype, network.canonical()
    found = [dynamics.loss(network, points), dynamics.residuals(w, points),
             *dynamics.gradient(network, points), *dynamics.gradient_canonical(w, points),
             dynamics.tangent_kernel(network, points.x), dynamics.residual_velocity(w, points),
             *dynamics.velocity_canonical(network, points), dynamics.velocity_uv(network, points),
             knot_mass(network, points, 0.1), attractors.second_moments(w, points)]
    assert all(value.dtype == kind for value in found)
    assert float(found[0]) == pytest.approx(float(dynamics.loss(Z, POINTS)), rel=1e-5)


def test_pictures_of_networks_at_rest():
    ax, nothing = axes(), Network([0.0], [0.0], [0.0], 1.0)
    figures.plane(ax, nothing, POINTS)
    figures.function(ax, nothing, POINTS, knots=True)
    figures.portrait(axes(), POINTS, torch.zeros(3, dtype=torch.float64), 1)
    assert ax.get_xlim()[1] > 0


def test_samples_elsewhere_are_named():
    with pytest.raises(ValueError, match="samples: on cpu, but the network is on meta"):
        POINTS.like(torch.empty(1, device="meta"))
