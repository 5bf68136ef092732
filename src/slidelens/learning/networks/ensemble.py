"""Networks trained apart and used together: their mean maps better than one of them, and where they differ the map is unsure.

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
) -> keras.Model:
    """Networks of one architecture in one Keras model, so that one weights file holds them all; a single one comes as it is.

    members: how many; the others as in `networks.build`
    seed: of the first one's random weights, each further one's is one more; None: whatever Keras draws next
    """
    import keras

    networks = []
    for number in range(members):
        if seed is not None:
            keras.utils.set_random_seed(seed + number)
        networks.append(build_network(model, filters, bands, precision))
    if members == 1:
        return networks[0]
    image = keras.Input(networks[0].input.shape[1:], name="image")
    named = [
        keras.Model(network.input, network.output, name=f"member{number}")
        for number, network in enumerate(networks, 1)
    ]
    return keras.Model(image, [member(image) for member in named], name=model.architecture)


def members_of(network: keras.Model) -> list[keras.Model]:
    """The networks in what `build_members` built, in order; a single one is its own only member."""
    import keras

    return [layer for layer in network.layers if isinstance(layer, keras.Model)] or [network]
