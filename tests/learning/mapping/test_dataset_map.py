"""Maps of prepared data, held in memory or read window by window, over several symmetries."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from slidelens.dataset.prepared import Prepared
from slidelens.dataset.standardisation import BandStatistics
from slidelens.geo.rasters.scene import Scene
from slidelens.geo.windowed import whole
from slidelens.learning.inference.calibration import Calibration
from slidelens.learning.mapping.dataset_map import map_dataset
from slidelens.learning.mapping.plain_tiles import PlainTiles
from slidelens.types import Float32
from support.images.windowed import windowed
from support.learning.trainings import pretrained_metadata
from support.studies import grid_of

SHAPE = (48, 80)
LINE = Calibration((-9.0, 9.0), (-17.5, 18.5))  # logit p = 2 · logit output + 0.5
STATISTICS = BandStatistics(("red",), (0.0,), (1.0,), 1)
METADATA = pretrained_metadata(STATISTICS, calibration=LINE, symmetries=4)


def upper_left(pixels: Float32) -> Float32:
    """Of the pixel a row above and two columns to the left; 0 beyond the window."""
    output: Float32 = expit(np.pad(pixels[..., 0], [(0, 0), (1, 0), (2, 0)])[:, :-1, :-2])
    return output


def prepare(tile_px: int | None) -> Prepared:
    pixels = np.random.default_rng(1).normal(size=(*SHAPE, 1)).astype(np.float32)
    scene = Scene(grid_of(*SHAPE), ("red",), pixels, np.ones(SHAPE, bool))
    zeros = np.zeros(SHAPE, np.uint8)
    return Prepared(scene, zeros, zeros, STATISTICS, None, tile_px)


def turned_outputs(pixels: Float32) -> Float32:
    """Return the four outputs of a window: the neighbours a knight's move away."""
    padded = expit(np.pad(pixels[..., 0], 2))
    height, width = pixels.shape[:2]
    return np.stack(
        [
            padded[2 + row : 2 + row + height, 2 + column : 2 + column + width]
            for row, column in ((-1, -2), (2, -1), (1, 2), (-2, 1))
        ]
    )


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("tile_px", [None, 16])
def test_output_probability_and_deviation_are_those_of_all_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tile_px: int | None, held: bool
) -> None:
    tiles = PlainTiles(upper_left, METADATA, 16, 32)
    for module in ("dataset_map", "prediction"):
        monkeypatch.setattr(f"slidelens.learning.mapping.{module}.as_tiles", lambda *_: tiles)
    prepared = prepare(tile_px)
    mapped = map_dataset(
        prepared if held else windowed(prepared), METADATA, upper_left, tmp_path / "maps"
    )
    pixels, everything = prepared.standardised(), whole(SHAPE)
    expected = np.empty((4, *SHAPE), np.float32)
    height, width = (tile_px, tile_px) if tile_px else SHAPE
    for row in range(0, SHAPE[0], height):
        for column in range(0, SHAPE[1], width):
            part = slice(row, row + height), slice(column, column + width)
            expected[:, *part] = turned_outputs(pixels[part])
    output = expected.mean(axis=0)
    np.testing.assert_allclose(mapped.output.read(everything), output, atol=1e-6)
    np.testing.assert_allclose(mapped.probability.read(everything), LINE(output), atol=1e-6)
    assert mapped.deviation is not None
    deviation = LINE(expected).std(axis=0)
    np.testing.assert_allclose(mapped.deviation.read(everything), deviation, atol=1e-5)
