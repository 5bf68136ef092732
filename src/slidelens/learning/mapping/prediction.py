"""Predict the probability map of prepared data, choose its threshold and compute its loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slidelens.dataset.parts import TRAIN, UNKNOWN, VALIDATION
from slidelens.dataset.prepared import Prepared
from slidelens.geo.windowed import WindowedArray, as_windowed, chunks
from slidelens.learning.inference.symmetries import average_symmetries
from slidelens.learning.inference.thresholds import ExpectedThreshold
from slidelens.learning.inference.weights import WeightsMetadata, require_same_bands
from slidelens.learning.inference.windows import Predictor, predict, predict_apart, predict_scene
from slidelens.learning.mapping.plain_tiles import as_tiles
from slidelens.learning.networks.layers import STRIDE
from slidelens.learning.networks.memory import require_tile_memory
from slidelens.learning.scores import pooled_loss
from slidelens.params.schema import Params
from slidelens.types import Float32, Mask


@dataclass(frozen=True)
class Prediction:
    """The map of a network.

    Attributes:
        output: (height, width) mean over symmetries and members, not calibrated.
        probability: (height, width) the same, calibrated.
        deviation: (height, width) standard deviation of the probability over symmetries and
            members; None if there is only one of each.
    """

    output: Float32
    probability: Float32
    deviation: Float32 | None


def predict_dataset(
    prepared: Prepared, metadata: WeightsMetadata, network: Predictor
) -> Prediction:
    """Map the scene of prepared data with a network.

    Raises:
        WeightsError: The network is of another number of bands than the scene.
        ResourceError: There is too little memory for a window.
    """
    require_mappable(prepared, metadata)
    return predict_pixels(prepared.standardised(), metadata, network, prepared.tile_px)


def require_mappable(prepared: Prepared, metadata: WeightsMetadata) -> None:
    """Check that a network can map prepared data.

    Raises:
        WeightsError: The network is of another number of bands than the scene.
        ResourceError: There is too little memory for a window.
    """
    require_same_bands(metadata, prepared.scene.bands)
    if prepared.tile_px is not None:
        require_tile_memory(prepared.tile_px, metadata.filters)


def predict_pixels(
    pixels: Float32, metadata: WeightsMetadata, network: Predictor, tile_px: int | None = None
) -> Prediction:
    """Map pixels with a network, with the symmetries and the calibration of its metadata.

    Args:
        pixels: (height, width, bands) standardised.
        metadata: Metadata of the weights file.
        network: Network of the weights file.
        tile_px: Side of the tiles of a mosaic, mapped independently; None for an image.
    """
    if tile_px is None:
        output, deviation = predict_scene(pixels, as_tiles(network, metadata), STRIDE)
    elif not metadata.has_uncertainty:
        output, deviation = predict_apart(pixels, network, tile_px), None
    else:
        averaged = average_symmetries(network, metadata.symmetries, metadata.calibration)
        values = predict_apart(pixels, averaged, tile_px)
        output, deviation = values[..., 0], values[..., 1]
    return Prediction(output, metadata.calibration(output), deviation)


def map_pixels(
    pixels: Float32, network: Predictor, window: int, radius: int, tile_px: int | None = None
) -> Float32:
    """Predict (height, width, …) values of standardised pixels, without seams.

    Args:
        pixels: (height, width, bands) standardised.
        network: (n, height, width, bands) → (n, height, width, …).
        window: Upper limit of a window's side, pixels.
        radius: Radius of the network's receptive field, pixels.
        tile_px: Side of the tiles of a mosaic, predicted independently; None for an image.
    """
    if tile_px is not None:
        return predict_apart(pixels, network, tile_px)
    return predict(pixels, network, window, radius, STRIDE)


def threshold_of(
    metadata: WeightsMetadata,
    params: Params,
    prepared: Prepared,
    probability: Float32 | WindowedArray,
) -> float:
    """Return the threshold that `evaluate.threshold` asks for.

    It is a number, `validation` (the one in the weights file) or `expected` (that of highest
    expected F1 in the train and validation blocks of this map).

    Args:
        metadata: Metadata of the weights file.
        params: Parameters with `evaluate.threshold`.
        prepared: Prepared data of the date.
        probability: (height, width) of the map; test blocks are not used.
    """
    choice = params.evaluate.threshold
    if choice == "expected":
        expected, values = ExpectedThreshold(), as_windowed(probability)
        looked = mask_train_and_validation(prepared)
        for part in chunks(looked.shape):
            expected.add(values.read(part)[looked[part]])
        return expected.choose()
    return metadata.threshold if choice == "validation" else choice


def mask_train_and_validation(prepared: Prepared) -> Mask:
    """Return the (height, width) mask of the valid pixels of train and validation blocks."""
    parts = prepared.split_map
    mask: Mask = prepared.scene.valid & ((parts == TRAIN) | (parts == VALIDATION))
    return mask


def loss_on(area: Mask, prepared: Prepared, prediction: Prediction, params: Params) -> float | None:
    """Return the Tversky loss of the known pixels of an area; None if there are none."""
    return pooled_loss(
        np.where(area, prepared.labels, np.uint8(UNKNOWN)), prediction.output, params.learning
    )
