"""slidelens drift: the table of a prepared study."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest
import rasterio

from slidelens import cli
from slidelens.analysis.radiometry.drift import Drift
from slidelens.dataset.prepared import read_prepared, write_prepared
from slidelens.files import write_json
from slidelens.layout import Layout
from slidelens.learning.audit.drift_report import (
    DateDrift,
    measure_drift,
    print_drift,
    rank_correlation,
)
from slidelens.stages.prepare import prepare
from support.studies import params_for, scene_grid, write_image, write_params


def params_of(folder: Path) -> Path:
    return write_params(folder, folder / "raw", ["2013", "2014", "2015", "2016"])


def run(*argv: Any) -> int:
    return cli.main([str(argument) for argument in argv])


def test_the_command_puts_the_odd_date_first_and_calls_it_far(
    pretrained: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copytree(pretrained[0] / "raw", tmp_path / "raw")
    scene = read_prepared(pretrained[0] / "data/prepared/2014").scene
    grid = scene_grid()
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
    pretrained: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # bands two standard deviations brighter than the training image, alone in its study
    ground = read_prepared(pretrained[0] / "data/prepared/pretrain")
    pixels = ground.scene.pixels + 2 * np.array(ground.statistics.deviation, np.float32)
    for name, scene in (
        ("pretrain", ground.scene),
        ("bright", replace(ground.scene, pixels=pixels)),
        ("alike", ground.scene),
    ):
        write_prepared(replace(ground, scene=scene), tmp_path / "data/prepared" / name, "float32")
    found = {date: measure_drift(Layout(tmp_path), (date,)) for date in ("bright", "alike")}
    assert [found[date][date].far for date in found] == [True, False]
    # it is standardised like the training image
    print_drift(found["bright"])
    assert "far from the training image: expect a poor map" in capsys.readouterr().out


def test_a_far_date_that_is_standardised_well_is_said_to_be(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_drift({"hazy": DateDrift(drift=Drift((), 1.5, 0.2), seen=1.0, far=True, f1=None)})
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith("far from the training image: standardising takes most of it away")


def test_other_units_are_said_before_anything_else(capsys: pytest.CaptureFixture[str]) -> None:
    units = "other units, about 10,000 times smaller"
    date = DateDrift(drift=Drift((), 5, 0.6), seen=1, far=True, f1=None, units=units)
    print_drift({"2014": date})
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith(f"{units} than those of the training image: see `slidelens check`")


def test_scores_stand_beside_it_and_say_whether_it_rank_correlation(
    pretrained: Any, tmp_path: Path
) -> None:
    (tmp_path / "data").symlink_to(pretrained[0] / "data")
    dates = ("2013", "2014", "2015", "2016")
    order = sorted(
        dates, key=lambda date: measure_drift(Layout(tmp_path), dates)[date].drift.distance
    )
    write_json(
        tmp_path / "metrics/f1.json",
        {"f1_before": {date: 0.9 - 0.1 * place for place, date in enumerate(order)}},
    )
    assert rank_correlation(measure_drift(Layout(tmp_path), dates)) == pytest.approx(
        -1.0
    )  # the farther, the worse
    write_json(
        tmp_path / "metrics/f1.json", {"f1_before": {order[0]: 0.5, order[1]: 0.4, order[2]: None}}
    )
    assert (
        rank_correlation(measure_drift(Layout(tmp_path), dates)) is None
    )  # two scores order nothing


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
    # Standardised by its surroundings, a brightness that changes from west to east almost vanishes.
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
    found = measure_drift(Layout(tmp_path), ("whole", "around"))
    assert found["around"].drift.residual < 0.5 * found["whole"].drift.residual
