"""`slidelens register`, and maps with registered weights."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from slidelens import cli
from slidelens.learning.tiling import tile_loading
from support.learning.exporting import random_weights
from support.studies import image, scene_grid, write_image

GRID = scene_grid()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_scene_is_mapped_with_the_champion(capsys: pytest.CaptureFixture[str]) -> None:
    random_weights(Path("a.weights.h5"))
    write_image(Path("scene.tif"), GRID, image(GRID, [], 9))
    words = ["--name", "landslides", "--alias", "champion"]
    assert cli.main(["register", "a.weights.h5", *words]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["weights"] == "models:/landslides@champion"
    assert said["version"] == 1
    for weights, out in (("a.weights.h5", "by-file"), (said["weights"], "by-name")):
        assert cli.main(["map", "scene.tif", "--weights", weights, "-o", out]) == 0
    maps = [Path(out, "inventory.gpkg").is_file() for out in ("by-file", "by-name")]
    assert maps == [True, True]
    first, second = capsys.readouterr().out.strip().split("\n}\n")[:2]
    assert first.rstrip("}\n") == second.rstrip("}\n")


def test_weights_that_are_none_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["register", "no.weights.h5", "--name", "landslides"]) == 2
    assert "there are no weights no.weights.h5" in capsys.readouterr().err
    assert not Path("mlflow.db").exists()


def test_mlflow_that_is_not_installed_is_named_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tile_loading, "find_spec", lambda name: None)
    assert cli.main(["map", "scene.tif", "--weights", "models:/landslides/1", "-o", "out"]) == 2
    line = capsys.readouterr().err.strip().splitlines()[-1]
    assert line.endswith("package mlflow is not installed; run `pip install 'slidelens[pipeline]'`")
