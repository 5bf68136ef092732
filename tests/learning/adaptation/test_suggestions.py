"""Boxes worth marking: unsure or different, spread over the scene, not on marks."""

from __future__ import annotations

import numpy as np

from slidelens.learning.adaptation.sample import take_sample
from slidelens.learning.adaptation.suggestions import (
    BOX_PX,
    DIFFERENT,
    UNSURE,
    Features,
    Suggestion,
    pool_marks,
    suggest,
)
from support.learning.trainings import two_layer_network


def suggested(number: int, marked: tuple[int, int] = (0, 0)) -> list[Suggestion]:
    """A scene of 512 × 512 pixels: one box unsure, one unlike all else."""
    sample = take_sample(np.ones((512, 512, 1), np.float32), 1)
    probability = np.full((512, 512), 0.01, np.float32)
    probability[96:128, 320:352] = 0.5
    feature = np.random.default_rng(1).normal(size=(512, 512, 1)).astype(np.float32)
    feature[384:416, 64:96] = 20
    cut = [(slice(row, row + 64), slice(column, column + 64)) for row, column in sample.corners]
    return suggest(
        sample,
        np.stack([probability[part] for part in cut]),
        np.stack([feature[part] for part in cut]),
        np.zeros((1, 1)),
        np.array([marked]),
        number,
    )


def test_the_most_unsure_and_the_most_different_come_first() -> None:
    first, second = suggested(2)
    assert (first.row, first.column, first.reason) == (96, 320, UNSURE)
    assert first.unsureness == 1.0
    assert (second.row, second.column, second.reason) == (384, 64, DIFFERENT)


def test_boxes_are_apart_from_each_other_and_from_marks() -> None:
    boxes = suggested(12, marked=(112, 336))
    places = np.array([(box.row, box.column) for box in boxes])
    gaps = np.abs(places[:, None] - places[None]).max(axis=-1)
    assert (gaps[~np.eye(len(boxes), dtype=bool)] >= 3 * BOX_PX).all()
    assert (np.abs(places + BOX_PX // 2 - (112, 336)).max(axis=1) >= BOX_PX).all()
    assert {box.reason for box in boxes} == {UNSURE, DIFFERENT}


def test_features_are_those_before_the_last_layer() -> None:
    network = two_layer_network(filters=3)
    pixels = np.random.default_rng(1).normal(size=(9, 16, 16, 3)).astype(np.float32)
    features = Features(network)(pixels)
    assert features.shape == (9, 16, 16, 3)
    kernel, bias = network.get_layer("probability").get_weights()
    output = 1 / (1 + np.exp(-(features @ kernel[0, 0] + bias)))
    np.testing.assert_allclose(output, network(pixels), atol=1e-5)


def test_features_of_a_mark_are_the_means_of_its_pixels() -> None:
    values = np.arange(32, dtype=np.float32).reshape(1, 4, 4, 2)
    numbers = np.zeros((1, 4, 4), np.int32)
    numbers[0, 0], numbers[0, 3, :2] = 4, 7
    pooled = pool_marks(values, numbers)
    np.testing.assert_array_equal(pooled, [values[0, 0].mean(0), values[0, 3, :2].mean(0)])
