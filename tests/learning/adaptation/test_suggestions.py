"""Boxes worth marking: unsure or different, spread over the scene, not on marks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from slidelens.geo.windowed import Part
from slidelens.learning.adaptation.sample import take_sample
from slidelens.learning.adaptation.suggestions import (
    BOX_PX,
    DIFFERENT,
    UNSURE,
    Features,
    Suggestion,
    marked_in,
    pool_boxes,
    pool_marks,
    suggest,
)
from support.learning.trainings import two_layer_network


def suggested(
    number: int, centre: tuple[int, int] = (0, 0), marked: Part | None = None
) -> list[Suggestion]:
    """A scene of 512 × 512 pixels: one box unsure, one unlike all else."""
    known = np.zeros((512, 512), bool)
    if marked is not None:
        known[marked] = True
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
        np.array([centre]),
        marked_in(sample, known, (0, 0)),
        number,
    )


def test_the_most_unsure_and_the_most_different_come_first() -> None:
    first, second = suggested(2)
    assert (first.row, first.column, first.reason) == (96, 320, UNSURE)
    assert first.unsureness == 1.0
    assert (second.row, second.column, second.reason) == (384, 64, DIFFERENT)


def test_boxes_are_apart_from_each_other_and_from_marks() -> None:
    boxes = suggested(12, centre=(112, 336))
    places = np.array([(box.row, box.column) for box in boxes])
    gaps = np.abs(places[:, None] - places[None]).max(axis=-1)
    assert (gaps[~np.eye(len(boxes), dtype=bool)] >= 3 * BOX_PX).all()
    assert (np.abs(places + BOX_PX // 2 - (112, 336)).max(axis=1) >= BOX_PX).all()
    assert {box.reason for box in boxes} == {UNSURE, DIFFERENT}


def test_no_box_has_a_marked_pixel_however_far_the_middle_of_the_mark_is() -> None:
    # The last pixel of the most unsure box, and the first of the most different one
    boxes = suggested(2, centre=(0, 511), marked=(slice(127, 385), slice(64, 321)))
    assert not {(96, 320), (384, 64)} & {(box.row, box.column) for box in boxes}
    beside = suggested(2, centre=(0, 511), marked=(slice(128, 384), slice(0, 512)))
    assert [(box.row, box.column) for box in beside] == [(96, 320), (384, 64)]


@pytest.mark.parametrize("corner", [(0, 0), (70, 10), (300, 300)])
def test_marked_pixels_are_found_in_the_tiles_of_the_scene(corner: tuple[int, int]) -> None:
    sample = take_sample(np.ones((200, 150, 1), np.float32), 1)
    whole, marked = np.zeros((512, 512), bool), np.random.default_rng(1).random((90, 120)) > 0.5
    whole[corner[0] : corner[0] + 90, corner[1] : corner[1] + 120] = marked
    expected = [whole[row : row + 64, column : column + 64] for row, column in sample.corners]
    np.testing.assert_array_equal(marked_in(sample, marked, corner), np.stack(expected))


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


def test_boxes_have_the_means_of_their_seen_pixels() -> None:
    random = np.random.default_rng(1)
    values = random.normal(size=(3, 70, 70, 2)).astype(np.float32)
    seen = random.random((3, 70, 70)) > 0.3
    seen[0, :32, :32] = False
    means, share = pool_boxes(values, seen)
    assert means.shape == (3, 2, 2, 2)
    assert share[0, 0, 0] == means[0, 0, 0].max() == 0
    box = values[2, 32:64, :32][seen[2, 32:64, :32]]
    np.testing.assert_allclose(means[2, 1, 0], box.mean(axis=0), rtol=1e-5)
    assert share[2, 1, 0] == len(box) / 32**2


def test_differences_are_in_deviations_of_the_scene_from_the_nearest_mark() -> None:
    """Of features of any scale; a scene without a box that is seen has no suggestion."""
    sample = take_sample(np.ones((256, 256, 1), np.float32), 1)
    random = np.random.default_rng(1)
    boxes = random.normal(size=(16, 2, 2, 3)) * [1, 100, 0.01]
    features = boxes.repeat(BOX_PX, axis=1).repeat(BOX_PX, axis=2).astype(np.float32)
    probability = np.full(features.shape[:3], 0.2, np.float32)
    marks, nothing = random.normal(size=(4, 3)) * [1, 100, 0.01], np.zeros(features.shape[:3], bool)
    found = suggest(sample, probability, features, marks, np.array([[-999, 0]]), nothing, 4)
    pooled = boxes.reshape(-1, 3)
    distances = np.linalg.norm((pooled[:, None] - marks) / pooled.std(axis=0), axis=2).min(axis=1)
    assert found[1].difference == pytest.approx(distances.max(), rel=1e-4)
    unseen = replace(sample, pixels=np.zeros_like(sample.pixels))
    assert suggest(unseen, probability, features, marks, np.array([[0, 0]]), nothing, 4) == []
