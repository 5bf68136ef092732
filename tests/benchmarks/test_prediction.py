"""The table of how fast networks predict."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from benchmarks.prediction import SYMMETRIES, Run, rows, start

NO_PROCESS = cast("subprocess.Popen[str]", None)


def run(kind: str, engine: str, network_px: int, *seconds: float) -> Run:
    measured = Run(kind, engine, "float32", network_px, NO_PROCESS)
    measured.seconds += seconds
    measured.processor_seconds += [2 * each for each in seconds]
    return measured


def test_the_best_run_counts_and_shares_are_of_the_fastest_limit() -> None:
    before = run("commit", "tensorflow", 1_000_000, 2.0, 1.0)
    limits = [run("limit", "a", 4_000_000, 1.0), run("limit", "b", 5_000_000, 1.0, 3.0)]
    mapped = run("map", "a", 3_000_000, 1.5, 1.0)
    table = rows([before, *limits, mapped], "unet 16")
    assert table[-1] == {
        "network": "unet 16",
        "what": "map",
        "engine": "a",
        "precision": "float32",
        "mpx_s": 3.0,
        "mpx_processor_s": 1.5,
        "share_of_limit": 0.6,
        "ratio_to_commit": 3.0,
        "peak_mb": 0,
    }


@pytest.mark.parametrize("runs", [[run("map", "a", 10**6, 1.0)]])
def test_without_an_earlier_commit_there_is_no_ratio(runs: list[Run]) -> None:
    assert rows(runs, "unet 16")[0]["ratio_to_commit"] is None


@pytest.mark.parametrize("parameters", ["window, tile_px=None", "tile_px=None"])
def test_sources_with_and_without_a_window_map_an_image(parameters: str, tmp_path: Path) -> None:
    modules = {
        "runtime": "def quiet_tensorflow(): pass",
        "inference/weights": "def read_weights_metadata(path): return None",
        "inference/loading": "def load_network(path): return None, None",
        "mapping/prediction": f"def predict_pixels(pixels, metadata, network, {parameters}):\n"
        "    assert tile_px is None",
    }
    learning = tmp_path / "src/slidelens/learning"
    for name, text in modules.items():
        path = learning / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        (path.parent / "__init__.py").touch()
    (learning.parent / "__init__.py").touch()
    np.save(tmp_path / "scene.npy", np.zeros((4, 5, 3), np.float32))
    files = tmp_path / "a.weights.h5", tmp_path / "scene.npy"
    started = start("commit", "tensorflow", "float32", *files, tmp_path / "src")
    with started.process as process:
        process.kill()
    assert started.network_px == 4 * 5 * SYMMETRIES
