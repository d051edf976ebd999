"""What a study of the transition says: how its runs ended, and the law of its rotations."""
import math

import numpy as np

ARRIVED, STUCK, FEW, UNFINISHED = "arrived", "stuck", "too few neurons", "unfinished"
DIGITS = 1.005  # results have three digits: so much may be added to a loss
DRAWS = 400     # of groups, for the error of an exponent


def outcomes(rows, target: float) -> np.ndarray:
    """How each run ended, (n,) of str; rows["loss"], "pace" and "unreachable": (n,).

    "arrived": at the target, a part of the first loss;  "too few neurons": its start's kernel
    leaves more than that for ever;  "stuck": d log L / d log t is below 1/1000 in size;
    "unfinished": none of these.
    """
    loss, pace, unreachable = (np.asarray(rows[name]) for name in ("loss", "pace", "unreachable"))
    ends = np.full(len(loss), UNFINISHED, dtype=object)
    ends[np.abs(pace) < 1e-3] = STUCK
    ends[unreachable > target] = FEW
    ends[loss <= target * DIGITS] = ARRIVED
    return ends


def slope(x, y) -> float:
    """The slope of log y against log x, both (n,), by least squares."""
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def exponent(x, y, groups) -> tuple[float, float]:
    """The slope of log y against log x and its standard error, groups (n,) drawn again as wholes.

    Values of one group, such as those of one start, are not independent.
    """
    places = [np.flatnonzero(groups == g) for g in np.unique(groups)]
    random = np.random.default_rng(0)
    draws = []
    for _ in range(DRAWS):
        chosen = np.concatenate([places[k] for k in random.integers(len(places), size=len(places))])
        draws.append(slope(x[chosen], y[chosen]))
    return slope(x, y), float(np.std(draws))


def groups(rows, *names) -> np.ndarray:
    """Which networks share the values of the columns `names`, as numbers (n,)."""
    columns = [rows[name].astype(str) for name in names]
    return np.unique(columns, axis=1, return_inverse=True)[1].reshape(-1)


def scatter(x, y) -> float:
    """The standard deviation of log10 y about its running median along x, in powers of ten."""
    logs = np.log10(y[np.argsort(x, kind="stable")])
    half = max(10, len(logs) // 40)
    at = np.arange(0, len(logs), max(1, len(logs) // 2000))
    middles = [np.median(logs[max(0, i - half):i + half + 1]) for i in at]
    return float(np.std(logs[at] - middles))


def levelling(x, theta) -> np.ndarray:
    """x / (1 + x/theta): x where it is small, theta where it is large."""
    return x / (1 + x / theta)


def level(x, y, share) -> tuple[float, float]:
    """The theta and p for which levelling(x, theta * share^p) is nearest to y in its logarithm.

    x, y, share: (n,).  Least squares.
    """
    from scipy.optimize import least_squares

    off = lambda z: np.log(levelling(x, np.exp(z[0]) * share ** z[1]) / y)
    theta, p = least_squares(off, (math.log(0.3), 0.0)).x
    return float(np.exp(theta)), float(p)


def agreement(y, meant) -> str:
    """In words: the mean factor y / meant of (n,) values, and their scatter as a factor."""
    off = np.log10(y / meant)
    mean, spread = 10 ** off.mean(), 10 ** off.std()
    return f"{len(off):6,} networks, a factor of {mean:.2f} with a scatter of {spread:.2f}"


def between_seeds(rows) -> float:
    """The typical deviation of log rotation between seeds at one place of one set and law."""
    place = groups(rows, "set", "law", "m", "R", "ratio")
    count, value = np.bincount(place), np.log(rows["rotation"])
    off = (value - (np.bincount(place, value) / count)[place]) ** 2
    many = count[place] > 1
    # a deviation from the mean of n is smaller by 1 - 1/n in the square
    return math.sqrt(np.median((off * count[place] / np.maximum(count[place] - 1, 1))[many]))
