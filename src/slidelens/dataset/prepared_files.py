"""Read the files of prepared data one by one, and check them."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import geopandas as gpd
import numpy as np
from pydantic import ValidationError
from rasterio.crs import CRS

from slidelens.dataset.parts import PART_NAMES
from slidelens.dataset.standardisation import BandStatistics
from slidelens.dataset.statistics_schema import PreparedStatistics
from slidelens.errors import InventoryError, SceneError
from slidelens.files import read_json
from slidelens.geo.geotiff import read_layer
from slidelens.geo.grid import Grid
from slidelens.geo.vectors.inventory import read_inventory
from slidelens.geo.windowed import strips
from slidelens.intermediate.reading import how_to_remake, refuse, stage_output
from slidelens.params.messages import problem_of
from slidelens.resources import require_readable_file
from slidelens.types import Mask, UInt8

STAGE = "prepare"


def read_statistics(path: Path) -> PreparedStatistics:
    """Read statistics.json.

    Raises:
        SlidelensError: The file is damaged, or lacks an entry.
    """
    with stage_output(path, STAGE):
        require_readable_file(path, "file", SceneError)
        values = read_json(path)
    try:
        return PreparedStatistics.model_validate(values)
    except ValidationError as error:
        if isinstance(values, dict):
            missing = {field.name for field in fields(BandStatistics)} - set(values)
            if missing:
                raise SceneError(
                    f"{path} lacks {', '.join(sorted(missing))}; {how_to_remake(path, STAGE)}"
                ) from error
        refuse(path, problem_of(error, PreparedStatistics), STAGE, SceneError)


def read_split(folder: Path, grid: Grid | None = None) -> tuple[UInt8, Grid]:
    """Read the part of each pixel of prepared data.

    Args:
        folder: Folder that `write_prepared` wrote.
        grid: Grid that it should be on; None: any.

    Returns:
        (height, width) 0 outside, 1 train, 2 validation, 3 test; and its grid.

    Raises:
        SlidelensError: The file is missing, damaged, on another grid, or holds other values.
    """
    return read_bytes(folder / "split.tif", grid, tuple(PART_NAMES))


def read_mapped(folder: Path, grid: Grid | None = None) -> Mask | None:
    """Read the (height, width) ground of which the inventory is complete; None: all of it.

    Args:
        folder: Folder that `write_prepared` wrote.
        grid: Grid that it should be on; None: any.

    Raises:
        SlidelensError: The file is damaged, on another grid, or holds other values.
    """
    path = folder / "mapped.tif"
    if not path.exists():
        return None
    return read_bytes(path, grid, (0, 1))[0].astype(bool)


def read_bytes(path: Path, grid: Grid | None, known: tuple[int, ...]) -> tuple[UInt8, Grid]:
    """Read a layer of bytes and its grid.

    Args:
        path: The file.
        grid: Grid that it should be on; None: any.
        known: Values that it may hold.

    Raises:
        SlidelensError: The file is missing, damaged, on another grid, or holds other values.
    """
    with stage_output(path, STAGE):
        values, own_grid = read_layer(path)
        if grid is not None:
            grid.require_same(own_grid, "the scene", str(path))
    found = np.unique([value for part in strips(values.shape) for value in np.unique(values[part])])
    if values.dtype != np.uint8 or not np.isin(found, known).all():
        names = ", ".join(map(str, known))
        refuse(path, f"it holds other values than {names}", STAGE, SceneError)
    return np.asarray(values, dtype=np.uint8), own_grid


def read_manual(folder: Path, crs: CRS | None = None) -> gpd.GeoDataFrame | None:
    """Read the manual inventory of prepared data; None if the date is not mapped.

    Args:
        folder: Folder that `write_prepared` wrote.
        crs: CRS that it should have; None: any.

    Raises:
        SlidelensError: The file is damaged, or has another CRS.
    """
    path = folder / "inventory.gpkg"
    if not path.exists():
        return None
    with stage_output(path, STAGE):
        inventory = read_inventory(path)
    codes = [each.to_epsg() if each else None for each in (crs, inventory.crs)]
    if None not in codes and codes[0] != codes[1]:  # without a code CRSs are hard to compare
        refuse(path, f"it is in EPSG:{codes[1]}, not EPSG:{codes[0]}", STAGE, InventoryError)
    return inventory


def source_folders(folder: Path) -> dict[str, Path]:
    """Return the folders of the prepared sources by name, in the order of their names.

    Args:
        folder: data/prepared/pretrain.

    Returns:
        `pretrain` and the folder itself if it holds prepared data; else `pretrain/<name>` and the
        folder below it for each source.
    """
    below = sorted(path.parent for path in folder.glob("*/statistics.json"))
    if not below or (folder / "statistics.json").exists():
        return {folder.name: folder}
    return {f"{folder.name}/{path.name}": path for path in below}
