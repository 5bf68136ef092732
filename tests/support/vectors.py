"""Inventories of a few polygons."""

from __future__ import annotations

import geopandas as gpd
import shapely

from support.studies import UTM


def frame_of(*shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"name": [f"n{i}" for i in range(len(shapes))]}, geometry=list(shapes), crs=UTM
    )
