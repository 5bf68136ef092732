"""Predictions averaged over the symmetries of the square."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.learning.inference.symmetries import average_symmetries, turned_predictions
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


# A knight's move up and to the left, turned three times; and its mirror images.
ROTATIONS = [(-1, -2), (2, -1), (1, 2), (-2, 1)]
MIRRORED = [(-1, 2), (2, 1), (1, -2), (-2, -1)]


def knight(pixels: Float32) -> Float32:
    """The pixel one row above and two columns to the left of each pixel of a tile."""
    return np.roll(pixels[..., 0], (1, 2), axis=(-2, -1))


def moved(plane: Float32, rows: int, columns: int) -> Float32:
    """The pixels that lie some rows below and columns to the right, of all but two at the edges."""
    height, width = plane.shape
    return plane[2 + rows : height - 2 + rows, 2 + columns : width - 2 + columns]


@pytest.mark.parametrize(
    ("number", "moves"), [(1, ROTATIONS[:1]), (4, ROTATIONS), (8, ROTATIONS + MIRRORED)]
)
def test_four_are_the_rotations_and_eight_all_symmetries(
    number: int, moves: list[tuple[int, int]]
) -> None:
    pixels = np.random.default_rng(1).random((9, 7, 1)).astype(np.float32)
    expected = [moved(pixels[..., 0], *move) for move in moves]
    values = average_symmetries(knight, number, identity)(pixels[None])[0, 2:-2, 2:-2]
    np.testing.assert_allclose(values[..., 0], np.mean(expected, axis=0), rtol=1e-6)
    np.testing.assert_allclose(values[..., 1], np.std(expected, axis=0), atol=1e-6)

    turned = list(turned_predictions([knight, lambda tile: 2 * knight(tile)], pixels, number))
    found = [outputs[0, 2:-2, 2:-2] for outputs in turned]
    assert {each.tobytes() for each in found} == {each.tobytes() for each in expected[1:]}
    assert all(np.array_equal(2 * first, second) for first, second in turned)


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
