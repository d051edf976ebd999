"""The cost model finds what made the times, and says how long the rest takes."""

import math

import pytest
import torch

from lib.cost import Cost, Left, clock, fit


def test_the_model_is_found_again_from_noisy_times():
    generator = torch.Generator().manual_seed(0)
    true = Cost(2e-3, 1e-7, 1e-9, 5e-9)
    m, s = (
        torch.tensor(v)[torch.randint(0, 3, (400,), generator=generator)]
        for v in ([64, 256, 1024], [6, 8, 40])
    )
    epochs = torch.randint(500, 200_000, (400,), generator=generator)
    noise = (0.1 * torch.randn(400, generator=generator).double()).exp()
    found = fit(
        m.double(),
        s.double(),
        epochs.double(),
        true.seconds(m.double(), s.double(), epochs.double()) * noise,
        "here",
    )
    for part in ("fixed", "epoch", "neuron", "sample"):
        assert getattr(found, part) == pytest.approx(getattr(true, part), rel=0.25), part
    assert found.device == "here"


def test_no_part_is_negative_and_times_are_positive():
    found = fit([10.0, 20.0, 40.0], [5.0, 5.0, 5.0], [100.0, 100.0, 100.0], [2.0, 1.9, 1.7])
    assert min(found.fixed, found.epoch, found.neuron, found.sample) >= 0
    with pytest.raises(ValueError, match="seconds: want positive"):
        fit([1.0], [1.0], [1.0], [0.0])


def test_what_is_left():
    left = Left({"a": 1.0, "b": 3.0, "c": 6.0, "d": 5.0})
    assert math.isnan(left.seconds(0.0))
    left.skip("d")
    left.add("a")
    assert left.seconds(2.0) == pytest.approx(18.0)
    left.add("c")
    assert left.seconds(14.0) == pytest.approx(6.0)
    assert clock(3725.2) == "1:02:05" and clock(math.nan) == "?"
