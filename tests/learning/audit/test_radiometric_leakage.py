"""The audit of radiometric normalisation: silent as it is, loud if fitted on test blocks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from slidelens.dataset.parts import TEST, TRAIN
from slidelens.learning.audit.leakage import Finding
from slidelens.learning.audit.radiometric_leakage import RULE, radiometric_findings
from slidelens.params.schema import Params
from slidelens.study.opening import open_study
from slidelens.study.study import Study
from slidelens.types import UInt8
from support.studies import Date, params_for, write_study

DATES = ["2013", "2014"]


def opened(root: Path, radiometry: str, reference: str | None) -> tuple[Study, Params, UInt8]:
    """A study, its parameters, and a split of its grid into a western and an eastern half."""
    params = params_for(root, DATES, study__radiometry=radiometry, study__reference=reference)
    study = open_study(params)
    height, width = study.targets[0].grid.shape
    parts = np.where(np.arange(width)[None] < width // 2, TRAIN, TEST).astype(np.uint8)
    return study, params, np.broadcast_to(parts, (height, width))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    write_study(folder, {date: Date() for date in DATES})
    return folder


def test_test_blocks_do_not_change_the_other_pixels(root: Path) -> None:
    findings = list(radiometric_findings(*opened(root, "histogram", "2013")))
    assert findings == [Finding("2014", RULE, 0)]


def test_a_fit_on_test_blocks_is_found(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slidelens.study.images.normalisation.TRAIN", TEST)
    (finding,) = radiometric_findings(*opened(root, "histogram", "2013"))
    assert (finding.where, finding.rule) == ("2014", RULE)
    assert finding.broken > 0


def test_without_a_reference_there_is_nothing_to_check(root: Path) -> None:
    assert list(radiometric_findings(*opened(root, "none", None))) == []
