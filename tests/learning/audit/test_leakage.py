"""The leakage audit: silent on what `prepare` wrote, loud on each way of leaking."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slidelens import cli
from slidelens.dataset.parts import TEST, TRAIN, VALIDATION
from slidelens.dataset.prepared import Prepared, read_prepared
from slidelens.errors import GridError
from slidelens.geo.rasterise import rasterise_ids
from slidelens.learning.audit import leakage
from slidelens.learning.audit.leakage import STATISTICS, leakage_findings
from slidelens.learning.audit.random_split import PATCH, random_patches
from slidelens.learning.data.patches import hide_outside
from slidelens.learning.data.tiles import validation_tiles
from slidelens.params.schema import SplitParams
from support.studies import write_params

SPLIT = SplitParams(block_m=640, validation=0.2, test=0.3, margin_m=0, seed=1)
DATES = ("2013", "2014", "2015", "2016")


@pytest.fixture
def grounds(pretrained: Any) -> dict[str, Prepared]:
    return {
        name: read_prepared(pretrained[0] / "data/prepared" / name) for name in ("pretrain", *DATES)
    }


def broken(grounds: dict[str, Prepared]) -> dict[tuple[str, str], int]:
    dates = {date: grounds[date] for date in DATES}
    return {
        (one.where, one.rule): one.broken
        for one in leakage_findings(dates, grounds["pretrain"], SPLIT)
        if one.broken
    }


def test_what_prepare_writes_leaks_nothing_and_every_date_is_looked_at(
    grounds: dict[str, Prepared],
) -> None:
    assert broken(grounds) == {}
    looked = [
        one.where
        for one in leakage_findings(
            {date: grounds[date] for date in DATES}, grounds["pretrain"], SPLIT
        )
    ]
    # the pretraining ground 2, each date 2, each mapped date (2015 is not) 4 more
    assert {where: looked.count(where) for where in set(looked)} == {
        "pretrain": 2,
        "2013": 6,
        "2014": 6,
        "2015": 2,
        "2016": 6,
    }


def test_a_block_that_changes_its_part_at_one_date(grounds: dict[str, Prepared]) -> None:
    parts = grounds["2016"].split_map.copy()
    rows, columns = np.nonzero(parts == TEST)
    parts[rows[:7], columns[:7]] = TRAIN
    grounds["2016"] = replace(grounds["2016"], split_map=parts)
    assert broken(grounds)["2016", "the same ground is in the same part as at the first date"] == 7


def test_statistics_of_the_whole_scene(grounds: dict[str, Prepared]) -> None:
    kept = grounds["2013"].statistics
    grounds["2013"] = replace(
        grounds["2013"],
        statistics=replace(kept, mean=tuple(value * 1.01 + 1 for value in kept.mean)),
    )
    assert broken(grounds) == {("2013", STATISTICS): len(kept.bands)}


def test_statistics_of_the_first_event_are_allowed(grounds: dict[str, Prepared]) -> None:
    grounds["2013"] = replace(grounds["2013"], statistics=grounds["pretrain"].statistics)
    assert broken(grounds) == {}


def test_a_landslide_that_is_learnt_and_scored(grounds: dict[str, Prepared]) -> None:
    date = grounds["2013"]
    assert date.inventory is not None
    shape = date.inventory.geometry.iloc[0]
    labels, parts = date.labels.copy(), date.split_map.copy()
    from slidelens.geo.rasterise import rasterise

    rows, columns = np.nonzero(rasterise([shape], date.scene.grid))
    labels[rows, columns] = 1
    parts[rows[0], columns[0]], parts[rows[1:], columns[1:]] = TEST, TRAIN
    grounds["2013"] = replace(date, labels=labels, split_map=parts)
    assert broken(grounds)["2013", "no landslide is learnt in one part and scored in another"] == 1


@pytest.mark.parametrize(
    ("also", "rule"),
    [
        ("learnt", "change nothing that training learns from"),
        ("checked", "nor anything that epoch"),
    ],
)
def test_training_that_looks_at_test_ground(
    grounds: dict[str, Prepared], also: str, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if `fit` had forgotten to hide it: the image alone around what is learnt, or labels too."""

    def forgetful(ground: Prepared, split: SplitParams) -> Any:
        train, validation, everything = (
            ground.split_map == TRAIN,
            ground.split_map == VALIDATION,
            np.ones_like(ground.split_map, bool),
        )
        pixels = ground.standardised()
        learnt = hide_outside(
            pixels, ground.labels, everything if also == "learnt" else train, train
        )
        checked = hide_outside(
            pixels, ground.labels, train | validation, validation | (ground.split_map == TEST)
        )
        return learnt, validation_tiles(
            hide_outside(pixels, ground.labels, everything, checked.labels != 255)
            if also == "checked"
            else checked,
            64,
        )

    monkeypatch.setattr(leakage, "training_and_validation_data", forgetful)
    found = broken(grounds)
    assert {where for where, _ in found} == {"2013", "2014", "2016"}
    assert all(rule in told for _, told in found)


