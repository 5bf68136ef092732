"""Build initial networks whose weights for the change channels are zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from slidelens.dataset.change_channels import own_channels
from slidelens.learning.networks.ensemble import build_members
from slidelens.params.schema import ModelParams

if TYPE_CHECKING:
    import keras


def build_start(
    model: ModelParams,
    filters: int,
    bands: Sequence[str],
    members: int,
    precision: str = "float32",
    seed: int | None = None,
) -> keras.Model:
    """Build what `build_members` builds, with weights of 0 for the change.

    All other weights are those that the network would have without these channels. Channels
    missing throughout a training keep zero weights and add no noise to later fine-tuning.

    Args:
        model: Architecture and normalisation.
        filters: Filters of the first block.
        bands: Names of the bands of the image.
        members: Number of networks.
        precision: A Keras dtype policy.
        seed: Seed of the first member's weights; None: not set.
    """
    own = own_channels(bands)
    network = build_members(model, filters, len(own), members, precision, seed)
    if len(own) == len(bands):
        return network
    weights = network.get_weights()
    network = build_members(model, filters, len(bands), members, precision, seed)
    for narrow, wide in zip(weights, wider := network.get_weights(), strict=True):
        if narrow.shape == wide.shape:
            wide[...] = narrow
        else:  # a convolution of the image
            wide[...] = 0
            wide[..., own, :] = narrow
    network.set_weights(wider)
    return network
