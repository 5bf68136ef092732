"""Windows cover a scene once, and the map does not depend on them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import uniform_filter

from slidelens.learning.inference.symmetries import average_symmetries
from slidelens.learning.inference.windows import (
    Window,
    cut_window,
    predict,
    predict_apart,
    predict_scene,
    windows,
)
from slidelens.types import Float32

SIDES = st.integers(1, 90)
STRIDES = st.sampled_from([1, 4, 16])


def identity(pixels: Float32) -> Float32:
    return pixels[..., 0]


def numbered(height: int, width: int) -> Float32:
    return (1 + np.arange(height * width, dtype=np.float32)).reshape(height, width, 1)


@given(SIDES, SIDES, st.integers(1, 100), st.integers(0, 20), STRIDES)
def test_the_identity_comes_back_whatever_the_shape_and_window(
    height: int, width: int, largest: int, margin: int, stride: int
) -> None:
    np.testing.assert_array_equal(
        predict(numbered(height, width), identity, largest, margin, stride),
        numbered(height, width)[..., 0],
    )


@given(SIDES, SIDES, st.integers(1, 100), st.integers(0, 20), STRIDES)
def test_cores_cover_the_scene_once_from_multiples_of_the_stride(
    height: int, width: int, largest: int, margin: int, stride: int
) -> None:
    times = np.zeros((height, width), int)
    sizes = set()
    for window in windows((height, width), largest, margin, stride):
        assert window.row % stride == window.column % stride == 0
        times[window.core((height, width))] += 1
        sizes.add((window.height, window.width))
        assert max(window.height, window.width) <= max(largest - 2 * margin, stride)
    assert (times == 1).all()
    assert len(sizes) == 1  # a network is compiled once


@given(SIDES, SIDES, st.integers(8, 60), st.integers(0, 4))
def test_a_margin_as_wide_as_the_predictor_looks_makes_it_seamless(
    height: int, width: int, largest: int, margin: int
) -> None:
    def blurred(pixels: Float32) -> Float32:
        side = 2 * margin + 1
        blur: Float32 = uniform_filter(pixels[..., 0], (0, side, side), mode="constant")
        return blur.astype(np.float32)

    pixels = np.random.default_rng(1).normal(size=(height, width, 1)).astype(np.float32)
    np.testing.assert_allclose(
        predict(pixels, blurred, largest, margin, 4), blurred(pixels[None])[0], atol=1e-5
    )


def test_too_narrow_a_margin_shows() -> None:
    def blurred(pixels: Float32) -> Float32:
        blur: Float32 = uniform_filter(pixels[..., 0], (0, 9, 9), mode="constant")
        return blur.astype(np.float32)

    pixels = np.random.default_rng(1).normal(size=(40, 40, 1)).astype(np.float32)
    assert np.abs(predict(pixels, blurred, 16, 2, 4) - blurred(pixels[None])[0]).max() > 0.01


def test_outside_the_scene_is_nodata() -> None:
    pixels = cut_window(numbered(3, 3), Window(row=0, column=2, height=2, width=2, margin=1))[
        ..., 0
    ]
    # rows −1…2 and columns 1…4 of 1…9
    assert pixels.tolist() == [[0, 0, 0, 0], [2, 3, 0, 0], [5, 6, 0, 0], [8, 9, 0, 0]]


def test_a_window_smaller_than_its_margins_still_maps() -> None:
    np.testing.assert_array_equal(
        predict(numbered(5, 7), identity, 1, 50, 16), numbered(5, 7)[..., 0]
    )


@pytest.mark.parametrize(
    ("largest", "sides"), [(768, {512}), (262, {32}), (240, {16}), (4096, {1008})]
)
def test_cores_are_equal_and_as_large_as_the_window_allows(largest: int, sides: set[int]) -> None:
    # 1,000 pixels, a margin of 112: cores of at most largest − 224. 768: at most 544, so 2 of 500,
    # rounded up to a multiple of 16. 262: at most 38, so of 32; 48 would be too large.
    assert {window.height for window in windows((1000, 1000), largest, 112, 16)} == sides


def test_several_values_a_pixel_are_stitched_like_one() -> None:
    pixels = np.random.default_rng(1).random((37, 45, 1)).astype(np.float32)
    both = average_symmetries(identity, 4, lambda output: output)
    np.testing.assert_allclose(predict(pixels, both, 24, 4, 4)[..., 0], pixels[..., 0], rtol=1e-6)
    tiles = predict_apart(pixels[:32, :40], both, 8)
    assert tiles.shape == (32, 40, 2)
    np.testing.assert_allclose(tiles[..., 0], pixels[:32, :40, 0], rtol=1e-6)


class NeighbourTiles:
    """A predictor of tiles: the pixel, plus pixels a margin above, below and to the left of it."""

    def __init__(self, margin: int, core_side: int, spreads: bool) -> None:
        self.margin, self.core_side, self.spreads = margin, core_side, spreads

    def predict(self, pixels: Float32) -> tuple[Float32, Float32 | None]:
        height, width = (side - 2 * self.margin for side in pixels.shape[:2])
        assert max(height, width) <= self.core_side
        assert height % 4 == width % 4 == 0
        output = with_neighbours(pixels[..., 0], self.margin)
        return output, 2 * output if self.spreads else None

    def describe(self) -> dict[str, str | int]:
        return {}


def with_neighbours(padded: Float32, margin: int) -> Float32:
    height, width = (side - 2 * margin for side in padded.shape)
    rows, columns = slice(margin, margin + height), slice(margin, margin + width)
    total: Float32 = (
        padded[rows, columns]
        + 10 * padded[:height, columns]
        + 100 * padded[2 * margin :, columns]
        + 1000 * padded[rows, :width]
    )
    return total


@given(SIDES, SIDES, st.sampled_from([0, 4, 8]), st.sampled_from([4, 8, 20, 200]), st.booleans())
def test_a_scene_of_tiles_is_that_of_one(
    height: int, width: int, margin: int, core_side: int, spreads: bool
) -> None:
    pixels = np.random.default_rng(1).random((height, width, 1)).astype(np.float32)
    output, deviation = predict_scene(pixels, NeighbourTiles(margin, core_side, spreads), 4)
    expected = with_neighbours(np.pad(pixels[..., 0], margin), margin)
    np.testing.assert_array_equal(output, expected)
    assert (deviation is not None) == spreads
    if deviation is not None:
        np.testing.assert_array_equal(deviation, 2 * expected)
