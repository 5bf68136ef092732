"""Memory that networks need, checked before they are built or used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slidelens.resources import require_memory

if TYPE_CHECKING:
    import keras

_BYTES = 4  # of a weight and of a value
# Lower bounds that hold for all architectures, so that nothing that fits is refused.
_WEIGHTS_PER_FILTER2 = 7500  # weights, per square of the filters of the first block
_VALUES_PER_FILTER_TRAINING = 20  # kept for the gradients, per pixel and filter
_VALUES_PER_FILTER = 4  # alive at once when predicting, per pixel and filter


def require_network_memory(
    filters: int,
    bands: int,
    members: int,
    remedy: str = "make filters or learning.members smaller",
) -> None:
    """Raise ResourceError unless there is memory for the weights of a network.

    Args:
        filters: Filters of the first block.
        bands: Bands of the image.
        members: Networks in the ensemble.
        remedy: What to change.
    """
    weights = members * (_WEIGHTS_PER_FILTER2 * filters**2 + 9 * bands * filters)
    count = f"{members} networks" if members > 1 else "a network"
    what = f"{count} with {filters} filters for {bands} bands"
    require_memory(float(_BYTES * weights), what, remedy)


def require_training_memory(filters: int, bands: int, patch: int, batch_size: int) -> None:
    """Raise ResourceError unless there is memory for a step of the training.

    Args:
        filters: Filters of the first block.
        bands: Bands of the image.
        patch: Side of a patch, pixels.
        batch_size: Patches in a step.
    """
    values = batch_size * patch**2 * (_VALUES_PER_FILTER_TRAINING * filters + bands)
    require_memory(
        float(_BYTES * values),
        f"training on {batch_size} patches of {patch} × {patch} pixels at once"
        f" with {filters} filters",
        "make batch_size, learning.patch or filters smaller",
    )


def require_tile_memory(side: int, filters: int, size_bytes: int | None = None) -> None:
    """Raise ResourceError unless there is memory to map a tile.

    Args:
        side: Side of the tile, pixels.
        filters: Filters of the first block.
        size_bytes: Memory of the network's results on it, `tile_size.tile_bytes`; None: a lower
            bound of all architectures.
    """
    require_memory(
        float(size_bytes or _BYTES * _VALUES_PER_FILTER * filters * side**2),
        f"mapping a tile of {side} × {side} pixels with {filters} filters",
        "take a network with fewer filters",
    )


def filters_of(network: keras.Model) -> int:
    """Return the filters of the first convolution of a network."""
    kernel = next(weight for weight in network.weights if len(weight.shape) == 4)
    return int(kernel.shape[-1])
