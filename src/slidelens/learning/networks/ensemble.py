"""Ensembles of independently trained networks: their mean is better, their spread an uncertainty.

Source: Lakshminarayanan et al. (2017), deep ensembles, arXiv 1612.01474.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from slidelens.learning.networks.registry import build_network
from slidelens.params.schema import ModelParams

if TYPE_CHECKING:
    import keras


def build_members(
    model: ModelParams,
    filters: int,
    bands: int,
    members: int,
    precision: str = "float32",
    seed: int | None = None,
    spectral_units: int = 0,
) -> keras.Model:
    """Build the members of an ensemble as one Keras model, so that one weights file holds them all.

    A single member is returned as it is.

    Args:
        model: Architecture and normalisation.
        filters: Filters of the first block.
        bands: Bands of the image.
        members: Number of networks.
        precision: A Keras dtype policy.
        seed: Seed of the first member's weights, one more for each further one; None: not set.
        spectral_units: Hidden units of a classifier of single pixels beside each member.
    """
    import keras

    networks = []
    for number in range(members):
        if seed is not None:
            keras.utils.set_random_seed((seed + number) % 2**32)
        networks.append(build_network(model, filters, bands, precision, spectral_units))
    if members == 1:
        return networks[0]
    image = keras.Input(networks[0].input.shape[1:], name="image")
    layers = [
        keras.Model(network.input, network.output, name=f"member{number}")
        for number, network in enumerate(networks, 1)
    ]
    return keras.Model(image, [member(image) for member in layers], name=model.architecture)


def members_of(network: keras.Model) -> list[keras.Model]:
    """Return the members of a model from `build_members`, in order; a single one is itself."""
    import keras

    return [layer for layer in network.layers if isinstance(layer, keras.Model)] or [network]
