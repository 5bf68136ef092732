"""U-Net++: nested blocks between encoder and decoder, so that skips join similar features.

Source: Zhou et al. (2018), doi 10.1007/978-3-030-00889-5_1; with a head on the last block only (no
deep supervision).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slidelens.learning.networks import unet
from slidelens.learning.networks.layers import (
    BLOCKS,
    concatenate,
    convolutions,
    encoder,
    output_head,
    upsample,
)
from slidelens.params.schema import ModelParams

if TYPE_CHECKING:
    import keras


def receptive_radius() -> int:
    """Return that of the U-Net: the path through the lowest block reaches furthest."""
    return unet.receptive_radius()


def build(model: ModelParams, filters: int, bands: int, precision: str) -> keras.Model:
    """Build the network; see `registry.build_network`."""
    import keras

    image = keras.Input((None, None, bands), name="image")
    # rows[block]: the output of the encoder block, then those of the nested blocks.
    rows = [[values] for values in encoder(image, filters, model, precision)]
    for column in range(1, BLOCKS):
        for block in range(BLOCKS - column):
            rows[block].append(_nested(rows, block, column, filters * 2**block, model, precision))
    return output_head(image, rows[0][-1], model)


def _nested(
    rows: list[list[Any]], block: int, column: int, filters: int, model: ModelParams, precision: str
) -> Any:
    """Convolve all outputs of this row so far and the upsampled one of the row below."""
    name = f"up{block + 1}_{column}"
    below = upsample(rows[block + 1][column - 1], filters, f"{name}_transposed", precision)
    return convolutions(
        concatenate([below, *rows[block]], f"{name}_skip", precision),
        filters,
        name,
        model,
        precision,
    )
