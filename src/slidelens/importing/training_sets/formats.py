"""The formats of training sets, the options that each has, and their parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from slidelens.errors import ParamsError
from slidelens.importing.training_sets import (
    coco,
    folders,
    hr_gldd,
    landslide4sense,
    sen12landslides,
)
from slidelens.importing.training_sets.collection import Part

Format = Literal["landslide4sense", "hr-gldd", "sen12landslides", "folders", "coco", "inventory"]
FORMATS: tuple[str, ...] = get_args(Format)
_PIXEL_M = {
    "landslide4sense": landslide4sense.PIXEL_M,
    "hr-gldd": hr_gldd.PIXEL_M,
    "sen12landslides": sen12landslides.PIXEL_M,
}
_OF_TILES = ("name", "bands", "tile_px")
_TAKEN = {
    "landslide4sense": _OF_TILES,
    "hr-gldd": (*_OF_TILES, "band_names"),
    "sen12landslides": (*_OF_TILES, "image", "regions"),
    "folders": (*_OF_TILES, "band_names", "pixel_m"),
    "coco": (*_OF_TILES, "band_names", "pixel_m", "category"),
    "inventory": ("date", "crs"),
}


@dataclass(frozen=True)
class ImportOptions:
    """Options of an import; None where the user gives none.

    Attributes:
        name: Name of the files; None: that of the format.
        bands: Bands to take.
        band_names: Names of the bands in file order.
        pixel_m: Side of a pixel, metres.
        tile_px: Side of a tile, pixels.
        image: The image before (`pre`) or after (`post`) the event.
        category: Category of landslides.
        regions: Regions to take.
        date: Date of an inventory.
        crs: CRS of a CSV.
    """

    name: str | None = None
    bands: Sequence[str] | None = None
    band_names: Sequence[str] | None = None
    pixel_m: float | None = None
    tile_px: int | None = None
    image: Literal["pre", "post"] | None = None
    category: str | None = None
    regions: Sequence[str] | None = None
    date: str | None = None
    crs: str | None = None


def check_options(name: str, options: ImportOptions) -> None:
    """Raise ParamsError if the format is unknown, or an option means nothing for it."""
    if name not in FORMATS:
        raise ParamsError(f"there is no format {name!r}; there are {', '.join(FORMATS)}")
    for option, value in vars(options).items():
        if value is not None and option not in _TAKEN[name]:
            raise ParamsError(
                f"{option} (--{option.replace('_', '-')}) is not for {name}; leave it out"
            )
    if options.tile_px is not None and not (
        16 <= options.tile_px <= 65_536 and options.tile_px % 16 == 0
    ):
        raise ParamsError(
            f"tile_px (--tile-px) is {options.tile_px}; give a multiple of 16 from 16 to 65,536"
        )


def pixel_side_m(name: str, options: ImportOptions) -> float:
    """Return the side of a pixel: the documented one of the set, or that of the user.

    Raises:
        ParamsError: Neither is known, or it is no length.
    """
    if options.pixel_m is None and name not in _PIXEL_M:
        raise ParamsError(
            f"the files of {name} do not tell the size of a pixel on the ground; give pixel_m"
            " (--pixel-m), like 0.8 (metres)"
        )
    pixel_m = _PIXEL_M[name] if options.pixel_m is None else options.pixel_m
    if not 0.01 <= pixel_m <= 1000:  # also refuses NaN
        raise ParamsError(f"pixel_m (--pixel-m) is {pixel_m:g}; give 0.01 to 1000 m")
    return pixel_m


def read_parts(name: str, path: Path, options: ImportOptions) -> list[Part]:
    """Return the parts of a training set; pixels are read later, image by image.

    Args:
        name: The format.
        path: The folder or file.
        options: Checked by `check_options`.

    Raises:
        SlidelensError: It is not what the format says.
    """
    if name == "landslide4sense":
        return landslide4sense.read_parts(path, options.bands)
    if name == "hr-gldd":
        return hr_gldd.read_parts(path, options.bands, options.band_names)
    if name == "sen12landslides":
        return sen12landslides.read_parts(
            path, options.bands, options.image or "post", options.regions
        )
    if name == "folders":
        return folders.read_parts(path, options.bands, options.band_names)
    return coco.read_parts(path, options.bands, options.band_names, options.category)
