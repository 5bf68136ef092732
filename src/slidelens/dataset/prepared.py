"""Write and read prepared data: scene, labels, split and statistics in one folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np

from slidelens.dataset.change_channels import standardise_around
from slidelens.dataset.parts import UNKNOWN
from slidelens.dataset.prepared_files import (
    STAGE,
    read_bytes,
    read_manual,
    read_mapped,
    read_split,
    read_statistics,
)
from slidelens.dataset.standardisation import (
    BandStatistics,
    standardise,
    standardise_tiles,
)
from slidelens.dataset.windowed_scene import (
    WindowedScene,
    can_be_held,
    sampled,
    sampled_rows,
)
from slidelens.errors import SceneError
from slidelens.files import write_json
from slidelens.geo.geotiff import (
    read_scene,
    write_bytes,
    write_scene,
    write_scene_by_parts,
)
from slidelens.geo.rasters.header import read_header
from slidelens.geo.rasters.opening import open_dataset
from slidelens.geo.rasters.scene import Scene, read_on_grid, read_part
from slidelens.geo.vectors.inventory import write_inventory
from slidelens.geo.windowed import Part
from slidelens.intermediate.reading import refuse, stage_output
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
        block_px: side of the split's blocks if it was chosen; None if `split.block_m` sets it.
        mapped: (height, width) ground of which the inventory is complete; None: all of it.
        weight: share of a source in the pretraining, beside the weights of the others.
        landslide_share: true share of landslide ground of a source; None: that of its labels.
        registration: shifts that were measured and corrected; None: none was measured.
    """

    scene: Scene
    labels: UInt8
    split_map: UInt8
    statistics: BandStatistics
    inventory: gpd.GeoDataFrame | None
    tile_px: int | None = None
    local_window_px: int | None = None
    block_px: int | None = None
    mapped: Mask | None = None
    weight: float = 1.0
    landslide_share: float | None = None
    registration: Mapping[str, Any] | None = None

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
            pixels, names = self.scene.pixels, self.scene.bands
            return standardise_around(pixels, valid, self.local_window_px, names, self.statistics)
        if self.tile_px and statistics is None:
            return standardise_tiles(self.scene.pixels, self.scene.valid, self.tile_px)
        return standardise(self.scene.pixels, self.scene.valid, statistics or self.statistics)

    @property
    def is_held(self) -> bool:
        """Whether the pixels are in memory, or needed there because surroundings count."""
        return not isinstance(self.scene, WindowedScene) or self.local_window_px is not None

    def standardised_part(self, part: Part) -> Float32:
        """Return some rows and columns of what `standardised` returns; not by surroundings."""
        pixels = self.scene.read(enlarged := _whole_tiles(part, self.tile_px))
        valid = self.scene.valid[enlarged]
        if not self.tile_px:
            return standardise(pixels, valid, self.statistics)
        result = standardise_tiles(pixels, valid, self.tile_px)
        return result[
            tuple(
                slice(inner.start - outer.start, inner.stop - outer.start)
                for inner, outer in zip(part, enlarged, strict=True)
            )
        ]


