"""Pretraining data and the investigation area have no ground in common."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS
from shapely import box

from slidelens.dataset.parts import OUTSIDE, TEST, VALIDATION
from slidelens.errors import ParamsError
from slidelens.geo.grid import Grid
from slidelens.geo.rasters.header import Header
from slidelens.geo.rasters.scene import Scene
from slidelens.params.schema import SplitParams
from slidelens.study.reading import RawData
from slidelens.study.splitting.pretraining import mask_shared_landslides, split_pretraining
from slidelens.study.study import PreparationTarget

CRS_ = CRS.from_epsg(32645)
LEFT, TOP = 500_000, 3_000_000
SPLIT = SplitParams(block_m=100, margin_m=10)


def target(name: str, left: float) -> PreparationTarget:
    """Return a target of 40 × 40 pixels of 10 m."""
    grid = Grid(CRS_, Affine(10, 0, left, 0, -10, TOP), 40, 40)
    header = Header(Path(f"{name}.tif"), grid, ("red",), "uint16")
    return PreparationTarget(
        name=name, header=header, inventory=Path("a.gpkg"), grid=grid, aoi=box(*grid.bounds)
    )


PRETRAIN, INVESTIGATION = target("pretrain", LEFT), target("2013", LEFT + 300)
# One landslide of 2 × 2 pixels in the west, one across the border of the investigation area.
LANDSLIDES = gpd.GeoDataFrame(
    geometry=[
        box(LEFT + 50, TOP - 70, LEFT + 70, TOP - 50),
        box(LEFT + 290, TOP - 70, LEFT + 310, TOP - 50),
    ],
    crs=CRS_,
)


def test_the_investigation_area_is_outside(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        parts, side = split_pretraining(PRETRAIN, LANDSLIDES, INVESTIGATION, SPLIT)
    assert side == 10
    assert (parts[:, 30:] == OUTSIDE).all()
    assert (parts[:, :30] != OUTSIDE).all()
    assert not (parts == TEST).any()
    assert "25.0 % of it is left out of pretraining" in caplog.text


def test_an_investigation_area_in_another_crs_is_the_same_ground() -> None:
    geographic = gpd.GeoSeries([INVESTIGATION.aoi], crs=CRS_).to_crs(4326)
    grid = replace(INVESTIGATION.grid, crs=CRS.from_epsg(4326))
    there = replace(INVESTIGATION, grid=grid, aoi=geographic.iloc[0])
    parts, _ = split_pretraining(PRETRAIN, LANDSLIDES, there, SPLIT)
    assert (parts[:, 30:] == OUTSIDE).all()
    assert (parts[:, :30] != OUTSIDE).all()


def test_landslides_and_ground_of_the_pretraining_are_shared_out() -> None:
    """Of 12 blocks of 100 m, 3 are for validation, and so is 1 of the 4 with a landslide."""
    west = [
        box(LEFT + 30, TOP - 100 * row - 70, LEFT + 70, TOP - 100 * row - 30) for row in range(4)
    ]
    four = gpd.GeoDataFrame(geometry=west, crs=CRS_)
    splits = []
    for seed in range(6):
        split = SPLIT.model_copy(update={"validation": 0.25, "test": 0.5, "seed": seed})
        parts, _ = split_pretraining(PRETRAIN, four, INVESTIGATION, split)
        assert (parts == VALIDATION).sum() == 3 * 100
        assert (parts[5::10, 5] == VALIDATION).sum() == 1
        splits.append(parts.tobytes())
    assert len(set(splits)) > 1


def test_the_tiles_of_a_mosaic_are_its_blocks() -> None:
    mosaic = replace(PRETRAIN, tile_px=8)
    parts, side = split_pretraining(mosaic, LANDSLIDES, target("2013", LEFT + 5_000), SPLIT)
    assert side == 8
    tiles = parts.reshape(5, 8, 5, 8).swapaxes(1, 2).reshape(25, 64)
    assert (tiles == tiles[:, :1]).all()


@pytest.mark.parametrize(
    ("name", "parameter"), [("pretrain", "aoi"), ("pretrain/first", "aoi of first")]
)
def test_an_area_in_the_investigation_area_is_refused(name: str, parameter: str) -> None:
    inner = replace(PRETRAIN, name=name, aoi=box(*PRETRAIN.aoi.buffer(-50).bounds))
    line = f"the area of {name} lies in the investigation area, .*study.pretrain.{parameter}\\)$"
    with pytest.raises(ParamsError, match=line):
        split_pretraining(inner, LANDSLIDES, replace(PRETRAIN, name="2013"), SPLIT)


def test_landslides_that_reach_into_it_are_masked_with_their_margin() -> None:
    scene = Scene(
        PRETRAIN.grid, ("red",), np.ones((40, 40, 1), np.float32), np.ones((40, 40), bool)
    )
    raw = RawData(
        target=PRETRAIN,
        scene=scene,
        inside=np.ones((40, 40), bool),
        polygons=LANDSLIDES,
        inventory=LANDSLIDES,
    )
    mask = mask_shared_landslides(raw, INVESTIGATION, SPLIT)
    # 2 × 2 pixels and one more on each of the four sides
    assert mask.sum() == 4 + 8
    assert mask[5:7, 29:31].all()
    assert not mask[:, :28].any()
    bare = SPLIT.model_copy(update={"margin_m": 0.0})
    assert mask_shared_landslides(raw, INVESTIGATION, bare).sum() == 4
    elsewhere = target("2013", LEFT + 5_000)
    assert not mask_shared_landslides(raw, elsewhere, SPLIT).any()
