"""TensorFlow start-up, precision and devices."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from slidelens.errors import ResourceError
from slidelens.learning.inference.windows import Predictor
from slidelens.learning.networks.ensemble import members_of
from slidelens.types import Float32

if TYPE_CHECKING:
    import keras


def quiet_tensorflow() -> None:
    """Import TensorFlow without its start-up messages. Call it before anything else imports it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    with _silent_stderr():
        import tensorflow as tf
    tf.get_logger().setLevel("ERROR")
    # This optimisation reorders sums at random: trainings with one seed would drift apart.
    tf.config.optimizer.set_experimental_options({"arithmetic_optimization": False})


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Discard what compiled code writes to standard error before its log level takes effect."""
    stderr, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(null)


def precision_policy(mixed_precision: str) -> str:
    """Return the Keras dtype policy: `mixed_bfloat16` if supported and wanted, else `float32`.

    Args:
        mixed_precision: `auto` or `off`, as in params.yaml.
    """
    return "mixed_bfloat16" if mixed_precision == "auto" and _has_bfloat16() else "float32"


def _has_bfloat16() -> bool:
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        capability = tf.config.experimental.get_device_details(gpus[0]).get(
            "compute_capability", (0, 0)
        )
        return bool(capability >= (8, 0))
    processor = Path("/proc/cpuinfo")
    return processor.exists() and "avx512_bf16" in processor.read_text(encoding="utf-8")


def strategy() -> Any:
    """Return the distribution strategy: all GPUs if there are several, else the default one."""
    import tensorflow as tf

    multiple_gpus = len(tf.config.list_physical_devices("GPU")) > 1
    return tf.distribute.MirroredStrategy() if multiple_gpus else tf.distribute.get_strategy()


@contextmanager
def out_of_memory(what: str, remedy: str) -> Iterator[None]:
    """Translate TensorFlow's and Python's errors about too little memory into one line.

    Args:
        what: What is computed: "training".
        remedy: What to change: "make batch_size smaller".
    """
    import tensorflow as tf

    try:
        yield
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        raise ResourceError(f"{what} needs more memory than there is; {remedy}") from error


def compile_predictor(model: keras.Model) -> Predictor:
    """Compile a network for prediction, once for each shape of its input.

    Returns:
        A function (n, height, width, bands) → (n, height, width); with several members
        → (n, height, width, members).
    """
    predictors = [_compile_network(member) for member in members_of(model)]
    if len(predictors) == 1:
        return predictors[0]
    # One after another: together they would take more memory.
    return lambda pixels: np.stack([predictor(pixels) for predictor in predictors], axis=-1)


def _compile_network(network: keras.Model) -> Predictor:
    import tensorflow as tf

    call = tf.function(
        lambda pixels: network(pixels, training=False)[..., 0], reduce_retracing=False
    )

    def predict(pixels: Float32) -> Float32:
        shape = " × ".join(map(str, pixels.shape[:3]))
        with out_of_memory(f"mapping {shape} pixels", "make the window or filters smaller"):
            predicted: Float32 = call(tf.constant(pixels)).numpy()
        return predicted

    return predict


def network_summary(model: keras.Model) -> str:
    """Return the layers, shapes and weights of a network, or of each member, as text."""
    lines: list[str] = []
    model.summary(print_fn=lines.append, line_length=110, expand_nested=True)
    return "\n".join(lines)
