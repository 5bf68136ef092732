"""Write a large scene by mirroring a small one, block by block.

python -m benchmarks.speed.make_scene SOURCE OUT PIXELS writes a square scene of about PIXELS pixels
(1e6, 1e7, …) that repeats SOURCE, each copy the mirror image of its neighbours, so that brightness
has no steps. Resolution, bands, their names, nodata and tags are those of SOURCE. The GeoTIFF is
tiled and compressed; memory does not depend on PIXELS.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.windows import Window

from benchmarks.arguments import argument_parser

BLOCK_PX = 512
CACHE_BYTES = 64 * 2**20


def side_px(pixels: float) -> int:
    """Return the side of a square of about so many pixels."""
    return max(1, round(math.sqrt(pixels)))


def mirrored(first: int, count: int, length: int) -> npt.NDArray[np.intp]:
    """Return the source index of `count` positions from `first` on.

    Args:
        first: First position of the large scene, pixels.
        count: Number of positions.
        length: Length of the source, pixels; it runs forwards, then backwards, and so on.
    """
    index = np.arange(first, first + count) % (2 * length)
    return np.where(index < length, index, 2 * length - 1 - index)


def make_scene(source: Path, out: Path, height: int, width: int) -> None:
    """Write the mirrored scene.

    Args:
        source: The small scene.
        out: GeoTIFF to write.
        height: Of the large scene, pixels.
        width: Of the large scene, pixels.
    """
    with rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES), rasterio.open(source) as small:
        profile = {
            "driver": "GTiff",
            "height": height,
            "width": width,
            "count": small.count,
            "dtype": small.dtypes[0],
            "crs": small.crs,
            "transform": small.transform,
            "nodata": small.nodata,
            "tiled": True,
            "blockxsize": BLOCK_PX,
            "blockysize": BLOCK_PX,
            "compress": "deflate",
            "zlevel": 1,
            "predictor": 2 if np.issubdtype(small.dtypes[0], np.integer) else 3,
            "interleave": "pixel",
            "BIGTIFF": "IF_SAFER",
        }
        with rasterio.open(out, "w", **profile) as large:
            large.descriptions = small.descriptions
            large.update_tags(**small.tags())
            for row in range(0, height, BLOCK_PX):
                for column in range(0, width, BLOCK_PX):
                    _write_block(small, large, row, column)


def _write_block(
    small: rasterio.DatasetReader, large: rasterio.io.DatasetWriter, row: int, column: int
) -> None:
    """Write the block whose first pixel is at (row, column)."""
    rows = mirrored(row, min(BLOCK_PX, large.height - row), small.height)
    columns = mirrored(column, min(BLOCK_PX, large.width - column), small.width)
    top, left = int(rows.min()), int(columns.min())
    part = small.read(
        window=Window(left, top, int(columns.max()) - left + 1, int(rows.max()) - top + 1)
    )
    block = part[:, rows[:, None] - top, columns - left]
    large.write(block, window=Window(column, row, len(columns), len(rows)))


def main() -> None:
    """Write the scene that the arguments ask for."""
    parser = argument_parser("benchmarks.speed.make_scene", __doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("pixels", type=float)
    arguments = parser.parse_args()
    side = side_px(arguments.pixels)
    make_scene(arguments.source, arguments.out, side, side)


if __name__ == "__main__":
    main()
