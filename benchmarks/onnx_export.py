"""Measure how far ONNX files are from maps.

python -m benchmarks.onnx_export SCENE [WEIGHTS] writes the network as ONNX files and compares them
with the map of the scene by TensorFlow in float32. It prints the largest difference of probability
of all pixels and of those that either calls landslide, the share of pixels that differ by more than
0.00001, the number on the other side of the threshold, and the time:

- `one tile`: the first tile of the map, as a scene of its own, in a file for any size;
- `whole`: the whole scene in that file at once; where the map has several tiles, its blocks with
  one symmetry are others (docs/export.md);
- `one symmetry`: the same for networks and maps of one symmetry, which have no such blocks;
- `Deepness`: the tiles of a file for the plug-in, divided by 255 and joined as it does;
- `onnxruntime`, `tensorflow`: maps with these engines in float32;
- `auto`: the map that a user gets, in the precision of the processor.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from rasterio.windows import Window

from benchmarks.arguments import argument_parser
from slidelens.api.exporting import export_network
from slidelens.api.generic import generic_weights
from slidelens.api.mapping.preparation import open_source
from slidelens.api.network import Network, load_weights
from slidelens.api.scene import SceneFile, open_scene
from slidelens.geo.rasters.scene import read_part
from slidelens.learning.inference.engines import Engine, Precision
from slidelens.learning.tiling.tile_job import NetworkChoice, TileJob, tiles_of
from slidelens.learning.tiling.tile_source import TileSource
from slidelens.types import Float32

_WHITE = np.float32(255)
_CLOSE = 1e-5
_MAPS: tuple[tuple[Engine, Precision], ...] = (
    ("onnxruntime", "float32"),
    ("tensorflow", "float32"),
    ("tensorflow", "auto"),
)


@dataclass(frozen=True)
class Case:
    """A network and a scene.

    Attributes:
        network: The network.
        source: The scene on the grid of its map.
        pixels: (height, width, bands) on that grid, 0 where not valid.
    """

    network: Network
    source: TileSource
    pixels: Float32

    def map(self, engine: Engine, precision: Precision, symmetries: int | None = None) -> Float32:
        """Return the probabilities of the map."""
        metadata = self.network.metadata
        if symmetries:
            metadata = replace(metadata, symmetries=symmetries)
        network = replace(self.network, metadata=metadata)
        predictor = network.tile_predictor(engine, precision)
        source = (
            replace(self.source, statistics=None) if self.source.local_window_px else self.source
        )
        job = TileJob(source, NetworkChoice(network.path, metadata, engine, precision))
        shape = self.source.grid.shape
        result = np.zeros(shape, np.float32)
        for window in tiles_of(shape, predictor):
            mapped = job.predict(source.read(window), predictor)
            result[window.core(shape)] = mapped.probability
        return result


def run_file(path: Path, pixels: Float32) -> Float32:
    """Return the probabilities of an ONNX file."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    batch = np.ascontiguousarray(np.moveaxis(pixels, -1, 0)[None])
    probability: Float32 = session.run(None, {"pixels": batch})[0][0, 0]
    return probability


