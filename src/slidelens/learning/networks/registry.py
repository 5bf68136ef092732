"""The networks behind one interface: standardised pixels in, probabilities out, `model.architecture` says which."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

from slidelens.learning.networks import attention_unet, resunet, unet, unet_plus_plus
from slidelens.params.schema import ModelParams

if TYPE_CHECKING:
    import keras

ARCHITECTURES: dict[str, ModuleType] = {
    "unet": unet,
    "attention_unet": attention_unet,
    "resunet": resunet,
    "unet_plus_plus": unet_plus_plus,
}


def build_network(
    model: ModelParams, filters: int, bands: int, precision: str = "float32"
) -> keras.Model:
    """A network from (batch, height, width, bands) standardised pixels to (batch, height, width, 1) probabilities, float32.

    height and width: multiples of 16
    filters: of the first block, doubled in each block below
    precision: a Keras dtype policy; the last layer is float32 whatever it is
    Layers of the contracting path are called down… and pool…, the last layer `probability`.
    """
    network: keras.Model = ARCHITECTURES[model.architecture].build(model, filters, bands, precision)
    return network


def receptive_radius(model: ModelParams) -> int:
    """How far a pixel's probability looks, in pixels, rounded up to the stride."""
    return int(ARCHITECTURES[model.architecture].receptive_radius())
