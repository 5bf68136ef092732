"""A prepared ground and a network → its probability map, the threshold and the loss, the same wherever something is mapped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slidelens.dataset.parts import TRAIN, UNKNOWN, VALIDATION
from slidelens.dataset.prepared import Prepared
from slidelens.learning.inference.symmetries import average_symmetries
from slidelens.learning.inference.thresholds import expected_threshold
from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.learning.inference.windows import Predictor, predict, predict_apart
from slidelens.learning.networks.layers import STRIDE
from slidelens.learning.networks.registry import receptive_radius
from slidelens.learning.scores import pooled_loss
from slidelens.params.schema import Params
from slidelens.types import Float32


@dataclass(frozen=True)
class Prediction:
    """What a network says of a ground, each (height, width).

    output: the mean over symmetries and members, of which its loss is; probability: the same, calibrated
    deviation: standard deviation of the probability over symmetries and members; None where there is only one of each
    """

    output: Float32
    probability: Float32
    deviation: Float32 | None


def predict_dataset(
    prepared: Prepared, card: WeightsMetadata, network: Predictor, params: Params
) -> Prediction:
    """A prepared ground mapped with a network."""
    return predict_pixels(
        prepared.standardised(), card, network, params.evaluate.window, prepared.tile_px
    )


def predict_pixels(
    pixels: Float32,
    card: WeightsMetadata,
    network: Predictor,
    window: int,
    tile_px: int | None = None,
) -> Prediction:
    """Standardised pixels (height, width, bands) mapped with a network as its card says: over which symmetries, how calibrated."""
    radius = receptive_radius(card.model)
    if not card.has_uncertainty:
        output = map_pixels(pixels, network, window, radius, tile_px)
        return Prediction(output, card.calibration(output), None)
    found = map_pixels(
        pixels,
        average_symmetries(network, card.symmetries, card.calibration),
        window,
        radius,
        tile_px,
    )
    return Prediction(found[..., 0], card.calibration(found[..., 0]), found[..., 1])


def map_pixels(
    pixels: Float32, network: Predictor, window: int, radius: int, tile_px: int | None = None
) -> Float32:
    """(height, width, …) prediction of standardised pixels, without seams.

    window: most pixels a side predicted at once; radius: how far the network looks; tile_px: of a mosaic's tiles, mapped one by one
    """
    if tile_px is not None:
        return predict_apart(pixels, network, tile_px)
    return predict(pixels, network, window, radius, STRIDE)


def threshold_of(
    card: WeightsMetadata, params: Params, prepared: Prepared, probability: Float32
) -> float:
    """The threshold that params.yaml gives, the one that the weights were given on validation blocks, or that of highest expected F1.

    probability: (height, width) of the map that is cut; what it says of test blocks does not count
    """
    wanted = params.evaluate.threshold
    if wanted == "expected":
        return expected_threshold(probability[mask_test_blocks(prepared)])
    return card.threshold if wanted == "validation" else wanted


def mask_test_blocks(prepared: Prepared) -> NDArray[np.bool_]:
    """(height, width) what the image shows of train and validation blocks, mapped by hand or not."""
    return prepared.scene.valid & (
        (prepared.split_map == TRAIN) | (prepared.split_map == VALIDATION)
    )


def loss_on(
    where: NDArray[np.bool_], prepared: Prepared, mapped: Prediction, params: Params
) -> float | None:
    """Tversky loss of the known pixels of a part of the ground; None where there are none."""
    return pooled_loss(
        np.where(where, prepared.labels, np.uint8(UNKNOWN)), mapped.output, params.learning
    )
