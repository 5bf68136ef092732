"""The statistics by which a date is standardised."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS

from slidelens.dataset.parts import TEST, TRAIN
from slidelens.dataset.prepared import Prepared
from slidelens.dataset.standardisation import BandStatistics
from slidelens.geo.grid import Grid
from slidelens.geo.rasters.scene import Scene
from slidelens.study.images.standardisation import (
    TrainingImage,
    choose_local_window_px,
    choose_standardisation,
    standardised_like,
    train_pixels,
)

GRID = Grid(CRS.from_epsg(32645), Affine(10, 0, 0, 0, -10, 0), 40, 40)


def prepared(mean: float, deviation: float = 1.0) -> Prepared:
    """Return a date of one band, normally distributed; its eastern half is test blocks."""
    pixels = np.random.default_rng(0).normal(mean, deviation, (*GRID.shape, 1)).astype(np.float32)
    split_map = np.full(GRID.shape, TRAIN, np.uint8)
    split_map[:, 20:] = TEST
    return Prepared(
        scene=Scene(GRID, ("red",), pixels, np.ones(GRID.shape, bool)),
        labels=np.zeros(GRID.shape, np.uint8),
        split_map=split_map,
        statistics=BandStatistics(("red",), (mean,), (deviation,), 800),
        inventory=None,
    )


PRETRAIN = prepared(10)
IMAGE = TrainingImage.of(PRETRAIN, Path("pretrain.tif"))


@pytest.mark.parametrize(
    ("date", "same_image", "choice", "statistics"),
    [
        (prepared(10.1), False, "auto", (10, 1)),  # near the pretraining image
        (prepared(20, 3), False, "auto", (20, 1)),  # far: own mean, the training's deviation
        (prepared(20, 3), True, "auto", (10, 1)),
        (prepared(20, 3), False, "training", (10, 1)),
        (prepared(10.1), True, "own", (10.1, 1)),
    ],
)
def test_statistics_are_chosen_by_the_distance_of_the_images(
    date: Prepared, same_image: bool, choice: str, statistics: tuple[float, float]
) -> None:
    chosen = choose_standardisation(date, IMAGE, same_image, choice)
    assert (*chosen.mean, *chosen.deviation) == statistics


def test_after_a_mosaic_an_image_is_standardised_by_windows_of_a_tile() -> None:
    mosaic, date = replace(IMAGE, tile_px=8), prepared(20)
    assert choose_local_window_px(date, mosaic, "auto") == 8
    assert choose_local_window_px(date, mosaic, "own") is None
    assert choose_local_window_px(replace(date, tile_px=4), mosaic, "auto") is None
    assert choose_local_window_px(date, IMAGE, "auto") is None
    assert choose_standardisation(date, mosaic, False, "auto") == date.statistics


def test_train_pixels_are_valid_pixels_of_train_blocks() -> None:
    date = prepared(10)
    valid = date.scene.valid.copy()
    valid[:10] = False
    pixels = train_pixels(replace(date, scene=replace(date.scene, valid=valid)))
    assert np.array_equal(pixels, date.scene.pixels[10:, :20].reshape(-1, 1))


def test_of_several_images_a_date_follows_its_own_or_the_nearest() -> None:
    other = TrainingImage.of(prepared(20), Path("other.tif"))
    mosaic = replace(TrainingImage.of(prepared(5), Path("mosaic.tif")), tile_px=8)

    def chosen(mean: float, name: str, *images: TrainingImage) -> tuple[float, int | None]:
        like = standardised_like(prepared(mean), images, Path(name), "auto")
        return like.statistics.mean[0], like.local_window_px

    assert chosen(20.1, "2013.tif", IMAGE, other) == (20, None)
    assert chosen(20.1, "pretrain.tif", IMAGE, other) == (10, None)
    assert chosen(15, "2013.tif", IMAGE, other) == (15, None)
    # beside a mosaic all images are standardised as its tiles are
    assert chosen(15, "2013.tif", IMAGE, mosaic) == (15, 8)
    assert chosen(10.1, "pretrain.tif", mosaic, IMAGE) == (10.1, 8)


def test_after_several_images_the_deviation_of_a_far_date_is_its_own() -> None:
    other = TrainingImage.of(prepared(20), Path("other.tif"))
    for images, deviation in (([IMAGE], 1), ([IMAGE, other], 3)):
        like = standardised_like(prepared(40, 3), images, Path("2013.tif"), "auto")
        assert like.statistics.deviation == (deviation,)
