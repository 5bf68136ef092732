"""Columns of the study's tables from the scores of its dates."""

from __future__ import annotations

from typing import Any

import pytest

from slidelens.analysis.comparison.score_summary import (
    estimate_columns,
    fragment_columns,
    summarise_revision,
    summarise_scores,
)


def scores(f1: float | None, precision: float) -> dict[str, Any]:
    """Return the scores of a date, half as good before fine-tuning."""
    after = {"f1": f1, "precision": precision, "recall": 0.5, "iou": 0.25, "loss": 0.75}
    before = {"f1": f1 and f1 / 2, "precision": precision / 2, "recall": 0.25, "loss": 1.0}
    return {"after": after, "before": before}


def test_means_are_over_the_dates_that_have_an_f1() -> None:
    by_date = {"2013": scores(0.5, 0.75), "2014": scores(None, 0), "2015": scores(0.25, 0.25)}
    table = summarise_scores(by_date)
    assert table["f1"] == {"2013": 0.5, "2014": None, "2015": 0.25, "mean": 0.375}
    assert table["precision"] == {"2013": 0.75, "2014": 0, "2015": 0.25, "mean": 0.5}
    assert table["precision_before"]["mean"] == 0.25
    assert "iou_before" not in table


def test_without_any_f1_there_is_no_mean() -> None:
    assert summarise_scores({"2014": scores(None, 0)})["f1"] == {"2014": None, "mean": None}


def test_a_score_that_a_date_lacks_is_left_out_of_its_mean() -> None:
    # Nothing is predicted in 2014: F1 is 0 and a precision undefined.
    by_date = {"2013": scores(0.5, 0.75), "2014": scores(0.0, 0)}
    by_date["2014"]["after"]["precision"] = None
    table = summarise_scores(by_date)
    assert table["f1"]["mean"] == 0.25
    assert table["precision"] == {"2013": 0.75, "2014": None, "mean": 0.75}


def test_a_revision_is_told_after_and_before_with_means_over_dates_that_have_an_f1_after() -> None:
    after = {"2013": scores(0.5, 0.75)["after"], "2014": scores(None, 0)["after"]}
    before = {"2013": scores(0.25, 0.5)["after"], "2014": scores(0.75, 1)["after"]}
    table = summarise_revision(after, before)
    assert table["f1"] == {"2013": 0.5, "2014": None, "mean": 0.5}
    assert table["f1_before"] == {"2013": 0.25, "2014": 0.75, "mean": 0.25}
    assert table["precision"] == {"2013": 0.75, "2014": 0, "mean": 0.75}
    assert table["precision_before"] == {"2013": 0.5, "2014": 1, "mean": 0.5}
    assert len(table) == 8


def test_fragments_are_named_after_the_predicted_inventory() -> None:
    fragments = {"raw": 7, "merged": 5, "raw_pieces_per_landslide": 1.23456, "manual": None}
    fragments["merged_landslides_per_piece"] = 1.5
    assert fragment_columns({"fragments": fragments}) == {
        "predicted_raw_count": 7,
        "predicted_raw_pieces_per_landslide": pytest.approx(1.2346, abs=1e-9),
        "predicted_merged_landslides_per_piece": 1.5,
    }


def test_estimates_have_an_interval() -> None:
    count = {"estimate": 20, "low": 15, "high": 30}
    area = {"estimate": None, "low": None, "high": None}
    columns = estimate_columns({"estimates": {"area": {"count": count, "area_m2": area}}})
    assert columns == {
        "estimated_count": 20,
        "estimated_count_low": 15,
        "estimated_count_high": 30,
        "estimated_area_m2": None,
        "estimated_area_m2_low": None,
        "estimated_area_m2_high": None,
    }
