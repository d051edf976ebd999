"""The stored study: some of its cells again, its command, its file, its pictures."""

import json
import math
import random
import zipfile

import matplotlib
import numpy as np
import pytest
import torch

from lib.kernels import Interpolant
from lib.measures import adaptivity
from lib.splines import linear_interpolant, natural_cubic
from lib.store import Store
from lib.studies import command, law, pictures, transition
from lib.studies.results import read, write

PLACE = ("part", "set", "law", "m", "R", "seed")
STEADY = ("loss", "epochs", "unreachable", "foretold", "rotation", "movement", "kernel", "mode1",
          "mass", "index", "lazy_index", "from_lazy", "gap", "from_rf", "from_tv")


@pytest.fixture(scope="module")
def stored():
    return transition.results()


def test_the_study_is_as_large_as_the_chapter_says(stored):
    assert len(stored) == stored.about["networks"] and round(len(stored), -4) == 50_000
    assert stored.about["core_seconds"] < 30 * 60
    main = stored[~np.isin(stored["part"], ("half", "card"))]
    assert set(main["set"]) == set(transition.FOUND + transition.HELD)
    assert set(main["law"]) == {"gaussian", "equal", "layers"}
    assert main["m"].min() == 64 and main["m"].max() == 25_000 and len(set(main["seed"])) >= 5
    assert stored.about["diverged"] == 0
    assert {"code", "device", "torch", "numba", "started", "finished"} <= stored.about.keys()
    assert transition.FILE.stat().st_size < 2**20
    assert f"{len(stored):,} networks" in stored.provenance
    assert stored.about["code"] in stored.provenance and "torch" in stored.provenance


def test_its_settings_are_those_of_the_code(stored):
    from lib.store import described

    assert stored.about["settings"] == json.loads(json.dumps(described(transition.settings())))
    assert stored.about["parts"] == json.loads(json.dumps(transition.PARTS))


@pytest.mark.parametrize("seed", range(6))
def test_a_cell_is_found_again(stored, seed):
    """Six rows, drawn at random from what the file has."""
    some = stored[(stored["m"] <= 1024) & (stored["part"] != "card")]
    k = random.Random(seed).randrange(len(some))
    row = some.only(**{name: some[name][k] for name in PLACE})
    key = "{} {} {} {} {:g}".format(*(row[name][0] for name in ("part", "set", "law", "seed", "R")))
    again = torch.tensor(transition.row(transition.jobs()[key])).numpy()
    assert row["ratio"].tolist() == list(transition.RATIOS)
    calm = (row["foretold"] < 0.1) & (row["loss"] <= transition.TARGET * law.DIGITS)
    for name in STEADY:
        new, old = again[:, transition.MEASURES.index(name)], row[name]
        np.testing.assert_allclose(new[calm], old[calm], rtol=0.02, atol=1e-9, err_msg=name)
    turn = transition.MEASURES.index("rotation")
    # where knots move a last digit can decide who goes where: the law is about their logarithms
    assert np.median(np.abs(np.log(again[:, turn] / row["rotation"]))) < 0.05


def test_the_data_sets_are_scaled_and_of_different_shape():
    sets = transition.data_sets()
    for samples in sets.values():
        assert float(samples.y.square().mean()) == pytest.approx(1)
        assert bool((samples.x.diff() > 0).all())
    assert sets["many"].s == 40 and float(sets["one-sided"].x.min()) > 0


def test_a_bench_measures_what_the_library_measures():
    samples = transition.data_sets()["noisy"]
    bench = transition.Bench(samples)
    index = lambda f: float(bench.index(f(bench.x)))
    assert index(natural_cubic(samples)) == 0 and index(linear_interpolant(samples)) == 1
    fit = Interpolant(transition.diagram.kernel(1.0, -2.0), samples)
    assert index(fit) == pytest.approx(float(adaptivity(fit, samples)), abs=2e-3)


def test_together_and_one_by_one_networks_end_alike():
    bench = transition.Bench(transition.data_sets()["zigzag"])
    starts = [transition.diagram.start(64, 100.0, q * 100.0) for q in (-3.0, 0.0)]
    one, all_ = bench._each(starts, 0.5), bench._all(starts, 0.5, "cpu")
    for k in (0, 1):
        for name in ("loss", "time"):
            assert float(all_[k][name]) == pytest.approx(float(one[k][name]), rel=1e-9)
        torch.testing.assert_close(all_[k]["network"].a, one[k]["network"].a)


