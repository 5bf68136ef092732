"""Attention U-Net: the U-Net whose skips are dimmed where the block below sees nothing of interest.

Source: Oktay et al. (2018), arXiv 1804.03999: additive gates on the grid of the coarser block, their coefficients resampled linearly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slidelens.learning.networks import unet
from slidelens.learning.networks.layers import (
    BLOCKS,
    concatenate,
    convolution,
    convolutions,
    encoder,
    normalisation,
    output_head,
    round_up_to_stride,
    upsample,
)
from slidelens.params.schema import ModelParams

if TYPE_CHECKING:
    import keras


def receptive_radius() -> int:
    """That of the U-Net, and one pixel more of each block with a gate.

    Coefficients resampled between neighbours of the coarser block reach 2 pixels of the finer one, where a pooling alone reaches 1.
    """
    gates = sum(2**block for block in range(BLOCKS - 1))
    return round_up_to_stride(unet.reach() + gates)


def build(model: ModelParams, filters: int, bands: int, precision: str) -> keras.Model:
    """See `networks.build`."""
    import keras

    image = keras.Input((None, None, bands), name="image")
    *skips, values = encoder(image, filters, model, precision)
    for block in reversed(range(BLOCKS - 1)):
        width, name = filters * 2**block, f"up{block + 1}"
        gated = _gated(skips[block], values, width, f"{name}_gate", model, precision)
        values = upsample(values, width, f"{name}_transposed", precision)
        values = convolutions(
            concatenate([values, gated], f"{name}_skip", precision), width, name, model, precision
        )
    return output_head(image, values, model)


def _gated(
    skip: Any, signal: Any, filters: int, name: str, model: ModelParams, precision: str
) -> Any:
    """The skip times coefficients in 0…1 that it and the coarser signal agree on."""
    import keras

    seen = convolution(skip, filters, f"{name}_seen", precision, size=2, strides=2)
    asked = keras.layers.Conv2D(filters, 1, name=f"{name}_asked", dtype=precision)(signal)
    both = keras.layers.ReLU(name=f"{name}_relu", dtype=precision)(
        keras.layers.Add(name=f"{name}_sum", dtype=precision)([seen, asked])
    )
    share = keras.layers.Conv2D(1, 1, activation="sigmoid", name=f"{name}_share", dtype=precision)(
        both
    )
    share = keras.layers.UpSampling2D(
        2, interpolation="bilinear", name=f"{name}_resampled", dtype=precision
    )(share)
    dimmed = keras.layers.Multiply(name=f"{name}_dimmed", dtype=precision)([skip, share])
    return normalisation(
        convolution(dimmed, filters, f"{name}_conv", precision, size=1),
        f"{name}_norm",
        model,
        precision,
    )
