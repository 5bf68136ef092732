"""Drift of several dates: rank correlation, JSON and table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from slidelens.analysis.radiometry.drift import Drift
from slidelens.analysis.registration.shift import Shift
from slidelens.learning.audit.drift_report import (
    DateDrift,
    drift_json,
    print_drift,
    rank_correlation,
)
from slidelens.learning.audit.registration_notes import MeasuredShifts


def date(distance: float, f1: float | None, residual: float = 0.1, far: bool = False) -> DateDrift:
    """Return the drift of a date whose area is half valid."""
    return DateDrift(drift=Drift((), distance, residual), seen=0.5, far=far, f1=f1)


DRIFTS = {
    "2013": date(0.1, 0.9, residual=0.3),
    "2014": date(0.2, 0.7, residual=0.1),
    "2015": date(0.3, 0.8, residual=0.2),
}


def test_the_rank_correlation_is_spearmans() -> None:
    # Ranks of the distance 1 2 3, of F1 3 1 2: 1 − 6 (4 + 1 + 1) / (3 · 8) = −0.5
    assert rank_correlation(DRIFTS) == pytest.approx(-0.5)
    # Ranks of the residual 3 1 2 are those of F1
    assert rank_correlation(DRIFTS, "residual") == pytest.approx(1)


def test_two_scores_have_no_rank_correlation() -> None:
    assert rank_correlation(DRIFTS | {"2013": date(0.1, None)}) is None


def test_a_poor_map_is_expected_of_a_far_date_that_standardisation_does_not_mend() -> None:
    assert date(2, None, residual=0.3, far=True).expect_poor_map
    assert not date(2, None, residual=0.2, far=True).expect_poor_map
    assert not date(2, None, residual=0.3).expect_poor_map


def test_json_has_rounded_numbers() -> None:
    values = drift_json({"2013": date(0.123456, 0.5)})
    assert values["dates"]["2013"] == {
        "distance": 0.1235,
        "residual": 0.1,
        "seen": 0.5,
        "far": False,
        "expect_a_poor_map": False,
        "f1_before": 0.5,
        "bands": {},
    }
    assert values["rank_correlation_with_f1"] is None


def test_json_and_table_have_the_shifts(capsys: pytest.CaptureFixture[str]) -> None:
    shift = Shift(0.3, -0.71, (0.2, 0.4), (-0.8, -0.6), 12)
    shifted = replace(date(0.1, None), shifts=MeasuredShifts(shift, None))
    values = drift_json({"2014": shifted})["dates"]["2014"]
    assert values["scene_shift"] == shift.as_json()
    assert values["inventory_shift"] is None
    reference = replace(date(0.2, None), shifts=MeasuredShifts(None, shift, is_reference=True))
    print_drift({"2014": shifted, "2013": reference})
    printed = " ".join(capsys.readouterr().out.split())
    assert "+0.30 -0.71 cannot be told" in printed
    assert "reference +0.30 -0.71" in printed


def test_the_farthest_date_is_first_and_the_correlations_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_drift(DRIFTS)
    lines = capsys.readouterr().out.splitlines()
    assert [line[:4] for line in lines[2:5]] == ["2015", "2014", "2013"]
    assert lines[-1].endswith("of 3 dates (−1: the order held): distance -0.50, residual +1.00")
