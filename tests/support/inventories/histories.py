"""Dated inventories of two landslides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from slidelens.geo.vectors.inventory import write_inventory

WEST, SOUTH = 325_000.0, 3_110_000.0


def square(x: float, y: float, side_m: float = 100) -> shapely.Polygon:
    return shapely.box(WEST + x, SOUTH + y, WEST + x + side_m, SOUTH + y + side_m)


HERE, THERE = square(0, 0), square(1000, 0)


def saved(path: Path, *shapes: shapely.Geometry, epsg: int = 32645, **columns: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame = gpd.GeoDataFrame(columns, geometry=list(shapes), crs=32645).to_crs(epsg)
    if path.suffix == ".gpkg":
        write_inventory(frame, path)
    else:
        frame.to_file(path)
    return path
