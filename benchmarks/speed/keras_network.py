"""slidelens' network by itself: its answer for a whole image in one pass, and its own speed.

python -m benchmarks.speed.keras_network whole SCENE OUT --weights FILE [--calibrated] writes the
probabilities of the whole image as float32; without windows, symmetries or bfloat16. `alone` prints
how many megapixels a second the network does on a window that is in memory.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import rasterio

from benchmarks.arguments import argument_parser
from slidelens.learning.inference.loading import build_from_metadata
from slidelens.learning.inference.weights import (
    WeightsMetadata,
    load_into,
    read_weights_metadata,
)
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.types import Float32

if TYPE_CHECKING:
    import keras

WINDOW_PX, ALONE_S = 512, 10


def keras_network(weights: Path) -> tuple[WeightsMetadata, keras.Model]:
    """Return the metadata of a weights file and its network, float32."""
    quiet_tensorflow()
    metadata = read_weights_metadata(weights)
    network = build_from_metadata(metadata)
    load_into(network, weights)
    return metadata, network


def predict_whole(scene: Path, weights: Path, *, calibrated: bool) -> Float32:
    """Return the (height, width) probabilities of one pass over the whole image.

    Args:
        scene: Image with the bands of the weights in their order.
        weights: Weights file.
        calibrated: Apply the calibration of the weights file.
    """
    metadata, network = keras_network(weights)
    with rasterio.open(scene) as source:
        pixels = np.moveaxis(source.read().astype(np.float32), 0, -1)
        valid = source.dataset_mask() > 0
    mean, deviation = (
        np.array(values, np.float32)
        for values in (metadata.statistics.mean, metadata.statistics.deviation)
    )
    pixels = np.where(valid[..., None], (pixels - mean) / deviation, np.float32(0))
    output = network(pixels[None], training=False).numpy()[0, ..., 0]
    return metadata.calibration(output) if calibrated else output


def measure_alone(weights: Path) -> float:
    """Return the megapixels a second of the float32 network on windows in memory."""
    import tensorflow as tf

    metadata, network = keras_network(weights)
    bands = len(metadata.statistics.bands)
    pixels = tf.random.normal((1, WINDOW_PX, WINDOW_PX, bands))
    call = tf.function(lambda values: network(values, training=False))
    call(pixels).numpy()
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < ALONE_S:
        call(pixels).numpy()
        count += 1
    return count * WINDOW_PX**2 / 1e6 / (time.perf_counter() - start)


def main() -> None:
    """Do what the arguments ask for."""
    parser = argument_parser("benchmarks.speed.keras_network", __doc__)
    tasks = parser.add_subparsers(dest="task", required=True)
    whole, alone = tasks.add_parser("whole"), tasks.add_parser("alone")
    whole.add_argument("scene", type=Path)
    whole.add_argument("out", type=Path, help="file .npy")
    whole.add_argument("--calibrated", action="store_true")
    for task in (whole, alone):
        task.add_argument("--weights", type=Path, required=True)
    arguments = parser.parse_args()
    if arguments.task == "alone":
        print(measure_alone(arguments.weights))
    else:
        whole_map = predict_whole(
            arguments.scene, arguments.weights, calibrated=arguments.calibrated
        )
        np.save(arguments.out, whole_map)


if __name__ == "__main__":
    main()
