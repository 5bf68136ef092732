"""Bad input: exit status 2, one clear line on standard error, nothing written."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from slidelens import cli
from slidelens.params.schema import Params
from slidelens.stages import prepare as prepare_stage
from support.studies import (
    Date,
    area_grid,
    box,
    grid_of,
    image,
    scene_grid,
    write_image,
    write_params,
    write_shapes,
    write_study,
)

GRID = scene_grid()
Damage = Callable[[Path], None]


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sound study of two dates in the current folder."""
    write_study(tmp_path / "raw", {"2013": Date(), "2014": Date()})
    write_params(tmp_path, Path("raw"), ["2013", "2014"])
    monkeypatch.chdir(tmp_path)
    return tmp_path / "raw"


def refused(capsys: pytest.CaptureFixture[str], status: int) -> str:
    """The one line that a refusal prints."""
    lines = [
        line
        for line in capsys.readouterr().err.splitlines()
        if not line.startswith(("info", "warning"))
    ]
    assert status == 2, lines
    assert len(lines) == 1, lines
    assert not Path("data").exists() or not list(Path("data").rglob("*.tif"))
    return lines[0]


def test_a_sound_study_is_accepted(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check"]) == 0
    assert "0 problems found" in capsys.readouterr().out
    assert prepare_stage.main([]) == 0
    assert Path("data/prepared/2014/scene.tif").exists()


def damage_missing_scene(root: Path) -> None:
    (root / "scenes/2013.tif").unlink()


def damage_missing_band(root: Path) -> None:
    write_image(root / "scenes/2013.tif", GRID, image(GRID, [], 1)[..., :2], names=("green", "red"))


def damage_wrong_crs(root: Path) -> None:
    write_shapes(root / "inventories/2013.gpkg", [box(area_grid(), 10, 10, 5, 5)], crs=32644)


def damage_lines(root: Path) -> None:
    write_shapes(
        root / "inventories/2013.gpkg",
        [shapely.LineString([(320_100, 3_109_900), (320_200, 3_109_900)])],
        kind="LineString",
    )


def damage_points(root: Path) -> None:
    write_shapes(root / "inventories/2013.gpkg", [shapely.Point(320_100, 3_109_900)], kind="Point")


def damage_truncated(root: Path) -> None:
    path = root / "scenes/2013.tif"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def damage_nan_band(root: Path) -> None:
    values = image(GRID, [], 1).astype(np.float32)
    values[..., 2] = np.nan
    write_image(root / "scenes/2013.tif", GRID, values, nodata=None)


def damage_all_nodata(root: Path) -> None:
    write_image(root / "scenes/2013.tif", GRID, np.zeros((*GRID.shape, 3), np.uint16))


def damage_other_dates(root: Path) -> None:
    for name in ("2013", "2014"):
        (root / f"scenes/{name}.tif").rename(root / f"scenes/{int(name) + 10}.tif")


def damage_heights(root: Path) -> None:
    far = grid_of(20, 20, west=700_000)
    write_image(root / "terrain/dem.tif", far, np.ones((*far.shape, 1), np.float32), names=(None,))


def damage_whole_study(root: Path) -> None:
    shutil.rmtree(root)


@pytest.mark.parametrize(
    ("damage", "says", "remedy"),
    [
        (damage_missing_scene, "there is no scene raw/scenes/2013.tif", "slidelens dates"),
        (damage_missing_band, "2013.tif has no band nir, only green, red", "study.band_names"),
        (
            damage_wrong_crs,
            "inventory 2013.gpkg is in EPSG:32644 and has no landslide inside scene 2013.tif "
            "(EPSG:32645)",
            "check its CRS",
        ),
        (damage_lines, "2013.gpkg holds LineString geometries, not polygons", "give the outlines"),
        (damage_points, "2013.gpkg holds Point geometries, not polygons", "give the outlines"),
        (damage_truncated, "cannot read", "is it a complete GeoTIFF?"),
        (damage_nan_band, "band nir is all nodata or NaN", "leave the band out"),
        (damage_all_nodata, "2013.tif has no valid pixel", "give another scene"),
        (damage_other_dates, "raw/scenes has 2023, 2024", "slidelens dates"),
        (
            damage_heights,
            "the height model raw/terrain/dem.tif (EPSG:32645) does not reach the area",
            "check its CRS and study.dem",
        ),
        (damage_whole_study, "there is no study folder raw", "study.root"),
    ],
)
def test_a_damaged_study(
    study: Path, capsys: pytest.CaptureFixture[str], damage: Damage, says: str, remedy: str
) -> None:
    damage(study)
    line = refused(capsys, prepare_stage.main([]))
    assert says in line
    assert remedy in line
    assert cli.main(["check"]) == 2
    assert any(
        says in problem
        for problem in capsys.readouterr().out.splitlines()
        if problem.startswith("problem: ")
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"epoch": 3}, "epoch is not a parameter; did you mean epochs?"),
        ({"lr": "fast"}, "lr is 'fast'; it should be a number"),
        ({"lr": -1}, "lr is -1; it should be greater than 0"),
        ({"epochs": 2.5}, "epochs is 2.5; it should be a whole number"),
        ({"split__tests": 0.3}, "split.tests is not a parameter; did you mean split.test?"),
        ({"evaluate__threshold": 3}, "evaluate.threshold is 3"),
        (
            {"model__architecture": "segformer"},
            "model.architecture is 'segformer'; it should be 'unet', 'attention_unet', 'resunet' "
            "or 'unet_plus_plus'",
        ),
        ({"split__test": 0.9}, "validation + test = 1.05 leaves no training blocks"),
        (
            {"evaluate__fragments__max_gap_m": -1},
            "evaluate.fragments.max_gap_m is -1; it should be greater than or equal to 0",
        ),
        ({"evaluate__fragments__max_angle_deg": 120}, "evaluate.fragments.max_angle_deg is 120"),
        (
            {"evaluate__fragments__gap_m": 3},
            "evaluate.fragments.gap_m is not a parameter; did you mean "
            "evaluate.fragments.max_gap_m?",
        ),
        ({"study__dem": "heights.tif"}, "study.dem: there is no height model raw/heights.tif"),
    ],
)
def test_a_typo_in_params(
    study: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any], says: str
) -> None:
    write_params(Path(), Path("raw"), ["2013", "2014"], **change)
    assert says in refused(capsys, prepare_stage.main([]))


