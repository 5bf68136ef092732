"""Inventories of a few polygons."""

from __future__ import annotations

import geopandas as gpd
import shapely

from support.studies import UTM


def frame_of(*shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    """An inventory with a row per polygon, called n0, n1 and so on."""
    return gpd.GeoDataFrame(
        {"name": [f"n{i}" for i in range(len(shapes))]}, geometry=list(shapes), crs=UTM
    )
