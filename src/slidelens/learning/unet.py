"""The paper's U-Net: 5 blocks and 10 convolutions in the contracting path, mirrored by the expanding path.

Source: Ronneberger et al. (2015), doi 10.1007/978-3-319-24574-4_28, as set up by Bhuyan et al. (2023), doi 10.1080/15481603.2023.2182057.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slidelens.params import Model

if TYPE_CHECKING:
    import keras

BLOCKS = 5
STRIDE = 2 ** (BLOCKS - 1)  # windows start at multiples of it, or the poolings fall differently


def receptive_radius() -> int:
    """How far a pixel's probability looks, in pixels, rounded up to the stride.

    Two 3×3 convolutions a block reach 2 pixels of that block's size, going down and up again; each pooling reaches one more.
    """
    down = sum(2 * 2**block for block in range(BLOCKS))
    up = sum(2 * 2**block for block in range(BLOCKS - 1))
    pooling = sum(2**block for block in range(BLOCKS - 1))
    return -(-(down + up + pooling) // STRIDE) * STRIDE


def build(model: Model, filters: int, bands: int, precision: str = "float32") -> keras.Model:
    """A network from (batch, height, width, bands) standardised pixels to (batch, height, width, 1) probabilities, float32.

    height and width: multiples of 16
    filters: of the first block, doubled in each block below
    precision: a Keras dtype policy; the last layer is float32 whatever it is
    """
    import keras

    image = keras.Input((None, None, bands), name="image")
    values, skips = image, []
    for block in range(BLOCKS):
        if block:
            values = keras.layers.MaxPooling2D(name=f"pool{block}", dtype=precision)(values)
        values = _convolutions(values, filters * 2**block, f"down{block + 1}", model, precision)
        skips.append(values)
    for block in reversed(range(BLOCKS - 1)):
        width = filters * 2**block
        values = keras.layers.Conv2DTranspose(width, 2, strides=2, name=f"up{block + 1}_transposed", dtype=precision)(values)
        values = keras.layers.Concatenate(name=f"up{block + 1}_skip", dtype=precision)([values, skips[block]])
        values = _convolutions(values, width, f"up{block + 1}", model, precision)
    head = keras.layers.Conv2D(1, 1, activation="sigmoid", name="probability", dtype="float32")
    return keras.Model(image, head(values), name=model.architecture)


def _convolutions(values: Any, filters: int, name: str, model: Model, precision: str) -> Any:
    import keras

    for number in (1, 2):
        values = keras.layers.Conv2D(
            filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal", name=f"{name}_conv{number}", dtype=precision
        )(values)
        values = _normalisation(f"{name}_norm{number}", filters, model, precision)(values)
        values = keras.layers.ReLU(name=f"{name}_relu{number}", dtype=precision)(values)
    return values


def _normalisation(name: str, filters: int, model: Model, precision: str) -> Any:
    import keras

    if model.normalisation == "group":
        return keras.layers.GroupNormalization(min(8, filters), name=name, dtype=precision)
    return keras.layers.BatchNormalization(momentum=model.momentum, name=name, dtype=precision)
