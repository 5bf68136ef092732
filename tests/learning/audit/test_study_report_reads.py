"""`prepare` and `check` read each scene and each inventory once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slidelens.learning.audit.study_report import check_study
from slidelens.params.schema import Params
from slidelens.stages.prepare import prepare
from slidelens.study import reading
from support.studies import Date, params_for, write_study

DATES = ["2013", "2014", "2015"]


@pytest.fixture
def params(tmp_path: Path) -> Params:
    """Return the parameters of a study whose dates are normalised to one of them."""
    write_study(tmp_path / "raw", {date: Date() for date in DATES})
    return params_for(
        tmp_path / "raw", DATES, study__radiometry="histogram", study__reference="2014"
    )


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count how often the pixels or polygons of each file are read."""
    counts: Counter[str] = Counter()

    def counting(function: Callable[..., Any]) -> Callable[..., Any]:
        def read(source: Any, *arguments: Any, **options: Any) -> Any:
            path = getattr(source, "path", source)
            counts[f"{path.parent.name}/{path.name}"] += 1
            return function(source, *arguments, **options)

        return read

    for name in ("open_on_grid", "read_labels"):
        monkeypatch.setattr(reading, name, counting(getattr(reading, name)))
    return counts


EACH_ONCE = {
    "pretrain/scene.tif": 1,
    "pretrain/inventory.gpkg": 1,
    **{f"scenes/{date}.tif": 1 for date in DATES},
    **{f"inventories/{date}.gpkg": 1 for date in DATES},
}


def test_prepare(params: Params, reads: Counter[str], tmp_path: Path) -> None:
    prepare(params, tmp_path / "prepared")
    assert reads == EACH_ONCE


def test_check(params: Params, reads: Counter[str]) -> None:
    assert check_study(params).problems == ()
    assert reads == EACH_ONCE


def test_check_of_a_study_that_cannot_be_split(params: Params, reads: Counter[str]) -> None:
    """One block is too few. The files are still read, and still once."""
    split = params.split.model_copy(update={"block_m": 1e5})
    report = check_study(params.model_copy(update={"split": split}))
    assert len(report.targets) == len(DATES) + 1
    assert len(report.problems) == 1
    assert "fewer than the 3 parts of the split" in report.problems[0]
    assert reads == EACH_ONCE
