"""A prepared ground and a network → its probability map, the threshold and the loss, the same wherever something is mapped."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from slidelens.geo.prepared import Prepared
from slidelens.learning.blocks import STRIDE
from slidelens.learning.inference import Floats, Predictor, predict, predict_apart, symmetric
from slidelens.learning.networks import receptive_radius
from slidelens.learning.split import UNKNOWN
from slidelens.learning.training import pooled_loss
from slidelens.learning.weights import Card
from slidelens.params import Params


def probability_of(prepared: Prepared, network: Predictor, params: Params) -> Floats:
    """(height, width) landslide probability of a ground, with its symmetries where params.yaml asks for them."""
    call = symmetric(network) if params.evaluate.symmetries else network
    return map_pixels(prepared.standardised(), call, params.evaluate.window, receptive_radius(params.model), prepared.tile_px)


def map_pixels(pixels: Floats, network: Predictor, window: int, radius: int, tile_px: int | None = None) -> Floats:
    """(height, width) probability of standardised pixels, without seams.

    window: most pixels a side predicted at once; radius: how far the network looks; tile_px: of a mosaic's tiles, mapped one by one
    """
    if tile_px is not None:
        return predict_apart(pixels, network, tile_px)
    return predict(pixels, network, window, radius, STRIDE)


def threshold_of(card: Card, params: Params) -> float:
    """The threshold that params.yaml gives, or the one that the weights were given on validation blocks."""
    wanted = params.evaluate.threshold
    return card.threshold if wanted == "validation" else float(wanted)


def loss_on(where: NDArray[np.bool_], prepared: Prepared, probability: Floats, params: Params) -> float | None:
    """Tversky loss of the known pixels of a part of the ground; None where there are none."""
    return pooled_loss(np.where(where, prepared.labels, np.uint8(UNKNOWN)), probability, params.learning)
