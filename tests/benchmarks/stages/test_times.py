"""The benchmark of the pipeline's stages."""

from __future__ import annotations

import importlib
import re
import subprocess
from pathlib import Path

import pytest

from benchmarks.stages.times import RUNNER, Cost, measure, row, stages


def test_fine_tuning_and_evaluation_follow_date_by_date() -> None:
    names = [" ".join(stage) for stage in stages(["2015", "2016"])]
    assert names[:3] == ["simulate", "prepare", "pretrain"]
    assert names[3:7] == ["finetune 2015", "evaluate 2015", "finetune 2016", "evaluate 2016"]
    assert {name.split()[0] for name in names} == {
        path.stem for path in (Path(__file__).parents[3] / "src/slidelens/stages").glob("[a-z]*.py")
    }


def test_what_is_timed_is_there() -> None:
    timed = re.findall(r'timed\("(.*)", "(.*)", "', RUNNER)
    assert len(timed) == 3
    for module, name in timed:
        assert callable(getattr(importlib.import_module(module), name))


def test_the_rest_is_what_neither_trains_nor_maps() -> None:
    total = Cost(8, 3, 1) + Cost(2, 0, 0)
    assert total.other_share == pytest.approx(0.6)
    assert row("all", total).split() == ["all", "10.0", "3.0", "1.0", "60", "%"]


def test_a_stage_that_fails_ends_the_measurement(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        measure(tmp_path, ["prepare"])
