"""A sample of a scene: tiles from all over it, with what lies around them."""

from __future__ import annotations

import numpy as np

from slidelens.learning.adaptation.sample import sample_places, take_sample


def scene(height: int = 200, width: int = 300) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(height, width, 3)).astype(np.float32)


def test_tiles_are_cut_where_they_say() -> None:
    pixels = scene()
    sample = take_sample(pixels, 1)
    assert len(sample.corners) > 12
    for (row, column), core in zip(sample.corners, sample.pixels[sample.core], strict=True):
        there = pixels[row : row + 64, column : column + 64]
        np.testing.assert_array_equal(core[: there.shape[0], : there.shape[1]], there)
    row, column = sample.corners[0]
    padded = np.pad(pixels, ((32, 200), (32, 200), (0, 0)))
    np.testing.assert_array_equal(sample.pixels[0], padded[row : row + 128, column : column + 128])


def test_tiles_cover_a_small_scene() -> None:
    corners = take_sample(np.ones((192, 320, 1), np.float32), 1).corners
    expected = [[row, column] for row in range(0, 192, 64) for column in range(0, 320, 64)]
    assert sorted(corners.tolist()) == expected


def test_ground_without_data_is_left_out() -> None:
    pixels = scene()
    pixels[:, :150] = 0
    sample = take_sample(pixels, 1)
    assert (sample.corners[:, 1] >= 128).all()
    assert sample.valid.mean() > 0.4
    assert len(take_sample(np.zeros((100, 100, 3), np.float32), 1).pixels) == 0


def test_a_pixel_is_seen_if_one_of_its_bands_is_not_0() -> None:
    pixels = np.zeros((64, 64, 3), np.float32)
    pixels[:40, :, 1] = 1
    sample = take_sample(pixels, 1)
    assert sample.valid.shape == (1, 64, 64)
    assert sample.valid[0, :40].all()
    assert not sample.valid[0, 40:].any()


def test_a_scene_smaller_than_a_tile_is_a_tile() -> None:
    assert len(take_sample(scene(45, 45), 1).pixels) == 1
    pixels = scene(45, 45)
    pixels[:23] = 0
    assert len(take_sample(pixels, 1).pixels) == 0


def test_tiles_of_a_mosaic_are_whole_and_alone() -> None:
    sample = take_sample(scene(64, 96), 1, tile_px=32)
    assert sample.pixels.shape == (6, 32, 32, 3)
    assert sample.context == 0


def test_a_seed_chooses_the_same_places() -> None:
    first, again, other = (take_sample(scene(256, 320), seed, most=5) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.corners, again.corners)
    assert not np.array_equal(first.corners, other.corners)
    assert [(place.row, place.column) for place in sample_places((256, 320), 1, 5)] == [
        tuple(corner) for corner in first.corners.tolist()
    ]
