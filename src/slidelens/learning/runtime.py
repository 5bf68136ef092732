"""TensorFlow start-up, precision and devices."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from slidelens.learning.inference.windows import Predictor
from slidelens.learning.networks.ensemble import members_of

if TYPE_CHECKING:
    import keras


def quiet_tensorflow() -> None:
    """Import TensorFlow with its start-up messages kept off the terminal. Call before anything else imports it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    with _silent_stderr():
        import tensorflow as tf
    tf.get_logger().setLevel("ERROR")
    # It orders sums by chance: two trainings with one seed would differ in their last bits, and then more and more.
    tf.config.optimizer.set_experimental_options({"arithmetic_optimization": False})


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Hide what compiled code writes to standard error before its own log level counts."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def precision_policy(wanted: str) -> str:
    """`mixed_bfloat16` where the processor or the GPU computes in bfloat16 and it is wanted, else `float32`."""
    return "mixed_bfloat16" if wanted == "auto" and _has_bfloat16() else "float32"


def _has_bfloat16() -> bool:
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        capability = tf.config.experimental.get_device_details(gpus[0]).get(
            "compute_capability", (0, 0)
        )
        return capability >= (8, 0)
    processor = Path("/proc/cpuinfo")
    return processor.exists() and "avx512_bf16" in processor.read_text(encoding="utf-8")


def strategy() -> Any:
    """All GPUs in step where there are several; else the one GPU, or the processor."""
    import tensorflow as tf

    several = len(tf.config.list_physical_devices("GPU")) > 1
    return tf.distribute.MirroredStrategy() if several else tf.distribute.get_strategy()


def compile_predictor(model: keras.Model) -> Predictor:
    """The network as a callable (n, height, width, bands) → (n, height, width), compiled once a shape; of several members → (…, members)."""
    calls = [_compiled(member) for member in members_of(model)]
    if len(calls) == 1:
        return calls[0]
    return lambda pixels: np.stack(
        [call(pixels) for call in calls], axis=-1
    )  # in turn: all at once would take more memory


def _compiled(network: keras.Model) -> Predictor:
    import tensorflow as tf

    call = tf.function(
        lambda pixels: network(pixels, training=False)[..., 0], reduce_retracing=False
    )
    return lambda pixels: call(tf.constant(pixels)).numpy()


def network_summary(model: keras.Model) -> str:
    """Layers, shapes and weights as text, each member's."""
    lines: list[str] = []
    model.summary(print_fn=lines.append, line_length=110, expand_nested=True)
    return "\n".join(lines)
