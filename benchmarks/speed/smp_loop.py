"""Predict with segmentation_models_pytorch in a plain loop over the windows of a raster.

python -m benchmarks.speed.smp_loop SCENE OUT --weights FILE --statistics FILE [--bfloat16]

Reads a window of 512 pixels, standardises, predicts and writes it, one after the other, without
overlap. That is how the library's users write it: it has no function for rasters. With --bfloat16
the network also runs in that precision with channels last, PyTorch's own advice for processors.
"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import numpy as np
import rasterio
from rasterio.windows import Window

from benchmarks.arguments import argument_parser
from benchmarks.speed.torch_network import (
    WINDOW_PX,
    build_network,
    landslide_probability,
    load_torch,
    read_statistics,
)


def predict(scene: Path, out: Path, weights: Path, statistics: Path, *, bfloat16: bool) -> None:
    """Write the landslide probability of a scene."""
    torch = load_torch()
    mean, deviation = read_statistics(statistics)
    with rasterio.open(scene) as source:
        profile = source.profile | {"count": 1, "dtype": "float32", "nodata": None, "predictor": 3}
        network = build_network(source.count, weights)
        if bfloat16:
            network = network.to(memory_format=torch.channels_last)
        precision = torch.autocast("cpu", torch.bfloat16) if bfloat16 else nullcontext()
        with rasterio.open(out, "w", **profile) as target, precision:
            for row in range(0, source.height, WINDOW_PX):
                for column in range(0, source.width, WINDOW_PX):
                    window = Window(
                        column,
                        row,
                        min(WINDOW_PX, source.width - column),
                        min(WINDOW_PX, source.height - row),
                    )
                    pixels = (source.read(window=window).astype(np.float32) - mean) / deviation
                    target.write(landslide_probability(network, pixels), 1, window=window)


def main() -> None:
    """Predict the scene that the arguments name."""
    parser = argument_parser("benchmarks.speed.smp_loop", __doc__)
    parser.add_argument("scene", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--statistics", type=Path, required=True)
    parser.add_argument("--bfloat16", action="store_true")
    given = parser.parse_args()
    predict(given.scene, given.out, given.weights, given.statistics, bfloat16=given.bfloat16)


if __name__ == "__main__":
    main()
