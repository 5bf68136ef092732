"""Probabilities that mean what they say, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.analysis.accuracy.reliability import ReliabilitySums, reliability


def test_a_curve_by_hand() -> None:
    # Two bins. Low: 0.1 and 0.3, mean 0.2, one of two is landslide: off by 0.3. High: 0.6, 0.8,
    # 1.0, mean 0.8, two of three: off by 2/15.
    curve = reliability(
        np.array([False, True, True, False, True]), np.array([0.1, 0.3, 0.6, 0.8, 1.0]), bins=2
    )
    assert curve.probability == pytest.approx([0.2, 0.8])
    assert curve.frequency == pytest.approx([1 / 2, 2 / 3])
    assert curve.pixels.tolist() == [2, 3]
    # weighted by pixels: (2 · 0.3 + 3 · 2/15) / 5 = (0.6 + 0.4) / 5
    assert curve.error == pytest.approx(0.2)


def test_probabilities_that_are_right_have_no_error() -> None:
    """Of a hundred pixels each of 0.05, 0.15 … 0.95, as many as that are landslide."""
    levels = np.arange(5, 100, 10)
    observed = np.concatenate([np.arange(100) < level for level in levels])
    assert reliability(observed, np.repeat(levels / 100, 100), bins=10).error == pytest.approx(
        0, abs=1e-12
    )


def test_sure_and_always_wrong_is_the_largest_error() -> None:
    assert reliability(np.array([True, False]), np.array([0.0, 1.0])).error == 1


def test_empty_bins_have_no_point() -> None:
    curve = reliability(np.array([True]), np.array([0.5], np.float32))
    assert len(curve.pixels) == 1
    assert curve.error == pytest.approx(0.5)


def test_no_pixel_no_error() -> None:
    assert reliability(np.zeros(0, bool), np.zeros(0)).error is None


def test_pixels_may_come_in_parts() -> None:
    observed = np.array([False, True, True, False, True])
    probability = np.array([0.1, 0.3, 0.6, 0.8, 1.0])
    sums, whole = ReliabilitySums(2), reliability(observed, probability, bins=2)
    for part in (slice(0, 0), slice(0, 1), slice(1, 4), slice(4, 5)):
        sums.add(observed[part], probability[part])
    curve = sums.curve()
    assert curve.probability == pytest.approx(whole.probability)
    assert curve.frequency == pytest.approx(whole.frequency)
    assert curve.pixels.tolist() == whole.pixels.tolist()


def test_there_are_15_bins_of_equal_width() -> None:
    curve = reliability(np.zeros(3000, bool), (np.arange(3000) + 0.5) / 3000)
    assert curve.pixels.tolist() == [200] * 15
