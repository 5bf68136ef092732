"""Landslide4Sense: a folder a split, an HDF5 file a patch.

Ghorbanzadeh et al. (2022), doi 10.1109/TGRS.2022.3215209. `TrainData/img/image_1.h5` holds the
array `img` of 128 × 128 pixels and 14 bands: Sentinel-2's B1 to B12 (B8A is not among them), the
slope and the elevation of ALOS PALSAR. `TrainData/mask/mask_1.h5` holds `mask`, 1 for landslides.
ValidData and TestData were first published without masks. On Hugging Face the same files lie in
`images/train` and `annotations/train`, `validation` and `test`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from slidelens.errors import SceneError
from slidelens.importing.training_sets.bands import DEFAULT, SENTINEL2, BandChoice, choose_bands
from slidelens.importing.training_sets.collection import Image, Part, Pixels
from slidelens.importing.training_sets.finding import files_in, not_found, require_masks, subfolder
from slidelens.importing.training_sets.hdf5 import array_in, open_hdf5
from slidelens.importing.training_sets.labels import finite, landslide_pixels

log = logging.getLogger(__name__)

PIXEL_M = 10.0
BANDS = (*(name for code, name in SENTINEL2.items() if code != "B8A"), "slope", "elevation")
_SPLITS = {"train": "traindata", "validation": "validdata", "test": "testdata"}
_EXPECTED = (
    "TrainData/img/image_1.h5 … and TrainData/mask/mask_1.h5 …, or images/train/image_1.h5 … and"
    " annotations/train/mask_1.h5 …"
)


def read_parts(folder: Path, bands: Sequence[str] | None) -> list[Part]:
    """Return the splits that have masks.

    Args:
        folder: The folder with TrainData, or one of its splits.
        bands: Names of the bands to take; None: red, green, blue and nir.

    Raises:
        SceneError: The folder holds something else, or an image has no mask.
        ParamsError: There is no such band.
    """
    chosen = choose_bands(BANDS, bands, DEFAULT)
    parts = []
    for name, split, images, masks in _splits(folder):
        if masks is None:
            log.warning("%s has no folder of masks and is left out", split)
        else:
            parts.append(_read_split(name, images, masks, chosen))
    if not parts:
        raise not_found(folder, _EXPECTED)
    return parts


def _splits(folder: Path) -> Iterator[tuple[str, Path, Path, Path | None]]:
    """Yield the name of each split, and the folders of it, its images and, if there are, masks."""
    if (images := subfolder(folder, "images")) is not None:
        masks = subfolder(folder, "annotations")
        for name in _SPLITS:
            if (of_split := subfolder(images, name)) is not None:
                yield name, of_split, of_split, subfolder(masks, name) if masks else None
        return
    folders = {name: subfolder(folder, split) for name, split in _SPLITS.items()}
    if subfolder(folder, "img") is not None:
        own = {split: name for name, split in _SPLITS.items()}
        folders = {own.get(folder.resolve().name.lower(), ""): folder}
    for name, split in folders.items():
        if split is not None and (of_split := subfolder(split, "img")) is not None:
            yield name, split, of_split, subfolder(split, "mask")


def _read_split(name: str, images: Path, masks: Path, chosen: BandChoice) -> Part:
    numbered = _numbered(images, "image")
    of_masks = _numbered(masks, "mask")
    if not numbered:
        raise not_found(images, "image_1.h5 …")
    require_masks(
        [f"image_{number}" for number in numbered],
        [f"image_{number}" for number in of_masks],
        images,
    )
    return Part(
        name,
        [_open(path, of_masks[number], chosen) for number, path in sorted(numbered.items())],
        chosen.names,
        "float32",
        "as published",
    )


def _numbered(folder: Path, kind: str) -> dict[int, Path]:
    found = {}
    for path in files_in(folder, (".h5",)):
        match = re.fullmatch(rf"{kind}_(\d{{1,9}})\.h5", path.name, re.IGNORECASE)
        if match is None:
            raise SceneError(f"{path} is not named {kind}_NUMBER.h5; take it away, or rename it")
        found[int(match[1])] = path
    return found


def _open(path: Path, mask: Path, chosen: BandChoice) -> Image:
    with open_hdf5(path) as file:
        height, width, count = array_in(file, "img", path, 3).shape
    if count != len(BANDS):
        raise SceneError(f"{path} has {count} bands; Landslide4Sense has {len(BANDS)}")
    return Image(path.name, (height, width), partial(_read, path, mask, chosen))


def _read(path: Path, mask: Path, chosen: BandChoice) -> Pixels:
    with open_hdf5(path) as file:
        values = array_in(file, "img", path, 3)[:][..., list(chosen.positions)]
    with open_hdf5(mask) as file:
        labels = array_in(file, "mask", mask, 2)[:]
    if labels.shape != values.shape[:2]:
        raise SceneError(
            f"{mask} has the shape {labels.shape} and {path.name} {values.shape[:2]}; copy both"
        )
    values = values.astype(np.float32)
    return Pixels(values, finite(values), landslide_pixels(labels, str(mask), mark=1))
