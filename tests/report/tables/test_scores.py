"""Table of the scores."""

from __future__ import annotations

from slidelens.report.tables.scores import score_table


def test_scores_before_and_after_are_columns_and_dates_are_rows() -> None:
    """A score that the metrics lack, here the loss, has no column."""
    metrics = {"f1_before": {"a": 0.25, "mean": 0.25}, "f1": {"a": None, "mean": 0.5}}
    table = score_table(metrics, None)
    assert list(table.frame.columns) == ["date", "f1", "f1_before"]
    assert list(table.frame["date"]) == ["a", "mean"]
    assert table.frame["f1"].isna().tolist() == [True, False]
    assert table.frame["f1_before"].tolist() == [0.25, 0.25]
