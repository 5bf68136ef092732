"""Ground that shows no detail."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from slidelens.learning.tiling.featureless import featureless
from slidelens.types import Float32, Mask


def one_by_one(pixels: Float32, valid: Mask, side: int) -> Mask:
    result = np.zeros(valid.shape, bool)
    for row, column in np.argwhere(valid):
        low = max(row - side // 2, 0), max(column - side // 2, 0)
        around = slice(low[0], row - side // 2 + side), slice(low[1], column - side // 2 + side)
        result[row, column] = (np.ptp(pixels[around][valid[around]], axis=0) == 0).all()
    return result


@pytest.mark.parametrize("side", [1, 3, 8, 17, 20])
@pytest.mark.parametrize("seed", range(4))
def test_a_pixel_is_featureless_if_all_around_it_are_alike(side: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    pattern = gaussian_filter(rng.normal(size=(70, 60)), 14)
    pixels = rng.integers(400, 600, (70, 60, 2)).astype(np.float32)
    pixels[pattern > 0.2 * pattern.std()] = 255
    valid = rng.random((70, 60)) > 0.1
    expected = one_by_one(pixels, valid, side)
    assert expected.any()
    assert np.array_equal(featureless(pixels, valid, side), expected)


def test_rounding_is_no_detail() -> None:
    pixels = np.full((40, 40, 1), 65535, np.float32)
    pixels[::2] = np.nextafter(np.float32(65535), np.float32(0))
    assert featureless(pixels, np.ones((40, 40), bool), 16).all()


def test_one_band_with_detail_is_enough() -> None:
    pixels = np.zeros((40, 40, 3), np.float32)
    pixels[..., 2] = np.arange(40)
    assert not featureless(pixels, np.ones((40, 40), bool), 16).any()
