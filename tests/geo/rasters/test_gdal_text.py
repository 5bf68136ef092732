"""Messages of GDAL that rasterio cannot decode."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

READ = """
import logging, sys
from pathlib import Path
from slidelens.geo.rasters.opening import open_dataset
logging.basicConfig(level=logging.WARNING, format="%(message)s")
for _ in range(2):
    with open_dataset(Path(sys.argv[1])) as dataset:
        dataset.read(1)
raise UnicodeDecodeError("utf-8", b"x", 0, 1, "of our own")
"""


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A GeoTIFF whose metadata hold bytes that are not UTF-8, which GDAL quotes."""
    path = tmp_path / "a.tif"
    profile = {"height": 8, "width": 8, "count": 1, "dtype": "uint8", "driver": "GTiff"}
    place = {"crs": 32645, "transform": Affine(10, 0, 320_000, 0, -10, 3_110_000)}
    with rasterio.open(path, "w", compress="deflate", **profile, **place) as dataset:
        dataset.write(np.ones((1, 8, 8), np.uint8))
        dataset.update_tags(KEY="0123456789")
    raw = path.read_bytes()
    assert b"<Item" in raw
    path.write_bytes(raw.replace(b"<Item", b"<It\xa7m"))
    return path


def test_one_line_and_no_traceback(damaged: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", READ, str(damaged)],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    ours = done.stderr.index("Traceback (most recent call last)")
    assert "rasterio" not in done.stderr[:ours].replace("rasterio._", "")
    assert "GDAL reports damage in a raster, in a text that is not UTF-8" in done.stderr[:ours]
    assert done.stderr.count("Traceback") == 1
    assert done.stderr.rstrip().endswith("of our own")
