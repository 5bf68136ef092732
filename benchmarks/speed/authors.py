"""Predict as the notebook of Bhuyan et al. (2023) does.

python -m benchmarks.speed.authors SCENE OUT --weights FILE

Source: github.com/kushanavbhuyan/Multi-Temporal-Landslide-Mapping-Nepal, revision 25b94c1.
`patch_images` of Codes/utils.py cuts tiles without overlap and writes each into a file;
`get_list_of_images_and_masks_with_same_dimension` reads them, drops those that are smaller (at the
right and lower edge) and stacks the others as uint32; the last cell of Codes/train.ipynb calls
`model.predict(np.expand_dims(X_test[i], axis=0))` for each. All of that is done here, in these
steps, with 128-pixel patches (PATCHSIZE) and Keras' float32. The network is their UNet(16), whose
layers are those of slidelens' `unet` with 16 filters. Differences: each patch is standardised as
the weights need it (the notebook's arrays are as they come), and its probabilities are put back
into their place in one raster, which their code leaves to the reader; their threshold (0.3) and the
plot are left out.

References:
    Bhuyan et al. (2023), doi 10.1080/15481603.2023.2182057.
"""

from __future__ import annotations

import tempfile
from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from affine import Affine
from rasterio.windows import Window

from benchmarks.arguments import argument_parser
from benchmarks.speed.keras_network import keras_network
from slidelens.types import Float32

PATCH_PX = 128
Patches = npt.NDArray[np.uint32]


def cut_patches(scene: Path, folder: Path) -> list[Window]:
    """Write each patch into a file tile_<number>.tif; return their windows in that order."""
    windows: list[Window] = []
    with rasterio.open(scene) as source:
        meta = source.meta
        for column, row in product(
            range(0, source.width, PATCH_PX), range(0, source.height, PATCH_PX)
        ):
            window = Window(
                column,
                row,
                min(PATCH_PX, source.width - column),
                min(PATCH_PX, source.height - row),
            )
            meta |= {
                "transform": source.transform @ Affine.translation(column, row),
                "width": window.width,
                "height": window.height,
            }
            with rasterio.open(folder / f"tile_{len(windows)}.tif", "w", **meta) as tile:
                tile.write(source.read(window=window))
            windows.append(window)
    return windows


def stack_patches(folder: Path, windows: list[Window]) -> tuple[Patches, list[Window]]:
    """Return the whole patches, (n, side, side, bands), and their windows."""
    images, kept = [], []
    for number, window in enumerate(windows):
        with rasterio.open(folder / f"tile_{number}.tif") as tile:
            image = np.moveaxis(tile.read(), 0, -1)
        if image.shape[:2] == (PATCH_PX, PATCH_PX):
            images.append(image)
            kept.append(window)
    return np.array(images, dtype=np.uint32), kept


def predict(scene: Path, out: Path, weights: Path) -> None:
    """Write the probabilities of all patches; NaN at the edges that the notebook drops."""
    metadata, network = keras_network(weights)
    mean, deviation = (
        np.array(values, np.float32)
        for values in (metadata.statistics.mean, metadata.statistics.deviation)
    )
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        patches, windows = stack_patches(Path(folder), cut_patches(scene, Path(folder)))
    with rasterio.open(scene) as source:
        profile = source.profile | {"count": 1, "dtype": "float32", "nodata": np.nan}
        mosaic: Float32 = np.full(source.shape, np.nan, np.float32)
    for index, window in enumerate(windows):
        pixels = (patches[index] - mean) / deviation
        probability = network.predict(np.expand_dims(pixels, axis=0), verbose=0)
        mosaic[window.toslices()] = probability[0, ..., 0]
    with rasterio.open(out, "w", **profile | {"predictor": 3}) as target:
        target.write(mosaic, 1)


def main() -> None:
    """Predict the scene that the arguments name."""
    parser = argument_parser("benchmarks.speed.authors", __doc__)
    parser.add_argument("scene", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--weights", type=Path, required=True)
    arguments = parser.parse_args()
    predict(arguments.scene, arguments.out, arguments.weights)


if __name__ == "__main__":
    main()
