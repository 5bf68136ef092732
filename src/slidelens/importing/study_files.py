"""Write the parts of a training set, or an inventory, as the files of a study."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from slidelens.errors import ParamsError, SceneError
from slidelens.escaping import counted
from slidelens.geo.vectors.inventory import LAYER, write_inventory, write_layers
from slidelens.geo.vectors.labels import MAPPED
from slidelens.importing.inventories import ForeignInventory
from slidelens.importing.mosaic import NOMINAL, MosaicCounts, write_mosaic
from slidelens.importing.placing import new_files
from slidelens.importing.training_sets.collection import Part
from slidelens.params.dates import RESERVED_DATES, check_dates

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WrittenPart:
    """A mosaic that was written.

    Attributes:
        part: What it was made of.
        label: Name of its files.
        scene: Path of the scene below the study's folder.
        inventory: Path of the inventory below the study's folder.
        counts: What it holds.
    """

    part: Part
    label: str
    scene: str
    inventory: str
    counts: MosaicCounts


def write_parts(
    parts: Sequence[Part], name: str, folder: Path, tile_px: int, pixel_m: float
) -> list[WrittenPart]:
    """Write a scene and an inventory for each part below pretrain/: all files or none.

    Args:
        parts: Parts of a training set.
        name: Name of the files; that of the part follows it.
        folder: Folder of the study.
        tile_px: Side of a tile, pixels.
        pixel_m: Side of a pixel, metres.

    Raises:
        SlidelensError: An image cannot be read, or a file exists.
    """
    labels = [f"{name}-{part.name}" if part.name else name for part in parts]
    _check_names(labels)
    paths = [(f"pretrain/{label}.tif", f"pretrain/{label}.gpkg") for label in labels]
    written = []
    files = [path for pair in paths for path in pair]
    with new_files(folder, files, "another name (--name)") as temporary:
        for part, label, (scene, inventory) in zip(parts, labels, paths, strict=True):
            tags = {
                "position": NOMINAL,
                "tile_px": str(tile_px),
                "values": part.values,
                "source": label,
            }
            frame, counts = write_mosaic(part, tile_px, pixel_m, temporary / scene, tags)
            if not counts.seen_pixels:
                raise SceneError(f"{label} has no pixel with data; give another training set")
            write_inventory(frame, temporary / inventory)
            _tell(label, tile_px, counts)
            if doubt := part.doubt():
                log.warning("%s: %s", label, doubt)
            written.append(WrittenPart(part, label, scene, inventory, counts))
    return written


def _check_names(labels: Sequence[str]) -> None:
    for label in labels:
        try:
            check_dates((label,))
        except ValueError:
            raise ParamsError(
                f"files cannot be called {label!r} (--name); use letters, digits, '-', '_' and '.',"
                f" and none of the names {', '.join(RESERVED_DATES)}"
            ) from None


def _tell(label: str, tile_px: int, counts: MosaicCounts) -> None:
    log.info(
        "%s: %s, %d with landslides; CRS and position are nominal",
        label,
        counted(counts.tiles, "tile"),
        counts.tiles_with_landslides,
    )
    if counts.cut_images:
        number = counted(counts.cut_images, "image is", "images are")
        log.warning(
            "%s: %s larger than %d pixels and cut into tiles; a landslide across tiles is one in"
            " each",
            label,
            number,
            tile_px,
        )
    if counts.padded_tiles:
        number = counted(counts.padded_tiles, "tile is", "tiles are")
        log.warning("%s: %s not filled by an image; the rest is without data", label, number)


def write_dated_inventory(found: ForeignInventory, date: str, folder: Path) -> str:
    """Write inventories/<date>.gpkg and return that path below the study's folder.

    Args:
        found: Polygons, and the ground on which they are complete.
        date: Label of the date.
        folder: Folder of the study.

    Raises:
        SlidelensError: The file exists, or the label cannot name a file.
    """
    try:
        check_dates((date,))
    except ValueError as error:
        raise ParamsError(f"{error} (--date)") from None
    name = f"inventories/{date}.gpkg"
    with new_files(folder, [name], "another date (--date)") as temporary:
        mapped = {} if found.mapped is None else {MAPPED: found.mapped}
        write_layers({LAYER: found.rows} | mapped, temporary / name)
    return name
