"""Scattered square landslides, for densities."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from slidelens.geo.vectors.inventory import write_inventory


def landslides(
    *centres: tuple[float, float], side_m: float = 20.0, epsg: int = 32645
) -> gpd.GeoDataFrame:
    """Return squares around places in metres from a corner of the Mailung area."""
    half = side_m / 2
    squares = [
        shapely.box(
            325_000 + x - half, 3_110_000 + y - half, 325_000 + x + half, 3_110_000 + y + half
        )
        for x, y in centres
    ]
    return gpd.GeoDataFrame(geometry=squares, crs=32645).to_crs(epsg)


def saved(folder: Path, name: str, frame: gpd.GeoDataFrame) -> Path:
    write_inventory(frame, folder / name)
    return folder / name


SCATTER = landslides(*np.random.default_rng(0).uniform(0, 3000, (25, 2)))
AREA = landslides((1000, 1000), side_m=2000)
