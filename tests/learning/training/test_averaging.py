"""Averages of weights: the running one, and blends of a start and its fine-tuning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from slidelens.dataset.parts import UNKNOWN
from slidelens.learning.training.averaging import average_weights, blend_share, blend_weights
from support.learning.trainings import SETTINGS


def test_the_average_follows_fast_at_first_and_slowly_later() -> None:
    # step 1: 1 / 10 of the old; far on: 0.97 of it
    old, new = [np.zeros(1, np.float32)], [np.ones(1, np.float32)]
    assert average_weights(old, new, 0.97, 1)[0].item() == pytest.approx(0.9)
    assert average_weights(old, new, 0.97, 10_000)[0].item() == pytest.approx(0.03)
    assert average_weights(old, new, 0.0, 10_000)[0].item() == 1


def test_a_blend_lies_on_the_line_between_both() -> None:
    start, tuned = [np.array([1.0, 2.0], np.float32)], [np.array([3.0, 0.0], np.float32)]
    # a quarter of the way: 1 + 0.25 · 2 and 2 − 0.25 · 2
    np.testing.assert_array_equal(blend_weights(start, tuned, 0.25)[0], [1.5, 1.5])
    np.testing.assert_array_equal(blend_weights(start, tuned, 0.0)[0], start[0])
    np.testing.assert_array_equal(blend_weights(start, tuned, 1.0)[0], tuned[0])


def test_weights_that_did_not_change_stay_exactly_as_they_are() -> None:
    weights = [np.random.default_rng(1).normal(size=1000).astype(np.float32)]
    np.testing.assert_array_equal(blend_weights(weights, weights, 0.3)[0], weights[0])


@pytest.mark.parametrize(
    ("pixels", "share"),
    [
        (100, 0.25),  # 100 / (100 + 300)
        (300, 0.5),
        (2700, 0.8),  # 0.9 is more than `blend`
        (0, 0.8),  # nothing to go by
    ],
)
def test_the_share_falls_with_the_number_of_landslide_pixels(pixels: int, share: float) -> None:
    labels = np.zeros((60, 60), np.uint8)
    labels.ravel()[:pixels] = 1
    labels[-1] = UNKNOWN
    settings = replace(SETTINGS, blend=0.8, blend_px=300.0)
    assert blend_share(labels, settings) == pytest.approx(share)
