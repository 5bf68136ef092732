"""`slidelens export`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from slidelens import cli
from slidelens.api.mapping.options import MapOptions
from slidelens.api.mapping.preparation import prepare_map
from slidelens.api.network import load_weights
from slidelens.api.scene import open_scene
from slidelens.learning.tiling import tile_loading
from support.learning.exporting import metadata_of, random_weights, run_onnx
from support.studies import image, scene_grid, write_image

GRID = scene_grid()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_image(tmp_path / "scene.tif", GRID, image(GRID, [], 9))
    return tmp_path


def mapped(standardise: str = "weights") -> np.ndarray:
    """The map of scene.tif, one tile, in float32."""
    options = MapOptions(standardise=standardise, precision="float32")  # type: ignore[arg-type]
    scene, network = open_scene("scene.tif"), load_weights("a.weights.h5")
    prepared = prepare_map(scene, network, options)
    (window,) = prepared.tiles
    tile = prepared.job.source.read(window)
    return prepared.job.predict(tile, prepared.predictor).probability


def pixels() -> np.ndarray:
    return open_scene("scene.tif").read().pixels


def test_a_scene_has_the_probabilities_of_its_map(capsys: pytest.CaptureFixture[str]) -> None:
    random_weights(Path("a.weights.h5"), symmetries=4)
    assert cli.main(["export", "a.weights.h5", "-o", "a.onnx", "--tile", "any"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["bands"] == ["green", "red", "nir"]
    assert said["standardisation"] == "by the training data"
    assert said["tile_px"] is None
    assert said["bytes"] == Path("a.onnx").stat().st_size
    np.testing.assert_allclose(run_onnx(Path("a.onnx"), pixels()), mapped(), atol=1e-5)


@pytest.mark.parametrize("standardise", ["means", "scene"])
def test_the_statistics_of_a_scene_are_baked_in_and_told(
    standardise: str, caplog: pytest.LogCaptureFixture
) -> None:
    random_weights(Path("a.weights.h5"))
    words = ["--tile", "any", "--scene", "scene.tif", "--standardise", standardise]
    assert cli.main(["export", "a.weights.h5", "-o", "a.onnx", *words]) == 0
    assert any("by the statistics of scene.tif: green 8" in line for line in caplog.messages)
    np.testing.assert_allclose(run_onnx(Path("a.onnx"), pixels()), mapped(standardise), atol=1e-5)


def test_weights_of_several_images_take_a_scene() -> None:
    random_weights(Path("a.weights.h5"), sources={"a": 10.0, "b": 10.0})
    words = ["--tile", "any", "--scene", "scene.tif"]
    assert cli.main(["export", "a.weights.h5", "-o", "a.onnx", *words]) == 0
    np.testing.assert_allclose(run_onnx(Path("a.onnx"), pixels()), mapped(), atol=1e-5)


@pytest.mark.parametrize("nodata", [-999, np.nan])
def test_the_value_for_no_data_that_a_scene_declares_is_kept(nodata: float) -> None:
    random_weights(Path("a.weights.h5"))
    values = image(GRID, [], 9).astype(np.float32)
    values[:20, :20, 1] = nodata
    values[-20:, -20:] = 0  # which is a value here
    write_image(Path("scene.tif"), GRID, values, nodata=nodata)
    words = ["--tile", "any", "--scene", "scene.tif"]
    assert cli.main(["export", "a.weights.h5", "-o", "a.onnx", *words]) == 0
    assert metadata_of(Path("a.onnx"))["slidelens"]["nodata"] == f"{nodata}"
    found = run_onnx(Path("a.onnx"), values)
    assert found[-10, -10] > 0
    np.testing.assert_allclose(found, mapped("scene"), atol=1e-5)


def test_without_weights_the_generic_ones_are_written(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert cli.main(["export", "-o", "generic.onnx", "--symmetries", "1"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["bands"] == ["red", "green", "blue"]
    assert said["standardisation"] == "by the 128 × 128 pixels around each pixel"
    assert said["symmetries"] == 1
    assert any(line.startswith("using the generic weights") for line in caplog.messages)
    assert metadata_of(Path("generic.onnx"))["slidelens"]["licence"] == "MIT"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["a.weights.h5", "-o", "a.tif"], "give a name that ends in .onnx"),
        (["no.weights.h5", "-o", "a.onnx"], "there are no weights no.weights.h5"),
        (["a.weights.h5", "-o", "a.onnx", "--tile", "100"], "give a multiple of 16"),
        (["a.weights.h5", "-o", "a.onnx", "--tile", "32"], "is too small for a network"),
        (["a.weights.h5", "-o", "a.onnx", "--tile", "x"], "x is neither a number of pixels nor"),
        (["a.weights.h5", "-o", "a.onnx", "--standardise", "scene"], "give scene (--scene)"),
        (["a.weights.h5", "-o", "a.onnx", "--bands", "red"], "has no use without --scene; give"),
        (["a.weights.h5", "-o", "a.onnx", "--scene", "no.tif"], "no.tif"),
        (["a.weights.h5", "-o", "scene.tif/a.onnx"], "scene.tif"),
        (["a.weights.h5"], "missing option"),
        (["a.weights.h5", "-o", "a.onnx", "--format", "torch"], "torch"),
    ],
)
def test_what_cannot_be_written_is_one_line(
    words: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    random_weights(Path("a.weights.h5"))
    try:
        status = cli.main(["export", *words])
    except SystemExit as stop:
        status = int(stop.code or 0)
    assert status == 2
    printed = capsys.readouterr().err.strip().splitlines()[-1]
    assert line in printed
    assert not list(Path().glob("**/*.onnx"))


def test_onnx_that_is_not_installed_is_named_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tile_loading, "find_spec", lambda name: None)
    assert cli.main(["export", "-o", "a.onnx"]) == 2
    line = capsys.readouterr().err.strip().splitlines()[-1]
    assert line.endswith("package onnx is not installed; run `pip install 'slidelens[onnx]'`")


def test_bands_that_are_missing_are_named_with_the_option(
    capsys: pytest.CaptureFixture[str],
) -> None:
    random_weights(Path("a.weights.h5"))
    words = ["--scene", "scene.tif", "--bands", "a", "b", "c"]
    assert cli.main(["export", "a.weights.h5", "-o", "a.onnx", *words]) == 2
    assert "name all bands in file order with --bands" in capsys.readouterr().err
