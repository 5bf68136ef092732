"""Weights to export, and ONNX files to run."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from slidelens.api.network import Network, load_weights
from slidelens.dataset.standardisation import BandStatistics
from slidelens.learning.inference.starting import build_start
from slidelens.learning.inference.weights import save_weights
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.params.schema import ModelParams
from slidelens.types import Float32
from support.learning.trainings import METADATA
from support.studies import BANDS

STATISTICS = BandStatistics(BANDS, (800.0, 700.0, 3000.0), (120.0, 140.0, 300.0), 17)


def random_weights(path: Path, **changes: Any) -> Network:
    """Write random weights whose normalisations do something."""
    metadata = replace(replace(METADATA, filters=4, statistics=STATISTICS), **changes)
    build = (metadata.model.model_dump_json(), metadata.filters, metadata.members)
    save_weights(_random_network(*build, metadata.statistics.bands), metadata, path)
    return load_weights(path)


@cache
def _random_network(model: str, filters: int, members: int, bands: tuple[str, ...]) -> Any:
    quiet_tensorflow()
    parsed = ModelParams.model_validate_json(model)
    network = build_start(parsed, filters, bands, members, seed=1)
    random = np.random.default_rng(1)
    network.set_weights(
        [
            weight + np.abs(random.normal(scale=0.1, size=weight.shape))
            if weight.ndim == 1
            else 0.7 * weight  # so that values stay as small as trained ones, and their errors too
            for weight in network.get_weights()
        ]
    )
    return network


def run_onnx(path: Path, pixels: Float32) -> Float32:
    """Return the probabilities of (height, width, bands) pixels."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    batch = np.ascontiguousarray(np.moveaxis(pixels, -1, 0)[None], np.float32)
    (result,) = session.run(None, {given.name: batch})
    probability: Float32 = result[0, 0]
    return probability


def metadata_of(path: Path) -> dict[str, Any]:
    """Return the metadata of an ONNX file, whose values are JSON."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return {
        key: json.loads(value) for key, value in session.get_modelmeta().custom_metadata_map.items()
    }
