"""Compose a scene of one image, or of the median of several, part by part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from slidelens.dataset.windowed_scene import WindowedScene
from slidelens.fetching.images.image import Image
from slidelens.fetching.images.pixels import PixelReader
from slidelens.geo.geotiff import as_type
from slidelens.geo.windowed import FileArray, Part, chunks
from slidelens.types import Float32, Mask

_MANY = 40  # images from which smaller parts are read, so that all of them fit
_SIDE_PX = {False: 1024, True: 512}


def compose(
    images: Sequence[Image],
    reader: PixelReader,
    dtype: str,
    scratch: Path,
    done: Callable[[float], None],
) -> WindowedScene:
    """Read the pixels of images into files of a folder.

    Args:
        images: One image, or several whose median is taken pixel by pixel.
        reader: Reads them.
        dtype: Type of the values; integer types round, and clip to their range.
        scratch: Folder for the files, which the scene reads from.
        done: Is told the share of the work that is done, 0 to 1.

    Raises:
        SceneError: A file cannot be read.
    """
    grid, names = reader.grid, reader.names
    layers = [FileArray(scratch / f"{index}.raw", grid.shape, dtype) for index in range(len(names))]
    valid: Mask = np.zeros(grid.shape, bool)
    parts = list(chunks(grid.shape, _SIDE_PX[len(images) > _MANY]))
    for number, part in enumerate(parts, 1):
        values = _median([reader.read(image, part) for image in images])
        seen = np.isfinite(values).all(axis=0)
        valid[part] = seen
        for layer, band in zip(layers, values, strict=True):
            layer.write(part, as_type(np.where(seen, band, np.float32(0)), layer.dtype))
        done(number / len(parts))

    def read(part: Part) -> Float32:
        return np.stack([layer.read(part) for layer in layers], axis=-1, dtype=np.float32)

    return WindowedScene(grid, names, valid, read)


def _median(stack: list[Float32]) -> Float32:
    """Return the median of arrays where they are not NaN; of an even number the middle two's mean.

    Args:
        stack: (bands, height, width) each; it is emptied.
    """
    if len(stack) == 1:
        return stack.pop()
    median = np.empty_like(stack[0])
    for index, band in enumerate(median):
        values = np.sort(np.stack([each[index] for each in stack]), axis=0)  # NaN is last
        number = np.isfinite(values).sum(axis=0)
        lower, upper = (np.maximum(number - 1, 0) // 2, number // 2)
        upper = np.where(number % 2, lower, np.minimum(upper, len(values) - 1))
        pair = (np.take_along_axis(values, at[None], axis=0)[0] for at in (lower, upper))
        band[:] = np.where(number > 0, sum(pair) / np.float32(2), np.nan)
    stack.clear()
    return median
