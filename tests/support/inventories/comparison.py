"""Two small inventories whose agreement is known by hand."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from affine import Affine
from rasterio.crs import CRS

from slidelens.geo.grid import Grid
from slidelens.geo.vectors.inventory import write_inventory
from slidelens.layers.probability import write_probability
from slidelens.layers.surface import write_surface

WEST, SOUTH = 325_000.0, 3_110_000.0


def frame_of(*shapes: shapely.Geometry, epsg: int = 32645) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(shapes), crs=32645).to_crs(epsg)


def square(x: float, y: float, side_m: float = 100.0) -> shapely.Polygon:
    """Return a landslide whose lower left corner lies x, y metres into the Mailung area."""
    return rectangle(x, y, side_m, side_m)


def rectangle(x: float, y: float, width_m: float, height_m: float) -> shapely.Polygon:
    return shapely.box(WEST + x, SOUTH + y, WEST + x + width_m, SOUTH + y + height_m)


def saved(folder: Path, name: str, frame: gpd.GeoDataFrame) -> Path:
    write_inventory(frame, folder / name)
    return folder / name


# One match of IoU 0.8 (100 × 80 m of 100 × 100 m), one miss, one false alarm
HIT, MISS, ALARM, PART = square(0, 0), square(500, 0), square(0, 500), rectangle(0, 0, 80, 100)
OBSERVED, PREDICTED = frame_of(HIT, MISS), frame_of(PART, ALARM)

# A landslide of 30 × 120 m, mapped in an upper and a lower fragment 20 m apart; another beside it,
# 20 m to the east, in one
WHOLE, BESIDE = rectangle(0, 0, 30, 120), rectangle(50, 0, 30, 120)
UPPER, LOWER = rectangle(0, 70, 30, 50), rectangle(0, 0, 30, 50)
AROUND = Grid(CRS.from_epsg(32645), Affine(10, 0, 324_900, 0, -10, 3_110_300), 40, 40)


def write_slope(folder: Path) -> Path:
    """Write elevations that fall to the south, 5 m in 10 m."""
    south = np.repeat(np.arange(200, 0, -5, dtype=np.float32)[:, None], 40, axis=1)
    write_surface(folder / "dem.tif", south, AROUND, "m", "elevation")
    return folder / "dem.tif"


def write_even_probability(folder: Path, probability: float) -> Path:
    """Write a map that has the same probability everywhere."""
    values = np.full(AROUND.shape, probability, np.float32)
    write_probability(values, np.ones(AROUND.shape, bool), AROUND, folder / "p.tif")
    return folder / "p.tif"
