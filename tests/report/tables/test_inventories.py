"""Tables of counts, areas, densities, estimates and the ledger."""

from __future__ import annotations

import pandas as pd

from slidelens.report.tables.inventories import (
    density_table,
    estimate_table,
    ledger_table,
    manual_table,
    size_table,
    state_table,
)
from slidelens.report.tables.published import published_values
from slidelens.report.tables.scores import score_table
from support.report.results import MAILUNG

NUMBERS = {
    "count": 3,
    "total_area_m2": 900.0,
    "min_area_m2": 200.0,
    "max_area_m2": 400.0,
    "mean_per_km2": 1.5,
    "peak_per_km2": 4.0,
}


def density_of(**more: object) -> dict[str, dict[str, object]]:
    row: dict[str, object] = {
        f"{kind}_{name}": value
        for kind in ("manual", "predicted")
        for name, value in NUMBERS.items()
    }
    return {"2013": row | {"difference_count": 0} | more}


def test_phases_are_a_column_only_if_one_is_known() -> None:
    assert "phase" not in manual_table(density_of(), {"2020": "later"}, None).frame
    assert list(manual_table(density_of(), {"2013": "before"}, None).frame["phase"]) == ["before"]


def test_other_inventories_in_the_metrics_have_columns_too() -> None:
    """For example polygons before fragments are merged; figures not in the metrics are absent."""
    table = size_table(density_of(raw_count=5, raw_total_area_m2=900.0), None).frame
    assert table.loc[0, "raw_count"] == 5
    assert list(table.columns)[-3:] == [
        "raw_count",
        "raw_total_area_m2",
        "difference_count",
    ]


def figures(manual: float | None, low: float | None, high: float | None) -> dict[str, float | None]:
    return {
        "predicted": 7.0,
        "manual": manual,
        "estimate": low,
        "low": low,
        "high": high,
        "confidence": 0.9,
    }


def test_only_estimates_of_test_blocks_say_whether_they_hold() -> None:
    estimate = {"count": figures(4, 3.5, 4), "area_m2": figures(900, 950, 980), "why": None}
    table = estimate_table({"2013": {"test": estimate, "area": estimate}}).frame
    assert list(table["ground"]) == ["test blocks", "whole area"]
    test, area = table.iloc[0], table.iloc[1]
    assert test[["count_holds", "area_holds"]].to_list() == ["yes", "no"]
    assert area[["count_holds", "area_holds"]].isna().all()
    columns = ["estimated_count", "estimated_count_high", "estimated_area_m2_low"]
    assert test[columns].to_list() == [3.5, 4, 950]


def test_missing_estimates_have_a_reason() -> None:
    nothing = {
        "count": figures(None, None, None),
        "area_m2": figures(None, None, None),
        "why": "no inventory",
    }
    row = estimate_table({"2013": {"test": nothing}}).frame.iloc[0]
    assert row["why"] == "no inventory"
    assert row["predicted_count"] == 7
    assert row[["estimated_count", "count_holds", "manual_area_m2"]].isna().all()


def test_an_estimate_is_not_an_inventory() -> None:
    assert "estimated_count" not in size_table(density_of(estimated_count=2.5), None).frame


def test_the_ledger_has_both_inventories() -> None:
    row = {"new": 2, "area_m2": 4.0, "carried_over_m2": 3.0, "new_m2": 2.0, "healed_m2": 1.0}
    frame = ledger_table(
        {"dates": {"2013": row}, "manual": {"dates": {"2013": row | {"new": 3}}}}
    ).frame
    assert list(frame.columns) == [
        "date",
        "inventory",
        "carried_over_m2",
        "new_m2",
        "healed_m2",
        "area_m2",
        "new",
    ]
    assert list(frame["inventory"]) == ["predicted", "manual"]
    assert list(frame["new"]) == [2, 3]
    assert len(ledger_table({"dates": {"2013": row}}).frame) == 1


def test_published_values_are_joined_in_the_area_of_the_paper() -> None:
    paper = published_values(["2013", "2015-11"], MAILUNG)
    assert paper is not None
    assert list(paper["count"]) == [31, 136]
    table = size_table(density_of(), paper).frame
    assert table.loc[0, "paper_manual_count"] == 31
    assert table.loc[0, "paper_predicted_max_area_m2"] == 186_958
    assert density_table(density_of(), paper).frame.loc[0, "paper_manual_peak_per_km2"] == 3.22
    f1 = {name: {"2013": 0.5, "mean": 0.5} for name in ("loss", "precision", "recall", "f1", "iou")}
    scores = score_table(f1, paper).frame
    assert scores.loc[0, "paper_f1"] == 0.697
    assert pd.isna(scores["paper_f1"].iloc[1])


def test_the_area_by_state_has_the_dates_of_each_ledger() -> None:
    areas = pd.DataFrame({"new": [4.0, 0.0], "persistent": [0.0, 3.0]}, index=["2013", "2014"])
    row = {"area_m2": 4.0, "healed_m2": 0.0}
    ledger = {"2013": row, "2014": row | {"unobserved_m2": 1.0}}
    lifecycle = {"dates": ledger, "manual": {"dates": {"2013": row}}}
    frame = state_table({"predicted": areas, "manual": areas}, lifecycle).frame
    assert list(frame["date"] + frame["inventory"]) == [
        "2013predicted",
        "2014predicted",
        "2013manual",
    ]
    assert frame["persistent_area_m2"].tolist() == [0.0, 3.0, 0.0]
    assert frame["unobserved_m2"].isna().tolist() == [True, False, True]
