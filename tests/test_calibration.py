"""The threshold: the best of all, on known pixels only."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from slidelens.learning.calibration import DEFAULT_THRESHOLD, Calibration, best_threshold, calibration, f1_curve
from slidelens.learning.split import UNKNOWN

STEPS = np.round(np.arange(0.02, 0.985, 0.01), 2)


def f1_at(probabilities: NDArray, labels: NDArray, threshold: float) -> float:
    """By hand: 2 TP / (2 TP + FP + FN)."""
    predicted, landslide = probabilities >= np.float32(threshold), labels == 1
    hit, false, missed = (predicted & landslide).sum(), (predicted & (labels == 0)).sum(), (~predicted & landslide).sum()
    return 2 * hit / (2 * hit + false + missed) if hit else 0.0


def test_between_two_clear_groups_lies_the_middle() -> None:
    # any threshold above 0.2 and up to 0.8 separates them: 0.21 … 0.80, in the middle 0.51
    assert best_threshold(np.array([0.1, 0.2, 0.8, 0.9], np.float32), np.array([0, 0, 1, 1], np.uint8)) == 0.51


def test_unknown_pixels_do_not_count() -> None:
    probabilities, labels = np.array([0.1, 0.2, 0.8, 0.9, 0.95], np.float32), np.array([0, 0, 1, 1, UNKNOWN], np.uint8)
    assert best_threshold(probabilities, labels) == best_threshold(probabilities[:4], labels[:4])


@pytest.mark.parametrize("labels", [[0, 0], [UNKNOWN, UNKNOWN], [0, UNKNOWN], []])
def test_without_a_landslide_it_is_a_half(labels: list[int]) -> None:
    assert best_threshold(np.full(len(labels), 0.9, np.float32), np.array(labels, np.uint8)) == DEFAULT_THRESHOLD == 0.5


def test_of_two_best_ranges_it_lies_in_one_not_between() -> None:
    # F1 is 2·1/(2·1 + 0 + 1) = 2/3 above 0.3; 2·2/(2·2 + 2 + 0) = 2/3 up to 0.3; nothing better
    probabilities, labels = np.array([0.25, 0.28, 0.3, 0.9], np.float32), np.array([0, 0, 1, 1], np.uint8)
    got = best_threshold(probabilities, labels)
    assert f1_at(probabilities, labels, got) == pytest.approx(max(f1_at(probabilities, labels, step) for step in STEPS))


def test_a_flat_top_is_taken_in_its_middle() -> None:
    # Of 1000 landslide pixels 500 have 0.95 and the others 0.3, and 5 others 0.35: F1 is 0.9975 up to 0.3, at 0.36 … 0.95
    # 2·500 / (2·500 + 500) = 0.667; with the 5 at 0.31 … 0.35 less. So 0.02 … 0.3 it is, in the middle 0.16.
    probabilities = np.array([0.95] * 500 + [0.3] * 500 + [0.35] * 5, np.float32)
    labels = np.array([1] * 1000 + [0] * 5, np.uint8)
    assert best_threshold(probabilities, labels) == 0.16
    # A sixth false pixel at 0.05 costs 0.0005: the range stays as wide, though the best now begins at 0.06.
    assert best_threshold(np.append(probabilities, np.float32(0.05)), np.append(labels, np.uint8(0))) == 0.16


@given(st.lists(st.tuples(st.floats(0, 1, width=32), st.sampled_from([0, 1, UNKNOWN])), min_size=1, max_size=60))
def test_no_step_does_better_by_a_hundredth(pairs: list[tuple[float, int]]) -> None:
    # Half-way between steps, so that rounding to a step is no matter.
    probabilities = np.array([np.floor(p * 100) / 100 + 0.005 for p, _ in pairs], np.float32)
    labels = np.array([label for _, label in pairs], np.uint8)
    threshold = best_threshold(probabilities, labels)
    known = labels != UNKNOWN
    if (labels == 1).any():
        assert f1_at(probabilities, labels, threshold) >= max(f1_at(probabilities, labels, step) for step in STEPS) - 0.01 - 1e-9
        curve = f1_curve(probabilities[known], labels[known] == 1)
        np.testing.assert_allclose(curve, [f1_at(probabilities, labels, step) for step in STEPS])
    else:
        assert threshold == 0.5


def outcomes(slope: float, shift: float) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """200,000 outputs, and labels that are landslide as often as the calibration says."""
    rng = np.random.default_rng(3)
    output = rng.beta(0.4, 0.8, 200_000).astype(np.float32)
    return output, (rng.random(output.shape) < Calibration(slope, shift)(output)).astype(np.uint8)


@pytest.mark.parametrize(("slope", "shift"), [(0.5, -2.0), (1.5, 0.3)])
def test_slope_and_shift_come_back(slope: float, shift: float) -> None:
    found = calibration(*outcomes(slope, shift), "platt")
    assert (found.slope, found.shift) == (pytest.approx(slope, abs=0.03), pytest.approx(shift, abs=0.03))


def test_temperature_has_no_shift() -> None:
    found = calibration(*outcomes(0.5, 0.0), "temperature")
    assert (found.slope, found.shift) == (pytest.approx(0.5, abs=0.02), 0.0)


def test_a_calibration_by_hand() -> None:
    # logit 0.8 = ln 4; half of it less ln 2 is 0, so that p = ½; an output of 1 counts as 0.9999, logit 9.21024
    got = Calibration(0.5, -np.log(2))(np.array([0.8, 1.0], np.float32))
    assert got == pytest.approx([0.5, 1 / (1 + np.exp(-(9.21024 / 2 - np.log(2))))], abs=1e-5)
    output = np.array([0.0, 0.3, 1.0], np.float32)
    assert Calibration()(output) is output


def test_unknown_pixels_do_not_calibrate() -> None:
    output, labels = outcomes(0.5, -2.0)
    more = np.concatenate([labels, np.full(1000, UNKNOWN, np.uint8)])
    assert calibration(np.concatenate([output, np.ones(1000, np.float32)]), more, "platt") == calibration(output, labels, "platt")


@pytest.mark.parametrize("labels", [[0, 0, 0], [1, 1, 1], [UNKNOWN] * 3, [1, 1, 0]])
def test_what_cannot_be_calibrated_stays_as_it_is(labels: list[int]) -> None:
    """Nothing or everything landslide, nothing known, or higher outputs for fewer landslides."""
    assert calibration(np.array([0.1, 0.2, 0.9], np.float32), np.array(labels, np.uint8), "platt") == Calibration()


def test_none_is_none() -> None:
    assert calibration(*outcomes(0.5, -2.0), "none") == Calibration()
