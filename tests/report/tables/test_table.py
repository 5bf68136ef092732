"""Headings, CSV and cells shared by the tables."""

from __future__ import annotations

import pandas as pd
import pytest

from slidelens.report.tables.table import (
    Table,
    compare_inventories,
    estimate_cells,
    heading,
    join_published,
)


def test_csv_says_whether_the_study_is_simulated() -> None:
    table = Table("t", "", "", pd.DataFrame({"f1": [0.5, None]}))
    assert table.csv(simulated=True) == "f1,simulated\n0.5,True\n,True\n"


@pytest.mark.parametrize(
    ("column", "shown"),
    [
        ("manual_max_area_m2", "manual max area (m²)"),
        ("peak_per_km2", "peak (per km²)"),
        ("manual_radius_m", "manual radius (m)"),
        ("estimated_area_m2_low", "estimated area low (m²)"),
        ("f1", "F1"),
        ("f1_before", "F1 before"),
        ("validation_f1", "validation F1"),
        ("batch_size", "batch size"),
        ("finetune.blend_px", "finetune.blend_px"),
    ],
)
def test_headings_are_for_readers(column: str, shown: str) -> None:
    assert heading(column) == shown


def test_figures_of_inventories_come_before_their_differences() -> None:
    row = {"a_count": 2, "b_count": 5, "difference_count": 3, "estimated_count": 4, "a_area": 1.0}
    frame = compare_inventories({"2013": row}, ["count", "area"])
    assert frame.to_dict("records") == [
        {"date": "2013", "a_count": 2, "a_area": 1.0, "b_count": 5, "difference_count": 3}
    ]


@pytest.mark.parametrize(
    ("manual", "ground", "holds"),
    [(3, "test", "yes"), (5, "test", "yes"), (6, "test", "no"), (4, "area", None)],
)
def test_an_interval_includes_its_limits(manual: int, ground: str, holds: str | None) -> None:
    estimate = {"predicted": 8, "manual": manual, "estimate": 4, "low": 3, "high": 5}
    assert estimate_cells({"count": estimate}, "count", ground)["count_holds"] == holds


def test_published_values_are_joined_by_date() -> None:
    frame = pd.DataFrame({"date": ["b", "a", "c"], "count": [1, 2, 3]})
    paper = pd.DataFrame({"number": [10, 20]}, index=["a", "b"])
    joined = join_published(frame, paper, {"count": "number", "absent": "number"})
    assert list(joined.columns) == ["date", "count", "paper_count"]
    assert joined["paper_count"].fillna(0).tolist() == [20, 10, 0]
    assert join_published(frame, None, {"count": "number"}) is frame