def run_as_deepness(path: Path, pixels: Float32) -> Float32:
    """Return the probabilities of an ONNX file, tile by tile as the plug-in computes them."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    said: dict[str, Any] = {
        key: json.loads(text) for key, text in session.get_modelmeta().custom_metadata_map.items()
    }
    side = said["tile_size"]
    overlap = int(side * said["tiles_overlap"] / 100 * 2) // 2
    stride, half = side - overlap, overlap // 2
    mean, deviation = (
        np.array(said[f"standardization_{name}"], np.float32) for name in ("mean", "std")
    )
    height, width = pixels.shape[:2]
    rows, columns = (1 + max(0, -(-(length - side) // stride)) for length in (height, width))
    padded = np.zeros(
        (side + (rows - 1) * stride, side + (columns - 1) * stride, pixels.shape[2]), np.float32
    )
    padded[-height:, :width] = pixels  # the plug-in adds rows above the image
    result = np.zeros(padded.shape[:2], np.float32)
    for row in range(rows):
        for column in range(columns):
            top, left = row * stride, column * stride
            tile = (
                padded[top : top + side, left : left + side] * (1.0 / _WHITE) - mean
            ) / deviation
            batch = np.ascontiguousarray(np.moveaxis(tile, -1, 0)[None], np.float32)
            part = session.run(None, {"pixels": batch})[0][0, 0]
            above, before = half * (row > 0), half * (column > 0)
            result[top + above : top + side, left + before : left + side] = part[above:, before:]
    return result[-height:, :width]


def measure(name: str, run: Callable[[], Float32], expected: Float32, threshold: float) -> None:
    """Run once, and print a row."""
    start = time.perf_counter()
    found = run()
    seconds = time.perf_counter() - start
    difference = np.abs(found - expected)
    likely = np.maximum(found, expected) >= threshold
    crossing = int(((found >= threshold) != (expected >= threshold)).sum())
    largest = difference[likely].max() if likely.any() else 0.0
    print(
        f"{name:14} {difference.max():12.2e} {largest:12.2e} {(difference > _CLOSE).mean():10.2e}"
        f" {crossing:10d} {seconds:8.1f}",
        flush=True,
    )


def open_case(scene: SceneFile, network: Network) -> Case:
    """Read a scene on the grid of its map."""
    return read_case(network, open_source(scene, network, None))


def read_case(network: Network, source: TileSource) -> Case:
    """Read the pixels of a scene."""
    scene, _ = read_part(source.header, source.grid, network.bands)
    return Case(network, source, scene.pixels)


def main(argv: list[str] | None = None) -> int:
    """Measure one network on one scene."""
    parser = argument_parser("benchmarks.onnx_export", __doc__)
    parser.add_argument("scene", type=Path)
    parser.add_argument("weights", type=Path, nargs="?", help="default: the generic weights")
    parser.add_argument("--bands", nargs="+", default=[])
    arguments = parser.parse_args(argv)
    network = generic_weights() if arguments.weights is None else load_weights(arguments.weights)
    case = open_case(open_scene(arguments.scene, arguments.bands), network)
    print(f"{arguments.scene.name}, {network.path.name}: {case.pixels.shape[:2]} pixels")
    print(
        f"{'':14} {'all pixels':>12} {'landslides':>12} {'> 1e-5':>10}",
        f"{'crossing':>10} {'seconds':>8}",
    )
    compare(case)
    return 0


def compare(case: Case) -> None:
    """Print a row for each way to run a network outside its map."""
    network, threshold = case.network, case.network.threshold
    expected, one = (case.map("tensorflow", "float32", number) for number in (None, 1))
    first = first_tile(case)
    single = first.map("tensorflow", "float32")
    with tempfile.TemporaryDirectory() as folder:
        any_size, of_one, deepness = (Path(folder) / f"{name}.onnx" for name in ("a", "b", "c"))
        export_network(network, any_size, tile_px="any")
        export_network(network, of_one, tile_px="any", symmetries=1)
        export_network(network, deepness)
        measure("one tile", partial(run_file, any_size, first.pixels), single, threshold)
        measure("whole", partial(run_file, any_size, case.pixels), expected, threshold)
        measure("one symmetry", partial(run_file, of_one, case.pixels), one, threshold)
        measure("Deepness", partial(run_as_deepness, deepness, case.pixels), expected, threshold)
    for engine, precision in _MAPS:
        name = engine if precision == "float32" else precision
        measure(name, partial(case.map, engine, precision), expected, threshold)


def first_tile(case: Case) -> Case:
    """Return the first tile of a map as a scene of its own."""
    side = case.network.tile_predictor("tensorflow", "float32").core_side
    height, width = case.source.grid.shape
    grid = case.source.grid.window(Window(0, 0, min(side, width), min(side, height)))
    return read_case(case.network, replace(case.source, grid=grid))


if __name__ == "__main__":
    sys.exit(main())
