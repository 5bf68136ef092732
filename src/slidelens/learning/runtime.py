"""TensorFlow start-up, precision and devices."""

from __future__ import annotations

import ctypes
import gc
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from slidelens.errors import ResourceError
from slidelens.learning.inference.windows import Predictor
from slidelens.learning.networks.ensemble import members_of
from slidelens.resources import require_address_space, require_memory
from slidelens.types import Float32

if TYPE_CHECKING:
    import keras

_NO_KERNEL = "could not create a primitive"  # of oneDNN, for want of memory
_X86 = ("x86_64", "amd64")
_TOP_PAD, _TOP_PAD_BYTES = -2, 2**26  # M_TOP_PAD of malloc.h
_MAPPED_BYTES, _USED_BYTES = 3_000_000_000, 700_000_000  # by importing TensorFlow and a first step


def quiet_tensorflow() -> None:
    """Import TensorFlow without its start-up messages. Call it before anything else imports it.

    Raises:
        ResourceError: The memory left is too little, with which TensorFlow would abort, or Keras
            runs on another engine.
    """
    if "tensorflow" not in sys.modules:
        require_address_space(_MAPPED_BYTES, "TensorFlow")
        require_memory(_USED_BYTES, "TensorFlow", "end other programs, or raise the limit")
        _ask_for_memory_in_large_steps()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if platform.machine().lower() in _X86:
        # TensorFlow's default only with AVX-512. With AVX2, too, its kernels are faster, and the
        # number of threads does not change a map.
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    if os.environ.setdefault("KERAS_BACKEND", "tensorflow") != "tensorflow":
        raise ResourceError(
            f"Keras runs on {os.environ['KERAS_BACKEND']} in this process, and TensorFlow is"
            " needed; start another process without KERAS_BACKEND"
        )
    with _silent_stderr(), _quick_import():
        import tensorflow as tf
    tf.get_logger().setLevel("ERROR")
    # This optimisation reorders sums at random: trainings with one seed would drift apart.
    tf.config.optimizer.set_experimental_options({"arithmetic_optimization": False})


def _ask_for_memory_in_large_steps() -> None:
    """Let glibc grow and shrink the heap by 64 MiB at a time; other C libraries stay as they are.

    By its own 128 KiB, each step of a training gives its memory back and asks for it anew, which
    takes a tenth of the time. It has to be set before TensorFlow begins its threads.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    mallopt(_TOP_PAD, _TOP_PAD_BYTES)


@contextmanager
def _quick_import() -> Iterator[None]:
    """Import without what Keras would load for features that are not used here.

    Collecting garbage among the million objects of TensorFlow takes a fifth of its import, and
    slows down the tracing of networks afterwards.
    """
    if "tensorflow" in sys.modules:
        yield
        return
    unused = [name for name in ("sklearn", "matplotlib") if name not in sys.modules]
    collects = gc.isenabled()
    gc.disable()
    sys.modules.update(dict.fromkeys(unused))  # type: ignore[arg-type]  # None: not there
    try:
        yield
    finally:
        for name in unused:
            sys.modules.pop(name, None)
        gc.freeze()
        if collects:
            gc.enable()


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
    return processor_has_bfloat16()


def processor_has_bfloat16() -> bool:
    """Return whether the processor computes with bfloat16."""
    processor = Path("/proc/cpuinfo")
    flags = processor.read_text(encoding="utf-8") if processor.exists() else ""
    return "avx512_bf16" in flags or "amx_bf16" in flags


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
    except (MemoryError, tf.errors.ResourceExhaustedError, tf.errors.AbortedError) as error:
        if isinstance(error, tf.errors.AbortedError) and _NO_KERNEL not in str(error):
            raise
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

    # Kept with the network: tracing it takes longer than predicting the tiles of an epoch.
    call = getattr(network, "traced", None)
    if call is None:
        call = network.traced = tf.function(
            lambda pixels: network(pixels, training=False)[..., 0],
            autograph=False,  # nothing to convert, and conversion writes temporary files
            reduce_retracing=False,
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
