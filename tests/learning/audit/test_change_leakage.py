"""The audit of the change: silent as it is, loud if lights are compared on test blocks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from slidelens.dataset.parts import TEST, TRAIN
from slidelens.learning.audit.change_leakage import RULE, change_findings
from slidelens.learning.audit.leakage import Finding
from slidelens.study.opening import open_study
from slidelens.study.study import Study
from slidelens.types import UInt8
from support.studies import Date, params_for, write_study

DATES = ["2013", "2014", "2015"]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    write_study(folder, {"2013": Date(), "2014": Date(seen=0.6), "2015": Date()})
    return folder


def opened(root: Path, derived: list[str]) -> tuple[Study, UInt8]:
    """A study, and a split of its grid into a western and an eastern half."""
    study = open_study(params_for(root, DATES, study__derived=derived))
    height, width = study.targets[0].grid.shape
    parts = np.where(np.arange(width)[None] < width // 2, TRAIN, TEST).astype(np.uint8)
    return study, np.broadcast_to(parts, (height, width))


def test_test_blocks_do_not_change_the_change_elsewhere(root: Path) -> None:
    assert list(change_findings(*opened(root, ["change"]))) == [
        Finding(date, RULE, 0) for date in DATES
    ]


def test_a_comparison_on_test_blocks_is_found(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slidelens.learning.audit.change_leakage.TRAIN", TEST)
    first, *others = change_findings(*opened(root, ["change"]))
    assert first.broken == 0
    assert all(finding.broken > 0 for finding in others)


def test_without_the_change_there_is_nothing_to_check(root: Path) -> None:
    assert list(change_findings(*opened(root, ["ndvi"]))) == []
