"""The leakage audit: silent on what `prepare` writes, loud on each way of leaking."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slidelens import cli
from slidelens.dataset.parts import TEST, TRAIN, UNKNOWN, VALIDATION
from slidelens.dataset.prepared import Prepared, read_prepared
from slidelens.errors import GridError
from slidelens.geo.rasterise import rasterise, rasterise_ids
from slidelens.learning.audit import leakage
from slidelens.learning.audit.leakage import (
    CHOICE,
    PRETRAINED_AREA,
    PRETRAINED_LANDSLIDE,
    SAME_PARTS,
    STATISTICS,
    TRAINED_AND_SCORED,
    TRAINING,
    leakage_findings,
)
from slidelens.learning.data.tiles import validation_tiles
from slidelens.learning.data.training_data import hide_outside
from slidelens.params.schema import SplitParams
from support.studies import write_params

SPLIT = SplitParams(block_m=640, validation=0.2, test=0.3, margin_m=0, seed=1)
DATES = ("2013", "2014", "2015", "2016")


@pytest.fixture
def prepared(pretrained: Any) -> dict[str, Prepared]:
    """The dates and the pretraining event."""
    return {
        name: read_prepared(pretrained[0] / "data/prepared" / name) for name in ("pretrain", *DATES)
    }


def broken(prepared: dict[str, Prepared]) -> dict[tuple[str, str], int]:
    """Pixels, landslides or bands that break a rule, by place and rule."""
    dates = {date: prepared[date] for date in DATES}
    return {
        (finding.where, finding.rule): finding.broken
        for finding in leakage_findings(dates, {"pretrain": prepared["pretrain"]}, SPLIT)
        if finding.broken
    }


def test_what_prepare_writes_leaks_nothing_and_every_date_is_checked(
    prepared: dict[str, Prepared],
) -> None:
    assert broken(prepared) == {}
    dates = {date: prepared[date] for date in DATES}
    findings = leakage_findings(dates, {"pretrain": prepared["pretrain"]}, SPLIT)
    # the pretraining event 2, each date 2, each mapped date (2015 is not) 4 more
    assert Counter(finding.where for finding in findings) == {
        "pretrain": 2,
        "2013": 6,
        "2014": 6,
        "2015": 2,
        "2016": 6,
    }


def test_a_block_that_changes_its_part_at_one_date(prepared: dict[str, Prepared]) -> None:
    parts = prepared["2016"].split_map.copy()
    rows, columns = np.nonzero(parts == TEST)
    parts[rows[:7], columns[:7]] = TRAIN
    prepared["2016"] = replace(prepared["2016"], split_map=parts)
    assert broken(prepared)["2016", SAME_PARTS] == 7


def test_statistics_of_the_whole_scene(prepared: dict[str, Prepared]) -> None:
    statistics = prepared["2013"].statistics
    prepared["2013"] = replace(
        prepared["2013"],
        statistics=replace(statistics, mean=tuple(value * 1.01 + 1 for value in statistics.mean)),
    )
    assert broken(prepared) == {("2013", STATISTICS): len(statistics.bands)}


def test_statistics_of_the_first_event_are_allowed(prepared: dict[str, Prepared]) -> None:
    prepared["2013"] = replace(prepared["2013"], statistics=prepared["pretrain"].statistics)
    assert broken(prepared) == {}


def test_a_landslide_that_is_learnt_and_scored(prepared: dict[str, Prepared]) -> None:
    date = prepared["2013"]
    assert date.inventory is not None
    shape = date.inventory.geometry.iloc[0]
    labels, parts = date.labels.copy(), date.split_map.copy()
    rows, columns = np.nonzero(rasterise([shape], date.scene.grid))
    labels[rows, columns] = 1
    parts[rows[0], columns[0]], parts[rows[1:], columns[1:]] = TEST, TRAIN
    prepared["2013"] = replace(date, labels=labels, split_map=parts)
    assert broken(prepared)["2013", TRAINED_AND_SCORED] == 1


@pytest.mark.parametrize("changed", ["labels", "split_map"])
def test_a_date_without_known_validation_ground_is_named_and_the_others_are_checked(
    prepared: dict[str, Prepared], changed: str, caplog: pytest.LogCaptureFixture
) -> None:
    values = np.full_like(prepared["2014"].labels, UNKNOWN if changed == "labels" else TRAIN)
    prepared["2014"] = replace(prepared["2014"], **{changed: values})  # type: ignore[arg-type]
    dates = {date: prepared[date] for date in DATES}
    findings = list(leakage_findings(dates, {"pretrain": prepared["pretrain"]}, SPLIT))
    rules = Counter(finding.where for finding in findings)
    assert (rules["2013"], rules["2014"], rules["2016"]) == (6, 4, 6)
    assert "prepared data of 2014: labels.tif and split.tif have no known ground" in caplog.text


@pytest.mark.parametrize(("visible_to", "rule"), [("training", TRAINING), ("choice", CHOICE)])
def test_training_that_sees_test_blocks(
    prepared: dict[str, Prepared], visible_to: str, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if `fit` did not hide them: in the image around train blocks, or in the labels too."""

    def leaky(data: Prepared, split: SplitParams) -> Any:
        train, validation = data.split_map == TRAIN, data.split_map == VALIDATION
        everything = np.ones_like(data.split_map, bool)
        pixels = data.standardised()
        training = hide_outside(
            pixels, data.labels, everything if visible_to == "training" else train, train
        )
        choice = hide_outside(
            pixels, data.labels, train | validation, validation | (data.split_map == TEST)
        )
        if visible_to == "choice":
            choice = hide_outside(pixels, data.labels, everything, choice.labels != UNKNOWN)
        return training, validation_tiles(choice, 64)

    monkeypatch.setattr(leakage, "training_and_validation_data", leaky)
    findings = broken(prepared)
    assert {where for where, _ in findings} == {"2013", "2014", "2016"}
    assert {broken_rule for _, broken_rule in findings} == {rule}


