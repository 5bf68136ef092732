"""`slidelens map`: scenes of any CRS, sensor and size, with weights that the pipeline wrote."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from slidelens import cli
from slidelens.geo.vectors.inventory import read_inventory
from slidelens.layers.probability import read_probability
from slidelens.learning.inference.thresholds import expected_threshold
from slidelens.learning.inference.weights import load_into, read_weights_metadata, save_weights
from slidelens.learning.networks.ensemble import build_members
from slidelens.params.schema import Params
from slidelens.types import Float32
from support.learning.tiles import Blur
from support.studies import box, grid_of, image, scene_grid, write_image

GRID = scene_grid()
SHAPES = [box(GRID, row, column, 9, 6) for row, column in ((20, 40), (60, 80), (100, 120))]


@pytest.fixture
def weights(
    pretrained: tuple[Path, Params], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    monkeypatch.chdir(tmp_path)
    write_image(tmp_path / "new.tif", GRID, image(GRID, SHAPES, 9))
    return str(pretrained[0] / "models/pretrained.weights.h5")


def test_landslides_are_found_where_they_are(
    weights: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert cli.main(["map", "new.tif", "--weights", weights, "-o", "out"]) == 0
    captured = capsys.readouterr()
    summary = json.loads(captured.out)
    assert any(line.startswith("mapping 160 rows × 160 columns") for line in caplog.messages)
    probability, valid, grid = read_probability(Path("out/probability.tif"))
    inventory = read_inventory(Path("out/inventory.gpkg"))
    assert grid == GRID
    assert valid.all()
    assert probability.max() > 0.5
    assert summary["landslides"] == len(inventory)
    assert summary["area_m2"] == inventory.area.sum()
    for shape in SHAPES:
        mapped_m2 = inventory.geometry.intersection(shape).area.sum()
        assert mapped_m2 > 0.5 * shape.area


def test_a_threshold_and_a_least_area(weights: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = [
        "map",
        "new.tif",
        "--weights",
        weights,
        "--threshold",
        "0.3",
        "--min-area-m2",
        "3000",
        "--window",
        "256",
    ]
    assert cli.main([*command, "-o", "out"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["threshold"] == 0.3
    assert (read_inventory(Path("out/inventory.gpkg")).area >= 3000).all()


def test_the_threshold_with_the_best_expected_f1(
    weights: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        cli.main(["map", "new.tif", "--weights", weights, "--threshold", "expected", "-o", "out"])
        == 0
    )
    probability, valid, _ = read_probability(Path("out/probability.tif"))
    threshold = json.loads(capsys.readouterr().out)["threshold"]
    assert threshold == pytest.approx(
        expected_threshold(probability[valid]), abs=0.005
    )  # 8 bits in the file


@pytest.mark.parametrize("threshold", ["0", "1.2", "best"])
def test_a_threshold_out_of_range_is_refused(
    weights: str, threshold: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(["map", "new.tif", "--weights", weights, "--threshold", threshold, "-o", "out"])
    assert stop.value.code == 2
    assert (
        f"--threshold: {threshold} is neither between 0 and 1 nor `expected`"
        in capsys.readouterr().err
    )
    assert not Path("out").exists()


def test_the_scenes_own_statistics_undo_a_radiometric_change(
    weights: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Half the reflectance and an offset change nothing once the scene itself standardises."""
    write_image(tmp_path / "dim.tif", GRID, image(GRID, SHAPES, 9) // 2 + 300)
    maps = {}
    for name, scene in (("bright", "new.tif"), ("dim", "dim.tif")):
        assert (
            cli.main(["map", scene, "--weights", weights, "--standardise", "scene", "-o", name])
            == 0
        )
        maps[name] = read_probability(Path(name) / "probability.tif")[0]
    assert np.abs(maps["bright"] - maps["dim"]).mean() < 0.02
    assert "other illumination" not in caplog.text
    assert cli.main(["map", "dim.tif", "--weights", weights, "-o", "unlike"]) == 0
    assert (
        "standard deviations from that of the training data; "
        "other illumination or units? see standardise (--standardise)" in caplog.text
    )
    caplog.clear()
    assert cli.main(["map", "new.tif", "--weights", weights, "-o", "like"]) == 0
    assert "other illumination" not in caplog.text


def test_the_scenes_own_means_undo_haze(weights: str, tmp_path: Path) -> None:
    """An offset moves the means alone and changes nothing once they standardise."""
    write_image(tmp_path / "hazy.tif", GRID, image(GRID, SHAPES, 9) + 900)
    maps = {}
    for name, scene, how in (
        ("clear", "new.tif", "means"),
        ("hazy", "hazy.tif", "means"),
        ("unlike", "hazy.tif", "weights"),
    ):
        assert cli.main(["map", scene, "--weights", weights, "--standardise", how, "-o", name]) == 0
        maps[name] = read_probability(Path(name) / "probability.tif")[0]
    assert np.abs(maps["clear"] - maps["hazy"]).max() <= 0.01
    assert np.abs(maps["clear"] - maps["unlike"]).mean() > 0.02


@dataclass(frozen=True, kw_only=True)
class Fixed(Blur):
    """A network that always gives the same map of one tile."""

    output: Float32

    def predict(self, pixels: Float32) -> tuple[Float32, Float32 | None]:
        return self.output, None


def test_fragments_of_a_landslide_are_merged_or_kept(
    weights: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two fragments of 8 × 2 pixels lie one above the other, a pixel apart in a probable gap."""
    probability = np.zeros(GRID.shape, np.float32)
    probability[38:60, 55:67] = 0.48
    probability[40:48, 60:62] = probability[49:57, 60:62] = 0.9
    calibration = read_weights_metadata(Path(weights)).calibration
    outputs = np.vectorize(calibration.output, otypes=[np.float32])(probability)
    monkeypatch.setattr(
        "slidelens.api.network.load_once", lambda _: Fixed(core_side=160, output=outputs)
    )
    number = {}
    for name, options in (
        ("merged", []),
        ("kept", ["--keep-fragments"]),
        ("old name", ["--pieces"]),
    ):
        command = [
            "map",
            "new.tif",
            "--weights",
            weights,
            "--threshold",
            "0.5",
            "--min-area-m2",
            "100",
        ]
        assert cli.main([*command, *options, "-o", name]) == 0
        number[name] = len(read_inventory(Path(name) / "inventory.gpkg"))
    assert number == {"merged": 1, "kept": 2, "old name": 2}


@pytest.mark.parametrize("area", ["nan", "-5", "inf", "big"])
def test_an_area_out_of_range_is_refused(
    weights: str, area: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(["map", "new.tif", "--weights", weights, f"--min-area-m2={area}", "-o", "out"])
    assert stop.value.code == 2
    assert f"{area} is not an area of 0 m² or more" in capsys.readouterr().err


def test_coarse_pixels_are_warned_of_and_missing_names_refused(
    weights: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_image(
        tmp_path / "coarse.tif",
        grid_of(80, 80, pixel_m=20),
        image(grid_of(80, 80, pixel_m=20), [], 9),
    )
    assert cli.main(["map", "coarse.tif", "--weights", weights, "-o", "coarse"]) == 0
    assert (
        "coarse.tif has pixels of 20 m, the weights were trained on 10 m: expect a poor map"
        in caplog.text
    )
    caplog.clear()
    assert (
        cli.main(
            [
                "map",
                "new.tif",
                "--weights",
                weights,
                "-o",
                "fine",
                "--bands",
                "blue",
                "green",
                "red",
            ]
        )
        == 2
    )
    assert (
        "new.tif has no band nir, only blue, green, red; if another one is nir, name all bands in "
        "file order with --bands" in capsys.readouterr().err
    )
    assert "expect a poor map" not in caplog.text
    assert not Path("fine").exists()


def test_weights_of_a_mosaic_standardise_locally(
    weights: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A radiometric change from west to east hardly changes the map and gives no warning."""
    east = np.arange(GRID.width)[None, :, None] / GRID.width
    write_image(
        tmp_path / "slanted.tif",
        GRID,
        (image(GRID, SHAPES, 9) * 0.5 + 3000 * east).astype(np.uint16),
    )
    metadata = read_weights_metadata(Path(weights))
    keras_network = build_members(
        metadata.model, metadata.filters, len(metadata.statistics.bands), metadata.members
    )
    load_into(keras_network, Path(weights))
    save_weights(
        keras_network, replace(metadata, local_window_px=64), tmp_path / "mosaic.weights.h5"
    )
    maps = {}
    for name, file in (("mosaic", "mosaic.weights.h5"), ("image", weights)):
        for scene in ("new", "slanted"):
            assert (
                cli.main(["map", f"{scene}.tif", "--weights", file, "-o", f"{name}-{scene}"]) == 0
            )
            maps[name, scene] = read_probability(tmp_path / f"{name}-{scene}/probability.tif")[0]
    changed = {
        name: np.abs(maps[name, "new"] - maps[name, "slanted"]).mean()
        for name in ("mosaic", "image")
    }
    assert changed["mosaic"] < 0.6 * changed["image"]
    assert [
        record.getMessage().split(":")[0]
        for record in caplog.records
        if "other illumination" in record.getMessage()
    ] == ["slanted.tif"]


def test_a_scene_without_valid_pixels_is_refused(
    weights: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_image(tmp_path / "empty.tif", GRID, np.zeros((*GRID.shape, 3), np.uint16))
    assert cli.main(["map", "empty.tif", "--weights", weights, "-o", "out"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(
        "slidelens map: empty.tif has no valid pixel; every pixel is nodata or NaN"
    )
    assert captured.err.count("\n") == 1
    assert not Path("out").exists()
