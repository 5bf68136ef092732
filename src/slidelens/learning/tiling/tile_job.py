"""Map one tile of a scene: the unit of work, here or on a worker of a cluster."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from slidelens.learning.inference.tile_predictor import TilePredictor
from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.learning.inference.windows import Window, windows
from slidelens.learning.networks.layers import STRIDE
from slidelens.learning.tiling.identity import FileState, state_of_file
from slidelens.learning.tiling.tile_loading import Engine, Precision, load_tile_predictor
from slidelens.learning.tiling.tile_source import Tile, TileSource, TileSummary
from slidelens.types import Float32, Mask


@dataclass(frozen=True)
class NetworkChoice:
    """A network and how it is computed.

    Attributes:
        path: The weights file.
        metadata: Its metadata.
        engine: What computes the network.
        precision: Precision of the convolutions.
        symmetries: Number of symmetries; None: that of the metadata.
    """

    path: Path
    metadata: WeightsMetadata
    engine: Engine = "auto"
    precision: Precision = "auto"
    symmetries: int | None = None


@dataclass(frozen=True)
class MappedTile:
    """The map of the core of a tile, within the scene.

    Attributes:
        probability: (height, width) calibrated; 0 where not valid.
        deviation: (height, width) its standard deviation, 0 where not valid; None if there is none.
        valid: (height, width).
        summary: What the tile adds to the totals of the scene.
    """

    probability: Float32
    deviation: Float32 | None
    valid: Mask
    summary: TileSummary


@dataclass(frozen=True)
class TileJob:
    """A scene to map with a network, tile by tile.

    Attributes:
        source: The scene.
        network: The network.
    """

    source: TileSource
    network: NetworkChoice

    def predict(self, tile: Tile, predictor: TilePredictor) -> MappedTile:
        """Map a tile that has been read.

        Args:
            tile: The tile.
            predictor: The network of this job.
        """
        if not tile.valid.any():
            nothing = np.zeros(tile.valid.shape, np.float32)
            return MappedTile(nothing, nothing, tile.valid, tile.summary)
        inside = tuple(slice(side) for side in tile.valid.shape)
        output, deviation = predictor.predict(tile.pixels)
        probability = self.network.metadata.calibration(output[inside])
        return MappedTile(
            np.where(tile.valid, probability, np.float32(0)),
            None if deviation is None else np.where(tile.valid, deviation[inside], np.float32(0)),
            tile.valid,
            tile.summary,
        )


def tiles_of(shape: tuple[int, int], predictor: TilePredictor) -> list[Window]:
    """Return the tiles of a scene, which its size and the network alone determine.

    Args:
        shape: Height and width of the scene, pixels.
        predictor: The network.
    """
    margin, side = predictor.margin, predictor.core_side
    return list(windows(shape, side + 2 * margin, margin, STRIDE))


def map_on_worker(job: TileJob, window: Window) -> MappedTile:
    """Read a tile and map it, in a process that loads the network when it gets its first tile.

    Args:
        job: The scene and the network.
        window: The tile.
    """
    predictor = load_once(job.network)
    return job.predict(job.source.read(window), predictor)


def load_once(network: NetworkChoice) -> TilePredictor:
    """Return the network; the last one is kept, unless its file has changed meanwhile."""
    wanted = network, state_of_file(network.path)
    if not _loaded or _loaded[0][0] != wanted:
        predictor = load_tile_predictor(
            network.path, network.metadata, network.engine, network.precision, network.symmetries
        )
        _loaded[:] = [(wanted, predictor)]
    return _loaded[0][1]


_loaded: list[tuple[tuple[NetworkChoice, FileState | None], TilePredictor]] = []
