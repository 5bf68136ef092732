"""The true landslides of a simulated study."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import shapely

from benchmarks.truth import true_landslides
from support.studies import UTM


def test_the_truth_is_what_is_open_and_in_sight(tmp_path: Path) -> None:
    states = ["new", "healed", "persistent", "unobserved", "new"]
    values = {"landslide_id": range(5), "date": ["2013"] * 4 + ["2014"], "state": states}
    (tmp_path / "truth").mkdir()
    gpd.GeoDataFrame(values, geometry=[shapely.box(0, 0, 1, 1)] * 5, crs=UTM).to_file(
        tmp_path / "truth/landslides.gpkg", layer="observations"
    )
    there = true_landslides(tmp_path, "2013")
    assert there is not None
    assert list(there["landslide_id"]) == [0, 2]
    assert true_landslides(tmp_path / "elsewhere", "2013") is None
