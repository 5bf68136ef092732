"""A prepared ground on disk, and back: scene, labels, split and statistics in one folder."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path

import geopandas as gpd

from slidelens.dataset.standardisation import (
    BandStatistics,
    standardise,
    standardise_locally,
    standardise_tiles,
)
from slidelens.errors import SceneError
from slidelens.files import read_json, write_json
from slidelens.geo.geotiff import read_layer, read_scene, write_bytes, write_scene
from slidelens.geo.raster import Scene
from slidelens.geo.vector import read_inventory, write_inventory
from slidelens.types import Float32, Mask, UInt8


@dataclass(frozen=True)
class Prepared:
    """What the stages after `prepare` work on, all on the scene's grid.

    labels: (height, width) uint8: 0, 1 or 255 unknown
    split_map: (height, width) uint8: 0 outside, 1 train, 2 validation, 3 test
    statistics: of the bands on this ground's train blocks
    inventory: the mapped landslides, with `area_m2` and the `part` that holds most of each; None where not mapped
    tile_px: side of the scene's tiles, where it is a mosaic of different places; None where it is an image
    local_window_px: side of the square around each pixel by which an image is standardised, as a mosaic's tiles are; None: by `statistics`
    """

    scene: Scene
    labels: UInt8
    split_map: UInt8
    statistics: BandStatistics
    inventory: gpd.GeoDataFrame | None
    tile_px: int | None = None
    local_window_px: int | None = None

    def standardised(
        self, statistics: BandStatistics | None = None, seen: Mask | None = None
    ) -> Float32:
        """(height, width, bands) standardised pixels, 0 where not valid; of a mosaic each tile by itself, as each is an image.

        seen: the only ground that surroundings may be looked at on, (height, width); None: all of it
        """
        if self.local_window_px and statistics is None:
            valid = self.scene.valid if seen is None else self.scene.valid & seen
            return standardise_locally(self.scene.pixels, valid, self.local_window_px)
        if self.tile_px and statistics is None:
            return standardise_tiles(self.scene.pixels, self.scene.valid, self.tile_px)
        return standardise(self.scene.pixels, self.scene.valid, statistics or self.statistics)


def write_prepared(prepared: Prepared, folder: Path, dtype: str) -> None:
    """Write a ground into a folder: scene.tif, labels.tif, split.tif, statistics.json and, where mapped, inventory.gpkg."""
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
    told = {
        "from": "valid pixels of the train blocks",
        "tile_px": prepared.tile_px,
        "around_px": prepared.local_window_px,
    }
    write_json(folder / "statistics.json", asdict(prepared.statistics) | told)
    if prepared.inventory is not None:
        write_inventory(prepared.inventory, folder / "inventory.gpkg")


def read_prepared(folder: Path) -> Prepared:
    """Read a folder that `write_prepared` wrote. Raises SceneError where it is not complete."""
    if not (folder / "statistics.json").exists():
        raise SceneError(
            f"there is no prepared ground in {folder}; run `dvc repro prepare`, or `dvc pull {folder}`"
        )
    values = read_json(folder / "statistics.json")
    if missing := {field.name for field in fields(BandStatistics)} - set(values):
        raise SceneError(
            f"{folder / 'statistics.json'} says nothing of {', '.join(sorted(missing))}; run `dvc repro prepare`"
        )
    statistics = BandStatistics(
        tuple(values["bands"]), tuple(values["mean"]), tuple(values["deviation"]), values["pixels"]
    )
    labels, _ = read_layer(folder / "labels.tif")
    parts, _ = read_layer(folder / "split.tif")
    sides = (values.get(name) for name in ("tile_px", "around_px"))
    return Prepared(
        read_scene(folder / "scene.tif"), labels, parts, statistics, read_manual(folder), *sides
    )


def read_manual(folder: Path) -> gpd.GeoDataFrame | None:
    """The manual inventory of a prepared ground; None where the date is not mapped."""
    path = folder / "inventory.gpkg"
    return read_inventory(path) if path.exists() else None
