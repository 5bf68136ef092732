"""Folders of images and masks, as the landslide set of Bijie has them.

Ji et al. (2020), doi 10.1007/s10346-020-01353-2: `landslide/image/*.png` with a mask of the same
name in `landslide/mask`, and `non-landslide/image/*.png`, which hold no landslide unless they have
masks too. `image` and `mask` may also lie in the folder itself.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from slidelens.errors import SceneError
from slidelens.escaping import counted
from slidelens.importing.training_sets.bands import choose_bands
from slidelens.importing.training_sets.collection import Image, Part, Pixels
from slidelens.importing.training_sets.finding import (
    by_stem,
    files_in,
    not_found,
    require_masks,
    subfolder,
)
from slidelens.importing.training_sets.images import (
    MASK_SUFFIXES,
    SUFFIXES,
    ImageFile,
    read_header,
    read_image,
    read_mask,
)

log = logging.getLogger(__name__)

_OTHER_FORMATS = (".bmp", ".gif", ".img", ".jp2", ".webp")
_IMAGES, _MASKS = ("image", "images", "img"), ("mask", "masks")
_BARE = ("non-landslide", "non_landslide", "nonlandslide")
_EXPECTED = "image/NAME.png with mask/NAME.png (in landslide/ where there is a non-landslide/)"


def read_parts(
    folder: Path, bands: Sequence[str] | None, band_names: Sequence[str] | None
) -> list[Part]:
    """Return the images, those with masks first.

    Args:
        folder: The folder with `image` and `mask`, or with `landslide` and `non-landslide`.
        bands: Names of the bands to take; None: all of the first image.
        band_names: Names of the bands in file order; None: those of the files.

    Raises:
        SceneError: The folder holds something else, or an image has no mask.
        ParamsError: There is no such band.
    """
    pairs: list[tuple[Path, Path | None]] = []
    bare = subfolder(folder, *_BARE)
    for place in filter(None, (folder, subfolder(folder, "landslide"), bare)):
        images, masks = subfolder(place, *_IMAGES), subfolder(place, *_MASKS)
        if images is None:
            continue
        if masks is not None:
            pairs += _with_masks(images, masks)
        elif place == bare and pairs:
            pairs += [(path, None) for path in _images_in(images)]
    if not pairs:
        raise not_found(folder, _EXPECTED)
    headers = [read_header(path, band_names) for path, _ in pairs]
    names = choose_bands(headers[0].names, bands).names
    dtype = common_type(headers)
    images_of = [
        Image(header.path.name, header.shape, partial(_read, header, mask, names))
        for header, (_, mask) in zip(headers, pairs, strict=True)
    ]
    return [Part("", images_of, names, dtype, "as in the files")]


def _images_in(folder: Path) -> list[Path]:
    """Return the images of a folder, and warn of those in formats that are not read."""
    images = files_in(folder, SUFFIXES)
    read = {path.stem for path in images}
    if others := [path for path in files_in(folder, _OTHER_FORMATS) if path.stem not in read]:
        log.warning(
            "%s: %s of other formats not read, %s first; give images as PNG, TIFF or JPEG",
            folder,
            counted(len(others), "image"),
            others[0].name,
        )
    return images


def _with_masks(images: Path, masks: Path) -> list[tuple[Path, Path]]:
    """Return the images of a folder with their masks."""
    named, of_masks = by_stem(_images_in(images)), by_stem(files_in(masks, MASK_SUFFIXES))
    lossy = [path for path in files_in(masks, (".jpg", ".jpeg")) if path.stem not in of_masks]
    if lossy:
        raise SceneError(
            f"{lossy[0]} is a JPEG, which does not keep the values of a mask; give masks as PNG or"
            " TIFF"
        )
    require_masks(named, of_masks, images.parent)
    return [(path, of_masks[stem]) for stem, path in named.items()]


def common_type(headers: Sequence[ImageFile]) -> str:
    """Return the type of the values of all images.

    Raises:
        SceneError: The images have different types, whose values could not be compared.
    """
    for header in headers:
        if header.dtype != headers[0].dtype:
            raise SceneError(
                f"{header.path} holds {header.dtype} and {headers[0].path.name}"
                f" {headers[0].dtype}; bring the images to one type"
            )
    return headers[0].dtype


def _read(header: ImageFile, mask: Path | None, bands: Sequence[str]) -> Pixels:
    values, valid = read_image(header, bands)
    if mask is None:
        return Pixels(values, valid, np.zeros(valid.shape, bool))
    landslides = read_mask(mask)
    if landslides.shape != valid.shape:
        raise SceneError(
            f"{mask} has {landslides.shape[0]} × {landslides.shape[1]} pixels and its image"
            f" {valid.shape[0]} × {valid.shape[1]}; copy them again"
        )
    return Pixels(values, valid, landslides)
