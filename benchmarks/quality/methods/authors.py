"""The recipe of Bhuyan et al. (2023) as their notebooks run it, without their mistakes.

Their U-Net with Keras's default batch normalisation, Tversky loss, Adam with the default
ReduceLROnPlateau, the epoch of lowest validation loss, threshold 0.5. Patches without a landslide
are left out; the others are rotated, sheared and flipped. Batch size and filters are those of
params.yaml, so that the recipe takes as many steps over as many patches as slidelens. Their
patch-wise scores, their removal of test patches without landslides and their validation by file
order are not repeated: all methods are validated and scored alike.

References:
    Bhuyan et al. (2023), doi 10.1080/15481603.2023.2182057.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
from slidelens.types import Float32

FN_WEIGHT, FP_WEIGHT, EPSILON = 0.15, 0.85, 1e-4
THRESHOLD = 0.5
KERAS_MOMENTUM = 0.99
_WINDOW_PX = 2048
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
    """Write the Keras weights of the epoch of lowest validation loss.

    As in the notebooks, the learning rate is not reduced for fine-tuning.
    """
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
    lowest = None  # validation loss, that of the start included
    if start is not None:
        network.load_weights(start)
        network.save_weights(out)
        lowest = network.evaluate(tiles.pixels, tiles.labels[..., None], batch_size=8, verbose=0)
    checkpoint = keras.callbacks.ModelCheckpoint(
        out, "val_loss", save_best_only=True, save_weights_only=True, initial_value_threshold=lowest
    )
    network.fit(
        stream.prefetch(2),
        epochs=settings.epochs,
        steps_per_epoch=max(1, round(settings.schedule.patches_per_epoch / settings.batch_size)),
        validation_data=(tiles.pixels, tiles.labels[..., None]),
        validation_batch_size=8,
        callbacks=[keras.callbacks.ReduceLROnPlateau("val_loss"), checkpoint],
        shuffle=False,
        verbose=0,
    )


def map_ground(weights: Path, prepared: Prepared, params: Params) -> tuple[Float32, float]:
    """Return the probability map without seams, and their threshold."""
    quiet_tensorflow()
    pixels = prepared.standardised()
    network = _network(params, pixels.shape[2])
    network.load_weights(weights)
    return map_pixels(
        pixels,
        compile_predictor(network),
        _WINDOW_PX,
        receptive_radius(params.model),
        prepared.tile_px,
    ), THRESHOLD


def _network(params: Params, bands: int) -> Any:
    return networks.build_network(ModelParams(momentum=KERAS_MOMENTUM), params.filters, bands)
