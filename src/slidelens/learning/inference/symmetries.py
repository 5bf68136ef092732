"""Average predictions over the symmetries of the square."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from slidelens.learning.inference.windows import Predictor
from slidelens.types import Float32

# Quarter turns, and whether mirrored: first the turns.
_SYMMETRIES = [(quarter, mirrored) for mirrored in (False, True) for quarter in range(4)]


def average_symmetries(
    predictor: Predictor, number: int, calibrated: Callable[[Float32], Float32]
) -> Predictor:
    """The predictor over the symmetries of a square: each window turned and mirrored, each prediction turned back.

    predictor: of one output a pixel, (n, height, width), or of one a member, (n, height, width, members)
    number: 1 as it is, 4 turned by quarters, 8 mirrored too; calibrated: from output to probability
    Returns a predictor of two values a pixel, (n, height, width, 2): the mean output, and the standard deviation of the probabilities,
    over symmetries and members alike.
    Source: Wang et al. (2019), test-time augmentation, doi 10.1016/j.neucom.2019.01.103.
    """

    def both(pixels: Float32) -> Float32:
        outputs = np.stack(
            [
                _turned(
                    predictor(np.ascontiguousarray(_turned(pixels, quarter, mirrored))),
                    quarter,
                    mirrored,
                    back=True,
                )
                for quarter, mirrored in _SYMMETRIES[:number]
            ]
        )
        over = (0, *range(4, outputs.ndim))
        return np.stack([outputs.mean(axis=over), calibrated(outputs).std(axis=over)], axis=-1)

    return both


def _turned(values: Float32, quarter: int, mirrored: bool, back: bool = False) -> Float32:
    """Windows turned by quarters, then mirrored; or back: mirrored, then turned the other way. values: (n, height, width, …)."""
    if back:
        return np.rot90(values[:, :, ::-1] if mirrored else values, -quarter, (1, 2))
    turned = np.rot90(values, quarter, (1, 2))
    return turned[:, :, ::-1] if mirrored else turned
