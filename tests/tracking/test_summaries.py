"""What a run's summary says of a pretraining."""

from __future__ import annotations

from slidelens.tracking.summaries import pretraining_summary

SCORES = {"epoch": 3, "validation": {"f1": 0.75}}


def test_scores_before_fine_tuning_are_the_test_scores_of_the_pretrained_network() -> None:
    date_scores = {
        "f1": {"2013": 0.9, "mean": 0.9},
        **{
            f"{name}_before": {"2013": 0.0, "mean": mean}
            for name, mean in (("loss", 0.2), ("precision", 0.6), ("recall", 0.5), ("f1", 0.55))
        },
    }
    assert pretraining_summary(SCORES, date_scores) == {
        **SCORES,
        "test": {"loss": 0.2, "precision": 0.6, "recall": 0.5, "f1": 0.55},
    }


def test_without_scores_of_dates_there_are_no_test_scores() -> None:
    assert pretraining_summary(SCORES, None) == {**SCORES, "test": {}}
