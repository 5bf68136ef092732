"""Tables of the report: what the metrics say, and the paper's values where the study is the paper's."""

from __future__ import annotations

import pandas as pd
import pytest
from affine import Affine
from rasterio.crs import CRS

from slidelens.experiments.tables import ExperimentTables
from slidelens.geo.grid import Grid
from slidelens.report.tables.experiments import ablation_table, hyperparameter_table, transfer_table
from slidelens.report.tables.inventories import (
    density_table,
    estimate_table,
    ledger_table,
    manual_table,
    size_table,
)
from slidelens.report.tables.published import published_hyperparameters, published_values
from slidelens.report.tables.scores import score_table
from slidelens.report.tables.table import Table, heading

MAILUNG = Grid(CRS.from_epsg(32645), Affine(50, 0, 322_600, 0, -50, 3_113_200), 120, 130)
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


def test_the_papers_values_stand_beside_those_of_its_own_area() -> None:
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
    assert pd.isna(scores.loc[1, "paper_f1"])


@pytest.mark.parametrize(
    ("dates", "west_m"),
    [
        (["2013", "2021"], 322_600),
        (["2013-pre", "2013-post"], 322_600),
        (["pre"], 322_600),
        (["2013"], 332_600),
    ],
    ids=["a year it has not", "a year twice", "no years", "10 km to the east"],
)
def test_no_published_values_for_another_study(dates: list[str], west_m: float) -> None:
    grid = Grid(MAILUNG.crs, Affine(50, 0, west_m, 0, -50, 3_113_200), 120, 130)
    assert published_values(dates, grid) is None


def test_phases_are_a_column_only_where_one_is_known() -> None:
    assert "phase" not in manual_table(density_of(), {"2020": "later"}, None).frame
    assert list(manual_table(density_of(), {"2013": "before"}, None).frame["phase"]) == ["before"]


def test_other_inventories_of_the_metrics_have_columns_too() -> None:
    """Such as polygons before their pieces were merged."""
    table = size_table(density_of(raw_count=5, raw_total_area_m2=900.0), None).frame
    assert table.loc[0, "raw_count"] == 5
    assert list(table.columns)[-3:] == [
        "raw_count",
        "raw_total_area_m2",
        "difference_count",
    ]  # no column for what the metrics have not


def figures(manual: float | None, low: float | None, high: float | None) -> dict[str, float | None]:
    return {
        "predicted": 7.0,
        "manual": manual,
        "estimate": low,
        "low": low,
        "high": high,
        "confidence": 0.9,
    }


def test_estimates_say_on_test_blocks_alone_whether_they_hold() -> None:
    one = {"count": figures(4, 3.5, 4), "area_m2": figures(900, 950, 980), "why": None}
    table = estimate_table({"2013": {"test": one, "area": one}}).frame
    assert list(table["ground"]) == ["test blocks", "whole area"]
    assert table.loc[0, ["count_holds", "area_holds"]].to_list() == ["yes", "no"]
    assert table.loc[1, ["count_holds", "area_holds"]].isna().all()
    assert table.loc[
        0, ["estimated_count", "estimated_count_high", "estimated_area_m2_low"]
    ].to_list() == [3.5, 4, 950]


def test_estimates_that_there_are_not_say_why() -> None:
    nothing = {
        "count": figures(None, None, None),
        "area_m2": figures(None, None, None),
        "why": "no inventory",
    }
    row = estimate_table({"2013": {"test": nothing}}).frame.iloc[0]
    assert row["why"] == "no inventory"
    assert row["predicted_count"] == 7
    assert row[["estimated_count", "count_holds", "manual_area_m2"]].isna().all()


def test_an_estimate_is_no_inventory_of_the_tables_of_densities() -> None:
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


def test_table_2_marks_the_best() -> None:
    frame = pd.DataFrame({"lr": [1e-3, 1e-4], "best": [False, True]})
    table = hyperparameter_table(ExperimentTables(frame, "Run with epochs 10."), None)
    assert list(table.frame["best"]) == ["", "best"]
    assert table.note.endswith("Run with epochs 10.")


def test_the_papers_own_combinations_stand_beside() -> None:
    """Its best, 1e-3, 32 filters and batches of 32, has F1 0.785; all 27 are there."""
    frame = pd.DataFrame(
        {
            "lr": [1e-3, 2e-3],
            "filters": [32, 32],
            "batch_size": [32, 32],
            "validation_f1": [0.7, 0.6],
            "best": [True, False],
        }
    )
    table = hyperparameter_table(ExperimentTables(frame, ""), published_hyperparameters())
    assert table.frame["paper_f1"].iloc[0] == 0.785
    assert table.frame["paper_f1"].isna().iloc[1]
    assert len(published_hyperparameters()) == 27
    assert "its test on 2017" in table.note


def test_a_table_of_experiments_that_is_not_there_has_one_line() -> None:
    table = ablation_table(ExperimentTables(pd.DataFrame(), "Not there yet."))
    assert (table.name, table.note, table.frame.empty) == ("ablations", "Not there yet.", True)


def test_transfer_is_a_matrix_with_what_was_forgotten() -> None:
    """2013's weights lose 0.25 of the first event and 0.125 of 2014; their own date does not count: −0.375 / 2 = −0.1875."""
    f1 = {
        ("pretrained", "pretrain"): (0.75, 0),
        ("pretrained", "2013"): (0.5, 0),
        ("pretrained", "2014"): (0.5, 0),
    }
    f1 |= {
        ("2013", "pretrain"): (0.5, -0.25),
        ("2013", "2013"): (0.75, 0.25),
        ("2013", "2014"): (0.375, -0.125),
    }
    rows = pd.DataFrame(
        [(*pair, *values) for pair, values in f1.items()],
        columns=["trained_on", "tested_on", "f1", "f1_change"],
    )
    frame = transfer_table(ExperimentTables(rows, "")).frame
    assert list(frame.columns) == ["trained_on", "pretrain", "2013", "2014", "change_elsewhere"]
    assert frame.loc[1, ["pretrain", "2013", "2014", "change_elsewhere"]].tolist() == [
        0.5,
        0.75,
        0.375,
        -0.1875,
    ]
    assert pd.isna(frame.loc[0, "change_elsewhere"])


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
    ],
)
def test_headings_are_for_readers(column: str, shown: str) -> None:
    assert heading(column) == shown
