"""Read a target's pixels and polygons onto its grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from rasterio.crs import CRS

from slidelens.errors import InventoryError, SceneError
from slidelens.geo.grid import crs_name
from slidelens.geo.raster import Scene, read_on_grid
from slidelens.geo.rasterise import rasterise
from slidelens.geo.vector import read_inventory
from slidelens.study.study import PRETRAIN, PreparationTarget
from slidelens.types import Mask


@dataclass(frozen=True)
class RawData:
    """A ground's scene and inventory on its grid.

    inside: (height, width) bool, pixels in the area of interest
    polygons: landslides that reach into the area, in the grid's CRS, index 0…n-1; None where not mapped
    inventory: those of them whose centroid lies in the area, with their index in `polygons`; None where not mapped
    """

    ground: PreparationTarget
    scene: Scene
    inside: Mask
    polygons: gpd.GeoDataFrame | None
    inventory: gpd.GeoDataFrame | None


def read_raw_data(
    ground: PreparationTarget, bands: Sequence[str], band_names: Sequence[str] = ()
) -> RawData:
    """Read a ground's pixels and polygons onto its grid.

    Raises SceneError where no pixel of the area is valid, or a band never is; InventoryError where the inventory lies off the scene.
    """
    scene = read_on_grid(ground.header.path, ground.grid, bands, band_names)
    inside = rasterise([ground.aoi], ground.grid)
    if not (scene.valid & inside).any():
        raise SceneError(
            f"{ground.header.path} has no valid pixel in the area of {ground.name}{_blame(ground, bands, band_names)}"
        )
    polygons = read_polygons(ground)
    return RawData(
        ground,
        scene,
        inside,
        polygons,
        None if polygons is None else polygons[polygons.centroid.within(ground.aoi)],
    )


def _blame(ground: PreparationTarget, bands: Sequence[str], band_names: Sequence[str]) -> str:
    """Which single band is to blame where the others are fine."""
    empty = [
        band
        for band in bands
        if not read_on_grid(ground.header.path, ground.grid, [band], band_names).valid.any()
    ]
    if 0 < len(empty) < len(bands):
        return f": band {empty[0]} is all nodata or NaN; repair the file or leave the band out of study.bands"
    return ": it is all nodata there; give another scene, or take the date out with `slidelens dates …`"


def read_polygons(ground: PreparationTarget) -> gpd.GeoDataFrame | None:
    """The landslides that reach into the area, in the grid's CRS, index 0…n-1.

    Raises InventoryError where the inventory lies off the scene, or the pretraining one has none to learn from.
    """
    if ground.inventory is None:
        return None
    original = read_inventory(ground.inventory)
    frame = original.to_crs(ground.grid.crs)
    scene = shapely.box(*ground.header.bounds_in(ground.grid.crs))
    if len(frame) and not (np.isfinite(frame.total_bounds).all() and frame.intersects(scene).any()):
        raise InventoryError(
            f"inventory {ground.inventory.name} is in {crs_name(CRS.from_user_input(original.crs))} and has no landslide inside scene "
            f"{ground.header.path.name} ({crs_name(ground.header.grid.crs)}); check its CRS"
        )
    reaching = frame[frame.intersects(ground.aoi)].reset_index(drop=True)
    if ground.name == PRETRAIN and reaching.empty:
        raise InventoryError(
            f"{ground.inventory} has no landslide in the pretraining area; there is nothing to learn from: check study.pretrain"
        )
    return reaching
