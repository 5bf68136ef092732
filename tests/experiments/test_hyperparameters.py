"""Hyper-parameters: a row for each combination, the newest of each, the best on validation."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from slidelens.errors import ParamsError
from slidelens.experiments.hyperparameters import (
    advice,
    best,
    combinations,
    csv_text,
    differences,
    matching,
    newest,
    power,
    to_dict,
)
from slidelens.tracking.reading import LoggedExperiment


def logged(
    lr: float,
    filters: int,
    batch_size: int,
    f1: float | None,
    started: int = 1,
    test_f1: float = 0.5,
    params: dict[str, str] | None = None,
) -> LoggedExperiment:
    scores = {"loss": 0.25, "precision": 0.8, "recall": 0.7, "f1": f1}
    metrics = {
        f"pretrain.validation.{name}": value for name, value in scores.items() if value is not None
    }
    own = {"lr": str(lr), "filters": str(filters), "batch_size": str(batch_size), "epochs": "40"}
    return LoggedExperiment(
        f"run-{started}",
        str(started),
        started,
        own | (params or {}),
        metrics | {"pretrain.test.f1": test_f1},
        {},
    )


def test_rows_stand_in_the_order_of_the_paper() -> None:
    runs = [
        logged(1e-5, 8, 8, 0.1),
        logged(1e-3, 16, 8, 0.2),
        logged(1e-3, 8, 16, 0.3),
        logged(1e-3, 8, 8, 0.4),
        logged(1e-4, 32, 8, 0.5),
    ]
    rows = [(row.lr, row.batch_size, row.filters) for row in combinations(runs)]
    assert rows == [(1e-3, 8, 8), (1e-3, 8, 16), (1e-3, 16, 8), (1e-4, 8, 32), (1e-5, 8, 8)]


def test_the_newest_finished_run_of_a_combination_counts() -> None:
    unfinished = LoggedExperiment(
        "run-4",
        "4",
        4,
        {"lr": "0.001", "filters": "8", "batch_size": "8"},
        {"finetune.2015.f1": 0.9},
        {},
    )
    runs = [
        unfinished,
        logged(1e-3, 8, 8, 0.6, started=3),
        logged(1e-3, 16, 8, 0.5, started=2),
        logged(1e-3, 8, 8, 0.7, started=1),
    ]
    assert [run.name for run in newest(runs)] == ["run-3", "run-2"]
    # DVC writes 1e-5 where a user writes 0.00001: the same combination
    same = [
        logged(1e-5, 8, 8, 0.6, started=2),
        logged(1e-5, 8, 8, 0.5, started=1, params={"lr": "0.00001"}),
    ]
    assert [run.name for run in newest(same)] == ["run-2"]


def test_runs_of_another_program_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    sound = logged(1e-3, 8, 8, 0.4)
    others = [
        logged(1e-3, 8, 8, 0.4, started=number, params=params)
        for number, params in enumerate(
            ({"lr": "fast"}, {"filters": "nan"}, {"batch_size": "inf"}, {"lr": ""}), 2
        )
    ]
    assert newest([*others, sound]) == [sound]
    assert "the run run-2 is left out: lr, filters or batch_size is no number" in caplog.text


@pytest.mark.parametrize("dates", ["", "[", "3", "null", "[" * 100_000])
def test_dates_that_were_cut_are_left_out(dates: str) -> None:
    row = combinations([logged(1e-3, 8, 8, float("nan"), params={"dates": dates})])[0]
    assert (row.settings["test_dates"], row.f1) == ("", -1.0)


def test_the_best_is_chosen_on_validation_blocks() -> None:
    rows = combinations(
        [
            logged(1e-3, 8, 8, 0.6, test_f1=0.9),
            logged(1e-3, 16, 8, 0.7, test_f1=0.1),
            logged(1e-3, 32, 8, None),
        ]
    )
    assert best(rows) is rows[1]
    assert best([rows[2], rows[0]]) is rows[0]  # an undefined F1 is below every other
    assert [row["best"] for row in to_dict(rows)["rows"]] == [False, True, False]


def test_the_advice_names_the_experiment_or_the_parameters() -> None:
    (row,) = combinations([logged(2.5e-4, 16, 8, 0.7)])
    assert advice(row) == (
        "best on the validation blocks: lr 2.5e-4, filters 16, batch_size 8; "
        "take it over with `dvc exp run -S lr=2.5e-4 -S filters=16 -S batch_size=8`"
    )
    assert advice(replace(row, experiment="lr-a")).endswith("with `dvc exp apply lr-a`")


def test_on_which_dates_test_ground_was_scored_is_written() -> None:
    rows = combinations(
        [logged(1e-3, 8, 8, 0.6, params={"dates": '["2015", "2018"]', "evaluate.symmetries": "1"})]
    )
    (record,) = csv.DictReader(io.StringIO(csv_text(rows)))
    assert (record["test_dates"], record["epochs"], record["evaluate.symmetries"]) == (
        "2015, 2018",
        "40",
        "1",
    )


@pytest.mark.parametrize(
    ("lr", "text"),
    [(1e-3, "1e-3"), (1e-5, "1e-5"), (2.5e-4, "2.5e-4"), (0.1, "1e-1"), (1.0, "1e0")],
)
def test_learning_rates_are_written_as_in_the_paper(lr: float, text: str) -> None:
    assert power(lr) == text


def test_what_else_differs_is_told() -> None:
    longer = {"epochs": "250", "finetune.epochs": "3", "split.dates": "[]"}
    runs = [
        logged(1e-3, 8, 8, 0.6, params={"epochs": "20"}),
        logged(1e-3, 16, 8, 0.7, params=longer),
    ]
    assert differences(runs) == ["epochs (20, 250)"]
    assert differences(runs[:1]) == []


def test_runs_are_narrowed_by_their_parameters() -> None:
    unet, longer = {"model.architecture": "unet"}, {"epochs": "250"}
    runs = [logged(1e-3, 8, 8, 0.6, params=unet), logged(1e-3, 8, 8, 0.7, started=2, params=longer)]
    assert [run.name for run in matching(runs, ["epochs=250.0"])] == ["run-2"]
    assert [run.name for run in matching(runs, ["model.architecture=unet", "lr=1e-3"])] == ["run-1"]
    with pytest.raises(ParamsError, match="--where epochs: give a parameter and its value"):
        matching(runs, ["epochs"])
    with pytest.raises(
        ParamsError,
        match=r"--where epoch: no logged run has that parameter; there are batch_size, epochs",
    ):
        matching(runs, ["epoch=40"])
