"""The threshold: the best of all, on known pixels only."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import logit

from slidelens.dataset.parts import UNKNOWN
from slidelens.learning.inference.calibration import Calibration, fit_calibration
from slidelens.learning.inference.thresholds import (
    DEFAULT_THRESHOLD,
    best_threshold,
    expected_threshold,
    f1_curve,
)

STEPS = np.round(np.arange(0.02, 0.985, 0.01), 2)


def f1_at(probabilities: NDArray, labels: NDArray, threshold: float) -> float:
    """By hand: 2 TP / (2 TP + FP + FN)."""
    predicted, landslide = probabilities >= np.float32(threshold), labels == 1
    hit, false, missed = (
        (predicted & landslide).sum(),
        (predicted & (labels == 0)).sum(),
        (~predicted & landslide).sum(),
    )
    return 2 * hit / (2 * hit + false + missed) if hit else 0.0


def test_between_two_clear_groups_lies_the_middle() -> None:
    # any threshold above 0.2 and up to 0.8 separates them: 0.21 … 0.80, in the middle 0.51
    assert (
        best_threshold(np.array([0.1, 0.2, 0.8, 0.9], np.float32), np.array([0, 0, 1, 1], np.uint8))
        == 0.51
    )


def test_unknown_pixels_do_not_count() -> None:
    probabilities, labels = (
        np.array([0.1, 0.2, 0.8, 0.9, 0.95], np.float32),
        np.array([0, 0, 1, 1, UNKNOWN], np.uint8),
    )
    assert best_threshold(probabilities, labels) == best_threshold(probabilities[:4], labels[:4])


@pytest.mark.parametrize("labels", [[0, 0], [UNKNOWN, UNKNOWN], [0, UNKNOWN], []])
def test_without_a_landslide_it_is_a_half(labels: list[int]) -> None:
    assert (
        best_threshold(np.full(len(labels), 0.9, np.float32), np.array(labels, np.uint8))
        == DEFAULT_THRESHOLD
        == 0.5
    )


def test_of_two_best_ranges_it_lies_in_one_not_between() -> None:
    # F1 is 2·1/(2·1 + 0 + 1) = 2/3 above 0.3; 2·2/(2·2 + 2 + 0) = 2/3 up to 0.3; nothing better
    probabilities, labels = (
        np.array([0.25, 0.28, 0.3, 0.9], np.float32),
        np.array([0, 0, 1, 1], np.uint8),
    )
    got = best_threshold(probabilities, labels)
    assert f1_at(probabilities, labels, got) == pytest.approx(
        max(f1_at(probabilities, labels, step) for step in STEPS)
    )


def test_a_flat_top_is_taken_in_its_middle() -> None:
    # Of 1000 landslide pixels 500 have 0.95 and the others 0.3, and 5 others 0.35: F1 is 0.9975 up to 0.3, at 0.36 … 0.95
    # 2·500 / (2·500 + 500) = 0.667; with the 5 at 0.31 … 0.35 less. So 0.02 … 0.3 it is, in the middle 0.16.
    probabilities = np.array([0.95] * 500 + [0.3] * 500 + [0.35] * 5, np.float32)
    labels = np.array([1] * 1000 + [0] * 5, np.uint8)
    assert best_threshold(probabilities, labels) == 0.16
    # A sixth false pixel at 0.05 costs 0.0005: the range stays as wide, though the best now begins at 0.06.
    assert (
        best_threshold(np.append(probabilities, np.float32(0.05)), np.append(labels, np.uint8(0)))
        == 0.16
    )


@given(
    st.lists(
        st.tuples(st.floats(0, 1, width=32), st.sampled_from([0, 1, UNKNOWN])),
        min_size=1,
        max_size=60,
    )
)
def test_no_step_does_better_by_a_hundredth(pairs: list[tuple[float, int]]) -> None:
    # Half-way between steps, so that rounding to a step is no matter.
    probabilities = np.array([np.floor(p * 100) / 100 + 0.005 for p, _ in pairs], np.float32)
    labels = np.array([label for _, label in pairs], np.uint8)
    threshold = best_threshold(probabilities, labels)
    known = labels != UNKNOWN
    if (labels == 1).any():
        assert (
            f1_at(probabilities, labels, threshold)
            >= max(f1_at(probabilities, labels, step) for step in STEPS) - 0.01 - 1e-9
        )
        curve = f1_curve(probabilities[known], labels[known] == 1)
        np.testing.assert_allclose(curve, [f1_at(probabilities, labels, step) for step in STEPS])
    else:
        assert threshold == 0.5


def line(slope: float, shift: float) -> Calibration:
    """logit p = slope · logit output + shift."""
    ends = logit(np.array([1e-4, 1 - 1e-4]))
    return Calibration(tuple(ends), tuple(slope * ends + shift))


def outcomes(truth: Calibration) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """200,000 outputs, and labels that are landslide as often as the calibration says."""
    rng = np.random.default_rng(3)
    output = rng.beta(0.4, 0.8, 200_000).astype(np.float32)
    return output, (rng.random(output.shape) < truth(output)).astype(np.uint8)


@pytest.mark.parametrize(("slope", "shift"), [(0.5, -2.0), (1.5, 0.3)])
@pytest.mark.parametrize("how", ["platt", "isotonic"])
def test_a_line_comes_back(slope: float, shift: float, how: str) -> None:
    truth, places = line(slope, shift), np.linspace(0.05, 0.95, 19, dtype=np.float32)
    assert fit_calibration(*outcomes(truth), how)(places) == pytest.approx(truth(places), abs=0.02)


def test_steps_come_back_from_isotonic_alone() -> None:
    """Outputs from 0.05 to 0.95 all mean three in ten, as saturated networks have it: a straight line cannot say so."""
    truth = Calibration((-9.0, -3.0, 3.0, 9.0), (-6.0, -0.848, -0.847, 6.0))  # logit 0.3 = -0.8473
    places = np.array([0.1, 0.3, 0.5, 0.7, 0.9], np.float32)
    assert fit_calibration(*outcomes(truth), "isotonic")(places) == pytest.approx(
        [0.3] * 5, abs=0.03
    )
    assert np.abs(fit_calibration(*outcomes(truth), "platt")(places) - 0.3).max() > 0.1


def test_temperature_goes_through_the_middle() -> None:
    found = fit_calibration(*outcomes(line(0.5, 0.0)), "temperature")
    assert found(np.array([0.5, 0.8], np.float32)) == pytest.approx(
        [0.5, 2 / 3], abs=0.005
    )  # logit ln 4, half of it ln 2
    assert found.probabilities[0] == -found.probabilities[1]


def test_the_output_of_a_probability() -> None:
    curve = Calibration((-2.0, 0.0, 3.0), (-3.0, -1.0, 2.0))
    outputs = np.array([0.2, 0.5, 0.9], np.float32)
    assert [curve.output(float(probability)) for probability in curve(outputs)] == pytest.approx(
        outputs.tolist(), abs=1e-5
    )
    assert curve.output(0.999) == pytest.approx(1 / (1 + np.exp(-3)))  # none means as much
    assert Calibration().output(0.3) == 0.3


def test_a_calibration_by_hand() -> None:
    # logit 0.8 = ln 4; half of it less ln 2 is 0, so that p = ½; an output of 1 counts as 0.9999, logit 9.21024
    got = line(0.5, -np.log(2))(np.array([0.8, 1.0], np.float32))
    assert got == pytest.approx([0.5, 1 / (1 + np.exp(-(9.21024 / 2 - np.log(2))))], abs=1e-5)
    output = np.array([0.0, 0.3, 1.0], np.float32)
    assert Calibration()(output) is output


@pytest.mark.parametrize("how", ["platt", "isotonic"])
def test_the_order_of_pixels_stays(how: str) -> None:
    """Although the share of landslide is the same over most outputs, so that nearly all bins are pooled."""
    truth = Calibration((-9.0, -3.0, 3.0, 9.0), (-6.0, -0.848, -0.847, 6.0))
    found = fit_calibration(*outcomes(truth), how)
    assert found != Calibration()
    assert (np.diff(found(np.linspace(0.05, 0.95, 50, dtype=np.float32))) > 0).all()


def test_bins_are_pooled_by_hand() -> None:
    """Four outputs in two bins: 0.2 is once landslide, 0.8 not: shares (1 + ½)/(1 + 1) = ¾ and ¼, pooled to a half, which do not rise."""
    assert (
        fit_calibration(np.array([0.2, 0.8], np.float32), np.array([1, 0], np.uint8), "isotonic")
        == Calibration()
    )
    found = fit_calibration(
        np.array([0.2, 0.8], np.float32), np.array([0, 1], np.uint8), "isotonic"
    )
    far = logit(0.9999)  # beyond the shares it rises a little on
    assert found.outputs == pytest.approx([-far, -np.log(4), np.log(4), far], abs=1e-5)
    ends = [-np.log(3), -np.log(3), np.log(3), np.log(3)]
    assert found.probabilities == pytest.approx(
        [end + 0.001 * at for end, at in zip(ends, found.outputs, strict=True)], abs=1e-5
    )


@pytest.mark.parametrize("how", ["platt", "isotonic"])
def test_unknown_pixels_do_not_calibrate(how: str) -> None:
    output, labels = outcomes(line(0.5, -2.0))
    more = np.concatenate([labels, np.full(1000, UNKNOWN, np.uint8)])
    assert fit_calibration(
        np.concatenate([output, np.ones(1000, np.float32)]), more, how
    ) == fit_calibration(output, labels, how)


@pytest.mark.parametrize("how", ["platt", "isotonic"])
@pytest.mark.parametrize("labels", [[0, 0, 0], [1, 1, 1], [UNKNOWN] * 3, [1, 1, 0]])
def test_what_cannot_be_calibrated_stays_as_it_is(labels: list[int], how: str) -> None:
    """Nothing or everything landslide, nothing known, or higher outputs for fewer landslides."""
    assert (
        fit_calibration(np.array([0.1, 0.2, 0.9], np.float32), np.array(labels, np.uint8), how)
        == Calibration()
    )


def test_none_is_none() -> None:
    assert fit_calibration(*outcomes(line(0.5, -2.0)), "none") == Calibration()


def test_the_threshold_that_a_map_expects_most_of() -> None:
    # 1.8 landslides are expected. F1 expected with one pixel 2·0.9/(1+1.8) = 0.64, two 2·1.5/(2+1.8) = 0.79, three 2·1.7/(3+1.8) = 0.71
    assert expected_threshold(np.array([0.2, 0.9, 0.1, 0.6], np.float32)) == 0.6


@pytest.mark.parametrize("probability", [[], [0.0, 0.0]])
def test_where_nothing_is_probable_it_is_a_half(probability: list[float]) -> None:
    assert expected_threshold(np.array(probability, np.float32)) == DEFAULT_THRESHOLD


@given(st.integers(0, 2**32 - 1), st.floats(0.5, 3))
def test_it_is_half_of_the_f1_expected_and_near_the_best(seed: int, spread: float) -> None:
    """Of probabilities that hold: landslides are drawn with them. Lipton et al. (2014), theorem 1."""
    rng = np.random.default_rng(seed)
    probability = (1 / (1 + np.exp(-rng.normal(-2, spread, 20_000)))).astype(np.float32)
    labels = (rng.random(20_000) < probability).astype(np.uint8)
    got, best = expected_threshold(probability), best_threshold(probability, labels)
    assert got == pytest.approx(f1_at(probability, labels, got) / 2, abs=0.03)
    assert f1_at(probability, labels, got) > f1_at(probability, labels, best) - 0.02


@given(
    st.integers(0, 2**32 - 1),
    st.floats(0.01, 3),
    st.floats(-6, 3),
    st.sampled_from(["isotonic", "platt", "temperature"]),
)
def test_a_map_is_the_same_before_and_after(
    seed: int, spread: float, level: float, how: str
) -> None:
    """However narrow the outputs are: what the threshold parts before calibration it parts after it."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(2000) < 0.1).astype(np.uint8)
    output = (1 / (1 + np.exp(-level - spread * (labels + rng.normal(0, 0.5, 2000))))).astype(
        np.float32
    )
    calibrated, threshold = fit_calibration(output, labels, how), best_threshold(output, labels)
    probable = float(calibrated(np.array(threshold, np.float32)))
    # a pixel that lies within 1e-5 of the threshold may change sides: probabilities have seven digits
    assert f1_at(calibrated(output), labels, probable) == pytest.approx(
        f1_at(output, labels, threshold), abs=0.005
    )


def test_a_map_on_which_next_to_nothing_is_probable_is_not_all_landslide() -> None:
    assert expected_threshold(np.full(10, 0.0004, np.float32)) == 0.001
