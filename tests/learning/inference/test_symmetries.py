"""Predictions averaged over the symmetries of the square."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.learning.inference.symmetries import average_symmetries
from slidelens.types import Float32


def numbered(height: int, width: int) -> Float32:
    return (1 + np.arange(height * width, dtype=np.float32)).reshape(height, width, 1)


def identity(output: Float32) -> Float32:
    return output


def left_neighbour(pixels: Float32) -> Float32:
    """The left neighbour of each pixel."""
    return np.roll(pixels[..., 0], 1, axis=2)


@pytest.mark.parametrize("number", [1, 4, 8])
def test_symmetric_predictions_are_turned_back_before_their_mean(number: int) -> None:
    pixels = numbered(6, 4)[None]
    mean_and_deviation = average_symmetries(lambda values: values[..., 0], number, identity)(pixels)
    np.testing.assert_allclose(mean_and_deviation[..., 0], pixels[..., 0])  # turned there and back
    assert not mean_and_deviation[..., 1].any()


@pytest.mark.parametrize("number", [4, 8])
def test_a_lopsided_predictor_becomes_symmetric(number: int) -> None:
    """Mean and deviation are those of the four neighbours of an inner pixel."""
    pixels = np.random.default_rng(1).random((1, 7, 5, 1)).astype(np.float32)
    mean, deviation = np.moveaxis(
        average_symmetries(left_neighbour, number, np.sqrt)(pixels)[0], -1, 0
    )
    plane = pixels[0, ..., 0]
    neighbours = np.stack([plane[:-2, 1:-1], plane[2:, 1:-1], plane[1:-1, :-2], plane[1:-1, 2:]])
    np.testing.assert_allclose(mean[1:-1, 1:-1], neighbours.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(deviation[1:-1, 1:-1], np.sqrt(neighbours).std(axis=0), atol=1e-6)


def test_members_are_averaged_like_symmetries() -> None:
    """Two members with 0.2 and 0.6 everywhere: mean 0.4, deviation 0.2 whatever the turn."""

    def members(pixels: Float32) -> Float32:
        return np.stack(
            [np.full(pixels.shape[:3], value, np.float32) for value in (0.2, 0.6)], axis=-1
        )

    values = average_symmetries(members, 4, identity)(numbered(4, 4)[None])
    assert values.shape == (1, 4, 4, 2)
    np.testing.assert_allclose(values[..., 0], 0.4, rtol=1e-6)
    np.testing.assert_allclose(values[..., 1], 0.2, rtol=1e-6)