def test_a_landslide_that_pretraining_has_learnt(prepared: dict[str, Prepared]) -> None:
    date = prepared["2013"]
    assert date.inventory is not None
    prepared["pretrain"] = replace(date, split_map=np.full_like(date.split_map, TRAIN))
    ids = rasterise_ids(date.inventory.geometry, date.scene.grid)
    count = broken(prepared)["2013", PRETRAINED_LANDSLIDE]
    assert count == len(set(ids[date.labels == 1]) - {0}) > 0


def test_pretraining_on_the_investigation_area(prepared: dict[str, Prepared]) -> None:
    inside = int((prepared["2013"].split_map > 0).sum())
    prepared["pretrain"] = replace(prepared["2013"], inventory=None)
    assert broken(prepared)["pretrain", PRETRAINED_AREA] == inside


def audit(folder: Path, *more: str) -> int:
    return cli.main(["audit", "--params", str(write_params(folder, folder / "raw", DATES)), *more])


def test_the_command(pretrained: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(pretrained[0] / "data", tmp_path / "data")
    assert audit(tmp_path) == 0
    assert capsys.readouterr().out.endswith("no test ground leaked\n")
    statistics = tmp_path / "data/prepared/2014/statistics.json"
    values = json.loads(statistics.read_text())
    statistics.write_text(json.dumps(values | {"mean": [value + 5 for value in values["mean"]]}))
    assert audit(tmp_path, "--json") == 2
    report = json.loads(capsys.readouterr().out)
    assert report["leaks"] == 1
    assert sum(row["broken"] for row in report["findings"]) == len(values["mean"])


def test_bad_input_is_one_line(
    tmp_path: Path, pretrained: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(tmp_path) == 2
    assert "data/prepared/2013; run `dvc repro prepare`" in capsys.readouterr().err
    shutil.copytree(pretrained[0] / "data", tmp_path / "data")
    assert audit(tmp_path, "--careless", "2012") == 2
    assert (
        "--careless 2012: give one of the dates 2013, 2014, 2015, 2016" in capsys.readouterr().err
    )
    assert audit(tmp_path, "--careless", "2015") == 2
    assert "--careless 2015: a mapped date with scores is needed" in capsys.readouterr().err


def test_dates_of_different_grids_are_refused(prepared: dict[str, Prepared]) -> None:
    date = prepared["2014"]
    wider = replace(date.scene.grid, width=date.scene.grid.width + 1)
    prepared["2014"] = replace(date, scene=replace(date.scene, grid=wider))
    with pytest.raises(
        GridError,
        match=r"2014 was prepared on .*161 columns.*, 2013 on .*160 columns.*; "
        r"run `dvc repro prepare`",
    ):
        broken(prepared)
