"""Deep residual U-Net: residual blocks, and convolutions of stride 2 instead of poolings.

Source: Zhang et al. (2018), doi 10.1109/LGRS.2018.2802944, with 5 blocks like the U-Net here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slidelens.learning.networks.layers import (
    BLOCKS,
    concatenate,
    convolution,
    norm_relu,
    normalisation,
    output_head,
    round_up_to_stride,
)
from slidelens.params.schema import ModelParams

if TYPE_CHECKING:
    import keras


def receptive_radius() -> int:
    """Return the radius of the receptive field, pixels, rounded up to the stride.

    In the encoder the first convolution of a block reaches one pixel of the block above and halves
    the resolution; the second reaches one pixel of its own.
    """
    encoder_px = 1 + 1 + sum(2 ** (block - 1) + 2**block for block in range(1, BLOCKS))
    decoder_px = sum(2 * 2**block for block in range(BLOCKS - 1))
    halving_px = sum(2**block for block in range(BLOCKS - 1))
    return round_up_to_stride(encoder_px + decoder_px + halving_px)


def build(model: ModelParams, filters: int, bands: int, precision: str) -> keras.Model:
    """Build the network; see `registry.build_network`."""
    import keras

    image = keras.Input((None, None, bands), name="image")
    blocks = [_first_block(image, filters, model, precision)]
    for block in range(1, BLOCKS):
        blocks.append(
            _residual_block(
                blocks[-1], filters * 2**block, f"down{block + 1}", model, precision, strides=2
            )
        )
    *skips, values = blocks
    for block in reversed(range(BLOCKS - 1)):
        name = f"up{block + 1}"
        values = keras.layers.UpSampling2D(2, name=f"{name}_doubled", dtype=precision)(values)
        values = concatenate([values, skips[block]], f"{name}_skip", precision)
        values = _residual_block(values, filters * 2**block, name, model, precision)
    return output_head(image, values, model)


def _first_block(image: Any, filters: int, model: ModelParams, precision: str) -> Any:
    """Apply the first block, whose first convolution takes the image without normalisation."""
    values = convolution(image, filters, "down1_conv1", precision)
    values = convolution(
        norm_relu(values, "down1_norm2", "down1_relu2", model, precision),
        filters,
        "down1_conv2",
        precision,
    )
    return _add_shortcut(image, values, filters, "down1", model, precision)


def _residual_block(
    values: Any, filters: int, name: str, model: ModelParams, precision: str, strides: int = 1
) -> Any:
    """Apply a residual block: twice normalisation, ReLU and convolution, added to the input."""
    residual = values
    for number, step in ((1, strides), (2, 1)):
        residual = norm_relu(
            residual, f"{name}_norm{number}", f"{name}_relu{number}", model, precision
        )
        residual = convolution(residual, filters, f"{name}_conv{number}", precision, strides=step)
    return _add_shortcut(values, residual, filters, name, model, precision, strides)


def _add_shortcut(
    values: Any,
    residual: Any,
    filters: int,
    name: str,
    model: ModelParams,
    precision: str,
    strides: int = 1,
) -> Any:
    import keras

    if strides > 1:
        # Not as strides of the convolution: in the gradient of a 1×1 convolution with strides
        # TensorFlow 2.21 writes beyond its memory on a CPU.
        values = keras.layers.MaxPooling2D(1, strides, name=f"{name}_every_other", dtype=precision)(
            values
        )
    shortcut = convolution(values, filters, f"{name}_shortcut", precision, size=1)
    shortcut = normalisation(shortcut, f"{name}_shortcut_norm", model, precision)
    return keras.layers.Add(name=f"{name}_sum", dtype=precision)([residual, shortcut])
