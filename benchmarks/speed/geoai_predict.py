"""Predict with geoai's own function for rasters.

python -m benchmarks.speed.geoai_predict SCENE OUT --weights FILE --statistics FILE

`geoai.train.semantic_inference_on_geotiff` is what `geoai.semantic_segmentation` calls, with the
same defaults: windows of 512 pixels that overlap by 256, four at a time, blended. It is called
directly because `semantic_segmentation` builds networks of the default width only. geoai divides
pixels by 255; the standardisation that the network needs is put in front of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rasterio

from benchmarks.arguments import argument_parser
from benchmarks.speed.torch_network import CLASSES, build_network, load_torch, read_statistics

GEOAI_DIVISOR = 255.0


def standardised(network: Any, statistics: Path) -> Any:
    """Return the network behind a layer that takes pixels as geoai gives them."""
    torch = load_torch()
    mean, deviation = read_statistics(statistics)

    class Standardised(torch.nn.Module):  # type: ignore[name-defined, misc]
        """Undo geoai's division, standardise, and call the network."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network
            self.scale = torch.from_numpy(GEOAI_DIVISOR / deviation)
            self.shift = torch.from_numpy(mean / deviation)

        def forward(self, pixels: Any) -> Any:
            """Return the scores of (n, bands, height, width) pixels."""
            return self.network(pixels * self.scale - self.shift)

    return Standardised()


def predict(scene: Path, out: Path, weights: Path, statistics: Path) -> None:
    """Write the probabilities of both classes, the second landslide, and beside them the mask."""
    torch = load_torch()
    from geoai.train import semantic_inference_on_geotiff

    with rasterio.open(scene) as source:
        bands = source.count
    semantic_inference_on_geotiff(
        model=standardised(build_network(bands, weights), statistics),
        geotiff_path=str(scene),
        output_path=str(out.with_name("mask.tif")),
        num_channels=bands,
        num_classes=CLASSES,
        device=torch.device("cpu"),
        probability_path=str(out),
        quiet=True,
    )


def main() -> None:
    """Predict the scene that the arguments name."""
    parser = argument_parser("benchmarks.speed.geoai_predict", __doc__)
    parser.add_argument("scene", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--statistics", type=Path, required=True)
    given = parser.parse_args()
    predict(given.scene, given.out, given.weights, given.statistics)


if __name__ == "__main__":
    main()
