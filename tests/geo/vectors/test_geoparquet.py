"""GeoParquet is read wherever other vector files are."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from slidelens.geo.vectors.inventory import read_area, read_inventory, read_labels
from support.studies import UTM, box, grid_of

pytest.importorskip("pyarrow")
GRID = grid_of(40, 40)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Write two landslides, with heights, and a polygon of none, in a column called `outline`."""
    shapes = [shapely.force_3d(box(GRID, at, at, 3, 3), 7) for at in (0, 10, 20)]
    classes = ["landslide", "landslide", "not landslide"]
    frame = gpd.GeoDataFrame({"class": classes}, geometry=shapes, crs=UTM)
    frame["place"] = frame.geometry.centroid
    frame.rename_geometry("outline").to_parquet(tmp_path / "2013.PARQUET")
    return tmp_path / "2013.PARQUET"


def test_landslides_are_those_of_a_geopackage(path: Path) -> None:
    gpd.read_parquet(path).drop(columns="place").to_file(path.with_suffix(".gpkg"))
    ours, theirs = read_inventory(path), read_inventory(path.with_suffix(".gpkg"))
    assert len(ours) == 2
    assert not ours.has_z.any()
    assert ours.crs == theirs.crs
    assert ours.geometry.geom_equals(theirs.geometry).all()
    assert list(ours.columns) == list(theirs.columns)


def test_labels_and_areas(path: Path) -> None:
    labels = read_labels(path)
    assert (len(labels.landslides), len(labels.negatives), labels.mapped) == (2, 1, None)
    assert len(read_area(path)) == 3
