"""The patches of the authors' notebook."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from benchmarks.speed import authors


def test_whole_patches_are_stacked_and_smaller_ones_at_the_edge_are_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authors, "PATCH_PX", 4)
    pixels = np.arange(2 * 9 * 14, dtype=np.uint16).reshape(2, 9, 14)
    place = {"crs": "EPSG:32645", "transform": Affine(5, 0, 300_000, 0, -5, 3_100_000)}
    profile = {"driver": "GTiff", "width": 14, "height": 9, "count": 2, "dtype": "uint16"}
    with rasterio.open(tmp_path / "scene.tif", "w", **profile | place) as file:
        file.write(pixels)
    windows = authors.cut_patches(tmp_path / "scene.tif", tmp_path)
    assert len(windows) == 4 * 3
    patches, kept = authors.stack_patches(tmp_path, windows)
    assert (patches.shape, str(patches.dtype), len(kept)) == ((6, 4, 4, 2), "uint32", 6)
    for patch, window in zip(patches, kept, strict=True):
        np.testing.assert_array_equal(
            np.moveaxis(patch, -1, 0), pixels[(slice(None), *window.toslices())]
        )
