"""Average the predictions of a tile over members and symmetries, where that may matter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from slidelens.geo.windowed import chunks
from slidelens.learning.inference.calibration import Calibration
from slidelens.learning.inference.engines import Engine, Precision
from slidelens.learning.inference.engines.compilation import choose_precision, compile_plan
from slidelens.learning.inference.plans.extents import extents_of, margin_of
from slidelens.learning.inference.plans.plan import plan_of
from slidelens.learning.inference.plans.tile_size import core_side_of, tile_bytes
from slidelens.learning.inference.symmetries import turned_predictions
from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.learning.networks.ensemble import members_of
from slidelens.learning.networks.memory import require_tile_memory
from slidelens.learning.networks.registry import receptive_radius
from slidelens.params.schema import ModelParams
from slidelens.types import Float32

if TYPE_CHECKING:
    import keras

TileFunction = Callable[[Float32], Float32]  # a tile with its margin → the output of its core

BLOCK_PX = 256
LARGEST_OPEN_SHARE = 0.5  # of blocks that are computed one by one; each has a margin of its own
_STRIP_ROWS = 64  # whose mean and deviation are computed at once
_LARGEST_QUIET = 0.05  # probability


def quiet_below(threshold: float) -> float:
    """Return the probability below which further symmetries cannot matter.

    Args:
        threshold: Probability from which a pixel is landslide.
    """
    return min(_LARGEST_QUIET, threshold / 4)


@dataclass(frozen=True)
class NetworkTiles:
    """The members of a weights file as a function of one tile, a `TilePredictor`.

    The first symmetry is computed everywhere, the others only in blocks of 256 × 256 pixels of the
    tile in which a pixel reaches `quiet`, or in the whole tile if these are more than half of it.
    Elsewhere the output is that of the first, and the deviation that over the members.

    Attributes:
        margin: Pixels around the core that the network needs.
        core_side: Upper limit of the sides of a core, pixels.
        members: Function of each member.
        symmetries: Number of symmetries of the square: 1, 4 or 8.
        calibration: Map from output to probability.
        quiet: Probability below which one symmetry is enough; 0: never.
        divisible: Whether a part of the tile gives the same values as the whole.
        description: Engine and precision.
    """

    margin: int
    core_side: int
    members: Sequence[TileFunction]
    symmetries: int = 1
    calibration: Calibration = field(default_factory=Calibration)
    quiet: float = 0.0
    divisible: bool = True
    description: Mapping[str, str] = field(default_factory=dict)

    def predict(self, pixels: Float32) -> tuple[Float32, Float32 | None]:
        """Predict the core of a tile; see `TilePredictor`."""
        first = np.stack([member(pixels) for member in self.members])
        if self.symmetries * len(self.members) == 1:
            return first[0], None
        output, deviation = self._mean_and_deviation(first)
        if self.symmetries > 1:
            for block in self._open_blocks(first):
                rows, columns = block
                m = 2 * self.margin
                part = pixels[rows.start : rows.stop + m, columns.start : columns.stop + m]
                others = turned_predictions(self.members, part, self.symmetries)
                outputs = np.concatenate([first[:, *block], *others])
                output[block], deviation[block] = self._mean_and_deviation(outputs)
        return output, deviation

    def describe(self) -> dict[str, str | int]:
        """Return what the result depends on besides the weights; see `TilePredictor`."""
        return {
            **self.description,
            "symmetries": self.symmetries,
            "one_symmetry_below": f"{self.quiet:.3g}" if self.symmetries > 1 else "0",
        }

    def _open_blocks(self, first: Float32) -> Iterator[tuple[slice, slice]]:
        """Yield the blocks in which further symmetries may change the answer."""
        height, width = first.shape[1:]
        blocks = [
            block
            for block in chunks((height, width), BLOCK_PX)
            if not self.quiet or self.calibration(first[:, *block].max(axis=0)).max() >= self.quiet
        ]
        if not blocks:
            return
        area = sum((r.stop - r.start) * (c.stop - c.start) for r, c in blocks)
        if self.divisible and area <= LARGEST_OPEN_SHARE * height * width:
            yield from blocks
        else:
            yield slice(0, height), slice(0, width)

    def _mean_and_deviation(self, outputs: Float32) -> tuple[Float32, Float32]:
        """Return mean output and deviation of the probability of (n, height, width) outputs."""
        mean = outputs.mean(axis=0)
        deviation = np.empty_like(mean)
        for row in range(0, len(mean), _STRIP_ROWS):
            strip = slice(row, row + _STRIP_ROWS)
            deviation[strip] = self.calibration(outputs[:, strip]).std(axis=0)
        return mean, deviation


def tiles_of_network(
    network: keras.Model,
    metadata: WeightsMetadata,
    engine: Engine = "tensorflow",
    precision: Precision = "auto",
    symmetries: int | None = None,
) -> NetworkTiles:
    """Return a network with its present weights as a function of one tile.

    Args:
        network: The network, or an ensemble.
        metadata: Its metadata.
        engine: What computes it, not `auto`.
        precision: Precision of the convolutions.
        symmetries: Number of symmetries of the square; None: that of the metadata.
    """
    if precision == "auto" and not _is_measured(metadata.model):
        precision = "float32"
    precision = choose_precision(engine, precision)
    plans = [plan_of(member) for member in members_of(network)]
    extents = extents_of(plans[0])
    margin = margin_of(plans[0], extents) if extents else receptive_radius(metadata.model)
    side = core_side_of(plans[0], extents, margin)
    require_tile_memory(side, metadata.filters, tile_bytes(plans[0], extents, margin, side))
    return NetworkTiles(
        margin=margin,
        core_side=side,
        members=[compile_plan(plan, extents, margin, engine, precision) for plan in plans],
        symmetries=symmetries or metadata.symmetries,
        calibration=metadata.calibration,
        quiet=quiet_below(metadata.threshold),
        divisible=extents is not None,
        description={"engine": engine, "precision": precision},
    )


def _is_measured(model: ModelParams) -> bool:
    """Return whether bfloat16 has been shown to cost this kind of network nothing."""
    return model.architecture == "unet" and model.normalisation == "batch"
