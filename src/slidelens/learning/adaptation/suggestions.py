"""Suggest where to mark next: ground that the network is unsure of, or that the marks lack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from scipy.special import entr

from slidelens.learning.adaptation.marked import MarkedGround
from slidelens.learning.adaptation.sample import Sample
from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.learning.training.fit import mean_output
from slidelens.types import Float32, Float64, Int32, Int64, Mask

if TYPE_CHECKING:
    import keras

BOX_PX = 32  # side of a suggested box
UNSURE, DIFFERENT = "unsure", "unlike the marks"
_LEAST_SEEN = 0.8  # of a box
_APART = 3  # boxes closer than so many sides are not suggested together
_BATCH = 8


@dataclass(frozen=True)
class Suggestion:
    """A box worth marking.

    Attributes:
        row: First row of the box.
        column: First column of the box.
        reason: `unsure` or `unlike the marks`.
        probability: Mean probability in the box.
        unsureness: Mean entropy in the box, bits.
        difference: Distance of its features from those of the nearest mark, in standard deviations
            of the scene.
    """

    row: int
    column: int
    reason: str
    probability: float
    unsureness: float
    difference: float


class Features:
    """What the last layer but one of a network sees, pooled over boxes."""

    def __init__(self, network: keras.Model) -> None:
        """Use a network, or the first member of an ensemble.

        Args:
            network: The network; its present weights are used.
        """
        import keras

        from slidelens.learning.networks.ensemble import members_of

        member = members_of(network)[0]
        self._model = keras.Model(member.input, member.get_layer("probability").input)

    def __call__(self, pixels: Float32) -> Float32:
        """Return the (n, height, width, features) features of (n, height, width, bands) pixels."""
        parts = [
            np.asarray(self._model(pixels[first : first + _BATCH], training=False), np.float32)
            for first in range(0, len(pixels), _BATCH)
        ]
        return np.concatenate(parts)


def suggest_boxes(
    network: keras.Model,
    metadata: WeightsMetadata,
    ground: MarkedGround,
    corner: tuple[int, int],
    sample: Sample,
    number: int,
) -> list[Suggestion]:
    """Suggest boxes of a scene from what a network makes of it and of the marks.

    Args:
        network: The network.
        metadata: Its metadata, with the calibration.
        ground: The marks.
        corner: First row and column of the ground within the scene.
        sample: Tiles of the scene.
        number: Upper limit of the number of boxes.
    """
    if not number:
        return []
    tiles, numbers = ground.tiles()
    features = Features(network)
    output = mean_output(network, sample.as_tiles, 1)[sample.core]
    return suggest(
        sample,
        metadata.calibration(output),
        features(sample.pixels)[sample.core],
        pool_marks(features(tiles.pixels), numbers),
        ground.centres + np.array(corner),
        marked_in(sample, ground.numbers > 0, corner),
        number,
    )


def marked_in(sample: Sample, marked: Mask, corner: tuple[int, int]) -> Mask:
    """Return (n, side, side) which pixels of the tiles of a scene are marked.

    Args:
        sample: The tiles.
        marked: (height, width) the marked pixels of a part of the scene.
        corner: First row and column of that part.
    """
    side = sample.side
    found = np.zeros((len(sample.corners), side, side), bool)
    for tile, (row, column) in zip(found, sample.corners - np.array(corner), strict=True):
        part = marked[max(row, 0) : max(row + side, 0), max(column, 0) : max(column + side, 0)]
        top, left = max(-row, 0), max(-column, 0)
        tile[top : top + part.shape[0], left : left + part.shape[1]] = part
    return found


def pool_boxes(values: Float32, seen: Mask) -> tuple[Float64, Float64]:
    """Return the means over the seen pixels of each box, and the share that is seen.

    Args:
        values: (n, side, side, features).
        seen: (n, side, side).

    Returns:
        (n, rows, columns, features) and (n, rows, columns), of boxes of `BOX_PX`.
    """
    masked = _in_boxes(np.where(seen[..., None], values, 0))
    total = masked.sum(axis=(2, 4), dtype=np.float64)
    share = _in_boxes(seen).mean(axis=(2, 4))
    return total / np.maximum(share * BOX_PX**2, 1)[..., None], share


def _in_boxes(values: NDArray[Any]) -> NDArray[Any]:
    """Return (n, rows, `BOX_PX`, columns, `BOX_PX`, …) the pixels of each whole box."""
    boxes = values.shape[1] // BOX_PX
    whole = values[:, : boxes * BOX_PX, : boxes * BOX_PX]
    return whole.reshape(len(values), boxes, BOX_PX, boxes, BOX_PX, *values.shape[3:])


def pool_marks(values: Float32, numbers: Int32) -> Float64:
    """Return the (marks, features) means over the pixels of each mark.

    Args:
        values: (n, length, length, features).
        numbers: (n, length, length) number of the mark, from 1; 0 elsewhere.
    """
    known = numbers > 0
    marks, which = np.unique(numbers[known], return_inverse=True)
    pixels = np.bincount(which, minlength=len(marks))
    sums = [np.bincount(which, band, len(marks)) for band in values[known].T]
    pooled: Float64 = np.stack(sums, axis=1) / pixels[:, None]
    return pooled


def suggest(
    sample: Sample,
    probability: Float32,
    features: Float32,
    of_marks: Float64,
    centres: Int64,
    marked: Mask,
    number: int,
) -> list[Suggestion]:
    """Suggest boxes, the most unsure and the most different in turn, spread over the scene.

    Args:
        sample: Tiles of the scene.
        probability: (n, side, side) calibrated probability.
        features: (n, side, side, features).
        of_marks: (marks, features).
        centres: (marks, 2) row and column of the middle of each mark; no box lies there.
        marked: (n, side, side) the marked pixels; no box has one.
        number: Upper limit of the number of boxes.
    """
    unsureness = (entr(probability) + entr(1 - probability)) / np.log(2)
    stacked = np.concatenate([probability[..., None], unsureness[..., None], features], axis=-1)
    means, share = pool_boxes(stacked.astype(np.float32), sample.valid)
    tile, row, column = np.nonzero(share >= _LEAST_SEEN)
    if not len(tile):
        return []
    means = means[tile, row, column]
    free: Mask = ~np.any(_in_boxes(marked), axis=(2, 4))[tile, row, column]
    scale = np.maximum(means[:, 2:].std(axis=0), 1e-6)
    difference = cdist(means[:, 2:] / scale, of_marks / scale).min(axis=1)
    corners = sample.corners[tile] + np.stack([row, column], axis=1) * BOX_PX
    return [
        Suggestion(
            row=int(corners[box, 0]),
            column=int(corners[box, 1]),
            reason=reason,
            probability=float(means[box, 0]),
            unsureness=float(means[box, 1]),
            difference=float(difference[box]),
        )
        for box, reason in _spread(corners, free, centres, means[:, 1], difference, number)
    ]


def _spread(
    corners: Int64,
    free: Mask,
    centres: Int64,
    unsureness: Float64,
    difference: Float64,
    number: int,
) -> list[tuple[int, str]]:
    """Return boxes in the order of marking, none near another or on a mark."""
    orders = {UNSURE: np.argsort(-unsureness), DIFFERENT: np.argsort(-difference)}
    away = cdist(corners + BOX_PX // 2, centres, "chebyshev").min(axis=1)
    free = free & (away >= BOX_PX)
    chosen: list[tuple[int, str]] = []
    while len(chosen) < number and free.any():
        reason = (UNSURE, DIFFERENT)[len(chosen) % 2]
        box = int(next(each for each in orders[reason] if free[each]))
        chosen.append((box, reason))
        free &= np.abs(corners - corners[box]).max(axis=1) >= _APART * BOX_PX
    return chosen
