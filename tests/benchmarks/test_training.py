"""The benchmark of training: both recipes get the same, and the tables show what was measured."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from benchmarks import training
from benchmarks.training import RECIPES, Task, epoch_seconds, print_scores, print_speed
from slidelens.learning.data.tiles import Row
from slidelens.params.schema import ModelParams
from support.learning.trainings import ONE_STEP, training_and_validation, two_layer_architecture


@pytest.fixture(scope="module")
def task() -> Task:
    data, tiles = training_and_validation()
    return Task(ModelParams(), 2, data, tiles, ONE_STEP)


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_reports_the_scores_of_each_epoch(task: Task, recipe: str) -> None:
    from slidelens.learning.runtime import quiet_tensorflow

    quiet_tensorflow()
    rows: list[Row] = []
    with two_layer_architecture():
        RECIPES[recipe](replace(task, settings=replace(ONE_STEP, epochs=2)), rows.append)
    assert len(rows) == 2
    assert all(0 < float(row["loss"] or 0) < 1 and "f1" in row for row in rows)


def test_the_first_epoch_is_not_measured(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 11.0, 13.0])
    monkeypatch.setattr("benchmarks.training.time.perf_counter", lambda: next(clock))

    def three_epochs(task: Task, on_epoch: Any) -> None:
        for _ in range(3):
            on_epoch({})

    assert epoch_seconds(three_epochs, task) == [1, 2]


def test_tables(
    task: Task, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def epochs(task: Task, on_epoch: Any) -> None:
        on_epoch({"loss": 0.5, "f1": 0.25 * task.settings.seed})

    monkeypatch.setattr(training, "RECIPES", {"plain Keras": epochs, "slidelens": epochs})
    times = iter([[2.0, 2.0], [1.0, 1.0]])
    monkeypatch.setattr(training, "epoch_seconds", lambda recipe, task: next(times))
    print_speed(task, [16], rounds=1)
    assert capsys.readouterr().out.splitlines()[-1] == "| 16 | 2.0 | 4.0 | 2.00 |"
    print_scores(task, seeds=2)
    assert capsys.readouterr().out.splitlines()[-1] == "| 2 | slidelens | 0.500 | 0.500 |"