def _whole_tiles(part: Part, tile_px: int | None) -> Part:
    """Return a part, enlarged to whole tiles of a mosaic."""
    if not tile_px:
        return part
    rows, columns = (
        slice(piece.start // tile_px * tile_px, -(-piece.stop // tile_px) * tile_px)
        for piece in part
    )
    return rows, columns


def write_prepared(prepared: Prepared, folder: Path, dtype: str) -> None:
    """Write scene.tif, labels.tif, split.tif, statistics.json and, if mapped, inventory.gpkg.

    An inventory that is complete in a part of the area only adds mapped.tif.

    Args:
        prepared: what to write.
        folder: to write to.
        dtype: data type of the scene's pixels.
    """
    grid = prepared.scene.grid
    write = write_scene_by_parts if isinstance(prepared.scene, WindowedScene) else write_scene
    write(prepared.scene, folder / "scene.tif", dtype)
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
    origin: dict[str, Any] = {
        "from": "valid pixels of the train blocks",
        "tile_px": prepared.tile_px,
        "around_px": prepared.local_window_px,
    }
    if prepared.block_px is not None:
        origin["block_px"] = prepared.block_px
    if prepared.weight != 1:
        origin["weight"] = prepared.weight
    if prepared.landslide_share is not None:
        origin["landslide_share"] = prepared.landslide_share
    if prepared.registration is not None:
        origin["registration"] = dict(prepared.registration)
    if prepared.mapped is not None:
        write_bytes(
            prepared.mapped.astype(np.uint8),
            grid,
            folder / "mapped.tif",
            "mapped",
            {"VALUES": "0 not mapped, 1 the inventory is complete"},
        )
    write_json(folder / "statistics.json", asdict(prepared.statistics) | origin)
    if prepared.inventory is not None:
        write_inventory(prepared.inventory, folder / "inventory.gpkg")


def read_prepared(folder: Path) -> Prepared:
    """Read a folder that `write_prepared` wrote into memory.

    Raises:
        SlidelensError: The folder is missing or incomplete, a file is damaged, or the files do
            not fit each other.
    """
    return _read(folder, read_scene)


def open_prepared(folder: Path) -> Prepared:
    """Open a folder that `write_prepared` wrote; pixels of a large scene stay in their file.

    Raises:
        SlidelensError: See `read_prepared`; damaged pixels that are not read are not noticed.
    """
    return _read(folder, _open_scene)


def _open_scene(path: Path) -> Scene:
    """Return a scene, in memory if it is small."""
    header = read_header(path)
    if can_be_held(header.grid, len(header.bands)):
        return read_on_grid(header, header.grid, header.bands)

    def read_pixels(part: Part) -> Float32:
        with stage_output(path, STAGE):
            return read_part(header, header.grid, header.bands, part)[0].pixels

    with open_dataset(path) as dataset:
        valid = dataset.dataset_mask() > 0
    return WindowedScene(header.grid, header.bands, valid, read_pixels)


def _read(folder: Path, read: Callable[[Path], Scene]) -> Prepared:
    path = folder / "statistics.json"
    if not path.exists():
        raise SceneError(
            f"there are no prepared data in {folder}; "
            f"run `dvc repro prepare`, or `dvc pull {folder}`"
        )
    values = read_statistics(path)
    with stage_output(folder / "scene.tif", STAGE):
        scene = read(folder / "scene.tif")
    prepared = Prepared(
        scene=scene,
        labels=read_bytes(folder / "labels.tif", scene.grid, (0, 1, UNKNOWN))[0],
        split_map=read_split(folder, scene.grid)[0],
        statistics=values.value,
        inventory=read_manual(folder, scene.grid.crs),
        tile_px=values.tile_px,
        local_window_px=values.around_px,
        block_px=values.block_px,
        mapped=read_mapped(folder, scene.grid),
        weight=values.weight,
        landslide_share=values.landslide_share,
        registration=None if values.registration is None else values.registration.model_dump(),
    )
    bands = prepared.statistics.bands
    if len(scene.bands) != len(bands):
        text = f"it is of {len(bands)} bands, scene.tif has {len(scene.bands)}"
        refuse(path, text, STAGE, SceneError)
    if prepared.tile_px and any(side % prepared.tile_px for side in scene.grid.shape):
        refuse(path, f"tile_px {prepared.tile_px} does not divide scene.tif", STAGE, SceneError)
    return prepared


def quick_look(prepared: Prepared, step: int) -> Prepared:
    """Return every n-th pixel of prepared data, in memory; n = 1 returns all of them.

    Args:
        prepared: Prepared data.
        step: n.
    """
    grid = prepared.scene.grid
    rows, columns = sampled_rows(grid.height, step), sampled_rows(grid.width, step)
    return replace(
        prepared,
        scene=sampled(prepared.scene, step),
        labels=prepared.labels[rows][:, columns],
        split_map=prepared.split_map[rows][:, columns],
    )
