"""Attention U-Net: a U-Net whose skips are weighted by attention gates.

Source: Oktay et al. (2018), arXiv 1804.03999: additive gates at the resolution of the coarser
block, their coefficients resampled linearly.
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
    """Return that of the U-Net, and one pixel more for each block with a gate.

    Resampled coefficients of the coarser block reach 2 pixels of the finer one, a pooling only 1.
    """
    gates_px = sum(2**block for block in range(BLOCKS - 1))
    return round_up_to_stride(unet.reach() + gates_px)


def build(model: ModelParams, filters: int, bands: int, precision: str) -> keras.Model:
    """Build the network; see `registry.build_network`."""
    import keras

    image = keras.Input((None, None, bands), name="image")
    *skips, values = encoder(image, filters, model, precision)
    for block in reversed(range(BLOCKS - 1)):
        width, name = filters * 2**block, f"up{block + 1}"
        gated = _gate(skips[block], values, width, f"{name}_gate", model, precision)
        values = upsample(values, width, f"{name}_transposed", precision)
        values = convolutions(
            concatenate([values, gated], f"{name}_skip", precision), width, name, model, precision
        )
    return output_head(image, values, model)


def _gate(
    skip: Any, signal: Any, filters: int, name: str, model: ModelParams, precision: str
) -> Any:
    """Weight a skip with coefficients, 0 to 1, computed from it and the coarser signal."""
    import keras

    skip_features = convolution(skip, filters, f"{name}_seen", precision, size=2, strides=2)
    signal_features = keras.layers.Conv2D(filters, 1, name=f"{name}_asked", dtype=precision)(signal)
    joint = keras.layers.ReLU(name=f"{name}_relu", dtype=precision)(
        keras.layers.Add(name=f"{name}_sum", dtype=precision)([skip_features, signal_features])
    )
    coefficients = keras.layers.Conv2D(
        1, 1, activation="sigmoid", name=f"{name}_share", dtype=precision
    )(joint)
    coefficients = keras.layers.UpSampling2D(
        2, interpolation="bilinear", name=f"{name}_resampled", dtype=precision
    )(coefficients)
    weighted = keras.layers.Multiply(name=f"{name}_dimmed", dtype=precision)([skip, coefficients])
    return normalisation(
        convolution(weighted, filters, f"{name}_conv", precision, size=1),
        f"{name}_norm",
        model,
        precision,
    )
