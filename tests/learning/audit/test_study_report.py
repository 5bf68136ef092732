"""What a study holds, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.learning.audit.study_report import check_study
from support.studies import Date, params_for, write_study

DATES = ["2013", "2014"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a study of two dates."""
    write_study(tmp_path, {date: Date() for date in DATES})
    return tmp_path


def test_dates_come_before_the_pretraining(root: Path) -> None:
    report = check_study(params_for(root, DATES))
    assert [target.name for target in report.targets] == [*DATES, "pretrain"]
    assert report.problems == ()


def test_targets_without_a_problem_are_described_beside_those_with_one(root: Path) -> None:
    (root / "inventories/2014.gpkg").write_text("no vector file")
    report = check_study(params_for(root, DATES))
    assert [target.name for target in report.targets] == ["2013", "pretrain"]
    (problem,) = report.problems
    assert "2014.gpkg" in problem


def test_a_missing_folder_is_the_only_problem(tmp_path: Path) -> None:
    report = check_study(params_for(tmp_path / "nowhere", DATES))
    assert report.targets == ()
    (problem,) = report.problems
    assert problem.startswith("there is no study folder")
