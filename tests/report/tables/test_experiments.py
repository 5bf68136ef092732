"""Tables of hyper-parameters, ablations and transfer."""

from __future__ import annotations

import pandas as pd

from slidelens.experiments.tables import ExperimentTable
from slidelens.report.tables.experiments import ablation_table, hyperparameter_table, transfer_table
from slidelens.report.tables.published import published_hyperparameters


def test_table_2_marks_the_best() -> None:
    frame = pd.DataFrame({"lr": [1e-3, 1e-4], "best": [False, True]})
    table = hyperparameter_table(ExperimentTable(frame, "Run with epochs 10."), None)
    assert list(table.frame["best"]) == ["", "best"]
    assert table.note.endswith("Run with epochs 10.")


def test_published_combinations_are_joined() -> None:
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
    table = hyperparameter_table(ExperimentTable(frame, ""), published_hyperparameters())
    assert table.frame["paper_f1"].iloc[0] == 0.785
    assert table.frame["paper_f1"].isna().iloc[1]
    assert len(published_hyperparameters()) == 27
    assert "its test on 2017" in table.note


def test_a_missing_table_is_its_note_alone() -> None:
    table = ablation_table(ExperimentTable(pd.DataFrame(), "Not there yet."))
    assert (table.name, table.note, table.frame.empty) == ("ablations", "Not there yet.", True)


def test_transfer_is_a_matrix_with_the_change_elsewhere() -> None:
    """2013's weights lose 0.25 on the first event and 0.125 on 2014: −0.375 / 2 = −0.1875.

    Their own date does not count.
    """
    f1 = {
        ("pretrained", "pretrain"): (0.75, 0.0),
        ("pretrained", "2013"): (0.5, 0.0),
        ("pretrained", "2014"): (0.5, 0.0),
        ("2013", "pretrain"): (0.5, -0.25),
        ("2013", "2013"): (0.75, 0.25),
        ("2013", "2014"): (0.375, -0.125),
    }
    rows = pd.DataFrame(
        [(*pair, *values) for pair, values in f1.items()],
        columns=["trained_on", "tested_on", "f1", "f1_change"],
    )
    frame = transfer_table(ExperimentTable(rows, "")).frame
    assert list(frame.columns) == ["trained_on", "pretrain", "2013", "2014", "change_elsewhere"]
    assert frame.iloc[1][["pretrain", "2013", "2014", "change_elsewhere"]].tolist() == [
        0.5,
        0.75,
        0.375,
        -0.1875,
    ]
    assert pd.isna(frame["change_elsewhere"].iloc[0])
