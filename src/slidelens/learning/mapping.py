"""A prepared ground and a network → its probability map, the threshold and the loss, the same wherever something is mapped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slidelens.geo.prepared import Prepared
from slidelens.learning.blocks import STRIDE
from slidelens.learning.calibration import expected_threshold
from slidelens.learning.inference import Floats, Predictor, predict, predict_apart, symmetric
from slidelens.learning.networks import receptive_radius
from slidelens.learning.split import TRAIN, UNKNOWN, VALIDATION
from slidelens.learning.training import pooled_loss
from slidelens.learning.weights import Card
from slidelens.params import Params


@dataclass(frozen=True)
class Mapped:
    """What a network says of a ground, each (height, width).

    output: the mean over symmetries and members, of which its loss is; probability: the same, calibrated
    deviation: standard deviation of the probability over symmetries and members; None where there is only one of each
    """

    output: Floats
    probability: Floats
    deviation: Floats | None


def map_ground(prepared: Prepared, card: Card, network: Predictor, params: Params) -> Mapped:
    """A prepared ground mapped with a network."""
    return mapped(prepared.standardised(), card, network, params.evaluate.window, prepared.tile_px)


def mapped(pixels: Floats, card: Card, network: Predictor, window: int, tile_px: int | None = None) -> Mapped:
    """Standardised pixels (height, width, bands) mapped with a network as its card says: over which symmetries, how calibrated."""
    radius = receptive_radius(card.model)
    if not card.several:
        output = map_pixels(pixels, network, window, radius, tile_px)
        return Mapped(output, card.calibration(output), None)
    found = map_pixels(pixels, symmetric(network, card.symmetries, card.calibration), window, radius, tile_px)
    return Mapped(found[..., 0], card.calibration(found[..., 0]), found[..., 1])


def map_pixels(pixels: Floats, network: Predictor, window: int, radius: int, tile_px: int | None = None) -> Floats:
    """(height, width, …) prediction of standardised pixels, without seams.

    window: most pixels a side predicted at once; radius: how far the network looks; tile_px: of a mosaic's tiles, mapped one by one
    """
    if tile_px is not None:
        return predict_apart(pixels, network, tile_px)
    return predict(pixels, network, window, radius, STRIDE)


def threshold_of(card: Card, params: Params, prepared: Prepared, probability: Floats) -> float:
    """The threshold that params.yaml gives, the one that the weights were given on validation blocks, or that of highest expected F1.

    probability: (height, width) of the map that is cut; what it says of test blocks does not count
    """
    wanted = params.evaluate.threshold
    if wanted == "expected":
        return expected_threshold(probability[outside_tests(prepared)])
    return card.threshold if wanted == "validation" else wanted


def outside_tests(prepared: Prepared) -> NDArray[np.bool_]:
    """(height, width) what the image shows of train and validation blocks, mapped by hand or not."""
    return prepared.scene.valid & ((prepared.parts == TRAIN) | (prepared.parts == VALIDATION))


def loss_on(where: NDArray[np.bool_], prepared: Prepared, mapped: Mapped, params: Params) -> float | None:
    """Tversky loss of the known pixels of a part of the ground; None where there are none."""
    return pooled_loss(np.where(where, prepared.labels, np.uint8(UNKNOWN)), mapped.output, params.learning)
