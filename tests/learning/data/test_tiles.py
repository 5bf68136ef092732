"""Validation tiles: every known pixel once, its context, and pooled scores."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from slidelens.dataset.parts import UNKNOWN
from slidelens.errors import ResourceError, SceneError
from slidelens.learning.data.tiles import (
    Tiles,
    predict_tiles,
    score_tiles,
    tile_batches,
    tile_side,
    validation_tiles,
)
from slidelens.learning.data.training_data import TrainingData
from slidelens.learning.scores import pooled_loss
from support.learning.trainings import LEARNING


def test_tiles_hold_every_known_pixel_once() -> None:
    labels = np.full((70, 50), UNKNOWN, np.uint8)
    labels[:33, :20] = 0
    labels[60:, 40:] = 1
    tiles = validation_tiles(TrainingData(np.ones((70, 50, 2), np.float32), labels), side=32)
    assert tiles.pixels.shape == (*tiles.labels.shape, 2)
    assert tiles.pixels.shape[1] == tiles.pixels.shape[2] == 96  # 32, and 32 on both sides
    # 0 is in the two upper tiles on the left, 1 in the two lower ones on the right
    assert len(tiles.labels) == 4
    assert (tiles.labels == 0).sum() == 33 * 20
    assert (tiles.labels == 1).sum() == 10 * 10


@pytest.mark.parametrize("number", [1, 3, 4, 100])
def test_batches_of_tiles_are_the_tiles_some_at_a_time(number: int) -> None:
    rng = np.random.default_rng(3)
    labels = np.full((300, 200), UNKNOWN, np.uint8)
    labels[:140, :90], labels[260:, 140:] = 0, 1
    data = TrainingData(rng.random((300, 200, 2), np.float32), labels)
    whole, batches = validation_tiles(data, side=128), list(tile_batches(data, 128, number))
    assert len(whole.pixels) == 3
    assert [len(batch.pixels) for batch in batches[:-1]] == [number] * (len(batches) - 1)
    assert {batch.side for batch in batches} == {128}
    for name in ("pixels", "labels"):
        parts = [getattr(batch, name) for batch in batches]
        np.testing.assert_array_equal(np.concatenate(parts), getattr(whole, name))
    nothing = TrainingData(data.pixels, np.full_like(labels, UNKNOWN))
    assert list(tile_batches(nothing, 128, number)) == []


@pytest.mark.parametrize(("tile_px", "side"), [(None, 120), (40, 40)])
def test_small_tiles_of_an_image_are_joined_in_batches(tile_px: int | None, side: int) -> None:
    labels = np.zeros((120, 80), np.uint8)
    data = TrainingData(np.ones((120, 80, 1), np.float32), labels, tile_px)
    batches = list(tile_batches(data, 40, 100))
    assert [batch.side for batch in batches] == [side]
    assert (batches[0].labels == 0).sum() == 120 * 80


def test_tiles_that_are_too_large_for_the_memory() -> None:
    data = TrainingData(np.ones((70, 50, 2), np.float32), np.zeros((70, 50), np.uint8))
    with pytest.raises(ResourceError, match=r"validation in tiles of .*; make split.block_m small"):
        validation_tiles(data, side=2**30)


def test_a_tile_looks_at_what_lies_around_it() -> None:
    pixels = (1 + np.arange(64 * 64, dtype=np.float32)).reshape(64, 64, 1)
    labels = np.full((64, 64), UNKNOWN, np.uint8)
    labels[32:, 32:] = 0
    tiles = validation_tiles(TrainingData(pixels, labels), side=32)
    assert len(tiles.labels) == 1
    np.testing.assert_array_equal(tiles.pixels[0, :64, :64], pixels)
    assert not tiles.pixels[0, 64:].any()
    assert not tiles.pixels[0, :, 64:].any()


def test_a_tiles_side_is_a_multiple_of_16_whatever_the_block() -> None:
    tiles = validation_tiles(
        TrainingData(np.ones((50, 50, 1), np.float32), np.zeros((50, 50), np.uint8)), side=25
    )
    assert tiles.pixels.shape[1] % 16 == 0
    assert (tiles.labels == 0).sum() == 50 * 50


def test_no_known_validation_pixel_is_refused() -> None:
    unknown = np.full((64, 64), UNKNOWN, np.uint8)
    with pytest.raises(
        SceneError, match="no known pixel in the validation blocks to choose the best epoch by"
    ):
        validation_tiles(TrainingData(np.ones((64, 64, 1), np.float32), unknown), side=32)


def test_tiles_are_predicted_in_batches_of_one_size() -> None:
    batches: list[int] = []

    def means(pixels: Any) -> Any:
        batches.append(len(pixels))
        return pixels.mean(axis=-1)

    pixels = np.arange(9 * 4 * 4 * 2, dtype=np.float32).reshape(9, 4, 4, 2)
    tiles = Tiles(pixels, np.zeros((9, 4, 4), np.uint8), 4)
    np.testing.assert_array_equal(predict_tiles(means, tiles, largest=4), pixels.mean(axis=-1))
    assert batches == [3, 3, 3]  # 9 in 3 batches
    np.testing.assert_array_equal(predict_tiles(means, tiles, largest=8), pixels.mean(axis=-1))
    assert batches[3:] == [5, 5]  # the last one padded


def test_scores_are_pooled_over_the_tiles() -> None:
    # Tile 1: 3 hits; tile 2: 1 missed, 1 false, 1 unknown. Precision, recall and F1 are 3/4; a mean
    # over the tiles would be (1 + 0) / 2.
    labels = np.array([[[1, 1], [1, 0]], [[1, 0], [0, UNKNOWN]]], np.uint8)
    probabilities = np.array([[[0.9, 0.9], [0.9, 0.1]], [[0.1, 0.9], [0.1, 0.9]]], np.float32)
    tiles = Tiles(np.zeros((2, 2, 2, 1), np.float32), labels, 2)
    scores = score_tiles(tiles, probabilities, LEARNING)
    assert (scores["precision"], scores["recall"], scores["f1"]) == (0.75, 0.75, 0.75)
    assert scores["loss"] == pooled_loss(labels, probabilities, LEARNING)
    at_threshold = score_tiles(tiles, np.full_like(probabilities, 0.5), LEARNING)
    assert (at_threshold["precision"], at_threshold["recall"]) == (4 / 7, 1)


@pytest.mark.parametrize(
    ("block_px", "side"), [(16, 16), (200, 200), (512, 512), (513, 257), (2000, 500)]
)
def test_tiles_of_large_blocks_are_equal_parts_of_them(block_px: int, side: int) -> None:
    assert tile_side(block_px) == side
