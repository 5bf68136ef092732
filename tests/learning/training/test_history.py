"""Training curves as CSV."""

from __future__ import annotations

from pathlib import Path

from slidelens.learning.training.history import COLUMNS, History, write_history


def test_an_undefined_score_is_an_empty_cell(tmp_path: Path) -> None:
    history = History(
        [
            {"epoch": 0, "loss": None, "val_loss": 0.123456789, "val_f1": None, "lr": 1e-5},
            {
                "epoch": 1,
                "loss": 0.5,
                "val_loss": 0.25,
                "val_f1": 0.75,
                "val_precision": 1.0,
                "val_recall": 0.6,
                "lr": 1e-5,
            },
        ]
    )
    write_history(history, tmp_path / "metrics/2013.csv")
    assert (tmp_path / "metrics/2013.csv").read_text().splitlines() == [
        ",".join(COLUMNS),
        "0,,0.123457,,,,1e-05",
        "1,0.5,0.25,0.75,1,0.6,1e-05",
    ]


def test_a_history_without_epochs_is_its_header(tmp_path: Path) -> None:
    write_history(History(), tmp_path / "2014.csv")
    assert (tmp_path / "2014.csv").read_text() == ",".join(COLUMNS) + "\n"
