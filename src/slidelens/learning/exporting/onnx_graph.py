"""Write a network as an ONNX graph from the pixels of a file to the probabilities of its map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from slidelens.dataset.standardisation import BandStatistics
from slidelens.learning.exporting.calibration_nodes import calibrated
from slidelens.learning.exporting.input_nodes import (
    channels_of_bands,
    hide,
    standardised,
    standardised_locally,
    valid_pixels,
)
from slidelens.learning.inference.calibration import Calibration
from slidelens.learning.inference.engines.onnx_nodes import BOOL, FLOAT, Nodes, add_plan, crop
from slidelens.learning.inference.network_tiles import BLOCK_PX, LARGEST_OPEN_SHARE
from slidelens.learning.inference.plans.extents import Extents
from slidelens.learning.inference.plans.plan import Plan
from slidelens.learning.inference.symmetries import SYMMETRIES
from slidelens.learning.networks.layers import STRIDE

if TYPE_CHECKING:
    import onnx

_FIRST, _LAST = -1, -(2**63) + 1  # of a slice from the end to the beginning
_BLOCKS: dict[str, Any] = {"kernel_shape": [BLOCK_PX] * 2, "strides": [BLOCK_PX] * 2}
_NEAREST: dict[str, Any] = {
    "mode": "nearest",
    "coordinate_transformation_mode": "asymmetric",
    "nearest_mode": "floor",
}


@dataclass(frozen=True)
class Standardisation:
    """What becomes of the pixels of a file before a network takes them.

    Attributes:
        bands: Names of the bands, in the order of the input.
        channels: Names of the network's channels.
        statistics: Standardise by these; None: by the surroundings of each pixel.
        local_window_px: Side of the surroundings, pixels.
        levels: Statistics of the channels, for the levels among them.
        nodata: Value that stands for no data in any band; None: 0 in all bands does.
    """

    bands: tuple[str, ...]
    channels: tuple[str, ...]
    statistics: BandStatistics | None
    local_window_px: int = 0
    levels: BandStatistics | None = None
    nodata: float | None = None


@dataclass(frozen=True)
class Averaging:
    """How outputs become the probability.

    Attributes:
        plans: Steps of each member.
        extents: Extents of their results; None if they need the whole tile.
        margin: Margin of a tile of which the whole is needed, pixels.
        symmetries: Number of symmetries of the square: 1, 4 or 8.
        calibration: Map from the mean output to the probability.
        quiet: Probability below which one symmetry is enough.
    """

    plans: Sequence[Plan]
    extents: Extents | None
    margin: int
    symmetries: int
    calibration: Calibration
    quiet: float

    @property
    def around_px(self) -> int:
        """Pixels around a tile that its output depends on."""
        return self.margin if self.extents is None else self.extents.available[self.plans[0].image]


def write_graph(given: Standardisation, how: Averaging, tile_px: int | None) -> onnx.ModelProto:
    """Return the graph (batch, bands, height, width) → (batch, 1, height, width), float32.

    Around the tile it assumes what a map assumes around a scene, so that a whole scene has the
    probabilities of its map. They are 0 where a pixel is not valid.

    Args:
        given: From the pixels to the network's input.
        how: From the network's input to the probability.
        tile_px: Side of the tiles, a multiple of the stride; None: any height and width.
    """
    nodes = Nodes()
    valid = valid_pixels(nodes, "pixels", given.nodata)
    bands = hide(nodes, "pixels", valid)
    channels = hide(nodes, channels_of_bands(nodes, bands, given.bands, given.channels), valid)
    if given.statistics is not None:
        image = standardised(nodes, channels, valid, given.statistics)
    else:
        side, levels = given.local_window_px, given.levels
        image = standardised_locally(nodes, channels, valid, side, levels)
    padded = _pad(nodes, image, how.around_px, is_any_size=tile_px is None)
    mean = _mean(nodes, how, padded)
    if tile_px is None:
        sides = nodes.add("Shape", "pixels", start=2, end=4)
        mean = nodes.add("Slice", mean, nodes.integers(0, 0), sides, nodes.integers(2, 3))
    probability = calibrated(nodes, mean, how.calibration)
    hide(nodes, probability, valid, output="probability")
    sides_px = ("height", "width") if tile_px is None else (tile_px, tile_px)
    return nodes.model(
        ("pixels", ("batch", len(given.bands), *sides_px)),
        ("probability", ("batch", 1, *sides_px)),
    )


def _pad(nodes: Nodes, image: str, around_px: int, is_any_size: bool) -> str:
    """Add 0 around a tile, and below and to the right as much more as the stride needs."""
    if not is_any_size:
        return nodes.add("Pad", image, nodes.integers(*[0, 0, around_px, around_px] * 2))
    sides = nodes.add("Shape", image, start=2, end=4)
    missing = nodes.add("Mod", nodes.add("Neg", sides), nodes.integers(STRIDE))
    after = nodes.add("Add", missing, nodes.integers(around_px))
    before = nodes.integers(0, 0, around_px, around_px, 0, 0)
    return nodes.add("Pad", image, nodes.add("Concat", before, after, axis=0))


def _mean(nodes: Nodes, how: Averaging, image: str) -> str:
    """Add the mean output, of one symmetry alone in quiet blocks; see `NetworkTiles`."""
    outputs = _outputs(nodes, how, image)
    mean = nodes.add("Mean", *outputs)
    if how.symmetries == 1:
        return mean
    first = outputs[: len(how.plans)]
    highest = calibrated(nodes, nodes.add("Max", *first), how.calibration)
    quiet = nodes.constant(np.array(how.quiet, np.float32))
    highest = nodes.add("MaxPool", highest, **_BLOCKS, ceil_mode=1)
    is_open = nodes.add("Cast", nodes.add("GreaterOrEqual", highest, quiet), to=FLOAT)
    scales = nodes.constant(np.array([1, 1, BLOCK_PX, BLOCK_PX], np.float32))
    is_open = nodes.add("Resize", is_open, "", scales, **_NEAREST)
    ends = nodes.add("Shape", mean, start=2, end=4)
    is_open = nodes.add("Slice", is_open, nodes.integers(0, 0), ends, nodes.integers(2, 3))
    share = nodes.add("ReduceMean", is_open, axes=[2, 3])
    # A network that needs the whole tile is computed on all of it if any block is open.
    largest = 0.0 if how.extents is None else LARGEST_OPEN_SHARE
    whole = nodes.add("Greater", share, nodes.constant(np.array(largest, np.float32)))
    is_open = nodes.add("Or", nodes.add("Cast", is_open, to=BOOL), whole)
    return nodes.add("Where", is_open, mean, nodes.add("Mean", *first))


def _outputs(nodes: Nodes, how: Averaging, image: str) -> list[str]:
    """Add the outputs of all symmetries and members; those of the first symmetry come first."""
    outputs = []
    for quarter, mirrored in SYMMETRIES[: how.symmetries]:
        turned = _rotate(nodes, image, quarter)
        turned = _mirror(nodes, turned, 3) if mirrored else turned
        for plan in how.plans:
            output = add_plan(nodes, plan, how.extents, turned)
            if how.extents is None:
                output = crop(nodes, output, how.margin, how.margin)
            output = _mirror(nodes, output, 3) if mirrored else output
            outputs.append(_rotate(nodes, output, -quarter % 4))
    return outputs


def _rotate(nodes: Nodes, values: str, quarter: int) -> str:
    """Add the rotation by some quarter turns, as `numpy.rot90` along height and width."""
    if quarter == 2:
        return _mirror(nodes, _mirror(nodes, values, 2), 3)
    if quarter == 0:
        return values
    transposed = nodes.add("Transpose", values, perm=[0, 1, 3, 2])
    return _mirror(nodes, transposed, 2 if quarter == 1 else 3)


def _mirror(nodes: Nodes, values: str, axis: int) -> str:
    ends = (nodes.integers(each) for each in (_FIRST, _LAST, axis, -1))
    return nodes.add("Slice", values, *ends)
