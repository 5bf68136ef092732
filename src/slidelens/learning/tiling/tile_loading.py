"""Load the network of a weights file as a function of one tile."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

from slidelens.errors import ParamsError
from slidelens.learning.inference.engines import Engine, Precision
from slidelens.learning.inference.loading import build_from_metadata
from slidelens.learning.inference.network_tiles import tiles_of_network
from slidelens.learning.inference.tile_predictor import TilePredictor
from slidelens.learning.inference.weights import WeightsMetadata, load_into, require_weights_of
from slidelens.learning.runtime import quiet_tensorflow

__all__ = ["Engine", "Precision", "load_tile_predictor"]


def load_tile_predictor(
    path: Path,
    metadata: WeightsMetadata,
    engine: Engine = "auto",
    precision: Precision = "auto",
    symmetries: int | None = None,
) -> TilePredictor:
    """Load the network of a weights file as a function of one tile.

    Args:
        path: The weights file.
        metadata: Its metadata.
        engine: What computes the network; `auto`: TensorFlow if it is installed, else OpenVINO.
        precision: Precision of the convolutions; `auto`: bfloat16 for a U-Net with batch
            normalisation where the processor has it, else float32.
        symmetries: Number of symmetries of the square; None: that of the metadata.

    Raises:
        ParamsError: The engine is not installed, or there is none of this name.
        WeightsError: The weights do not fit their metadata.
        ResourceError: There is too little memory for a tile.
    """
    engine = _choose_engine(engine)
    _start(engine)
    require_weights_of(metadata, path)
    network = build_from_metadata(metadata)
    load_into(network, path)
    return tiles_of_network(network, metadata, engine, precision, symmetries)


def _choose_engine(engine: Engine) -> Engine:
    if engine not in get_args(Engine):
        raise ParamsError(f"engine is {engine}; give one of {', '.join(get_args(Engine))}")
    if engine == "auto":
        return "openvino" if not find_spec("tensorflow") and find_spec("openvino") else "tensorflow"
    extra = {"tensorflow": "train", "openvino": "openvino", "onnxruntime": "onnx"}[engine]
    require_package(engine, extra, "engine")
    return engine


def require_package(name: str, extra: str, what: str = "package") -> None:
    """Raise ParamsError unless a package is installed.

    Args:
        name: Name of the package.
        extra: Extra of slidelens that brings it.
        what: What the package is here.
    """
    if not find_spec(name):
        raise ParamsError(f"{what} {name} is not installed; run `pip install 'slidelens[{extra}]'`")


def _start(engine: Engine) -> None:
    """Import what the engine needs. OpenVINO needs no TensorFlow unless it is there already."""
    if engine == "openvino" and "keras" not in sys.modules:
        os.environ.setdefault("KERAS_BACKEND", "openvino")
    if os.environ.get("KERAS_BACKEND") != "openvino":
        quiet_tensorflow()