def test_check_tells_every_problem(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    damage_missing_band(study)
    (study / "inventories/2014.gpkg").unlink()
    damage = [shapely.Point(320_100, 3_109_900)]
    write_shapes(study / "inventories/2014.gpkg", damage, kind="Point")
    assert cli.main(["check"]) == 2
    out = capsys.readouterr().out
    assert "2 problems found" in out
    assert "no band nir" in out
    assert "holds Point geometries" in out


def test_an_output_in_the_way(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("data").write_text("a file where the folder should be")
    assert "cannot write data/prepared" in refused(capsys, prepare_stage.main([]))


class TestMap:
    """`slidelens map` with weights that the pipeline wrote."""

    @pytest.fixture
    def weights(
        self, pretrained: tuple[Path, Params], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> str:
        monkeypatch.chdir(tmp_path)
        return str(pretrained[0] / "models/pretrained.weights.h5")

    def test_a_scene_that_the_network_has_not_seen(
        self, weights: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        import json

        shapes = [box(GRID, row, 40, 9, 6) for row in (20, 60, 100)]
        # Bands in another order than the weights': they go by name.
        write_image(
            tmp_path / "new.tif",
            GRID,
            image(GRID, shapes, 9)[..., ::-1],
            names=("nir", "red", "green"),
        )
        assert cli.main(["map", "new.tif", "--weights", weights, "-o", "out"]) == 0
        summary = json.loads(capsys.readouterr().out)
        assert summary["landslides"] >= 3
        assert summary["mapped_km2"] == pytest.approx(160 * 160 * 100 / 1e6)
        assert {path.name for path in Path("out").iterdir()} == {
            "probability.tif",
            "probability.qml",
            "deviation.qml",
            "inventory.gpkg",
        }

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["none.tif"], "there is no scene none.tif"),
            (["rgb.tif"], "rgb.tif has no band nir, only red, green, blue"),
            (["text.tif"], "cannot read text.tif"),
        ],
    )
    def test_a_scene_that_cannot_be_used(
        self,
        weights: str,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        arguments: list[str],
        says: str,
    ) -> None:
        write_image(tmp_path / "rgb.tif", GRID, image(GRID, [], 9), names=("red", "green", "blue"))
        (tmp_path / "text.tif").write_text("no raster")
        assert says in refused(
            capsys, cli.main(["map", *arguments, "--weights", weights, "-o", "out"])
        )
        assert not Path("out").exists()

    def test_weights_that_are_none(
        self, weights: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write_image(tmp_path / "new.tif", GRID, image(GRID, [], 9))
        Path("bad.weights.h5").write_bytes(Path(weights).read_bytes()[:1000])
        assert "bad.weights.h5" in refused(
            capsys, cli.main(["map", "new.tif", "--weights", "bad.weights.h5", "-o", "out"])
        )

    def test_nothing_is_overwritten(
        self, weights: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write_image(tmp_path / "new.tif", GRID, image(GRID, [], 9))
        Path("out").mkdir()
        Path("out/mine.txt").write_text("mine")
        assert "nothing in it is overwritten; name a new folder" in refused(
            capsys, cli.main(["map", "new.tif", "--weights", weights, "-o", "out"])
        )
        assert Path("out/mine.txt").read_text() == "mine"
