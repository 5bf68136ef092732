"""Drift: distances that can be worked out by hand, and the command on a prepared study."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slidelens import cli
from slidelens.analysis.radiometry.drift import Drift, drift
from slidelens.commands.drift import DateDrift, held, report, table_text
from slidelens.files import write_json
from support.studies import write_image, write_params

RNG = np.random.default_rng(3)
TRAINING = RNG.normal((100.0, 200.0), (10.0, 20.0), (50_000, 2))
BANDS = ("red", "nir")


def test_the_same_image_is_at_no_distance() -> None:
    found = drift(TRAINING, TRAINING, BANDS)
    assert (found.distance, found.residual) == (0.0, 0.0)
    for band in found.bands:
        assert (band.shift, band.spread, band.distance) == pytest.approx((0, 1, 0), abs=1e-12)


def test_a_brighter_band_is_shifted_by_its_standard_deviations_and_standardising_takes_it_away() -> (
    None
):
    found = drift(
        TRAINING, TRAINING + (5.0, 0.0), BANDS
    )  # 5 of a deviation of 10: half a deviation in red
    red, nir = found.bands
    assert (red.band, red.shift, red.distance) == (
        "red",
        pytest.approx(0.5, abs=0.01),
        pytest.approx(0.5, abs=0.01),
    )
    assert (nir.shift, nir.distance) == pytest.approx((0, 0), abs=1e-12)
    # Projected onto a direction (cos t, sin t) it is 0.5 |cos t|; its mean over all directions 0.5 * 2 / pi = 0.318.
    assert found.distance == pytest.approx(0.318, abs=0.05)
    assert found.residual == pytest.approx(0, abs=1e-9)


def test_haze_that_halves_the_contrast_shows_in_the_spread() -> None:
    found = drift(TRAINING, (TRAINING - 100) / 2 + 100, BANDS)
    assert [band.spread for band in found.bands] == pytest.approx([0.5, 0.5], abs=0.01)


def test_another_mixture_of_ground_is_left_after_standardising() -> None:
    two = np.where(RNG.random((50_000, 1)) < 0.5, -1.0, 1.0) * (10.0, 20.0) + (
        100.0,
        200.0,
    )  # two clear groups, the bands in step
    assert drift(TRAINING, two, BANDS).residual > 0.2


def test_what_standardising_leaves_is_told_of_the_way_in_use() -> None:
    """Means taken away but the training image's deviations kept: half the contrast stays half, E|z| / 2 = 0.4 in every direction."""
    hazy = (TRAINING - (100.0, 200.0)) / 2 + (150.0, 200.0)
    assert drift(TRAINING, hazy, BANDS).residual == pytest.approx(0, abs=0.01)
    kept = drift(TRAINING, hazy, BANDS, (hazy - hazy.mean(axis=0)) / TRAINING.std(axis=0))
    assert kept.residual == pytest.approx(np.sqrt(2 / np.pi) / 2, abs=0.01)


def test_a_band_without_contrast_is_no_division_by_nothing() -> None:
    found = drift(TRAINING, np.full((10, 2), 100.0), BANDS)
    assert np.isfinite([found.distance, found.residual]).all()
    assert found.bands[0].spread == 0


def params_of(folder: Path) -> Path:
    return write_params(folder, folder / "raw", ["2013", "2014", "2015", "2016"])


def run(*argv: Any) -> int:
    return cli.main([str(argument) for argument in argv])


