"""Landslide histories on disk."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from slidelens.errors import InventoryError
from slidelens.geo.vectors.inventory import write_inventory, write_layers
from slidelens.layers.histories import read_observations


def test_histories_keep_rows_without_ground(tmp_path: Path) -> None:
    rows = {"landslide_id": [1, 1], "date": ["2013", "2014"], "state": ["new", "healed"]}
    write_layers(
        {
            "observations": gpd.GeoDataFrame(
                rows, geometry=[shapely.box(0, 0, 5, 5), shapely.Polygon()], crs=32645
            )
        },
        tmp_path / "a.gpkg",
    )
    assert read_observations(tmp_path / "a.gpkg").state.tolist() == ["new", "healed"]


def test_no_histories(tmp_path: Path) -> None:
    write_inventory(
        gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 5, 5)], crs=32645), tmp_path / "a.gpkg"
    )
    with pytest.raises(InventoryError, match="cannot read the layer observations"):
        read_observations(tmp_path / "a.gpkg")
    write_layers(
        {
            "observations": gpd.GeoDataFrame(
                {"date": [1]}, geometry=[shapely.box(0, 0, 5, 5)], crs=32645
            )
        },
        tmp_path / "b.gpkg",
    )
    with pytest.raises(InventoryError, match="has no landslide_id"):
        read_observations(tmp_path / "b.gpkg")
