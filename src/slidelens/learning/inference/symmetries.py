"""Average predictions over the symmetries of the square."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from slidelens.learning.inference.windows import Predictor
from slidelens.types import Float32

# Quarter turns, and whether mirrored; the pure rotations come first.
SYMMETRIES = [(quarter, mirrored) for mirrored in (False, True) for quarter in range(4)]


def average_symmetries(
    predictor: Predictor, number: int, calibrate: Callable[[Float32], Float32]
) -> Predictor:
    """Return a predictor that averages over symmetries of the square (test-time augmentation).

    Each window is rotated and mirrored, and each prediction turned back.

    Args:
        predictor: Predictor of one output a pixel, (n, height, width), or of one a member,
            (n, height, width, members).
        number: Number of symmetries: 1 (none), 4 (rotations) or 8 (and mirrored).
        calibrate: Function from output to probability.

    Returns:
        A predictor of two values a pixel, (n, height, width, 2): the mean output, and the standard
        deviation of the probability, both over symmetries and members.

    Source: Wang et al. (2019), doi 10.1016/j.neucom.2019.01.103.
    """

    def predict(pixels: Float32) -> Float32:
        outputs = np.stack(
            [
                _turn_back(
                    predictor(np.ascontiguousarray(_turn(pixels, quarter, mirrored))),
                    quarter,
                    mirrored,
                )
                for quarter, mirrored in SYMMETRIES[:number]
            ]
        )
        axes = (0, *range(4, outputs.ndim))
        return np.stack([outputs.mean(axis=axes), calibrate(outputs).std(axis=axes)], axis=-1)

    return predict


def turned_predictions(
    predictors: Sequence[Callable[[Float32], Float32]], pixels: Float32, number: int
) -> Iterator[Float32]:
    """Yield the predictions of all symmetries of a tile but the first, turned back.

    Args:
        predictors: Functions from a tile (height, width, bands) to the output of its core.
        pixels: The tile.
        number: Number of symmetries: 1 (none), 4 (rotations) or 8 (and mirrored).

    Returns:
        (predictors, height, width) for each symmetry.
    """
    for quarter, mirrored in SYMMETRIES[1:number]:
        turned = np.ascontiguousarray(_turn(pixels[None], quarter, mirrored)[0])
        outputs = np.stack([predictor(turned) for predictor in predictors])
        yield _turn_back(outputs, quarter, mirrored)


def _turn(values: Float32, quarter: int, mirrored: bool) -> Float32:
    """Rotate windows (n, height, width, …) by quarter turns, then mirror them."""
    rotated = np.rot90(values, quarter, (1, 2))
    return rotated[:, :, ::-1] if mirrored else rotated


def _turn_back(values: Float32, quarter: int, mirrored: bool) -> Float32:
    """Undo `_turn`."""
    return np.rot90(values[:, :, ::-1] if mirrored else values, -quarter, (1, 2))
