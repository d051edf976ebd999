"""Every option of every explorer: what it accepts can be displayed, what it refuses is named."""
import functools
import math
from types import SimpleNamespace

import explorer_pages
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from lib import sweeps, training
from lib.explorers import Delta, KernelSpline, Neurons, Phase, phase
from lib.explorers.base import KINDS, Choice, Flag, Number, Points, Rows
from lib.laws import Gaussian
from lib.network import Network

STRANGE = ["3", b"3", None, [], {}, math.nan, 1j, "fast ", torch.ones(2), np.ones(2), object()]


@pytest.fixture
def hasty(monkeypatch):
    """Runs of two epochs at most, and a map of six cells: here it is the options that count."""
    real = training.train

    @functools.wraps(real)
    def short(network, samples, epochs, **options):
        return real(network, samples, min(epochs, 2), **options)

    monkeypatch.setattr(training, "train", short)
    monkeypatch.setattr(sweeps, "train", short)
    monkeypatch.setattr(phase, "DELTAS", (-math.inf, 0.0, math.inf))
    monkeypatch.setattr(phase, "WIDTHS", (10, 20))
    phase._measured.cache_clear()
    yield
    phase._measured.cache_clear()


def ends(trait):
    """The values at the bounds of a trait, and a few between them."""
    if isinstance(trait, Number):
        finite = [v for v in (trait.least, trait.most) if math.isfinite(v)]
        return finite + [math.inf] * trait.ends + [-1e3, 201, 0.5, 1.0, 1e12]
    if isinstance(trait, Choice):
        return trait.values
    if isinstance(trait, Flag):
        return [True, False]
    if isinstance(trait, Points):
        spread = torch.linspace(-1e6, 1e6, trait.most).tolist()
        return [[], [[0.0, 1.0]], [[0, 1], [1e-9, -1]], [[x, -x] for x in spread],
                [[0, 1], [0, 2], [1, 1]], [[1, 0], [0, 1], [2, 0]]]
    if isinstance(trait, Rows):
        row = [trait.bound] * trait.width
        return [[], [row] * trait.most, [[-v for v in row]], [[0.0] * trait.width]]
    return [None]


OPTIONS = [(kind, name) for kind in sorted(KINDS) for name in KINDS[kind].options()]


# points that are accepted may be too close for their kernel
@pytest.mark.filterwarnings("ignore:samples. their kernel matrix is singular")
@pytest.mark.parametrize("kind,name", OPTIONS)
def test_what_an_option_accepts_can_be_displayed(hasty, kind, name):
    trait, accepted = KINDS[kind].class_traits()[name], 0
    for value in ends(trait):
        try:
            explorer = KINDS[kind](**{name: value})
        except ValueError as error:
            assert name in str(error)
            continue
        if isinstance(trait, Points) or not accepted:                    # some have no spline
            page = explorer.to_html()
            assert 'src="data:image/png;base64,' in page
        if not isinstance(trait, Points):
            explorer.fallback(Figure())
        accepted += 1
    assert accepted


@pytest.mark.parametrize("kind,name", OPTIONS)
def test_what_an_option_refuses_is_named(kind, name):
    trait = KINDS[kind].class_traits()[name]
    explorer, number = KINDS[kind](), isinstance(trait, (Number, Choice))
    before = getattr(explorer, name)
    if name == "table":                                                  # what the explorers keep
        return
    for value in [*STRANGE, *[True, np.True_, torch.tensor(True)] * number]:
        if isinstance(trait, (Points, Rows)) and isinstance(value, (list, dict)):
            continue                                                     # no rows at all
        if value is None and trait.allow_none:
            continue
        with pytest.raises(ValueError, match=name):
            setattr(explorer, name, value)
        assert getattr(explorer, name) == before


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_methods_and_what_is_only_read_are_no_options(kind):
    explorer = KINDS[kind]
    names = {name for name in dir(explorer) if not name.startswith("_")}
    for name in names - {"samples", *explorer.class_trait_names()}:
        with pytest.raises(ValueError, match=f"no such option: {name};|^{name}: want"):
            explorer(**{name: 3})


@pytest.mark.parametrize("kind", [Phase, Delta])
def test_neurons_come_in_pairs_at_assignment(kind):
    with pytest.raises(ValueError, match="m: want an even number of neurons"):
        kind(m=201)
    explorer = kind(m=200)
    with pytest.raises(ValueError, match="m: want an even number of neurons"):
        explorer.m = 3
    assert explorer.m == 200


def test_numpys_and_torchs_numbers_are_numbers():
    explorer = KernelSpline(A=np.float32(0.5), c2=torch.tensor(2.0), place=np.int64(1))
    assert (explorer.A, explorer.c2, explorer.place) == (0.5, 2.0, 1.0)
    assert type(Phase(m=np.int64(20), starts=np.uint8(2)).m) is int
    points = np.array([[0.0, 1.0], [1.0, 2.0]])
    assert Delta(points=points).points == Delta(points=torch.from_numpy(points)).points


def test_a_start_of_ones_own_is_looked_at():
    for wrong in ({"r": [1.0]}, {"r": [1.0], "theta": [0.0, 1.0], "alpha": 1.0},
                  {"r": [1.0], "theta": [0.0], "alpha": -1.0},
                  {"r": [[1.0, 2.0]], "theta": [[0.0, 1.0]], "alpha": 1.0}):
        with pytest.raises(ValueError, match="initial: want"):
            Delta(initial=wrong)


def test_what_is_accepted_can_be_saved():
    own = {"r": [1.0, 2.0], "theta": [0.0, 1.0], "alpha": 1.0}
    arrays = {"r": np.array([1, 2]), "theta": torch.tensor([0.0, 1.0], dtype=torch.float64),
              "alpha": np.float32(1), "more": math.nan}
    shown = Delta(initial=arrays)
    assert shown.initial == own and '"theta": [0.0, 1.0]' in shown.to_html(picture=False)
    for kind in KINDS.values():
        assert kind(points=[[], []]).points == [] and kind(points=np.ones((0, 2))).points == []


@pytest.mark.parametrize("kind,name,wrong,word", [
    (KernelSpline, "law", Gaussian(((4.0, 3.999), (3.999, 4.0))), "correlation"),
    (Delta, "network", Network([1e200, 1.0], [0.0, 0.0], [1.0, 1e200], 1.0), "delta"),
    (Neurons, "network", Network([1e200, 1.0], [0.0, 0.0], [1.0, 1e200], 1.0), "neurons"),
])
def test_what_is_refused_changes_nothing(kind, name, wrong, word):
    explorer = kind()
    before = explorer.get_state(explorer.options())
    with pytest.raises(ValueError, match=f"^{word}: want"):
        setattr(explorer, name, wrong)
    assert explorer.get_state(explorer.options()) == before


def test_pictures_for_pages_are_drawn_where_pages_are_built(monkeypatch):
    def drawn(self):
        raise AssertionError("a live notebook shows the figure itself")

    monkeypatch.setenv("EXPLORERS_ON_PAGES", "0")
    monkeypatch.setattr(Phase, "to_html", drawn)
    assert "text/html" not in Phase()._repr_mimebundle_()[0]
    explorer_pages.setup(SimpleNamespace(connect=lambda *_: None))       # a book is being built
    with pytest.raises(AssertionError, match="a live notebook"):
        Phase()._repr_mimebundle_()
