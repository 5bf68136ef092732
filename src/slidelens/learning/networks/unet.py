"""The paper's U-Net: an encoder of 5 blocks and 10 convolutions, mirrored by the decoder.

Source: Ronneberger et al. (2015), doi 10.1007/978-3-319-24574-4_28, as configured by Bhuyan et al.
(2023), doi 10.1080/15481603.2023.2182057.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from slidelens.learning.networks.layers import (
    BLOCKS,
    concatenate,
    convolutions,
    encoder,
    output_head,
    round_up_to_stride,
    upsample,
)
from slidelens.params.schema import ModelParams

if TYPE_CHECKING:
    import keras


def receptive_radius() -> int:
    """Return the radius of the receptive field, pixels, rounded up to the stride."""
    return round_up_to_stride(reach())


def reach() -> int:
    """Return the radius of the receptive field, pixels.

    The two 3×3 convolutions of a block reach 2 pixels at its resolution, in encoder and decoder;
    each pooling reaches one more.
    """
    encoder_px = sum(2 * 2**block for block in range(BLOCKS))
    decoder_px = sum(2 * 2**block for block in range(BLOCKS - 1))
    pooling_px = sum(2**block for block in range(BLOCKS - 1))
    return int(encoder_px + decoder_px + pooling_px)


def build(model: ModelParams, filters: int, bands: int, precision: str) -> keras.Model:
    """Build the network; see `registry.build_network`."""
    import keras

    image = keras.Input((None, None, bands), name="image")
    *skips, values = encoder(image, filters, model, precision)
    for block in reversed(range(BLOCKS - 1)):
        width = filters * 2**block
        values = upsample(values, width, f"up{block + 1}_transposed", precision)
        values = concatenate([values, skips[block]], f"up{block + 1}_skip", precision)
        values = convolutions(values, width, f"up{block + 1}", model, precision)
    return output_head(image, values, model)
