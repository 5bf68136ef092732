"""The recipe of Bhuyan et al. (2023), doi 10.1080/15481603.2023.2182057, as their notebooks run it, without their mistakes.

Their U-Net with Keras's batch normalisation as it comes, Tversky loss, Adam with ReduceLROnPlateau as it comes, the epoch of lowest
validation loss, threshold 0.5; patches without a landslide are left out, the others turned, sheared and flipped. Batch and filters are
those of params.yaml, so that it takes as many steps over as many patches as slidelens does. Their patch-wise scores, their removal of
test patches without landslides and their validation by file order are not repeated: all methods are validated and scored alike.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from slidelens.dataset.prepared import Prepared
from slidelens.learning.data.patches import batches
from slidelens.learning.mapping.prediction import map_pixels
from slidelens.learning.networks import registry as networks
from slidelens.learning.networks.registry import receptive_radius
from slidelens.learning.runtime import compile_predictor, quiet_tensorflow
from slidelens.learning.training.fit import training_and_validation_data
from slidelens.learning.training.losses import tversky_loss
from slidelens.learning.training.settings import Settings
from slidelens.params.schema import ModelParams, Params

FN_WEIGHT, FP_WEIGHT, EPSILON = 0.15, 0.85, 1e-4
THRESHOLD = 0.5
KERAS_MOMENTUM = 0.99
AUGMENTATION = {
    "landslide_share": 1.0,
    "rotation_deg": 45.0,
    "shear_deg": 20.0,
    "scale": 0.0,
    "flips": True,
    "gain": 0.0,
    "offset": 0.0,
}


def train(
    prepared: Prepared, params: Params, settings: Settings, start: Path | None, out: Path
) -> None:
    """Keras weights of the epoch of lowest validation loss. The learning rate is not made smaller for fine-tuning, as theirs is not."""
    quiet_tensorflow()
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(settings.seed)
    ground, tiles = training_and_validation_data(prepared, params.split)
    learning = settings.learning.model_copy(update=AUGMENTATION)
    side, bands = learning.patch, ground.pixels.shape[2]
    network = _network(params, bands)
    stream = tf.data.Dataset.from_generator(
        lambda: batches(ground, learning, settings.batch_size, settings.seed),
        output_signature=(
            tf.TensorSpec((None, side, side, bands), tf.float32),
            tf.TensorSpec((None, side, side, 1), tf.uint8),
        ),
    )
    network.compile(keras.optimizers.Adam(params.lr), tversky_loss(FN_WEIGHT, FP_WEIGHT, EPSILON))
    lowest = None  # validation loss, of the start too, which none that is worse takes the place of
    if start is not None:
        network.load_weights(start)
        network.save_weights(out)
        lowest = network.evaluate(tiles.pixels, tiles.labels[..., None], batch_size=8, verbose=0)
    network.fit(
        stream.prefetch(2),
        epochs=settings.epochs,
        steps_per_epoch=max(1, round(settings.schedule.patches_per_epoch / settings.batch_size)),
        validation_data=(tiles.pixels, tiles.labels[..., None]),
        validation_batch_size=8,
        callbacks=[
            keras.callbacks.ReduceLROnPlateau("val_loss"),
            keras.callbacks.ModelCheckpoint(
                out,
                "val_loss",
                save_best_only=True,
                save_weights_only=True,
                initial_value_threshold=lowest,
            ),
        ],
        shuffle=False,
        verbose=0,
    )


def map_ground(
    weights: Path, prepared: Prepared, params: Params
) -> tuple[NDArray[np.float32], float]:
    """Probability without seams, and their threshold."""
    quiet_tensorflow()
    pixels = prepared.standardised()
    network = _network(params, pixels.shape[2])
    network.load_weights(weights)
    return map_pixels(
        pixels,
        compile_predictor(network),
        params.evaluate.window,
        receptive_radius(params.model),
        prepared.tile_px,
    ), THRESHOLD


def _network(params: Params, bands: int):
    return networks.build_network(ModelParams(momentum=KERAS_MOMENTUM), params.filters, bands)
