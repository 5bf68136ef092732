"""Read what the stage `evaluate` wrote for a date: its map, landslides and scores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
from rasterio.crs import CRS
from rasterio.windows import Window

from slidelens.errors import InventoryError, SceneError
from slidelens.geo.geotiff import LayerFile
from slidelens.geo.grid import Grid
from slidelens.geo.rasters.opening import open_dataset
from slidelens.geo.vectors.inventory import read_inventory
from slidelens.geo.windowed import Part, strips
from slidelens.intermediate.reading import read_checked, refuse, stage_output
from slidelens.intermediate.schemas import DateScores
from slidelens.types import Mask, UInt8


def iter_levels(path: Path, grid: Grid) -> Iterator[tuple[Part, UInt8]]:
    """Yield strips of a date's probability map, as bytes: 0…255 for 0…1.

    Args:
        path: probability.tif.
        grid: Grid that it should be on.

    Raises:
        SlidelensError: The map is missing, damaged, or on another grid.
    """
    layer = open_map(path, grid)
    for part in strips(grid.shape):
        with stage_output(path):
            yield part, layer.read(part)


def read_seen(path: Path, grid: Grid) -> Mask:
    """Read the (height, width) mask of the valid pixels of a date's probability map.

    Args:
        path: probability.tif.
        grid: Grid that it should be on.

    Raises:
        SlidelensError: The map is missing, damaged, or on another grid.
    """
    open_map(path, grid)
    with stage_output(path), open_dataset(path) as dataset:
        return np.asarray(dataset.dataset_mask() > 0)


def read_seen_part(path: Path, part: Part) -> Mask:
    """Return the mask of the valid pixels of some rows and columns of a date's map.

    Args:
        path: probability.tif.
        part: Rows and columns.
    """
    with open_dataset(path) as dataset:
        return np.asarray(dataset.dataset_mask(window=Window.from_slices(*part)) > 0)


def open_map(path: Path, grid: Grid) -> LayerFile:
    """Open a date's probability map, which holds bytes: 0…255 for 0…1.

    Args:
        path: probability.tif.
        grid: Grid that it should be on.

    Raises:
        SlidelensError: The map is missing, damaged, or on another grid.
    """
    with stage_output(path):
        layer = LayerFile(path)
        with open_dataset(path) as dataset:
            types = set(dataset.dtypes)
        grid.require_same(layer.grid, "the prepared data", str(path))
    if types != {"uint8"}:
        refuse(path, f"it is of {', '.join(sorted(types))}, not of uint8", error=SceneError)
    return layer


def read_predicted(path: Path, crs: CRS) -> gpd.GeoDataFrame:
    """Read a date's predicted landslides.

    Args:
        path: inventory.gpkg in the folder of the date's map.
        crs: CRS that it should have.

    Raises:
        SlidelensError: The file is missing or damaged, or has another CRS.
    """
    with stage_output(path):
        inventory = read_inventory(path)
    require_crs(inventory, crs, path)
    return inventory


def require_crs(
    inventory: gpd.GeoDataFrame, crs: CRS | None, path: Path, stage: str | None = None
) -> None:
    """Raise InventoryError if an inventory that a stage wrote has another CRS.

    Args:
        inventory: The inventory.
        crs: CRS that it should have; None: any. Without EPSG codes CRSs are not compared.
        path: Its file.
        stage: Stage that writes it, for the message; None: by its path.
    """
    codes = [each.to_epsg() if each else None for each in (crs, inventory.crs)]
    if None not in codes and codes[0] != codes[1]:
        text = f"it is in EPSG:{codes[1]}, not EPSG:{codes[0]}"
        refuse(path, text, stage, InventoryError)


def read_scores(path: Path) -> dict[str, Any]:
    """Read a date's scores.

    Args:
        path: scores.json.

    Raises:
        SlidelensError: The file is missing or damaged, or lacks a score.
    """
    scores: dict[str, Any] = read_checked(path, DateScores)
    return scores
