"""Map prepared data of any size: large maps lie in files while they are used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from slidelens.dataset.prepared import Prepared
from slidelens.geo.windowed import FileArray, MemoryArray, Part, WindowedArray, grow
from slidelens.learning.inference.calibration import Calibration
from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.learning.inference.windows import Predictor, Window, windows
from slidelens.learning.mapping.plain_tiles import PlainTiles, as_tiles
from slidelens.learning.mapping.prediction import predict_dataset, require_mappable
from slidelens.learning.networks.layers import STRIDE
from slidelens.types import Float32


@dataclass(frozen=True)
class DatasetMap:
    """The map of a network; see `Prediction`.

    Attributes:
        output: (height, width) mean over symmetries and members, not calibrated.
        probability: (height, width) the same, calibrated.
        deviation: (height, width) standard deviation of the probability; None if there is none.
    """

    output: WindowedArray
    probability: WindowedArray
    deviation: WindowedArray | None


@dataclass(frozen=True)
class CalibratedArray:
    """Probabilities that are computed from the output when they are read."""

    output: WindowedArray
    calibration: Calibration

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, pixels."""
        return self.output.shape

    def read(self, part: Part) -> Float32:
        """Return the probabilities of some rows and columns."""
        return self.calibration(self.output.read(part))


def map_dataset(
    prepared: Prepared, metadata: WeightsMetadata, network: Predictor, scratch: Path
) -> DatasetMap:
    """Map the scene of prepared data with a network, as `predict_dataset` does.

    Args:
        prepared: Prepared data.
        metadata: Metadata of the weights file.
        network: Network of the weights file.
        scratch: New folder for the map of a large scene.

    Raises:
        WeightsError: The network is of another number of bands than the scene.
        ResourceError: There is too little memory for a window.
        OSError: The disk is full.
    """
    if prepared.is_held:
        whole = predict_dataset(prepared, metadata, network)
        spread_of_whole = None if whole.deviation is None else MemoryArray(whole.deviation)
        return DatasetMap(
            MemoryArray(whole.output), MemoryArray(whole.probability), spread_of_whole
        )
    require_mappable(prepared, metadata)
    scratch.mkdir()
    shape = prepared.scene.grid.shape
    output, deviation = (
        FileArray(scratch / f"{name}.raw", shape, np.float32) for name in ("output", "deviation")
    )
    tile_px = prepared.tile_px
    predictor = (
        as_tiles(network, metadata)
        if tile_px is None
        else PlainTiles(network, metadata, 0, tile_px)
    )
    side = predictor.core_side + 2 * predictor.margin
    for window in windows(shape, side, predictor.margin, tile_px or STRIDE):
        rows, columns = core = window.core(shape)
        inside = slice(rows.stop - rows.start), slice(columns.stop - columns.start)
        predicted, spread = predictor.predict(_read_window(prepared, window))
        output.write(core, predicted[inside])
        if spread is not None:
            deviation.write(core, spread[inside])
    probability = CalibratedArray(output, metadata.calibration)
    return DatasetMap(output, probability, deviation if metadata.has_uncertainty else None)


def _read_window(prepared: Prepared, window: Window) -> Float32:
    """Return the standardised pixels of a window with its margin, 0 outside the scene."""
    shape, m = prepared.scene.grid.shape, window.margin
    result = np.zeros(
        (window.height + 2 * m, window.width + 2 * m, len(prepared.scene.bands)), np.float32
    )
    top, left = window.row - m, window.column - m
    part = grow((slice(top, top + result.shape[0]), slice(left, left + result.shape[1])), 0, shape)
    rows, columns = (
        slice(piece.start - first, piece.stop - first)
        for piece, first in zip(part, (top, left), strict=True)
    )
    result[rows, columns] = prepared.standardised_part(part)
    return result
