"""Scenes of any size: their pixels are read part by part, when they are used."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from affine import Affine
from rasterio.windows import Window

from slidelens.geo.grid import Grid
from slidelens.geo.rasters.header import Header
from slidelens.geo.rasters.scene import Scene, log_reading, read_on_grid, read_part
from slidelens.geo.windowed import Part, strips, whole
from slidelens.types import Float32, Int64, Mask

HELD_BYTES = 2**28  # of the pixels of a scene; larger ones are not held in memory
_BYTES_PER_VALUE = 4

PixelReader = Callable[[Part], Float32]


class WindowedScene(Scene):
    """A scene whose pixels are not in memory; of each pixel only its validity is.

    `pixels` reads all of them, each time.

    Attributes:
        read_pixels: Returns the (rows, columns, bands) pixels of some rows and columns.
    """

    read_pixels: PixelReader

    def __init__(
        self, grid: Grid, bands: tuple[str, ...], valid: Mask, read_pixels: PixelReader
    ) -> None:
        """Describe a scene.

        Args:
            grid: Grid of the pixels.
            bands: Names of the bands.
            valid: (height, width), true where every band has a value.
            read_pixels: Returns the (rows, columns, bands) pixels of some rows and columns, 0
                where not valid.
        """
        values = {"grid": grid, "bands": bands, "valid": valid, "read_pixels": read_pixels}
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def pixels(self) -> Float32:
        """All pixels, (height, width, bands)."""
        return self.read(whole(self.grid.shape))

    def read(self, part: Part) -> Float32:
        """Return the pixels of some rows and columns."""
        return self.read_pixels(part)


def can_be_held(grid: Grid, bands: int) -> bool:
    """Return whether the pixels of a scene are few enough to be held in memory."""
    return grid.height * grid.width * bands * _BYTES_PER_VALUE <= HELD_BYTES


def open_on_grid(header: Header, grid: Grid, bands: Sequence[str]) -> Scene:
    """Return what `read_on_grid` returns; the pixels of a large scene are read when used.

    Args:
        header: The scene.
        grid: Grid of the result.
        bands: Names of the bands, in the order of the result.

    Raises:
        SceneError: A band is missing, or the file is truncated.
        ResourceError: There is too little memory for the pixels.
    """
    if can_be_held(grid, len(bands)):
        return read_on_grid(header, grid, bands)
    valid, soft_pixels = np.zeros(grid.shape, bool), 0.0
    for part in strips(grid.shape):
        scene, soft_share = read_part(header, grid, bands, part)
        valid[part] = scene.valid
        soft_pixels += soft_share * scene.valid.size
    log_reading(header, bands, soft_pixels / valid.size)
    return WindowedScene(
        grid, tuple(bands), valid, lambda part: read_part(header, grid, bands, part)[0].pixels
    )


def map_pixels(
    scene: Scene,
    function: Callable[[Scene], Float32],
    bands: tuple[str, ...] | None = None,
) -> Scene:
    """Return a scene with other pixels, each computed from the same pixel.

    Args:
        scene: The scene.
        function: Returns the new pixels of a part of the scene.
        bands: Names of the new bands; by default those of the scene.
    """
    names = scene.bands if bands is None else bands
    if not isinstance(scene, WindowedScene):
        return Scene(scene.grid, names, function(scene), scene.valid)

    def read(part: Part) -> Float32:
        grid = scene.grid.window(Window.from_slices(*part))
        return function(Scene(grid, scene.bands, scene.read(part), scene.valid[part]))

    return WindowedScene(scene.grid, names, scene.valid, read)


def parts_of(scene: Scene) -> list[Part]:
    """Return the strips in which a scene is read from above; one if it is in memory."""
    shape = scene.grid.shape
    return list(strips(shape)) if isinstance(scene, WindowedScene) else [whole(shape)]


def every_nth(mask: Mask, step: int) -> Int64:
    """Return the flat indices of every n-th pixel of a mask, row by row, from the first on.

    Args:
        mask: (height, width).
        step: n.
    """
    before, found = 0, [np.empty(0, np.int64)]
    for rows, _ in strips(mask.shape):
        inside = np.flatnonzero(mask[rows])
        chosen = inside[-before % step :: step]
        before += len(inside)
        found.append(chosen + rows.start * mask.shape[1])
    return np.concatenate(found)


def pixels_at(scene: Scene, index: Int64) -> Float32:
    """Return the (n, bands) pixels at flat indices in increasing order."""
    width = scene.grid.width
    found = [np.empty((0, len(scene.bands)), np.float32)]
    for part in parts_of(scene):
        first, stop = np.searchsorted(index, [part[0].start * width, part[0].stop * width])
        if first < stop:
            pixels = scene.read(part).reshape(-1, len(scene.bands))
            found.append(pixels[index[first:stop] - part[0].start * width])
    return np.concatenate(found)


def sampled(scene: Scene, step: int) -> Scene:
    """Return a scene of every n-th pixel in both directions, on a grid of larger pixels.

    Args:
        scene: The scene.
        step: n; 1 returns the scene in memory.
    """
    grid = coarser(scene.grid, step)
    pixels = np.empty((*grid.shape, len(scene.bands)), np.float32)
    rows, columns = sampled_rows(scene.grid.height, step), sampled_rows(scene.grid.width, step)
    for part in parts_of(scene):
        inside = (rows >= part[0].start) & (rows < part[0].stop)
        if inside.any():
            own = scene.read(part)
            pixels[inside] = own[rows[inside] - part[0].start][:, columns]
    return Scene(grid, scene.bands, pixels, scene.valid[rows][:, columns])


def coarser(grid: Grid, step: int) -> Grid:
    """Return a grid with pixels n times as large, which covers the same ground."""
    transform = grid.transform @ Affine.scale(step)
    return Grid(grid.crs, transform, -(-grid.height // step), -(-grid.width // step))


def sampled_rows(length: int, step: int) -> Int64:
    """Return the row, or column, nearest to the centre of each larger pixel."""
    centres = np.arange(-(-length // step), dtype=np.int64) * step + step // 2
    return np.minimum(centres, length - 1)
