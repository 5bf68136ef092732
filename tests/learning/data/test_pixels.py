"""Pixels that are read part by part: the same patches and tiles as from memory."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from slidelens.dataset.parts import TRAIN, UNKNOWN, VALIDATION
from slidelens.dataset.prepared import Prepared
from slidelens.dataset.standardisation import BandStatistics
from slidelens.geo.rasters.scene import Scene
from slidelens.learning.data.patches import batches, cut_patch
from slidelens.learning.data.pixels import KnownPixels, VisiblePixels, read_pixels
from slidelens.learning.data.tiles import validation_tiles
from slidelens.learning.data.training_data import training_data
from support.images.windowed import windowed
from support.learning.trainings import LEARNING
from support.studies import BANDS, grid_of

GRID = grid_of(80, 112)


def prepared(tile_px: int | None = None) -> Prepared:
    rng = np.random.default_rng(1)
    valid = rng.random(GRID.shape) > 0.1
    pixels = np.where(valid[..., None], rng.normal(900, 99, (*GRID.shape, 3)), 0)
    parts = np.where(np.arange(112) // 16 % 2, TRAIN, VALIDATION) * np.ones((80, 1), int)
    labels = rng.choice([0, 1, UNKNOWN], GRID.shape, p=[0.8, 0.1, 0.1])
    return Prepared(
        Scene(GRID, BANDS, pixels.astype(np.float32), valid),
        labels.astype(np.uint8),
        parts.astype(np.uint8),
        BandStatistics(BANDS, (900.0, 901.0, 902.0), (99.0, 98.0, 97.0), 17),
        None,
        tile_px,
    )


@pytest.mark.parametrize("tile_px", [None, 16])
def test_patches_and_tiles_are_those_from_memory(tile_px: int | None) -> None:
    ground = prepared(tile_px)
    visible = ground.split_map == TRAIN
    held = training_data(ground, visible, visible)
    large = training_data(windowed(ground), visible, visible)
    assert isinstance(held.pixels, np.ndarray)
    assert isinstance(large.pixels, VisiblePixels)
    learning = LEARNING.model_copy(update={"patch": 16})
    for one, other in islice(
        zip(batches(held, learning, 4, 1), batches(large, learning, 4, 1), strict=True), 25
    ):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])
    tiles = [validation_tiles(data, 16) for data in (held, large)]
    np.testing.assert_array_equal(tiles[0].pixels, tiles[1].pixels)
    np.testing.assert_array_equal(tiles[0].labels, tiles[1].labels)


def test_a_patch_reads_no_more_than_it_needs() -> None:
    ground = prepared()
    everywhere = np.ones(GRID.shape, bool)
    data = training_data(ground, everywhere, everywhere)
    read: list[tuple[slice, slice]] = []

    class Source(VisiblePixels):
        def read(self, part: tuple[slice, slice]) -> np.ndarray:
            read.append(part)
            return super().read(part)

    source = replace(data, pixels=Source(ground, everywhere))
    cut_patch(source, np.array([40.0, 50.0]), np.eye(2), 16)
    assert read == [(slice(32, 49), slice(42, 59))]
    cut_patch(source, np.array([900.0, 900.0]), np.eye(2), 16)  # outside the scene
    assert len(read) == 1


def test_known_pixels_are_found_by_their_position() -> None:
    labels = prepared().labels
    known = KnownPixels(labels, UNKNOWN)
    expected = np.flatnonzero(labels != UNKNOWN).tolist()
    assert [known[position] for position in range(len(known))] == expected


def test_surroundings_need_the_whole_image() -> None:
    ground = windowed(replace(prepared(), local_window_px=16))
    visible = ground.split_map == TRAIN
    pixels = training_data(ground, visible, visible).pixels
    assert isinstance(pixels, np.ndarray)
    assert not read_pixels(pixels)[~visible].any()
