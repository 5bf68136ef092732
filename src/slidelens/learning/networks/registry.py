"""Build the network that `model.architecture` names."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

from slidelens.learning.networks import attention_unet, resunet, unet, unet_plus_plus
from slidelens.learning.networks.spectral import add_spectral
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
    model: ModelParams,
    filters: int,
    bands: int,
    precision: str = "float32",
    spectral_units: int = 0,
) -> keras.Model:
    """Build a network from standardised pixels to probabilities.

    It takes (batch, height, width, bands) and returns (batch, height, width, 1), float32, for any
    height and width that are multiples of 16. The layers of the encoder are named down… and pool…,
    the last layer `probability`.

    Args:
        model: Architecture and normalisation.
        filters: Filters of the first block, doubled in each block below.
        bands: Bands of the image.
        precision: A Keras dtype policy; the last layer is always float32.
        spectral_units: Hidden units of a classifier of single pixels beside it; 0: there is none.
    """
    network: keras.Model = ARCHITECTURES[model.architecture].build(model, filters, bands, precision)
    return add_spectral(network, spectral_units) if spectral_units else network


def receptive_radius(model: ModelParams) -> int:
    """Return the radius of a network's receptive field, pixels, rounded up to the stride."""
    return int(ARCHITECTURES[model.architecture].receptive_radius())
