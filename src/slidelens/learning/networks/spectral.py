"""A classifier of single pixels beside a network, for the colours of one image.

It sees the channels of a pixel and their means over the squares around it, in which trees, soil and
water of one image differ clearly. A network that was trained on other images cannot know these
colours; it knows shapes and textures. The log-odds of both are added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.ndimage import uniform_filter

from slidelens.types import Float32

if TYPE_CHECKING:
    import keras

SIDES = (3, 7)  # of the squares, pixels
_HEAD, _HIDDEN = "probability", "spectral_conv"


@dataclass(frozen=True, eq=False)
class SpectralWeights:
    """Weights of a classifier with one hidden layer.

    Attributes:
        hidden: (features, units) weights; the features are those of `pixel_features`.
        hidden_bias: (units,)
        output: (units,) weights of the log-odds.
        output_bias: Added to them.
        network_scale: By what the log-odds of the network are multiplied before they are added.
    """

    hidden: Float32
    hidden_bias: Float32
    output: Float32
    output_bias: float
    network_scale: float = 1.0

    @property
    def units(self) -> int:
        """Number of hidden units."""
        return len(self.output)

    def log_odds(self, features: Float32) -> Float32:
        """Return the (n,) log-odds of landslide of (n, features) pixels, without the network's."""
        hidden = np.maximum(features @ self.hidden + self.hidden_bias, 0)
        values: Float32 = (hidden @ self.output + self.output_bias).astype(np.float32)
        return values


def pixel_features(tiles: Float32) -> Float32:
    """Return the channels of each pixel, and their means over the squares of `SIDES` around it.

    Args:
        tiles: (n, height, width, channels) standardised; 0 where not valid and beyond the edges.

    Returns:
        (n, height, width, (1 + squares) · channels).
    """
    means = [uniform_filter(tiles, (1, side, side, 1), mode="constant") for side in SIDES]
    return np.concatenate([tiles, *means], axis=-1)


def add_spectral(network: keras.Model, units: int) -> keras.Model:
    """Return a network with a classifier of single pixels beside it, whose weights are random.

    Args:
        network: One of `registry.build_network`.
        units: Hidden units of the classifier.
    """
    import keras

    image, precision = network.input, network.get_layer("down1_conv1").dtype_policy
    means = [
        keras.layers.DepthwiseConv2D(
            side,
            padding="same",
            use_bias=False,
            depthwise_initializer=keras.initializers.Constant(1 / side**2),
            trainable=False,
            name=f"spectral_mean{side}",
            dtype=precision,
        )(image)
        for side in SIDES
    ]
    features = keras.layers.Concatenate(name="spectral_features", dtype=precision)([image, *means])
    hidden = keras.layers.Conv2D(units, 1, name=_HIDDEN, dtype=precision)(features)
    hidden = keras.layers.ReLU(name="spectral_relu", dtype=precision)(hidden)
    values = network.get_layer(_HEAD).input
    both = keras.layers.Concatenate(name="spectral_both", dtype=precision)([values, hidden])
    head = keras.layers.Conv2D(1, 1, activation="sigmoid", name=_HEAD, dtype="float32")
    return keras.Model(image, head(both), name=network.name)


def set_spectral(
    wide: keras.Model, network: keras.Model, spectral: SpectralWeights, places: Sequence[int]
) -> None:
    """Set the weights of a network from `add_spectral`, so that the log-odds of both are added.

    Args:
        wide: The network to set. Channels that `network` does not have come after its own, and it
            sees them only through the classifier.
        network: The network without the classifier.
        spectral: Weights of the classifier.
        places: Positions of the classifier's channels among those of `wide`.
    """
    for layer in network.layers:
        if layer.name != _HEAD and layer.weights:
            target = wide.get_layer(layer.name)
            pairs = zip(layer.get_weights(), target.get_weights(), strict=True)
            target.set_weights([_widened(own, like.shape) for own, like in pairs])
    kernel, bias = network.get_layer(_HEAD).get_weights()
    scale, own = spectral.network_scale, spectral.output[None, None, :, None]
    both = np.concatenate([scale * kernel, own], axis=2)
    wide.get_layer(_HEAD).set_weights([both, scale * bias + spectral.output_bias])
    layers, channels, units = 1 + len(SIDES), int(wide.input.shape[-1]), spectral.units
    hidden = np.zeros((layers, channels, units), np.float32)
    hidden[:, list(places)] = spectral.hidden.reshape(layers, len(places), units)
    of_hidden = [hidden.reshape(1, 1, -1, units), spectral.hidden_bias]
    wide.get_layer(_HIDDEN).set_weights(of_hidden)


def _widened(weights: Any, shape: tuple[int, ...]) -> Float32:
    """Return weights with zeros for further channels of the image."""
    if weights.shape == shape:
        return np.asarray(weights, np.float32)
    result = np.zeros(shape, np.float32)
    result[..., : weights.shape[-2], :] = weights
    return result
