"""Differences between a map and the answer for the whole image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from benchmarks.speed import seams


def test_the_edge_of_the_image_and_pixels_without_a_value_do_not_count() -> None:
    side = 2 * seams.EDGE_PX + 100
    whole = np.full((side, side), 0.5, np.float32)
    mapped = whole.copy()
    mapped[:10] = 1
    mapped[seams.EDGE_PX] = np.nan
    assert seams.compare(mapped, whole) == seams.Seam(0.0, 0.0)
    mapped[seams.EDGE_PX + 1, seams.EDGE_PX : seams.EDGE_PX + 50] = 0.9
    found = seams.compare(mapped, whole)
    assert found.largest == pytest.approx(0.4)
    assert 0 < found.share < 0.01


@pytest.mark.parametrize(
    ("layers", "scale", "expected"),
    [([[51, 9]], 1 / 255, [0.2, 9 / 255]), ([[51, 9], [1, 1]], 1 / 255, [0.2, 9 / 255])],
)
def test_a_map_of_bytes_is_read_with_its_scale(
    tmp_path: Path, layers: list[list[int]], scale: float, expected: list[float]
) -> None:
    path = tmp_path / "map.tif"
    with rasterio.open(path, "w", **_profile(len(layers), "uint8")) as file:
        file.write(np.array(layers, np.uint8)[:, None])
        file.scales = (scale,) * len(layers)
    assert seams.read_landslide_probability(path)[0].tolist() == pytest.approx(expected)


def test_the_second_of_two_classes_is_landslide(tmp_path: Path) -> None:
    path = tmp_path / "map.tif"
    with rasterio.open(path, "w", **_profile(2, "float32")) as file:
        file.write(np.array([[0.7, 0.2], [0.3, 0.8]], np.float32)[:, None])
    assert seams.read_landslide_probability(path)[0].tolist() == pytest.approx([0.3, 0.8])


def _profile(count: int, dtype: str) -> dict[str, object]:
    place = {"crs": "EPSG:32645", "transform": Affine(5, 0, 0, 0, -5, 0)}
    return {"driver": "GTiff", "width": 2, "height": 1, "count": count, "dtype": dtype} | place
