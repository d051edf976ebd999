"""The pictures of the flow show what it does: knots, shares, forces, ways of a neuron."""
import io
import sys

import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch
from matplotlib.colors import to_hex

from lib import attractors, figures, flow, starts
from lib.network import Canonical
from lib.samples import Samples

matplotlib.use("Agg")
THREE = Samples([-0.5, 0.0, 0.5], [0.0, 0.0, 0.0])
RHO = torch.tensor([1.0, -1.2, 1.0], dtype=torch.float64)
POINTS = Samples([-0.8, 0.1, 0.7], [0.6, -0.7, 0.6])


@pytest.fixture
def ax():
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


@pytest.fixture(scope="module")
def path():
    return flow.gradient_flow(starts.gas(12, 2, seed=3), POINTS, [0.0, 0.1, 1.0, 10.0])


def test_a_gas_comes_from_its_seed():
    gas, twin, other = (starts.gas(4000, 2, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(gas.r, twin.r) and not torch.equal(gas.r, other.r)
    assert abs(float(gas.r.std()) - 2) < 0.1 and abs(float(gas.r.mean())) < 0.1
    assert 0 <= gas.theta.min() < 0.1 and 6.2 < gas.theta.max() < 6.29
    for bad in (dict(m=0), dict(m=3, scale="x"), dict(m=3, seed=0.5)):
        with pytest.raises(ValueError, match=f"^{list(bad)[-1]}:"):
            starts.gas(**bad)


def test_samples_out_of_view_are_not_drawn_beside_the_panel(ax):
    net, samples = starts.paired(4, scale=1), Samples([-1.0, 0.5, 1.1, 1e6], [0.0, 1.0, 0.5, 1e6])
    figures.function(ax, net, samples, x=torch.linspace(-1, 1, 5))
    crosses = ax.lines[-1]
    assert crosses.get_xdata().tolist() == [-1.0, 0.5] and not crosses.get_clip_on()
    assert ax.get_ylim()[1] < 10


def test_a_rug_has_a_tick_for_every_knot_in_view(ax):
    ax.set_xlim(-1, 1)
    figures.rug(ax, Canonical([1.0, -2.0, 0.0, 3.0], [0.3, 0.2, 0.1, 1.5]), POINTS)
    assert len(ax.lines) == POINTS.s
    (ticks,) = ax.collections
    # a neuron with r = 0 and a far knot have none
    places = sorted(float(x) for (x, _), _ in ticks.get_segments())
    assert places == pytest.approx(sorted((-torch.tan(torch.tensor([0.3, 0.2]))).tolist()))
    assert {to_hex(c).upper() for c in ticks.get_colors()} == {figures.POSITIVE, figures.NEGATIVE}


def test_knots_and_shares_are_drawn_against_time(ax, path):
    figures.knot_paths(ax, path, POINTS, reach=2.0, only=[0, 5])
    drawn = [line.get_ydata() for line in ax.lines[POINTS.s:]]
    assert len(drawn) == 2
    knots = path.network.knots[1:, 5].numpy()
    inside = abs(knots) < 2
    assert (drawn[1][inside] == knots[inside]).all()
    ax.clear()
    figures.share_paths(ax, path)
    shares = torch.cat([torch.as_tensor(line.get_ydata()) for line in ax.lines])
    assert len(shares) == path.activations[1:].numel()
    seen = shares[~shares.isnan()]
    assert len(seen) and ((seen > 0) & (seen < 1)).all()


def test_a_pulled_knot_goes_the_way_of_the_field(ax):
    for knot in (-0.3, -0.7):
        ax.clear()
        figures.pull(ax, THREE, RHO, knot)
        (arrow,) = ax.texts
        theta = torch.atan(torch.tensor(-knot, dtype=torch.float64))
        one = torch.ones((), dtype=torch.float64)
        turning = float(attractors.field(one, theta, THREE, RHO)[1])
        assert (arrow.xy[0] - arrow.xyann[0]) * -turning > 0
    ax.clear()
    figures.pull(ax, THREE, RHO, -0.5)  # held: both arrows end there
    assert [arrow.xy[0] for arrow in ax.texts] == [-0.5, -0.5]
    assert sorted(arrow.xyann[0] > -0.5 for arrow in ax.texts) == [False, True]


def test_a_landscape_marks_traps_and_ridges(ax):
    figures.landscape(ax, THREE, RHO)
    marks = [line for line in ax.lines if line.get_marker() == "o"]
    full = [m for m in marks if m.get_markerfacecolor() == m.get_markeredgecolor()]
    assert sum(len(m.get_xdata()) for m in full) == sum(len(m.get_xdata()) for m in marks) / 2 == 4
    ax.clear()
    figures.landscape(ax, THREE, RHO, signs_of_r=(1,), kinks=False)
    assert not [line for line in ax.lines if line.get_marker() == "o"]


def test_forces_are_named_by_what_is_seen(ax):
    figures.forces(ax, THREE, RHO, size=0.4, limit=1.6)
    names = [text.get_text() for text in ax.texts if text.get_text()]
    assert names == [r"$\emptyset$", "3", "23", "123", "12", "1"]
    assert len(ax.texts) - len(names) == 5  # the dead arc feels nothing


def test_the_canonical_field_is_drawn_with_r_squared(ax):
    figures.velocity_arrows(ax, THREE, RHO, 1, 1.0, tangential=None, across=4)
    (quiver,) = ax.collections
    at = torch.tensor(quiver.XY)
    drawn = torch.tensor(list(zip(quiver.U, quiver.V)))
    true = attractors.field_uv(at, 1, THREE, RHO, tangential=(at**2).sum(-1))
    cosine = torch.nn.functional.cosine_similarity(drawn, true)
    assert torch.allclose(cosine, torch.ones_like(cosine))


@pytest.mark.parametrize("package", ["as it is", None])
def test_the_style_draws_words_and_formulas_without_the_books_face_too(monkeypatch, package):
    if package is None:  # who installs lib alone does not have it
        monkeypatch.setitem(sys.modules, "font_source_sans_pro", None)
    with matplotlib.rc_context():
        figures.style()
        figure, axes = plt.subplots()
        axes.set_title(r"words, $x_1$, $\mathbf{r}$ and $\mathit{it}$")
        figure.savefig(drawn := io.StringIO(), format="svg")
        plt.close(figure)
    assert "words" in drawn.getvalue()
