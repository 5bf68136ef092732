"""The pixels of a scene, read place by place, are those of the whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from slidelens.dataset.standardisation import BandStatistics
from slidelens.geo.rasters.header import read_header
from slidelens.geo.windowed import Part
from slidelens.learning.adaptation.scene_pixels import KeptPixels, ScenePixels
from slidelens.learning.tiling.tile_source import TileSource
from support.studies import BANDS, grid_of, numbered, write_image

PARTS: list[Part] = [
    (slice(0, 300), slice(0, 520)),
    (slice(250, 260), slice(500, 519)),
    (slice(10, 20), slice(30, 270)),
]


@pytest.fixture
def source(tmp_path: Path) -> TileSource:
    path = write_image(tmp_path / "a.tif", grid_of(300, 520), numbered(300, 520, dtype="float32"))
    header = read_header(path)
    statistics = BandStatistics(BANDS, (0.0,) * 3, (2.0,) * 3, 1)
    return TileSource(header, header.grid, BANDS, statistics)


@pytest.mark.parametrize("part", PARTS)
def test_blocks_make_the_whole(source: TileSource, part: Part) -> None:
    expected = numbered(300, 520, dtype="float32") / 2
    pixels = ScenePixels(source, PARTS[0])
    for read in (pixels, KeptPixels(pixels)):
        assert read.shape == (300, 520, 3)
        np.testing.assert_allclose(read.read(part), expected[part], rtol=1e-6)


def test_a_part_counts_from_its_own_corner(source: TileSource) -> None:
    inner = ScenePixels(source, (slice(20, 120), slice(40, 200)))
    expected = numbered(300, 520, dtype="float32")[30:40, 45:60] / 2
    for read in (inner, KeptPixels(inner)):
        assert read.shape == (100, 160, 3)
        np.testing.assert_allclose(read.read((slice(10, 20), slice(5, 20))), expected, rtol=1e-6)


def test_a_block_is_read_once(source: TileSource) -> None:
    parts: list[Part] = []

    class Counted(ScenePixels):
        def read(self, part: Part) -> np.ndarray:
            parts.append(part)
            return super().read(part)

    kept = KeptPixels(Counted(source, PARTS[0]))
    for part in PARTS * 3:
        kept.read(part)
    assert len(parts) == 6
