"""Intervals for what is predicted elsewhere, from cells where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slidelens.analysis.accuracy.ratio_estimator import ratio_interval


def test_where_every_cell_agrees_there_is_no_doubt() -> None:
    found = ratio_interval(np.array([2.0, 4, 6, 8]), np.array([4.0, 8, 12, 16]), 20, 0.9)
    assert found is not None
    assert (found.estimate, found.low, found.high, found.confidence) == (10, 10, 10, 0.9)


def test_by_hand() -> None:
    # R = 12/8 = 1.5; residuals ∓1, ±1 by pairs: (1 + 1 + 1 + 1)/2 = 2 over 3 cells more: 2/3;
    # 2/3·8·(1 + 8/8) = 32/3; t(0.95; 3) = 2.3534.
    found = ratio_interval(np.array([2.0, 4, 2, 4]), np.array([2.0, 2, 2, 2]), 8, 0.9)
    assert found is not None
    assert found.estimate == 12
    half = 2.3533634 * (32 / 3) ** 0.5
    assert [found.low, found.high] == pytest.approx([12 - half, 12 + half])


def test_it_does_not_go_below_nothing() -> None:
    found = ratio_interval(np.array([0.0, 9, 0, 1]), np.array([2.0, 2, 2, 2]), 2, 0.9)
    assert found is not None
    assert found.low == 0


@pytest.mark.parametrize(
    ("known", "predicted"),
    [
        ([], []),
        ([1, 2, 3], [1, 2, 3]),
        ([1, 1, 1, 1, 1], [0, 0, 0, 0, 0]),
        ([5, 1, 1, 1], [0, 1, 1, 1]),
    ],
)
def test_too_few_cells_say_nothing(known: list[float], predicted: list[float]) -> None:
    assert ratio_interval(np.array(known), np.array(predicted), 5, 0.9) is None


def test_cells_without_prediction_are_told_with_others() -> None:
    # Mean 8/6: those below a tenth of it, both of 0, go together with the smallest of the others,
    # whose true figure grows to 1 + 3 + 2.
    with_empty = ratio_interval(
        np.array([1.0, 3, 2, 2, 2, 2]), np.array([0.0, 0, 2, 2, 2, 2]), 10, 0.9
    )
    together = ratio_interval(np.array([6.0, 2, 2, 2]), np.array([2.0, 2, 2, 2]), 10, 0.9)
    assert with_empty == together


def test_a_cell_of_a_tenth_of_the_mean_stands_alone() -> None:
    # Mean 2: 0.2 is a tenth of it and stays, 0.19 does not. R = 10/10; the residual of the smallest
    # cell is 0.8, 0.64/0.2 = 3.2, and the next one has −0.8, 0.64/1.8.
    alone = ratio_interval(np.array([1.0, 1, 2, 3, 3]), np.array([0.2, 1.8, 2, 3, 3]), 10, 0.9)
    assert alone is not None
    variance = (0.64 / 0.2 + 0.64 / 1.8) / 4
    half = 2.1318468 * (variance * 10 * 2) ** 0.5  # t(0.95; 4)
    assert alone.high == pytest.approx(10 + half)
    pooled = ratio_interval(np.array([1.0, 1, 2, 3, 3]), np.array([0.19, 1.81, 2, 3, 3]), 10, 0.9)
    together = ratio_interval(np.array([2.0, 2, 3, 3]), np.array([2.0, 2, 3, 3]), 10, 0.9)
    assert pooled == together


@given(st.integers(0, 2**32 - 1))
def test_the_order_of_cells_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    predicted = rng.integers(0, 9, 12).astype(float)
    known, order = rng.poisson(predicted).astype(float), rng.permutation(12)
    interval = ratio_interval(known, predicted, 30, 0.8)
    shuffled = ratio_interval(known[order], predicted[order], 30, 0.8)
    assert (interval is None) == (shuffled is None)
    if interval and shuffled and len(set(predicted)) == len(predicted):
        assert interval.high == pytest.approx(shuffled.high)


def test_it_holds_the_truth_as_often_as_it_claims() -> None:
    rng, held = np.random.default_rng(1), 0
    for _ in range(1000):
        predicted = rng.gamma(4, 2, 30)
        true = rng.normal(1.3 * predicted, 0.8 * np.sqrt(predicted))
        found = ratio_interval(np.maximum(true[:6], 0), predicted[:6], predicted[6:].sum(), 0.9)
        assert found is not None
        held += found.low <= true[6:].sum() <= found.high
    assert 880 <= held <= 920  # 900 ± 2 standard deviations of 1,000 draws
