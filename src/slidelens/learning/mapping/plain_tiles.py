"""Any network as a function of one tile."""

from __future__ import annotations

from dataclasses import dataclass

from slidelens.learning.inference.loading import LoadedNetwork
from slidelens.learning.inference.symmetries import average_symmetries
from slidelens.learning.inference.tile_predictor import TilePredictor
from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.learning.inference.windows import Predictor
from slidelens.learning.networks.registry import receptive_radius
from slidelens.types import Float32

_CORE_SIDE_PX = 1024


def as_tiles(network: Predictor, metadata: WeightsMetadata) -> TilePredictor:
    """Return a network as a function of one tile.

    Args:
        network: A network from a weights file, or any function of windows.
        metadata: Metadata of the weights file.
    """
    if isinstance(network, LoadedNetwork):
        return network.tiles
    return PlainTiles(network, metadata, receptive_radius(metadata.model))


@dataclass(frozen=True)
class PlainTiles:
    """A function of windows that is computed as it is, a `TilePredictor`.

    Attributes:
        network: The function.
        metadata: Metadata of the weights file.
        margin: Pixels around the core; 0 for the tiles of a mosaic.
        core_side: Upper limit of the sides of a core, pixels.
    """

    network: Predictor
    metadata: WeightsMetadata
    margin: int
    core_side: int = _CORE_SIDE_PX

    def predict(self, pixels: Float32) -> tuple[Float32, Float32 | None]:
        """Predict the core of a tile; see `TilePredictor`."""
        core = tuple(slice(self.margin, side - self.margin) for side in pixels.shape[:2])
        if not self.metadata.has_uncertainty:
            return self.network(pixels[None])[0][core], None
        averaged = average_symmetries(
            self.network, self.metadata.symmetries, self.metadata.calibration
        )
        values = averaged(pixels[None])[0][core]
        return values[..., 0], values[..., 1]

    def describe(self) -> dict[str, str | int]:
        """Return what the result depends on besides the weights; see `TilePredictor`."""
        return {"engine": "other", "symmetries": self.metadata.symmetries}
