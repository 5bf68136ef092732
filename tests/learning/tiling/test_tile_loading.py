"""Weights files as functions of one tile, with any engine."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slidelens.errors import ParamsError, ResourceError
from slidelens.learning.inference.engines import Engine
from slidelens.learning.inference.loading import build_from_metadata, load_network
from slidelens.learning.inference.weights import WeightsMetadata, save_weights
from slidelens.learning.inference.windows import predict_scene
from slidelens.learning.mapping.plain_tiles import PlainTiles, as_tiles
from slidelens.learning.networks.layers import STRIDE
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.learning.tiling import tile_loading
from slidelens.learning.tiling.tile_loading import load_tile_predictor
from slidelens.params.schema import ModelParams
from slidelens.types import Float32
from support.learning.exporting import random_weights
from support.learning.networks import normalised_architectures
from support.learning.trainings import METADATA

PIXELS = np.random.default_rng(1).normal(size=(70, 90, 3)).astype(np.float32)


def write(path: Path, **changes: Any) -> WeightsMetadata:
    """Write random weights whose normalisations do something."""
    quiet_tensorflow()
    metadata = replace(METADATA, filters=4, **changes)
    network, random = build_from_metadata(metadata, seed=1), np.random.default_rng(1)
    network.set_weights(
        [
            weight + np.abs(random.normal(scale=0.1, size=weight.shape)) * (weight.ndim == 1)
            for weight in network.get_weights()
        ]
    )
    save_weights(network, metadata, path)
    return metadata


def tile(margin: int, height: int = 64, width: int = 96) -> Float32:
    shape = (height + 2 * margin, width + 2 * margin, 3)
    return np.random.default_rng(2).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("members", [pytest.param(1, marks=pytest.mark.long), 2])
def test_a_tile_is_predicted_as_by_the_network_itself(tmp_path: Path, members: int) -> None:
    path = tmp_path / "a.weights.h5"
    metadata = write(path, members=members, symmetries=4)
    predictor = load_tile_predictor(path, metadata, precision="float32")
    assert predictor.describe() == {
        "engine": "tensorflow",
        "precision": "float32",
        "symmetries": 4,
        "one_symmetry_below": "0.05",
    }
    pixels = tile(predictor.margin, 48, 48)
    plain = PlainTiles(load_network(path)[1].compiled, metadata, predictor.margin)
    for found, expected in zip(predictor.predict(pixels), plain.predict(pixels), strict=True):
        assert found is not None
        assert expected is not None
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_bfloat16_says_nearly_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.weights.h5"
    metadata = write(path, symmetries=1)
    exact, fast = (
        load_tile_predictor(path, metadata, precision=precision)
        for precision in ("float32", "bfloat16")
    )
    pixels = tile(exact.margin)
    difference = np.abs(exact.predict(pixels)[0] - fast.predict(pixels)[0])
    assert 0 < difference.max() < 0.02


def test_the_symmetries_of_the_metadata_may_be_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.weights.h5"
    metadata = write(path, symmetries=4)
    assert load_tile_predictor(path, metadata, symmetries=1).describe()["symmetries"] == 1


def test_evaluate_and_map_say_the_same_to_the_bit(tmp_path: Path) -> None:
    path = tmp_path / "a.weights.h5"
    metadata = write(path, symmetries=4)
    of_stage = predict_scene(PIXELS, as_tiles(load_network(path)[1], metadata), STRIDE)
    of_map = predict_scene(PIXELS, load_tile_predictor(path, metadata), STRIDE)
    for stage, mapped in zip(of_stage, of_map, strict=True):
        assert stage is not None
        np.testing.assert_array_equal(stage, mapped)


@pytest.mark.parametrize(
    ("other", "tolerance"),
    [("openvino", 2e-4), pytest.param("onnxruntime", 5e-5, marks=pytest.mark.long)],
)
@normalised_architectures
def test_other_engines_give_the_map_of_tensorflow(
    tmp_path: Path, architecture: str, normalisation: str, other: Engine, tolerance: float
) -> None:
    pytest.importorskip(other)
    model = ModelParams(architecture=architecture, normalisation=normalisation)  # type: ignore[arg-type]
    network = random_weights(tmp_path / "a.weights.h5", model=model)
    ours, theirs = (
        load_tile_predictor(network.path, network.metadata, engine, "float32")
        for engine in ("tensorflow", other)
    )
    pixels = tile(ours.margin)
    found = theirs.predict(pixels)[0]
    np.testing.assert_allclose(ours.predict(pixels)[0], found, atol=tolerance)


def test_onnxruntime_computes_in_float32(tmp_path: Path) -> None:
    path = tmp_path / "a.weights.h5"
    metadata = write(path)
    assert load_tile_predictor(path, metadata, "onnxruntime").describe()["precision"] == "float32"
    with pytest.raises(ParamsError, match="^engine onnxruntime has no precision bfloat16"):
        load_tile_predictor(path, metadata, "onnxruntime", "bfloat16")


def test_openvino_needs_no_tensorflow(tmp_path: Path) -> None:
    pytest.importorskip("openvino")
    path = tmp_path / "a.weights.h5"
    write(path, symmetries=1)
    code = f"""
import sys
from pathlib import Path
import numpy as np
from slidelens.learning.tiling.tile_loading import load_tile_predictor
from slidelens.learning.inference.weights import read_weights_metadata
path = Path({str(path)!r})
predictor = load_tile_predictor(path, read_weights_metadata(path), engine="openvino")
side = 32 + 2 * predictor.margin
print(predictor.predict(np.zeros((side, side, 3), np.float32))[0].shape)
assert "tensorflow" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "(32, 32)\n", done.stderr


def test_an_engine_that_is_not_installed_is_named_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tile_loading, "find_spec", lambda name: None)
    line = r"^engine openvino is not installed; run `pip install 'slidelens\[openvino\]'`$"
    with pytest.raises(ParamsError, match=line):
        load_tile_predictor(tmp_path / "a.weights.h5", METADATA, engine="openvino")


@pytest.mark.parametrize("option", ["engine", "precision"])
def test_what_there_is_none_of_is_refused(tmp_path: Path, option: str) -> None:
    path = tmp_path / "a.weights.h5"
    metadata = write(path)
    with pytest.raises(ParamsError, match=f"^{option} is fast; give one of auto, "):
        load_tile_predictor(path, metadata, **{option: "fast"})  # type: ignore[arg-type]


def test_tensorflow_cannot_follow_where_keras_runs_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "openvino")
    with pytest.raises(ResourceError, match=r"^Keras runs on openvino in this process"):
        quiet_tensorflow()
