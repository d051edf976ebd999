"""The law of a study, on made-up results of which it is known."""

import numpy as np
import pytest

from lib.studies import law
from lib.studies.results import Results


def made(n=4000, theta=0.15, p=0.0, noise=0.05, seed=0):
    random = np.random.default_rng(seed)
    told, share = 10 ** random.uniform(-6, 3, n), 10 ** random.uniform(-6, 0, n)
    rotated = 1 / (1 / told + 1 / (theta * share**p)) * 10 ** (noise * random.standard_normal(n))
    return told, rotated, share


def test_the_level_and_the_scatter_are_found_again():
    theta, p = law.level(*made(p=0.1))
    assert theta == pytest.approx(0.15, rel=0.03) and p == pytest.approx(0.1, abs=0.005)
    told, rotated, share = made()
    assert abs(law.level(told, rotated, share)[1]) < 0.005
    assert law.scatter(told, rotated) == pytest.approx(0.05, rel=0.15)
    shuffled = np.random.default_rng(1).permutation(told)
    assert law.scatter(shuffled, rotated) > 1


def test_the_error_of_an_exponent_counts_groups_and_not_values():
    random, n = np.random.default_rng(0), 60
    x, shared = 10 ** random.uniform(-4, 0, n), 0.2 * random.standard_normal(n)
    once = x**0.7 * np.exp(shared)
    value, error = law.exponent(x, once, np.arange(n))
    again = [np.repeat(v, 9) for v in (x, once, np.arange(n))]
    same, still = law.exponent(*again)
    assert abs(value - 0.7) < 3 * error < 0.1
    assert same == pytest.approx(value) and still == pytest.approx(error, rel=0.2)


def test_how_runs_ended():
    rows = Results({"loss": np.array([1e-3, 0.2, 0.2, 0.2]), "pace": np.array([9, 9, 1e-9, 1e-9]),
                    "unreachable": np.array([0, 0, 0, 0.1])}, {})
    assert law.outcomes(rows, 1e-3).tolist() == [law.ARRIVED, law.UNFINISHED, law.STUCK, law.FEW]


def test_the_deviation_between_seeds():
    random, seeds, places = np.random.default_rng(0), 14, 300
    value = np.exp(0.1 * random.standard_normal((places, seeds)) + np.arange(places)[:, None])
    column = np.repeat(np.arange(places), seeds)
    rows = Results({"rotation": value.ravel(), "R": column} |
                   {name: 0 * column for name in ("set", "law", "m", "ratio")}, {})
    median = 0.6745 * 0.1  # of |normal|
    assert law.between_seeds(rows) == pytest.approx(median, rel=0.1)


def test_agreement_in_words():
    y = np.array([2.0, 8.0] * 600)
    assert law.agreement(y, np.ones(1200)) == (
        " 1,200 networks, a factor of 4.00 with a scatter of 2.00"
    )
