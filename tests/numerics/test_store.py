"""The store: what is written comes back, nothing is lost or done twice, damage is named."""

import functools
import math
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from lib.laws import Box
from lib.samples import sine
from lib.store import Damaged, Store, compute, described

SETTINGS = {"samples": sine(4), "step": 0.5, "law": Box(2.0), "f": math.sqrt}


def filled(path, count=5):
    with Store(path, SETTINGS, {"by": "a test"}) as store:
        for k in range(count):
            store.add(f"job {k}", [k / 3, math.nan, -math.inf, {"text": "ä\n"}])
    return path.read_bytes()


def test_results_come_back_to_the_last_digit(tmp_path):
    filled(tmp_path / "s")
    with Store(tmp_path / "s", SETTINGS) as store:
        assert list(store.done) == [f"job {k}" for k in range(5)]
        third, nan, infinite, last = store.done["job 1"]
        assert (
            third == 1 / 3 and math.isnan(nan) and infinite == -math.inf and last == {"text": "ä\n"}
        )


def test_any_altered_byte_is_noticed(tmp_path):
    text = filled(tmp_path / "s")
    lines = [0, *(k + 1 for k, byte in enumerate(text) if byte == 10)]
    for k in range(0, len(text), 7):
        changed = bytearray(text)
        changed[k] ^= 1
        (tmp_path / "s").write_bytes(changed)
        line = sum(start <= k for start in lines)
        with pytest.raises(Damaged, match=f"line {line}: the checksum"):
            Store(tmp_path / "s", SETTINGS)


def test_a_lost_moved_or_repeated_line_is_noticed(tmp_path):
    lines = filled(tmp_path / "s").splitlines(keepends=True)
    for changed, at in (
        (lines[:2] + lines[3:], 3),
        (lines[:1] + lines[2:], 2),
        (lines[1:], 1),
        (lines + lines[-1:], 7),
        ([*lines[:3], lines[4], lines[3], lines[5]], 4),
    ):
        (tmp_path / "s").write_bytes(b"".join(changed))
        with pytest.raises(Damaged, match=f"s, line {at}: "):
            Store(tmp_path / "s", SETTINGS)


@pytest.mark.parametrize("kept", [-1, -2, -20])
def test_a_last_line_that_was_cut_short_is_named_and_done_again(tmp_path, kept):
    text = filled(tmp_path / "s")
    (tmp_path / "s").write_bytes(text[:kept])
    with pytest.warns(UserWarning, match="s: the last line was cut short"):
        store = Store(tmp_path / "s", SETTINGS)
    assert list(store.done) == [f"job {k}" for k in range(4)]
    store.add("job 4", [4 / 3, math.nan, -math.inf, {"text": "ä\n"}])
    store.close()
    assert (tmp_path / "s").read_bytes() == text


def test_other_settings_are_refused_by_name(tmp_path):
    filled(tmp_path / "s")
    with pytest.raises(ValueError, match="s was made with step = 0.5, not 0.25; give another path"):
        Store(tmp_path / "s", SETTINGS | {"step": 0.25})
    with pytest.raises(ValueError, match="was made with extra = null, not 1"):
        Store(tmp_path / "s", SETTINGS | {"extra": 1})
    with pytest.raises(ValueError, match="made with samples"):
        Store(tmp_path / "s", SETTINGS | {"samples": sine(5)})


def test_two_runs_cannot_write_to_one_file(tmp_path):
    pytest.importorskip("fcntl")
    with Store(tmp_path / "s", {}):
        with pytest.raises(ValueError, match="s is in use by another run"):
            Store(tmp_path / "s", {})
    Store(tmp_path / "s", {}).close()


def test_a_job_has_one_result(tmp_path):
    with Store(tmp_path / "s", {}) as store:
        store.add("a", 1)
        with pytest.raises(ValueError, match="key: a has a result already"):
            store.add("a", 1)


def test_descriptions_are_words_of_json():
    assert described(
        {
            "x": torch.tensor([0.5, math.inf]),
            "f": math.sqrt,
            "law": Box(),
            "n": range(2),
            "none": None,
        }
    ) == {
        "x": [0.5, "inf"],
        "f": "math.sqrt",
        "law": {"": "Box", "A": 1.0, "B": 1.0},
        "n": [0, 1],
        "none": None,
    }


def test_functions_are_known_by_their_text():
    def one(network):
        return network.a

    def other(network):
        return network.b

    other.__qualname__ = one.__qualname__
    first, second = described(one), described(other)
    assert first != second and first == described(one) and first.split()[0] == second.split()[0]
    assert described(functools.partial(one, k=2)) == [first, [], {"k": 2}]


def test_functions_are_known_by_what_they_hold():
    def closed(k):
        return lambda network: network.a * k

    def default(k):
        return lambda network, k=k: network.a * k

    def named(k):
        def f(network, *, k=k):
            return f

        return f

    def method(k):
        return Box(k).nu

    for make in (closed, default, named, method, lambda k: closed(closed(k))):
        assert described(make(1.0)) != described(make(2.0))
        assert described(make(1.0)) == described(make(1.0))
    assert described(closed(torch.ones(2))) != described(closed(torch.zeros(2)))
    lock = threading.Lock()                                             # no words for it
    assert described(closed(lock)) == described(closed(threading.Lock()))
    assert described(np.arange(3)) == [0, 1, 2]


def test_what_is_stored_is_not_computed_again(tmp_path):
    seen, jobs = [], {str(k): k for k in range(6)}

    def work(job):
        seen.append(job)
        if job == 3 and seen.count(3) == 1:
            raise RuntimeError("power cut")
        return job**2

    with Store(tmp_path / "s", {}) as store, pytest.raises(RuntimeError, match="power cut"):
        list(compute(work, jobs, store=store))
    with Store(tmp_path / "s", {}) as store:
        found = dict(compute(work, jobs, store=store))
    assert found == {key: job**2 for key, job in jobs.items()} and seen == [0, 1, 2, 3, 3, 4, 5]


def test_a_failing_job_loses_nothing_that_others_finished(tmp_path):
    others, jobs = threading.Semaphore(0), {str(k): k for k in range(8)}

    def work(job):
        if job == 0:
            for _ in range(7):
                assert others.acquire(timeout=60)
            raise RuntimeError("power cut")
        others.release()
        return job

    with ThreadPoolExecutor(2) as pool, Store(tmp_path / "s", {}) as store:
        with pytest.raises(RuntimeError, match="power cut"):
            list(compute(work, jobs, store=store, executor=pool))
        # the last one may have let the failing one go before it was done itself
        assert {"1", "2", "3", "4", "5", "6"} <= set(store.done) <= {str(k) for k in range(1, 8)}


def test_stopping_in_the_middle_keeps_what_is_done_and_starts_nothing_new(tmp_path):
    seen = []
    with ThreadPoolExecutor(1) as pool, Store(tmp_path / "s", {}) as store:
        results = compute(
            lambda job: seen.append(job) or job,
            {str(k): k for k in range(50)},
            store=store,
            executor=pool,
            window=4,
        )
        for _ in range(3):
            next(results)
        results.close()
        pool.shutdown(wait=True)
        assert (
            set(store.done) <= {str(k) for k in seen} and 3 <= len(store.done) and len(seen) <= 10
        )


def test_a_full_disk_is_an_error(tmp_path, monkeypatch):
    with Store(tmp_path / "s", {}) as store:
        monkeypatch.setattr(os, "write", lambda file, line: len(line) // 2)
        with pytest.raises(OSError, match="no room for another line"):
            store.add("a", 1)
        assert store.done == {}