def test_a_landslide_that_pretraining_has_learnt(grounds: dict[str, Prepared]) -> None:
    date = grounds["2013"]
    assert date.inventory is not None
    grounds["pretrain"] = replace(date, split_map=np.full_like(date.split_map, TRAIN))
    count = broken(grounds)[
        "2013", "no landslide is learnt in pretraining and scored in the investigation area"
    ]
    assert (
        count
        == len(set(rasterise_ids(date.inventory.geometry, date.scene.grid)[date.labels == 1]) - {0})
        > 0
    )


def test_pretraining_on_the_investigation_area(grounds: dict[str, Prepared]) -> None:
    inside = int((grounds["2013"].split_map > 0).sum())
    grounds["pretrain"] = replace(grounds["2013"], inventory=None)
    assert (
        broken(grounds)["pretrain", "no ground of the investigation area is pretrained on"]
        == inside
    )


def audit(folder: Path, *more: str) -> int:
    return cli.main(["audit", "--params", str(write_params(folder, folder / "raw", DATES)), *more])


def test_the_command(pretrained: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(pretrained[0] / "data", tmp_path / "data")
    assert audit(tmp_path) == 0
    assert capsys.readouterr().out.endswith("no test ground leaked\n")
    statistics = tmp_path / "data/prepared/2014/statistics.json"
    told = json.loads(statistics.read_text())
    statistics.write_text(json.dumps(told | {"mean": [value + 5 for value in told["mean"]]}))
    assert audit(tmp_path, "--json") == 2
    found = json.loads(capsys.readouterr().out)
    assert found["leaks"] == 1
    assert sum(row["broken"] for row in found["findings"]) == len(told["mean"])


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


def test_random_patches_cover_everything_and_overlap() -> None:
    masks = random_patches(np.ones((3 * PATCH, 3 * PATCH), bool), SPLIT, seed=1)
    trained, held_out = masks[TRAIN], masks[TEST]
    assert np.any(list(masks.values()), axis=0).all()
    assert masks[VALIDATION].any()
    assert (trained & held_out).sum() > 0.5 * held_out.sum()  # which is the leak


def test_the_careless_split_claims_a_score(finished: Any) -> None:
    done = finished.run("slidelens", "audit", "--careless", "2016", "--json")
    claimed = json.loads(done.stdout)["careless"]
    assert claimed["date"] == "2016"
    assert 0 <= claimed["f1_claimed"] <= 1


def test_dates_of_different_grids_are_told(grounds: dict[str, Prepared]) -> None:
    date = grounds["2014"]
    wider = replace(date.scene.grid, width=date.scene.grid.width + 1)
    grounds["2014"] = replace(date, scene=replace(date.scene, grid=wider))
    with pytest.raises(
        GridError,
        match=r"2014 was prepared on .*161 columns.*, 2013 on .*160 columns.*; run `dvc repro prepare`",
    ):
        broken(grounds)