class Tiny:
    """A study of four rows."""

    __name__ = "tiny"
    RATIOS, MEASURES, PARTS = (0.0, 1.0), ("rotation", "seconds"), {"all": (4,)}
    calls = 0

    def jobs(self, which=("all",)):
        return {f"all {k}": k for k in range(4)}

    def settings(self):
        return {"measures": self.MEASURES}

    def expected(self, job):
        return 1.0 + job

    def row(self, job):
        self.calls += 1
        if self.calls == self.breaks:
            raise KeyboardInterrupt
        return [[job + q / 3, 0.25] for q in self.RATIOS]


def test_a_study_that_is_interrupted_goes_on_and_is_packed(tmp_path, capsys):
    tiny = Tiny()
    tiny.breaks = 3
    with pytest.raises(KeyboardInterrupt):
        command.run(tiny, tmp_path / "s", ("all",))
    command.pack(tiny, tmp_path / "s", tmp_path / "half.zip")
    rows = [("a", k) for k in range(4)]
    part = read(tmp_path / "half.zip", ("name", "k"), rows, tiny.RATIOS)
    assert len(part) == part.about["networks"] == 4 and part.about["planned"] == 8
    command.run(tiny, tmp_path / "s", ("all",), code="v1")
    assert tiny.calls == 5 and "4 of 4 rows" in capsys.readouterr().out     # one was begun twice
    command.pack(tiny, tmp_path / "s", tmp_path / "all.zip")
    found = read(tmp_path / "all.zip", ("name", "k"), rows, tiny.RATIOS)
    np.testing.assert_allclose(found["rotation"], found["k"] + found["ratio"] / 3, rtol=4e-3)
    assert found.about["core_seconds"] == 2 and found.about["diverged"] == 0
    with Store(tmp_path / "s", tiny.settings()) as store:
        assert len(store.done) == 4


def test_stores_of_several_machines_become_one(tmp_path):
    tiny, keys = Tiny(), [f"all {k}" for k in range(4)]
    for name, some in (("a", keys[:3]), ("b", keys[2:])):
        with Store(tmp_path / name, tiny.settings()) as store:
            for key in some:
                store.add(key, [[1.0, 2.0]])
    command.add(tiny, tmp_path / "a", [tmp_path / "b"])
    with Store(tmp_path / "a", tiny.settings()) as store:
        assert sorted(store.done) == keys


def test_files_keep_three_digits_and_say_which_networks_they_have(tmp_path):
    numbers = torch.randn(3, 2, 2, dtype=torch.float64).exp()
    numbers[1, 0] = math.nan
    write(tmp_path / "f.zip", ("one", "two"), numbers, {"by": "a test"})
    rows = read(tmp_path / "f.zip", ("name",), [("a",), ("b",), ("c",)], (-1.0, 5.0))
    assert rows["name"].tolist() == ["a", "a", "b", "c", "c"] and rows.about == {"by": "a test"}
    assert rows["ratio"].tolist() == [-1, 5, 5, -1, 5]
    meant = numbers.flatten(0, 1)[[0, 1, 3, 4, 5]]
    np.testing.assert_allclose(np.stack([rows["one"], rows["two"]], -1), meant, rtol=4e-3)
    assert len(rows.only(name=("a", "c"), ratio=5.0)) == 2
    with zipfile.ZipFile(tmp_path / "f.zip") as file:
        assert json.loads(file.read("about.json")) == {"by": "a test"}


def test_pictures_show_the_study(stored):
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    some = stored.only(set="zigzag", law="gaussian", m=64)
    parts = pictures.phases(some)
    known = ~np.isnan(parts[..., 0])
    np.testing.assert_allclose(parts.sum(-1)[known], 1)
    assert parts[0, 8, 2] > 0.9 and parts[-1, 0, 0] > 0.9       # below, and in the upper left
    count = pictures.means(some, np.ones(len(some)))
    assert np.nanmax(count) == np.nanmin(count) == 1
    told = pictures.foretold(transition.data_sets()["zigzag"], m=100)
    assert (np.diff(np.log(told[5:]), axis=0) < 0).all()        # larger neurons turn less
    flat = told.ravel()
    fig = pictures.clouds({"a": 1 / flat, "b": flat}, flat, flat > 1, equal=("b",))
    assert [len(ax.lines) for ax in fig.axes] == [0, 1]
    plt.close("all")
