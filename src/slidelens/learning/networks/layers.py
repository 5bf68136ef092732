"""Layers that the networks share: convolutions, encoder, upsampling and head."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from slidelens.params.schema import ModelParams

if TYPE_CHECKING:
    import keras

BLOCKS = 5
STRIDE = 2 ** (BLOCKS - 1)  # of the lowest block; windows must start at multiples of it


def round_up_to_stride(radius: int) -> int:
    """Round a radius in pixels up to a multiple of the stride."""
    return int(-(-radius // STRIDE) * STRIDE)


def convolutions(values: Any, filters: int, name: str, model: ModelParams, precision: str) -> Any:
    """Apply two 3×3 convolutions, each with normalisation and ReLU."""
    for number in (1, 2):
        values = convolution(values, filters, f"{name}_conv{number}", precision)
        values = norm_relu(values, f"{name}_norm{number}", f"{name}_relu{number}", model, precision)
    return values


def convolution(
    values: Any, filters: int, name: str, precision: str, size: int = 3, strides: int = 1
) -> Any:
    """Apply a convolution without bias, which the normalisation after it would cancel."""
    import keras

    return keras.layers.Conv2D(
        filters,
        size,
        strides,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=name,
        dtype=precision,
    )(values)


def norm_relu(values: Any, norm: str, relu: str, model: ModelParams, precision: str) -> Any:
    """Apply normalisation and ReLU, in layers named `norm` and `relu`."""
    import keras

    return keras.layers.ReLU(name=relu, dtype=precision)(
        normalisation(values, norm, model, precision)
    )


def normalisation(values: Any, name: str, model: ModelParams, precision: str) -> Any:
    """Apply batch or group normalisation, as `model` asks for."""
    import keras

    if model.normalisation == "group":
        return keras.layers.GroupNormalization(
            math.gcd(8, values.shape[-1]), name=name, dtype=precision
        )(values)
    if keras.backend.backend() != "tensorflow":  # to predict without it
        return keras.layers.BatchNormalization(momentum=model.momentum, name=name, dtype=precision)(
            values
        )
    from slidelens.learning.networks.batch_normalisation import BatchNormalization

    return BatchNormalization(momentum=model.momentum, name=name, dtype=precision)(values)


def encoder(image: Any, filters: int, model: ModelParams, precision: str) -> list[Any]:
    """Return the outputs of the 5 encoder blocks, each at half the size with twice the filters."""
    import keras

    values, blocks = image, []
    for block in range(BLOCKS):
        if block:
            values = keras.layers.MaxPooling2D(name=f"pool{block}", dtype=precision)(values)
        values = convolutions(values, filters * 2**block, f"down{block + 1}", model, precision)
        blocks.append(values)
    return blocks


def upsample(values: Any, filters: int, name: str, precision: str) -> Any:
    """Double width and height by a 2×2 transposed convolution."""
    import keras

    return keras.layers.Conv2DTranspose(filters, 2, strides=2, name=name, dtype=precision)(values)


def concatenate(values: list[Any], name: str, precision: str) -> Any:
    """Concatenate feature maps of one size."""
    import keras

    return keras.layers.Concatenate(name=name, dtype=precision)(values)


def output_head(image: Any, values: Any, model: ModelParams) -> keras.Model:
    """Return the network from image to probability; the last layer is always float32."""
    import keras

    head = keras.layers.Conv2D(1, 1, activation="sigmoid", name="probability", dtype="float32")
    return keras.Model(image, head(values), name=model.architecture)
