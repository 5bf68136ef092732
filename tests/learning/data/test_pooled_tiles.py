"""Validation tiles of several sources count by the weight of their source."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.learning.data.tiles import (
    PooledTiles,
    Tiles,
    predict_tiles,
    score_sources,
    score_tiles,
)
from support.learning.trainings import LEARNING


def tiles(landslide_rows: int, number: int = 1, side: int = 4) -> Tiles:
    """Tiles whose first rows are landslide and whose last column is unknown."""
    labels = np.zeros((number, side, side), np.uint8)
    labels[:, :landslide_rows] = 1
    labels[:, :, -1] = 255
    return Tiles(np.ones((number, side, side, 1), np.float32), labels, side)


def pooled(
    *shares: float, landslide_shares: tuple[float | None, ...] = (None, None)
) -> PooledTiles:
    """12 known pixels, 3 of them landslide, and 56 × 3 with half landslide."""
    return PooledTiles(("a", "b"), (tiles(1), tiles(4, 3, 8)), shares, landslide_shares)


def test_each_source_has_its_share_of_the_weight() -> None:
    both = pooled(0.25, 0.75)
    known = both.labels != 255
    first = np.arange(len(known)) < 16
    assert both.weights[known].mean() == pytest.approx(1)
    assert both.weights[first].sum() / both.weights.sum() == pytest.approx(0.25)
    assert not both.weights[~known].any()
    np.testing.assert_allclose(both.weights, both.true_weights)


def test_landslides_have_their_true_share_of_a_source() -> None:
    both = pooled(0.5, 0.5, landslide_shares=(0.01, None))
    first = np.arange(len(both.labels)) < 16
    landslide = both.labels == 1
    weights = both.true_weights
    assert weights[first & landslide].sum() / weights[first].sum() == pytest.approx(0.01)
    assert weights[first].sum() == pytest.approx(weights[~first].sum())
    assert weights[~first & landslide].sum() / weights[~first].sum() == pytest.approx(0.5)


def test_tiles_of_different_size_are_predicted_one_source_after_another() -> None:
    both = pooled(0.5, 0.5)
    output = predict_tiles(lambda pixels: pixels[..., 0] * pixels.shape[1], both)
    assert output.tolist() == [4] * 16 + [8] * 192


def test_scores_of_evenly_weighted_sources() -> None:
    both = pooled(0.5, 0.5)
    # All of the first is mapped as landslide, nothing of the second.
    output = (np.arange(len(both.labels)) < 16).astype(np.float32)
    scores = score_tiles(both, output, LEARNING)
    # of the first a quarter is landslide, of the second a half
    true_positive, false_positive, missed = 0.5 / 4, 0.5 * 3 / 4, 0.5 / 2
    assert scores["precision"] == pytest.approx(true_positive / (true_positive + false_positive))
    assert scores["recall"] == pytest.approx(true_positive / (true_positive + missed))
    assert scores["f1"] == pytest.approx(
        2 * true_positive / (2 * true_positive + false_positive + missed)
    )
    tversky = true_positive / (true_positive + 0.3 * missed + 0.7 * false_positive)
    assert scores["loss"] == pytest.approx(1 - tversky, abs=1e-4)
    each = score_sources(both, output, LEARNING, 0.5)
    assert each["a"]["f1"] == pytest.approx(2 * 3 / (2 * 3 + 9))
    assert (each["b"]["f1"], each["b"]["precision"]) == (0, None)
    assert score_sources(both.sources[0], output[:16].reshape(1, 4, 4), LEARNING, 0.5) == {}


def test_true_shares_of_landslides_count_in_the_scores_of_each_source_alone() -> None:
    plain = pooled(0.5, 0.5)
    true = pooled(0.5, 0.5, landslide_shares=(0.01, 0.2))
    output = np.full(len(true.labels), 0.6, np.float32)
    assert score_tiles(true, output, LEARNING) == score_tiles(plain, output, LEARNING)
    # everything is mapped as landslide, at the threshold itself
    threshold = float(np.float32(0.6))
    each = score_sources(true, output, LEARNING, threshold)
    for name, share in (("a", 0.01), ("b", 0.2)):
        assert each[name]["precision"] == pytest.approx(share)
        assert each[name]["recall"] == 1
        assert each[name]["f1"] == pytest.approx(2 * share / (1 + share))
        # TP = 0.6 · share, FN = 0.4 · share, FP = 0.6 · (1 − share)
        tversky = 0.6 * share / (0.6 * share + 0.3 * 0.4 * share + 0.7 * 0.6 * (1 - share))
        assert each[name]["loss"] == pytest.approx(1 - tversky, abs=1e-4)
    nothing = score_sources(true, output, LEARNING, 0.61)
    assert [nothing[name]["f1"] for name in ("a", "b")] == [0, 0]


def test_a_source_has_the_scores_that_its_tiles_have_alone() -> None:
    both = pooled(0.3, 0.7)
    output = np.random.default_rng(1).random(len(both.labels)).astype(np.float32)
    learning = LEARNING.model_copy(update={"epsilon": 1.0})
    each = score_sources(both, output, learning, 0.4)
    for index, name in enumerate(both.names):
        alone = score_tiles(*both.of_source(output, index), learning, 0.4)
        assert each[name] == pytest.approx(alone)


def test_weights_that_are_equal_give_the_scores_without_weights() -> None:
    one = tiles(2, 5, 8)
    alone = PooledTiles(("a",), (one,), (1.0,), (None,))
    output = np.random.default_rng(1).random(one.labels.shape).astype(np.float32)
    plain = score_tiles(one, output, LEARNING)
    assert score_tiles(alone, output.ravel(), LEARNING) == pytest.approx(plain)
