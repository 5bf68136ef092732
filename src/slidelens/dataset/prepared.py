"""Write and read prepared data: scene, labels, split and statistics in one folder."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path

import geopandas as gpd
import numpy as np
from pydantic import ValidationError
from rasterio.crs import CRS

from slidelens.dataset.parts import PART_NAMES, UNKNOWN
from slidelens.dataset.standardisation import (
    BandStatistics,
    standardise,
    standardise_locally,
    standardise_tiles,
)
from slidelens.dataset.statistics_schema import PreparedStatistics
from slidelens.errors import InventoryError, SceneError
from slidelens.files import read_json, write_json
from slidelens.geo.geotiff import read_layer, read_scene, write_bytes, write_scene
from slidelens.geo.grid import Grid
from slidelens.geo.rasters.scene import Scene
from slidelens.geo.vectors.inventory import read_inventory, write_inventory
from slidelens.intermediate.reading import how_to_remake, refuse, stage_output
from slidelens.params.messages import problem_of
from slidelens.resources import require_readable_file
from slidelens.types import Float32, Mask, UInt8

_STAGE = "prepare"


@dataclass(frozen=True)
class Prepared:
    """Prepared data of a date or of the pretraining, all on the scene's grid.

    Attributes:
        scene: bands and valid pixels.
        labels: (height, width) 0, 1, or 255 for unknown.
        split_map: (height, width) 0 outside, 1 train, 2 validation, 3 test.
        statistics: by which the scene is standardised.
        inventory: the mapped landslides, with `area_m2` and the `part` that holds most of each;
            None if there is no inventory.
        tile_px: side of the tiles of a mosaic of different places; None for an image.
        local_window_px: side of the square around each pixel by which an image is standardised,
            after pretraining on a mosaic; None to use `statistics`.
        block_px: side of the split's blocks if it was chosen; None if `split.block_m` sets it.
    """

    scene: Scene
    labels: UInt8
    split_map: UInt8
    statistics: BandStatistics
    inventory: gpd.GeoDataFrame | None
    tile_px: int | None = None
    local_window_px: int | None = None
    block_px: int | None = None

    def standardised(
        self, statistics: BandStatistics | None = None, seen: Mask | None = None
    ) -> Float32:
        """Return the (height, width, bands) standardised pixels, 0 where not valid.

        The tiles of a mosaic are standardised one by one.

        Args:
            statistics: to use instead of the own ones or the surroundings.
            seen: (height, width) mask of the pixels that may serve as surroundings; by default
                all.
        """
        if self.local_window_px and statistics is None:
            valid = self.scene.valid if seen is None else self.scene.valid & seen
            return standardise_locally(self.scene.pixels, valid, self.local_window_px)
        if self.tile_px and statistics is None:
            return standardise_tiles(self.scene.pixels, self.scene.valid, self.tile_px)
        return standardise(self.scene.pixels, self.scene.valid, statistics or self.statistics)


def write_prepared(prepared: Prepared, folder: Path, dtype: str) -> None:
    """Write scene.tif, labels.tif, split.tif, statistics.json and, if mapped, inventory.gpkg.

    Args:
        prepared: what to write.
        folder: to write to.
        dtype: data type of the scene's pixels.
    """
    grid = prepared.scene.grid
    write_scene(prepared.scene, folder / "scene.tif", dtype)
    write_bytes(
        prepared.labels,
        grid,
        folder / "labels.tif",
        "landslide",
        {"VALUES": "0 none, 1 landslide, 255 unknown"},
        nodata=255,
    )
    write_bytes(
        prepared.split_map,
        grid,
        folder / "split.tif",
        "part",
        {"VALUES": "0 outside, 1 train, 2 validation, 3 test"},
        nodata=0,
    )
    origin = {
        "from": "valid pixels of the train blocks",
        "tile_px": prepared.tile_px,
        "around_px": prepared.local_window_px,
    }
    if prepared.block_px is not None:
        origin["block_px"] = prepared.block_px
    write_json(folder / "statistics.json", asdict(prepared.statistics) | origin)
    if prepared.inventory is not None:
        write_inventory(prepared.inventory, folder / "inventory.gpkg")


def read_prepared(folder: Path) -> Prepared:
    """Read a folder that `write_prepared` wrote.

    Raises:
        SlidelensError: The folder is missing or incomplete, a file is damaged, or the files do
            not fit each other.
    """
    if not (folder / "statistics.json").exists():
        raise SceneError(
            f"there are no prepared data in {folder}; "
            f"run `dvc repro prepare`, or `dvc pull {folder}`"
        )
    path = folder / "statistics.json"
    values = _read_statistics(path)
    with stage_output(folder / "scene.tif", _STAGE):
        scene = read_scene(folder / "scene.tif")
    prepared = Prepared(
        scene=scene,
        labels=_read_bytes(folder / "labels.tif", scene.grid, (0, 1, UNKNOWN))[0],
        split_map=read_split(folder, scene.grid)[0],
        statistics=values.value,
        inventory=read_manual(folder, scene.grid.crs),
        tile_px=values.tile_px,
        local_window_px=values.around_px,
        block_px=values.block_px,
    )
    bands = prepared.statistics.bands
    if len(scene.bands) != len(bands):
        text = f"it is of {len(bands)} bands, scene.tif has {len(scene.bands)}"
        refuse(path, text, _STAGE, SceneError)
    if prepared.tile_px and any(side % prepared.tile_px for side in scene.grid.shape):
        refuse(path, f"tile_px {prepared.tile_px} does not divide scene.tif", _STAGE, SceneError)
    return prepared


def _read_statistics(path: Path) -> PreparedStatistics:
    with stage_output(path, _STAGE):
        require_readable_file(path, "file", SceneError)
        values = read_json(path)
    try:
        return PreparedStatistics.model_validate(values)
    except ValidationError as error:
        if isinstance(values, dict):
            missing = {field.name for field in fields(BandStatistics)} - set(values)
            if missing:
                raise SceneError(
                    f"{path} lacks {', '.join(sorted(missing))}; {how_to_remake(path, _STAGE)}"
                ) from error
        refuse(path, problem_of(error, PreparedStatistics), _STAGE, SceneError)


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
    return _read_bytes(folder / "split.tif", grid, tuple(PART_NAMES))


def _read_bytes(path: Path, grid: Grid | None, known: tuple[int, ...]) -> tuple[UInt8, Grid]:
    with stage_output(path, _STAGE):
        values, own_grid = read_layer(path)
        if grid is not None:
            grid.require_same(own_grid, "the scene", str(path))
    found = np.unique(values)
    if values.dtype != np.uint8 or not np.isin(found, known).all():
        names = ", ".join(map(str, known))
        refuse(path, f"it holds other values than {names}", _STAGE, SceneError)
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
    with stage_output(path, _STAGE):
        inventory = read_inventory(path)
    codes = [each.to_epsg() if each else None for each in (crs, inventory.crs)]
    if None not in codes and codes[0] != codes[1]:  # without a code CRSs are hard to compare
        refuse(path, f"it is in EPSG:{codes[1]}, not EPSG:{codes[0]}", _STAGE, InventoryError)
    return inventory
