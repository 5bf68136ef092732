"""Maps and labels of all dates, read together."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from slidelens.analysis.revision.sequences import UNSEEN
from slidelens.geo.geotiff import write_bytes
from slidelens.layers.probability import write_probability
from slidelens.learning.revision.dated_maps import DatedMaps
from support.studies import grid_of


def test_unseen_ground_has_no_level(tmp_path: Path) -> None:
    grid = grid_of(3, 4)
    levels = np.arange(12, dtype=np.uint8).reshape(3, 4) * 23
    seen = levels % 2 == 0
    write_probability((levels / 255).astype(np.float32), seen, grid, tmp_path / "map.tif")
    write_bytes(np.zeros((3, 4), np.uint8), grid, tmp_path / "labels.tif", "landslide")
    maps = DatedMaps(
        [tmp_path / "map.tif"], [tmp_path / "labels.tif"], np.ones((3, 4), np.uint8), grid
    )
    (strip,) = maps.strips()
    expected = np.where(seen, levels.astype(int), UNSEEN)
    np.testing.assert_array_equal(strip.levels[0], expected)
