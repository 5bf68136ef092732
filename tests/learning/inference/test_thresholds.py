"""Thresholds: the best one on known pixels, and the one of highest expected F1."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from slidelens.dataset.parts import UNKNOWN
from slidelens.learning.inference.thresholds import (
    DEFAULT_THRESHOLD,
    LOGITS,
    BestThreshold,
    best_threshold,
    expected_threshold,
    f1_between,
    f1_curve,
    middle_of_best,
)
from slidelens.learning.scores import ground_weights
from slidelens.types import Float32, UInt8

STEPS = np.round(np.arange(0.02, 0.985, 0.01), 2)


def f1_at(probabilities: Float32, labels: UInt8, threshold: float) -> float:
    """By hand: 2 TP / (2 TP + FP + FN)."""
    predicted, landslide = probabilities >= np.float32(threshold), labels == 1
    true_positive = int((predicted & landslide).sum())
    false_positive = int((predicted & (labels == 0)).sum())
    false_negative = int((~predicted & landslide).sum())
    if not true_positive:
        return 0.0
    return 2 * true_positive / (2 * true_positive + false_positive + false_negative)


def test_between_two_separate_groups_it_is_the_middle() -> None:
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
    threshold = best_threshold(probabilities, labels)
    assert f1_at(probabilities, labels, threshold) == pytest.approx(
        max(f1_at(probabilities, labels, step) for step in STEPS)
    )


def test_a_flat_top_is_taken_in_its_middle() -> None:
    # Of 1000 landslide pixels 500 have 0.95 and 500 have 0.3; 5 other pixels have 0.35. F1 is
    # 0.9975 up to 0.3, 2·500 / (2·500 + 500) = 0.667 at 0.36 … 0.95, and less at 0.31 … 0.35. So
    # the range is 0.02 … 0.3, its middle 0.16.
    probabilities = np.array([0.95] * 500 + [0.3] * 500 + [0.35] * 5, np.float32)
    labels = np.array([1] * 1000 + [0] * 5, np.uint8)
    assert best_threshold(probabilities, labels) == 0.16
    # A sixth false pixel at 0.05 costs 0.0005: the range stays, though the best begins at 0.06.
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
    # Half-way between steps, so that rounding to a step does not matter.
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


def tuned_threshold(*parts: tuple[Float32, UInt8]) -> float:
    best = BestThreshold()
    for output, labels in parts:
        best.add(output, labels)
    return best.choose()


def test_the_tuned_threshold_is_the_middle_in_logits() -> None:
    """Logits of −6 and −2 are to be separated; the middle of the outputs would be 0.06."""
    output = expit(np.array([-7, -6, -2, -1])).astype(np.float32)
    labels = np.array([0, 0, 1, 1], np.uint8)
    assert logit(tuned_threshold((output, labels))) == pytest.approx(-4, abs=0.03)
    assert logit(tuned_threshold((1 - output, 1 - labels))) == pytest.approx(4, abs=0.03)


def test_the_tuned_threshold_of_certain_outputs() -> None:
    output = np.array([0, 0, 1, 1], np.float32)
    assert tuned_threshold((output, np.array([0, 0, 1, 1], np.uint8))) == pytest.approx(0.5)


def test_the_middle_of_the_best_thresholds() -> None:
    f1 = np.zeros(len(LOGITS))
    f1[100:110], f1[105], f1[200:240] = 0.6, 0.605, 0.598
    assert middle_of_best(f1) == 104
    assert middle_of_best(np.ones(len(LOGITS))) == (len(LOGITS) - 1) // 2


def test_f1_from_histograms_by_hand() -> None:
    """At the first threshold 3 hits of 4 and 2 false pixels, at the second 2 and 0."""
    found = f1_between(np.array([1, 1, 2]), np.array([7, 2, 0]))
    assert found == pytest.approx([2 * 3 / (3 + 2 + 4), 2 * 2 / (2 + 4)])
    assert f1_between(np.zeros(3), np.zeros(3)).tolist() == [0, 0]


def test_bare_ground_by_the_share_of_labelled_landslides_finds_the_threshold_of_all() -> None:
    """A fifth of the landslides is labelled: with all bare ground the threshold is too high."""
    rng = np.random.default_rng(8)
    labels = np.repeat(np.array([1, 0], np.uint8), [4000, 40_000])
    output = expit(rng.normal(np.where(labels == 1, 1.0, -1.0), 1.0)).astype(np.float32)
    few = np.where((labels == 1) & (rng.random(len(labels)) > 0.2), np.uint8(UNKNOWN), labels)
    weighted = BestThreshold()
    weighted.add(output, few, bare_weight=0.2)
    every, unweighted = tuned_threshold((output, labels)), tuned_threshold((output, few))
    assert logit(weighted.choose()) == pytest.approx(logit(every), abs=0.15)
    assert logit(unweighted) > logit(every) + 0.5


@pytest.mark.parametrize("labels", [[0, 0], [UNKNOWN, UNKNOWN], []])
def test_without_a_landslide_the_tuned_threshold_is_a_half(labels: list[int]) -> None:
    pixels = np.full(len(labels), 0.9, np.float32), np.array(labels, np.uint8)
    assert tuned_threshold(pixels) == tuned_threshold() == DEFAULT_THRESHOLD


@given(
    st.lists(
        st.tuples(st.floats(-8.9, 8.9), st.sampled_from([0, 1, UNKNOWN])), min_size=1, max_size=60
    ),
    st.integers(0, 60),
)
def test_no_logit_does_better_and_parts_do_not_matter(
    pairs: list[tuple[float, int]], cut: int
) -> None:
    # Half-way between the logits of the thresholds, so that rounding does not matter.
    output = expit(np.array([np.floor(each / 0.05) * 0.05 + 0.025 for each, _ in pairs]))
    pixels, labels = output.astype(np.float32), np.array([label for _, label in pairs], np.uint8)
    threshold = tuned_threshold((pixels, labels))
    halves = (pixels[:cut], labels[:cut]), (pixels[cut:], labels[cut:])
    assert tuned_threshold(*halves) == tuned_threshold(*halves[::-1]) == threshold
    if (labels == 1).any():
        best = max(f1_at(pixels, labels, float(expit(each))) for each in LOGITS)
        assert f1_at(pixels, labels, threshold) >= best - 0.01 - 1e-9


def test_the_expected_threshold_by_hand() -> None:
    # 1.8 landslide pixels are expected. The expected F1 of the first pixel is 2·0.9/(1 + 1.8) =
    # 0.64, of two 2·1.5/(2 + 1.8) = 0.79, of three 2·1.7/(3 + 1.8) = 0.71.
    assert expected_threshold(np.array([0.2, 0.9, 0.1, 0.6], np.float32)) == 0.6


@pytest.mark.parametrize("probability", [[], [0.0, 0.0]])
def test_with_all_probabilities_0_it_is_a_half(probability: list[float]) -> None:
    assert expected_threshold(np.array(probability, np.float32)) == DEFAULT_THRESHOLD


@given(st.integers(0, 2**32 - 1), st.floats(0.5, 3))
def test_the_expected_threshold_is_half_of_its_f1_and_near_the_best(
    seed: int, spread: float
) -> None:
    """For labels drawn with the probabilities: Lipton et al. (2014), theorem 1."""
    rng = np.random.default_rng(seed)
    probability = (1 / (1 + np.exp(-rng.normal(-2, spread, 20_000)))).astype(np.float32)
    labels = (rng.random(20_000) < probability).astype(np.uint8)
    threshold, best = expected_threshold(probability), best_threshold(probability, labels)
    assert threshold == pytest.approx(f1_at(probability, labels, threshold) / 2, abs=0.03)
    assert f1_at(probability, labels, threshold) > f1_at(probability, labels, best) - 0.02


def test_a_map_of_very_low_probabilities_is_not_all_landslide() -> None:
    assert expected_threshold(np.full(10, 0.0004, np.float32)) == 0.001


def test_the_threshold_is_the_best_for_the_true_share_of_landslides() -> None:
    """Half of the labels are landslide; where one pixel in a hundred is, false alarms weigh more.

    Ground at that share, of the same scores, has its best threshold where the weights put it.
    """
    rng = np.random.default_rng(5)

    def ground(landslides: int, bare: int) -> tuple[Float32, UInt8]:
        labels = np.repeat(np.array([1, 0], np.uint8), [landslides, bare])
        scores = rng.normal(np.where(labels == 1, 1.0, -1.0), 0.8)
        return (1 / (1 + np.exp(-scores))).astype(np.float32), labels

    balanced, true = ground(20_000, 20_000), ground(20_000, 1_980_000)
    weights = ground_weights(balanced[1], 0.01) * 40_000
    found, best = best_threshold(*balanced, weights), best_threshold(*true)
    assert found == pytest.approx(best, abs=0.03)
    assert best_threshold(*balanced) < best - 0.15
