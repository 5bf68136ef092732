"""What the networks share: their depth, two convolutions with normalisation, the step up, and the head."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from slidelens.params.schema import ModelParams

if TYPE_CHECKING:
    import keras

BLOCKS = 5
STRIDE = 2 ** (BLOCKS - 1)  # windows start at multiples of it, or the poolings fall differently


def round_up_to_stride(radius: int) -> int:
    """The next multiple of the stride."""
    return -(-radius // STRIDE) * STRIDE


def convolutions(values: Any, filters: int, name: str, model: ModelParams, precision: str) -> Any:
    """Twice a 3×3 convolution, normalised and rectified."""
    for number in (1, 2):
        values = convolution(values, filters, f"{name}_conv{number}", precision)
        values = norm_relu(values, f"{name}_norm{number}", f"{name}_relu{number}", model, precision)
    return values


def convolution(
    values: Any, filters: int, name: str, precision: str, size: int = 3, strides: int = 1
) -> Any:
    """A convolution without bias, which the normalisation after it would take away."""
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
    """Normalised values, those below 0 set to 0. norm, relu: names of the layers."""
    import keras

    return keras.layers.ReLU(name=relu, dtype=precision)(
        normalisation(values, norm, model, precision)
    )


def normalisation(values: Any, name: str, model: ModelParams, precision: str) -> Any:
    """Batch or group normalisation, as `model` says."""
    import keras

    if model.normalisation == "group":
        return keras.layers.GroupNormalization(
            math.gcd(8, values.shape[-1]), name=name, dtype=precision
        )(values)
    return keras.layers.BatchNormalization(momentum=model.momentum, name=name, dtype=precision)(
        values
    )


def encoder(image: Any, filters: int, model: ModelParams, precision: str) -> list[Any]:
    """The values of the 5 blocks going down, each half as wide and high as the one before, with twice the filters."""
    import keras

    values, blocks = image, []
    for block in range(BLOCKS):
        if block:
            values = keras.layers.MaxPooling2D(name=f"pool{block}", dtype=precision)(values)
        values = convolutions(values, filters * 2**block, f"down{block + 1}", model, precision)
        blocks.append(values)
    return blocks


def upsample(values: Any, filters: int, name: str, precision: str) -> Any:
    """Twice as wide and high, by a transposed convolution that looks no further than the pixel itself."""
    import keras

    return keras.layers.Conv2DTranspose(filters, 2, strides=2, name=name, dtype=precision)(values)


def concatenate(values: list[Any], name: str, precision: str) -> Any:
    """Values of one size side by side."""
    import keras

    return keras.layers.Concatenate(name=name, dtype=precision)(values)


def output_head(image: Any, values: Any, model: ModelParams) -> keras.Model:
    """The network from the image to probabilities, float32 whatever the precision of the rest."""
    import keras

    head = keras.layers.Conv2D(1, 1, activation="sigmoid", name="probability", dtype="float32")
    return keras.Model(image, head(values), name=model.architecture)
