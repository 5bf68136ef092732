"""Read images on a grid: clear pixels alone, as reflectance × 10,000."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from rasterio.windows import Window

from slidelens.fetching.images.bands import ItemBand
from slidelens.fetching.images.image import Image, Source
from slidelens.fetching.images.offset import SCALE, OffsetDecision
from slidelens.fetching.images.reading import read_bands
from slidelens.geo.grid import Grid
from slidelens.geo.windowed import Part
from slidelens.types import Float32, Mask

REFLECTANCE = 10_000.0  # of a value of 1
# Scene classes that are not taken: no data, defective, cloud shadow, clouds and cirrus.
_UNSEEN = (0, 1, 3, 8, 9, 10)


@dataclass
class PixelReader:
    """Reads images on a grid.

    Attributes:
        grid: The whole grid.
        names: Bands, in the order of the result.
        offsets: Decisions on the offset, by id of the item; of Sentinel-2 alone.
        used: Ids of the items that have given pixels.
    """

    grid: Grid
    names: tuple[str, ...]
    offsets: Mapping[str, OffsetDecision]
    used: set[str] = field(default_factory=set)

    def read(self, image: Image, part: Part) -> Float32:
        """Return (bands, height, width) of an image, NaN where it is not clear in every band."""
        shape = tuple(piece.stop - piece.start for piece in part)
        values = np.full((len(self.names), *shape), np.nan, np.float32)
        open_ = np.ones(shape, bool)
        for source in over(image, self.grid, part):
            if not open_.any():
                break
            clear = open_ & read_clear(source, self.grid, part)
            if not clear.any():
                continue
            layers = self._read_source(source, part)
            clear &= np.isfinite(layers).all(axis=0)
            values[:, clear] = layers[:, clear]
            open_ &= ~clear
            if clear.any():
                self.used.add(source.name)
        return values

    def _read_source(self, source: Source, part: Part) -> Float32:
        bands = [source.bands[name] for name in self.names]
        layers = read_bands(source.item, bands, self.grid, part)
        for layer, band in zip(layers, bands, strict=True):
            self._calibrate(layer, source, band)
        return layers

    def _calibrate(self, layer: Float32, source: Source, band: ItemBand) -> None:
        """Turn stored values into reflectance × 10,000, in place; without scale they stay."""
        if source.is_sentinel2:
            layer[layer == 0] = np.nan
            layer += self.offsets[source.name].added
            layer *= REFLECTANCE * (band.scale or SCALE)
        elif band.scale is not None:
            layer *= REFLECTANCE * band.scale
            layer += REFLECTANCE * (band.offset or 0.0)
        else:
            return
        np.maximum(layer, 1, out=layer)  # 0 stands for no data in most programs


def is_reflectance(image: Image) -> bool:
    """Return whether the values of an image can be turned into reflectance."""
    return all(
        source.is_sentinel2 or all(band.scale is not None for band in source.bands.values())
        for source in image.sources
    )


def stored_dtype(images: Sequence[Image]) -> str:
    """Return the type of a file of the images' values: uint16 of reflectance."""
    if all(map(is_reflectance, images)):
        return "uint16"
    types = {
        band.dtype for image in images for source in image.sources for band in source.bands.values()
    }
    only = next(iter(types)) if len(types) == 1 else None
    return only if only in ("uint8", "uint16", "int16") else "float32"


def over(image: Image, grid: Grid, part: Part) -> Iterator[Source]:
    """Yield the items of an image that reach into a part of a grid."""
    place = shapely.box(*grid.window(Window.from_slices(*part)).bounds)
    return (source for source in image.sources if source.place.intersects(place))


def read_clear(source: Source, grid: Grid, part: Part) -> Mask:
    """Return where an item has neither clouds nor shadows, as far as it tells."""
    if source.classes is None:
        return np.ones(tuple(piece.stop - piece.start for piece in part), bool)
    (classes,) = read_bands(source.item, [source.classes], grid, part, "nearest")
    return is_clear(classes)


def is_clear(classes: Float32) -> Mask:
    """Return where scene classes are neither clouds, shadows nor defects; NaN is not clear."""
    clear: Mask = np.isfinite(classes) & ~np.isin(classes, _UNSEEN)
    return clear
