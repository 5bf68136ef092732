"""Read the images and masks of training sets that are PNG, JPEG or TIFF files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray

from slidelens.errors import ParamsError, SceneError
from slidelens.geo.rasters.bands import Band, PixelReader, common_dtype, describe_bands
from slidelens.geo.rasters.opening import open_dataset
from slidelens.geo.rasters.wholeness import require_whole
from slidelens.importing.training_sets.bands import RED_GREEN_BLUE, choose_bands
from slidelens.importing.training_sets.labels import landslide_pixels, mosaic_type
from slidelens.resources import require_memory
from slidelens.types import Mask

SUFFIXES = (".png", ".tif", ".tiff", ".jpg", ".jpeg")
MASK_SUFFIXES = (".png", ".tif", ".tiff")  # JPEG does not keep values
_DRIVERS = ("PNG", "GTiff", "JPEG")
_REMEDY = "is it a complete PNG, JPEG or TIFF?"


@dataclass(frozen=True)
class ImageFile:
    """What the header of an image tells.

    Attributes:
        path: The file.
        shape: Height and width, pixels.
        names: Names of the data bands.
        dtype: Type of the values.
    """

    path: Path
    shape: tuple[int, int]
    names: tuple[str, ...]
    dtype: str


def read_header(path: Path, band_names: Sequence[str] | None) -> ImageFile:
    """Read the header of an image.

    Args:
        path: The file.
        band_names: Names of the data bands in file order; None: those of the file, or red, green
            and blue where it says so.

    Raises:
        SceneError: It cannot be read.
        ParamsError: Its bands have no names, or others than given.
        ResourceError: It needs more memory than there is.
    """
    with open_dataset(path, "image", _REMEDY, _REMEDY) as dataset:
        data = [band for band in _bands(dataset, path) if band.role == "data"]
        colours = tuple(dataset.colorinterp[band.position - 1].name for band in data)
        names = tuple(band.name for band in data if band.name)
        if band_names is not None:
            names = tuple(band_names)
        elif len(names) < len(data) and colours == RED_GREEN_BLUE:
            names = RED_GREEN_BLUE
        if len(names) != len(data):
            raise ParamsError(
                f"{path} has {len(data)} bands and {len(names)} names; name them in file order"
                " (--band-names)"
            )
        dtype = common_dtype(data)
        return ImageFile(path, dataset.shape, names, mosaic_type(np.dtype(dtype)))


def _bands(dataset: rasterio.DatasetReader, path: Path) -> tuple[Band, ...]:
    """Describe the bands of an open image of known formats that fits into memory."""
    if dataset.driver not in _DRIVERS:
        raise SceneError(f"{path} is a {dataset.driver} file; give PNG, JPEG or TIFF images")
    size_bytes = 16.0 * dataset.count * dataset.height * dataset.width
    require_memory(size_bytes, f"the image {path}", "cut it into smaller ones")
    return describe_bands(dataset, path)


def read_image(image: ImageFile, bands: Sequence[str] | None) -> tuple[NDArray[Any], Mask]:
    """Return (height, width, bands) values and (height, width) where all are seen.

    Args:
        image: The header.
        bands: Names of the bands to take; None: all.
    """
    chosen = choose_bands(image.names, bands)
    with open_dataset(image.path, "image", _REMEDY, _REMEDY) as dataset:
        require_whole(image.path)
        own = _bands(dataset, image.path)
        data = [band for band in own if band.role == "data"]
        reader = PixelReader(dataset, own)
        layers, valid = [], np.ones(dataset.shape, bool)
        for band in (data[position] for position in chosen.positions):
            if band.is_scaled:
                values: NDArray[Any] = reader.read_values(band)
                seen = np.isfinite(values)
            else:
                values, seen = reader.read_stored(band)
            layers.append(values.astype(image.dtype))
            valid &= seen
    return np.stack(layers, axis=-1), valid


def read_mask(path: Path) -> Mask:
    """Return the landslide pixels of a mask file, (height, width).

    Raises:
        SceneError: It cannot be read, or holds more than two values.
    """
    with open_dataset(path, "mask", _REMEDY, _REMEDY) as dataset:
        require_whole(path)
        size_bytes = 16.0 * dataset.count * dataset.height * dataset.width
        require_memory(size_bytes, f"the mask {path}", "cut it into smaller ones")
        if dataset.driver not in _DRIVERS:
            raise SceneError(f"{path} is a {dataset.driver} file; give PNG or TIFF masks")
        data = [
            band.position
            for band in describe_bands(dataset, path, masks_only=True)
            if band.role == "data"
        ]
        layers = dataset.read(data)
    if not (layers == layers[:1]).all():
        raise SceneError(f"{path} is a coloured mask; write one band, 0 and one other value")
    return landslide_pixels(layers[0], str(path))