def test_the_command_puts_the_odd_date_first_and_calls_it_far(
    pretrained: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from shutil import copytree

    from slidelens.dataset.prepared import read_prepared
    from slidelens.stages.prepare import prepare
    from support.studies import params_for, scene_grid

    copytree(pretrained[0] / "raw", tmp_path / "raw")
    scene = read_prepared(pretrained[0] / "data/prepared/2014").scene
    grid = scene_grid()
    import rasterio

    with rasterio.open(tmp_path / "raw/scenes/2014.tif") as dataset:
        values = np.moveaxis(dataset.read(), 0, -1)
    write_image(
        tmp_path / "raw/scenes/2014.tif",
        grid,
        values + np.where(values > 0, 3000, 0).astype(values.dtype),
    )
    assert scene.pixels.shape[2] == values.shape[2]
    params = params_for(tmp_path / "raw", ["2013", "2014", "2015", "2016"])
    prepare(params, tmp_path / "data/prepared")
    path = params_of(tmp_path)
    assert run("drift", "--params", path) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("2014 ")
    assert lines[2].endswith("far from the training image: expect a poor map")
    assert not any("far from" in line for line in lines[3:])
    assert run("drift", "--params", path, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [date for date, one in told["dates"].items() if one["far"]] == ["2014"]
    assert told["dates"]["2016"]["seen"] < 0.7
    assert told["rank_correlation_with_f1"] is None


def test_a_date_may_be_far_with_no_other_to_compare_it_with(
    pretrained: Any, tmp_path: Path
) -> None:
    """A date's image whose bands are two deviations brighter than the training image, alone in its study."""
    from dataclasses import replace

    from slidelens.dataset.prepared import read_prepared, write_prepared

    ground = read_prepared(pretrained[0] / "data/prepared/pretrain")
    pixels = ground.scene.pixels + 2 * np.array(ground.statistics.deviation, np.float32)
    for name, scene in (
        ("pretrain", ground.scene),
        ("bright", replace(ground.scene, pixels=pixels)),
        ("alike", ground.scene),
    ):
        write_prepared(replace(ground, scene=scene), tmp_path / "data/prepared" / name, "float32")
    found = {date: report(tmp_path, (date,)) for date in ("bright", "alike")}
    assert [found[date][date].far for date in found] == [True, False]
    assert "far from the training image: expect a poor map" in table_text(
        found["bright"]
    )  # it is standardised like the training image


def test_a_far_date_that_is_standardised_well_is_said_to_be() -> None:
    text = table_text({"hazy": DateDrift(Drift((), 1.5, 0.2), 1.0, True, None)})
    assert text.endswith("far from the training image: standardising takes most of it away")


def test_scores_stand_beside_it_and_say_whether_it_held(pretrained: Any, tmp_path: Path) -> None:
    (tmp_path / "data").symlink_to(pretrained[0] / "data")
    dates = ("2013", "2014", "2015", "2016")
    order = sorted(dates, key=lambda date: report(tmp_path, dates)[date].drift.distance)
    write_json(
        tmp_path / "metrics/f1.json",
        {"f1_before": {date: 0.9 - 0.1 * place for place, date in enumerate(order)}},
    )
    assert held(report(tmp_path, dates)) == pytest.approx(-1.0)  # the farther, the worse
    write_json(
        tmp_path / "metrics/f1.json", {"f1_before": {order[0]: 0.5, order[1]: 0.4, order[2]: None}}
    )
    assert held(report(tmp_path, dates)) is None  # two scores order nothing


def test_before_prepare_it_says_what_to_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("drift", "--params", params_of(tmp_path)) == 2
    assert "data/prepared/pretrain; run `dvc repro prepare`" in capsys.readouterr().err


@pytest.mark.parametrize("scores", [[], {"f1_before": None}, {"f1_before": {"2013": "good"}}])
def test_scores_that_are_none_are_told(
    pretrained: Any, tmp_path: Path, scores: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").symlink_to(pretrained[0] / "data")
    write_json(tmp_path / "metrics/f1.json", scores)
    assert run("drift", "--params", params_of(tmp_path)) == 2
    assert "metrics/f1.json holds other scores than `dvc repro` writes" in capsys.readouterr().err


def test_what_is_left_of_an_image_after_a_mosaic_is_what_networks_see(
    pretrained: Any, tmp_path: Path
) -> None:
    """Standardised by the surroundings, a light that changes from west to east leaves next to nothing."""
    from dataclasses import replace

    from slidelens.dataset.prepared import read_prepared, write_prepared

    ground = read_prepared(pretrained[0] / "data/prepared/2013")
    slope = np.linspace(0, 5, ground.labels.shape[1])[None, :, None] * np.array(
        ground.statistics.deviation
    )
    slanted = replace(
        ground, scene=replace(ground.scene, pixels=(ground.scene.pixels + slope).astype(np.float32))
    )
    for name, one in (
        ("pretrain", ground),
        ("whole", slanted),
        ("around", replace(slanted, local_window_px=32)),
    ):
        write_prepared(one, tmp_path / "data/prepared" / name, "float32")
    found = report(tmp_path, ("whole", "around"))
    assert found["around"].drift.residual < 0.5 * found["whole"].drift.residual
