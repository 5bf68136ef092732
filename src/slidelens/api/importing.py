"""Bring public training sets and inventories of other formats into a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from slidelens.api.inputs.inventories import PathLike
from slidelens.api.inputs.lists import require_list
from slidelens.errors import ParamsError
from slidelens.geo.vectors.labels import negatives_of
from slidelens.importing.inventories import read_foreign_inventory
from slidelens.importing.study_files import WrittenPart, write_dated_inventory, write_parts
from slidelens.importing.training_sets.formats import (
    Format,
    ImportOptions,
    check_options,
    pixel_side_m,
    read_parts,
)

TILE_PX = 128  # the side of the tiles of most training sets, and of training patches


@dataclass(frozen=True)
class ImportedData:
    """What was imported.

    Attributes:
        files: The files that were written.
        numbers: Counts, bands and pixel size as JSON values.
        parameters: Lines for params.yaml that use the files.
    """

    files: tuple[Path, ...]
    numbers: dict[str, Any]
    parameters: str

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as JSON values, those of `slidelens import`."""
        return self.numbers


def import_dataset(
    format: Format,
    path: PathLike,
    out: PathLike,
    *,
    name: str | None = None,
    bands: Sequence[str] | None = None,
    band_names: Sequence[str] | None = None,
    pixel_m: float | None = None,
    tile_px: int | None = None,
    image: Literal["pre", "post"] | None = None,
    category: str | None = None,
    regions: Sequence[str] | None = None,
    date: str | None = None,
    crs: str | None = None,
) -> ImportedData:
    """Write a training set as mosaics with their inventories, or an inventory, into a study.

    Existing files are never overwritten; all files are written or none.

    Args:
        format: landslide4sense, hr-gldd, sen12landslides, folders, coco or inventory.
        path: The folder or file.
        out: Folder of the study, made if it is missing.
        name: Name of the files. By default that of the format.
        bands: Bands to take, by name. By default red, green, blue and nir where the set has them,
            else all.
        band_names: Names of the bands in file order, for hr-gldd, folders and coco.
        pixel_m: Side of a pixel, metres, for folders and coco.
        tile_px: Side of a tile, pixels, a multiple of 16. By default 128.
        image: For sen12landslides, the image before (`pre`) or after (`post`, the default) the
            event.
        category: For coco, the category of landslides. By default the only one.
        regions: For sen12landslides, the regions to take. By default all.
        date: Date of an inventory.
        crs: CRS of a CSV with WKT.

    Raises:
        SlidelensError: The input is not what the format says, an option means nothing for it, or
            a file exists.
    """
    for argument, value in (("bands", bands), ("band_names", band_names), ("regions", regions)):
        require_list(value, argument)
    options = ImportOptions(
        name, bands, band_names, pixel_m, tile_px, image, category, regions, date, crs
    )
    check_options(format, options)
    if format == "inventory":
        return _import_inventory(Path(path), Path(out), options)
    side_m = pixel_side_m(format, options)
    parts = read_parts(format, Path(path), options)
    side_px = tile_px or TILE_PX
    written = write_parts(parts, format if name is None else name, Path(out), side_px, side_m)
    files = [file for each in written for file in (each.scene, each.inventory)]
    return ImportedData(
        tuple(Path(out) / file for file in files),
        _numbers(format, written, side_px, side_m),
        _parameters(written, Path(out), side_px, side_m),
    )


def _import_inventory(path: Path, out: Path, options: ImportOptions) -> ImportedData:
    if options.date is None:
        raise ParamsError("an inventory needs its date (--date), like 2018-post")
    found = read_foreign_inventory(path, options.crs)
    written = write_dated_inventory(found, options.date, out)
    negatives = len(negatives_of(found.rows))
    numbers = {
        "format": "inventory",
        "inventory": written,
        "landslides": len(found.rows) - negatives,
        "not_landslides": negatives,
        "mapped": found.mapped is not None,
        "crs": found.rows.crs.to_string(),
    }
    lines = (
        f"# {written} is the inventory of {options.date}; its image goes to"
        f" scenes/{options.date}.tif\n# add the date with `slidelens dates … {options.date}`\n"
    )
    return ImportedData((out / written,), numbers, lines)


def _numbers(
    format: str, written: Sequence[WrittenPart], tile_px: int, pixel_m: float
) -> dict[str, Any]:
    parts = [
        {"part": each.part.name or None, "scene": each.scene, "inventory": each.inventory}
        | vars(each.counts)
        | {"landslide_share": each.counts.landslide_pixels / each.counts.seen_pixels}
        | {"dtype": each.part.dtype, "values": each.part.values}
        | ({"groups": dict(each.part.groups)} if each.part.groups else {})
        for each in written
    ]
    totals = {
        key: sum(part[key] for part in parts)
        for key in ("images", "tiles", "tiles_with_landslides", "landslides")
    }
    marked, seen = (sum(part[f"{key}_pixels"] for part in parts) for key in ("landslide", "seen"))
    return {
        "format": format,
        **totals,
        "landslide_share": marked / seen,
        "bands": list(written[0].part.bands),
        "pixel_m": pixel_m,
        "tile_px": tile_px,
        "position": "nominal",
        "parts": parts,
    }


def _parameters(written: Sequence[WrittenPart], out: Path, tile_px: int, pixel_m: float) -> str:
    first = written[0]
    study: dict[str, Any] = {
        "root": str(out),
        "pretrain": {
            "scene": first.scene,
            "inventory": first.inventory,
            "aoi": None,
            "tile_px": tile_px,
        },
        "bands": list(first.part.bands),
    }
    lines = [
        "# for params.yaml; CRS and position of the mosaic are nominal, and its pixels of"
        f" {pixel_m:g} m must be those of the study"
    ]
    if others := [each.scene for each in written[1:]]:
        lines.append(f"# also written: {', '.join(others)}")
    text = yaml.safe_dump({"study": study}, sort_keys=False, default_flow_style=False)
    return "\n".join([*lines, text])
