"""Patches: image and labels are cut together, and nothing hidden shows."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slidelens.dataset.parts import UNKNOWN
from slidelens.errors import SceneError
from slidelens.geo.rasterise import rasterise
from slidelens.learning.data.augmentation import random_matrix
from slidelens.learning.data.patches import batches, cut_patch, patch_centres
from slidelens.learning.data.pixels import read_pixels
from slidelens.learning.data.training_data import TrainingData, hide_outside
from slidelens.types import Float32, UInt8
from support.learning.trainings import LEARNING, STILL
from support.studies import area_grid, landslides

GRID = area_grid()
LABELS = rasterise(landslides(GRID, 20, seed=1), GRID).astype(np.uint8)
QUIET = {"gain": 0.0, "offset": 0.0, "patch": 32}


def ground(labels: UInt8 = LABELS) -> TrainingData:
    """One channel holds the label + 1, the other noise."""
    rng = np.random.default_rng(1)
    pixels = np.stack([labels + 1.0, rng.normal(5, 1, labels.shape)], axis=-1).astype(np.float32)
    return TrainingData(pixels, labels)


def draw(data: TrainingData, count: int, seed: int = 1, **changes: Any) -> tuple[Float32, UInt8]:
    """The pixels and labels of `count` batches of 4 patches."""
    learning = LEARNING.model_copy(update=QUIET | changes)
    drawn = list(islice(batches(data, learning, 4, seed), count))
    return np.concatenate([pixels for pixels, _ in drawn]), np.concatenate(
        [labels for _, labels in drawn]
    )


def test_cut_without_a_map_is_a_slice() -> None:
    # A patch of 4 around (10.5, 20.5) is rows 9…12 and columns 19…22.
    pixels, labels = cut_patch(ground(), np.array([10.5, 20.5]), np.eye(2), 4)
    np.testing.assert_allclose(pixels, read_pixels(ground().pixels)[9:13, 19:23], rtol=1e-6)
    np.testing.assert_array_equal(labels, LABELS[9:13, 19:23])


@pytest.mark.parametrize(
    ("matrix", "same"),
    [
        ([[0, 1], [1, 0]], lambda a: np.swapaxes(a, 0, 1)),
        ([[-1, 0], [0, 1]], lambda a: a[::-1]),
        ([[1, 0], [0, -1]], lambda a: a[:, ::-1]),
        ([[0, 1], [-1, 0]], np.rot90),
    ],
)
def test_turns_and_flips_are_those_of_numpy_for_image_and_labels_alike(
    matrix: list[list[int]], same: Any
) -> None:
    pixels, labels = cut_patch(ground(), np.array([30.5, 40.5]), np.array(matrix, float), 16)
    np.testing.assert_allclose(pixels, same(read_pixels(ground().pixels)[23:39, 33:49]), rtol=1e-6)
    np.testing.assert_array_equal(labels, same(LABELS[23:39, 33:49]))


def test_between_four_pixels_lies_their_weighted_mean() -> None:
    # at row 0.25, column 0.5: (1 − 0.25)(1 + 2)/2 + 0.25 (3 + 4)/2 = 2.0
    four = TrainingData(
        np.array([[1, 2], [3, 4]], np.float32)[..., None], np.zeros((2, 2), np.uint8)
    )
    pixels, _ = cut_patch(four, np.array([0.25, 0.5]), np.eye(2), 1)
    assert pixels.item() == pytest.approx(2.0)


def test_image_and_labels_are_transformed_together() -> None:
    pixels, labels = draw(ground(), 40)
    channel, known = pixels[..., 0], labels[..., 0] != UNKNOWN
    # Bilinear against nearest: within half a pixel of an outline the channel is between 1 and 2.
    certain = known & ((channel < 1.01) | (channel > 1.99))
    assert certain.mean() > 0.5
    np.testing.assert_array_equal(channel[certain] > 1.5, labels[..., 0][certain] == 1)
    assert np.abs(channel - 1 - labels[..., 0])[known].max() <= 0.75 + 1e-3
    assert (np.abs(channel - 1 - labels[..., 0])[known] > 0.5).mean() < 0.02


def test_without_turning_the_channel_is_the_label_exactly() -> None:
    whole = ground()
    for centre in ([30.5, 40.5], [10.5, 80.5]):
        pixels, labels = cut_patch(whole, np.array(centre), np.diag([-1.0, 1.0]), 32)
        known = labels != UNKNOWN
        np.testing.assert_allclose(pixels[known, 0], labels[known] + 1, rtol=1e-6)


def test_labels_are_unknown_wherever_the_image_is_hidden() -> None:
    visible = np.ones(LABELS.shape, bool)
    visible[40:60, 30:70] = False
    data = hide_outside(read_pixels(ground().pixels), LABELS, visible, np.ones_like(visible))
    pixels, labels = draw(data, 30)
    hidden = ~(pixels != 0).any(axis=-1)
    assert 0.05 < hidden.mean() < 0.6
    assert (labels[hidden] == UNKNOWN).all()


def test_hidden_pixels_do_not_bleed_into_their_neighbours() -> None:
    visible = np.ones(LABELS.shape, bool)
    visible[40:60, 30:70] = False
    pixels, _ = draw(hide_outside(read_pixels(ground().pixels), LABELS, visible, visible), 30)
    # a share of hidden zeros would lie between
    assert ((pixels[..., 0] == 0) | (pixels[..., 0] > 0.999)).all()


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.floats(-20, 120), st.floats(-20, 120))
def test_nothing_hidden_shows(seed: int, row: float, column: float) -> None:
    rng = np.random.default_rng(seed)
    visible = rng.random(LABELS.shape) > 0.3
    poisoned = np.where(visible[..., None], read_pixels(ground().pixels), np.float32(1e30))
    matrix = random_matrix(rng, LEARNING)
    hidden = hide_outside(read_pixels(ground().pixels), LABELS, visible, visible)
    clean = cut_patch(hidden, np.array([row, column]), matrix, 32)
    poisoned_patch = cut_patch(
        hide_outside(poisoned, np.where(visible, LABELS, 1 - LABELS), visible, visible),
        np.array([row, column]),
        matrix,
        32,
    )
    for expected, result in zip(clean, poisoned_patch, strict=True):
        np.testing.assert_array_equal(result, expected)


def test_labels_are_shown_only_where_they_may_be_learnt() -> None:
    visible, labelled = np.zeros((2, 2), bool), np.ones((2, 2), bool)
    visible[0] = True
    data = hide_outside(
        np.ones((2, 2, 1), np.float32), np.array([[0, 1], [0, 1]], np.uint8), visible, labelled
    )
    assert data.labels.tolist() == [[0, 1], [UNKNOWN, UNKNOWN]]
    assert read_pixels(data.pixels)[..., 0].tolist() == [[1, 1], [0, 0]]


def test_batches_have_the_shapes_and_types_that_the_network_takes() -> None:
    pixels, labels = next(batches(ground(), LEARNING.model_copy(update={"patch": 32}), 4, seed=1))
    assert (pixels.shape, labels.shape) == ((4, 32, 32, 2), (4, 32, 32, 1))
    assert pixels.dtype == np.float32
    assert labels.dtype == np.uint8


def test_a_seed_gives_the_same_batches_and_another_seed_others() -> None:
    first, same, different = (draw(ground(), 3, seed=seed, gain=0.1) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first[0], same[0])
    np.testing.assert_array_equal(first[1], same[1])
    assert (first[0] != different[0]).any()


def test_no_two_patches_are_alike() -> None:
    pixels, _ = draw(ground(), 10)
    assert len({patch.tobytes() for patch in pixels}) == len(pixels)


def test_a_share_of_the_patches_is_centred_on_landslides() -> None:
    labels = np.zeros((200, 200), np.uint8)
    labels[100, 100] = 1  # one pixel in 40,000: a patch centred elsewhere all but never holds it
    share = {}
    for wanted in (0.0, 0.5, 1.0):
        _, labels_drawn = draw(
            ground(labels), 50, landslide_share=wanted, rotation_deg=0.0, shear_deg=0.0, scale=0.0
        )
        share[wanted] = (labels_drawn == 1).any(axis=(1, 2, 3)).mean()
    assert share[0.0] < 0.1
    assert share[0.5] == pytest.approx(0.5, abs=0.12)
    assert share[1.0] > 0.97


def test_the_landslide_is_not_always_in_the_middle() -> None:
    labels = np.zeros((200, 200), np.uint8)
    labels[100, 100] = 1
    _, labels_drawn = draw(
        ground(labels),
        50,
        landslide_share=1.0,
        rotation_deg=0.0,
        shear_deg=0.0,
        scale=0.0,
        flips=False,
    )
    rows, columns = np.nonzero(labels_drawn[..., 0] == 1)[1:]
    assert rows.min() < 6
    assert rows.max() > 25
    assert columns.min() < 6
    assert columns.max() > 25


@pytest.mark.parametrize("label", [0, UNKNOWN])
def test_training_data_without_landslides_is_refused(label: int) -> None:
    with pytest.raises(
        SceneError, match="^no landslide pixels in the training blocks; add landslides or reduce"
    ):
        next(batches(ground(np.full((96, 96), label, np.uint8)), LEARNING, 4, seed=1))


def test_centres_are_known_pixels() -> None:
    labels = np.array([[UNKNOWN, 0], [1, UNKNOWN]], np.uint8)
    known, landslide = patch_centres(labels)
    assert [known[position] for position in range(len(known))] == [1, 2]
    assert landslide.tolist() == [2]


def test_still_is_the_identity() -> None:
    np.testing.assert_array_equal(random_matrix(np.random.default_rng(1), STILL), np.eye(2))
