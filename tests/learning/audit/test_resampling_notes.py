"""Scenes whose pixels are not copied are told, each reason once."""

from __future__ import annotations

from pathlib import Path

from affine import Affine
from rasterio.crs import CRS
from shapely import box

from slidelens.geo.grid import Grid
from slidelens.geo.rasters.header import Header
from slidelens.learning.audit.resampling_notes import resampling_notes
from slidelens.study.study import PreparationTarget

GRID = Grid(CRS.from_epsg(32645), Affine(0.5, 0, 320_000, 0, -0.5, 3_110_000), 100, 100)


def notes(*transforms: Affine, epsg: int = 32645) -> list[str]:
    targets = [
        PreparationTarget(
            name=str(number),
            header=Header(
                Path(f"{number}.tif"), Grid(CRS.from_epsg(epsg), one, 100, 100), ("red",), "uint8"
            ),
            inventory=None,
            grid=GRID,
            aoi=box(*GRID.bounds),
        )
        for number, one in enumerate(transforms)
    ]
    return list(resampling_notes(targets))


def test_pixels_that_are_copied_give_no_note() -> None:
    assert notes(GRID.transform, GRID.transform @ Affine.translation(7, -3)) == []


def test_one_reason_is_told_once_with_its_scenes() -> None:
    shifted = GRID.transform @ Affine.translation(0.4, 0)
    (note,) = notes(GRID.transform, shifted, shifted)
    assert note.startswith("every pixel of 1.tif, 2.tif is resampled: its pixels lie between")


def test_almost_square_pixels_are_told() -> None:
    (note,) = notes(Affine(0.500016, 0, 320_000, 0, -0.500046, 3_110_000))
    assert "its pixels are 0.500016 × 0.500046 and the grid's 0.5 m" in note


def test_turned_pixels_are_told() -> None:
    assert "do not run east" in notes(GRID.transform @ Affine.rotation(1))[0]


def test_another_crs_and_another_size_name_what_to_set() -> None:
    (note,) = notes(GRID.transform, epsg=32644)
    assert "set study.crs to EPSG:32644 and study.pixel_m to 0.5" in note
    (note,) = notes(Affine(0.6, 0, 320_000, 0, -0.6, 3_110_000))
    assert "set study.pixel_m to 0.6" in note


def test_degrees_cannot_be_helped() -> None:
    (note,) = notes(Affine(5e-6, 0, 87, 0, -5e-6, 28), epsg=4326)
    assert "is in degrees" in note
