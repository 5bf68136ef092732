"""Write and read prepared data: scene, labels, split and statistics in one folder."""

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
    write_json(folder / "statistics.json", asdict(prepared.statistics) | origin)
    if prepared.inventory is not None:
        write_inventory(prepared.inventory, folder / "inventory.gpkg")


def read_prepared(folder: Path) -> Prepared:
    """Read a folder that `write_prepared` wrote.

    Raises:
        SceneError: The folder is missing or incomplete.
    """
    if not (folder / "statistics.json").exists():
        raise SceneError(
            f"there are no prepared data in {folder}; "
            f"run `dvc repro prepare`, or `dvc pull {folder}`"
        )
    values = read_json(folder / "statistics.json")
    if missing := {field.name for field in fields(BandStatistics)} - set(values):
        raise SceneError(
            f"{folder / 'statistics.json'} lacks {', '.join(sorted(missing))}; "
            "run `dvc repro prepare`"
        )
    statistics = BandStatistics(
        tuple(values["bands"]), tuple(values["mean"]), tuple(values["deviation"]), values["pixels"]
    )
    labels, _ = read_layer(folder / "labels.tif")
    split_map, _ = read_layer(folder / "split.tif")
    return Prepared(
        scene=read_scene(folder / "scene.tif"),
        labels=labels,
        split_map=split_map,
        statistics=statistics,
        inventory=read_manual(folder),
        tile_px=values.get("tile_px"),
        local_window_px=values.get("around_px"),
    )


def read_manual(folder: Path) -> gpd.GeoDataFrame | None:
    """Read the manual inventory of prepared data; None if the date is not mapped."""
    path = folder / "inventory.gpkg"
    return read_inventory(path) if path.exists() else None
