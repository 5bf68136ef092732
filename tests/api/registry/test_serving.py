"""Patches that MLflow's server answers for."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slidelens.api.registry.registering import register_weights
from slidelens.api.registry.serving import ServedNetwork
from slidelens.dataset.standardisation import BandStatistics, standardise
from slidelens.errors import ParamsError
from slidelens.learning.exporting.patches import PatchPredictor
from slidelens.learning.inference.windows import predict_scene
from slidelens.learning.networks.layers import STRIDE
from slidelens.types import Float32, Mask
from support.learning.exporting import STATISTICS, random_weights
from support.tracking.stores import environment, free_port


def patch(height: int = 40, width: int = 50, bands: int = 3) -> Float32:
    noise = np.random.default_rng(1).normal(size=(height, width, bands))
    pixels: Float32 = (np.array(STATISTICS.mean)[:bands] + 100 * noise).astype(np.float32)
    return pixels


def served(path: Path, **changes: Any) -> ServedNetwork:
    network = random_weights(path, **changes)
    return ServedNetwork(PatchPredictor(network.metadata, network.tile_predictor()))


def test_a_patch_has_the_probabilities_of_its_map(tmp_path: Path) -> None:
    model = served(tmp_path / "a.weights.h5")
    pixels = patch()
    pixels[:5, :7] = 0
    pixels[9, 9, 1] = np.nan
    valid: Mask = np.isfinite(pixels).all(axis=-1) & (pixels != 0).any(axis=-1)
    standardised = standardise(np.nan_to_num(pixels), valid, STATISTICS)
    output, _ = predict_scene(standardised, model.predictor.tiles, STRIDE)
    found = model.predict(np.stack([pixels, pixels]))
    np.testing.assert_array_equal(found[1], np.where(valid, output, 0))
    assert not found[0][~valid].any()


@pytest.mark.parametrize("changes", [{"local_window_px": 16}, {"sources": {"a": 10.0, "b": 5.0}}])
def test_weights_without_common_statistics_standardise_each_patch(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    """Units do not matter then."""
    model = served(tmp_path / "a.weights.h5", **changes)
    pixels = patch()[None]
    np.testing.assert_allclose(
        model.predict(pixels), model.predict(pixels * np.float32(0.01)), atol=1e-3
    )


def test_channels_are_computed_from_bands_and_slope_is_given(tmp_path: Path) -> None:
    channels = ("red", "nir", "ndvi", "slope")
    statistics = BandStatistics(channels, (700.0, 3000.0, 0.5, 10.0), (99.0, 300.0, 0.1, 5.0), 1)
    model = served(tmp_path / "a.weights.h5", statistics=statistics)
    assert model.predictor.bands == ("red", "nir", "slope")
    assert model.predict(patch()[None]).shape == (1, 40, 50)


@pytest.mark.parametrize("shape", [(40, 50, 3), (1, 40, 50, 4), (1, 0, 50, 3)])
def test_other_shapes_are_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    model = served(tmp_path / "a.weights.h5")
    with pytest.raises(ParamsError, match=r"give \(n, height, width, 3\), the bands green, red, "):
        model.predict(np.ones(shape, np.float32))


@pytest.mark.long
def test_mlflow_answers_for_a_patch_on_loopback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    model = served(tmp_path / "a.weights.h5")
    register_weights(tmp_path / "a.weights.h5", "landslides", alias="champion")
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m"]
    command += ["models:/landslides@champion", "--env-manager", "local", "-p", str(port)]
    uri = os.environ["MLFLOW_TRACKING_URI"]
    variables = environment(MLFLOW_TRACKING_URI=uri, MLFLOW_DISABLE_TELEMETRY="true")
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=tmp_path, env=variables, stdout=log, stderr=log, start_new_session=True
        )
    pixels = patch()[None]
    try:
        answer = ask(f"http://127.0.0.1:{port}/invocations", pixels, process)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)
    np.testing.assert_allclose(answer, model.predict(pixels), atol=1e-5)


def ask(address: str, pixels: Float32, process: subprocess.Popen[bytes]) -> Float32:
    """The server's answer, as soon as there is one."""
    body = json.dumps({"inputs": pixels.tolist()}).encode()
    for _ in range(600):
        assert process.poll() is None, "the server did not start"
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return np.array(json.load(answer)["predictions"], np.float32)
        except urllib.error.HTTPError:
            raise
        except OSError:
            time.sleep(0.2)
    return pytest.fail("no answer after two minutes")
