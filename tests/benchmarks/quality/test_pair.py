"""A map and an inventory read from what the pipeline wrote."""

from __future__ import annotations

import argparse
from pathlib import Path

import geopandas as gpd
import numpy as np

from benchmarks.quality.pair import read_pair
from slidelens.dataset.parts import TEST, TRAIN, UNKNOWN
from slidelens.dataset.prepared import Prepared, write_prepared
from slidelens.dataset.standardisation import BandStatistics
from slidelens.geo.rasterise import rasterise
from slidelens.geo.rasters.scene import Scene
from slidelens.geo.vectors.inventory import write_inventory
from support.studies import BANDS, UTM, box, grid_of

GRID = grid_of(60, 80)


def test_a_pair_is_read_from_what_the_pipeline_wrote(tmp_path: Path) -> None:
    shapes = [box(GRID, 5, 5, 10, 10), box(GRID, 40, 5, 6, 10)]
    labels, parts = rasterise(shapes, GRID).astype(np.uint8), np.full(GRID.shape, TRAIN, np.uint8)
    labels[0], parts[30:] = UNKNOWN, TEST
    scene = Scene(GRID, BANDS, np.ones((*GRID.shape, 3), np.float32), np.ones(GRID.shape, bool))
    inventory = gpd.GeoDataFrame(geometry=shapes, crs=UTM)
    write_prepared(
        Prepared(scene, labels, parts, BandStatistics(BANDS, (0,) * 3, (1,) * 3, 1), inventory),
        tmp_path / "prepared",
        "float32",
    )
    (tmp_path / "mapped").mkdir()
    write_inventory(inventory[:1].to_crs("EPSG:4326"), tmp_path / "mapped/inventory.gpkg")
    for part, known in (
        ("test", parts == TEST),
        ("train", (parts == TRAIN) & (labels != UNKNOWN)),
        ("area", labels != UNKNOWN),
    ):
        pair = read_pair(
            argparse.Namespace(
                prepared=tmp_path / "prepared", mapped=tmp_path / "mapped", part=part
            )
        )
        np.testing.assert_array_equal(pair.known, known)
    expected = np.zeros(GRID.shape, bool)
    expected[5:15, 5:15] = True
    np.testing.assert_array_equal(pair.mapped, expected)
    assert pair.manual.sum() == 160
    assert pair.outlines is not None
    assert len(pair.outlines) == 2
