"""Deep residual U-Net: blocks that add to what comes in, and convolutions of stride 2 in the place of poolings.

Source: Zhang et al. (2018), doi 10.1109/LGRS.2018.2802944, with 5 blocks as the U-Net here.
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
    """How far a pixel's probability looks, in pixels, rounded up to the stride.

    Going down, the first convolution of a block reaches a pixel of the block above, and halves; the second a pixel of its own.
    """
    down = 1 + 1 + sum(2 ** (block - 1) + 2**block for block in range(1, BLOCKS))
    up = sum(2 * 2**block for block in range(BLOCKS - 1))
    halving = sum(2**block for block in range(BLOCKS - 1))
    return round_up_to_stride(down + up + halving)


def build(model: ModelParams, filters: int, bands: int, precision: str) -> keras.Model:
    """See `networks.build`."""
    import keras

    image = keras.Input((None, None, bands), name="image")
    blocks = [_first(image, filters, model, precision)]
    for block in range(1, BLOCKS):
        blocks.append(
            _residual(
                blocks[-1], filters * 2**block, f"down{block + 1}", model, precision, strides=2
            )
        )
    *skips, values = blocks
    for block in reversed(range(BLOCKS - 1)):
        name = f"up{block + 1}"
        values = keras.layers.UpSampling2D(2, name=f"{name}_doubled", dtype=precision)(values)
        values = concatenate([values, skips[block]], f"{name}_skip", precision)
        values = _residual(values, filters * 2**block, name, model, precision)
    return output_head(image, values, model)


def _first(image: Any, filters: int, model: ModelParams, precision: str) -> Any:
    """The first block, whose first convolution takes the image as it is."""
    values = convolution(image, filters, "down1_conv1", precision)
    values = convolution(
        norm_relu(values, "down1_norm2", "down1_relu2", model, precision),
        filters,
        "down1_conv2",
        precision,
    )
    return _added(image, values, filters, "down1", model, precision)


def _residual(
    values: Any, filters: int, name: str, model: ModelParams, precision: str, strides: int = 1
) -> Any:
    """Normalised, rectified and convolved twice, and added to what came in."""
    changed = values
    for number, step in ((1, strides), (2, 1)):
        changed = norm_relu(
            changed, f"{name}_norm{number}", f"{name}_relu{number}", model, precision
        )
        changed = convolution(changed, filters, f"{name}_conv{number}", precision, strides=step)
    return _added(values, changed, filters, name, model, precision, strides)


def _added(
    values: Any,
    changed: Any,
    filters: int,
    name: str,
    model: ModelParams,
    precision: str,
    strides: int = 1,
) -> Any:
    import keras

    if (
        strides > 1
    ):  # not in the convolution: TensorFlow 2.21 on a CPU overruns memory in the gradient of a 1×1 one with strides
        values = keras.layers.MaxPooling2D(1, strides, name=f"{name}_every_other", dtype=precision)(
            values
        )
    same = convolution(values, filters, f"{name}_shortcut", precision, size=1)
    same = normalisation(same, f"{name}_shortcut_norm", model, precision)
    return keras.layers.Add(name=f"{name}_sum", dtype=precision)([changed, same])
